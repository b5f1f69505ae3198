from tests.access import Page


def food(people):
    return {"pk": people.food.pk}


PAGES = [
    Page("categories:index"),
    Page("categories:csv"),
    Page("categories:xlsx"),
    Page("categories:new", viewer=403),
    Page("categories:new", "post", data={"name": "Pets", "color": "#4C9A6A"}, stranger=302, viewer=403, editor=302,
         owner=302),
    Page("categories:edit", kwargs=food, stranger=404, viewer=403),
    Page("categories:edit", "post", food, {"name": "Meals", "color": "#4C9A6A"}, 404, 403, 302, 302),
    Page("categories:move", "post", food, {"to": "up"}, 404, 403, 302, 302),
    Page("categories:bring_back", "post", food, {}, 404, 403, 302, 302),
]  # fmt: skip
