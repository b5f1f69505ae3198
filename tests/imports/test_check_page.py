"""The check page of a statement of many rows: what it shows, one choice for many, and taking in step by step."""

import datetime as dt
import gzip
import uuid
from decimal import Decimal

import pytest
from django.db import IntegrityError
from django.urls import reverse

from expenses.imports import committing
from expenses.imports.models import Import
from expenses.imports.sifting import PAGE
from expenses.imports.states import Kind, State, Unanswered
from expenses.imports.views import checking
from expenses.ledger.models import Expense
from expenses.shared.progress import MARK
from tests.factories import make_expense, make_limit, make_method, make_rule
from tests.imports.histories import leave
from tests.ledger.test_totals import counted, kept
from tests.people import TODAY

AT = dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC)


@pytest.fixture
def alice(client, people):
    client.force_login(people.alice)
    return client


def lines(number):
    shops = ("Corner shop", "Blue Door Coffee", "Books")
    return b"".join(
        b"2026-11-%02d,%s,-%d.50\n" % (n % 20 + 1, shops[n % 3].encode(), n // 20 + 1) for n in range(number)
    )


def mapped(people, data, *, category=None):
    source = Import.upload(
        household=people.household, file_name="november.csv", data=b"Date,Payee,Amount\n" + data, by=people.alice,
        at=AT, payment_method=people.household.payment_methods.first() or make_method(people.household, "Card"),
    )  # fmt: skip
    source.read_with(source.reading, payment_method=source.payment_method, at=AT, today=TODAY)
    if category:
        source.choose_among(source.rows.all(), category=category)
    return people.household.imports.get(pk=source.pk)


def show(client, source, query=""):
    return client.get(f"{reverse('imports:show', args=[source.pk])}?{query}")


def choose(client, source, query="", **data):
    return client.post(f"{reverse('imports:choices', args=[source.pk])}?{query}", data)


def titles(response):
    return [row.title for row in response.context["page"].rows]


MIXED = (
    b"2026-11-03,Corner shop,-12.50\n2026-11-04,Blue Door Coffee,-3.20\n2026-11-05,Employer,1800.00\n"
    b"2026-11-06,Corner shop,2.50\n2026-11-31,Ghost,-1.00\n"
)


# ── what is shown ──


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["Corner shop", "Blue Door Coffee", "Employer", "Corner shop"]),
        ("pile=new&what=out", ["Corner shop", "Blue Door Coffee"]),
        ("what=in", ["Employer", "Corner shop"]),
        ("what=decide", ["Corner shop", "Blue Door Coffee", "Corner shop"]),
        ("what=left", []),
        ("q=coffee", ["Blue Door Coffee"]),
        ("q=CORNER+SHOP&what=in", ["Corner shop"]),
        ("q=%25", []),
        ("category=9999999", []),
    ],
)
def test_the_address_says_what_is_shown(alice, people, query, expected):
    source = mapped(people, MIXED)

    page = show(alice, source, query)

    assert page.status_code == 200
    assert titles(page) == expected
    assert page.context["page"].count == len(expected)


def test_the_piles_and_kinds_have_their_numbers(alice, people):
    mapped(people, b"2026-11-03,Corner shop,-12.50\n", category=people.food).commit(by=people.alice, at=AT)
    source = mapped(people, MIXED)

    page = show(alice, source)
    here = show(alice, source, "pile=here")
    unreadable = show(alice, source, "pile=unreadable")

    assert [(tab["word"], tab["count"]) for tab in page.context["tabs"]] == [
        ("New", 3), ("Already here", 1), ("Cannot be read", 1),
    ]  # fmt: skip
    assert {kind["word"]: kind["count"] for kind in page.context["kinds"]} == {
        "All": 3, "To decide": 1, "Money out": 1, "Money in": 2,
    }  # fmt: skip
    assert (titles(here), here.context["page"].count) == (["Corner shop"], 1)
    assert "2026-11-31,Ghost,-1.00" in unreadable.content.decode()


def test_a_pile_that_has_no_rows_is_not_what_one_meets_first(alice, people):
    mapped(people, b"2026-11-03,Corner shop,-12.50\n", category=people.food).commit(by=people.alice, at=AT)
    again = mapped(people, b"2026-11-03,Corner shop,-12.50\n")

    assert "This is another one" in show(alice, again).content.decode()
    assert "Every row is here already" in show(alice, again, "pile=new").content.decode()


