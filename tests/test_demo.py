"""The demo household: the script's sample month, and spending that looks like somebody's."""

import datetime as dt
from decimal import Decimal

import pytest
from allauth.account.models import EmailAddress
from django.core.management import CommandError, call_command
from django.test import Client

from expenses.alerts.crossing import Threshold
from expenses.budgets import figures
from expenses.budgets.envelope import Leftover, Proof, standing, walk
from expenses.ledger import totals
from expenses.ledger.models import Expense, MonthTotal
from expenses.people.models import Household, Role, User
from expenses.recurring.coming import read
from expenses.recurring.posting import Posted, post_due
from expenses.shared.months import Month
from expenses.welcome import demo, demo_plan
from tests.people import TODAY

FIRST = dt.date(2024, 11, 1)


@pytest.fixture
def household(db):
    return demo.make(today=TODAY)


# ── what is spent ─────────────────────────────────────────────────────────────────────────────────


def test_the_same_day_gives_the_same_spending():
    assert list(demo.spending(FIRST, TODAY)) == list(demo.spending(FIRST, TODAY))


def test_tomorrow_adds_a_day_and_changes_none():
    today = list(demo.spending(FIRST, TODAY))

    tomorrow = list(demo.spending(FIRST, TODAY + dt.timedelta(days=1)))

    assert tomorrow[: len(today)] == today


@pytest.mark.parametrize("today", [dt.date(2026, 11, 22), dt.date(2027, 2, 1), dt.date(2028, 2, 29)])
def test_two_years_hold_a_plausible_number_of_expenses(today):
    entries = list(demo.spending(demo.first_day(today), today))

    assert 1_400 <= len(entries) <= 2_500
    assert all(demo.first_day(today) <= entry.spent_on <= today for entry in entries)
    assert {entry.category for entry in entries} == {name for name, _ in demo.CATEGORIES}


@pytest.mark.parametrize("month", range(1, 13))
def test_the_first_day_of_a_month_has_something_to_look_at(month):
    first = dt.date(2026, month, 1)

    entries = list(demo.spending(first, first))

    assert len(entries) >= 6
    assert len({entry.category for entry in entries}) >= 5


def test_amounts_are_whole_cents_and_some_are_refunds():
    amounts = [entry.amount for entry in demo.spending(FIRST, TODAY)]

    assert all(amount == amount.quantize(Decimal("0.01")) for amount in amounts)
    assert 10 <= sum(amount < 0 for amount in amounts) <= 40


def test_spending_begins_after_the_sample_month():
    assert demo.first_day(dt.date(2025, 6, 15)) == dt.date(2024, 2, 1)
    assert demo.first_day(dt.date(2026, 11, 22)) == dt.date(2024, 11, 1)


# ── what is written ───────────────────────────────────────────────────────────────────────────────


def test_january_2024_is_the_scripts(household):
    january = household.expenses.in_month(Month(2024, 1)).by_category()

    assert {household.categories.get(pk=pk).name: tuple(spent) for pk, spent in january.items()} == {
        "Food": (Decimal("71.25"), 2),
        "Transportation": (Decimal("45.00"), 1),
        "Entertainment": (Decimal("30.00"), 1),
    }


def test_the_totals_are_kept(household):
    kept = {
        (household.pk, row.month.number, row.category_id, row.recorded_by_id): (row.spent, row.count)
        for row in MonthTotal.objects.filter(household=household)
    }

    true = totals.true_totals(household, Expense.objects.filter(household=household))

    assert kept == {key: (Decimal(delta.units).scaleb(-4), delta.count) for key, delta in true.items()}


def test_an_owner_an_editor_and_a_viewer_share_the_household(household):
    roles = {member.user.email: member.role for member in household.memberships.select_related("user")}

    assert roles == {
        "alice@example.com": Role.OWNER,
        "bob@example.com": Role.EDITOR,
        "vera@example.com": Role.VIEWER,
    }
    assert EmailAddress.objects.filter(verified=True, primary=True).count() == User.objects.count() == 4


