"""The pages of recurring expenses: the list, the form with its dates, one with what it did, posting and skipping."""

import datetime as dt
import uuid
from decimal import Decimal

import pytest
from bs4 import BeautifulSoup
from django.urls import reverse

from expenses.ledger.models import Expense
from expenses.recurring.models import RecurringExpense, State
from tests.factories import make_expense, make_method, make_occurrence, make_recurring
from tests.people import TODAY

NEW, INDEX = "/recurring/new/", "/recurring/"
DECEMBER = dt.date(2026, 12, 1)
DATES = {"HX-Request": "true", "HX-Target": "dates"}


@pytest.fixture
def alice(client, people):
    client.force_login(people.alice)
    return client


@pytest.fixture
def rent(people) -> RecurringExpense:
    """Every month on the 1st, since January; what fell due before today is settled."""
    fields = {"anchor": dt.date(2026, 1, 1), "settled_until": TODAY}
    return make_recurring(people.household, category=people.food, **fields)


def entry(people, **fields) -> dict[str, object]:
    return {
        "amount": "900", "description": "Rent", "category": people.food.pk, "payment_method": "", "notes": "",
        "anchor": "2026-01-01", "every": "1", "unit": "months", "month_day": "same", "nth": "1", "weekday": "0",
        "weekend": "keep", "ends": "never", "ends_on": "", "times": "", "automatic": "True", "key": str(uuid.uuid4()),
    } | fields  # fmt: skip


def at(recurring, what, *more):
    return reverse(f"recurring:{what}", args=[recurring.pk, *more])


def page(response) -> BeautifulSoup:
    return BeautifulSoup(response.content, "html.parser")


def words(node) -> str:
    return " ".join(node.get_text(" ", strip=True).split())


def said(client) -> list[str]:
    return [words(toast.p) for toast in page(client.get("/categories/")).select(".toast")]


def dates(html) -> list[str]:
    return [row.time["datetime"] for row in html.select("#dates .dates li, .dates li")]


def errors(html) -> dict[str, str]:
    """The sentences at the fields, by the names of the fields."""
    found = {}
    for node in html.select('[id$="_error"]'):
        found[node["id"].removeprefix("id_").removesuffix("_error")] = words(node)
    return found


def posted(people) -> list[tuple[str, Decimal]]:
    return [(str(day), amount) for day, amount in people.household.expenses.values_list("spent_on", "amount")]


# ── to begin one ──


def test_one_is_begun_and_nothing_past_is_written(alice, people):
    response = alice.post(NEW, entry(people, notes="flat", weekend="before"))

    recurring = people.household.recurring_expenses.get()
    assert response["Location"] == at(recurring, "show")
    assert (recurring.amount, recurring.notes, recurring.recorded_by) == (Decimal(900), "flat", people.alice)
    assert recurring.schedule.words == "every month on the 1st, or the Friday before a weekend"
    assert posted(people) == []
    assert said(alice) == ["Saved. Every month on the 1st, or the Friday before a weekend."]


def test_the_form_says_how_many_are_past_and_writes_them_where_asked(alice, people):
    preview = page(alice.post(NEW, entry(people, preview="1")))
    assert "Also write down the 11 past ones" in words(preview.select_one("#dates"))
    assert not people.household.recurring_expenses.exists()

    alice.post(NEW, entry(people, past="on"))

    assert len(posted(people)) == 11


def test_the_next_twelve_dates_are_shown_as_typed(alice, people):
    asked = {"anchor": "2026-01-31", "every": "1", "unit": "months", "month_day": "same", "weekend": "before"}

    response = alice.get(NEW, asked, headers=DATES)

    html = page(response)
    assert html.find("html") is None
    assert dates(html)[:5] == ["2026-11-30", "2026-12-31", "2027-01-29", "2027-02-26", "2027-03-31"]
    assert len(dates(html)) == 12
    assert "instead of Sun 31 Jan" in words(html)
    assert words(html.h2) == "Every month on the 31st, or the Friday before a weekend"
    assert "HX-Target" in response["Vary"]


