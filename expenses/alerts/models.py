"""Alert: that a category came near its limit in a month, or went over it; AlertMail: who was told of it by mail."""

import datetime as dt
from typing import Self

from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone

from expenses.alerts.crossing import Threshold
from expenses.shared.constraints import in_household
from expenses.shared.months import Month, MonthField


class AlertQuerySet(models.QuerySet["Alert"]):
    def in_month(self, month: Month) -> Self:
        return self.filter(month=month)

    def raised(self) -> Self:
        return self.filter(raised_at__isnull=False)

    def to_mail(self) -> Self:
        """Raised, and not yet with everybody who wants mail."""
        return self.raised().filter(emailed_at=None)

    def with_names(self) -> Self:
        """With the category, and the household as it stands now."""
        return self.select_related("category", "household")


class Alert(models.Model):
    """A threshold of a category in a month: armed until it is crossed, and again once spending has fallen back.

    A round is one crossing. `emailed_at` says when nobody had to be told of it by mail any more: everybody who wants
    mail had it, or it was never to be mailed (a limit was changed), or a higher threshold was raised since.
    """

    household = models.ForeignKey("expenses.Household", models.CASCADE, related_name="alerts")
    category = models.ForeignKey("expenses.Category", models.CASCADE, related_name="alerts")
    month = MonthField()
    threshold = models.SmallIntegerField(choices=Threshold)
    armed = models.BooleanField(default=True)
    round = models.PositiveIntegerField(default=0)  # how often it was crossed in the month
    raised_at = models.DateTimeField(null=True, blank=True)  # in this round; empty where a higher one was raised
    emailed_at = models.DateTimeField(null=True, blank=True)  # in this round
    dismissed_at = models.DateTimeField(null=True, blank=True)  # in this round

    objects = AlertQuerySet.as_manager()

    class Meta:
        ordering = ["-month", "category_id", "threshold"]
        constraints = [
            in_household("category", "expenses.Category", name="alert_category_of_household"),
            models.UniqueConstraint(
                fields=["household", "category", "month", "threshold"], name="alert_once_a_threshold"
            ),
            models.CheckConstraint(condition=Q(threshold__in=Threshold.values), name="alert_threshold_known"),
            # What a mail's row names together with its household.
            models.UniqueConstraint(fields=["id", "household"], name="alert_id_and_household"),
        ]

    def __str__(self) -> str:
        return f"{self.category} {Threshold(self.threshold).label} in {self.month}"

    @property
    def is_shown(self) -> bool:
        """Whether pages tell of it, while it is true."""
        return self.raised_at is not None and self.dismissed_at is None

    def arm(self) -> None:
        """Ready for another round; in memory."""
        self.armed = True
        self.raised_at = self.emailed_at = self.dismissed_at = None

    def disarm(self) -> None:
        """Crossed: another round begins; in memory, and without a word until it is raised."""
        self.arm()
        self.armed = False
        self.round += 1

    @transaction.atomic
    def dismiss(self, *, at: dt.datetime) -> None:
        """Show it no longer in this round, on any page, to any member; nor the threshold below it."""
        household = self.household.locked()
        told = household.alerts.in_month(self.month).raised().filter(category=self.category_id)
        told.filter(threshold__lte=self.threshold, dismissed_at=None).update(dismissed_at=at)
        household.notices = [notice for notice in household.notices if notice["alert"] != self.pk]
        household.save(update_fields=["notices"])


class AlertMail(models.Model):
    """That a round of an alert was mailed to a member."""

    household = models.ForeignKey("expenses.Household", models.CASCADE, related_name="alert_mails")
    alert = models.ForeignKey(Alert, models.CASCADE, related_name="mails")
    membership = models.ForeignKey("expenses.Membership", models.CASCADE, related_name="alert_mails")
    round = models.PositiveIntegerField()
    sent_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-sent_at", "-id"]
        constraints = [
            in_household("alert", "expenses.Alert", name="alertmail_alert_of_household"),
            in_household("membership", "expenses.Membership", name="alertmail_membership_of_household"),
            models.UniqueConstraint(fields=["alert", "membership", "round"], name="alertmail_once_a_round"),
        ]

    def __str__(self) -> str:
        return f"{self.alert}, to {self.membership}"
