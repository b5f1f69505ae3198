"""What a person does with a recurring expense: start, change, pause, end, delete; post and skip a date."""

import datetime as dt
import threading
import uuid
from decimal import Decimal

import pytest
from django.db import connection

from expenses.ledger.models import ChangedMeanwhile, KeyUsed
from expenses.recurring.models import NotPossible, RecurringExpense, State
from expenses.recurring.posting import post_due
from tests.factories import make_expense, make_occurrence, make_recurring
from tests.people import TODAY, People

YESTERDAY = TODAY - dt.timedelta(days=1)
DECEMBER = dt.date(2026, 12, 1)


def unsaved(people, **fields) -> RecurringExpense:
    """Every month on the 1st, since January."""
    values = {
        "household": people.household, "category": people.food, "recorded_by": people.alice, "description": "Rent",
        "amount": Decimal(900), "anchor": dt.date(2026, 1, 1), "key": uuid.uuid4(),
    }  # fmt: skip
    return RecurringExpense(**(values | fields))


def running(people, **fields) -> RecurringExpense:
    """Every month on the 1st, since January; what fell due before today is settled."""
    fields = {"anchor": dt.date(2026, 1, 1), "settled_until": YESTERDAY} | fields
    return make_recurring(people.household, **fields)


def posted(people) -> list[tuple[str, Decimal]]:
    rows = people.household.expenses.order_by("spent_on", "id").values_list("spent_on", "amount")
    return [(f"{day:%m-%d}", amount) for day, amount in rows]


def states(recurring) -> dict[str, str]:
    rows = recurring.occurrences.order_by("nominal_on").values_list("nominal_on", "state")
    return {str(day): state for day, state in rows}


def stored(recurring) -> RecurringExpense:
    return RecurringExpense.objects.get(pk=recurring.pk)


# ── start ──


def test_nothing_past_is_posted_unless_asked(people):
    recurring = unsaved(people).start(on=TODAY)

    post_due(people.household, on=dt.date(2026, 11, 30))
    assert posted(people) == []
    assert recurring.settled_until == YESTERDAY
    post_due(people.household, on=DECEMBER)
    assert posted(people) == [("12-01", Decimal(900))]


def test_the_past_dates_are_posted_at_once_where_asked(people):
    recurring = unsaved(people, automatic=False).start(on=TODAY, past=True)

    assert posted(people) == [(f"{month:02}-01", Decimal(900)) for month in range(1, 12)]
    assert set(states(recurring).values()) == {"posted"}
    assert not post_due(people.household, on=TODAY)


def test_thousands_of_past_dates_take_a_few_statements(people, django_assert_max_num_queries):
    with django_assert_max_num_queries(60):
        unsaved(people, unit="days", anchor=TODAY - dt.timedelta(days=4_900)).start(on=TODAY, past=True)

    assert people.household.expenses.count() == 4_901  # today's as well


@pytest.mark.parametrize("past", [False, True])
def test_what_is_due_today_is_posted_at_once(people, past):
    unsaved(people, anchor=TODAY).start(on=TODAY, past=past)

    assert posted(people) == [("11-22", Decimal(900))]


def test_what_is_due_today_waits_where_somebody_wants_to_be_reminded(people):
    recurring = unsaved(people, anchor=TODAY, automatic=False).start(on=TODAY)

    assert states(recurring) == {"2026-11-22": "due"}
    assert posted(people) == []


def test_a_date_whose_friday_before_has_passed_is_past(people):
    friday = unsaved(people, anchor=TODAY, weekend="before").start(on=TODAY)  # a Sunday

    assert states(friday) == {}
    assert friday.settled_until == TODAY


def test_one_form_starts_one(people):
    first = unsaved(people, anchor=TODAY)

    first.start(on=TODAY)
    again = unsaved(people, anchor=TODAY, key=first.key).start(on=TODAY)

    assert again.pk == first.pk
    assert len(posted(people)) == 1


def test_another_one_under_the_key_is_refused(people):
    first = unsaved(people).start(on=TODAY)

    with pytest.raises(KeyUsed, match="“Rent” already"):
        unsaved(people, key=first.key, amount=Decimal(1)).start(on=TODAY)

    assert people.household.recurring_expenses.count() == 1