def test_a_search_knows_no_case_and_looks_into_what_cannot_be_read(alice, people):
    source = mapped(people, "2026-11-03,CAFÉ ÉLAN,-12.50\n2026-11-31,Ghost,-1.00\n31/11,Other,x\n".encode())

    assert titles(show(alice, source, "q=café+élan")) == ["CAFÉ ÉLAN"]
    assert show(alice, source, "pile=unreadable&q=ghost").context["page"].count == 1


def test_one_category_and_one_account_are_shown_alone(alice, people):
    source = mapped(people, MIXED, category=people.food)
    other = make_method(people.household, "Savings")
    coffee = source.rows.get(description="Blue Door Coffee")
    source.rows.filter(pk=coffee.pk).update(category=people.fun, payment_method=other)
    Import.objects.filter(pk=source.pk).update(accounts={"1": source.payment_method_id, "2": other.pk})

    of_category = show(alice, source, f"category={people.fun.pk}")
    of_method = show(alice, source, f"method={other.pk}")

    assert titles(of_category) == titles(of_method) == ["Blue Door Coffee"]
    assert "Any account or card" in of_method.content.decode()


@pytest.mark.parametrize(
    "query", ["pile=other", "what=other", "page=0", "page=x", "page=99999999999", "category=x", "method=-1"]
)
def test_what_no_link_says_is_not_found(alice, people, query):
    source = mapped(people, MIXED)

    assert show(alice, source, query).status_code == 404
    assert choose(alice, source, query, do="save").status_code == 404


def test_pages_follow_each_other_and_keep_what_is_looked_for(alice, people):
    source = mapped(people, lines(2 * PAGE + 30))

    first, last = show(alice, source, "what=out"), show(alice, source, "what=out&page=3")
    beyond = show(alice, source, "what=out&page=9")

    assert (first.context["page"].before, first.context["page"].after) == ("", "?what=out&page=2")
    assert (last.context["page"].before, last.context["page"].after) == ("?what=out&page=2", "")
    assert len(last.context["page"].rows) == 30
    assert "201–230 of 230" in last.content.decode()
    assert titles(beyond) == titles(last)


@pytest.mark.parametrize("number", [10, 2_000])
def test_the_page_asks_few_queries_however_many_rows(alice, people, number, django_assert_max_num_queries):
    make_expense(people.household, "Bread", "1.50", spent_on=dt.date(2026, 11, 2), category=people.fun)
    source = mapped(people, lines(number) + MIXED, category=people.food)
    other = make_method(people.household, "Savings")
    Import.objects.filter(pk=source.pk).update(accounts={"1": source.payment_method_id, "2": other.pk})
    source.rows.update(is_chosen=True)
    show(alice, source)  # the first page of a day looks at what is due, too

    for query in ("", "what=decide", "q=shop", f"q=shop&category={people.food.pk}&method={other.pk}", "pile=here",
                  "pile=unreadable", "page=7"):  # fmt: skip
        with django_assert_max_num_queries(8):
            assert show(alice, source, query).status_code == 200


# ── one choice for many ──


def test_a_choice_for_what_is_shown_is_for_all_pages_of_it_and_says_their_number(alice, people):
    source = mapped(people, lines(330), category=people.food)

    page = show(alice, source, "q=coffee")
    answer = choose(alice, source, "q=coffee&page=2", bulk_scope="shown", bulk_category=people.fun.pk)

    assert "Apply to all 110 shown" in page.content.decode()
    assert answer.url.endswith("?q=coffee&page=2")
    assert source.rows.filter(category=people.fun).count() == 110
    assert set(source.rows.filter(category=people.fun).values_list("description")) == {("Blue Door Coffee",)}


def test_a_choice_for_what_has_no_category_leaves_the_others(alice, people):
    source = mapped(people, MIXED)
    first = source.rows.in_order().first()
    source.rows.filter(pk=first.pk).update(category=people.fun)

    page = show(alice, source)
    choose(alice, source, bulk_scope="missing", bulk_category=people.food.pk)

    assert "Apply to the 2 without a category" in page.content.decode()
    chosen = source.rows.new().in_order().values_list("kind", "category__name")
    assert list(chosen) == [("expense", "Fun"), ("expense", "Food"), ("income", None), ("refund", "Food")]


