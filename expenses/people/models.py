"""User, Household, Membership, Invitation."""

import datetime as dt
import secrets
import zoneinfo
from typing import Any, ClassVar, Self

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models.functions import Lower
from django.utils import timezone

from expenses.shared.constraints import length_between
from expenses.shared.currencies import CHOICES, CURRENCIES, Currency, decimals_of
from expenses.shared.money import MoneyField
from expenses.shared.months import FIRST_YEAR, LAST_START_DAY, LAST_YEAR, Month, MonthField
from expenses.shared.relations import naming, rows_naming
from expenses.shared.text import refuse_controls

INVITATION_DAYS = 14
EMAIL_LENGTH = 254


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **extra: Any) -> "User":
        """A person who signs in by e-mail. Raises `ValueError` without an address."""
        if not email:
            raise ValueError("A user needs an e-mail address.")
        user = self.model(email=email, **extra)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **extra: Any) -> "User":
        return self.create_user(email, password, is_staff=True, is_superuser=True, **extra)

    def get_by_natural_key(self, email: str | None) -> "User":
        return self.get(email=(email or "").lower())


class User(AbstractBaseUser, PermissionsMixin):
    email = models.EmailField(
        "e-mail",
        max_length=EMAIL_LENGTH,
        unique=True,
        error_messages={"unique": "Somebody signs in with this e-mail address already."},
    )
    name = models.CharField(max_length=100, blank=True, validators=[refuse_controls])
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    is_active = models.BooleanField(
        "active", default=True, help_text="Off instead of deleting: what they wrote down stays theirs."
    )
    is_staff = models.BooleanField("staff", default=False, help_text="May use the admin.")

    objects = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        ordering = ["email"]
        constraints = [
            # Kept in lower case, so that the unique column means "whatever the case".
            models.CheckConstraint(condition=models.Q(email=Lower("email")), name="user_email_lower_case"),
        ]

    # Set by the back end that loads the user: see access.MemberBackend.
    membership: "Membership | None" = None

    def __str__(self) -> str:
        return self.name or self.email

    def clean(self) -> None:
        super().clean()
        self.email = self.email.lower()
        if len(self.email) > EMAIL_LENGTH:  # İ becomes two characters
            raise ValidationError({"email": f"This address is longer than {EMAIL_LENGTH} characters."})

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.email = self.email.lower()
        self.name = " ".join(self.name.split())  # one line: it stands in the subject of mails
        super().save(*args, **kwargs)

    @property
    def initial(self) -> str:
        return str(self)[:1].upper()


def check_time_zone(name: str) -> None:
    """Field validator: a name of the time zone database."""
    if name not in zoneinfo.available_timezones():
        raise ValidationError("Choose a time zone from the list.", code="time_zone")


class CurrencyFixed(Exception):
    """There is an amount in the household; the message is a sentence for the person."""


