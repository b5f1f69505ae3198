from tests.access import Page


def food(people):
    return {"pk": people.food.pk}


def into_fun(people):
    return {"into": people.fun.pk}


PAGES = [
    Page("upkeep:archive", kwargs=food, stranger=404, viewer=403),
    Page("upkeep:archive", "post", food, {}, 404, 403, 302, 302),
    Page("upkeep:merge", kwargs=food, stranger=404, viewer=403),
    Page("upkeep:merge", "get", food, into_fun, stranger=404, viewer=403),
    Page("upkeep:merge", "post", food, into_fun, 404, 403, 302, 302),
    Page("upkeep:delete", kwargs=food, stranger=404, viewer=403),
    Page("upkeep:delete", "post", food, {}, 404, 403, 302, 302),
    Page("upkeep:month_start", viewer=403, editor=403),
    Page("upkeep:month_start", "post", {}, {"month_starts_on": 25}, 302, 403, 403, 302),
    Page("upkeep:budget_from", viewer=403, editor=403),
    Page("upkeep:budget_from", "post", {}, {"budget_from": "2025-01"}, 302, 403, 403, 302),
    Page("upkeep:delete_household", viewer=403, editor=403),
    Page("upkeep:delete_household", "post", {}, {"name": "something else"}, 422, 403, 403, 422),
]
