"""Data management for staff: every table, with a number of queries that does not grow with its rows.

What must go through a verb is read-only here (totals, what undo keeps, the start of months), and what is deleted goes
by the verb that keeps the rest true. Pages name counts where a household may have a million rows.
"""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.options import ActionLocation, IncorrectLookupParameters
from django.contrib.admin.views.main import SEARCH_VAR
from django.contrib.admin.widgets import AutocompleteSelect, ForeignKeyRawIdWidget
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import Count, OuterRef, Q, Subquery, Sum
from django.forms.models import BaseInlineFormSet
from django.http import HttpRequest, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html

from expenses.alerts.looking import look
from expenses.alerts.models import Alert, AlertMail
from expenses.budgets.models import Limit, Transfer, TransferLeg
from expenses.categories.models import Category
from expenses.exports.models import HouseholdFile
from expenses.imports.models import CategoryRule, Import, ImportProfile, ImportRow
from expenses.ledger.models import DeletedExpense, Expense, ExpenseChange, Income, MonthTotal, PaymentMethod
from expenses.people.models import Household, Invitation, Membership, Role, User
from expenses.recurring.models import Dismissal, Occurrence, RecurringExpense
from expenses.shared.forms import use_currency
from expenses.shared.money import LARGEST, format_amount
from expenses.shared.relations import naming, rows_naming
from expenses.shared.text import casefolded, without_controls
from expenses.templatetags.budget import dot
from expenses.upkeep import categories, households

# ── what several tables share ─────────────────────────────────────────────────────────────────────


class Lookup(AutocompleteSelect):
    """Shows nothing for what is no key, where Django's own answers with an error of the server."""

    def optgroups(self, name: str, value: Any, attrs: Any = None) -> Any:
        return super().optgroups(name, [key for key in value if is_key(key)], attrs)


def is_key(text: Any) -> bool:
    return str(text).isascii() and str(text).isdigit() and len(str(text)) < 19


def is_strange(text: str) -> bool:
    """What a database refuses with an error: a NUL, and numbers beyond 64 bits."""
    return "\0" in text or any(len(part.strip()) > 18 and part.strip().isdecimal() for part in text.split(","))


class KnownRows(forms.ModelMultipleChoiceField):
    """Says so at the field where something is chosen that is no key at all."""

    def clean(self, value: Any) -> Any:
        if not all(map(is_key, value or ())):
            raise ValidationError("Choose among those of the list.", code="invalid_choice")
        return super().clean(value)


class Lookups:
    """Fields to look a row up in, that stand what is no key."""

    def formfield_for_foreignkey(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        here: Any = self
        if db_field.name in here.get_autocomplete_fields(request):
            kwargs.setdefault("widget", Lookup(db_field, here.admin_site))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)  # type: ignore[misc]  # a mixin


