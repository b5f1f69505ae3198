"""A statement brought in by clicking, as a new user would."""

import datetime as dt
import json
import uuid
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from expenses.imports.models import Import, ImportRow
from expenses.imports.states import Kind, Pile, State
from expenses.ledger.models import Expense
from tests.factories import make_expense, make_method
from tests.ledger.test_totals import counted, kept

SHARED = Path(__file__).resolve().parents[3] / "shared" / "fixtures"
shared = pytest.mark.skipif(not SHARED.exists(), reason="the shared statement files are not on this machine")


SIMPLE = b"""Date,Payee,Amount
2026-11-03,Corner shop,-12.50
2026-11-04,Coffee,-3.20
2026-11-04,Coffee,-3.20
2026-11-05,Employer,1800.00
2026-11-06,Corner shop,2.50
"""


@pytest.fixture
def alice(client, people):
    client.force_login(people.alice)
    return client


def upload(client, data, name="november.csv", **fields):
    fields = {"payment_method": "new", "new_method": "Card", "key": uuid.uuid4()} | fields
    return client.post(reverse("imports:new"), {"file": SimpleUploadedFile(name, data), **fields})


def mapping_fields(client, source, **changes):
    """What the mapping page would send as it stands."""
    form = client.get(reverse("imports:mapping", args=[source.pk])).context["form"]
    fields = {}
    for bound in form:
        value = bound.value()
        if isinstance(value, bool):
            value = "on" if value and bound.widget_type == "checkbox" else None
        elif isinstance(value, (list, tuple)):
            value = [str(part) for part in value]
            value = ", ".join(value) if bound.name.endswith(("texts", "values")) else value
        if value is not None:
            fields[bound.name] = value
    return fields | changes


def read(client, data, name="november.csv", **changes):
    """Upload, and confirm how it is read; gives the import."""
    response = upload(client, data, name)
    assert response.status_code == 302, response.context["form"].errors
    source = Import.objects.latest("pk")
    response = client.post(reverse("imports:mapping", args=[source.pk]), mapping_fields(client, source, **changes))
    assert response.status_code == 302, response.context["form"].errors
    source.refresh_from_db()
    return source


def choose_food_for_all(client, people, source):
    return client.post(
        reverse("imports:choices", args=[source.pk]),
        {"bulk_scope": "missing", "bulk_category": people.food.pk},
    )


def commit(client, source):
    return client.post(reverse("imports:commit", args=[source.pk]), follow=True)


def taken_in(client, people, data, name="november.csv", **changes):
    source = read(client, data, name, **changes)
    choose_food_for_all(client, people, source)
    response = commit(client, source)
    assert response.status_code == 200, response.context["error"]
    source.refresh_from_db()
    assert source.state == State.COMMITTED
    return source


# ── the way through ──


def test_a_statement_comes_in_once(alice, people):
    source = taken_in(alice, people, SIMPLE)

    rows = {(row.description, row.amount) for row in people.household.expenses.all()}
    assert rows == {
        ("Corner shop", Decimal("12.50")),
        ("Coffee", Decimal("3.20")),
        ("Corner shop", Decimal("-2.50")),
    }
    assert people.household.expenses.count() == 4
    assert source.data is None
    assert source.summary["spent"] == "16.40"
    assert [(row.description, row.amount) for row in people.household.incomes.all()] == [("Employer", Decimal(1800))]
    assert source.rows.get(description="Employer").income == people.household.incomes.get()
    assert source.said() == "Taken in: 3 expenses, 1 refund, 1 income."
    assert kept(people.household) == counted(people.household)


def test_the_same_file_again_adds_nothing(alice, people):
    taken_in(alice, people, SIMPLE)

    again = taken_in(alice, people, SIMPLE, name="copy.csv")

    assert people.household.expenses.count() == 4
    assert again.summary["here"] == 5
    assert (again.summary["expenses"], again.summary["incomes"]) == (0, 0)
    assert people.household.incomes.count() == 1


def test_the_same_file_read_with_another_column_as_text_adds_nothing(alice, people):
    data = b"Date,Payee,Details,Amount\n2026-11-03,Shop,Bread,-12.50\n2026-11-04,Cafe,Tea,-3.20\n"
    taken_in(alice, people, data)

    again = read(alice, data, payee="2", memo=[])

    assert again.tally().new == 0
    assert again.tally().here == 2


