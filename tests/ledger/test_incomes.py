"""Incomes: writing down, changing, deleting, and the question of the first one."""

import datetime as dt
import threading
import uuid
from decimal import Decimal

import pytest
from bs4 import BeautifulSoup
from django.db import connection

from expenses.ledger.income_forms import NewIncomeForm
from expenses.ledger.models import ChangedMeanwhile, Income, KeyUsed, PoolRefused, PoolStart, PoolStarted, start_pool
from expenses.people.models import Household
from expenses.shared.months import Month
from tests.factories import make_income
from tests.people import TODAY, People

NEW, LIST, POOL = "/incomes/new/", "/incomes/", "/incomes/pool/"
NOVEMBER = Month(2026, 11)


@pytest.fixture
def alice(client, people):
    client.force_login(people.alice)
    return client


def entry(**fields) -> dict[str, object]:
    return {
        "amount": "3240", "description": "Salary", "received_on": "2026-11-20", "key": str(uuid.uuid4()),
    } | fields  # fmt: skip


def unsaved(people, **fields) -> Income:
    values = {
        "household": people.household, "recorded_by": people.alice, "description": "Salary",
        "amount": Decimal(3240), "received_on": dt.date(2026, 11, 20), "key": uuid.uuid4(),
    }  # fmt: skip
    return Income(**(values | fields))


def incomes(people) -> set[tuple[str, str, Decimal]]:
    rows = people.household.incomes.values_list("received_on", "description", "amount")
    return {(str(day), text, amount) for day, text, amount in rows}


def pool_from(people) -> Month | None:
    return Household.objects.get(pk=people.household.pk).pool_from


def page(response) -> BeautifulSoup:
    return BeautifulSoup(response.content, "html.parser")


def said(client) -> list[str]:
    return [toast.p.text for toast in page(client.get(LIST)).select(".toast")]


# ── the verbs ──


def test_an_income_is_written_once_a_key(people):
    first = unsaved(people)

    first.write_down(on=TODAY)
    again = unsaved(people, key=first.key).write_down(on=TODAY)

    assert again.pk == first.pk
    assert people.household.incomes.count() == 1


def test_another_income_under_the_key_is_refused(people):
    first = unsaved(people).write_down(on=TODAY)

    with pytest.raises(KeyUsed, match="“Salary” already"):
        unsaved(people, key=first.key, amount=Decimal(1)).write_down(on=TODAY)

    assert people.household.incomes.get().amount == 3240


def test_a_change_over_somebody_elses_is_refused(people):
    mine, theirs = make_income(people.household), people.household.incomes.get()
    seen = mine.updated_at
    theirs.amount = Decimal(3300)
    theirs.rewrite(seen=seen)

    mine.description = "Pay"
    with pytest.raises(ChangedMeanwhile):
        mine.rewrite(seen=seen)

    assert incomes(people) == {("2026-11-20", "Salary", Decimal(3300))}


def test_the_last_income_takes_the_pool_with_it(people):
    unsaved(people).write_down(on=TODAY, start=PoolStart(NOVEMBER, Decimal(500)))
    assert pool_from(people) == NOVEMBER

    people.household.incomes.get(description="Salary").delete()
    assert pool_from(people) == NOVEMBER
    people.household.incomes.all().delete()

    assert pool_from(people) is None


def test_the_pool_of_another_household_stays(people):
    unsaved(people).write_down(on=TODAY, start=PoolStart(NOVEMBER))
    theirs = unsaved(people, household=people.others, recorded_by=people.charlie)
    theirs.write_down(on=TODAY, start=PoolStart(NOVEMBER))

    people.household.incomes.all().delete()

    assert Household.objects.get(pk=people.others.pk).pool_from == NOVEMBER


