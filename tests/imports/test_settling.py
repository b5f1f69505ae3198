"""A row of a statement that is likely a date of a recurring expense: due, still to come, or posted already."""

import datetime as dt
from decimal import Decimal

import pytest
from bs4 import BeautifulSoup
from django.urls import reverse

from expenses.imports.models import Import
from expenses.imports.states import Kind, Pile, Unanswered
from expenses.recurring.models import State
from expenses.recurring.posting import post_due
from tests.factories import make_recurring, method_named
from tests.people import TODAY
from tests.upkeep.balance import assert_books_balance

AT = dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC)
RENT = b"Date,Payee,Amount\n2026-11-03,LANDLORD LTD 4711,-900.00\n2026-11-04,Shop,-12.50\n"
NOVEMBER, DECEMBER = dt.date(2026, 11, 1), dt.date(2026, 12, 1)


@pytest.fixture
def alice(client, people):
    client.force_login(people.alice)
    return client


@pytest.fixture
def rent(people):
    """Due on 1 November, waiting for a yes, paid out of Fun."""
    rent = make_recurring(people.household, anchor=NOVEMBER, automatic=False, category=people.fun)
    post_due(people.household, on=TODAY)
    return rent


def mapped(people, data=RENT, name="Card"):
    source = Import.upload(household=people.household, file_name="a.csv", data=data, by=people.alice, at=AT)
    source.read_with(source.reading, payment_method=method_named(people.household, name), at=AT, today=TODAY)
    source = people.household.imports.get(pk=source.pk)
    source.choose_among(source.rows.filter(category=None), category=people.food)
    return source


def row_of(source):
    return source.rows.get(amount=Decimal(-900))


def commit(people, source):
    return source.commit(by=people.alice, at=AT)


def states(rent) -> list[tuple[str, str]]:
    return [(str(one.nominal_on), one.state) for one in rent.occurrences.order_by("nominal_on")]


# ── what is asked ──


def test_a_row_near_a_date_that_is_due_is_asked_about(people, rent):
    row = row_of(mapped(people))

    assert (row.kind, row.recurring, row.nominal_on) == (Kind.ASK, rent, NOVEMBER)
    assert row.settles_on == NOVEMBER


@pytest.mark.parametrize(
    ("line", "asks"),
    [
        ("2026-11-08,X,-900.00", True),
        ("2026-10-25,X,-900.00", True),
        ("2026-11-09,X,-900.00", False),
        ("2026-10-24,X,-900.00", False),
        ("2026-11-01,X,-900.01", False),
        ("2026-11-01,X,900.00", False),
    ],
)
def test_it_is_of_that_amount_within_seven_days(people, rent, line, asks):
    source = mapped(people, f"Date,Payee,Amount\n2026-05-05,Shop,-1.00\n{line}\n".encode())

    assert source.rows.filter(recurring=rent).exists() == asks


def test_of_two_rows_one_settles_a_date(people, rent):
    source = mapped(people, b"Date,Payee,Amount\n2026-11-04,A,-900.00\n2026-11-02,B,-900.00\n")

    assert list(source.rows.in_order().values_list("kind", "recurring")) == [
        (Kind.EXPENSE, None),
        (Kind.ASK, rent.pk),
    ]


def test_a_date_to_come_is_settled_by_a_bank_that_was_early(people):
    rent = make_recurring(people.household, settled_until=NOVEMBER)
    source = mapped(people, b"Date,Payee,Amount\n2026-11-28,Landlord,-900.00\n2026-11-02,Shop,-1.00\n")
    source.answer(None, same=True)
    source.choose_among(source.rows.filter(category=None), category=people.food)

    commit(people, source)

    assert states(rent) == [("2026-12-01", State.POSTED)]
    assert not post_due(people.household, on=DECEMBER)
    assert people.household.expenses.filter(amount=900).count() == 1