class Asked:
    """Addresses and ticks that name no row lead back to the list, where Django’s own are an error of the server."""

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        said = [text for name, texts in request.GET.lists() if name != SEARCH_VAR for text in texts]
        if any(map(is_strange, said)):
            raise IncorrectLookupParameters
        try:
            return super().get_changelist_instance(request)  # type: ignore[misc]  # a mixin
        except (ValueError, OverflowError) as error:  # a year of -1
            raise IncorrectLookupParameters from error

    def to_field_allowed(self, request: HttpRequest, to_field: str) -> bool:
        try:
            return bool(super().to_field_allowed(request, to_field))  # type: ignore[misc]  # a mixin
        except AttributeError:  # “+” names a relation that has no name on this side, and is no field
            return False

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        found: tuple[Any, bool] = super().get_search_results(  # type: ignore[misc]  # a mixin
            request, queryset, without_controls(search_term)
        )
        return found

    def response_action(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        if not all(map(is_key, request.POST.getlist(ACTION_CHECKBOX_NAME))):
            return HttpResponseRedirect(request.get_full_path())
        return super().response_action(request, *args, **kwargs)  # type: ignore[misc]  # a mixin


class Admin(Asked, Lookups, admin.ModelAdmin):
    """One of our tables. No count of all rows beside the count of those found."""

    show_full_result_count = False


class ReadOnly:
    """To look at only: a verb writes these rows."""

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class OneByOne:
    """No deleting of several at once: each is asked whether it can go."""

    def get_actions(self, request: HttpRequest, action_location: Any = ActionLocation.CHANGE_LIST) -> dict[str, Any]:
        actions: dict[str, Any] = super().get_actions(request, action_location)  # type: ignore[misc]  # a mixin
        actions.pop("delete_selected", None)
        return actions


class OfHousehold:
    """Rows of a household: which one is settled when the row is made."""

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        fixed = super().get_readonly_fields(request, obj)  # type: ignore[misc]  # a mixin of ModelAdmin
        return (*fixed, "household") if obj else tuple(fixed)


def in_currency(amount: Any, household: Household) -> str:
    """`1,234.50 USD`, exact."""
    return f"{format_amount(amount, household.decimals)} {household.currency}"


def expenses_link(count: int | None, **lookup: Any) -> str:
    """How many expenses, leading to them."""
    address = reverse("admin:expenses_expense_changelist", query=lookup)
    return format_html('<a href="{}">{}</a>', address, f"{count or 0:,}")


def expense_count(**match: str) -> Subquery:
    """How many expenses each row has, from the totals."""
    totals = MonthTotal.objects.filter(**{name: OuterRef(of) for name, of in match.items()}).order_by()
    return Subquery(totals.values(*match).annotate(number=Sum("count")).values("number"))


def number_of(rows: models.QuerySet[Any, Any]) -> Subquery:
    """How many rows each has; they are grouped by what leads to it."""
    return Subquery(rows.annotate(number=Count("pk")).values("number"))


class NameOnceForm(forms.ModelForm):
    """A name that its household has once, whatever its case."""

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        household = cleaned.get("household") or (self.instance.household if self.instance.pk else None)
        name = cleaned.get("name")
        if household is None or not name:
            return cleaned
        model = type(self.instance)
        key = casefolded(name)
        if len(key) > (model._meta.get_field("name_key").max_length or 0):
            self.add_error("name", "This name is too long.")
        elif model._default_manager.filter(household=household, name_key=key).exclude(pk=self.instance.pk).exists():
            self.add_error("name", "The household has one of this name already.")
        return cleaned


# ── people ────────────────────────────────────────────────────────────────────────────────────────


class NewUserForm(AdminUserCreationForm):
    class Meta:
        model = User
        fields = ["email", "name"]


class UserForm(UserChangeForm):
    class Meta:
        model = User
        fields = "__all__"
        field_classes: dict[str, Any] = {}


class MembershipsOfUser(ReadOnly, admin.TabularInline):
    model = Membership
    fields = readonly_fields = ("household", "role", "joined_at")
    show_change_link = True
    extra = 0

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Membership]:
        return super().get_queryset(request).select_related("household", "user")


