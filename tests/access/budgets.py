from tests.access import Page

MONTH = {"month": "2026-11"}


def food(people):
    return {**MONTH, "pk": people.food.pk}


def fields(people):
    """What the page of all limits sends, with one for Food."""
    sent = {"reach": "from"}
    for category in people.household.categories.all():
        sent |= {f"amount-{category.pk}": "400" if category.name == "Food" else "", f"leftover-{category.pk}": "all"}
    return sent


PAGES = [
    Page("budgets:index", kwargs=MONTH),
    Page("budgets:csv"),
    Page("budgets:xlsx"),
    # Charlie names categories of a household that is not his, and none of his own.
    Page("budgets:index", "post", MONTH, fields, 422, 403, 302, 302),
    Page("budgets:limit", kwargs=food, stranger=404, viewer=403),
    Page("budgets:limit", "post", food, {"amount": "400", "leftover": "surplus", "reach": "from"}, 404, 403, 302, 302),
]
