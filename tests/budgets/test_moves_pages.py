"""Moving money, covering what is over, reversing, and the ledger of moves, as pages."""

import datetime as dt
import uuid
from decimal import Decimal

import pytest
from bs4 import BeautifulSoup

from expenses.budgets.envelope import Leftover
from expenses.budgets.models import Limit, Setting, Transfer
from expenses.ledger.models import Income
from expenses.shared.months import Month
from tests.factories import make_expense, make_recurring
from tests.people import TODAY, open_first_page

NOVEMBER = Month(2026, 11)
NEW = "/transfers/new/"


@pytest.fixture
def alice(client, people):
    """Food has 400 a month; Fun has 200 and is 18.40 over."""
    limit(people, people.food, 400)
    limit(people, people.fun, 200)
    make_expense(people.household, amount="218.40", category=people.fun)
    client.force_login(people.alice)
    return client


def limit(people, category, amount, month=NOVEMBER, leftover=Leftover.SURPLUS):
    Limit.set(people.household, month, {category: Setting(Decimal(amount), leftover)})


def begin_pool(people, month=NOVEMBER, amount=720):
    household = people.household
    Income.objects.create(
        household=household, recorded_by=people.alice, description="Pay", amount=amount, received_on=month.start
    )
    household.pool_from = month
    household.save(update_fields=["pool_from"])


def move(people, amount="20", source=None, destination=None, month=NOVEMBER, **fields):
    fields = {"by": people.bob, "key": uuid.uuid4()} | fields
    return Transfer.move(
        household=people.household,
        month=month,
        source=source or people.food,
        destination=destination or people.fun,
        amount=Decimal(amount),
        on=TODAY,
        **fields,
    )


def page(response) -> BeautifulSoup:
    return BeautifulSoup(response.content, "html.parser")


def words(node) -> str:
    return " ".join(node.get_text(" ", strip=True).replace(" .", ".").split())


def said(people, **fields):
    """What the form sends: 18.40 from Food to Fun."""
    return {
        "month": "2026-11",
        "source": people.food.pk,
        "destination": people.fun.pk,
        "amount": "18.40",
        "note": "",
        "key": uuid.UUID(int=7),
    } | fields


def options(html, name) -> list[str]:
    return [option.text for option in html.select(f"#id_{name} option")]


def effects(html) -> list[str]:
    return [words(effect) for effect in html.select(".effect")]


def fault_at(html, name) -> str:
    return words(html.find(id=f"id_{name}_error"))


# ── moving ────────────────────────────────────────────────────────────────────────────────────────


def test_each_side_is_offered_with_what_it_has(alice, people):
    make_expense(people.household, amount="5", category=people.category("Gifts"))

    html = page(alice.get(NEW))

    offered = options(html, "source")
    assert {"Food, 400.00 left", "Fun, 18.40 over", "Rent, 0.00 left", "Gifts, 5.00 spent without a limit"} <= {
        *offered
    }
    assert offered == options(html, "destination")
    assert not any("assign" in option for option in offered)
    assert words(html.select_one(".page-head")) == "Move money November 2026 · US dollars"
    assert html.select_one("[name=month]")["value"] == "2026-11"


def test_the_pool_is_offered_where_there_is_one(alice, people):
    begin_pool(people)

    assert options(page(alice.get(NEW)), "source")[-1] == "To assign, 120.00"
    assert not any("assign" in option for option in options(page(alice.get(f"{NEW}?month=2026-10")), "source"))


def test_an_archived_category_is_not_offered(alice, people):
    people.household.categories.filter(pk=people.food.pk).update(archived_on=TODAY)

    assert not any(option.startswith("Food") for option in options(page(alice.get(NEW)), "source"))


def test_before_and_after_of_what_the_address_says(alice, people):
    html = page(alice.get(NEW, {"source": people.food.pk, "destination": people.fun.pk, "amount": "18.40"}))

    assert effects(html) == [
        "Food 400.00 left then 381.60 left 0.00 spent of 381.60 , before of 400.00",
        "Fun 18.40 over then 0.00 left 218.40 spent of 218.40 , before of 200.00",
    ]
    assert words(html.find(id="gives")) == "Food can give up to 400.00."
    assert html.select_one("#id_amount")["value"] == "18.40"