def test_a_category_for_all_that_is_shown_makes_no_refund_of_an_income_unless_money_in_is_shown(alice, people):
    source = mapped(people, MIXED)
    pay = source.rows.get(description="Employer")

    choose(alice, source, bulk_scope="shown", bulk_category=people.food.pk)
    pay.refresh_from_db()
    stays = pay.kind
    choose(alice, source, "what=in", bulk_scope="shown", bulk_category=people.fun.pk)
    pay.refresh_from_db()

    assert stays == Kind.INCOME
    assert (pay.kind, pay.category) == (Kind.REFUND, people.fun)


def test_selected_rows_are_given_a_category_also_where_they_were_left_out(alice, people):
    source = mapped(people, MIXED)
    coffee, pay = source.rows.get(description="Blue Door Coffee"), source.rows.get(description="Employer")
    source.rows.filter(pk=coffee.pk).update(kind=Kind.LEAVE_OUT)

    answer = choose(alice, source, "what=left", bulk_scope="selected", select=[coffee.pk, pay.pk],
                    selected_category=people.fun.pk, bulk_category="leave_out")  # fmt: skip

    coffee.refresh_from_db()
    pay.refresh_from_db()
    assert (coffee.kind, coffee.category) == (Kind.EXPENSE, people.fun)
    assert (pay.kind, pay.category) == (Kind.REFUND, people.fun)
    assert answer.url.endswith(f"?what=left#row-{coffee.pk}")
    assert source.tally().missing == 2


def test_what_is_likely_here_is_answered_for_what_is_looked_for(alice, people):
    for day, amount in ((3, "12.50"), (4, "3.20")):
        make_expense(people.household, "By hand", amount, spent_on=dt.date(2026, 11, day), category=people.fun)
    source = mapped(people, MIXED)

    page = show(alice, source, "what=same")
    choose(alice, source, "what=same&q=coffee", do="same")

    assert titles(page) == ["Corner shop", "Blue Door Coffee"]
    assert "2 likely here already" in page.content.decode()
    kinds = source.rows.filter(amount__lt=0).in_order().values_list("kind", flat=True)
    assert list(kinds[:2]) == [Kind.ASK, Kind.MERGE]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"bulk_scope": "shown"}, "Choose what becomes of them."),
        ({"bulk_scope": "shown", "bulk_category": "x" * 10_000}, "Choose what becomes of them."),
        ({"bulk_scope": "shown", "bulk_category": "foreign"}, "Choose what becomes of them."),
        ({"bulk_scope": "everything", "bulk_category": "leave_out"}, "Choose which rows."),
        ({"bulk_scope": "selected", "selected_category": "leave_out"}, "Select the rows that you mean first."),
        ({"bulk_scope": "selected", "select": "\x00", "selected_category": "leave_out"}, "Select the rows"),
        ({"bulk_scope": "selected", "select": "1"}, "Choose what becomes of them."),
    ],
)
def test_a_choice_for_many_that_says_nothing_is_refused_beside_it(alice, people, data, said):
    source = mapped(people, MIXED)
    before = list(source.rows.in_order().values())
    if data.get("bulk_category") == "foreign":
        data = data | {"bulk_category": people.category("Food", people.others).pk}

    answer = choose(alice, source, "what=out", **data)

    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert titles(answer) == ["Corner shop", "Blue Door Coffee"]
    assert list(source.rows.in_order().values()) == before


def test_rows_of_somebody_else_are_not_chosen_for(alice, people):
    theirs = people.others.imports.create(
        file_name="x.csv", format="csv", mapping={}, uploaded_by=people.charlie, uploaded_at=AT, key=uuid.uuid4()
    )
    row = theirs.rows.create(household=people.others, position=1, line=1, state="unreadable")
    source = mapped(people, MIXED)

    answer = choose(alice, source, bulk_scope="selected", select=row.pk, selected_category="leave_out")

    row.refresh_from_db()
    assert answer.status_code == 302
    assert row.kind == ""


def test_a_changed_row_comes_back_with_the_numbers_around_it(alice, people):
    source = mapped(people, MIXED)
    row = source.rows.get(description="Blue Door Coffee")
    said = {f"row-{row.pk}": "1", f"kind-{row.pk}": "expense", f"category-{row.pk}": people.food.pk}

    answer = alice.post(
        f"{reverse('imports:choices', args=[source.pk])}?what=decide", said, headers={"HX-Request": "true"}
    ).content.decode()

    assert answer.count("<tr") == 1
    assert "Apply to the 2 without a category" in answer
    assert 'id="kinds"' in answer
    assert "2 still need a category" in answer