@admin.register(User)
class UserAdmin(Asked, OneByOne, DjangoUserAdmin):
    form = UserForm
    add_form = NewUserForm
    list_display = ["email", "name", "households", "is_active", "is_staff", "created_at", "last_login"]
    list_filter = ["is_active", "is_staff", "is_superuser", "created_at"]
    search_fields = ["email", "name"]
    ordering = ["email"]
    readonly_fields = ["created_at", "last_login"]
    show_full_result_count = False
    fieldsets = [
        (None, {"fields": ["email", "name", "password"]}),
        ("May", {"fields": ["is_active", "is_staff", "is_superuser", "groups", "user_permissions"]}),
        ("Since", {"fields": ["created_at", "last_login"]}),
    ]
    add_fieldsets = [
        (None, {"classes": ["wide"], "fields": ["email", "name", "usable_password", "password1", "password2"]})
    ]

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[User]:
        theirs = Membership.objects.filter(user=OuterRef("pk")).order_by().values("user")
        return super().get_queryset(request).annotate(household_count=number_of(theirs))

    def formfield_for_manytomany(self, db_field: Any, request: Any = None, **kwargs: Any) -> Any:
        return super().formfield_for_manytomany(db_field, request, **{"form_class": KnownRows, **kwargs})

    def get_inlines(self, request: HttpRequest, obj: User | None) -> list[Any]:
        return [MembershipsOfUser] if obj else []

    @admin.display(description="households", ordering="household_count")
    def households(self, user: Any) -> int:
        return user.household_count or 0

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Only somebody who wrote nothing and is in no household; others are made inactive."""
        if obj is not None and (obj.memberships.exists() or wrote_something(obj)):
            return False
        return super().has_delete_permission(request, obj)


def wrote_something(user: User) -> bool:
    """Whether rows that must keep their writer name this user."""
    return any(
        rows_naming(user, relation).exists() for relation in naming(User) if relation.on_delete is models.PROTECT
    )


class OwnersFormSet(BaseInlineFormSet):
    """A household begins with an owner."""

    def clean(self) -> None:
        super().clean()
        kept = [form.cleaned_data for form in self.forms if form.is_valid() and form.cleaned_data]
        if not any(row.get("role") == Role.OWNER and not row.get("DELETE") for row in kept):
            raise ValidationError("A household needs an owner.")


class FirstMembers(Lookups, admin.TabularInline):
    model = Membership
    formset = OwnersFormSet
    fields = ["user", "role"]
    autocomplete_fields = ["user"]
    extra = 1


class MembersOfHousehold(ReadOnly, admin.TabularInline):
    """To look at: each has a page of its own, where a role is changed by the verb that keeps an owner."""

    model = Membership
    fields = readonly_fields = ("user", "role", "joined_at")
    show_change_link = True
    extra = 0

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Membership]:
        return super().get_queryset(request).select_related("household", "user")


@admin.register(Household)
class HouseholdAdmin(OneByOne, Admin):
    list_display = ["name", "currency", "month_starts_on", "members", "expenses", "created_at"]
    list_filter = ["created_at"]
    search_fields = ["name", "memberships__user__email"]
    search_help_text = "Name, or the e-mail address of a member"
    fields = ["name", "currency", "time_zone", "month_starts_on", "budget_from", "pool_from", "created_at"]

    def get_inlines(self, request: HttpRequest, obj: Household | None) -> list[Any]:
        return [MembersOfHousehold] if obj else [FirstMembers]

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Household]:
        members = Membership.objects.filter(household=OuterRef("pk")).order_by().values("household")
        return (
            super()
            .get_queryset(request)
            .annotate(
                member_count=number_of(members),
                expense_count=expense_count(household="pk"),
            )
        )

    def get_readonly_fields(self, request: HttpRequest, obj: Household | None = None) -> list[str]:
        """Where months start is changed on the owner’s page, which counts the totals anew."""
        fixed = ["pool_from", "created_at"]
        if obj:
            fixed += ["month_starts_on", "budget_from"]
            fixed += ["currency"] if obj.has_amounts() else []
        return fixed

    @admin.display(description="members", ordering="member_count")
    def members(self, household: Any) -> int:
        return household.member_count or 0

    @admin.display(description="expenses", ordering="expense_count")
    def expenses(self, household: Any) -> str:
        return expenses_link(household.expense_count, household=household.pk)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Counts: what goes with a household may be a million rows."""
        kinds = [kind for household in objs for kind in households.contents(household)]
        forbidden = set() if self.has_delete_permission(request) else {"household"}
        return [str(household) for household in objs], {kind.many: kind.count for kind in kinds}, forbidden, []

    def delete_model(self, request: HttpRequest, obj: Household) -> None:
        households.delete(obj)


class MembershipForm(forms.ModelForm):
    def clean_role(self) -> str:
        role: str = self.cleaned_data["role"]
        if self.instance.pk and role != Role.OWNER and is_last_owner(self.instance):
            raise ValidationError("This is the only owner. Make somebody else an owner first.")
        return role


def is_last_owner(membership: Membership) -> bool:
    owners = Membership.objects.filter(household=membership.household_id, role=Role.OWNER)
    return owners.filter(pk=membership.pk).exists() and owners.count() == 1


@admin.register(Membership)
class MembershipAdmin(OneByOne, OfHousehold, Admin):
    form = MembershipForm
    list_display = ["user", "household", "role", "wants_alerts", "wants_review", "joined_at", "opened_at"]
    list_filter = ["role", "wants_alerts", "wants_review", "joined_at"]
    list_select_related = ["user", "household"]
    search_fields = ["user__email", "user__name", "household__name"]
    autocomplete_fields = ["user", "household"]
    readonly_fields = ["joined_at", "opened_at"]

    def get_readonly_fields(self, request: HttpRequest, obj: Membership | None = None) -> tuple[str, ...]:
        fixed = super().get_readonly_fields(request, obj)
        return (*fixed, "user") if obj else fixed

    def save_model(self, request: HttpRequest, obj: Membership, form: Any, change: bool) -> None:
        if change:
            obj.change_role(obj.role)
            obj.save(update_fields=["wants_alerts", "wants_review"])
        else:
            super().save_model(request, obj, form, change)

    def has_delete_permission(self, request: HttpRequest, obj: Membership | None = None) -> bool:
        if obj is not None and is_last_owner(obj):
            return False
        return super().has_delete_permission(request, obj)

    def delete_model(self, request: HttpRequest, obj: Membership) -> None:
        obj.leave()