def test_an_archived_category_is_refused(people):
    people.food.archive(on=TODAY)

    with pytest.raises(NotPossible, match=r"Food is archived\.") as refused:
        unsaved(people).start(on=TODAY)

    assert refused.value.field == "category"
    assert not people.household.recurring_expenses.exists()


def test_more_past_dates_than_can_be_caught_up_with_are_refused(people):
    with pytest.raises(NotPossible, match="Choose a later start") as refused:
        unsaved(people, unit="days", anchor=dt.date(1900, 1, 1)).start(on=TODAY)

    assert refused.value.field == "anchor"


def test_the_expense_it_is_made_of_counts_as_posted(people):
    expense = make_expense(people.household, "Rent", "900", spent_on=TODAY)

    recurring = unsaved(people, anchor=TODAY).start(on=TODAY, of=[expense])

    assert recurring.occurrences.get().expense == expense
    assert posted(people) == [("11-22", Decimal(900))]
    assert people.household.recurring_expenses.that_posted(expense) == recurring


def test_the_expense_it_is_made_of_is_not_written_again_with_the_past_ones(people):
    expense = make_expense(people.household, "Rent", "880", spent_on=dt.date(2026, 9, 1))

    unsaved(people, anchor=expense.spent_on).start(on=TODAY, past=True, of=[expense])

    assert posted(people) == [("09-01", Decimal(880)), ("10-01", Decimal(900)), ("11-01", Decimal(900))]


def test_an_expense_is_of_one_recurring_expense(people):
    expense = make_expense(people.household, "Rent", "900", spent_on=dt.date(2026, 11, 1))
    first = unsaved(people, anchor=expense.spent_on).start(on=TODAY, of=[expense])

    unsaved(people, anchor=expense.spent_on).start(on=TODAY, of=[expense])

    assert [row.recurring for row in people.household.occurrences.all()] == [first]


# ── rewrite ──


def test_a_change_of_amount_counts_from_the_next_date(people):
    recurring = unsaved(people).start(on=TODAY, past=True)

    recurring.amount = Decimal(950)
    recurring.rewrite(seen=recurring.updated_at, on=TODAY)
    post_due(people.household, on=DECEMBER)

    assert {amount for _, amount in posted(people)[:-1]} == {Decimal(900)}
    assert posted(people)[-1] == ("12-01", Decimal(950))


def test_what_fell_due_before_a_change_is_posted_as_it_was(people):
    recurring = running(people)

    recurring.amount = Decimal(950)
    recurring.rewrite(seen=None, on=DECEMBER)

    assert posted(people) == [("12-01", Decimal(900))]
    assert stored(recurring).amount == 950


def test_a_changed_schedule_posts_nothing_past_unless_asked(people):
    recurring = running(people, anchor=dt.date(2026, 1, 25), settled_until=dt.date(2026, 10, 25))

    recurring.anchor = dt.date(2026, 1, 20)
    recurring.rewrite(seen=None, on=TODAY)
    post_due(people.household, on=dt.date(2026, 12, 20))

    assert posted(people) == [("12-20", Decimal(900))]


def test_a_changed_schedule_posts_what_has_passed_since_the_last_date_where_asked(people):
    recurring = running(people, anchor=dt.date(2026, 1, 25), settled_until=dt.date(2026, 10, 25))

    recurring.anchor = dt.date(2026, 1, 20)
    recurring.rewrite(seen=None, on=TODAY, past=True)

    assert posted(people) == [("11-20", Decimal(900))]


def test_a_changed_schedule_counts_after_what_was_posted_early(people):
    recurring = running(people)
    recurring.post(DECEMBER, by=people.bob)

    recurring.anchor = dt.date(2025, 12, 3)
    recurring.rewrite(seen=None, on=TODAY)
    post_due(people.household, on=dt.date(2027, 1, 3))

    assert posted(people) == [("12-01", Decimal(900)), ("12-03", Decimal(900)), ("01-03", Decimal(900))]


def test_one_posted_a_year_ahead_does_not_swallow_the_dates_before_it(people):
    recurring = running(people)
    recurring.post(dt.date(2027, 11, 1), by=people.bob)

    recurring.anchor = dt.date(2025, 12, 3)
    recurring.rewrite(seen=None, on=TODAY)
    post_due(people.household, on=dt.date(2027, 1, 3))

    assert posted(people) == [("12-03", Decimal(900)), ("01-03", Decimal(900)), ("11-01", Decimal(900))]