def test_a_row_sent_alone_that_cannot_be_kept_is_answered_with_the_page_and_not_with_a_page_in_a_row(alice, people):
    source = mapped(people, MIXED)
    row = source.rows.get(description="Blue Door Coffee")
    said = {f"row-{row.pk}": "1", f"kind-{row.pk}": "expense", f"category-{row.pk}": "999999"}

    answer = alice.post(
        reverse("imports:choices", args=[source.pk]),
        said,
        headers={"HX-Request": "true", "HX-Target": f"row-{row.pk}"},
    )

    assert answer.status_code == 422
    assert (answer["HX-Retarget"], answer["HX-Reselect"]) == ("main", "main")


def test_a_viewer_looks_and_has_no_controls(client, people):
    source = mapped(people, MIXED)
    client.force_login(people.vera)

    page = show(client, source, "what=out").content.decode()

    assert "Blue Door Coffee" in page
    assert "bulk_scope" not in page
    assert 'name="select"' not in page
    assert choose(client, source, bulk_scope="shown", bulk_category="leave_out").status_code == 403


# ── what is asked ──

BOOKED = b"Date,Payee,Amount,Transaction ID\n"


def brought(people, name, data, *, method, commit=False):
    source = Import.upload(
        household=people.household, file_name=name, data=BOOKED + data, by=people.alice, at=AT, payment_method=method
    )
    source.read_with(source.reading, payment_method=method, at=AT, today=TODAY)
    if commit:
        source.choose_among(source.rows.filter(category=None), category=people.food)
        source.commit(by=people.alice, at=AT)
    return people.household.imports.get(pk=source.pk)


@pytest.fixture
def asking(people):
    """A statement of which the bank changed two rows, and two are ends of moves; the other end of one was taken in."""
    card, savings = make_method(people.household, "Card"), make_method(people.household, "Savings")
    brought(people, "first.csv", b"2026-11-03,Shop,-12.50,A1\n2026-11-04,Cafe,-3.20,A2\n", method=card, commit=True)
    brought(people, "savings.csv", b"2026-11-12,From card,200.00,S1\n", method=savings, commit=True)
    left = brought(people, "savings-2.csv", b"2026-11-14,From card,80.00,S2\n", method=savings)
    left.choose_among(left.rows.money_in(), leave_out=True)
    left.commit(by=people.alice, at=AT)
    return brought(
        people, "second.csv", b"2026-11-03,Shop,-14.50,A1\n2026-11-05,Cafe,-3.20,A2\n"
        b"2026-11-12,To savings,-200.00,A3\n2026-11-14,To savings,-80.00,A4\n2026-11-16,Books,-9.00,A5\n", method=card,
    )  # fmt: skip


def test_what_the_bank_changed_is_shown_old_beside_new_and_replaced_or_not(alice, people, asking):
    row = asking.rows.get(bank_id="A1")

    page = show(alice, asking, "what=changed")
    choose(alice, asking, "what=changed", same=row.pk)
    said = show(alice, asking, "what=changed").content.decode()

    assert titles(page) == ["Shop", "Cafe"]
    assert "The bank has booked anew what is here as" in page.content.decode()
    assert 'value="12.50"' in page.content.decode()
    assert "2 booked anew by the bank" in page.content.decode()
    row.refresh_from_db()
    assert row.kind == Kind.MERGE
    assert "Replaces" in said


def test_all_that_the_bank_changed_is_answered_at_once(alice, people, asking):
    choose(alice, asking, do="replace")

    assert set(asking.rows.filter(bank_id__in=["A1", "A2"]).values_list("kind")) == {(Kind.MERGE,)}
    assert asking.rows.get(bank_id="A3").kind == Kind.ASK


def test_both_ends_of_a_move_are_named_and_what_goes_is_said(alice, people, asking):
    page = show(alice, asking, "what=moves").content.decode()

    assert "Looks like a move" in page
    assert "Savings" in page
    assert "was taken in for the other end" in page


def test_moves_are_left_out_at_once_but_those_that_take_something_out_of_the_budget(alice, people, asking):
    choose(alice, asking, "what=moves", do="moves")

    kinds = dict(asking.rows.filter(bank_id__in=["A3", "A4"]).values_list("bank_id", "kind"))
    assert kinds == {"A3": Kind.ASK, "A4": Kind.MOVE}


