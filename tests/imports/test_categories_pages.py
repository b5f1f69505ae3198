"""The categories that a file has of its own: each becomes one of ours, a new one, or is decided row by row."""

import pytest
from django.urls import reverse

from expenses.categories.models import Category
from expenses.imports.categorising import categories_of, is_undecided
from expenses.imports.forms.categories import field_name
from expenses.imports.models import Import
from expenses.imports.states import Kind, State
from expenses.shared.text import casefolded
from tests.imports.histories import Line, take_in
from tests.imports.histories import read as read_lines
from tests.imports.test_import_pages import commit, mapping_fields, read, upload

FILE = b"""Date,Payee,Amount,Category
2026-11-03,Corner shop,-12.50,Everyday: Groceries
2026-11-04,Corner shop,-3.20,Everyday: Groceries
2026-11-04,Market,-7.30,Everyday: Groceries
2026-11-05,Employer,1800.00,Income: Paycheck
2026-11-06,Cinema,-9.00,Leisure
2026-11-07,Corner shop,2.50,Everyday: Groceries
2026-11-08,Bus,-2.00,Food
2026-11-09,Gift,-5.00,
"""
GROCERIES, LEISURE = field_name("Everyday: Groceries"), field_name("Leisure")


@pytest.fixture
def alice(client, people):
    client.force_login(people.alice)
    return client


@pytest.fixture
def source(alice):
    return read(alice, FILE)


def url(source):
    return reverse("imports:categories", args=[source.pk])


def fields(client, source, **changes):
    form = client.get(url(source)).context["form"]
    return {bound.name: bound.value() for bound in form} | changes


def save(client, source, **changes):
    return client.post(url(source), fields(client, source, **changes))


def became(source):
    """(text, amount) → the category it is to have, and as what."""
    rows = source.rows.select_related("category")
    return {(row.description, f"{row.amount:.2f}"): (row.category and row.category.name, row.kind) for row in rows}


# ── what is shown ──


def test_each_category_is_shown_with_its_rows_sum_and_texts(alice, source):
    text = alice.get(url(source)).content.decode()

    assert "Everyday: Groceries" in text
    assert "4 rows" in text
    assert 'value="20.50"' in text
    assert "Corner shop, Market" in text


def test_a_category_of_income_alone_is_not_asked_about(alice, source):
    assert [file.name for file in categories_of(source)] == ["Everyday: Groceries", "Food", "Leisure"]


def test_the_page_comes_first_when_something_is_not_known(alice, people):
    upload(alice, FILE)
    source = Import.objects.get()

    response = alice.post(reverse("imports:mapping", args=[source.pk]), mapping_fields(alice, source))

    assert response["Location"] == url(source)


def test_the_page_does_not_come_first_when_all_is_known(alice, people):
    upload(alice, b"Date,Payee,Amount,Category\n2026-11-03,Shop,-1.00,food\n2026-11-04,Film,-2.00,Free time: Fun\n")
    source = Import.objects.get()

    response = alice.post(reverse("imports:mapping", args=[source.pk]), mapping_fields(alice, source))

    assert response["Location"] == reverse("imports:show", args=[source.pk])


def test_one_of_the_same_name_is_chosen_whatever_its_case(alice, people, source):
    form = alice.get(url(source)).context["form"]

    assert form[field_name("Food")].value() == str(people.food.pk)
    assert form[LEISURE].value() == ""
    assert form[f"{GROCERIES}-name"].value() == "Groceries"


def test_the_check_page_leads_there(alice, source):
    assert f'href="{url(source)}"' in alice.get(reverse("imports:show", args=[source.pk])).content.decode()


def test_a_file_without_categories_says_so(alice):
    source = read(alice, b"Date,Payee,Amount\n2026-11-03,Shop,-1.00\n")

    assert "No row that needs a category has one in the file." in alice.get(url(source)).content.decode()


# ── what is chosen ──


def test_existing_and_new_categories_are_taken_for_those_of_the_file(alice, people, source):
    response = save(alice, source, **{GROCERIES: people.food.pk, LEISURE: "new", f"{LEISURE}-name": "Going out"})

    new = people.category("Going out")
    assert response.status_code == 302
    assert became(source) == {
        ("Corner shop", "-12.50"): ("Food", Kind.EXPENSE),
        ("Corner shop", "-3.20"): ("Food", Kind.EXPENSE),
        ("Market", "-7.30"): ("Food", Kind.EXPENSE),
        ("Employer", "1800.00"): (None, Kind.INCOME),
        ("Cinema", "-9.00"): ("Going out", Kind.EXPENSE),
        ("Corner shop", "2.50"): ("Food", Kind.REFUND),
        ("Bus", "-2.00"): ("Food", Kind.EXPENSE),
        ("Gift", "-5.00"): (None, Kind.EXPENSE),
    }
    assert new.position == people.household.categories.count()
    assert new.color not in {c.color for c in people.household.categories.exclude(pk=new.pk)}