def test_htmx_gets_the_effects_and_what_the_source_can_give(alice, people):
    asked = {"month": "2026-11", "source": people.food.pk, "destination": people.fun.pk, "amount": "400.01"}

    response = alice.get(NEW, asked, headers={"HX-Request": "true", "HX-Target": "effects"})

    html = page(response)
    assert html.find("html") is None
    assert html.find(id="gives")["hx-swap-oob"] == "innerHTML"
    assert words(html.select_one(".error")) == "Food has 400.00 left in November."
    assert effects(html)[0] == "Food 400.00 left 0.00 spent of 400.00"  # as it stands
    assert "HX-Target" in response["Vary"]


def test_the_preview_button_shows_and_writes_nothing(alice, people):
    response = alice.post(NEW, said(people, preview="1"))

    assert response.status_code == 200
    assert len(effects(page(response))) == 2
    assert page(response).select_one("#id_amount")["value"] == "18.40"
    assert Transfer.objects.count() == 0


def test_moving_says_so_and_leads_back_with_an_undo(alice, people):
    gifts = people.category("Gifts")
    response = alice.post(
        NEW, said(people, destination=gifts.pk, note="A film", next="/months/2026-11/?x=1"), follow=True
    )

    assert response.redirect_chain == [("/months/2026-11/?x=1", 302)]
    toast = page(response).select_one(".toast")
    assert words(toast.p) == "Moved 18.40 from Food to Gifts."
    transfer = Transfer.objects.get()
    assert (transfer.amount, transfer.note, transfer.moved_by) == (Decimal("18.40"), "A film", people.alice)
    undo = toast.form["action"]
    for _ in range(2):  # a double click
        assert alice.post(undo)["Location"] == "/months/2026-11/?x=1"
    assert Transfer.objects.get(reverses=transfer).amount == Decimal("18.40")


def test_what_covers_something_has_no_undo_that_would_be_refused(alice, people):
    response = alice.post(NEW, said(people), follow=True)

    assert words(page(response).select_one(".toast p")) == "Moved 18.40 from Food to Fun."
    assert page(response).select_one(".toast form") is None


def test_without_a_place_to_go_back_to_it_leads_to_the_month(alice, people):
    limit(people, people.food, 400, Month(2026, 10))

    response = alice.post(NEW, said(people, month="2026-10"))

    assert response["Location"] == "/months/2026-10/"


def test_a_double_click_moves_once(alice, people):
    for _ in range(2):
        assert alice.post(NEW, said(people)).status_code == 302

    assert Transfer.objects.count() == 1


def test_a_used_key_says_so_and_gets_a_fresh_one(alice, people):
    alice.post(NEW, said(people))

    response = alice.post(NEW, said(people, amount="19"))

    assert response.status_code == 422
    html = page(response)
    assert "This form has moved money already" in words(html.select_one(".errors"))
    fresh = html.select_one("[name=key]")["value"]
    assert alice.post(NEW, said(people, amount="19", key=fresh)).status_code == 302
    assert Transfer.objects.count() == 2


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("", "Write an amount"),
        ("0", "Write an amount above zero"),
        ("-5", "Write an amount above zero"),
        ("NaN", "is not an amount"),
        ("1e999", "is not an amount"),
        ("0.005", "is unclear|too many decimals"),
        ("18.4051", "too many decimals"),
        ("100000000001", "more than 100,000,000,000"),
        ("-100000000001", "more than 100,000,000,000"),
        ("12\x0050", "is not an amount"),
        ("9" * 10_000, "too long for an amount"),
        ("<b>5</b>", "is not an amount"),
        ("400.01", "Food has 400.00 left in November."),
    ],
)
def test_an_amount_that_is_refused_stays_in_the_form(alice, people, typed, sentence):
    response = alice.post(NEW, said(people, amount=typed))

    assert response.status_code == 422
    html = page(response)
    assert any(part in fault_at(html, "amount") for part in sentence.split("|"))
    assert html.select_one("#id_amount").get("value", "") == typed
    assert html.select_one("#id_source [selected]")["value"] == str(people.food.pk)
    assert Transfer.objects.count() == 0


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("source", "", "Choose a category."),
        ("destination", "", "Choose a category."),
        ("source", "999999", "Choose one of the categories of this household."),
        ("source", "9" * 30, "Choose one of the categories of this household."),
        ("source", "\x00", "Choose one of the categories of this household."),
        ("destination", "<b>", "Choose one of the categories of this household."),
        ("source", "pool", "There is no money to assign yet. Write an income down first."),
        ("note", "x" * 10_000, "at most 200 characters"),
        ("note", "nul \x00", "Null characters"),
    ],
)
def test_a_choice_that_is_none(alice, people, field, value, sentence):
    response = alice.post(NEW, said(people, **{field: value}))

    assert response.status_code == 422
    assert sentence in fault_at(page(response), field)
    assert Transfer.objects.count() == 0