def test_revert_takes_everything_back_and_the_file_can_be_read_again(alice, people):
    source = taken_in(alice, people, SIMPLE)

    response = alice.post(reverse("imports:revert", args=[source.pk]), follow=True)

    assert response.status_code == 200
    assert not people.household.expenses.exists()
    assert not people.household.incomes.exists()
    assert source.__class__.objects.get(pk=source.pk).said() == "Taken back: 4 expenses and 1 income removed."
    assert kept(people.household) == {}
    assert taken_in(alice, people, SIMPLE).summary["expenses"] == 3


def test_what_another_import_holds_too_goes_over_to_it(alice, people):
    first = taken_in(alice, people, SIMPLE)
    more = SIMPLE + b"2026-11-07,Bakery,-4.00\n"
    second = taken_in(alice, people, more)

    alice.post(reverse("imports:revert", args=[first.pk]))

    assert people.household.expenses.count() == 5
    assert people.household.incomes.count() == 1
    assert second.rows.imported().count() == 6
    alice.post(reverse("imports:revert", args=[second.pk]))
    assert not people.household.expenses.exists()
    assert not ImportRow.objects.counting().exists()


def test_edited_rows_are_named_and_asked_about(alice, people):
    source = taken_in(alice, people, SIMPLE)
    row = people.household.expenses.get(description="Corner shop", amount=Decimal("12.50"))
    row.description = "Bread and milk"
    row.save()

    page = alice.get(reverse("imports:revert", args=[source.pk]))
    unasked = alice.post(reverse("imports:revert", args=[source.pk]))
    alice.post(reverse("imports:revert", args=[source.pk]), {"with_edited": "no"})

    assert "Bread and milk" in page.content.decode()
    assert unasked.status_code == 422
    assert [e.description for e in people.household.expenses.all()] == ["Bread and milk"]
    assert taken_in(alice, people, SIMPLE).summary["here"] == 1


def test_commit_waits_until_each_row_has_a_category(alice, people):
    source = read(alice, SIMPLE)

    response = alice.post(reverse("imports:commit", args=[source.pk]))

    assert response.status_code == 422
    assert "4 rows still need a category" in response.content.decode()
    assert not people.household.expenses.exists()


def test_a_double_click_writes_once(alice, people):
    key = uuid.uuid4()
    upload(alice, SIMPLE, key=key)
    upload(alice, SIMPLE, key=key)
    source = Import.objects.get()
    alice.post(reverse("imports:mapping", args=[source.pk]), mapping_fields(alice, source))
    choose_food_for_all(alice, people, source)

    commit(alice, source)
    commit(alice, source)
    alice.post(reverse("imports:revert", args=[source.pk]))
    alice.post(reverse("imports:revert", args=[source.pk]))

    assert Import.objects.count() == 1
    assert not people.household.expenses.exists()


def test_the_next_statement_of_the_kind_is_read_as_this_one(alice, people):
    ambiguous = b"Date,Payee,Amount\n03/04/2026,Shop,-1.00\n05/06/2026,Cafe,-2.00\n"
    taken_in(alice, people, ambiguous, date_order="MDY")

    upload(alice, ambiguous.replace(b"-1.00", b"-7.00"), payment_method="", new_method="")
    source = Import.objects.latest("pk")

    assert source.questions == {}
    assert source.reading.date_order == "MDY"
    assert source.payment_method.name == "Card"


def test_what_a_person_put_right_is_right_in_the_next_statement_of_the_kind(alice, people):
    data = b"Day,Sum\n2026-11-02,-9.50\n2026-11-04,-3.00\n"
    taken_in(alice, people, data, quote="'", skip_rows="1", has_header="")

    upload(alice, data.replace(b"-11-", b"-12-"), payment_method="", new_method="")
    source = Import.objects.latest("pk")

    assert source.read_as_before == "november.csv"
    assert (source.reading.quote, source.reading.skip_rows, source.reading.has_header) == ("'", 1, False)
    alice.post(reverse("imports:mapping", args=[source.pk]), mapping_fields(alice, source))
    assert (source.rows.count(), source.tally().unreadable) == (2, 0)


# ── choices ──


def test_choices_of_rows_are_kept_and_offered_to_those_that_look_alike(alice, people):
    source = read(alice, SIMPLE)
    coffee = source.rows.filter(description="Coffee").first()
    url = reverse("imports:choices", args=[source.pk])
    said = {f"row-{coffee.pk}": "1", f"kind-{coffee.pk}": "expense"}

    response = alice.post(url, said | {f"category-{coffee.pk}": people.fun.pk}, headers={"HX-Request": "true"})
    alice.post(url, {"alike": coffee.pk})

    assert "Apply to the other one like it" in response.content.decode()
    assert [row.category for row in source.rows.filter(description="Coffee")] == [people.fun, people.fun]


