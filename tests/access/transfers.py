import uuid
from decimal import Decimal

from expenses.budgets.envelope import Leftover
from expenses.budgets.models import Limit, Setting, Transfer
from expenses.shared.months import Month
from tests.access import Page
from tests.factories import make_expense
from tests.people import TODAY

NOVEMBER = Month(2026, 11)


def limited(people):
    Limit.set(people.household, NOVEMBER, {people.food: Setting(Decimal(400), Leftover.SURPLUS)})


def moved(people):
    limited(people)
    transfer = Transfer.move(
        household=people.household,
        month=NOVEMBER,
        source=people.food,
        destination=people.fun,
        amount=Decimal(20),
        by=people.bob,
        on=TODAY,
        key=uuid.uuid4(),
    )
    return {"pk": transfer.pk}


def over(people):
    limited(people)
    make_expense(people.household, category=people.fun)
    return {"month": "2026-11", "pk": people.fun.pk}


def from_food(people):
    return {"source": people.food.pk, "amount": "12.50"}


def to_fun(people):
    limited(people)
    return {"month": "2026-11", **from_food(people), "destination": people.fun.pk}


PAGES = [
    Page("transfers:index"),
    Page("transfers:csv"),
    Page("transfers:xlsx"),
    Page("transfers:new", viewer=403),
    # Charlie names categories of a household that is not his: faults at the fields.
    Page("transfers:new", "post", data=to_fun, stranger=422, viewer=403, editor=302, owner=302),
    Page("transfers:reverse", kwargs=moved, stranger=404, viewer=403),
    Page("transfers:reverse", "post", moved, {}, 404, 403, 302, 302),
    Page("budgets:cover", kwargs=over, stranger=404, viewer=403),
    Page("budgets:cover", "post", over, from_food, 404, 403, 302, 302),
]