def test_both_write_down_and_all_ways_of_paying_are_used(household):
    by = set(household.expenses.values_list("recorded_by__email", flat=True))
    paid = set(household.expenses.values_list("payment_method__name", flat=True))

    assert by == {"alice@example.com", "bob@example.com"}
    assert paid == {"Card", "Cash", "Current account"}
    assert household.expenses.exclude(notes="").count() > 50


def test_every_row_could_have_been_typed(household):
    """bulk_create asks no validator."""
    for expense in household.expenses.newest_first()[:200]:
        expense.full_clean()
    for category in household.categories.all():
        category.full_clean()


# ── its budget ────────────────────────────────────────────────────────────────────────────────────


def _plan(today):
    first = demo.first_day(today)
    spent = [(entry.spent_on, entry.category, entry.amount) for entry in demo.spending(first, today)]
    return demo_plan.plan(spent, since=Month.of(first), today=today)


def _states(household, today):
    """What the month page says of each category, by its name."""
    found = standing(figures.read(household), Month.of(today))
    names = dict(household.categories.values_list("pk", "name"))
    return {names[pk]: _state(envelope) for pk, envelope in found.envelopes.items()}


def _state(envelope):
    if not envelope.is_planned:
        return "without a limit"
    if envelope.left <= 0:
        return "over" if envelope.left else "used up"
    return "near" if envelope.spent >= envelope.had * Decimal("0.8") else "fine"


def test_the_same_day_gives_the_same_budget():
    assert _plan(TODAY) == _plan(TODAY)


@pytest.mark.parametrize("month", range(1, 13))
@pytest.mark.parametrize("day", [1, 2, 9, 15, 22, 28])
def test_on_any_day_the_budget_is_dated_up_to_that_day(month, day):
    today = dt.date(2027, month, day)

    plan = _plan(today)

    assert all(move.amount > 0 and move.moved_on <= today for move in plan.moves)
    assert all(income.amount > 0 and income.received_on <= today for income in plan.incomes)
    assert len(plan.moves) < 60  # one minute each
    assert [move.moved_on for move in plan.moves] == sorted(move.moved_on for move in plan.moves)
    for before, move in zip(plan.moves, plan.moves[1:], strict=False):
        if move.reverses:
            assert (move.source, move.destination) == (before.destination, before.source)
            assert (move.month, move.amount) == (before.month, before.amount)


@pytest.mark.parametrize("today", [dt.date(2026, 11, 22), dt.date(2027, 2, 9), dt.date(2028, 7, 28)])
def test_the_running_month_has_one_of_each_and_is_mostly_fine(db, today):
    household = demo.make(today=today)

    states = _states(household, today)

    assert states.pop("Gifts", "without a limit") == "without a limit"
    assert states.pop("Rent") == "used up"
    assert sorted(states.values()) == ["fine"] * 5 + ["near", "over"]


def test_a_cover_waits_where_it_is_over(household, client):
    client.force_login(User.objects.get(email=demo.OWNER))
    over = [each for each in household.alerts.raised() if each.threshold == Threshold.OVER]

    shown = client.get("/months/2026-11/").content.decode()

    assert over
    assert all(f"/alerts/{each.pk}/dismiss/" in shown and f"/cover/{each.category_id}/" in shown for each in over)


def test_the_running_month_begins_plausibly_too(db):
    household = demo.make(today=dt.date(2027, 3, 1))

    states = list(_states(household, dt.date(2027, 3, 1)).values())

    assert states.count("over") == states.count("near") == states.count("used up") == 1
    assert states.count("fine") >= 5


def test_a_modest_amount_is_to_assign_in_every_month_of_the_pool(household):
    pools = [found.pool.amount for found in walk(figures.read(household), Month.of(TODAY)) if found.pool]

    assert len(pools) == demo_plan.POOL_SINCE + 1
    assert all(90 <= amount <= 150 for amount in pools)


def test_its_books_balance(household):
    read = figures.read(household)
    pool_since = household.month(household.pool_from)

    for found in walk(read, Month.of(TODAY)):
        if found.pool:
            income = household.incomes.between(pool_since.start, found.month.last_day).sum()
            spent = household.expenses.between(pool_since.start, found.month.last_day).spent().amount
            assert Proof(found.pool.amount, found.left, income, spent).difference == 0