def test_a_move_that_is_none_is_an_expense(alice, people, asking):
    choose(alice, asking, do="no_moves")
    row = asking.rows.get(bank_id="A3")
    choose(alice, asking, both=row.pk)

    assert set(asking.rows.filter(bank_id__in=["A3", "A4"]).values_list("kind")) == {(Kind.EXPENSE,)}


def test_a_choice_for_many_passes_over_what_waits_for_an_answer(alice, people, asking):
    waiting = asking.rows.get(bank_id="A3")

    choose(alice, asking, bulk_scope="selected", select=waiting.pk, selected_category="leave_out")
    choose(alice, asking, bulk_scope="shown", bulk_category="leave_out")

    assert asking.tally().asked == 4
    assert asking.rows.get(bank_id="A5").kind == Kind.LEAVE_OUT


def test_a_refund_names_what_it_takes_back(alice, people):
    card = make_method(people.household, "Card")
    brought(people, "first.csv", b"2026-11-03,Elm Books,-18.95,A1\n", method=card, commit=True)
    source = brought(people, "second.csv", b"2026-11-09,Elm Books,18.95,A2\n", method=card)
    bought = people.household.expenses.get()

    page = show(alice, source).content.decode()

    assert f'Back from <a class="isolated" href="/expenses/{bought.pk}/">Elm Books</a>' in page


def test_a_row_says_which_rule_decided_it_and_offers_always_for_a_choice(alice, people):
    rule = make_rule(people.household, "coffee", category=people.fun)
    source = mapped(people, MIXED)
    shop = source.rows.in_order().first()
    choose(
        alice, source, **{f"row-{shop.pk}": "1", f"kind-{shop.pk}": "expense", f"category-{shop.pk}": people.food.pk}
    )

    page = show(alice, source).content.decode()

    assert f'By your rule <a class="isolated" href="/imports/rules/{rule.pk}/">coffee</a>' in page
    assert f'href="/imports/rules/new/?row={shop.pk}">Always' in page
    assert page.count(">Always<") == 1


# ── taking many in ──


@pytest.fixture
def long(monkeypatch):
    """Few rows are many."""
    monkeypatch.setattr(checking, "LONG", 100)
    monkeypatch.setattr(committing, "AT_ONCE", 50)


def commit(client, source, query="", **headers):
    return client.post(f"{reverse('imports:commit', args=[source.pk])}?{query}", headers=headers)


def test_many_rows_are_taken_in_step_by_step(alice, people, long):
    source = mapped(people, lines(230), category=people.food)

    answer = commit(alice, source)
    before = people.household.expenses.count()
    page = b"".join(answer.streaming_content).decode()

    assert answer.streaming
    assert before == 0
    assert page.count("<progress") == 6  # the comparing, and five times at most fifty
    assert 'value="100" max="230"' in page
    assert MARK not in page
    assert f'<meta http-equiv="refresh" content="0; url=/imports/{source.pk}/">' in page
    assert page.rstrip().endswith("</html>")
    assert people.household.expenses.count() == 230
    assert kept(people.household) == counted(people.household)
    source.refresh_from_db()
    assert source.state == State.COMMITTED


def test_few_rows_are_taken_in_at_once(alice, people):
    source = mapped(people, lines(100), category=people.food)

    assert commit(alice, source).status_code == 302
    assert people.household.expenses.count() == 100


def test_each_step_is_sent_by_itself_also_when_compressed(alice, people, long):
    source = mapped(people, lines(230), category=people.food)

    parts = list(commit(alice, source, **{"Accept-Encoding": "gzip"}).streaming_content)

    assert sum(bool(part) for part in parts) >= 8  # the head, six steps, the end
    assert gzip.decompress(b"".join(parts)).count(b"<progress") == 6


@pytest.mark.parametrize("steps", [1, 2, 4])
def test_who_goes_away_half_way_has_taken_in_nothing_and_can_do_it_again(alice, people, long, steps):
    source = mapped(people, lines(230), category=people.food)
    answer = commit(alice, source)
    sent = iter(answer.streaming_content)
    for _ in range(steps + 1):
        next(sent)

    leave(answer)

    source.refresh_from_db()
    assert source.state == State.MAPPED
    assert source.data
    assert not people.household.expenses.exists()
    assert kept(people.household) == {}
    b"".join(commit(alice, source).streaming_content)
    assert people.household.expenses.count() == 230


