"""Money in, brought in by a statement: income, a refund, or left out."""

import datetime as dt
from decimal import Decimal

import pytest
from bs4 import BeautifulSoup
from django.urls import reverse

from expenses.imports.models import Import
from expenses.imports.states import Kind, Pile
from expenses.ledger.models import PoolStart, start_pool
from expenses.people.models import Household
from expenses.shared.months import Month
from tests.factories import make_expense, make_income, method_named
from tests.people import TODAY

AT = dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC)
PAY = b"Date,Payee,Amount\n2026-11-03,Shop,-12.50\n2026-11-05,Employer,1800.00\n2026-11-06,Shop,2.50\n"
NEXT = b"Date,Payee,Amount\n2026-12-05,EMPLOYER,1800.00\n2026-12-06,Friend,40.00\n"


@pytest.fixture
def alice(client, people):
    client.force_login(people.alice)
    return client


def mapped(people, data=PAY, name="Card"):
    source = Import.upload(household=people.household, file_name="a.csv", data=data, by=people.alice, at=AT)
    source.read_with(source.reading, payment_method=method_named(people.household, name), at=AT, today=TODAY)
    source = people.household.imports.get(pk=source.pk)
    source.choose_among(source.rows.filter(category=None), category=people.food)
    return source


def committed(people, data=PAY, name="Card"):
    return mapped(people, data, name).commit(by=people.alice, at=AT)


def incomes(people) -> list[tuple[str, Decimal]]:
    return list(people.household.incomes.newest_first().values_list("description", "amount"))


def choose(client, source, **data):
    return client.post(reverse("imports:choices", args=[source.pk]), data, follow=True)


# ── what is proposed ──


def test_money_in_is_income_unless_money_was_spent_there(people):
    source = mapped(people)

    assert list(source.rows.in_order().values_list("kind", flat=True)) == ["expense", "income", "refund"]
    assert source.tally().missing == 0
    assert (source.tally().incomes, source.tally().received) == (1, Decimal(1800))


def test_money_in_of_a_known_expense_is_a_refund_in_its_category(people):
    make_expense(people.household, "Friend", category=people.fun)

    row = mapped(people, NEXT).rows.get(description="Friend")

    assert (row.kind, row.category) == (Kind.REFUND, people.fun)


def test_what_the_text_was_taken_for_most_often_is_proposed(people):
    committed(people)
    make_expense(people.household, "Employer", "3.00")  # the canteen

    row = mapped(people, NEXT).rows.get(description="EMPLOYER")

    assert (row.kind, row.reason) == (Kind.INCOME, "Income once before")


def test_what_was_left_out_by_hand_is_left_out_again(people):
    source = mapped(people)
    source.choose_among(source.rows.money_in(), leave_out=True)
    source.commit(by=people.alice, at=AT)

    row = mapped(people, NEXT).rows.get(description="EMPLOYER")

    assert (row.kind, row.reason) == (Kind.LEAVE_OUT, "Left out once before")


def test_a_hand_written_income_of_that_name_is_a_precedent(people):
    make_expense(people.household, "Friend", category=people.fun)
    for day in (1, 2):
        make_income(people.household, "friend", "10", received_on=dt.date(2026, 3, day))

    row = mapped(people, NEXT).rows.get(description="Friend")

    assert (row.kind, row.reason) == (Kind.INCOME, "Income twice before")


# ── what is chosen ──


def test_a_row_is_made_a_refund_or_an_income(alice, people):
    source = mapped(people)
    pay = source.rows.get(description="Employer")
    said = {f"row-{pay.pk}": "1"}

    answer = alice.post(
        reverse("imports:choices", args=[source.pk]),
        said | {f"kind-{pay.pk}": "refund"},
        headers={"HX-Request": "true"},
    )
    pay.refresh_from_db()
    refund = (pay.kind, pay.needs_category)
    choose(alice, source, **said, **{f"kind-{pay.pk}": "income", f"category-{pay.pk}": people.fun.pk})
    pay.refresh_from_db()

    assert f"category-{pay.pk}" in answer.content.decode()
    assert refund == (Kind.REFUND, True)
    assert (pay.kind, pay.category) == (Kind.INCOME, None)


