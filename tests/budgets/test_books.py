"""The check of the books: silent where they balance, and a sentence for each thing that somebody breaks."""

import contextlib
import datetime as dt
import gc
import tracemalloc
import uuid
from decimal import Decimal

import pytest
from bs4 import BeautifulSoup
from django.core.management import CommandError, call_command
from django.db import connection

from expenses.budgets.books import Books, one_moment
from expenses.budgets.envelope import Leftover
from expenses.budgets.models import Limit, Setting, Transfer
from expenses.categories.models import Category
from expenses.imports.models import ImportRow
from expenses.ledger.models import Expense, Income
from expenses.management.commands import check_books
from expenses.people.models import Household, Membership
from expenses.shared.months import Month
from tests.factories import make_expense, make_import, make_method
from tests.people import People, make_household, make_user

OCT, NOV, DEC = Month(2026, 10), Month(2026, 11), Month(2026, 12)
TODAY = dt.date(2026, 11, 22)
D = Decimal


def move(people, source, destination, amount="25.00", month=NOV, **more):
    sides = (people.category(name) if name else None for name in (source, destination))
    return Transfer.move(
        household=people.household,
        month=month,
        source=next(sides),
        destination=next(sides),
        amount=D(amount),
        by=people.alice,
        on=TODAY,
        key=uuid.uuid4(),
        **more,
    )


def earn(people, amount, day):
    return Income.objects.create(
        household=people.household, recorded_by=people.alice, description="Pay", amount=D(amount), received_on=day
    )


@pytest.fixture
def lively(people, time_machine):
    """Limits of each leftover, something over, a pool from November on, moves, one of them reversed."""
    time_machine.move_to(dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC))
    household = people.household
    settings = {
        people.food: Setting(D("400"), Leftover.SURPLUS),
        people.fun: Setting(D("100"), Leftover.ALL),
        people.category("Bills"): Setting(D("80"), Leftover.NONE),
    }
    Limit.set(household, OCT, settings)
    make_expense(household, amount="430", spent_on=dt.date(2026, 10, 20), category=people.food)
    make_expense(household, amount="60", spent_on=dt.date(2026, 10, 21), category=people.fun)
    make_expense(household, amount="350", spent_on=dt.date(2026, 11, 3), category=people.food)
    make_expense(household, amount="-20", spent_on=dt.date(2026, 11, 4), category=people.food, recorded_by=people.bob)
    make_expense(household, amount="900", spent_on=dt.date(2026, 11, 1), category=people.category("Rent"))
    make_expense(household, amount="999", spent_on=dt.date(2023, 1, 1), category=people.food)  # history
    earn(people, "3000", dt.date(2026, 11, 1))
    earn(people, "77", dt.date(2026, 9, 1))  # before the pool begins
    household.pool_from = NOV
    household.save()
    move(people, None, "Rent", "900")
    move(people, "Fun", "Food", "25")
    move(people, "Food", "Fun", "10").reverse(by=people.alice, on=TODAY, key=uuid.uuid4())
    return people


def checked(household, month=NOV, **more):
    return Books.of(Household.objects.get(pk=household.pk), month, **more)


def said(capsys):
    """What check_books prints, and what it ends with."""
    try:
        call_command("check_books")
    except CommandError as error:
        return capsys.readouterr().out, str(error)
    return capsys.readouterr().out, ""


# ── where they balance ────────────────────────────────────────────────────────────────────────────


def test_a_lively_household_balances(lively):
    books = checked(lively.household)

    assert books.faults == []
    assert books.balance
    # Income of November less what was spent in it; 40 of Fun were held already, and 580 are given out by limits.
    assert (books.proof.income, books.proof.spent) == (D("3000"), D("1230"))
    assert books.proof.pool == D("3000") - 580 - 40 - 900
    assert {left.name: left.amount for left in books.lefts} == {"Food": 95, "Fun": 115, "Bills": 80}
    assert books.held == books.due == D("1770")
    assert (books.since, books.expenses, books.incomes, books.moves) == (NOV, 6, 1, 4)


def test_later_months_balance_too(lively):
    books = checked(lively.household, Month(2027, 12))

    assert books.faults == []
    assert books.held == D("1770")


def test_before_the_pool_begins_there_is_no_sum_of_income_but_the_rest_is_checked(lively):
    books = checked(lively.household, OCT)

    assert books.faults == []
    assert books.proof is None
    assert books.since == Month(2024, 1)
    assert books.held == D("-30") + 40 + 80