def test_several_may_become_one_new_category(alice, people, source):
    names = {f"{GROCERIES}-name": "Things", f"{LEISURE}-name": "things"}

    save(alice, source, **{GROCERIES: "new", LEISURE: "new"}, **names)

    assert people.household.categories.filter(name_key="things").count() == 1
    assert became(source)["Cinema", "-9.00"] == became(source)["Market", "-7.30"]


def test_new_ones_for_the_rest_fills_the_form_and_writes_nothing(alice, people, source):
    before = Category.objects.count()

    response = save(alice, source, **{GROCERIES: people.food.pk, "all-new": "1"})

    form = response.context["form"]
    assert (response.status_code, form[LEISURE].value(), form[GROCERIES].value()) == (200, "new", str(people.food.pk))
    assert form[f"{LEISURE}-name"].value() == "Leisure"
    assert Category.objects.count() == before
    assert became(source)["Cinema", "-9.00"][0] is None


def test_rows_chosen_by_hand_keep_their_category(alice, people, source):
    row = source.rows.get(description="Market")
    source.rows.filter(pk=row.pk).update(category=people.fun, is_chosen=True)

    save(alice, source, **{GROCERIES: people.food.pk})

    assert became(source)["Market", "-7.30"][0] == "Fun"
    assert became(source)["Corner shop", "-3.20"][0] == "Food"


def test_what_was_chosen_is_shown_again_may_be_changed_and_taken_back(alice, people, source):
    save(alice, source, **{GROCERIES: people.food.pk, LEISURE: people.fun.pk})
    again = alice.get(url(source)).context["form"]
    save(alice, source, **{GROCERIES: people.fun.pk, LEISURE: ""})
    source.refresh_from_db()

    assert again[GROCERIES].value() == str(people.food.pk)
    assert became(source)["Market", "-7.30"][0] == "Fun"
    assert became(source)["Cinema", "-9.00"][0] is None
    assert alice.get(url(source)).context["form"][LEISURE].value() == ""


def test_what_was_chosen_stays_when_the_file_is_read_in_another_way(alice, people, source):
    save(alice, source, **{GROCERIES: people.food.pk, LEISURE: people.fun.pk})

    response = alice.post(reverse("imports:mapping", args=[source.pk]), mapping_fields(alice, source))

    assert response["Location"] == reverse("imports:show", args=[source.pk])
    assert became(source)["Cinema", "-9.00"][0] == "Fun"
    assert became(source)["Corner shop", "2.50"] == ("Food", Kind.REFUND)


def test_the_next_file_is_taken_as_the_last_one_was(alice, people, source):
    save(alice, source, **{GROCERIES: people.food.pk, LEISURE: people.fun.pk})
    source.rows.filter(category=None).exclude(kind=Kind.INCOME).update(category=people.food)
    commit(alice, source)
    source.refresh_from_db()
    assert source.state == State.COMMITTED

    upload(alice, FILE.replace(b"-11-", b"-12-").replace(b"Cinema", b"Opera"))
    following = Import.objects.latest("pk")
    response = alice.post(reverse("imports:mapping", args=[following.pk]), mapping_fields(alice, following))

    form = alice.get(url(following)).context["form"]
    assert response["Location"] == reverse("imports:show", args=[following.pk])
    assert form[LEISURE].value() == str(people.fun.pk)


# ── bad input ──


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("", "Write a name for it."),
        ("  ", "Write a name for it."),
        ("x" * 51, "at most 50 characters"),
        ("x" * 10_000, "at most 50 characters"),
        ("a\x00b", "Null characters are not allowed."),
        ("ﷺ" * 50, "This name is too long."),
        ("fOOD", "There is a category named Food already."),
        ("To assign", "Choose another name."),
        ("Old", "archived"),
    ],
)
def test_a_bad_name_is_told_at_its_field_and_nothing_is_written(alice, people, source, name, sentence):
    old = Category.objects.create(household=people.household, name="Old")
    old.archive(on=people.household.today())
    before = Category.objects.count()

    response = save(alice, source, **{LEISURE: "new", f"{LEISURE}-name": name, GROCERIES: people.fun.pk})

    form = response.context["form"]
    assert response.status_code == 422
    assert sentence in str(form.errors[f"{LEISURE}-name"])
    assert form[f"{LEISURE}-name"].value() == name
    assert form[GROCERIES].value() == str(people.fun.pk)
    assert Category.objects.count() == before
    assert became(source)["Market", "-7.30"][0] is None


@pytest.mark.parametrize("choice", ["0", "-1", "1e999", "NaN", "x" * 10_000, "<script>", "\x00", "99999999999"])
def test_a_choice_that_is_none_is_told_at_its_field(alice, source, choice):
    response = save(alice, source, **{GROCERIES: choice})

    assert response.status_code == 422
    assert response.context["form"].errors[GROCERIES] == ["This category is not there any more. Choose another one."]


def test_a_category_of_others_or_archived_meanwhile_is_none(alice, people, source):
    people.fun.archive(on=people.household.today())

    for category in (people.category("Food", people.others), people.fun):
        response = save(alice, source, **{GROCERIES: category.pk})
        assert GROCERIES in response.context["form"].errors