@pytest.mark.parametrize(
    ("starts_on", "month", "day"),
    [(1, NOVEMBER, "2026-11-01"), (25, NOVEMBER, "2026-10-25"), (1, Month(2024, 1), "2024-01-01")],
)
def test_what_there_was_is_an_income_of_the_pools_first_day(people, starts_on, month, day):
    people.household.month_starts_on = starts_on
    people.household.save()

    unsaved(people).write_down(on=TODAY, start=PoolStart(month, Decimal("500.50")))

    assert (day, "What was there", Decimal("500.50")) in incomes(people)
    assert pool_from(people) == month


def test_the_first_day_there_is_holds_what_was_there(people):
    people.household.budget_from, people.household.month_starts_on = Month(1900, 1), 25
    people.household.save()

    start_pool(people.household, PoolStart(Month(1900, 1), Decimal(1)), by=people.alice, on=TODAY)

    assert incomes(people) == {("1900-01-01", "What was there", Decimal(1))}


@pytest.mark.parametrize(
    ("month", "there", "sentence"),
    [
        (Month(2023, 12), "1", "The budget begins in January 2024: what is older is history."),
        (Month(2027, 1), "1", "Choose December 2026 or an earlier month."),
        (NOVEMBER, "-1", "Write zero or more."),
        (NOVEMBER, "0", "Write what is there: no income is written down yet."),
    ],
)
def test_a_pool_that_cannot_begin_so_writes_nothing(people, month, there, sentence):
    with pytest.raises(PoolRefused) as refused:
        start_pool(people.household, PoolStart(month, Decimal(there)), by=people.alice, on=TODAY)

    assert str(refused.value) == sentence
    assert (incomes(people), pool_from(people)) == (set(), None)


def test_a_refused_pool_takes_the_income_back(people):
    with pytest.raises(PoolRefused):
        unsaved(people).write_down(on=TODAY, start=PoolStart(Month(2020, 1)))

    assert incomes(people) == set()


def test_a_form_sent_again_with_another_answer_begins_the_pool_once(people):
    first = unsaved(people).write_down(on=TODAY)
    for _ in range(2):
        unsaved(people, key=first.key).write_down(on=TODAY, start=PoolStart(NOVEMBER, Decimal(5)))

    assert pool_from(people) == NOVEMBER
    assert people.household.incomes.count() == 2


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_first_incomes_at_once_begin_one_pool():
    people = People()
    start, faults = threading.Barrier(2), []

    def write(number):
        try:
            start.wait(timeout=30)
            month = NOVEMBER.previous if number else NOVEMBER
            unsaved(people, description=str(number)).write_down(on=TODAY, start=PoolStart(month, Decimal(500)))
        except Exception as error:  # looked at below
            faults.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=write, args=[number]) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)

    assert [type(fault) for fault in faults] == [PoolStarted]
    assert people.household.incomes.count() == 2
    opening = people.household.incomes.get(description="What was there")
    assert people.household.month_of(opening.received_on) == pool_from(people)


# ── writing down, on the page ──


def test_the_first_income_begins_the_pool_with_what_there_is(alice, people):
    alice.post(NEW, entry(plan="yes", pool_from="2026-10", there_is="1.500,50"))

    assert incomes(people) == {
        ("2026-11-20", "Salary", Decimal(3240)),
        ("2026-10-01", "What was there", Decimal("1500.50")),
    }
    assert pool_from(people) == Month(2026, 10)
    assert people.household.incomes.get(description="Salary").recorded_by == people.alice


def test_the_running_month_is_offered_and_is_meant_where_nothing_is_said(alice, people):
    form = page(alice.get(NEW))

    alice.post(NEW, entry())

    assert form.find(attrs={"name": "pool_from"})["value"] == "2026-11"
    assert form.find(attrs={"name": "plan", "checked": True})["value"] == "yes"
    assert (pool_from(people), people.household.incomes.count()) == (NOVEMBER, 1)


def test_not_now_records_without_a_pool_and_is_asked_again(alice, people):
    alice.post(NEW, entry(plan="no", pool_from="nonsense", there_is="x"))
    form = page(alice.get(NEW))
    alice.post(NEW, entry(description="Gift"))

    assert pool_from(people) is None
    assert people.household.incomes.count() == 2
    assert form.find(attrs={"name": "plan", "checked": True})["value"] == "no"