def test_months_that_start_on_the_25th(lively):
    from expenses.ledger import totals

    household = lively.household
    household.month_starts_on = 25
    household.save()
    totals.rebuild(household)
    make_expense(household, amount="40", spent_on=dt.date(2026, 10, 25), category=lively.food)
    make_expense(household, amount="50", spent_on=dt.date(2026, 10, 24), category=lively.food)
    make_expense(household, amount="60", spent_on=dt.date(2026, 12, 31), category=lively.food)

    for month in (OCT, NOV, DEC, Month(2027, 1)):
        assert checked(household, month, thorough=True).faults == []


def test_an_empty_household_balances(people):
    books = checked(people.household, thorough=True)

    assert books.balance
    assert books.lefts == []
    assert books.held == 0


def test_the_check_knows_every_month_not_only_the_last(lively):
    """November starts at its limit whatever October had: what was wrong in October shows all the same."""
    corrupt(
        "UPDATE expenses_monthtotal SET spent = spent + 100 WHERE month = 202610 AND category_id = %s", lively.food.pk
    )

    faults = checked(lively.household).faults

    assert any(
        "Food in October 2026: −30.01 is shown as left, counted from the rows it is −30.00." in f for f in faults
    )


# ── where somebody broke something ────────────────────────────────────────────────────────────────


RAW = ["expense", "importrow", "limit", "monthtotal", "transfer", "transferleg"]


