from tests.access import Page

MONTH = {"month": "2026-11"}


def food(people):
    return {**MONTH, "pk": people.food.pk}


PAGES = [
    Page("months:index", stranger=302, viewer=302, editor=302, owner=302),
    Page("months:show", kwargs=MONTH),
    Page("months:csv", kwargs=MONTH),
    Page("months:category", kwargs=food, stranger=404),
]
