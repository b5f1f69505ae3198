"""The categories' pages."""

import datetime as dt

import pytest

from expenses.categories.models import PALETTE, Category, next_color
from tests.factories import make_expense
from tests.people import open_first_page

INDEX = "/categories/"


@pytest.fixture
def bob(client, people):
    client.force_login(people.bob)
    return client


def names(people):
    return [category.name for category in people.household.categories.active().in_order()]


# ── the list ──────────────────────────────────────────────────────────────────────────────────────


def test_the_list_counts_what_each_category_has(bob, people):
    make_expense(people.household, category=people.food, amount="12.50")
    make_expense(people.household, category=people.food, amount="-2.50")

    page = bob.get(INDEX).text

    assert "2 expenses, <data" in page
    assert 'value="10.00"' in page
    assert page.count("no expenses") == 7


def test_archived_ones_stand_apart_with_their_day(bob, people):
    people.food.archive(on=dt.date(2026, 11, 22))

    response = bob.get(INDEX)

    assert [category.name for category in response.context["archived"]] == ["Food"]
    assert "Food" not in [category.name for category in response.context["active"]]
    assert '<time datetime="2026-11-22">22 Nov 2026</time>' in response.text


def test_a_viewer_sees_the_list_without_anything_to_change(client, people):
    client.force_login(people.vera)

    page = client.get(INDEX).text

    assert "Food" in page
    assert "/edit/" not in page
    assert "Move Food up" not in page


@pytest.mark.parametrize("number", [0, 40])
def test_the_list_asks_four_questions_whatever_it_holds(bob, people, django_assert_num_queries, number):
    for i in range(number):
        category = Category.objects.create(household=people.household, name=f"Category {i}")
        make_expense(people.household, category=category)
    open_first_page(bob)

    with django_assert_num_queries(4):  # session; user, membership and household; categories; totals
        bob.get(INDEX)


def test_a_household_without_a_category_in_use_is_told_so(bob, people):
    people.household.categories.update(archived_on=dt.date(2026, 11, 22))

    assert "No category is in use." in bob.get(INDEX).text


# ── a new one ─────────────────────────────────────────────────────────────────────────────────────


def add(client, **data):
    return client.post("/categories/new/", {"name": "Pets", "color": "#4C9A6A", "own_color": ""} | data)


def test_a_new_category_comes_last(bob, people):
    assert add(bob).status_code == 302

    assert names(people)[-1] == "Pets"


def test_a_new_category_begins_with_a_colour_not_used_yet(bob, people):
    form = bob.get("/categories/new/").context["form"]

    assert form["color"].initial not in people.household.categories.values_list("color", flat=True)


def test_when_all_colours_are_used_the_rarest_is_next():
    colors = [color for color, _ in PALETTE]

    assert next_color(colors + colors[:5]) == colors[5]
    assert next_color([color.lower() for color in colors[:3]]) == colors[3]


@pytest.mark.parametrize(
    ("color", "own", "stored"),
    [
        ("#4C9A6A", "", "#4C9A6A"),
        ("", "#abcdef", "#ABCDEF"),
        ("#4C9A6A", "#abcdef", "#ABCDEF"),  # what was typed counts
        ("#123abc", "", "#123ABC"),
    ],
)
def test_a_colour_is_one_of_the_palette_or_ones_own(bob, people, color, own, stored):
    add(bob, color=color, own_color=own)

    assert people.category("Pets").color == stored


@pytest.mark.parametrize(
    ("data", "field", "sentence"),
    [
        ({"name": ""}, "name", "This field is required."),
        ({"name": "   "}, "name", "This field is required."),
        ({"name": "x" * 10_000}, "name", "at most 50 characters"),
        ({"name": "ﷺ" * 50}, "name", "too long"),
        ({"name": "a\0b"}, "name", "Null characters are not allowed"),
        ({"name": "a\x07b"}, "name", "invisible control characters"),
        ({"name": "food"}, "name", "There is a category named Food already"),
        ({"name": " food "}, "name", "There is a category named Food already"),
        ({"name": "ＦＯＯＤ"}, "name", "There is a category named Food already"),
        ({"color": "red"}, "color", "Write a colour like #FF6B6B."),
        ({"color": "#12345"}, "color", "Write a colour like #FF6B6B."),
        ({"color": "", "own_color": "#12345G"}, "own_color", "Write a colour like #FF6B6B."),
        ({"color": "", "own_color": "#1234567890"}, "own_color", "at most 7 characters"),
        ({"color": "#4C9A6A", "own_color": "a\0b"}, "own_color", "Null characters are not allowed"),
        ({"color": "", "own_color": ""}, "color", "Choose a colour."),
    ],
)
def test_bad_input_is_answered_at_the_field_and_kept(bob, people, data, field, sentence):
    response = add(bob, **data)

    assert response.status_code == 422
    assert sentence in str(response.context["form"].errors[field])
    assert response.context["form"].data["name"] == data.get("name", "Pets")
    assert len(names(people)) == 8


