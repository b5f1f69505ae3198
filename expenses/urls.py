"""Every page of the product, slice by slice."""

from django.urls import register_converter

from expenses.shared.months import MonthConverter

register_converter(MonthConverter, "month")

urlpatterns = []