def test_where_there_is_a_pool_nothing_is_asked(alice, people):
    alice.post(NEW, entry(plan="yes"))

    form = page(alice.get(NEW))
    alice.post(NEW, entry(description="Gift", plan="yes", pool_from="2026-10", there_is="99"))

    assert form.find(attrs={"name": "plan"}) is None
    assert (pool_from(people), people.household.incomes.count()) == (NOVEMBER, 2)


def test_it_says_what_the_month_brought(alice, people):
    make_income(people.household, amount="500")

    alice.post(NEW, entry(plan="no"))
    alice.post(NEW, entry(plan="no", description="Older", received_on="2025-03-01", amount="10"))

    assert said(alice) == ["Saved. Income in November: 3,740.00.", "Saved. Income in March 2025: 10.00."]


def test_a_double_click_writes_once(alice, people):
    twice = entry(plan="yes", there_is="100")

    for _ in range(2):
        assert alice.post(NEW, twice).status_code == 302

    assert people.household.incomes.count() == 2


def test_the_form_sent_again_with_another_amount_asks_once_more(alice, people):
    first = entry(plan="no")
    alice.post(NEW, first)

    refused = alice.post(NEW, first | {"amount": "99"})

    assert refused.status_code == 422
    assert "This form has written “Salary” already." in refused.content.decode()
    assert page(refused).find(attrs={"name": "key"})["value"] != first["key"]


def test_who_comes_second_is_told_and_can_save_again(people):
    stale = Household.objects.get(pk=people.household.pk)
    unsaved(people, description="Bob’s").write_down(on=TODAY, start=PoolStart(NOVEMBER))
    form = NewIncomeForm(entry(plan="yes", there_is="700"), household=stale, on=TODAY, given={})

    assert form.is_valid()
    assert form.save_as(people.alice) is None

    assert "planning begins in November 2026" in str(form.non_field_errors())
    assert "plan" not in form.fields
    assert people.household.incomes.count() == 1


BAD = [
    ("amount", "", "Write an amount"),
    ("amount", "0", "Write an amount above zero."),
    ("amount", "-5", "Write an amount above zero."),
    ("amount", "NaN", "is not an amount"),
    ("amount", "1e999", "is not an amount"),
    ("amount", "1.2345", "too many decimals"),
    ("amount", "100000000000.01", "more than 100,000,000,000"),
    ("amount", "9" * 10_000, ""),
    ("description", "", "Write what it was."),
    ("description", "a\x00b", ""),
    ("description", "x" * 10_000, ""),
    ("received_on", "", "Choose a date."),
    ("received_on", "31/31/2026", "Write a date like"),
    ("received_on", "1899-12-31", "between 1900 and 2200"),
    ("received_on", "2201-01-01", "between 1900 and 2200"),
    ("plan", "perhaps", "Choose one of the two."),
    ("pool_from", "2026-13", "Write a month like 2026-11."),
    ("pool_from", "soon", "Write a month like 2026-11."),
    ("pool_from", "2023-12", "The budget begins in January 2024"),
    ("pool_from", "2027-01", "Choose December 2026 or an earlier month."),
    ("there_is", "-1", "Write zero or more."),
    ("there_is", "1e999", "is not an amount"),
    ("there_is", "0.001", "too many decimals"),
]


@pytest.mark.parametrize(("name", "typed", "sentence"), BAD)
def test_bad_input_is_said_at_the_field_and_nothing_is_written(alice, people, name, typed, sentence):
    response = alice.post(NEW, entry(plan="yes") | {name: typed})

    assert response.status_code == 422
    [*_, error] = page(response).select(f"#id_{name}_error .error")
    assert sentence in error.text
    assert incomes(people) == set()
    assert pool_from(people) is None
    if name != "plan" and "\x00" not in typed:
        assert page(response).find(attrs={"name": name}).get("value", "") == typed