@contextlib.contextmanager
def unguarded():
    """What a raw writer does who has switched the checks of the database off; a test's end brings them back."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # what is due so far
            cursor.execute(
                "SELECT conrelid::regclass, conname FROM pg_constraint WHERE contype IN ('c', 'f') "
                "AND conrelid = ANY(%s::text[]::regclass[])",
                [[f"expenses_{name}" for name in RAW]],
            )
            for table, name in cursor.fetchall():
                cursor.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
            yield cursor
        else:
            # Foreign keys are deferred to a commit that no test comes to; other checks can be switched off at once.
            cursor.execute("PRAGMA ignore_check_constraints = ON")
            yield cursor
            cursor.execute("PRAGMA ignore_check_constraints = OFF")


@pytest.fixture(autouse=True)
def no_check_at_the_end(monkeypatch):
    """pytest-django looks at deferred keys after each test: these tests leave them broken on purpose."""
    monkeypatch.setattr(connection, "check_constraints", lambda *args, **kwargs: None)


def corrupt(sql, *params):
    with unguarded() as cursor:
        cursor.execute(sql, params)
        assert cursor.rowcount > 0, "nothing was broken"


def first_move(people):
    """25.00 from Fun to Food."""
    return people.household.transfers.get(amount=25)


def a_reversal(people):
    return people.household.transfers.get(reverses__isnull=False)


def a_total(people):
    return people.household.month_totals.get(month=NOV, category=people.food, recorded_by=people.bob)


BREAKS = {
    "a total off by a cent": (
        lambda p: corrupt("UPDATE expenses_monthtotal SET spent = spent + 100 WHERE id = %s", a_total(p).pk),
        "in November 2026, written by Bob: the total is −19.99 for 1 expense, the rows come to −20.00 in 1 expense.",
    ),
    "a total of too many": (
        lambda p: corrupt("UPDATE expenses_monthtotal SET count = 2 WHERE id = %s", a_total(p).pk),
        "the total is −20.00 for 2 expenses, the rows come to −20.00 in 1 expense.",
    ),
    "a missing total": (
        lambda p: corrupt("DELETE FROM expenses_monthtotal WHERE id = %s", a_total(p).pk),
        "the total is 0.00 for 0 expenses, the rows come to −20.00 in 1 expense.",
    ),
    "a total of nobody’s": (
        lambda p: corrupt(
            "UPDATE expenses_monthtotal SET recorded_by_id = %s WHERE id = %s", p.vera.pk, a_total(p).pk
        ),
        "Food in November 2026, written by Vera: the total is −20.00 for 1 expense, the rows come to 0.00 in 0",
    ),
    "an expense beside its total": (
        lambda p: corrupt("UPDATE expenses_expense SET amount = 35 * 10000 WHERE amount = 350 * 10000"),
        "Food in November 2026, written by Alice: the total is 350.00 for 1 expense, the rows come to 35.00 in 1",
    ),
    "an expense of history beside its total": (
        lambda p: corrupt("DELETE FROM expenses_expense WHERE amount = 999 * 10000"),
        "Food in January 2023, written by Alice: the total is 999.00 for 1 expense, the rows come to 0.00 in 0",
    ),
    "a leg’s size": (
        lambda p: corrupt(
            "UPDATE expenses_transferleg SET size = size - 100 WHERE side = 1 AND transfer_id = %s", first_move(p).pk
        ),
        "(25.00 from Fun to Food in November 2026): Its leg to Food is of 24.99.",
    ),
    "a leg that is missing": (
        lambda p: corrupt("DELETE FROM expenses_transferleg WHERE side = -1 AND transfer_id = %s", first_move(p).pk),
        "It has 1 leg, not two. Its leg from Fun is missing.",
    ),
    "a leg of another category": (
        lambda p: corrupt(
            "UPDATE expenses_transferleg SET category_id = %s WHERE side = 1 AND transfer_id = %s",
            p.category("Bills").pk,
            first_move(p).pk,
        ),
        "Its leg to Food names Bills.",
    ),
    "a leg of the pool instead": (
        lambda p: corrupt(
            "UPDATE expenses_transferleg SET category_id = NULL WHERE side = 1 AND transfer_id = %s", first_move(p).pk
        ),
        "Its leg to Food names To assign.",
    ),
    "a leg’s month": (
        lambda p: corrupt(
            "UPDATE expenses_transferleg SET month = 202610 WHERE side = 1 AND transfer_id = %s", first_move(p).pk
        ),
        "Its leg to Food lies in October 2026.",
    ),
    "a leg’s household": (
        lambda p: corrupt(
            "UPDATE expenses_transferleg SET household_id = %s WHERE side = 1 AND transfer_id = %s",
            p.others.pk,
            first_move(p).pk,
        ),
        "Its leg to Food is another household’s.",
    ),
    "a transfer across households": (
        lambda p: corrupt(
            "UPDATE expenses_transfer SET destination_id = %s WHERE id = %s",
            p.category("Food", p.others).pk,
            first_move(p).pk,
        ),
        "the destination is not of this household.",
    ),
    "a transfer gone to another household": (
        lambda p: corrupt(
            "UPDATE expenses_transfer SET household_id = %s WHERE id = %s", p.others.pk, first_move(p).pk
        ),
        "household, month or size is not as in the transfer.",
    ),
    "a transfer without its legs": (
        lambda p: corrupt("DELETE FROM expenses_transferleg WHERE transfer_id = %s", first_move(p).pk),
        "It has 0 legs, not two.",
    ),
    "legs without their transfer": (
        lambda p: corrupt("DELETE FROM expenses_transfer WHERE id = %s", first_move(p).pk),
        "household, month or size is not as in the transfer.",
    ),
    "a transfer's amount": (
        lambda p: corrupt("UPDATE expenses_transfer SET amount = 26 * 10000 WHERE id = %s", first_move(p).pk),
        "(26.00 from Fun to Food in November 2026): Its leg from Fun is of 25.00. Its leg to Food is of 25.00.",
    ),
    "a reversal of another amount": (
        lambda p: corrupt("UPDATE expenses_transfer SET amount = 90000 WHERE id = %s", a_reversal(p).pk),
        "(9.00 from Fun to Food in November 2026) is not the reversal of move ",
    ),
    "a reversal in the same direction": (
        lambda p: corrupt(
            "UPDATE expenses_transfer SET source_id = destination_id, destination_id = source_id WHERE id = %s",
            a_reversal(p).pk,
        ),
        "(10.00 from Food to Fun in November 2026) is not the reversal of move ",
    ),
    "a reversal of the wrong move": (
        lambda p: corrupt(
            "UPDATE expenses_transfer SET reverses_id = %s WHERE id = %s", first_move(p).pk, a_reversal(p).pk
        ),
        "is not the reversal of move ",
    ),
    "a reversal of what is gone": (
        lambda p: corrupt("UPDATE expenses_transfer SET reverses_id = 999999 WHERE id = %s", a_reversal(p).pk),
        "is not the reversal of move 999999, which is gone.",
    ),
    "an expense’s category of another household": (
        lambda p: corrupt(
            "UPDATE expenses_expense SET category_id = %s WHERE amount = 350 * 10000", p.category("Food", p.others).pk
        ),
        "the category is not of this household.",
    ),
    "an expense’s payment method of another household": (
        lambda p: corrupt(
            "UPDATE expenses_expense SET payment_method_id = %s WHERE amount = 350 * 10000",
            make_method(p.others).pk,
        ),
        "the payment method is not of this household.",
    ),
    "a limit’s category of another household": (
        lambda p: corrupt(
            "UPDATE expenses_limit SET category_id = %s WHERE category_id = %s",
            p.category("Food", p.others).pk,
            p.fun.pk,
        ),
        "the category is not of this household.",
    ),
}


@pytest.mark.parametrize("broken", BREAKS)
def test_check_books_is_red_and_says_what_is_wrong(lively, broken, capsys):
    assert said(capsys) == ("2 households, 2 balance.\n", "")
    breaking, sentence = BREAKS[broken]

    breaking(lively)

    told, ends = said(capsys)
    assert sentence in told
    assert told.startswith(f"{lively.household.pk} Alice’s household: ")
    assert ends in ("2 households, 1 balance, 1 does not.", "2 households, 0 balance, 2 do not.")


FOR_THE_COMMAND = {"a total of nobody’s", "an expense’s payment method of another household"}  # no figure shows them


@pytest.mark.parametrize("broken", sorted(BREAKS.keys() - FOR_THE_COMMAND))
def test_so_is_the_page(lively, broken):
    BREAKS[broken][0](lively)

    assert checked(lively.household).faults


def test_an_expense_beside_its_total_breaks_the_sum_of_the_household_too(lively):
    corrupt("UPDATE expenses_expense SET amount = 340 * 10000 WHERE amount = 350 * 10000")

    books = checked(lively.household)

    assert not books.proof.balances
    assert books.faults == [
        "Food in November 2026: the total is 330.00 for 2 expenses, the rows come to 320.00 in 2 expenses.",
        "Food in November 2026: 95.00 is shown as left, counted from the rows it is 105.00.",
        (
            "To assign and what is left come to 1,770.00, income less spending since November 2026 to 1,780.00: "
            "10.00 too little."
        ),
    ]


def test_a_limit_that_the_chain_misreads_is_seen(lively, monkeypatch):
    """Not only broken rows: also arithmetic that is wrong."""
    monkeypatch.setattr(Leftover, "of", lambda self, left: left)

    faults = checked(lively.household).faults

    assert "Food in November 2026: 65.00 is shown as left, counted from the rows it is 95.00." in faults


def test_a_month_that_totals_misplace_is_seen(lively, monkeypatch):
    """Days are folded into months by the database here, not by what the writers use."""
    rows = lively.household.expenses
    monkeypatch.setattr(
        Month, "of", classmethod(lambda cls, day, starts_on=1: cls(day.year, day.month - 1, starts_on))
    )
    make_expense(lively.household, amount="5", spent_on=dt.date(2026, 11, 9), category=lively.fun)

    assert rows.filter(amount=5).exists()
    assert any(
        "Fun in October 2026: the total is 65.00 for 2 expenses" in fault for fault in checked(lively.household).faults
    )


def test_every_table_that_names_a_household_row_is_looked_at(people, capsys):
    make_import(people.household, by=people.alice)
    corrupt("UPDATE expenses_importrow SET category_id = %s", people.category("Food", people.others).pk)

    told, _ = said(capsys)

    row = ImportRow.objects.get()
    assert f"Import row {row.pk}: the category is not of this household." in told


def test_many_broken_moves_are_counted_not_listed(people, time_machine):
    time_machine.move_to(dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC))
    Limit.set(people.household, NOV, {people.fun: Setting(D("400"), Leftover.SURPLUS)})
    for _ in range(102):
        move(people, "Fun", "Food", "1")
    corrupt("DELETE FROM expenses_transferleg WHERE side = 1")

    faults = checked(people.household).faults

    assert sum("Its leg to Food is missing." in fault for fault in faults) == 100
    assert "2 more moves do not have their two legs." in faults


# ── the command ───────────────────────────────────────────────────────────────────────────────────


def test_one_household_alone(lively, capsys):
    corrupt("UPDATE expenses_monthtotal SET spent = spent + 100 WHERE id = %s", a_total(lively).pk)

    call_command("check_books", household=lively.others.pk)

    assert capsys.readouterr().out == "1 household, 1 balance.\n"
    with pytest.raises(CommandError, match="1 household, 0 balance, 1 does not"):
        call_command("check_books", household=lively.household.pk)
    with pytest.raises(CommandError, match="There is no household 999999"):
        call_command("check_books", household=999999)


def test_a_budget_that_begins_in_the_future_is_checked(people, capsys):
    people.household.budget_from = Month(2190, 1)
    people.household.save()

    assert said(capsys) == ("2 households, 2 balance.\n", "")


def many(count, name="Many"):
    """So many small households, written in bulk: two expenses with their totals each, a limit, an income."""
    owner = make_user(name)
    first = make_household(owner, "First")
    households = Household.objects.bulk_create(
        [Household(name=f"Number {n}", budget_from=OCT, pool_from=OCT) for n in range(count - 1)], batch_size=500
    )
    Membership.objects.bulk_create([Membership(household=one, user=owner) for one in households], batch_size=500)
    categories = Category.objects.bulk_create(
        [Category(household=one, name="Food", name_key="food", position=1) for one in households], batch_size=500
    )
    common = {"recorded_by": owner, "description": "Something"}
    Expense.objects.bulk_create(
        [
            Expense(household=c.household, category=c, amount=D(5), spent_on=day, **common)
            for c in categories
            for day in (dt.date(2026, 10, 5), dt.date(2026, 11, 5))
        ]
    )
    Income.objects.bulk_create(
        [Income(household=one, amount=D(100), received_on=dt.date(2026, 10, 1), **common) for one in households],
        batch_size=500,
    )
    Limit.objects.bulk_create(
        [Limit(household=c.household, category=c, month=OCT, amount=D(20)) for c in categories], batch_size=500
    )
    return first


def peak_of_check():
    gc.collect()
    gc.freeze()  # the garbage of a check is collected as often, however large the suite has grown
    tracemalloc.start()
    try:
        call_command("check_books")
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
        gc.unfreeze()


def test_memory_does_not_grow_with_the_households(db, capsys, monkeypatch):
    monkeypatch.setattr(check_books, "CHUNK", 30)
    many(60, "Few")
    call_command("check_books")  # what is imported and cached once
    few = peak_of_check()
    many(240, "More")

    lots = peak_of_check()

    assert "300 households, 300 balance." in capsys.readouterr().out
    assert lots < few + 250_000, f"{few:,} bytes for 60 households, {lots:,} for 300"


@pytest.mark.soak
def test_ten_thousand_households(db, capsys):
    many(10_000)

    peak = peak_of_check()

    assert "10,000 households, 10,000 balance." in capsys.readouterr().out
    assert peak < 20_000_000, f"{peak:,} bytes"


def test_expenses_are_not_read_row_by_row(people):
    rows = [
        Expense(
            household=people.household,
            category=people.food,
            recorded_by=people.alice,
            description="Something",
            amount=D(n % 50 + 1),
            spent_on=dt.date(2026, 1 + n % 11, 1 + n % 28),
        )
        for n in range(6_000)
    ]
    Expense.objects.bulk_create(rows)
    del rows
    checked(people.household, thorough=True)
    tracemalloc.start()

    books = checked(people.household, thorough=True)

    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert books.balance
    assert books.expenses == 6_000
    assert peak < 1_500_000, f"{peak:,} bytes"  # the rows would be four times as much


@pytest.mark.postgres
def test_what_is_written_between_two_queries_is_no_fault(transactional_db):
    """All queries see one moment; a writer in another connection waits for none of them."""
    from concurrent.futures import ThreadPoolExecutor

    people = People()
    make_expense(people.household)

    def write():
        try:
            make_expense(people.household, amount="7")
        finally:
            connection.close()

    with one_moment():
        before = checked(people.household)
        with ThreadPoolExecutor(1) as pool:
            pool.submit(write).result(timeout=60)
        assert checked(people.household).expenses == before.expenses == 1
    assert checked(people.household).expenses == 2


# ── the page ──────────────────────────────────────────────────────────────────────────────────────

URL = "/budgets/2026-11/books/"


def page(client, user, url=URL, **more):
    client.force_login(user)
    response = client.get(url, **more)
    return response, BeautifulSoup(response.content, "html.parser")


def lines(soup):
    return [" ".join(row.get_text(" ", strip=True).split()) for row in soup.select(".sum tr")]


def test_the_page_shows_the_proof(client, lively):
    response, soup = page(client, lively.vera)

    assert response.status_code == 200
    assert "Books balance" in soup.select_one(".page-lead").get_text()
    assert lines(soup) == [
        "To assign 1,480.00",
        "+ Food left 95.00",
        "+ Bills left 80.00",
        "+ Fun left 115.00",
        "= All there is 1,770.00",
        "Income since November 2026 3,000.00",
        "− Spent since then 1,230.00",
        "= Should be there 1,770.00",
    ]
    assert "6 expenses up to" in soup.get_text()


def test_the_links_of_the_page_lead_to_what_is_behind(client, lively):
    _, soup = page(client, lively.alice)
    links = [link["href"] for link in soup.select(".sum a")]

    assert f"/expenses/?month=2026-11&category={lively.food.pk}" in links
    assert "/expenses/?from=2026-11-01&to=2026-11-30" in links
    listed = client.get("/expenses/?from=2026-11-01&to=2026-11-30")
    assert BeautifulSoup(listed.content, "html.parser").select_one("data.total")["value"] == "1230.00"
    for link in links:
        assert client.get(link).status_code == 200


def test_what_is_over_is_taken_off(client, lively):
    make_expense(lively.household, amount="300", spent_on=dt.date(2026, 11, 9), category=lively.fun)

    _, soup = page(client, lively.alice)

    assert "− Fun over 185.00" in lines(soup)
    assert "= All there is 1,470.00" in lines(soup)


def test_without_a_pool_the_page_says_what_it_proves(client, people):
    Limit.set(people.household, NOV, {people.food: Setting(D("400"), Leftover.SURPLUS)})

    _, soup = page(client, people.alice)

    assert lines(soup) == ["Food left 400.00", "= Left in all categories 400.00"]
    assert "No income is counted in November 2026" in soup.get_text()
    assert "To assign" not in soup.select_one("main").get_text()


def test_the_page_says_what_is_wrong(client, lively):
    corrupt("UPDATE expenses_monthtotal SET spent = spent + 100 WHERE id = %s", a_total(lively).pk)

    _, soup = page(client, lively.alice)

    assert "Books do not balance" in soup.select_one(".page-lead").get_text()
    sentences = [item.get_text() for item in soup.select(".notice li")]
    assert sentences[0] == (
        "Food in November 2026: the total is 330.01 for 2 expenses, the rows come to 330.00 in 2 expenses."
    )


def test_a_later_fault_leaves_an_earlier_month_alone(client, lively):
    corrupt("UPDATE expenses_monthtotal SET spent = spent + 100 WHERE id = %s", a_total(lively).pk)

    _, soup = page(client, lively.alice, "/budgets/2026-10/books/")

    assert "Books balance" in soup.select_one(".page-lead").get_text()


def test_the_pill_is_the_verdict_alone(client, lively):
    response, soup = page(client, lively.alice, headers={"HX-Request": "true"})

    assert [child.name for child in soup.find_all(recursive=False)] == ["a"]
    assert soup.a["class"] == ["pill", "is-fine", "end"]
    assert soup.a["href"] == URL
    assert soup.get_text(strip=True) == "Books balance"
    assert "HX-Request" in response["Vary"]

    corrupt("UPDATE expenses_monthtotal SET spent = spent + 100 WHERE id = %s", a_total(lively).pk)
    _, soup = page(client, lively.alice, headers={"HX-Request": "true"})

    assert soup.a["class"] == ["pill", "is-over", "end"]
    assert soup.get_text(strip=True) == "Books do not balance"


def test_a_month_of_history_has_no_books(client, people):
    response, soup = page(client, people.alice, "/budgets/2023-12/books/")

    assert response.status_code == 200
    assert "December 2023 is history" in soup.get_text()
    assert page(client, people.alice, "/budgets/2023-12/books/", headers={"HX-Request": "true"})[0].status_code == 204


@pytest.mark.parametrize("month", ["1900-01", "2200-12"])
def test_the_ends_of_the_calendar(client, people, month):
    people.household.budget_from, people.household.month_starts_on = Month(1900, 1), 28
    people.household.save()

    assert page(client, people.alice, f"/budgets/{month}/books/")[0].status_code == 200


def test_the_page_is_only_read(client, people):
    client.force_login(people.alice)

    assert client.post(URL).status_code == 405


def test_five_queries_whatever_the_rows(client, lively, django_assert_num_queries):
    client.force_login(lively.alice)
    client.get(URL)

    with django_assert_num_queries(5):
        client.get(URL)

    for n in range(30):
        make_expense(lively.household, amount=str(n + 1), spent_on=dt.date(2026, 10, 1) + dt.timedelta(days=n))
        move(lively, None, "Food", "1")
    with django_assert_num_queries(5):
        client.get(URL)
