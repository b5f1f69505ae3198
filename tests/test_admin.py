"""The admin: every page opens, asks no query per row, and writes nothing past the verbs."""

import datetime as dt
import uuid
from decimal import Decimal

import pytest
from django.apps import apps
from django.contrib import admin
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from expenses.alerts.models import Alert, AlertMail, Threshold
from expenses.budgets.models import Limit, Transfer, TransferLeg
from expenses.categories.models import Category
from expenses.exports.models import HouseholdFile
from expenses.imports.models import CategoryRule, Import, ImportProfile, ImportRow
from expenses.ledger import totals
from expenses.ledger.models import DeletedExpense, Expense, ExpenseChange, Income, MonthTotal, PaymentMethod
from expenses.people.models import Household, Invitation, Membership, Role, User
from expenses.recurring.models import Dismissal, Occurrence, RecurringExpense
from expenses.shared.months import Month
from expenses.shared.text import casefolded
from tests.factories import (
    make_expense,
    make_import,
    make_income,
    make_limit,
    make_method,
    make_recurring,
    make_rule,
    make_transfer,
)
from tests.people import make_household

MODELS = [model for model in apps.get_app_config("expenses").get_models() if model in admin.site._registry]
READ_ONLY = [
    Alert,
    AlertMail,
    CategoryRule,
    DeletedExpense,
    Dismissal,
    ExpenseChange,
    HouseholdFile,
    Import,
    ImportProfile,
    ImportRow,
    MonthTotal,
    Occurrence,
    RecurringExpense,
    Transfer,
    TransferLeg,
]
NEW_ELSEWHERE = [Income, Invitation, Limit]  # where the verb is that knows what else to write
NOVEMBER = Month(2026, 11)


@pytest.fixture
def staff(client, people):
    client.force_login(User.objects.create_superuser("admin@example.com", "correct horse battery"))
    return client


def page(model, name, *args):
    return reverse(f"admin:expenses_{model._meta.model_name}_{name}", args=args)


def fill(people, number):
    """So many rows of every table, each with people, category and household of its own."""
    for i in range(number):
        user = User.objects.create_user(f"{uuid.uuid4().hex}@example.com", None, name=f"Person {i}")
        household = make_household(user)
        people.household.add_member(user, Role.EDITOR)
        Membership.objects.get_or_create(user=people.alice, household=household)
        key = {"batch": uuid.uuid4(), "expense_id": i + 1}
        method = make_method(household)
        for at_home, by in ((household, user), (people.household, user)):
            category = Category.objects.create(household=at_home, name=f"Category {uuid.uuid4().hex[:8]}")
            paid = method if at_home == household else None
            expense = make_expense(at_home, category=category, recorded_by=by, payment_method=paid)
            DeletedExpense.of(expense, batch=uuid.uuid4(), by=by, at=dt.datetime(2026, 11, 20, tzinfo=dt.UTC)).save()
            ExpenseChange.objects.create(household=at_home, category=category, changed_by=by, **key)
            Invitation.objects.create(household=at_home, invited_by=by)
            fill_budget(at_home, category)
        make_import(household, by=user)
        HouseholdFile.keep(household, file_name="household.zip", data=b"PK", by=user, at=timezone.now())


def fill_budget(household, category):
    make_limit(category, "100", NOVEMBER)
    make_income(household)
    other = household.categories.first()
    move = make_transfer(household, "5", month=NOVEMBER, source=category, destination=other)
    make_transfer(household, "5", month=NOVEMBER, source=other, destination=category, reverses=move)
    alert = Alert.objects.create(household=household, category=category, month=NOVEMBER, threshold=Threshold.NEAR)
    AlertMail.objects.create(household=household, alert=alert, membership=household.memberships.first(), round=1)
    recurring = make_recurring(household, category=category)
    recurring.occurrences.create(
        household=household, nominal_on=recurring.anchor, due_on=recurring.anchor, state="due"
    )
    household.dismissals.create(category=category, look="phone")
    make_rule(household, category=category)


def queries(client, url):
    with CaptureQueriesContext(connection) as found:
        response = client.get(url)
    assert response.status_code == 200, url
    return len(found), [query["sql"] for query in found]


def test_every_model_is_in_the_admin():
    assert set(apps.get_app_config("expenses").get_models()) == set(MODELS)


# Each of these fills the tables once for all models, which costs more than all that is then asked.


def test_a_list_asks_as_much_for_thirty_rows_as_for_three(staff, people):
    fill(people, 3)
    lists = {model: page(model, "changelist") for model in MODELS}
    for url in lists.values():
        queries(staff, url)
    few = {model: queries(staff, url)[0] for model, url in lists.items()}
    fill(people, 27)

    for model, url in lists.items():
        many, asked = queries(staff, url)

        assert many == few[model], (model, asked)
        assert many <= 8, (model, asked)