@pytest.mark.parametrize(("kind", "becomes"), [("income", "expense"), ("expense", "income"), ("nonsense", "")])
def test_a_row_is_what_its_sign_lets_it_be(alice, people, kind, becomes):
    source = mapped(people)
    row = source.rows.get(
        description="Shop" if kind == "income" else "Employer", amount__lt=0 if kind == "income" else 9999
    )
    was = row.kind

    response = choose(
        alice,
        source,
        **{f"row-{row.pk}": "1", f"kind-{row.pk}": kind, f"category-{row.pk}": ""},
    )

    row.refresh_from_db()
    assert row.kind == (becomes or was)
    assert response.status_code == (200 if becomes else 422)


@pytest.mark.parametrize(
    ("what", "scope", "choice", "expected"),
    [
        ("in", "shown", "income", ["expense", "income", "income"]),
        ("in", "shown", "category", ["expense", "refund", "refund"]),
        ("in", "shown", "leave_out", ["expense", "leave_out", "leave_out"]),
        ("", "shown", "income", ["expense", "income", "income"]),
        ("", "shown", "category", ["expense", "income", "refund"]),
        ("", "shown", "leave_out", ["leave_out", "leave_out", "leave_out"]),
        ("out", "shown", "leave_out", ["leave_out", "income", "refund"]),
        ("", "missing", "income", ["expense", "income", "refund"]),
    ],
)
def test_many_rows_are_decided_at_once(alice, people, what, scope, choice, expected):
    source = mapped(people)
    choice = people.fun.pk if choice == "category" else choice

    url = f"{reverse('imports:choices', args=[source.pk])}?what={what}"
    alice.post(url, {"bulk_scope": scope, "bulk_category": choice})

    rows = source.rows.in_order()
    assert [row.kind for row in rows] == expected
    assert not any(row.category for row in rows if row.kind == Kind.INCOME)


def test_others_that_look_alike_follow(people):
    source = mapped(people, PAY + b"2026-11-07,Employer,90.00\n2026-11-08,Employer,-5.00\n")
    first = source.rows.filter(description="Employer").first()
    source.choose_among(source.rows.money_in(), category=people.fun, turning=True)
    source.rows.filter(pk=first.pk).update(kind=Kind.INCOME, category=None)
    first.refresh_from_db()

    changed = source.apply_to_alike(first)

    assert changed == 1
    assert [row.kind for row in source.rows.filter(description="Employer").in_order()] == [
        "income", "income", "expense",
    ]  # fmt: skip


# ── what is written, and taken back ──


def test_an_income_is_written_and_no_pool_begins(alice, people):
    source = mapped(people)

    done = alice.post(reverse("imports:commit", args=[source.pk]), follow=True)

    row = source.rows.get(description="Employer")
    assert row.income == people.household.incomes.get()
    assert (row.income.amount, row.income.received_on, row.income.recorded_by) == (
        Decimal(1800), dt.date(2026, 11, 5), people.alice,
    )  # fmt: skip
    assert people.household.expenses.count() == 2
    assert "1 expense, 1 refund, 1 income." in done.content.decode()
    assert Household.objects.get(pk=people.household.pk).pool_from is None
    assert BeautifulSoup(done.content, "html.parser").select_one('.notice a[href="/incomes/pool/"]')


def test_where_there_is_a_pool_none_is_offered(alice, people):
    start_pool(people.household, PoolStart(Month(2026, 11), Decimal(5)), by=people.alice, on=TODAY)
    source = committed(people)

    assert "/incomes/pool/" not in alice.get(reverse("imports:show", args=[source.pk])).content.decode()


def test_the_last_income_taken_back_ends_the_pool(people):
    source = committed(people)
    start_pool(people.household, PoolStart(Month(2026, 11)), by=people.alice, on=TODAY)

    source.revert(by=people.alice, at=AT, with_edited=False)

    assert incomes(people) == []
    assert Household.objects.get(pk=people.household.pk).pool_from is None


def test_an_edited_income_is_named_and_stays_unless_asked(alice, people):
    source = committed(people)
    income = people.household.incomes.get()
    income.amount = Decimal(1810)
    income.rewrite(seen=None)

    asked = alice.get(reverse("imports:revert", args=[source.pk]))
    unsaid = alice.post(reverse("imports:revert", args=[source.pk]))
    alice.post(reverse("imports:revert", args=[source.pk]), {"with_edited": "no"})

    assert "1,810.00" in asked.content.decode()
    assert unsaid.status_code == 422
    assert incomes(people) == [("Employer", Decimal(1810))]
    assert mapped(people).tally().here == 1