def test_a_row_is_left_out_and_another_that_was_comes_in(alice, people):
    source = read(alice, SIMPLE)
    shop = source.rows.filter(description="Corner shop").first()
    pay = source.rows.get(description="Employer")
    source.rows.filter(pk=pay.pk).update(kind=Kind.LEAVE_OUT)
    said = {
        f"row-{shop.pk}": "1", f"kind-{shop.pk}": "leave_out", f"category-{shop.pk}": people.food.pk,
        f"row-{pay.pk}": "1", f"kind-{pay.pk}": "refund", f"category-{pay.pk}": people.fun.pk,
    }  # fmt: skip

    alice.post(reverse("imports:choices", args=[source.pk]), said)

    shop.refresh_from_db()
    pay.refresh_from_db()
    assert (shop.kind, shop.category) == (Kind.LEAVE_OUT, people.food)
    assert (pay.kind, pay.category) == (Kind.REFUND, people.fun)


@pytest.mark.parametrize("category", ["foreign", "0", "x", "9" * 30])
def test_a_category_that_is_not_ours_is_refused_at_the_row(alice, people, category):
    source = read(alice, SIMPLE)
    row = source.rows.new().first()
    chosen = people.category("Food", people.others).pk if category == "foreign" else category
    said = {f"row-{row.pk}": "1", f"kind-{row.pk}": "expense", f"category-{row.pk}": chosen}

    for name in ("imports:choices", "imports:commit"):
        response = alice.post(reverse(name, args=[source.pk]), said)

        assert response.status_code == 422
        assert "Choose a category of your own household." in response.content.decode()
    row.refresh_from_db()
    assert row.category is None


def test_what_was_chosen_for_a_text_before_is_proposed(alice, people):
    taken_in(alice, people, SIMPLE)

    source = read(alice, b"Date,Payee,Amount\n2026-12-03,Coffee,-3.40\n2026-12-04,COFFEE 17,-3.40\n")

    rows = list(source.rows.in_order())
    assert [row.category for row in rows] == [people.food, people.food]
    assert rows[0].reason == "As twice before"


def test_a_hand_written_expense_is_shown_and_joined_only_when_asked(alice, people):
    mine = make_expense(
        people.household, "Saturday bread", "12.50", spent_on=dt.date(2026, 11, 1), category=people.fun
    )
    source = read(alice, SIMPLE)
    choose_food_for_all(alice, people, source)
    row = source.rows.get(kind=Kind.ASK)

    refused = alice.post(reverse("imports:commit", args=[source.pk]))
    alice.post(reverse("imports:choices", args=[source.pk]), {"same": row.pk})
    commit(alice, source)

    assert row.expense == mine
    assert refused.status_code == 422
    assert "likely here already" in refused.content.decode()
    mine.refresh_from_db()
    assert (mine.description, mine.category) == ("Saturday bread", people.fun)
    assert people.household.expenses.count() == 4
    assert read(alice, SIMPLE).tally().new == 0
    alice.post(reverse("imports:revert", args=[source.pk]))
    assert people.household.expenses.get() == mine


def test_this_is_another_one_counts_beside_its_twin(alice, people):
    taken_in(alice, people, SIMPLE)
    source = read(alice, b"Date,Payee,Amount\n2026-11-03,Corner shop,-12.50\n")
    row = source.rows.get()

    alice.post(reverse("imports:choices", args=[source.pk]), {"another": row.pk})
    commit(alice, source)

    row.refresh_from_db()
    assert (row.state, row.occurrence) == (Pile.IMPORTED, 2)
    assert people.household.expenses.count() == 5
    assert read(alice, SIMPLE).tally().new == 0


def test_a_deleted_expense_can_be_brought_back(alice, people):
    taken_in(alice, people, SIMPLE)
    gone = people.household.expenses.filter(description="Corner shop", amount__gt=0)
    pk = gone.get().pk
    gone.put_aside(by=people.bob)
    source = read(alice, SIMPLE)
    row = source.rows.get(twin__expense=pk)

    page = alice.get(reverse("imports:show", args=[source.pk]))
    alice.post(reverse("imports:choices", args=[source.pk]), {"back": row.pk})

    assert "deleted since" in page.content.decode()
    assert people.household.expenses.filter(pk=pk).exists()
    assert not people.household.deletedexpenses.exists()
    assert kept(people.household) == counted(people.household)