@pytest.mark.parametrize("side", ["source", "destination"])
def test_a_category_of_another_household_is_none_of_this_one(alice, people, side):
    theirs = people.category("Food", people.others)

    response = alice.post(NEW, said(people, **{side: theirs.pk}))

    assert response.status_code == 422
    assert fault_at(page(response), side) == "Choose one of the categories of this household."
    assert Transfer.objects.count() == 0


@pytest.mark.parametrize("side", ["source", "destination"])
def test_an_archived_category_is_named(alice, people, side):
    gifts = people.category("Gifts")
    people.household.categories.filter(pk=gifts.pk).update(archived_on=TODAY)

    response = alice.post(NEW, said(people, **{side: gifts.pk}))

    assert response.status_code == 422
    assert fault_at(page(response), side) == "Gifts is archived. Bring it back first."


def test_the_same_category_twice(alice, people):
    response = alice.post(NEW, said(people, destination=people.food.pk))

    assert response.status_code == 422
    assert fault_at(page(response), "destination") == "Choose two different categories."
    assert Transfer.objects.count() == 0


@pytest.mark.parametrize("month", ["2026-13", "0000-01", "2201-01", "x", "\x00", "9" * 10_000, "<b>"])
def test_a_month_that_is_none(alice, people, month):
    posted = alice.post(NEW, said(people, month=month))
    html = page(posted)

    assert posted.status_code == 422
    assert "is no month like 2026-11. This would be in November 2026." in words(html.select_one(".errors"))
    assert html.select_one("[name=month]")["value"] == "2026-11"
    assert Transfer.objects.count() == 0
    shown = alice.get(NEW, {"month": month})
    assert shown.status_code == 200
    assert "is no month like 2026-11" in words(page(shown).select_one(".errors"))


def test_a_month_before_the_budget(alice, people):
    html = page(alice.get(f"{NEW}?month=2023-12"))
    posted = alice.post(NEW, said(people, month="2023-12"))

    assert "The budget begins in January 2024" in words(html.select_one(".empty"))
    assert posted.status_code == 422
    assert Transfer.objects.count() == 0


def test_a_month_to_come_gives_what_is_its_own(alice, people):
    html = page(alice.get(NEW, {"month": "2026-12", "source": people.food.pk}))

    assert "Food, 800.00 left" in options(html, "source")
    assert words(html.find(id="gives")) == (
        "Food can give up to 400.00. The rest comes over from November 2026, which is not closed yet."
    )
    assert alice.post(NEW, said(people, month="2026-12", amount="400.01")).status_code == 422
    assert alice.post(NEW, said(people, month="2026-12", amount="400")).status_code == 302


def test_a_past_month_gives_what_later_ones_can_do_without(alice, people):
    limit(people, people.food, 400, Month(2026, 10))
    move(people, "700")

    html = page(alice.get(NEW, {"month": "2026-10", "source": people.food.pk, "destination": people.fun.pk}))

    assert words(html.find(id="gives")) == (
        "Food can give up to 100.00. This would leave Food 0.01 short in November."
    )


def test_the_last_month_there_is(alice, people):
    assert alice.get(NEW, {"month": "2200-12", "source": people.food.pk}).status_code == 200