def test_markup_stays_text(alice, people):
    alice.post(NEW, entry(description="<script>alert(1)</script>", plan="no"))

    text = alice.get(LIST).content.decode()
    assert "<script>alert" not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text


@pytest.mark.parametrize(("currency", "typed"), [("JPY", "12.5"), ("KWD", "1.2345")])
def test_the_currency_says_how_many_decimals(alice, people, currency, typed):
    people.household.currency = currency
    people.household.save()

    assert alice.post(NEW, entry(amount=typed)).status_code == 422


# ── changing and deleting ──


def test_an_income_is_changed(alice, people):
    income = make_income(people.household)

    alice.post(f"/incomes/{income.pk}/edit/", {"amount": "3300", "description": "Pay", "received_on": "2026-10-30"})

    assert incomes(people) == {("2026-10-30", "Pay", Decimal(3300))}
    assert said(alice) == ["Saved. Income in October: 3,300.00."]


def test_a_change_by_two_people_is_not_lost(alice, people):
    income = make_income(people.household)
    url = f"/incomes/{income.pk}/edit/"
    mine = {"amount": "1", "description": "Mine", "received_on": "2026-11-20",
            "seen": page(alice.get(url)).find(attrs={"name": "seen"})["value"]}  # fmt: skip
    income.description = "Theirs"
    income.rewrite(seen=None)

    refused = alice.post(url, mine)
    again = alice.post(url, mine | {"seen": page(refused).find(attrs={"name": "seen"})["value"]})

    assert refused.status_code == 422
    assert "It now reads: “Theirs”, 3,240.00, 20 Nov 2026." in refused.content.decode()
    assert again.status_code == 302
    assert incomes(people) == {("2026-11-20", "Mine", Decimal(1))}


@pytest.mark.parametrize(
    ("name", "typed"), [("amount", "0"), ("description", ""), ("received_on", "x"), ("seen", "x")]
)
def test_a_bad_change_is_refused(alice, people, name, typed):
    income = make_income(people.household)
    data = {"amount": "1", "description": "Mine", "received_on": "2026-11-20"} | {name: typed}

    assert alice.post(f"/incomes/{income.pk}/edit/", data).status_code == 422
    assert incomes(people) == {("2026-11-20", "Salary", Decimal(3240))}


@pytest.mark.parametrize(
    ("pool", "others", "sentence"),
    [
        (None, True, "This cannot be undone."),
        (NOVEMBER, True, "less to assign from November 2026 on"),
        (NOVEMBER.next, True, "It lies before planning with income begins"),
        (NOVEMBER, False, "It is the only income."),
    ],
)
def test_the_question_before_deleting_says_what_it_does(alice, people, pool, others, sentence):
    income = make_income(people.household)
    if others:
        make_income(people.household, "Gift")
    people.household.pool_from = pool
    people.household.save()

    asked = alice.get(f"/incomes/{income.pk}/delete/").content.decode()
    alice.post(f"/incomes/{income.pk}/delete/")

    assert sentence in asked
    assert ("to assign" in asked) == (pool is not None)
    assert people.household.incomes.count() == others
    assert said(alice) == [f"Deleted Salary. Income in November: {'3,240.00' if others else '0.00'}."]


# ── the question alone ──


def test_incomes_that_came_without_a_pool_get_one(alice, people):
    make_income(people.household)

    offered = page(alice.get(LIST)).select_one(".notice a")["href"]
    alice.post(offered, {"pool_from": "2026-11", "there_is": ""})

    assert pool_from(people) == NOVEMBER
    assert people.household.incomes.count() == 1
    assert page(alice.get(LIST)).select_one(".notice") is None
    assert alice.get(POOL).status_code == 302


@pytest.mark.parametrize(
    ("name", "typed"), [("pool_from", "x"), ("pool_from", "2020-01"), ("there_is", "-1"), ("there_is", "")]
)
def test_a_bad_answer_is_said_at_its_field(alice, people, name, typed):
    response = alice.post(POOL, {"pool_from": "2026-11", "there_is": "0"} | {name: typed})

    assert response.status_code == 422
    assert page(response).select(f"#id_{name}_error .error")
    assert (incomes(people), pool_from(people)) == (set(), None)