def test_the_categories_of_the_file_are_taken_where_they_are_ours(alice, people):
    source = read(
        alice, b"Date,Payee,Amount,Category\n2026-12-03,Bistro,-3.40,dining\n2026-12-04,Boat,-9.40,Yachting\n"
    )

    dining, boat = source.rows.in_order()

    assert dining.category == people.category("Dining")
    assert boat.category is None


def test_zero_rows_are_left_out_and_counted(alice, people):
    source = read(alice, b"Date,Payee,Amount\n2026-12-03,Bistro,-3.40\n2026-12-04,Card check,0.00\n")

    page = alice.get(reverse("imports:show", args=[source.pk])).content.decode()

    assert source.rows.count() == 1
    assert "1 without an amount of money" in page
    assert "Card check" in page


def test_fractions_of_a_cent_are_rounded_and_said(alice, people):
    source = taken_in(alice, people, b"Date,Payee,Amount\n2026-12-03,Fuel,-30.455\n2026-12-04,Tiny,-0.004\n")

    assert people.household.expenses.get().amount == Decimal("30.46")
    assert source.rows.get(state=Pile.UNREADABLE).line == 3
    assert source.summary["rounded"] == 1


# ── files that are no statement, and questions ──


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "The file is empty."),
        (b"Date,Payee,Amount\n", "No transactions found (header only)."),
        (b"<html><body>Sign in</body></html>", "This is a web page, not a statement; download it again."),
        (bytes(range(256)) * 16, "This is not a text statement (binary data)."),
        (b"," * 250 + b"\n" + b"2026-01-01," * 250, ""),
    ],
)
def test_what_is_no_statement_is_refused_at_the_field(alice, data, said):
    response = upload(alice, data)

    assert response.status_code == 422
    assert said in response.context["form"].errors["file"][0]
    assert not Import.objects.exists()


def test_a_file_that_is_too_large_is_refused_before_it_is_read(alice):
    response = upload(alice, b"Date,Amount\n" + b" " * (20 * 1024 * 1024))

    assert response.status_code == 422
    assert "larger than 20 MB" in response.content.decode()


def test_without_a_file_the_form_says_so(alice):
    response = alice.post(reverse("imports:new"), {"payment_method": "new", "new_method": "Card"})

    assert response.status_code == 422
    assert "Choose the file that your bank gave you." in response.content.decode()


def test_ambiguous_dates_are_asked_with_the_first_of_them_in_words(alice, people):
    upload(alice, b"Date,Payee,Amount\n03/04/2026,Shop,-1.00\n05/06/2026,Cafe,-2.00\n")
    source = Import.objects.get()
    url = reverse("imports:mapping", args=[source.pk])

    page = alice.get(url)
    unanswered = alice.post(url, mapping_fields(alice, source))
    answered = alice.post(url, mapping_fields(alice, source, date_order="DMY"))

    assert "Is 03/04/2026 3 April 2026 or 4 March 2026?" in page.content.decode()
    assert "checked" not in page.content.decode().split("Is 03/04/2026")[1].split("</fieldset>")[0]
    assert unanswered.status_code == 422
    assert answered.status_code == 302
    assert source.rows.first().date == dt.date(2026, 4, 3)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"date": ""}, "date"),
        ({"date": "77"}, "date"),
        ({"layout": "nonsense"}, "layout"),
        ({"layout": "flag"}, "flag"),
        ({"layout": "in_out", "money_in": "", "money_out": ""}, "money_out"),
        ({"skip_rows": "-1"}, "skip_rows"),
        ({"skip_rows": "99999999999999999999"}, "skip_rows"),
        ({"century_from": "x"}, "century_from"),
        ({"decimal_mark": ",", "thousands_mark": ","}, "thousands_mark"),
        ({"encoding": "rot13"}, "encoding"),
        ({"payment_method": "new", "new_method": ""}, "new_method"),
        ({"payment_method": "new", "new_method": "a\x00b"}, "new_method"),
        ({"payment_method": "new", "new_method": "x" * 51}, "new_method"),
        ({"payment_method": "999999"}, "payment_method"),
        ({"currency_code": "XQX"}, "currency_code"),
        ({"fee": "77"}, "fee"),
        ({"amount": "2", "fee": "2"}, "fee"),
        ({"flag_first": "x"}, "flag_first"),
    ],
)
def test_what_cannot_be_a_mapping_is_refused_at_its_field(alice, people, changes, field):
    upload(alice, SIMPLE)
    source = Import.objects.get()

    response = alice.post(reverse("imports:mapping", args=[source.pk]), mapping_fields(alice, source, **changes))

    assert response.status_code == 422
    assert field in response.context["form"].errors
    assert not source.rows.exists()