def test_moves_of_the_month_stand_beside_the_form(alice, people):
    move(people, "20", note="A film")

    entry = page(alice.get(NEW)).select_one(".rail .entries li")

    assert "Food to Fun" in words(entry)
    assert "by Bob, “A film”" in words(entry)


@pytest.mark.parametrize("number", [1, 30])
def test_the_form_asks_as_much_whatever_there_is(alice, people, number, django_assert_max_num_queries):
    begin_pool(people)
    fill(people, number)

    asked = {"source": people.food.pk, "destination": people.fun.pk, "amount": "5"}
    open_first_page(alice)

    with django_assert_max_num_queries(8):
        alice.get(NEW, asked)


def fill(people, number):
    limit(people, people.food, 4000)
    for n in range(number):
        category = people.household.categories.create(name=f"Category {n}")
        limit(people, category, 10)
        move(people, "1", destination=category)
        make_expense(people.household, category=category)


# ── covering ──────────────────────────────────────────────────────────────────────────────────────


def cover_url(people, category=None, month="2026-11") -> str:
    return f"/budgets/{month}/cover/{(category or people.fun).pk}/"


def payers(html) -> list[str]:
    return [words(row) for row in html.select(".sheet .entries li")]


def test_who_could_pay_stands_with_the_most_first(alice, people):
    limit(people, people.category("Gifts"), 10)
    limit(people, people.category("Dining"), 500)
    begin_pool(people, amount=1230)

    html = page(alice.get(cover_url(people)))

    assert "Fun is 18.40 over in November 2026." in words(html.select_one(".sheet-body"))
    assert payers(html) == [
        "Dining can give 500.00 Cover 18.40 from Dining",
        "Food can give 400.00 Cover 18.40 from Food",
        "Gifts can give 10.00 Cover 10.00 from Gifts",
        "To assign can give 120.00 Cover 18.40 from To assign",
    ]


def test_what_is_still_due_in_a_category_it_keeps_for_itself(alice, people):
    """Dining has more left than Food, and less after its bill; Gifts needs all it has."""
    gifts, dining = people.category("Gifts"), people.category("Dining")
    limit(people, gifts, 10)
    limit(people, dining, 500)
    for category, amount in ((dining, "485"), (gifts, "12"), (people.food, "-40")):
        make_recurring(people.household, amount=amount, category=category, anchor=dt.date(2026, 11, 30))

    html = page(alice.get(cover_url(people)))

    assert payers(html) == [
        "Food can give 400.00 Cover 18.40 from Food",
        "Dining can give 15.00 , beside 485.00 still due Cover 15.00 from Dining",
    ]


def test_more_than_a_bill_leaves_may_be_asked_for(alice, people):
    make_recurring(people.household, amount="390", category=people.food, anchor=dt.date(2026, 11, 30))

    alice.post(cover_url(people), {"source": people.food.pk, "amount": "18.40"})

    assert people.household.transfers.get().amount == Decimal("18.40")


def test_one_click_covers(alice, people):
    form = page(alice.get(cover_url(people))).select_one(".sheet .entries form")
    sent = {field["name"]: field["value"] for field in form.select("input")}

    responses = [alice.post(form["action"], sent) for _ in range(2)]  # a double click

    assert {response.status_code for response in responses} == {302}
    transfer = Transfer.objects.get()
    assert (str(transfer), transfer.amount) == ("Food to Fun", Decimal("18.40"))


def test_a_notice_may_post_here_directly(alice, people):
    begin_pool(people)

    response = alice.post(cover_url(people), {"source": "pool", "amount": "18.40", "key": uuid.uuid4()}, follow=True)

    assert response.redirect_chain == [("/months/2026-11/", 302)]
    assert words(page(response).select_one(".toast p")) == "Moved 18.40 from “To assign” to Fun."


def test_one_form_covers_once_though_two_payers_are_clicked(alice, people):
    begin_pool(people)
    key = uuid.uuid4()
    alice.post(cover_url(people), {"source": people.food.pk, "amount": "10", "key": key})

    response = alice.post(cover_url(people), {"source": "pool", "amount": "8.40", "key": key})

    assert response.status_code == 422
    assert "This form has moved money already" in words(page(response).select_one(".errors"))
    assert Transfer.objects.count() == 1