def test_a_page_asks_as_much_beside_thirty_rows_as_beside_three(staff, people):
    fill(people, 3)
    first = {model: people.alice if model is User else model.objects.earliest("pk") for model in MODELS}
    pages = {model: page(model, "change", row.pk) for model, row in first.items()}
    for url in pages.values():
        queries(staff, url)  # content types are remembered from here on
    few = {model: queries(staff, url)[0] for model, url in pages.items()}
    fill(people, 27)

    for model, url in pages.items():
        many, asked = queries(staff, url)

        assert many == few[model], (model, asked)


def test_the_page_for_a_new_row_opens(staff, people):
    fill(people, 3)

    for model in MODELS:
        if model not in (*READ_ONLY, *NEW_ELSEWHERE):
            assert staff.get(page(model, "add")).status_code == 200, model


def test_what_the_ledger_keeps_for_itself_is_to_look_at_only(staff, people):
    fill(people, 1)

    for model in READ_ONLY:
        row = model.objects.first()
        assert staff.get(page(model, "add")).status_code == 403, model
        assert staff.post(page(model, "change", row.pk), {}).status_code == 403, model
        assert staff.post(page(model, "delete", row.pk), {"post": "yes"}).status_code == 403, model
        assert "delete_selected" not in staff.get(page(model, "changelist")).text, model


@pytest.mark.parametrize("asked", ["food", "ﷺ%_'\"<b>", "a" * 2000])
def test_a_search_finds_or_finds_nothing(staff, people, asked):
    fill(people, 1)

    for model in MODELS:
        assert staff.get(page(model, "changelist"), {"q": asked}).status_code == 200, model


def assert_totals_are_the_rows(household):
    kept = {
        (total.household_id, total.month.number, total.category_id, total.recorded_by_id): (total.spent, total.count)
        for total in MonthTotal.objects.filter(household=household)
        if total.count
    }
    rows = totals.true_totals(household, Expense.objects.filter(household=household))
    assert kept == {key: (Decimal(delta.units).scaleb(-4), delta.count) for key, delta in rows.items()}


def expense_data(people, **fields):
    return {
        "household": people.household.pk,
        "category": people.food.pk,
        "recorded_by": people.alice.pk,
        "description": "Lunch",
        "amount": "12,50",
        "spent_on": "2026-11-20",
        "notes": "",
        "payment_method": "",
    } | fields


def test_an_expense_added_changed_and_deleted_keeps_the_totals(staff, people):
    added = staff.post(page(Expense, "add"), expense_data(people))
    expense = Expense.objects.get()
    assert added.status_code == 302
    assert expense.amount == Decimal("12.50")
    assert_totals_are_the_rows(people.household)

    changed = staff.post(
        page(Expense, "change", expense.pk),
        expense_data(people, amount="20", category=people.fun.pk, spent_on="2026-10-01"),
    )
    assert changed.status_code == 302
    assert Expense.objects.get().category == people.fun
    assert_totals_are_the_rows(people.household)

    assert staff.get(page(Expense, "delete", expense.pk)).status_code == 200
    staff.post(page(Expense, "delete", expense.pk), {"post": "yes"})
    assert not Expense.objects.exists()
    assert_totals_are_the_rows(people.household)


def test_deleting_several_at_once_keeps_the_totals(staff, people):
    rows = [make_expense(people.household, amount=str(i)) for i in range(1, 4)]
    data = {"action": "delete_selected", "_selected_action": [row.pk for row in rows[:2]]}

    assert "Groceries" in staff.post(page(Expense, "changelist"), data).text
    staff.post(page(Expense, "changelist"), data | {"post": "yes"})

    assert list(Expense.objects.all()) == [rows[2]]
    assert_totals_are_the_rows(people.household)


def test_a_category_of_another_household_is_refused_at_the_field(staff, people):
    foreign = people.category("Food", people.others)
    expense = make_expense(people.household)

    for url in (page(Expense, "add"), page(Expense, "change", expense.pk)):
        response = staff.post(url, expense_data(people, category=foreign.pk))
        assert response.status_code == 200
        assert response.context["adminform"].form.errors["category"]
    assert Expense.objects.count() == 1


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("amount", "0"),
        ("amount", "NaN"),
        ("amount", "1e999"),
        ("amount", "12.345"),
        ("amount", "200000000000"),
        ("amount", ""),
        ("spent_on", "0000-01-01"),
        ("spent_on", "9999-12-31"),
        ("description", "a\0b"),
        ("description", "x" * 10_000),
        ("description", "  "),
        ("category", "99999999999999999999"),
        ("household", "nobody"),
        ("household", "99999999999999999999"),
    ],
)
def test_bad_input_is_refused_with_a_sentence(staff, people, field, value):
    response = staff.post(page(Expense, "add"), expense_data(people, **{field: value}))

    assert response.status_code == 200
    assert response.context["adminform"].form.errors
    assert not Expense.objects.exists()