def test_a_name_that_only_an_archived_category_has_says_so(bob, people):
    people.food.archive(on=dt.date(2026, 11, 22))

    assert "already, archived. Bring it back" in add(bob, name="FOOD").text


def test_html_and_direction_marks_are_text(bob, people):
    add(bob, name="<b>x</b> \u202eevil")

    page = bob.get(INDEX).text

    assert "&lt;b&gt;x&lt;/b&gt;" in page
    assert "<b>x</b>" not in page


def test_the_same_form_sent_twice_writes_one_category(bob, people):
    assert (add(bob).status_code, add(bob).status_code) == (302, 422)

    assert names(people).count("Pets") == 1


def test_a_name_may_be_that_of_another_household(bob, people):
    Category.objects.create(household=people.others, name="Pets")

    assert add(bob).status_code == 302


@pytest.mark.parametrize(
    ("back", "leads_to"),
    [
        ("/expenses/new/?amount=12", "/expenses/new/?amount=12"),
        ("https://elsewhere.example/", "/categories/"),
        ("//elsewhere.example/", "/categories/"),
        ("javascript:alert(1)", "/categories/"),
    ],
)
def test_it_leads_back_to_the_page_that_asked_and_nowhere_else(bob, people, back, leads_to):
    assert add(bob, next=back)["Location"] == leads_to


# ── changes ───────────────────────────────────────────────────────────────────────────────────────


def edit(client, category, **data):
    return client.post(f"/categories/{category.pk}/edit/", data)


def test_rename_and_recolour(bob, people):
    food = people.food

    edit(bob, food, name="Meals", color="#C2557A", own_color="")

    food.refresh_from_db()
    assert (food.name, food.color) == ("Meals", "#C2557A")


def test_the_case_of_its_own_name_may_change(bob, people):
    assert edit(bob, people.food, name="FOOD", color="#C2557A").status_code == 302


def test_a_colour_outside_the_palette_stays_until_a_swatch_is_chosen(bob, people):
    food = people.food
    food.color = "#123456"
    food.save()

    edit(bob, food, name="Food", own_color="#123456")
    assert Category.objects.get(pk=food.pk).color == "#123456"
    edit(bob, food, name="Food", color="#4C9A6A", own_color="#123456")
    assert Category.objects.get(pk=food.pk).color == "#4C9A6A"


def test_a_refused_name_does_not_stand_in_the_heading(bob, people):
    response = edit(bob, people.food, name="fun", color="#C2557A")

    assert response.status_code == 422
    assert response.context["category"].name == "Food"


def test_up_and_down(bob, people):
    before = names(people)

    bob.post(f"/categories/{people.food.pk}/move/", {"to": "up"})
    assert names(people) == ["Food", "Rent", *before[2:]]
    bob.post(f"/categories/{people.food.pk}/move/", {"to": "up"})
    assert names(people)[0] == "Food"
    bob.post(f"/categories/{people.food.pk}/move/", {"to": "down"})
    assert names(people) == before


def test_archive_and_bring_back(bob, people):
    food = people.food

    bob.post(f"/categories/{food.pk}/archive/")
    assert "Food" not in names(people)
    bob.post(f"/categories/{food.pk}/bring-back/")
    assert "Food" in names(people)


@pytest.mark.parametrize("action", ["move", "bring-back"])
def test_a_change_is_a_post(bob, people, action):
    assert bob.get(f"/categories/{people.food.pk}/{action}/").status_code == 405


def test_a_number_beyond_all_ids_is_not_found(bob):
    assert bob.get("/categories/99999999999999999999/edit/").status_code == 404


@pytest.mark.django_db(transaction=True)
def test_two_of_one_name_at_once_become_one_and_a_sentence(client, people, monkeypatch):
    """The name was free when the form looked, and taken when it wrote."""
    client.force_login(people.bob)
    save = Category.save

    def overtaken(self, *args, **kwargs):
        monkeypatch.setattr(Category, "save", save)
        Category.objects.create(household=people.household, name="Pets")
        return save(self, *args, **kwargs)

    monkeypatch.setattr(Category, "save", overtaken)

    response = add(client)

    assert response.status_code == 422
    assert "There is a category named Pets already" in response.text


@pytest.mark.parametrize("name", ["To assign", "  TO  ASSIGN "])
def test_no_category_is_called_as_the_money_that_has_none(bob, people, name):
    response = bob.post("/categories/new/", {"name": name, "color": "#6B7C93"})

    assert response.status_code == 422
    assert "This is what money without a category is called." in response.text
    assert not people.household.categories.named("To assign").exists()
