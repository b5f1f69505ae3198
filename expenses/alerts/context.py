"""What each page has to say of the alerts, without a query: it lies in the household's row."""

from django.utils.functional import SimpleLazyObject

from expenses.alerts.notices import of_month
from expenses.people.context import household as household_of


def notices(request):
    household = household_of(request)["household"]
    if household is None or not household.notices:
        return {"notices": []}
    return {
        "notices": SimpleLazyObject(lambda: of_month(household.notices, household.month_of(household.today()))),
    }
