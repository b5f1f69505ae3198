from django.apps import AppConfig
from django.urls import register_converter


class ExpensesConfig(AppConfig):
    name = "expenses"
    verbose_name = "Budget"

    def ready(self) -> None:
        from expenses.shared.days import DayConverter
        from expenses.shared.months import MonthConverter

        register_converter(MonthConverter, "month")  # before any slice's addresses are read, in whatever order
        register_converter(DayConverter, "day")
