"""Alert: that a category came near its limit in a month, or went over it."""

from typing import Self

from django.db import models
from django.db.models import Q

from expenses.shared.constraints import in_household
from expenses.shared.months import Month, MonthField


class Threshold(models.IntegerChoices):
    """So many percent of what the category had."""

    NEAR = 80, "near its limit"
    OVER = 100, "over its limit"


class AlertQuerySet(models.QuerySet["Alert"]):
    def in_month(self, month: Month) -> Self:
        return self.filter(month=month)


class Alert(models.Model):
    """A threshold of a category in a month: armed until it is crossed, and again once spending has fallen back."""

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
        ]

    def __str__(self) -> str:
        return f"{self.category} {Threshold(self.threshold).label} in {self.month}"