@admin.register(Invitation)
class InvitationAdmin(Admin):
    """To look at and to take back: the link itself is a key, and nobody else’s to see."""

    list_display = ["household", "email", "role", "invited_by", "invited_at"]
    list_filter = ["role", "invited_at"]
    list_select_related = ["household", "invited_by"]
    search_fields = ["email", "household__name", "invited_by__email"]
    fields = readonly_fields = ("household", "email", "role", "invited_by", "invited_at")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Invitation | None = None) -> bool:
        return False


# ── categories and payment methods ────────────────────────────────────────────────────────────────


@admin.register(Category)
class CategoryAdmin(OneByOne, OfHousehold, Admin):
    form = NameOnceForm
    list_display = ["name", "household", "shown_color", "position", "expenses", "archived_on"]
    list_filter = [("archived_on", admin.EmptyFieldListFilter)]
    list_select_related = ["household"]
    search_fields = ["name", "household__name"]
    autocomplete_fields = ["household"]
    ordering = ["household", "position", "id"]
    fields = ["household", "name", "color", "position", "archived_on"]
    readonly_fields = ["archived_on"]  # archiving ends its limit too: see upkeep

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Category]:
        counted = expense_count(household="household", category="pk")
        return super().get_queryset(request).annotate(expense_count=counted)

    @admin.display(description="colour")
    def shown_color(self, category: Category) -> str:
        return format_html("{} {}", dot(category.color), category.color)

    @admin.display(description="expenses", ordering="expense_count")
    def expenses(self, category: Any) -> str:
        return expenses_link(category.expense_count, household=category.household_id, category=category.pk)

    def has_delete_permission(self, request: HttpRequest, obj: Category | None = None) -> bool:
        """Not while it has expenses or moves: its household archives or merges it."""
        if obj is not None and (obj.expenses.exists() or obj.household.transfers.of(obj).exists()):
            return False
        return super().has_delete_permission(request, obj)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """What undo could have brought back goes too (the verb says so), and does not stand in the way."""
        counts = {
            "deleted expenses": DeletedExpense.objects.filter(category__in=objs).count(),
            "expense changes": ExpenseChange.objects.filter(category__in=objs).count(),
            "limits": Limit.objects.filter(category__in=objs).count(),
        }
        forbidden = set() if self.has_delete_permission(request) else {"category"}
        return [str(category) for category in objs], counts, forbidden, []

    def delete_model(self, request: HttpRequest, obj: Category) -> None:
        categories.delete(obj)


@admin.register(PaymentMethod)
class PaymentMethodAdmin(OneByOne, OfHousehold, Admin):
    form = NameOnceForm
    list_display = ["name", "household", "archived_on"]
    list_filter = [("archived_on", admin.EmptyFieldListFilter)]
    list_select_related = ["household"]
    search_fields = ["name", "household__name"]
    autocomplete_fields = ["household"]
    ordering = ["household", "name", "id"]
    fields = ["household", "name", "archived_on"]

    def has_delete_permission(self, request: HttpRequest, obj: PaymentMethod | None = None) -> bool:
        if obj is not None and (obj.expenses.exists() or obj.deletedexpenses.exists()):
            return False
        return super().has_delete_permission(request, obj)


# ── expenses ──────────────────────────────────────────────────────────────────────────────────────