def test_what_is_covered_already_is_not_covered_again(alice, people):
    sent = {"source": people.food.pk, "amount": "18.40"}
    alice.post(cover_url(people), sent | {"key": uuid.uuid4()})

    response = alice.post(cover_url(people), sent | {"key": uuid.uuid4()})

    assert response.status_code == 422
    assert "Fun is not over in November 2026. Nothing was moved." in words(page(response).select_one(".errors"))
    assert Transfer.objects.count() == 1
    assert "There is nothing to cover." in words(page(alice.get(cover_url(people))))


def test_where_nothing_is_left_anywhere(alice, people):
    make_expense(people.household, amount="400", category=people.food)

    html = page(alice.get(cover_url(people)))

    assert payers(html) == []
    assert "Nothing else has anything left in November 2026" in words(html)


def test_an_archived_category_is_brought_back_before_it_is_covered(alice, people):
    people.household.categories.filter(pk=people.fun.pk).update(archived_on=TODAY)

    response = alice.get(f"/budgets/2026-11/cover/{people.fun.pk}/")

    shown = page(response)
    assert "Fun is archived, 18.40 over in November 2026. To cover it, bring it back first." in words(shown.main)
    assert not shown.main.select("form, a[href*='/transfers/new/']")


def test_an_archived_category_pays_nothing(alice, people):
    people.household.categories.filter(pk=people.food.pk).update(archived_on=TODAY)

    assert payers(page(alice.get(cover_url(people)))) == []


def test_in_a_past_month_a_payer_gives_what_later_ones_can_do_without(alice, people):
    october = Month(2026, 10)
    limit(people, people.food, 400, october)
    make_expense(people.household, amount="50", category=people.category("Gifts"), spent_on=dt.date(2026, 10, 3))
    move(people, "770")

    html = page(alice.get(cover_url(people, people.category("Gifts"), "2026-10")))

    assert payers(html) == ["Food can give 30.00 Cover 30.00 from Food"]


def test_cents_beyond_those_of_the_currency_are_covered_in_full(alice, people):
    make_expense(people.household, amount="0.0001", category=people.fun)

    assert payers(page(alice.get(cover_url(people)))) == ["Food can give 400.00 Cover 18.41 from Food"]


@pytest.mark.parametrize(
    ("fields", "name", "sentence"),
    [
        ({"amount": "0"}, "amount", "above zero"),
        ({"amount": "NaN"}, "amount", "is not an amount"),
        ({"amount": "400.01"}, "amount", "Food has 400.00 left in November."),
        ({"amount": "1\x00"}, "amount", "is not an amount"),
        ({"source": ""}, "source", "Choose a category."),
        ({"source": "999999"}, "source", "Choose one of the categories of this household."),
        ({"source": "pool"}, "source", "There is no money to assign yet."),
    ],
)
def test_a_cover_that_is_refused_keeps_what_was_typed(alice, people, fields, name, sentence):
    response = alice.post(cover_url(people), {"source": people.food.pk, "amount": "18.40"} | fields)

    assert response.status_code == 422
    assert sentence in fault_at(page(response), name)
    if "amount" in fields:
        assert page(response).select_one("#id_amount")["value"] == fields["amount"]
    assert Transfer.objects.count() == 0


def test_covering_before_the_budget(alice, people):
    url = cover_url(people, month="2023-12")

    assert "The budget begins in January 2024" in words(page(alice.get(url)))
    assert alice.post(url, {"source": people.food.pk, "amount": "1"}).status_code == 422


def test_the_category_of_another_household_is_not_found(alice, people):
    theirs = people.category("Food", people.others)

    assert alice.get(cover_url(people, theirs)).status_code == 404
    assert alice.post(cover_url(people, theirs), {"source": people.food.pk, "amount": "1"}).status_code == 404


@pytest.mark.parametrize("number", [1, 30])
def test_covering_asks_as_much_whatever_there_is(alice, people, number, django_assert_max_num_queries):
    begin_pool(people)
    fill(people, number)

    url = cover_url(people)
    open_first_page(alice)

    with django_assert_max_num_queries(8):
        alice.get(url)