def test_an_income_that_another_import_holds_too_goes_over_to_it(people):
    first = committed(people)
    second = committed(people, PAY + b"2026-11-07,Bakery,-4.00\n")

    first.revert(by=people.alice, at=AT, with_edited=False)

    assert incomes(people) == [("Employer", Decimal(1800))]
    assert second.rows.get(description="Employer").income == people.household.incomes.get()
    second.revert(by=people.alice, at=AT, with_edited=False)
    assert incomes(people) == []


def test_a_deleted_income_keeps_its_key_and_comes_back_when_asked(alice, people):
    committed(people)
    pk = people.household.incomes.get().pk
    people.household.incomes.get().delete()
    source = mapped(people)
    row = source.rows.get(description="Employer")

    shown = alice.get(reverse("imports:show", args=[source.pk])).content.decode()
    for _ in range(2):
        choose(alice, source, back=row.pk)

    assert row.state == Pile.HERE
    assert "deleted since" in shown
    assert incomes(people) == [("Employer", Decimal(1800))]
    assert people.household.incomes.get().pk == pk


def test_an_income_written_by_hand_is_asked_about_and_joined(alice, people):
    mine = make_income(people.household, "Pay of November", "1800", received_on=dt.date(2026, 11, 1))
    source = mapped(people)
    row = source.rows.get(description="Employer")
    shown = alice.get(reverse("imports:show", args=[source.pk])).content.decode()

    refused = alice.post(reverse("imports:commit", args=[source.pk]))
    choose(alice, source, same=row.pk)
    alice.post(reverse("imports:commit", args=[source.pk]))

    assert (row.kind, row.income) == (Kind.ASK, mine)
    assert "Pay of November" in shown
    assert refused.status_code == 422
    assert incomes(people) == [("Pay of November", Decimal(1800))]
    assert mapped(people).tally().new == 0
    source.refresh_from_db()
    source.revert(by=people.alice, at=AT, with_edited=False)
    assert people.household.incomes.get() == mine


def test_keeping_both_writes_one_beside_it_and_taking_back_leaves_it(people):
    mine = make_income(people.household, "Pay", "1800", received_on=dt.date(2026, 11, 1))
    source = mapped(people)
    source.answer(None, same=False)

    source.commit(by=people.alice, at=AT)
    both = people.household.incomes.count()
    source.refresh_from_db()
    source.revert(by=people.alice, at=AT, with_edited=True)

    assert both == 2
    assert people.household.incomes.get() == mine


def test_what_was_kept_as_another_and_made_a_refund_leaves_the_income_alone(alice, people):
    mine = make_income(people.household, "Pay", "1800", received_on=dt.date(2026, 11, 1))
    source = mapped(people)
    source.answer(None, same=False)
    row = source.rows.get(description="Employer")
    choose(alice, source, **{f"row-{row.pk}": "1", f"kind-{row.pk}": "refund",
                             f"category-{row.pk}": people.fun.pk})  # fmt: skip

    source.commit(by=people.alice, at=AT)
    source.refresh_from_db()
    source.revert(by=people.alice, at=AT, with_edited=True)

    assert people.household.incomes.get() == mine
    assert not people.household.expenses.exists()


def test_an_income_near_but_of_another_amount_is_another_one(people):
    make_income(people.household, "Pay", "1800.01", received_on=dt.date(2026, 11, 5))
    make_income(people.household, "Pay", "1800", received_on=dt.date(2026, 11, 13))

    assert mapped(people).tally().asked == 0


def test_the_same_file_under_another_card_asks_about_the_income_too(people):
    committed(people)

    source = mapped(people, name="Visa")

    assert source.rows.get(description="Employer").kind == Kind.ASK


def test_read_anew_a_choice_stays(people):
    source = mapped(people)
    source.choose_among(source.rows.money_in(), category=people.fun, turning=True)

    source.read_with(source.reading, payment_method=source.payment_method, at=AT, today=TODAY)

    row = source.rows.get(description="Employer")
    assert (row.kind, row.category, row.reason) == (Kind.REFUND, people.fun, "Your choice")