def test_looking_again_writes_nothing(alice, people):
    upload(alice, SIMPLE)
    source = Import.objects.get()
    fields = mapping_fields(alice, source, payee="2", look="1")

    response = alice.post(reverse("imports:mapping", args=[source.pk]), fields)

    assert response.status_code == 200
    assert not source.rows.exists()


def test_unreadable_rows_keep_their_line_their_text_and_the_reason(alice, people):
    source = read(alice, SIMPLE + b"31/11/2026,Ghost,-1.00\n")

    page = alice.get(reverse("imports:show", args=[source.pk]), {"pile": "unreadable"}).content.decode()

    assert "Line 7" in page
    assert "31/11/2026,Ghost,-1.00" in page
    assert source.tally().unreadable == 1


def test_texts_of_strangers_stay_texts(alice, people):
    payees = ("<script>alert(1)</script>", "\u202etxt.exe", "=1+1")
    evil = "Date,Payee,Amount\n" + "".join(f"2026-11-03,{payee},-1.00\n" for payee in payees)
    source = taken_in(alice, people, evil.encode())

    page = alice.get(reverse("imports:show", args=[read(alice, evil.encode()).pk])).content.decode()

    assert "<script>alert" not in page
    assert source.summary["expenses"] == 3
    assert {e.description for e in people.household.expenses.all()} >= {"<script>alert(1)</script>", "=1+1"}


def test_an_import_can_be_forgotten_before_it_is_taken_in(alice, people):
    source = read(alice, SIMPLE)

    response = alice.post(reverse("imports:discard", args=[source.pk]), follow=True)

    assert response.status_code == 200
    assert not Import.objects.exists()
    done = taken_in(alice, people, SIMPLE)
    alice.post(reverse("imports:discard", args=[done.pk]))
    assert Import.objects.filter(pk=done.pk).exists()


# ── pages ──


def test_the_pages_ask_few_queries_however_many_rows(alice, people, django_assert_max_num_queries):
    lines = b"".join(b"2026-11-%02d,Shop %d,-%d.50\n" % (n % 28 + 1, n % 90, n % 77 + 1) for n in range(1200))
    done = taken_in(alice, people, SIMPLE)
    source = read(alice, SIMPLE + lines + b"x,y,z\n")

    for url in (
        reverse("imports:index"),
        reverse("imports:show", args=[source.pk]),
        reverse("imports:show", args=[source.pk]) + "?page=3",
        reverse("imports:show", args=[done.pk]),
        reverse("imports:mapping", args=[source.pk]),
    ):
        with django_assert_max_num_queries(8):
            assert alice.get(url).status_code == 200


@pytest.mark.parametrize("number", ["0", "-1", "x", "9" * 12])
def test_a_page_that_is_none_is_not_found(alice, people, number):
    source = read(alice, SIMPLE)

    assert alice.get(reverse("imports:show", args=[source.pk]), {"page": number}).status_code == 404


def test_a_viewer_reads_the_check_page_without_its_controls(client, people):
    client.force_login(people.alice)
    source = read(client, SIMPLE)
    client.force_login(people.vera)

    page = client.get(reverse("imports:show", args=[source.pk])).content.decode()

    assert "Corner shop" in page
    assert "Take in" not in page.split("<main")[1].split("</form>")[0].replace("Take in</span>", "")


# ── real files ──


@shared
@pytest.mark.parametrize(
    "name",
    [
        "csv/lloyds_uk.csv",
        "csv/boi_debit_credit.csv",
        "csv/bunq_en_2019_refunds.csv",
        "csv/same_day_duplicates.csv",
        "csv/nationwide_headerless_pound.csv",
        "apps/actual_export.csv",
    ],
)
def test_a_real_file_comes_in_right_again_adds_nothing_and_goes_back(alice, people, name):
    data = (SHARED / "files" / name).read_bytes()
    truth = json.loads((SHARED / "truth" / "dev.json").read_text())[name]

    source = taken_in(alice, people, data, name=name)

    rows = source.rows.readable()
    out = [row.amount for row in rows if row.amount < 0]
    into = [row.amount for row in rows if row.amount > 0]
    assert (len(rows), -sum(out), sum(into)) == (
        truth["imported"], Decimal(truth["sum_out"]), Decimal(truth["sum_in"]),
    )  # fmt: skip
    spent = -sum(row.amount for row in rows if row.amount < 0 and not row.nature)  # a move is no spending
    assert people.household.expenses.filter(amount__gt=0).spent().amount == spent
    count = people.household.expenses.count()
    assert taken_in(alice, people, data).summary["expenses"] == 0
    assert people.household.expenses.count() == count
    alice.post(reverse("imports:revert", args=[Import.objects.latest("pk").pk]))
    alice.post(reverse("imports:revert", args=[source.pk]))
    assert not Expense.objects.exists()
    assert kept(people.household) == {}