# ── reversing ─────────────────────────────────────────────────────────────────────────────────────


def test_the_page_says_what_a_reversal_does(alice, people):
    transfer = move(people, "20", destination=people.category("Gifts"), note="A film")

    html = page(alice.get(f"/transfers/{transfer.pk}/reverse/"))

    assert "A new move takes 20.00 back from Gifts to Food." in words(html.select_one("form.card"))
    assert effects(html) == [
        "Gifts 20.00 left then 0.00 left 0.00 spent of 0.00 , before of 20.00",
        "Food 380.00 left then 400.00 left 0.00 spent of 400.00 , before of 380.00",
    ]


def test_reversing_once(alice, people):
    transfer = move(people, "20", people.food, people.category("Gifts"))
    url = f"/transfers/{transfer.pk}/reverse/"
    form = page(alice.get(url)).select_one("form.card")
    sent = {field["name"]: field["value"] for field in form.select("input")}

    first, again = alice.post(url, sent, follow=True), alice.post(url, sent)
    later = alice.post(url, sent | {"key": uuid.uuid4()})

    assert words(page(first).select_one(".toast p")) == "Moved 20.00 back from Gifts to Food."
    assert again.status_code == 302
    assert later.status_code == 422
    assert "This move was reversed already." in words(page(later).select_one(".errors"))
    assert Transfer.objects.count() == 2


def test_a_reversal_cannot_be_reversed(alice, people):
    reversal = move(people, "20", destination=people.category("Gifts")).reverse(
        by=people.bob, on=TODAY, key=uuid.uuid4()
    )
    url = f"/transfers/{reversal.pk}/reverse/"

    html, posted = page(alice.get(url)), alice.post(url, {"key": uuid.uuid4()})

    assert "A reversal is not reversed" in words(html.select_one(".errors"))
    assert html.select_one("main button") is None
    assert posted.status_code == 422
    assert Transfer.objects.count() == 2


def test_a_reversal_that_the_guard_refuses_is_named_before_and_after(alice, people):
    transfer = move(people, "10")
    url = f"/transfers/{transfer.pk}/reverse/"

    html, posted = page(alice.get(url)), alice.post(url, {"key": "no key"})

    assert words(html.select_one(".errors")) == "Fun is 8.40 over in November."
    assert posted.status_code == 422
    assert words(page(posted).select_one(".errors")) == "Fun is 8.40 over in November."
    assert Transfer.objects.count() == 1


def test_a_move_of_another_household_is_not_found(client, people, alice):
    transfer = move(people)
    client.force_login(people.charlie)

    assert client.get(f"/transfers/{transfer.pk}/reverse/").status_code == 404
    assert client.post(f"/transfers/{transfer.pk}/reverse/").status_code == 404


def test_the_page_of_a_reversal_asks_eight_questions_at_most(alice, people, django_assert_max_num_queries):
    begin_pool(people)
    transfer = move(people)
    open_first_page(alice)

    with django_assert_max_num_queries(8):
        alice.get(f"/transfers/{transfer.pk}/reverse/")


# ── the ledger ────────────────────────────────────────────────────────────────────────────────────


def entries(response) -> list[str]:
    return [words(entry) for entry in page(response).select(".moves > li")]


def test_a_line_says_who_when_why_and_for_which_month(alice, people):
    transfer = move(people, "20", destination=people.category("Gifts"), note="For <Ada>")
    reversal = transfer.reverse(by=people.alice, on=TODAY, key=uuid.uuid4())
    Transfer.objects.filter(pk=transfer.pk).update(moved_at=dt.datetime(2026, 11, 14, 23, tzinfo=dt.UTC))
    Transfer.objects.filter(pk=reversal.pk).update(moved_at=dt.datetime(2026, 11, 15, 1, tzinfo=dt.UTC))

    assert entries(alice.get("/transfers/")) == [
        "Gifts to Food 20.00 Sun 15 Nov by Alice for November 2026 reverses the move of 14 Nov",
        "Food to Gifts 20.00 Sat 14 Nov by Bob, “For <Ada>” for November 2026 reversed on 15 Nov",
    ]