def test_what_cannot_be_stands_where_the_dates_would(alice, people):
    html = page(alice.get(NEW, {"anchor": "1800-01-01", "every": "1", "unit": "days"}, headers=DATES))

    assert words(html.select_one(".error")) == "Write a date between 1900 and 2200."
    assert dates(html) == []


def test_the_ticked_past_stays_ticked_while_the_dates_change(alice, people):
    asked = {"anchor": "2026-01-31", "every": "1", "unit": "months", "past": "on"}

    html = page(alice.get(NEW, asked, headers=DATES))

    assert html.select_one("#id_past").has_attr("checked")


def test_the_preview_button_shows_the_dates_and_keeps_what_was_typed(alice, people):
    response = alice.post(NEW, entry(people, unit="weeks", every="2", preview="1"))

    html = page(response)
    assert response.status_code == 200
    assert dates(html)[:2] == ["2026-12-03", "2026-12-17"]
    assert html.select_one("#id_description")["value"] == "Rent"
    assert not people.household.recurring_expenses.exists()


def test_a_schedule_that_ends_shows_its_last_date(alice, people):
    asked = {"anchor": "2026-12-01", "every": "1", "unit": "months", "ends": "times", "times": "2"}

    html = page(alice.get(NEW, asked, headers=DATES))

    assert dates(html) == ["2026-12-01", "2027-01-01"]
    assert "That is the last one." in words(html)


def test_a_double_click_begins_one(alice, people):
    sent = entry(people, past="on")

    alice.post(NEW, sent)
    alice.post(NEW, sent)

    assert people.household.recurring_expenses.count() == 1
    assert len(posted(people)) == 11


def test_the_form_sent_again_with_another_amount_is_asked_about(alice, people):
    sent = entry(people)
    alice.post(NEW, sent)

    response = alice.post(NEW, sent | {"amount": "950"})

    html = page(response)
    assert response.status_code == 422
    assert "“Rent” already" in words(html.select_one(".errors"))
    assert html.select_one("#id_key")["value"] != sent["key"]


def test_fields_of_a_link_are_filled_in_with_their_dates(alice, people):
    given = {"description": "Yoga", "amount": "12.5", "category": people.fun.pk, "unit": "months", "every": "1",
             "month_day": "weekday", "nth": "2", "weekday": "1", "anchor": "2026-11-01"}  # fmt: skip

    html = page(alice.get(NEW, given))

    assert html.select_one("#id_description")["value"] == "Yoga"
    assert html.select_one("#id_category option[selected]").text == "Fun"
    assert words(html.select_one("#dates h2")) == "The second Tuesday of every month"
    assert dates(html)[0] == "2026-12-08"


BAD = [
    ("every", "0", "Write a whole number from 1 to 999."),
    ("every", "10000", "Write a whole number from 1 to 999."),
    ("every", "-1", "Write a whole number from 1 to 999."),
    ("every", "1.5", "Write a whole number from 1 to 999."),
    ("every", "1e999", "Write a whole number from 1 to 999."),
    ("every", "NaN", "Write a whole number from 1 to 999."),
    ("every", "", "Write a whole number from 1 to 999."),
    ("every", "9" * 5_000, "Write a whole number from 1 to 999."),
    ("anchor", "1800-01-01", "Write a date between 1900 and 2200."),
    ("anchor", "2201-01-01", "Write a date between 1900 and 2200."),
    ("anchor", "2026-02-30", "Write a date like 2026-11-22."),
    ("anchor", "", "Choose a date."),
    ("unit", "fortnights", "Choose days, weeks, months or years."),
    ("month_day", "full moon", "Choose which day of the month."),
    ("weekend", "party", "Choose what happens on a weekend."),
    ("ends", "soon", "Choose when it ends."),
    ("automatic", "perhaps", "Choose what happens on its day."),
    ("amount", "0", "An amount of zero changes nothing. Write another one."),
    ("amount", "100000000001", ""),
    ("amount", "12.345", ""),
    ("amount", "1e999", ""),
    ("amount", "NaN", ""),
    ("description", "", "Write what it is."),
    ("description", "nul \0 inside", ""),
    ("description", "x" * 10_000, ""),
    ("notes", "x" * 10_001, ""),
    ("category", "", "Choose a category."),
    ("payment_method", "7000", "Choose one of the payment methods of this household."),
]