def test_what_is_still_open_is_said_on_the_check_page(alice, people, long):
    source = mapped(people, lines(230))

    answer = commit(alice, source, "what=decide")

    assert answer.status_code == 422
    assert "230 rows still need a category" in answer.content.decode()
    assert answer.context["sieve"].what == "decide"


def fails(monkeypatch, *errors):
    """The commit raises these after its first hundred rows, one each time; then none."""
    write, waiting = committing._expenses, list(errors)

    def failing(*args, **kwargs):
        written = write(*args, **kwargs)
        if waiting:
            raise waiting.pop(0)
        return written

    monkeypatch.setattr(committing, "_expenses", failing)


@pytest.mark.parametrize(
    ("errors", "said", "written"),
    [
        ([Unanswered("One row cannot be joined.")], "One row cannot be joined.", 0),
        ([IntegrityError("taken")], "Taken in: 230 expenses.", 230),
        ([IntegrityError("taken"), IntegrityError("taken")], "Something went wrong, and nothing was changed.", 0),
        ([ZeroDivisionError()], "Something went wrong, and nothing was changed.", 0),
    ],
)
def test_what_goes_wrong_half_way_ends_in_a_sentence(alice, people, long, monkeypatch, errors, said, written):
    source = mapped(people, lines(230), category=people.food)
    fails(monkeypatch, *errors)

    page = b"".join(commit(alice, source).streaming_content).decode()

    assert said in page
    assert page.rstrip().endswith("</html>")
    assert ("http-equiv" in page) == bool(written)
    assert f'href="/imports/{source.pk}/"' in page
    assert people.household.expenses.count() == written
    assert kept(people.household) == counted(people.household)


def test_who_presses_a_second_time_meets_what_the_first_did(alice, people, long):
    source = mapped(people, lines(230), category=people.food)
    first, second = commit(alice, source), commit(alice, source)

    b"".join(first.streaming_content)
    page = b"".join(second.streaming_content).decode()

    assert "Taken in: 230 expenses." in page
    assert Expense.objects.count() == 230


def test_what_is_taken_in_step_by_step_warns_as_well(alice, people, long):
    make_limit(people.food, "100", people.household.month_of(TODAY))
    source = mapped(people, lines(230), category=people.food)

    b"".join(commit(alice, source).streaming_content)

    assert people.household.alerts.filter(category=people.food).exists()


def test_the_sum_of_many_rows_is_that_of_the_file(alice, people, long):
    source = mapped(people, lines(230), category=people.food)

    b"".join(commit(alice, source).streaming_content)

    source.refresh_from_db()
    assert source.spent == sum(Decimal(f"{n // 20 + 1}.50") for n in range(230))


# ── taking many back ──


def test_many_rows_are_taken_back_step_by_step(alice, people, long):
    source = mapped(people, lines(230), category=people.food)
    source.commit(by=people.alice, at=AT)

    answer = alice.post(reverse("imports:revert", args=[source.pk]))
    page = b"".join(answer.streaming_content).decode()

    assert page.count("<progress") == 3
    assert "Taken back: 230 expenses removed." in page
    assert not people.household.expenses.exists()
    assert kept(people.household) == {}


def test_who_goes_away_while_it_is_taken_back_has_taken_back_nothing(alice, people, long):
    source = mapped(people, lines(230), category=people.food)
    source.commit(by=people.alice, at=AT)
    answer = alice.post(reverse("imports:revert", args=[source.pk]))
    sent = iter(answer.streaming_content)
    for _ in range(4):
        next(sent)

    leave(answer)

    source.refresh_from_db()
    assert source.is_committed
    assert people.household.expenses.count() == 230
    assert kept(people.household) == counted(people.household)


@pytest.mark.parametrize(
    "change",
    [
        {"description": "Bread"}, {"notes": "two"}, {"amount": Decimal("2.00")}, {"spent_on": dt.date(2026, 11, 1)},
        {"payment_method": None},
    ],
    ids=lambda change: next(iter(change)),
)  # fmt: skip
def test_whatever_was_edited_is_named_before_it_is_taken_back(alice, people, change):
    source = mapped(people, lines(12), category=people.food)
    source.commit(by=people.alice, at=AT)
    expense = people.household.expenses.latest("pk")
    for name, value in change.items():
        setattr(expense, name, value)
    expense.save()

    assert [row.expense_id for row in source.edited()] == [expense.pk]