def test_a_viewer_reads_and_reverses_nothing(client, people, alice):
    transfer = move(people)
    client.force_login(people.vera)

    response = client.get("/transfers/")

    assert len(entries(response)) == 1
    assert "reverse" not in str(page(response).select_one("main")).lower().replace("reversed, once", "")
    for url in (NEW, cover_url(people), f"/transfers/{transfer.pk}/reverse/"):
        assert client.get(url).status_code == 403
        assert client.post(url, said(people)).status_code == 403


def test_the_ledger_of_a_category_counts_from_its_side(alice, people):
    move(people, "20")
    move(people, "5", source=people.food, destination=people.category("Gifts"), month=Month(2026, 12))
    limit(people, people.category("Gifts"), 50)
    move(people, "7", source=people.category("Gifts"), destination=people.food)

    both = page(alice.get("/transfers/", {"category": people.food.pk}))
    november = page(alice.get("/transfers/", {"category": people.food.pk, "month": "2026-11"}))
    gifts = page(alice.get("/transfers/", {"category": people.category("Gifts").pk, "month": "2026-11"}))

    assert [item["value"] for item in both.select(".moves .amount")] == ["7.00", "-5.00", "-20.00"]
    assert both.select_one(".total")["value"] == "-18.00"
    assert november.select_one(".total")["value"] == "-13.00"
    assert [item["value"] for item in gifts.select(".moves .amount")] == ["-7.00"]


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ({"month": "2026-13"}, "Write a month like 2026-11."),
        ({"category": "999999"}, "This household has no such category."),
        ({"category": "\x00"}, "Null characters are not allowed."),
    ],
)
def test_what_cannot_be_read_is_named_and_left_out(alice, people, query, sentence):
    move(people)

    response = alice.get("/transfers/", query)

    assert response.status_code == 200
    assert sentence in words(page(response).select_one("main"))
    assert len(entries(response)) == 1


def test_the_category_of_another_household_is_none(alice, people):
    response = alice.get("/transfers/", {"category": people.category("Food", people.others).pk})

    assert "This household has no such category." in words(page(response))


def test_show_more_goes_on_where_the_page_ended(alice, people):
    for number in range(1, 121):
        move(people, Decimal(number) / 100)
    at = dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)
    Transfer.objects.filter(pk__in=Transfer.objects.order_by("pk")[:70].values("pk")).update(moved_at=at)

    shown, url = [], "/transfers/?month=2026-11"
    while url:
        html = page(alice.get(url))
        shown += [item["value"] for item in html.select(".moves .amount")]
        link = html.select_one("a[rel=next]")
        url = link["href"] if link else None

    assert shown == [f"{Decimal(number) / 100:.2f}" for number in range(120, 0, -1)]


def test_with_script_the_next_rows_come_alone(alice, people):
    for number in range(1, 53):
        move(people, Decimal(number) / 100)
    link = page(alice.get("/transfers/")).select_one("a[rel=next]")

    html = page(alice.get(link["hx-get"], headers={"HX-Request": "true", "HX-Target": "moves"}))

    assert html.find("html") is None
    assert len(html.select(".moves > li")) == 2
    assert html.find(id="next")["hx-swap-oob"] == "true"
    assert html.select_one("a[rel=next]") is None


@pytest.mark.parametrize("after", ["x", "2026-11-22", "2026-11-22T09:30:00.000000.", "9" * 5_000, "\x00", "1.2.3"])
def test_a_place_that_is_none_shows_the_beginning(alice, people, after):
    move(people)

    assert len(entries(alice.get("/transfers/", {"after": after}))) == 1


def test_an_empty_ledger_says_so(alice):
    assert "No money was moved here." in words(page(alice.get("/transfers/")))


@pytest.mark.parametrize("number", [1, 60])
def test_the_ledger_asks_as_much_whatever_it_holds(alice, people, number, django_assert_num_queries):
    for _ in range(number):
        move(people, "1")
    url = f"/transfers/?category={people.food.pk}"
    open_first_page(alice)

    with django_assert_num_queries(5):  # session; user, membership, household; categories; moves; what they come to
        alice.get(url)