@pytest.mark.parametrize(("name", "value", "sentence"), BAD, ids=lambda value: str(value)[:20])
def test_bad_input_is_said_at_its_field_and_nothing_is_written(alice, people, name, value, sentence):
    response = alice.post(NEW, entry(people, **{name: value}))

    html = page(response)
    assert response.status_code == 422
    assert sentence in errors(html)[name]
    assert errors(html).keys() == {name}
    if name not in ("unit", "month_day", "weekend", "ends", "automatic", "category", "payment_method", "notes"):
        assert html.select_one(f"#id_{name}").get("value", "").replace("\ufffd", "\0") == value
    assert not people.household.recurring_expenses.exists()


@pytest.mark.parametrize(
    ("fields", "name", "sentence"),
    [
        ({"ends": "date", "ends_on": "2025-12-31"}, "ends_on", "This is before the start on 1 January 2026."),
        ({"ends": "date", "ends_on": ""}, "ends_on", "Choose a date."),
        ({"ends": "date", "ends_on": "2026-06-01"}, "ends_on", "No date is left: the last one is 1 June 2026."),
        ({"ends": "times", "times": "0"}, "times", "Write a whole number from 1 to 9,999."),
        ({"ends": "times", "times": ""}, "times", "Write a whole number from 1 to 9,999."),
        ({"ends": "times", "times": "3"}, "times", "No date is left: the last one is 1 March 2026."),
        ({"month_day": "weekday", "weekday": "7"}, "weekday", "Choose a day of the week."),
        ({"month_day": "weekday", "nth": "6"}, "nth", "Choose which one of the month"),
        ({"month_day": "weekday", "nth": ""}, "nth", "Choose which one of the month"),
        ({"anchor": "1900-01-01", "unit": "days"}, "anchor", "46,347 dates have passed since this one"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_schedule_that_cannot_be_is_refused_at_its_field(alice, people, fields, name, sentence):
    response = alice.post(NEW, entry(people, **fields))

    html = page(response)
    assert response.status_code == 422
    assert sentence in errors(html)[name]
    assert sentence in words(html.select_one("#dates"))
    assert not people.household.recurring_expenses.exists()


def test_what_stands_in_fields_that_do_not_count_is_no_fault(alice, people):
    sent = entry(people, unit="weeks", month_day="moon", nth="9", weekday="7", ends="never", ends_on="x", times="-1")

    assert alice.post(NEW, sent).status_code == 302
    recurring = people.household.recurring_expenses.get()
    assert (recurring.month_day, recurring.nth, recurring.weekday) == ("same", None, None)
    assert (recurring.ends_on, recurring.times) == (None, None)


def test_rows_of_another_household_are_refused(alice, people):
    theirs = {
        "category": people.category("Food", people.others).pk,
        "payment_method": make_method(people.others).pk,
    }

    response = alice.post(NEW, entry(people, **theirs))

    assert errors(page(response)).keys() == set(theirs)


def test_an_archived_category_is_not_offered(alice, people):
    people.fun.archive(on=TODAY)

    response = alice.post(NEW, entry(people, category=people.fun.pk))

    assert errors(page(response)) == {"category": "Choose one of the categories of this household."}


# ── to repeat an expense ──


def test_an_expense_is_repeated_every_month_on_its_day(alice, people):
    method = make_method(people.household)
    expense = make_expense(people.household, "Piano lessons", "28", category=people.fun, payment_method=method)

    html = page(alice.get(NEW, {"expense": expense.pk}))

    assert html.select_one("#id_description")["value"] == "Piano lessons"
    assert html.select_one("#id_amount")["value"] == "28.00"
    assert html.select_one("#id_anchor")["value"] == "2026-11-20"
    assert html.select_one("#id_category option[selected]").text == "Fun"
    assert html.select_one("#id_payment_method option[selected]").text == "Card"
    assert words(html.select_one("#dates h2")) == "Every month on the 20th"
    assert dates(html)[0] == "2026-12-20"
    assert "past" not in words(html.select_one("#dates"))  # the only one is the expense itself


def test_a_repeated_expense_is_the_first_one_and_leads_to_what_repeats_it(alice, people):
    expense = make_expense(people.household, "Piano lessons", "28", spent_on=TODAY)

    alice.post(NEW, entry(people, anchor=str(TODAY), expense=expense.pk))

    recurring = people.household.recurring_expenses.get()
    assert people.household.expenses.get() == expense
    assert f'href="/expenses/{expense.pk}/"' in alice.get(at(recurring, "show")).content.decode()
    assert alice.get(NEW, {"expense": expense.pk})["Location"] == at(recurring, "show")


def test_the_expense_is_not_counted_among_the_past_ones(alice, people):
    expense = make_expense(people.household, spent_on=dt.date(2026, 9, 1))

    html = page(alice.get(NEW, {"expense": expense.pk}))
    dates_only = page(
        alice.get(
            NEW,
            {"expense": expense.pk, "anchor": "2026-09-01", "every": "1", "unit": "months"},
            headers=DATES,
        )
    )

    for node in (html.select_one("#dates"), dates_only):
        assert "Also write down the 2 past ones" in words(node)
        assert "1 Oct 2026 to 1 Nov 2026" in words(node)


@pytest.mark.parametrize("pk", ["9999999", "9" * 30, "x", "-1", "\0"])
def test_an_expense_that_is_not_there_is_not_found(alice, people, pk):
    assert alice.get(NEW, {"expense": pk}).status_code == 404


def test_an_expense_of_another_household_is_not_found_and_never_linked(alice, people):
    theirs = make_expense(people.others, spent_on=TODAY)

    assert alice.get(NEW, {"expense": theirs.pk}).status_code == 404
    alice.post(NEW, entry(people, anchor=str(TODAY), expense=theirs.pk))

    assert people.household.occurrences.get().expense != theirs


def test_an_expense_that_was_deleted_meanwhile_is_let_go(alice, people):
    expense = make_expense(people.household)
    Expense.objects.all().delete()

    assert alice.post(NEW, entry(people, expense=expense.pk)).status_code == 302


@pytest.mark.parametrize("what", ["show", "edit"])
def test_an_expense_offers_to_be_repeated(alice, people, what):
    expense = make_expense(people.household)

    html = page(alice.get(reverse(f"expenses:{what}", args=[expense.pk])))

    assert html.select_one(f'a[href="{NEW}?expense={expense.pk}"]').text.strip() == "Repeat this"


# ── to change one ──


def test_a_change_is_written_and_what_was_posted_stays(alice, people, rent):
    make_expense(people.household)

    response = alice.post(at(rent, "edit"), entry(people, amount="950", seen=rent.updated_at.isoformat()))

    rent.refresh_from_db()
    assert response["Location"] == at(rent, "show")
    assert rent.amount == 950
    assert len(posted(people)) == 1


def test_the_form_of_one_shows_what_it_is_and_the_last_posting_beside_the_next_dates(alice, people, rent):
    expense = make_expense(people.household, spent_on=dt.date(2026, 11, 1))
    make_occurrence(rent, dt.date(2026, 11, 1), State.POSTED, expense=expense)

    html = page(alice.get(at(rent, "edit")))

    assert html.select_one("#id_amount")["value"] == "900.00"
    assert html.select_one("#id_ends option[selected]")["value"] == "never"
    assert "Last posted: 1 Nov 2026" in words(html.select_one("#dates"))
    assert dates(html)[0] == "2026-12-01"
    assert html.select_one("#id_past") is None


def test_another_schedule_counts_from_now_on_unless_asked(alice, people, rent):
    asked = {"anchor": "2026-01-20", "every": "1", "unit": "months"}
    rent.settled_until = dt.date(2026, 11, 1)
    rent.save()

    html = page(alice.get(at(rent, "edit"), asked, headers=DATES))
    assert dates(html)[0] == "2026-12-20"
    assert "Also write down the 1 past one" in words(html)

    alice.post(at(rent, "edit"), entry(people, anchor="2026-01-20"))
    assert posted(people) == []


def test_somebody_elses_change_is_shown_and_can_be_written_over(alice, people, rent):
    seen = rent.updated_at.isoformat()
    theirs = RecurringExpense.objects.get(pk=rent.pk)
    theirs.amount = Decimal(920)
    theirs.rewrite(seen=None, on=TODAY)

    response = alice.post(at(rent, "edit"), entry(people, amount="950", seen=seen))
    html = page(response)

    assert response.status_code == 422
    assert "920.00" in words(html.select_one(".errors"))
    alice.post(at(rent, "edit"), entry(people, amount="950", seen=html.select_one("#id_seen")["value"]))
    rent.refresh_from_db()
    assert rent.amount == 950


def test_one_of_an_archived_category_is_not_saved_until_another_is_chosen(alice, people, rent):
    people.food.archive(on=TODAY)

    response = alice.post(at(rent, "edit"), entry(people))

    assert response.status_code == 422
    assert "Food is archived." in errors(page(response))["category"]
    assert alice.post(at(rent, "edit"), entry(people, category=people.fun.pk)).status_code == 302


def test_one_whose_dates_are_over_can_be_renamed(alice, people):
    over = make_recurring(people.household, anchor=dt.date(2026, 1, 1), times=3, settled_until=dt.date(2026, 3, 1))

    response = alice.post(at(over, "edit"), entry(people, description="Old rent", ends="times", times="3"))

    assert response.status_code == 302
    assert RecurringExpense.objects.get().description == "Old rent"


# ── the list ──


def test_the_list_shows_what_is_due_what_comes_and_what_rests(alice, people, rent):
    reminded = make_recurring(
        people.household, "Gym", "30", category=people.food, automatic=False, settled_until=TODAY
    )
    make_occurrence(reminded, dt.date(2026, 11, 15))
    make_occurrence(reminded, TODAY)
    yearly = make_recurring(people.household, "Insurance", "120", unit="years", anchor=dt.date(2026, 12, 24))
    make_recurring(people.household, "Paper", "10", paused_on=TODAY)
    make_recurring(people.household, "Loan", "10", ended_on=TODAY)
    make_recurring(people.household, "Course", "10", anchor=dt.date(2026, 1, 1), times=2, settled_until=TODAY)

    html = page(alice.get(INDEX))

    assert [words(row.select_one(".entry-more"))[:18] for row in html.select(".entries li")] == [
        "Sun 15 Nov overdue", "Sun 22 Nov today F",
    ]  # fmt: skip
    lists = {section["aria-labelledby"]: words(section) for section in html.select("section[aria-labelledby]")}
    assert lists["running"].startswith("What comes about 940.00 a month")  # 900 + 30 + 120 / 12
    assert lists["running"].index("Gym") < lists["running"].index(str(yearly))
    assert "Paper" in lists["paused"]
    assert "Loan" in lists["ended"]
    assert "Course" in lists["ended"]


def test_the_next_date_is_the_first_that_nothing_was_done_about(alice, people, rent):
    rent.skip(DECEMBER)

    html = page(alice.get(INDEX))

    assert html.select_one(".row-figure time")["datetime"] == "2027-01-01"


def test_an_empty_list_says_how_to_begin(alice, people):
    assert page(alice.get(INDEX)).select_one(f'.empty a[href="{NEW}"]')


# ── one with its dates ──


def test_one_shows_its_next_dates_and_what_it_posted(alice, people, rent):
    expense = make_expense(people.household, "Rent", "880", spent_on=dt.date(2026, 11, 2))
    make_occurrence(rent, dt.date(2026, 11, 1), State.POSTED, expense=expense)
    gone = make_expense(people.household)
    make_occurrence(rent, dt.date(2026, 10, 1), State.POSTED, expense=gone)
    gone.delete()
    make_occurrence(rent, dt.date(2026, 9, 1), State.SKIPPED)
    rent.skip(DECEMBER)

    html = page(alice.get(at(rent, "show")))

    assert len(html.select("section[aria-labelledby=ahead] li")) == 12
    assert words(html.select_one("section[aria-labelledby=ahead] li")).startswith("Tue 1 Dec skipped")
    done = [words(row) for row in html.select("section[aria-labelledby=done] li")]
    assert done == [
        "Tue 1 Dec 2026 skipped Do not skip",
        "Sun 1 Nov 2026 spent on 2 Nov 2026 880.00",
        "Thu 1 Oct 2026 posted, deleted since",
        "Tue 1 Sep 2026 skipped Do not skip",
    ]


def test_what_it_did_is_paged_by_key(alice, people, rent):
    for number in range(120):
        make_occurrence(rent, dt.date(2020, 1, 1) + dt.timedelta(days=number), State.SKIPPED)

    seen, url = [], at(rent, "show")
    while url:
        html = page(alice.get(url))
        seen += [row.time["datetime"] for row in html.select("section[aria-labelledby=done] li")]
        more = html.select_one("a[rel=next]")
        url = at(rent, "show") + more["href"].removeprefix(at(rent, "show")) if more else ""

    assert len(seen) == 120
    assert seen == sorted(seen, reverse=True)


def test_a_page_that_begins_nowhere_is_the_first(alice, rent):
    for text in ("x", "2026-13-01", "\0", "9999999"):
        assert alice.get(at(rent, "show"), {"before": text}).status_code == 200


def test_pausing_resuming_and_ending(alice, people, rent):
    alice.post(at(rent, "pause"))
    assert "Paused since 22 Nov 2026" in words(page(alice.get(at(rent, "show"))))
    alice.post(at(rent, "resume"))
    alice.post(at(rent, "end"))
    alice.post(at(rent, "pause"))

    assert said(alice)[-1] == "Rent has ended already."
    rent.refresh_from_db()
    assert rent.ended_on == TODAY


def test_deleting_says_what_stays_and_keeps_it(alice, people, rent):
    rent.post(DECEMBER, by=people.alice)

    asked = page(alice.get(at(rent, "delete")))
    assert "1 expense posted by it stays" in words(asked.select_one(".prose"))
    response = alice.post(at(rent, "delete"))

    assert response["Location"] == INDEX
    assert posted(people) == [("2026-12-01", Decimal(900))]
    assert not RecurringExpense.objects.exists()


# ── post, skip ──


def test_a_date_is_posted_as_it_is_from_a_list(alice, people, rent):
    response = alice.post(at(rent, "post", DECEMBER), headers={"Referer": "http://testserver/recurring/"})

    assert response["Location"] == INDEX
    assert posted(people) == [("2026-12-01", Decimal(900))]
    assert said(alice) == ["Posted Rent, 900.00, on 1 December."]


def test_a_date_is_posted_with_another_amount_and_day(alice, people, rent):
    html = page(alice.get(at(rent, "post", DECEMBER)))
    assert html.select_one("#id_amount")["value"] == "900.00"
    assert html.select_one("#id_spent_on")["value"] == "2026-12-01"

    alice.post(at(rent, "post", DECEMBER), {"amount": "912.30", "spent_on": "2026-11-22"})

    assert posted(people) == [("2026-11-22", Decimal("912.30"))]


def test_a_double_click_posts_one(alice, people, rent):
    alice.post(at(rent, "post", DECEMBER))
    alice.post(at(rent, "post", DECEMBER))

    assert len(posted(people)) == 1


@pytest.mark.parametrize(
    ("name", "value"),
    [("amount", ""), ("amount", "0"), ("amount", "NaN"), ("amount", "1e999"), ("amount", "12.345"),
     ("amount", "1e11"), ("amount", "-100000000001"), ("spent_on", ""), ("spent_on", "1899-12-31"),
     ("spent_on", "2201-01-01"), ("spent_on", "x")],
)  # fmt: skip
def test_bad_input_posts_nothing(alice, people, rent, name, value):
    response = alice.post(at(rent, "post", DECEMBER), {"amount": "900", "spent_on": "2026-12-01", name: value})

    html = page(response)
    assert response.status_code == 422
    assert errors(html).keys() == {name}
    assert html.select_one(f"#id_{name}").get("value", "") == value
    assert posted(people) == []


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_day_that_is_none_of_its_dates_leads_back_with_a_sentence(alice, people, rent, method):
    response = getattr(alice, method)(at(rent, "post", "2026-12-02"))

    assert response["Location"] == at(rent, "show")
    assert said(alice) == ["Nothing of Rent is due on 2 December 2026."]


def test_no_day_is_not_found(alice, rent):
    assert alice.post(f"/recurring/{rent.pk}/2026-02-30/post/").status_code == 404


def test_a_skip_can_be_taken_back(alice, people, rent):
    alice.post(at(rent, "skip", DECEMBER))
    html = page(alice.get(at(rent, "show")))
    toast = html.select_one(".toast")
    assert words(toast.p) == "Skipped Rent of 1 December 2026."

    alice.post(at(rent, "post", DECEMBER))
    assert said(alice) == ["Rent of 1 December 2026 is skipped. Take that back first."]
    alice.post(toast.form["action"])

    assert not people.household.occurrences.exists()


def test_what_was_posted_is_not_skipped(alice, people, rent):
    alice.post(at(rent, "post", DECEMBER))
    said(alice)

    alice.post(at(rent, "skip", DECEMBER))

    assert said(alice) == ["Rent of 1 December 2026 was posted already."]


# ── who, how much ──


def test_a_viewer_reads_and_is_offered_nothing(client, people, rent):
    client.force_login(people.vera)
    make_occurrence(rent, dt.date(2026, 11, 1))

    for url in (INDEX, at(rent, "show")):
        html = page(client.get(url))
        assert html.select("main form, main .button") == []


@pytest.mark.parametrize("count", [1, 60])
def test_a_page_asks_at_most_eight_queries(alice, people, django_assert_max_num_queries, count):
    for number in range(count):
        recurring = make_recurring(people.household, f"Rent {number}", anchor=dt.date(2026, 1, 1), settled_until=TODAY)
        make_occurrence(recurring, dt.date(2026, 11, 1))
        recurring.skip(DECEMBER)
        recurring.post(dt.date(2027, 1, 1), by=people.alice)
    expense = make_expense(people.household)
    urls = [INDEX, NEW, f"{NEW}?expense={expense.pk}", at(recurring, "show"), at(recurring, "edit"),
            at(recurring, "delete"), at(recurring, "post", dt.date(2027, 2, 1))]  # fmt: skip
    alice.get(INDEX)  # what the first page of a day has to do

    for url in urls:
        with django_assert_max_num_queries(8):
            assert alice.get(url).status_code == 200
    with django_assert_max_num_queries(8):
        alice.get(at(recurring, "edit"), {"anchor": "2026-01-05", "every": "1", "unit": "weeks"}, headers=DATES)


def test_the_form_says_that_a_change_counts_for_what_waits_as_well(alice, people):
    phone = make_recurring(people.household, "Phone", "36", anchor=dt.date(2026, 11, 1), automatic=False)
    make_occurrence(phone, dt.date(2026, 11, 1))
    phone.settled_until = TODAY
    phone.save()

    lead = words(page(alice.get(at(phone, "edit"))).select_one(".page-lead"))
    changed = entry(people, description="Phone", amount="40", anchor="2026-11-01", automatic="False")
    alice.post(at(phone, "edit"), changed)
    alice.post(at(phone, "post", "2026-11-01"))

    assert lead.startswith("A change counts for what waits for a yes, and from the next date on.")
    assert people.household.expenses.get().amount == 40