class Household(models.Model):
    """The people who share one budget. Everything in it starts here: `household.expenses`, `.categories`, …"""

    name = models.CharField(max_length=100, validators=[refuse_controls])
    currency = models.CharField(max_length=3, choices=CHOICES, default="USD")
    month_starts_on = models.PositiveSmallIntegerField(
        "month starts on day", default=1, help_text="1 to 28. A budget month begins on this day, as your pay does."
    )
    budget_from = MonthField(help_text="What is older is history and carries nothing over.")
    pool_from = MonthField(null=True, blank=True, editable=False)
    time_zone = models.CharField(max_length=64, default="UTC", validators=[check_time_zone])
    # What the alerts have to say on every page, written by them: a page reads this row anyway.
    notices = models.JSONField(default=list, blank=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(month_starts_on__range=(1, LAST_START_DAY)),
                name="household_month_starts_on_1_to_28",
                violation_error_message="Choose a day from 1 to 28.",
            ),
            models.CheckConstraint(
                condition=models.Q(budget_from__gte=FIRST_YEAR * 100 + 1, budget_from__lte=LAST_YEAR * 100 + 12),
                name="household_budget_from_in_range",
            ),
            length_between("currency", 3, 3, name="household_currency_three_letters"),
            length_between("name", 1, 100, name="household_name_1_to_100"),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        super().clean()
        self.name = " ".join(self.name.split())

    @property
    def money(self) -> Currency:
        """Its currency, with decimals and name."""
        return CURRENCIES.get(self.currency) or Currency(self.currency, 2, self.currency)

    @property
    def decimals(self) -> int:
        return decimals_of(self.currency)

    def today(self) -> dt.date:
        """Today in the household's time zone. Read in views and commands only, and handed on from there."""
        return timezone.localdate(timezone=zoneinfo.ZoneInfo(self.time_zone))

    def month_of(self, day: dt.date) -> Month:
        """The budget month that holds this day."""
        return Month.of(day, self.month_starts_on)

    def month(self, named: Month) -> Month:
        """The month of this name with the household's days."""
        return named.starting_on(self.month_starts_on)

    def has_amounts(self) -> bool:
        """Whether anything in it has an amount other than zero: its currency is fixed from then on."""
        for relation in naming(Household):
            rows = rows_naming(self, relation)
            for field in relation.related_model._meta.concrete_fields:
                some = models.Q(**{f"{field.name}__gt": 0}) | models.Q(**{f"{field.name}__lt": 0})
                if isinstance(field, MoneyField) and rows.filter(some).exists():
                    return True
        return False

    @transaction.atomic
    def change_currency(self, code: str) -> None:
        """Raises `CurrencyFixed` once there is an amount. FOR UPDATE: a writer of the first one is waited for."""
        Household.objects.select_for_update().get(pk=self.pk)
        if self.has_amounts():
            raise CurrencyFixed(f"The currency stays {self.currency}: there are amounts in this household already.")
        self.currency = code
        self.save(update_fields=["currency"])

    def locked(self) -> "Household":
        """Take the household's row until the transaction ends, as every verb does that changes limits, incomes,
        transfers or the pool (no_key, so that running inserts of expenses do not wait). Gives the fresh row."""
        return Household.objects.select_for_update(no_key=True).get(pk=self.pk)

    @transaction.atomic
    def add_member(self, user: User, role: str) -> "Membership":
        """Make the user a member; one who is keeps the role they have."""
        membership, _ = Membership.objects.get_or_create(household=self, user=user, defaults={"role": role})
        return membership


class Role(models.TextChoices):
    OWNER = "owner", "Owner: everything, also members and months"
    EDITOR = "editor", "Editor: writes down, changes, imports"
    VIEWER = "viewer", "Viewer: reads"


class MembershipQuerySet(models.QuerySet["Membership"]):
    def with_users(self) -> Self:
        return self.select_related("user")

    def wanting_alerts(self) -> Self:
        """Those who asked for mail, and may still sign in."""
        return self.filter(wants_alerts=True, user__is_active=True).order_by("pk")

    def wanting_review(self, month: Month) -> Self:
        """Those who asked for the review of each month, may still sign in, and have not had this one."""
        had = models.Q(reviewed__gte=month)
        return self.filter(wants_review=True, user__is_active=True).exclude(had).order_by("pk")

    def of(self, user: User) -> Self:
        """The households of this user, the one opened last first."""
        return self.filter(user=user).select_related("household").order_by("-opened_at", "-id")


class LastOwner(Exception):
    """A household must keep an owner; the message is a sentence for the person."""


