import datetime as dt

from tests.access import Page
from tests.factories import make_occurrence, make_recurring

DAY = dt.date(2026, 12, 1)


def rent(people):
    return {"pk": make_recurring(people.household).pk}


def due(people):
    recurring = make_recurring(people.household)
    make_occurrence(recurring, DAY)
    return {"pk": recurring.pk, "nominal_on": DAY}


def fields(people):
    return {
        "amount": "900", "description": "Rent", "category": people.food.pk, "anchor": DAY, "every": "1",
        "unit": "months", "automatic": "True",
    }  # fmt: skip


def proposal(people):
    return {"description": "Rent", "category": people.food.pk}


def dismissal(people):
    return {"pk": people.household.dismissals.create(category=people.food, look="rent").pk}


PAGES = [
    Page("recurring:index"),
    Page("recurring:csv"),
    Page("recurring:xlsx"),
    Page("recurring:new", viewer=403),
    # Charlie names a category of a household that is not his: a fault at the field.
    Page("recurring:new", "post", data=fields, stranger=422, viewer=403, editor=302, owner=302),
    Page("recurring:show", kwargs=rent, stranger=404),
    Page("recurring:edit", kwargs=rent, stranger=404, viewer=403),
    Page("recurring:edit", "post", rent, fields, 404, 403, 302, 302),
    Page("recurring:pause", "post", rent, {}, 404, 403, 302, 302),
    Page("recurring:resume", "post", rent, {}, 404, 403, 302, 302),
    Page("recurring:end", "post", rent, {}, 404, 403, 302, 302),
    Page("recurring:delete", kwargs=rent, stranger=404, viewer=403),
    Page("recurring:delete", "post", rent, {}, 404, 403, 302, 302),
    Page("recurring:post", kwargs=due, stranger=404, viewer=403),
    Page("recurring:post", "post", due, {}, 404, 403, 302, 302),
    Page("recurring:skip", "post", due, {}, 404, 403, 302, 302),
    Page("recurring:unskip", "post", due, {}, 404, 403, 302, 302),
    Page("recurring:found"),
    Page("recurring:dismiss", "post", data=proposal, stranger=422, viewer=403, editor=302, owner=302),
    Page("recurring:propose_again", "post", dismissal, {}, 404, 403, 302, 302),
]
