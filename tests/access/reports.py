from tests.access import Page


def of_food(people):
    return {"category": people.food.pk}


PAGES = [
    Page("reports:index", stranger=302, viewer=302, editor=302, owner=302),
    Page("reports:categories"),
    Page("reports:categories", data=of_food),
    Page("reports:largest"),
    Page("reports:trends"),
    Page("reports:trends", data=of_food),
    Page("reports:year"),
    Page("reports:budget"),
    Page("reports:budget", data=of_food),
    Page("reports:members"),
    Page("reports:members", data=of_food),
    Page("reports:calendar"),
    Page("reports:calendar", data=of_food),
    Page("reports:csv", kwargs={"name": "trends"}),
    Page("reports:csv", kwargs={"name": "trends"}, data=of_food, stranger=302),  # to the page, which says why
    Page("reports:latest", stranger=302, viewer=302, editor=302, owner=302),
    Page("reports:review", kwargs={"month": "2026-10"}),
    Page("reports:review_csv", kwargs={"month": "2026-10"}),
]