class Membership(models.Model):
    household = models.ForeignKey(Household, models.CASCADE, related_name="memberships")
    user = models.ForeignKey(User, models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=6, choices=Role, default=Role.OWNER)
    joined_at = models.DateTimeField(default=timezone.now, editable=False)
    opened_at = models.DateTimeField(
        default=timezone.now, editable=False, help_text="A user of several households sees the one opened last."
    )
    wants_alerts = models.BooleanField(
        "alerts by e-mail", default=False, help_text="When a category comes near its limit or goes over it."
    )

    wants_review = models.BooleanField(
        "review by e-mail", default=False, help_text="What a month came to, on the first day of the next one."
    )
    reviewed = MonthField(null=True, blank=True, editable=False)  # the newest month whose review was mailed

    objects = MembershipQuerySet.as_manager()

    class Meta:
        ordering = ["joined_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["household", "user"], name="membership_once"),
            # What a row of this member names together with its household.
            models.UniqueConstraint(fields=["id", "household"], name="membership_id_and_household"),
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="membership_role_known"),
        ]
        indexes = [models.Index(fields=["user", "-opened_at"], name="membership_by_user")]

    def __str__(self) -> str:
        return f"{self.user} in {self.household}"

    @property
    def as_role(self) -> str:
        """An owner, an editor or a viewer."""
        return {Role.OWNER: "an owner", Role.EDITOR: "an editor", Role.VIEWER: "a viewer"}[Role(self.role)]

    @property
    def mails(self) -> list[str]:
        """What they asked to get by e-mail."""
        asked = {"alerts": self.wants_alerts, "the review of each month": self.wants_review}
        return [word for word, wanted in asked.items() if wanted]

    @property
    def is_owner(self) -> bool:
        return self.role == Role.OWNER

    @property
    def is_editor(self) -> bool:
        return self.role in (Role.OWNER, Role.EDITOR)

    def open(self, *, at: dt.datetime) -> None:
        """Make this household the one whose pages the user sees."""
        self.opened_at = at
        self.save(update_fields=["opened_at"])

    @transaction.atomic
    def change_role(self, role: str) -> None:
        """Raises `LastOwner` where the household would have none."""
        self._keep_an_owner(unless=role == Role.OWNER)
        self.role = role
        self.save(update_fields=["role"])

    @transaction.atomic
    def leave(self) -> None:
        """End the membership; what they wrote down stays, and their links, which could lead back in, end with it.
        Raises `LastOwner` where the household would have none."""
        self._keep_an_owner()
        self.household.invitations.filter(invited_by=self.user).delete()
        self.delete()

    def _keep_an_owner(self, *, unless: bool = False) -> None:
        self.household.locked()
        others = self.household.memberships.filter(role=Role.OWNER).exclude(pk=self.pk)
        if not unless and not others.exists() and Membership.objects.get(pk=self.pk).is_owner:
            raise LastOwner(f"{self.user} is the only owner. Make somebody else an owner first.")


class InvitationClosed(Exception):
    """The link lets nobody in any more; the message is a sentence for the person."""


def new_token() -> str:
    return secrets.token_urlsafe(24)


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def open(self, *, at: dt.datetime) -> Self:
        """Those not older than two weeks; a used one is gone."""
        return self.filter(invited_at__gt=at - dt.timedelta(days=INVITATION_DAYS))


class Invitation(models.Model):
    """A link that lets one person into a household, once, for two weeks."""

    household = models.ForeignKey(Household, models.CASCADE, related_name="invitations")
    email = models.EmailField("e-mail", max_length=EMAIL_LENGTH, blank=True)
    role = models.CharField(max_length=6, choices=Role, default=Role.EDITOR)
    token = models.CharField(max_length=64, unique=True, default=new_token, editable=False)
    invited_by = models.ForeignKey(User, models.CASCADE, related_name="+")
    invited_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        ordering = ["-invited_at", "-id"]
        constraints = [models.CheckConstraint(condition=models.Q(role__in=Role.values), name="invitation_role_known")]

    def __str__(self) -> str:
        return f"{self.email or 'Somebody'} to {self.household}"

    @classmethod
    def open_by(cls, token: str, *, at: dt.datetime) -> "Invitation | None":
        """The invitation behind a link, unless it was used, taken back or is older than two weeks."""
        return cls.objects.open(at=at).select_related("household", "invited_by").filter(token=token).first()

    @transaction.atomic
    def accept(self, user: User, *, at: dt.datetime) -> Membership:
        """Join the household and use the link up. Raises `InvitationClosed` where somebody else was quicker."""
        if not Invitation.objects.select_for_update().filter(pk=self.pk).exists():
            raise InvitationClosed("This invitation was used or taken back a moment ago. Ask for another one.")
        membership = self.household.add_member(user, self.role)
        membership.open(at=at)
        self.delete()
        return membership

    @property
    def as_role(self) -> str:
        """An owner, an editor or a viewer."""
        return Membership(role=self.role).as_role

    @property
    def ends_at(self) -> dt.datetime:
        """When the link stops working."""
        return self.invited_at + dt.timedelta(days=INVITATION_DAYS)