def test_what_was_skipped_paused_or_is_of_others_is_not_asked_about(people, rent):
    rent.occurrences.update(state=State.SKIPPED)
    make_recurring(people.household, "Paused", anchor=NOVEMBER, paused_on=NOVEMBER)
    make_recurring(people.others, anchor=NOVEMBER)

    assert not mapped(people).rows.settling().exists()


def test_what_was_posted_is_likely_the_same(people):
    rent = make_recurring(people.household, anchor=NOVEMBER)
    post_due(people.household, on=TODAY)
    source = mapped(people)

    row = row_of(source)
    source.answer([row.pk], same=True)
    commit(people, source)

    assert (row.kind, row.recurring, row.expense) == (Kind.ASK, None, rent.occurrences.get().expense)
    assert people.household.expenses.filter(amount=900).count() == 1
    assert states(rent) == [("2026-11-01", State.POSTED)]


# ── what is answered ──


def test_it_is_this_one(people, rent):
    source = mapped(people)

    source.answer([row_of(source).pk], same=True)
    commit(people, source)

    expense = people.household.expenses.get(amount=900)
    occurrence = rent.occurrences.get()
    assert (occurrence.state, occurrence.expense) == (State.POSTED, expense)
    assert (expense.category, expense.spent_on, expense.description) == (
        people.fun, dt.date(2026, 11, 3), "LANDLORD LTD 4711",
    )  # fmt: skip
    assert_books_balance(people.household)


def test_another_category_may_be_chosen(people, rent):
    source = mapped(people)
    source.answer([row_of(source).pk], same=True)
    source.choose_among(source.rows.all(), category=people.food)

    commit(people, source)

    assert people.household.expenses.get(amount=900).category == people.food
    assert states(rent) == [("2026-11-01", State.POSTED)]


def test_where_its_category_is_archived_one_is_asked_for(people, rent):
    people.fun.archive(on=TODAY)
    source = mapped(people)

    source.answer([row_of(source).pk], same=True)

    assert row_of(source).needs_category


@pytest.mark.parametrize("after", [False, True])
def test_it_is_another_one(people, rent, after):
    source = mapped(people)
    if after:
        source.answer([row_of(source).pk], same=True)

    source.answer([row_of(source).pk], same=False)
    source.choose_among(source.rows.filter(category=None), category=people.food)
    commit(people, source)

    assert people.household.expenses.filter(amount=900).count() == 1
    assert states(rent) == [("2026-11-01", State.DUE)]


def test_what_is_left_out_settles_nothing(people, rent):
    source = mapped(people)
    source.answer([row_of(source).pk], same=True)
    source.choose_among(source.rows.all(), leave_out=True)

    commit(people, source)

    assert states(rent) == [("2026-11-01", State.DUE)]


def test_an_answer_is_needed(people, rent):
    source = mapped(people)

    with pytest.raises(Unanswered):
        commit(people, source)

    assert states(rent) == [("2026-11-01", State.DUE)]


def test_what_was_posted_meanwhile_is_asked_about_anew(people):
    rent = make_recurring(people.household, settled_until=NOVEMBER)
    source = mapped(people, b"Date,Payee,Amount\n2026-11-28,Landlord,-900.00\n2026-11-02,Shop,-1.00\n")
    source.answer(None, same=True)
    source.choose_among(source.rows.filter(category=None), category=people.food)
    post_due(people.household, on=DECEMBER)

    with pytest.raises(Unanswered, match="likely here already"):
        commit(people, source)
    source.match_again()

    row = row_of(source)
    assert (row.kind, row.recurring, row.expense) == (Kind.ASK, None, rent.occurrences.get().expense)
    assert people.household.expenses.count() == 1


@pytest.mark.parametrize("gone", ["skipped", "deleted", "paused"])
def test_what_is_open_no_more_is_an_expense_as_any(people, gone):
    rent = make_recurring(people.household, settled_until=NOVEMBER)
    source = mapped(people, b"Date,Payee,Amount\n2026-11-28,Landlord,-900.00\n2026-11-02,Shop,-1.00\n")
    source.answer(None, same=True)
    if gone == "skipped":
        rent.skip(DECEMBER)
    elif gone == "deleted":
        rent.delete()
    else:
        rent.pause(on=TODAY)

    source.match_again()
    source.choose_among(source.rows.filter(category=None), category=people.food)
    commit(people, source)

    row = row_of(source)
    assert (row.state, row.recurring) == (Pile.IMPORTED, None)
    assert not people.household.occurrences.posted().exists()