@shared
@pytest.mark.parametrize(
    ("name", "expenses", "unreadable"),
    [("unclosed_quote", 19, 1), ("bad_dates", 2, 8), ("absurd_amounts", 1, 12), ("formula_injection", 6, 0)],
)
def test_a_bad_file_gives_what_is_good_in_it(alice, people, name, expenses, unreadable):
    data = (SHARED / "bad" / f"{name}.csv").read_bytes()

    source = taken_in(alice, people, data)

    assert source.summary["expenses"] == expenses
    assert source.rows.unreadable().count() == unreadable


@shared
def test_the_ambiguous_dates_of_the_shared_file_are_asked_and_never_guessed(alice, people):
    upload(alice, (SHARED / "bad" / "ambiguous_dates.csv").read_bytes())
    source = Import.objects.get()
    url = reverse("imports:mapping", args=[source.pk])

    page = alice.get(url).content.decode()
    unanswered = alice.post(url, mapping_fields(alice, source))
    alice.post(url, mapping_fields(alice, source, date_order="MDY"))

    assert "Is 01/02/2024 1 February 2024 or 2 January 2024?" in page
    assert unanswered.status_code == 422
    assert "The dates can be read either way. Say which is right." in unanswered.content.decode()
    assert [str(row.date) for row in source.rows.in_order()] == [
        "2024-01-02",
        "2024-03-04",
        "2024-05-06",
        "2024-12-11",
    ]


@shared
def test_formulas_and_markup_of_the_shared_file_stay_texts_from_the_file_to_the_list(alice, people):
    data = (SHARED / "bad" / "formula_injection.csv").read_bytes()
    upload(alice, data)
    pages = [alice.get(reverse("imports:mapping", args=[Import.objects.get().pk]))]
    pages.append(alice.get(reverse("imports:show", args=[read(alice, data).pk])))

    taken_in(alice, people, data)

    pages.append(alice.get(reverse("imports:show", args=[read(alice, data).pk])))
    pages.append(alice.get(reverse("expenses:index")))
    assert {"=cmd|' /C calc'!A0", "+1+1", "-2+3", "@SUM(A1:A9)", "<script>alert(1)</script>"} < {
        expense.description for expense in people.household.expenses.all()
    }
    for page in pages:
        assert page.status_code == 200
        assert "<script>alert" not in page.content.decode()
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page.content.decode()


def test_days_are_those_of_the_household(alice, people):
    source = taken_in(alice, people, SIMPLE)
    people.household.time_zone = "Pacific/Auckland"
    people.household.save()
    Import.objects.update(uploaded_at=dt.datetime(2026, 11, 22, 20, tzinfo=dt.UTC))

    pages = [alice.get(url).content.decode() for url in ("/imports/", reverse("imports:show", args=[source.pk]))]

    assert all('<time datetime="2026-11-23">23 Nov 2026</time>' in page for page in pages)


@shared
@pytest.mark.parametrize("name", ["empty", "header_only", "binary_junk", "html_login_page"])
def test_a_bad_file_that_is_no_statement_leaves_no_import(alice, people, name):
    response = upload(alice, (SHARED / "bad" / f"{name}.csv").read_bytes())

    assert response.status_code == 422
    assert not Import.objects.exists()


def test_a_card_chosen_is_the_one_the_rows_are_paid_with(alice, people):
    card = make_method(people.household, "Visa")
    upload(alice, SIMPLE, payment_method=card.pk, new_method="")
    source = Import.objects.get()
    alice.post(reverse("imports:mapping", args=[source.pk]), mapping_fields(alice, source))
    choose_food_for_all(alice, people, source)

    commit(alice, source)

    assert {expense.payment_method for expense in people.household.expenses.all()} == {card}