def test_limits_have_every_leftover_and_changed(household):
    assert set(household.limits.values_list("leftover", flat=True)) == set(Leftover.values)
    assert household.limits.filter(category__name="Food").count() == 2
    assert not household.limits.filter(category__name="Gifts").exists()


def test_both_moved_money_and_one_move_was_reversed(household):
    moves = list(household.transfers.select_related("moved_by", "reverses"))

    assert {move.moved_by.name for move in moves} == {"Alice Smith", "Bob"}
    assert [move.note for move in moves if move.reverses] == ["We stay at home"]
    assert all(move.note for move in moves)
    assert any(move.source is None for move in moves)


def test_every_row_of_the_budget_could_have_been_typed(household):
    for rows in (household.limits, household.incomes, household.transfers, household.transfer_legs):
        for row in rows.all():
            row.full_clean(exclude=["source", "destination", "reverses", "category"])


# ── what comes again ──────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("today", [TODAY, dt.date(2026, 11, 30), dt.date(2027, 3, 1), dt.date(2028, 2, 29)])
def test_what_comes_again_has_posted_what_was_spent_and_one_lesson_waits(db, today):
    household = demo.make(today=today)

    posted = household.occurrences.posted().with_names()
    waiting = household.occurrences.due().with_names()

    assert all(done.expense.spent_on == done.due_on for done in posted)
    assert all(done.expense.description == done.recurring.description for done in posted)
    assert all(done.expense.category_id == done.recurring.category_id for done in posted)
    assert [done.recurring.description for done in waiting] == ["Piano lessons"]
    assert set(posted.values_list("recurring__description", flat=True)) == {
        *("Rent", "Phones", "Car insurance", "Piano lessons")
    }
    for recurring in household.recurring_expenses.all():
        dates = recurring.schedule.due_until(today, settled_until=None)
        assert recurring.occurrences.count() == len(dates)
        recurring.full_clean(exclude=["key"])


def test_nothing_of_it_is_written_twice(household):
    assert post_due(household, on=TODAY) == Posted()
    assert household.expenses.in_month(Month(2026, 11)).filter(description="Rent").count() == 1


def test_the_running_month_has_something_due(household):
    found = read(household, Month.of(TODAY), on=TODAY)

    assert [(each.recurring.description, each.is_overdue) for each in found.coming] == [
        ("Piano lessons", True),
        ("Phones", False),
    ]
    assert found.then.recurring.description == "Rent"


# ── the command ───────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def debug(settings):
    settings.DEBUG = True


def test_an_empty_database_gets_the_demo_and_the_way_in(db, debug, capsys):
    call_command("demo")

    said = capsys.readouterr().out
    assert " limits, " in said
    assert "alice@example.com with the password demo-budget" in said
    assert "admin@example.com with the password demo-budget" in said
    assert Client().login(email="alice@example.com", password="demo-budget")
    assert User.objects.get(email="admin@example.com").is_superuser


def test_a_second_time_changes_nothing_and_says_so(household, debug, capsys):
    before = Expense.objects.count(), User.objects.count(), Household.objects.count()

    call_command("demo")

    assert (Expense.objects.count(), User.objects.count(), Household.objects.count()) == before
    said = capsys.readouterr().out
    assert "Nothing was changed." in said
    assert "demo-budget" in said  # still the way in


def test_somebodys_own_data_is_left_alone(people, debug, capsys):
    call_command("demo")

    said = capsys.readouterr().out
    assert "Nothing was changed." in said
    assert "demo-budget" not in said  # this Alice has a password of her own
    assert Household.objects.count() == 2


def test_if_empty_says_nothing_about_data_that_is_there(people, debug, capsys):
    call_command("demo", if_empty=True)

    assert capsys.readouterr().out == ""


def test_a_hosted_database_gets_no_passwords_that_everybody_knows(db, settings):
    settings.DEBUG = False

    with pytest.raises(CommandError, match="DEBUG=1"):
        call_command("demo")

    assert not User.objects.exists()
