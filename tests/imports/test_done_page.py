"""The page of an import that was taken in: what became of each row, with the way to it, and the same as a file."""

import csv
import io

import pytest
from django.urls import reverse

from expenses.imports.sifting import PAGE
from expenses.imports.states import Pile
from tests.factories import make_expense, make_import
from tests.imports.histories import Line, finish, read, revert, take_in


@pytest.fixture
def alice(client, people):
    client.force_login(people.alice)
    return client


def done(client, source, query=""):
    return client.get(f"{reverse('imports:show', args=[source.pk])}?{query}")


def rows_of(client, source):
    response = client.get(reverse("imports:csv", args=[source.pk]))
    return list(csv.DictReader(io.StringIO(b"".join(response.streaming_content).decode("utf-8-sig"))))


@pytest.fixture
def mixed(people):
    """One row of each outcome: taken in, joined, left out, here already, and one that cannot be read."""
    take_in(people, [Line(2, "Bakery", "-4.00")])
    make_expense(people.household, "Lunch", "9.90", spent_on=Line(9, "", "").date)
    lines = [
        Line(2, "Bakery", "-4.00"), Line(3, "Shop", "-12.50"), Line(3, "Employer", "1800.00"),
        Line(10, "CAFE 7", "-9.90"), Line(11, "To savings", "-50.00"), Line(12, "Ghost", "abc"),
    ]  # fmt: skip
    source = read(people, lines)
    source.answer(None, same=True)
    source.choose_among(source.rows.filter(description="To savings"), leave_out=True)
    source.choose_among(source.rows.filter(category=None), category=people.food)
    return source.commit(by=people.alice, at=source.uploaded_at)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["Shop", "Employer"]),
        ("pile=in", ["Shop", "Employer"]),
        ("pile=joined", ["CAFE 7"]),
        ("pile=left", ["To savings"]),
        ("pile=here", ["Bakery"]),
        ("pile=unreadable", [""]),
        ("pile=in&q=SHOP", ["Shop"]),
        ("pile=in&q=nothing", []),
        ("pile=in&page=99", ["Shop", "Employer"]),
    ],
)
def test_rows_are_shown_by_what_became_of_them(alice, mixed, query, expected):
    assert [row.description for row in done(alice, mixed, query).context["page"].rows] == expected


def test_each_row_leads_to_what_it_became_or_says_why_not(alice, mixed, people):
    page = {pile: done(alice, mixed, f"pile={pile}").content.decode() for pile in ("in", "joined", "left", "here")}
    shop, lunch = (people.household.expenses.get(description=text) for text in ("Shop", "Lunch"))
    income = people.household.incomes.get()

    assert f'<a class="isolated" href="/expenses/{shop.pk}/">Shop</a>' in page["in"]
    assert '<span class="isolated">Food</span>' in page["in"]
    assert f'<a class="isolated" href="{reverse("incomes:edit", args=[income.pk])}">Employer</a>' in page["in"]
    assert f'Joined with <a class="isolated" href="/expenses/{lunch.pk}/">Lunch</a>' in page["joined"]
    assert "Your choice" in page["left"]
    assert "Imported on" in page["here"]
    assert "This is another one" not in page["here"]
    assert "“abc” is not an amount." in done(alice, mixed, "pile=unreadable").content.decode()


def test_what_was_edited_or_deleted_since_is_said(alice, mixed, people):
    people.household.expenses.filter(description="Shop").update(description="Bread")
    page = done(alice, mixed).content.decode()
    assert "Edited since" in page
    assert '<q class="isolated">Bread</q>' in page

    people.household.expenses.all().delete()

    assert "Deleted since" in done(alice, mixed).content.decode()
    assert "Joined with what was deleted since" in done(alice, mixed, "pile=joined").content.decode()


def test_a_viewer_is_led_only_where_they_may_go(client, mixed, people):
    client.force_login(people.vera)

    page = done(client, mixed).content.decode()

    assert 'href="/expenses/' in page
    assert reverse("incomes:edit", args=[people.household.incomes.get().pk]) not in page
    assert '<span class="isolated">Employer</span>' in page


@pytest.mark.parametrize("query", ["pile=new", "pile=x", "page=-1", "page=x", "category=x", "what=y", "page=99999999"])
def test_what_no_link_says_is_not_there(alice, mixed, query):
    assert done(alice, mixed, query).status_code == 404


def test_a_long_statement_is_paged_with_as_many_questions(alice, people, django_assert_max_num_queries):
    source = take_in(people, [Line(day % 28 + 1, f"Shop {day}", "-1.00") for day in range(PAGE + 20)])

    with django_assert_max_num_queries(8):
        first = done(alice, source)
    second = done(alice, source, "pile=in&page=2")

    assert [len(page.context["page"].rows) for page in (first, second)] == [PAGE, 20]
    assert 'name="q"' in first.content.decode()


def test_all_rows_are_a_file_with_what_became_of_each(alice, mixed):
    rows = rows_of(alice, mixed)

    said = [(row["From the bank"], row["Pile"], row["Is here as"], row["Category"], row["Counted"]) for row in rows]
    assert said == [
        ("Bakery", "Already here", "Bakery", "Food", ""),
        ("Shop", "Taken in", "Shop", "Food", "-12.50"),
        ("Employer", "Taken in", "Employer", "", "1800.00"),
        ("CAFE 7", "The same as one here", "Lunch", "Rent", ""),
        ("To savings", "Left out", "", "", ""),
        ("", "Cannot be read", "", "", ""),
    ]
    assert (rows[-1]["Line"], rows[-1]["Why"]) == ("7", "“abc” is not an amount.")
    assert alice.get(reverse("imports:xlsx", args=[mixed.pk])).status_code == 200


def test_taken_back_only_what_was_kept_is_listed(alice, mixed, people):
    people.household.expenses.filter(description="Shop").update(notes="With Bob")

    revert(people, mixed)

    page = done(alice, mixed)
    assert [row.description for row in page.context["page"].rows] == ["Shop"]
    assert mixed.rows.get().state == Pile.IMPORTED


def test_taken_back_as_a_whole_no_row_is_listed(alice, people):
    source = revert(people, take_in(people, [Line(3, "Shop", "-12.50")]))

    page = done(alice, source).content.decode()

    assert "Taken back: 1 expense removed." in page
    assert "Download all rows" not in page


def test_what_another_import_left_to_this_one_is_listed_here(alice, people):
    first = take_in(people, [Line(3, "Shop", "-12.50")])
    second = finish(people, read(people, [Line(3, "Shop", "-12.50"), Line(4, "Tea", "-2.00")]))

    revert(people, first)

    assert [row.description for row in done(alice, second).context["page"].rows] == ["Shop", "Tea"]


# ── the list of imports ──


@pytest.mark.parametrize("query", ["page=x", "page=-1", "page=0", "page=\x00"])
def test_a_page_of_imports_that_no_link_names_is_not_there(alice, query):
    assert alice.get(f"{reverse('imports:index')}?{query}").status_code == 404


def test_many_imports_are_paged(alice, people, django_assert_max_num_queries):
    newest_last = [make_import(people.household, by=people.alice).pk for _ in range(PAGE + 3)]

    with django_assert_max_num_queries(8):
        first = alice.get(reverse("imports:index"))
    second = alice.get(f"{reverse('imports:index')}?page=2")

    shown = [[source.pk for source in page.context["page"].rows] for page in (first, second)]
    assert shown == [newest_last[:2:-1], newest_last[2::-1]]
    assert f"1–{PAGE} of {PAGE + 3}" in first.content.decode()