def test_a_change_over_somebody_elses_is_refused(people):
    mine = running(people)
    theirs, seen = stored(mine), mine.updated_at
    theirs.amount = Decimal(950)
    theirs.rewrite(seen=seen, on=TODAY)

    mine.description = "The rent"
    with pytest.raises(ChangedMeanwhile):
        mine.rewrite(seen=seen, on=TODAY)

    assert stored(mine).description == "Rent"


def test_a_change_does_not_resume_what_somebody_paused(people):
    mine = running(people)
    stored(mine).pause(on=TODAY)

    mine.description = "The rent"
    mine.rewrite(seen=mine.updated_at, on=TODAY)

    assert stored(mine).paused_on == TODAY
    assert stored(mine).description == "The rent"


def test_a_schedule_without_a_date_left_is_refused(people):
    recurring = running(people)

    recurring.times = 3
    with pytest.raises(NotPossible, match="No date is left") as refused:
        recurring.rewrite(seen=None, on=TODAY)

    assert refused.value.field == "times"
    assert stored(recurring).times is None


def test_one_that_was_deleted_meanwhile_cannot_be_changed(people):
    recurring = running(people)
    stored(recurring).delete()

    with pytest.raises(RecurringExpense.DoesNotExist):
        recurring.rewrite(seen=None, on=TODAY)


# ── pause, resume, end, delete ──


def test_while_paused_nothing_is_posted_and_what_passed_is_not_made_up_for(people):
    recurring = running(people)

    recurring.pause(on=TODAY)
    assert not post_due(people.household, on=dt.date(2027, 2, 10))
    recurring.resume(on=dt.date(2027, 2, 10))
    post_due(people.household, on=dt.date(2027, 3, 1))

    assert posted(people) == [("03-01", Decimal(900))]


def test_what_is_due_on_the_day_of_resuming_is_posted(people):
    recurring = running(people, paused_on=TODAY)

    recurring.resume(on=DECEMBER)

    assert posted(people) == [("12-01", Decimal(900))]


def test_what_fell_due_before_a_pause_is_posted(people):
    recurring = running(people)

    recurring.pause(on=dt.date(2026, 12, 5))

    assert posted(people) == [("12-01", Decimal(900))]


def test_pausing_twice_keeps_the_first_day(people):
    recurring = running(people)

    recurring.pause(on=TODAY)
    recurring.pause(on=DECEMBER)

    assert stored(recurring).paused_on == TODAY


def test_one_that_ended_posts_nothing_more_and_can_be_taken_up_again(people):
    recurring = running(people)

    recurring.end(on=TODAY)
    post_due(people.household, on=DECEMBER)
    assert posted(people) == []
    with pytest.raises(NotPossible, match="Rent has ended already"):
        recurring.pause(on=DECEMBER)
    recurring.resume(on=dt.date(2026, 12, 31))
    post_due(people.household, on=dt.date(2027, 1, 1))

    assert posted(people) == [("01-01", Decimal(900))]


def test_one_without_a_date_left_is_not_resumed(people):
    recurring = running(people, ends_on=DECEMBER)
    recurring.end(on=TODAY)

    with pytest.raises(NotPossible, match="No date of Rent is left: the last one was 1 December 2026"):
        recurring.resume(on=dt.date(2026, 12, 2))

    assert stored(recurring).ended_on == TODAY
    recurring.resume(on=DECEMBER)
    assert posted(people) == [("12-01", Decimal(900))]


def test_one_of_an_archived_category_is_not_resumed(people):
    recurring = running(people, category=people.food, paused_on=TODAY)
    people.food.archive(on=TODAY)

    with pytest.raises(NotPossible, match="Food is archived"):
        recurring.resume(on=TODAY)


def test_what_was_posted_stays_when_it_is_deleted(people):
    recurring = unsaved(people).start(on=TODAY, past=True)

    recurring.delete()

    assert len(posted(people)) == 11
    assert not people.household.occurrences.exists()


# ── post and skip ──


def test_what_is_due_is_posted_as_it_is(people):
    recurring = running(people, automatic=False)
    make_occurrence(recurring, dt.date(2026, 11, 1))

    occurrence = recurring.post(dt.date(2026, 11, 1), by=people.bob)

    assert posted(people) == [("11-01", Decimal(900))]
    assert occurrence.expense.recorded_by == people.bob
    assert states(recurring) == {"2026-11-01": "posted"}