def test_amounts_take_the_decimals_of_their_household(staff, people):
    yen = make_household(people.bob, currency="JPY")
    data = expense_data(people, household=yen.pk, category=yen.categories.first().pk, amount="12.50")

    refused = staff.post(page(Expense, "add"), data)
    taken = staff.post(page(Expense, "add"), data | {"amount": "1250"})

    assert "no decimals" in refused.text
    assert taken.status_code == 302
    assert "1,250 JPY" in staff.get(page(Expense, "changelist")).text


def test_a_user_is_added_by_e_mail_and_can_sign_in(staff, client):
    data = {"email": "New@Example.com", "name": "New", "usable_password": "true"}
    secret = {"password1": "a long enough secret", "password2": "a long enough secret"}

    response = staff.post(page(User, "add"), data | secret)

    user = User.objects.get(email="new@example.com")
    assert response.status_code == 302
    assert user.check_password("a long enough secret")
    assert staff.get(reverse("admin:auth_user_password_change", args=[user.pk])).status_code == 200


def test_a_user_of_the_same_address_in_another_case_is_refused(staff, people):
    data = {"email": "ALICE@example.com", "usable_password": "true"}
    secret = {"password1": "a long enough secret", "password2": "a long enough secret"}

    response = staff.post(page(User, "add"), data | secret)

    assert "signs in with this e-mail address already" in response.text


def test_only_a_user_without_a_trace_can_be_deleted(staff, people):
    make_expense(people.household)
    stray = User.objects.create_user("stray@example.com", None)

    assert staff.post(page(User, "delete", people.alice.pk), {"post": "yes"}).status_code == 403
    assert staff.post(page(User, "delete", stray.pk), {"post": "yes"}).status_code == 302
    assert not User.objects.filter(pk=stray.pk).exists()


def household_data(**fields):
    return {
        "name": "Theirs",
        "currency": "EUR",
        "time_zone": "UTC",
        "month_starts_on": "1",
        "budget_from": "2026-11",
        "memberships-TOTAL_FORMS": 0,
        "memberships-INITIAL_FORMS": 0,
    } | fields


def test_a_household_begins_with_an_owner(staff, people):
    def with_bob(role):
        first = {"memberships-0-user": people.bob.pk, "memberships-0-role": role}
        return household_data(**first | {"memberships-TOTAL_FORMS": 1})

    for data in (household_data(), with_bob("editor")):
        assert "A household needs an owner." in staff.post(page(Household, "add"), data).text
    assert staff.post(page(Household, "add"), with_bob("owner")).status_code == 302

    assert Household.objects.get(name="Theirs").memberships.get().user == people.bob


def test_months_and_a_used_currency_are_not_changed_here(staff, people):
    make_expense(people.household)

    changed = staff.post(
        page(Household, "change", people.household.pk), household_data(currency="JPY", month_starts_on="25")
    )

    assert changed.status_code == 302
    people.household.refresh_from_db()
    assert (people.household.name, people.household.currency, people.household.month_starts_on) == ("Theirs", "USD", 1)


def test_a_household_is_deleted_with_everything_in_it(staff, people):
    fill(people, 2)
    others = Expense.objects.exclude(household=people.household).count()

    asked = staff.get(page(Household, "delete", people.household.pk))
    staff.post(page(Household, "delete", people.household.pk), {"post": "yes"})

    assert asked.status_code == 200
    assert not Household.objects.filter(pk=people.household.pk).exists()
    assert Expense.objects.count() == others


def test_the_last_owner_stays_one(staff, people):
    membership = Membership.objects.get(user=people.alice)

    demoted = staff.post(page(Membership, "change", membership.pk), {"role": "viewer"})
    deleted = staff.post(page(Membership, "delete", membership.pk), {"post": "yes"})

    assert "only owner" in demoted.text
    assert deleted.status_code == 403
    assert Membership.objects.get(pk=membership.pk).is_owner


def test_a_role_is_changed_and_a_membership_ended(staff, people):
    membership = Membership.objects.get(user=people.bob)

    staff.post(page(Membership, "change", membership.pk), {"role": "viewer"})
    assert Membership.objects.get(pk=membership.pk).role == "viewer"

    staff.post(page(Membership, "delete", membership.pk), {"post": "yes"})
    assert not Membership.objects.filter(pk=membership.pk).exists()