# ── taken back ──


def test_taking_the_import_back_makes_it_due_again(people, rent):
    source = mapped(people)
    source.answer(None, same=True)
    done = commit(people, source)

    done.revert(by=people.alice, at=AT, with_edited=False)

    assert states(rent) == [("2026-11-01", State.DUE)]
    assert rent.occurrences.get().expense is None
    assert not people.household.expenses.exists()
    assert_books_balance(people.household)


def test_a_date_to_come_is_posted_on_its_day_after_that(people):
    rent = make_recurring(people.household, settled_until=NOVEMBER)
    source = mapped(people, b"Date,Payee,Amount\n2026-11-28,Landlord,-900.00\n2026-11-02,Shop,-1.00\n")
    source.answer(None, same=True)
    source.choose_among(source.rows.filter(category=None), category=people.food)
    done = commit(people, source)

    done.revert(by=people.alice, at=AT, with_edited=False)
    before = states(rent)
    post_due(people.household, on=DECEMBER)

    assert before == []
    assert states(rent) == [("2026-12-01", State.POSTED)]
    assert people.household.expenses.get().spent_on == DECEMBER


def test_what_another_import_holds_too_stays_settled(people, rent):
    first = mapped(people)
    first.answer(None, same=True)
    first = commit(people, first)
    commit(people, mapped(people, RENT + b"2026-11-05,Cafe,-3.00\n"))

    first.revert(by=people.alice, at=AT, with_edited=False)

    assert states(rent) == [("2026-11-01", State.POSTED)]
    assert rent.occurrences.get().expense == people.household.expenses.get(amount=900)


def test_a_file_read_again_keeps_the_answer(people, rent):
    source = mapped(people)
    source.answer([row_of(source).pk], same=False)

    source.read_with(source.reading, payment_method=source.payment_method, at=AT, today=TODAY)

    assert (row_of(source).kind, row_of(source).recurring) == (Kind.EXPENSE, None)


# ── its page ──


def test_the_page_asks_and_says_what_is_settled(alice, people, rent):
    source = mapped(people)
    row, url = row_of(source), reverse("imports:show", args=[source.pk])

    asked = BeautifulSoup(alice.get(url).content, "html.parser").select_one(f"#row-{row.pk}")
    alice.post(reverse("imports:choices", args=[source.pk]), {"same": str(row.pk)})
    said = BeautifulSoup(alice.get(url).content, "html.parser").select_one(f"#row-{row.pk}")
    alice.post(reverse("imports:choices", args=[source.pk]), {"both": str(row.pk)})
    parted = BeautifulSoup(alice.get(url).content, "html.parser").select_one(f"#row-{row.pk}")

    assert [button.text for button in asked.select("button")] == ["It is this one", "It is another one"]
    assert "Likely Rent, due 1 Nov" in " ".join(asked.text.split())
    assert "Settles Rent, due 1 Nov" in " ".join(said.text.split())
    assert said.select_one(f'[name="category-{row.pk}"] [selected]').text == "Fun"
    assert "Settles" not in parted.text


def test_the_page_asks_as_much_for_many(alice, people, django_assert_max_num_queries):
    for number in range(20):
        make_recurring(people.household, f"Bill {number}", str(100 + number), anchor=NOVEMBER, automatic=False)
    post_due(people.household, on=TODAY)
    lines = "".join(f"2026-11-03,Payee {n},-{100 + n}.00\n" for n in range(20))
    source = mapped(people, f"Date,Payee,Amount\n{lines}".encode())
    alice.get("/categories/")

    with django_assert_max_num_queries(8):
        alice.get(reverse("imports:show", args=[source.pk]))

    assert source.rows.settling().count() == 20