class InCurrencyForm(forms.ModelForm):
    """Amounts in the household’s currency."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        household = self._household()
        if household:
            use_currency(self, household.decimals)

    def _household(self) -> Household | None:
        if self.instance.pk:
            return self.instance.household
        chosen = self.data.get(self.add_prefix("household"), "")
        return Household.objects.filter(pk=chosen).first() if is_key(chosen) else None


class ExpenseForm(InCurrencyForm):
    """Category and payment method of the household."""

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        household = self.instance.household if self.instance.pk else cleaned.get("household")
        for field in ("category", "payment_method"):
            chosen = cleaned.get(field)
            if household and chosen and chosen.household_id != household.pk:
                self.add_error(field, "Choose one of the expense’s own household.")
        return cleaned


class Refunds(admin.SimpleListFilter):
    title = "kind"
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("expense", "Expenses"), ("refund", "Refunds")]

    def queryset(self, request: HttpRequest, queryset: models.QuerySet[Expense]) -> models.QuerySet[Expense]:
        kinds = {"expense": Q(amount__gt=0), "refund": Q(amount__lt=0)}
        return queryset.filter(kinds.get(self.value() or "", Q()))


@admin.register(Expense)
class ExpenseAdmin(OfHousehold, Admin):
    form = ExpenseForm
    list_display = [
        "description",
        "spent_on",
        "shown_amount",
        "category",
        "household",
        "recorded_by",
        "payment_method",
    ]
    list_filter = ["spent_on", "created_at", Refunds, ("payment_method", admin.EmptyFieldListFilter)]
    list_select_related = ["category", "household", "recorded_by", "payment_method"]
    search_fields = ["search_key"]
    search_help_text = "Words of description and notes"
    autocomplete_fields = ["household", "recorded_by"]
    ordering = ["-id"]  # by the key: no index has the dates of all households
    sortable_by = ["spent_on", "shown_amount"]
    fields = [
        "household", "description", "amount", "spent_on", "category", "payment_method", "recorded_by", "notes",
        "created_at", "updated_at",
    ]  # fmt: skip
    readonly_fields = ["created_at", "updated_at"]

    @admin.display(description="amount", ordering="amount")
    def shown_amount(self, expense: Expense) -> str:
        return in_currency(expense.amount, expense.household)

    @admin.display(description="paid with")
    def paid_with(self, expense: Expense) -> PaymentMethod | None:
        return expense.payment_method

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        return queryset.matching(without_controls(search_term)), False

    def get_form(self, request: Any, obj: Expense | None = None, change: bool = False, **kwargs: Any) -> Any:
        request.household_of_form = obj.household_id if obj else None
        return super().get_form(request, obj, change=change, **kwargs)

    def formfield_for_foreignkey(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        """Those of the expense’s household; of a new one it is not known yet, so they are looked up."""
        if db_field.name in ("category", "payment_method"):
            household = getattr(request, "household_of_form", None)
            if household:
                kwargs["queryset"] = db_field.related_model._default_manager.filter(household=household)
            else:
                kwargs["widget"] = ForeignKeyRawIdWidget(db_field.remote_field, self.admin_site)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def save_model(self, request: HttpRequest, obj: Expense, form: Any, change: bool) -> None:
        obj.updated_at = timezone.now()  # so that the undo of an earlier bulk change leaves it alone
        super().save_model(request, obj, form, change)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """The number, and some of them: the action may be for all that were found."""
        count = len(objs) if isinstance(objs, list) else objs.count()
        shown = [f"{expense.spent_on}: {expense}" for expense in objs[:20]]
        more = [f"and {count - 20:,} more"] if count > 20 else []
        forbidden = set() if self.has_delete_permission(request) else {"expense"}
        return shown + more, {"expenses": count}, forbidden, []


class OfTheLedger(ReadOnly, Admin):
    """Rows that the ledger writes for itself."""

    @admin.display(description="amount")
    def shown_amount(self, row: Any) -> str:
        return in_currency(row.amount, row.household)


@admin.register(DeletedExpense)
class DeletedExpenseAdmin(OfTheLedger):
    list_display = ["description", "spent_on", "shown_amount", "category", "household", "deleted_by", "deleted_at"]
    list_filter = ["deleted_at"]
    list_select_related = ["category", "household", "deleted_by"]
    search_fields = ["description", "household__name", "batch"]
    ordering = ["-deleted_at", "-id"]
    fields = [
        "household", "description", "shown_amount", "spent_on", "category", "payment_method", "recorded_by", "notes",
        "expense_id", "batch", "deleted_by", "deleted_at",
    ]  # fmt: skip


@admin.register(ExpenseChange)
class ExpenseChangeAdmin(OfTheLedger):
    list_display = ["expense_id", "category", "household", "changed_by", "changed_at", "batch"]
    list_filter = ["changed_at"]
    list_select_related = ["category", "household", "changed_by"]
    search_fields = ["expense_id", "household__name", "batch"]
    ordering = ["-changed_at", "-id"]
    fields = ["household", "expense_id", "category", "batch", "changed_by", "changed_at"]


@admin.register(MonthTotal)
class MonthTotalAdmin(OfTheLedger):
    """Counted from the expenses; `manage.py rebuild_totals` counts them anew."""

    list_display = ["month_name", "category", "recorded_by", "shown_amount", "count", "household"]
    list_select_related = ["category", "household", "recorded_by"]
    search_fields = ["household__name", "category__name"]
    ordering = ["-id"]
    fields = ["household", "month_name", "category", "recorded_by", "shown_amount", "count"]

    @admin.display(description="month", ordering="month")
    def month_name(self, total: MonthTotal) -> str:
        return total.month.name

    @admin.display(description="spent", ordering="spent")
    def shown_amount(self, total: Any) -> str:
        return in_currency(total.spent, total.household)


class IncomeForm(InCurrencyForm):
    """Who received it; an amount above zero, which the table holds too."""


@admin.register(Income)
class IncomeAdmin(OneByOne, OfHousehold, Admin):
    """To correct one. The first one, with which money to assign begins, is written on its own page; so is the last
    one deleted, with which it ends."""

    form = IncomeForm
    list_display = ["description", "received_on", "shown_amount", "household", "recorded_by"]
    list_filter = ["received_on"]
    list_select_related = ["household", "recorded_by"]
    search_fields = ["description", "household__name"]
    autocomplete_fields = ["recorded_by"]
    ordering = ["-id"]
    fields = ["household", "description", "amount", "received_on", "recorded_by", "created_at", "updated_at"]
    readonly_fields = ["created_at", "updated_at"]

    @admin.display(description="amount", ordering="amount")
    def shown_amount(self, income: Income) -> str:
        return in_currency(income.amount, income.household)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Income | None = None) -> bool:
        return False

    @transaction.atomic
    def save_model(self, request: HttpRequest, obj: Income, form: Any, change: bool) -> None:
        obj.household.locked()
        obj.updated_at = timezone.now()
        super().save_model(request, obj, form, change)


# ── budgets ───────────────────────────────────────────────────────────────────────────────────────


class LimitForm(InCurrencyForm):
    """Amount and leftover; whose it is and from when on is settled."""

    def clean_amount(self) -> Any:
        amount = self.cleaned_data["amount"]
        if amount is not None and not 0 <= amount <= LARGEST:
            raise ValidationError("Write an amount from zero to 100,000,000,000.")
        return amount


@admin.register(Limit)
class LimitAdmin(OneByOne, Admin):
    """To correct one. A new one is set on the page of its month, which knows what was in force."""

    form = LimitForm
    list_display = ["category", "month_name", "shown_amount", "leftover", "household"]
    list_filter = ["leftover"]
    list_select_related = ["category", "household"]
    search_fields = ["category__name", "household__name"]
    ordering = ["-id"]
    fields = ["household", "category", "month_name", "amount", "leftover"]
    readonly_fields = ["household", "category", "month_name"]

    @admin.display(description="from", ordering="month")
    def month_name(self, limit: Limit) -> str:
        return limit.month.name

    @admin.display(description="amount", ordering="amount")
    def shown_amount(self, limit: Limit) -> str:
        return "ends" if limit.amount is None else in_currency(limit.amount, limit.household)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    @transaction.atomic
    def save_model(self, request: HttpRequest, obj: Limit, form: Any, change: bool) -> None:
        obj.household.locked()
        super().save_model(request, obj, form, change)
        self._look(obj)

    @transaction.atomic
    def delete_model(self, request: HttpRequest, obj: Limit) -> None:
        obj.household.locked()
        super().delete_model(request, obj)
        self._look(obj)

    def _look(self, limit: Limit) -> None:
        """A changed limit mails nobody: whoever looks next finds it told already."""
        look(limit.household, on=limit.household.today(), loud=False)


class OfTheBudget(ReadOnly, Admin):
    """A ledger: what was moved is never changed and never deleted, only moved back."""

    @admin.display(description="month", ordering="month")
    def month_name(self, row: Any) -> str:
        return str(row.month.name)


@admin.register(Transfer)
class TransferAdmin(OfTheBudget):
    list_display = ["moved_at", "month_name", "source", "destination", "shown_amount", "moved_by", "note", "household"]
    list_filter = ["moved_at"]
    list_select_related = ["source", "destination", "moved_by", "household"]
    search_fields = ["note", "household__name", "source__name", "destination__name"]
    ordering = ["-id"]
    fields = [
        "household", "month_name", "source", "destination", "shown_amount", "note", "moved_by", "moved_at",
        "reverses_id", "key",
    ]  # fmt: skip

    @admin.display(description="amount", ordering="amount")
    def shown_amount(self, transfer: Transfer) -> str:
        return in_currency(transfer.amount, transfer.household)

    @admin.display(description="reverses")
    def reverses_id(self, transfer: Transfer) -> int | None:
        return transfer.reverses_id


@admin.register(TransferLeg)
class TransferLegAdmin(OfTheBudget):
    list_display = ["transfer_id", "month_name", "category", "shown_amount", "household"]
    list_select_related = ["category", "household"]
    search_fields = ["household__name", "category__name", "=transfer__id"]
    ordering = ["-id"]
    fields = ["household", "transfer_id", "month_name", "category", "shown_amount"]

    @admin.display(description="transfer", ordering="transfer")
    def transfer_id(self, leg: TransferLeg) -> int:
        return leg.transfer_id

    @admin.display(description="brought")
    def shown_amount(self, leg: TransferLeg) -> str:
        """What it brought; negative where it took."""
        return in_currency(leg.side * leg.size, leg.household)


@admin.register(Alert)
class AlertAdmin(ReadOnly, Admin):
    """What was told of a category in a month; a look at the running month keeps it true."""

    list_display = ["category", "month_name", "threshold", "armed", "round", "raised_at", "emailed_at", "household"]
    list_filter = ["threshold", "raised_at"]
    list_select_related = ["category", "household"]
    search_fields = ["category__name", "household__name"]
    ordering = ["-id"]
    fields = [
        "household", "category", "month_name", "threshold", "armed", "round", "raised_at", "emailed_at",
        "dismissed_at",
    ]  # fmt: skip

    @admin.display(description="month", ordering="month")
    def month_name(self, alert: Alert) -> str:
        return alert.month.name


@admin.register(AlertMail)
class AlertMailAdmin(ReadOnly, Admin):
    """Who was mailed of a round of an alert."""

    list_display = ["alert", "membership", "round", "sent_at", "household"]
    list_filter = ["sent_at"]
    list_select_related = ["alert__category", "membership__user", "membership__household", "household"]
    search_fields = ["household__name", "membership__user__email"]
    ordering = ["-id"]
    fields = ["household", "alert", "membership", "round", "sent_at"]

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[AlertMail]:
        return super().get_queryset(request).select_related(*self.list_select_related)


# ── what comes again ──────────────────────────────────────────────────────────────────────────────


class OfWhatComesAgain(ReadOnly, Admin):
    """What is posted, skipped and changed goes by the pages of its household, which settle its dates as well."""


@admin.register(RecurringExpense)
class RecurringExpenseAdmin(OfWhatComesAgain):
    list_display = [
        "description", "shown_amount", "in_words", "category", "automatic", "settled_until", "paused_on", "ended_on",
        "household",
    ]  # fmt: skip
    list_filter = ["automatic", "unit", "paused_on", "ended_on"]
    list_select_related = ["category", "household"]
    search_fields = ["description", "household__name", "category__name"]
    ordering = ["-id"]
    fields = [
        "household", "category", "description", "shown_amount", "payment_method", "notes", "in_words", "anchor",
        "automatic", "settled_until", "paused_on", "ended_on", "recorded_by", "created_at", "updated_at", "key",
    ]  # fmt: skip

    @admin.display(description="amount", ordering="amount")
    def shown_amount(self, recurring: RecurringExpense) -> str:
        return in_currency(recurring.amount, recurring.household)

    @admin.display(description="schedule")
    def in_words(self, recurring: RecurringExpense) -> str:
        return recurring.schedule.words


@admin.register(Occurrence)
class OccurrenceAdmin(OfWhatComesAgain):
    list_display = ["recurring", "nominal_on", "due_on", "state", "expense_id", "household"]
    list_filter = ["state", "due_on"]
    list_select_related = ["recurring", "household"]
    search_fields = ["recurring__description", "household__name", "=recurring__id"]
    ordering = ["-id"]
    fields = ["household", "recurring", "nominal_on", "due_on", "state", "expense_id"]

    @admin.display(description="expense")
    def expense_id(self, occurrence: Occurrence) -> int | None:
        """The number only: the expense may be gone."""
        return occurrence.expense_id


@admin.register(Dismissal)
class DismissalAdmin(OfWhatComesAgain):
    list_display = ["look", "category", "household"]
    list_select_related = ["category", "household"]
    search_fields = ["look", "category__name", "household__name"]
    ordering = ["-id"]
    fields = ["household", "category", "look"]


# ── imports ───────────────────────────────────────────────────────────────────────────────────────


class OfImports(ReadOnly, Admin):
    """What imports write: their pages take in, choose and take back, and keep the rest true."""


@admin.register(Import)
class ImportAdmin(OfImports):
    list_display = [
        "file_name",
        "format",
        "state",
        "rows",
        "household",
        "payment_method",
        "uploaded_by",
        "uploaded_at",
    ]
    list_filter = ["state", "format", "uploaded_at"]
    list_select_related = ["household", "payment_method", "uploaded_by"]
    search_fields = ["file_name", "household__name", "uploaded_by__email"]
    ordering = ["-id"]
    fields = [
        "household", "file_name", "format", "state", "payment_method", "accounts", "mapping", "questions", "summary",
        "uploaded_by", "uploaded_at", "mapped_at", "committed_by", "committed_at", "reverted_by", "reverted_at",
    ]  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Import]:
        """Without the files, which may have megabytes."""
        rows = ImportRow.objects.filter(source=OuterRef("pk")).order_by().values("source")
        return super().get_queryset(request).defer("data").annotate(row_count=number_of(rows))

    @admin.display(description="rows", ordering="row_count")
    def rows(self, statement: Any) -> str:
        address = reverse("admin:expenses_importrow_changelist", query={"source": statement.pk})
        return format_html('<a href="{}">{}</a>', address, f"{statement.row_count or 0:,}")


@admin.register(ImportRow)
class ImportRowAdmin(OfImports):
    list_display = ["line", "date", "description", "shown_amount", "state", "kind", "category", "source", "household"]
    list_filter = ["state", "kind"]
    list_select_related = ["category", "source", "household"]
    search_fields = ["description", "household__name", "=fingerprint"]
    ordering = ["-id"]
    fields = [
        "household", "source", "payment_method", "position", "line", "raw", "date", "shown_amount", "description",
        "memo", "bank_id", "nature", "file_category", "state", "kind", "category", "reason", "is_chosen", "is_another",
        "fingerprint", "occurrence", "expense_id", "income_id", "twin_id",
    ]  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[ImportRow]:
        return super().get_queryset(request).defer("source__data")

    @admin.display(description="amount", ordering="amount")
    def shown_amount(self, row: ImportRow) -> str | None:
        """As in the file: money out is negative."""
        return None if row.amount is None else in_currency(row.amount, row.household)

    @admin.display(description="expense")
    def expense_id(self, row: ImportRow) -> int | None:
        """The number only: the expense may be gone."""
        return row.expense_id

    @admin.display(description="income")
    def income_id(self, row: ImportRow) -> int | None:
        return row.income_id

    @admin.display(description="twin")
    def twin_id(self, row: ImportRow) -> int | None:
        return row.twin_id


@admin.register(CategoryRule)
class CategoryRuleAdmin(OfImports):
    list_display = ["position", "matching", "text", "category", "description", "leave_out", "household"]
    list_filter = ["matching", "leave_out"]
    list_select_related = ["category", "household"]
    search_fields = ["text", "description", "household__name"]
    ordering = ["-id"]
    fields = [
        "household", "position", "matching", "text", "direction", "amounts", "payment_method", "category",
        "description", "leave_out", "created_by", "created_at",
    ]  # fmt: skip

    @admin.display(description="amount")
    def amounts(self, rule: CategoryRule) -> str:
        ends = (rule.amount_from, rule.amount_to)
        least, most = ("" if end is None else in_currency(end, rule.household) for end in ends)
        return f"{least} to {most}" if least or most else "any"


@admin.register(ImportProfile)
class ImportProfileAdmin(OfImports):
    list_display = ["file_name", "household", "payment_method", "used_at"]
    list_filter = ["used_at"]
    list_select_related = ["household", "payment_method"]
    search_fields = ["file_name", "household__name"]
    ordering = ["-id"]
    fields = ["household", "file_name", "signature", "mapping", "payment_method", "used_at"]


@admin.register(HouseholdFile)
class HouseholdFileAdmin(OfImports):
    """What waits for a yes, without what is in it."""

    list_display = ["file_name", "household", "brought_by", "brought_at"]
    list_filter = ["brought_at"]
    list_select_related = ["household", "brought_by"]
    search_fields = ["file_name", "household__name"]
    ordering = ["-id"]
    fields = ["household", "file_name", "brought_by", "brought_at"]

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        return super().get_queryset(request).defer("data")