@pytest.mark.parametrize("name", ["FOOD", "food ", "ＦＯＯＤ", "ﷺ" * 50])
def test_a_category_has_a_name_of_its_own(staff, people, name):
    data = {"household": people.household.pk, "name": name, "color": "#FF6B6B", "position": "9", "archived_on": ""}

    response = staff.post(page(Category, "add"), data)

    assert response.context["adminform"].form.errors["name"]
    assert people.household.categories.filter(name_key=casefolded(name)).count() <= 1


def test_a_category_with_expenses_cannot_be_deleted(staff, people):
    make_expense(people.household, category=people.food)
    batch = make_expense(people.household, category=people.fun)
    people.household.expenses.filter(pk=batch.pk).put_aside(by=people.alice)

    kept = staff.post(page(Category, "delete", people.food.pk), {"post": "yes"})
    asked = staff.get(page(Category, "delete", people.fun.pk))
    gone = staff.post(page(Category, "delete", people.fun.pk), {"post": "yes"})

    assert kept.status_code == 403
    assert asked.status_code == 200
    assert gone.status_code == 302
    assert set(people.household.categories.filter(name__in=["Food", "Fun"])) == {people.food}


def test_a_payment_method_in_use_cannot_be_deleted(staff, people):
    method = make_method(people.household)
    make_expense(people.household, payment_method=method)

    assert staff.post(page(PaymentMethod, "delete", method.pk), {"post": "yes"}).status_code == 403


def test_the_link_of_an_invitation_is_not_shown(staff, people):
    invitation = Invitation.objects.create(household=people.household, invited_by=people.alice)

    assert invitation.token not in staff.get(page(Invitation, "changelist")).text
    assert invitation.token not in staff.get(page(Invitation, "change", invitation.pk)).text


# ── budgets ───────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("model", NEW_ELSEWHERE)
def test_what_its_page_must_write_is_not_added_here(staff, people, model):
    assert staff.get(page(model, "add")).status_code == 403


def test_a_limit_is_corrected_and_deleted(staff, people):
    limit = make_limit(people.food, "100", NOVEMBER)

    staff.post(page(Limit, "change", limit.pk), {"amount": "120,50", "leftover": "all"})
    limit.refresh_from_db()
    assert (limit.amount, limit.leftover, limit.category) == (Decimal("120.50"), "all", people.food)

    staff.post(page(Limit, "change", limit.pk), {"amount": "", "leftover": "all"})
    assert "ends" in staff.get(page(Limit, "changelist")).text

    staff.post(page(Limit, "delete", limit.pk), {"post": "yes"})
    assert not Limit.objects.exists()


@pytest.mark.parametrize(
    ("field", "value"),
    [("amount", "-1"), ("amount", "12.345"), ("amount", "NaN"), ("amount", "100000000001"), ("leftover", "some")],
)
def test_a_limit_that_is_none_is_refused_at_the_field(staff, people, field, value):
    limit = make_limit(people.food, "100", NOVEMBER)

    response = staff.post(page(Limit, "change", limit.pk), {"amount": "1", "leftover": "all"} | {field: value})

    assert response.context["adminform"].form.errors[field]
    limit.refresh_from_db()
    assert limit.amount == 100


@pytest.mark.parametrize(
    ("field", "value"),
    [("amount", "0"), ("amount", "-1"), ("amount", "12.345"), ("amount", "1e999"), ("description", "a\0b"),
     ("received_on", "9999-12-31"), ("recorded_by", "99999999999999999999")],
)  # fmt: skip
def test_an_income_is_corrected_and_bad_input_refused(staff, people, field, value):
    income = make_income(people.household)
    data = {"description": "Pay", "amount": "1200", "received_on": "2026-11-02", "recorded_by": people.bob.pk}

    refused = staff.post(page(Income, "change", income.pk), data | {field: value})
    taken = staff.post(page(Income, "change", income.pk), data)

    assert refused.context["adminform"].form.errors
    assert taken.status_code == 302
    income.refresh_from_db()
    assert (income.description, income.amount, income.recorded_by) == ("Pay", Decimal(1200), people.bob)
    assert staff.post(page(Income, "delete", income.pk), {"post": "yes"}).status_code == 403


def test_a_category_with_moves_stays_and_one_with_limits_goes_with_them(staff, people):
    make_limit(people.fun, "100", NOVEMBER)
    make_transfer(people.household, "5", month=NOVEMBER, source=None, destination=people.food)

    kept = staff.post(page(Category, "delete", people.food.pk), {"post": "yes"})
    gone = staff.post(page(Category, "delete", people.fun.pk), {"post": "yes"})

    assert (kept.status_code, gone.status_code) == (403, 302)
    assert not Limit.objects.exists()


def test_whether_a_member_wants_alerts_is_changed(staff, people):
    membership = Membership.objects.get(user=people.bob)

    staff.post(page(Membership, "change", membership.pk), {"role": "editor", "wants_alerts": "on"})

    membership.refresh_from_db()
    assert membership.wants_alerts