def test_one_is_posted_early_with_another_amount_and_day_and_not_again_on_its_own(people):
    recurring = running(people)

    recurring.post(DECEMBER, by=people.bob, amount=Decimal("912.30"), spent_on=TODAY)
    post_due(people.household, on=DECEMBER)

    assert posted(people) == [("11-22", Decimal("912.30"))]


def test_posting_twice_posts_one(people):
    recurring = running(people)

    first = recurring.post(DECEMBER, by=people.bob)
    again = recurring.post(DECEMBER, by=people.alice, amount=Decimal(1))

    assert first.expense == again.expense
    assert posted(people) == [("12-01", Decimal(900))]


@pytest.mark.parametrize(
    "day",
    [dt.date(2026, 12, 2), dt.date(2026, 11, 1), dt.date(2025, 12, 1), dt.date(2201, 1, 1), dt.date.max, dt.date.min],
    ids=["no date of it", "settled", "before it began", "beyond", "last", "first"],
)
def test_a_day_that_is_none_of_its_dates_is_refused(people, day):
    recurring = running(people)

    for verb in (recurring.skip, recurring.unskip, lambda day: recurring.post(day, by=people.bob)):
        with pytest.raises(NotPossible, match="Nothing of Rent is due on"):
            verb(day)

    assert states(recurring) == {}


def test_what_was_skipped_is_not_posted(people):
    recurring = running(people)

    recurring.skip(DECEMBER)
    recurring.skip(DECEMBER)
    post_due(people.household, on=DECEMBER)

    assert posted(people) == []
    with pytest.raises(NotPossible, match=r"Rent of 1 December 2026 is skipped\."):
        recurring.post(DECEMBER, by=people.bob)


def test_what_was_posted_is_not_skipped(people):
    recurring = running(people)
    recurring.post(DECEMBER, by=people.bob)

    for verb in (recurring.skip, recurring.unskip):
        with pytest.raises(NotPossible, match="Rent of 1 December 2026 was posted already"):
            verb(DECEMBER)


def test_a_skip_taken_back_before_its_day_is_posted_on_its_day(people):
    recurring = running(people)
    recurring.skip(DECEMBER)

    recurring.unskip(DECEMBER)
    recurring.unskip(DECEMBER)

    assert states(recurring) == {}
    post_due(people.household, on=DECEMBER)
    assert posted(people) == [("12-01", Decimal(900))]


def test_a_skip_taken_back_after_its_day_waits_for_a_yes(people):
    recurring = running(people)
    make_occurrence(recurring, dt.date(2026, 11, 1), State.SKIPPED)

    recurring.unskip(dt.date(2026, 11, 1))

    assert states(recurring) == {"2026-11-01": "due"}


def test_what_was_posted_and_deleted_is_not_posted_again(people):
    recurring = running(people)
    recurring.post(DECEMBER, by=people.bob)
    people.household.expenses.all().put_aside(by=people.bob)

    with pytest.raises(NotPossible, match="its expense deleted since"):
        recurring.post(DECEMBER, by=people.bob)


def test_nothing_of_an_archived_category_is_posted(people):
    recurring = running(people, category=people.food)
    people.food.archive(on=TODAY)

    with pytest.raises(NotPossible, match="Food is archived"):
        recurring.post(DECEMBER, by=people.bob)

    assert posted(people) == []


def test_a_paused_one_has_no_dates_to_come_but_keeps_what_is_due(people):
    recurring = running(people, paused_on=TODAY)
    make_occurrence(recurring, dt.date(2026, 11, 1))

    with pytest.raises(NotPossible, match=r"Rent is paused\."):
        recurring.post(DECEMBER, by=people.bob)
    recurring.post(dt.date(2026, 11, 1), by=people.bob)

    assert posted(people) == [("11-01", Decimal(900))]


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_eight_at_once_post_one():
    people = People()
    recurring = running(people)
    waiting, faults = threading.Barrier(8), []

    def post(number):
        try:
            mine = stored(recurring)
            waiting.wait()
            if number % 2:
                mine.post(DECEMBER, by=people.bob)
            else:
                post_due(people.household, on=DECEMBER)
        except Exception as fault:  # a thread's own is seen by nobody
            faults.append(fault)
        finally:
            connection.close()

    threads = [threading.Thread(target=post, args=[number]) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert faults == []
    assert posted(people) == [("12-01", Decimal(900))]