def test_the_answer_sent_twice_begins_one_pool(alice, people):
    for _ in range(2):
        assert alice.post(POOL, {"pool_from": "2026-11", "there_is": "500"}).status_code == 302

    assert people.household.incomes.count() == 1


# ── the list ──


def test_the_list_goes_by_month_with_what_each_brought(alice, people):
    make_income(people.household)
    make_income(people.household, "Gift", "60", received_on=dt.date(2026, 11, 3))
    make_income(people.household, "Older", "40", received_on=dt.date(2026, 10, 31))

    shown = page(alice.get(LIST))

    assert [h.text for h in shown.select(".day h2")] == ["November 2026", "October 2026"]
    assert [d["value"] for d in shown.select(".day-head data")] == ["3300.00", "40.00"]
    assert [a.text for a in shown.select(".rows a")] == ["Salary", "Gift", "Older"]
    assert shown.select_one("#found data.total")["value"] == "3340.00"


def test_months_are_those_of_the_household(alice, people):
    people.household.month_starts_on = 25
    people.household.save()
    make_income(people.household, received_on=dt.date(2026, 11, 25))
    make_income(people.household, "Gift", "60", received_on=dt.date(2026, 11, 24))

    shown = page(alice.get(LIST))
    december = page(alice.get(LIST, {"month": "2026-12"}))

    assert [h.text for h in shown.select(".day h2")] == ["December 2026", "November 2026"]
    assert [a.text for a in december.select(".rows a")] == ["Salary"]
    assert december.select_one("#found data.total")["value"] == "3240.00"


@pytest.mark.parametrize("month", ["x", "2026-13", "1899-01", "2026-11\x00", "2026-11-01"])
def test_a_month_that_is_none_is_named_and_left_out(alice, people, month):
    make_income(people.household)

    shown = page(alice.get(LIST, {"month": month}))

    assert "It is left out." in shown.select_one(".errors").text
    assert len(shown.select(".rows li")) == 1


def test_pages_go_on_by_key(alice, people):
    for number in range(120):
        make_income(people.household, f"No {number}", "1", received_on=dt.date(2026, 11 - number // 50, 5))

    seen, url, heads = [], LIST, []
    while url:
        shown = page(alice.get(url))
        seen += [a.text for a in shown.select(".rows a")]
        heads.append([h.text for h in shown.select(".day-head h2")])
        url = (link := shown.select_one("a[rel=next]")) and link["href"]

    assert len(seen) == len(set(seen)) == 120
    assert heads[1][0] in ("November 2026, continued", "October 2026")
    assert alice.get(LIST, {"after": "nonsense"}).status_code == 200


def test_few_queries_however_many_rows(alice, people, django_assert_max_num_queries):
    def ask():
        for url in (LIST, NEW, POOL, f"/incomes/{income.pk}/edit/", f"/incomes/{income.pk}/delete/"):
            with django_assert_max_num_queries(8):
                assert alice.get(url).status_code == 200

    income = make_income(people.household)
    ask()
    for number in range(200):
        make_income(people.household, f"No {number}", received_on=dt.date(2026, number % 12 + 1, 1))
    ask()


def test_a_viewer_reads_and_finds_nothing_to_press(client, people):
    make_income(people.household)
    client.force_login(people.vera)

    shown = page(client.get(LIST)).main

    assert "Salary" in shown.text
    assert shown.select('a[href*="/edit/"], a[href*="/new/"], a[href*="/pool/"]') == []


def test_expenses_and_income_lead_to_each_other(alice, people):
    for url, here, other in [("/expenses/", "Expenses", "/incomes/"), (LIST, "Income", "/expenses/")]:
        tabs = page(alice.get(url)).select_one(".tabs")

        assert tabs.select_one("[aria-current]").text == here
        assert tabs.find("a", href=other)