def test_the_name_of_a_new_one_that_nobody_wants_is_not_asked_about(alice, people, source):
    response = save(alice, source, **{GROCERIES: people.food.pk, f"{GROCERIES}-name": "x" * 60})

    assert response.status_code == 302


def test_a_double_click_makes_one_category(alice, people, source):
    said = fields(alice, source, **{LEISURE: "new", f"{LEISURE}-name": "Going out"})

    answers = [alice.post(url(source), said).status_code for _ in range(2)]

    assert answers == [302, 302]
    assert people.household.categories.filter(name_key=casefolded("Going out")).count() == 1


def test_the_page_of_an_import_at_another_step_leads_to_that_step(alice, people):
    upload(alice, FILE)
    source = Import.objects.get()

    assert alice.get(url(source))["Location"] == reverse("imports:show", args=[source.pk])


def test_html_in_a_category_is_only_text(alice):
    source = read(alice, b"Date,Payee,Amount,Category\n2026-11-03,<b>Shop</b>,-1.00,<i>x</i>\n")

    text = alice.get(url(source)).content.decode()

    assert "<i>x" not in text
    assert "<b>Shop" not in text


# ── how much it asks of the database ──


@pytest.mark.parametrize("count", [3, 150, 260])
def test_the_page_asks_the_same_of_many_categories(alice, people, count, django_assert_max_num_queries):
    lines = "\n".join(f"2026-11-03,Shop {n},-1.00,Category {n}" for n in range(count))
    source = read(alice, f"Date,Payee,Amount,Category\n{lines}\n".encode())

    with django_assert_max_num_queries(8):
        response = alice.get(url(source))

    assert len(response.context["form"].found) == min(count, 200)


def test_taking_many_new_categories_asks_little(alice, people, django_assert_max_num_queries):
    lines = "\n".join(f"2026-11-03,Shop {n},-1.00,Category {n}" for n in range(40))
    source = read(alice, f"Date,Payee,Amount,Category\n{lines}\n".encode())
    said = fields(alice, source, **{"all-new": "1"})
    form = alice.post(url(source), said).context["form"]

    with django_assert_max_num_queries(20 + 4 * 40):
        response = alice.post(url(source), {bound.name: bound.value() for bound in form})

    assert response.status_code == 302
    assert not source.rows.filter(category=None).exists()


def test_what_a_category_of_files_became_before_is_proposed_though_nobody_is_asked(people):
    take_in(people, [Line(3, "Market", "-7.00", category="Household")])

    source = read_lines(people, [Line(20, "Another shop", "-9.00", category="Household")])

    assert not is_undecided(source)
    row = source.rows.get()
    assert (row.category, row.reason) == (people.food, "As “Household” in the file once before")


# ── rows that have a category and no text ──


WITHOUT_TEXT = b"""account;category;currency;amount;type;payment_type;note;date;transfer;payee;labels
Giro;Groceries;EUR;-25.40;Expenses;CASH;;2026-11-03 10:00:00;false;;
Giro;Wage;EUR;2000.00;Income;TRANSFER;;2026-11-04 10:00:00;false;;
Giro;;EUR;-3.00;Expenses;CASH;;2026-11-05 10:00:00;false;;
Giro;;EUR;40.00;Income;CASH;;2026-11-06 10:00:00;false;;
"""


def test_a_row_without_a_text_is_called_by_its_category_and_is_no_refund_of_another(alice):
    source = read(alice, WITHOUT_TEXT)

    assert [(row.title, row.kind) for row in source.rows.in_order()] == [
        ("Groceries", Kind.EXPENSE),
        ("Wage", Kind.INCOME),
        ("No description", Kind.EXPENSE),
        ("No description", Kind.INCOME),
    ]


def test_income_beside_a_small_correction_of_the_same_category_is_no_refund(alice, people):
    source = read(
        alice,
        b"Date,Payee,Amount,Category\n"
        b"2026-11-03,Correction,-0.03,To assign\n"
        b"2026-11-04,Employer,2500.00,To assign\n"
        b"2026-11-05,Shop,-20.00,Things\n"
        b"2026-11-06,Shop two,5.00,Things\n",
    )

    save(alice, source, **{field_name("To assign"): people.fun.pk, field_name("Things"): people.food.pk})

    assert became(source) == {
        ("Correction", "-0.03"): ("Fun", Kind.EXPENSE),
        ("Employer", "2500.00"): (None, Kind.INCOME),
        ("Shop", "-20.00"): ("Food", Kind.EXPENSE),
        ("Shop two", "5.00"): ("Food", Kind.REFUND),
    }


def test_a_refund_in_our_own_list_comes_back_as_one(alice):
    source = read(
        alice,
        b"Date,Description,Category,Amount,Currency,Paid with,Written by,Notes\n"
        b"2026-11-03,Shop,Food,20.00,EUR,,Alice,\n"
        b"2026-11-04,Returned,Food,-5.00,EUR,,Alice,\n",
    )

    assert became(source) == {
        ("Shop", "-20.00"): ("Food", Kind.EXPENSE),
        ("Returned", "5.00"): ("Food", Kind.REFUND),
    }
