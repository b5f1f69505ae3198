"""The page to compare with: session, user, one aggregate, a small template."""

import datetime as dt

from django.contrib.auth.decorators import login_required
from django.db.models import Count, Sum
from django.shortcuts import render
from django.urls import path

from expenses.ledger.models import Expense


@login_required
def bare(request, household, first, last):
    rows = Expense.objects.filter(
        household=household, spent_on__gte=dt.date.fromisoformat(first), spent_on__lte=dt.date.fromisoformat(last)
    )
    return render(request, "bare.html", rows.order_by().aggregate(spent=Sum("amount"), count=Count("id")))


urlpatterns = [path("bare/<int:household>/<first>/<last>/", bare)]
