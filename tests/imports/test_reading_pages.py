"""From a file of any format to rows, by clicking."""

import uuid
from decimal import Decimal

import pytest
from django.urls import reverse

from expenses.imports import uploading
from expenses.imports.choosing import Choice
from expenses.imports.forms.mapping import GROUP
from expenses.imports.models import Import, ImportRow
from expenses.imports.saying import account_hash
from expenses.imports.statements.recognising import LARGEST
from expenses.imports.states import State
from expenses.ledger.models import PaymentMethod
from tests.factories import make_method
from tests.imports.histories import leave
from tests.imports.test_import_pages import SHARED as FIXTURES
from tests.imports.test_import_pages import SIMPLE, mapping_fields, read, shared, upload

OFX = b"""OFXHEADER:100
DATA:OFXSGML
VERSION:102
ENCODING:USASCII
CHARSET:1252

<OFX><BANKMSGSRSV1><STMTTRNRS><STMTRS><CURDEF>USD
<BANKACCTFROM><BANKID>77<ACCTID>5550001234<ACCTTYPE>CHECKING</BANKACCTFROM>
<BANKTRANLIST>
<STMTTRN><TRNTYPE>DEBIT<DTPOSTED>20261103<TRNAMT>-12.50<FITID>a1<NAME>Corner shop</STMTTRN>
<STMTTRN><TRNTYPE>CREDIT<DTPOSTED>20261105<TRNAMT>1800.00<FITID>a2<NAME>Employer</STMTTRN>
</BANKTRANLIST></STMTRS></STMTTRNRS></BANKMSGSRSV1></OFX>
"""
TWO_OFX = OFX.replace(
    b"</BANKMSGSRSV1>",
    b"<STMTTRNRS><STMTRS><CURDEF>USD<BANKACCTFROM><BANKID>77<ACCTID>5550009999<ACCTTYPE>SAVINGS</BANKACCTFROM>"
    b"<BANKTRANLIST><STMTTRN><TRNTYPE>DEBIT<DTPOSTED>20261107<TRNAMT>-4.00<FITID>b1<NAME>Bakery</STMTTRN>"
    b"</BANKTRANLIST></STMTRS></STMTTRNRS></BANKMSGSRSV1>",
)
QIF = b"!Type:Bank\nD03/04/2026\nT-12.50\nPShop\n^\nD05/06/2026\nT-3.00\nPCafe\n^\n"
SPLITWISE = b"""Date,Description,Category,Cost,Currency,Ann,Ben
2026-11-03,Dinner,Dining out,60.00,USD,30.00,-30.00
2026-11-04,Taxi,Taxi,20.00,USD,-10.00,10.00
"""


@pytest.fixture
def alice(client, people):
    client.force_login(people.alice)
    return client


def latest():
    return Import.objects.latest("pk")


def mapping_url(source):
    return reverse("imports:mapping", args=[source.pk])


def show_url(source):
    return reverse("imports:show", args=[source.pk])


# ── straight to the check, or to the questions ──


def test_a_file_about_which_nothing_is_asked_goes_straight_to_the_check(alice):
    response = upload(alice, OFX, "bank.ofx")

    source = latest()
    assert response["Location"] == show_url(source)
    assert (source.state, source.format, source.rows.count()) == (State.MAPPED, "ofx", 2)
    assert "Read as OFX" in alice.get(show_url(source)).content.decode()


def test_a_known_account_needs_no_word_and_no_choice(alice, people):
    giro = make_method(people.household, "Giro")
    giro.account_hash = account_hash(people.household, "5550001234")
    giro.save()
    make_method(people.household, "Other")

    response = upload(alice, OFX, "bank.ofx", payment_method="", new_method="")

    assert response["Location"] == show_url(latest())
    assert latest().payment_method == giro


def test_an_unknown_account_is_asked_about_also_after_one_of_the_same_format(alice, people):
    upload(alice, OFX, "bank.ofx")
    alice.post(reverse("imports:commit", args=[latest().pk]))

    response = upload(alice, OFX.replace(b"5550001234", b"5559998888"), "b.ofx", payment_method="", new_method="")

    assert response["Location"] == mapping_url(latest())


def test_a_choice_that_the_file_speaks_against_is_asked_about(alice, people):
    giro, card = make_method(people.household, "Giro"), make_method(people.household, "Card")
    giro.account_hash = account_hash(people.household, "5550001234")
    giro.save()

    response = upload(alice, OFX, "bank.ofx", payment_method=card.pk, new_method="")

    assert response["Location"] == mapping_url(latest())
    assert latest().state == State.UPLOADED


def test_several_accounts_are_asked_about(alice):
    response = upload(alice, TWO_OFX, "bank.ofx")

    page = alice.get(response["Location"])
    assert "This file has 2 accounts" in page.content.decode()
    assert "date" not in page.context["form"].fields


def test_a_format_without_columns_shows_only_what_can_be_said_of_it(alice):
    upload(alice, QIF, "bank.qif")

    page = alice.get(mapping_url(latest()))
    form = page.context["form"]

    assert set(form.fields) == {"payment_method", "new_method", "encoding", "date_order", "decimal_mark"}
    assert [field.name for field in form.asked_first] == ["date_order"]
    assert "Is the first day 4 March 2026 or 3 April 2026?" in page.content.decode()
    assert "4 March 2026, 6 May 2026, …" in page.content.decode().replace("5 June 2026, …", "")
    assert page.content.decode().count("asked") >= 2


def test_the_order_of_dates_is_taken_and_kept_for_the_next_file(alice, people):
    upload(alice, QIF, "bank.qif")
    source = latest()

    unsaid = alice.post(mapping_url(source), {"payment_method": "new", "new_method": "Card"})
    alice.post(mapping_url(source), mapping_fields(alice, source, date_order="DMY"))

    assert unsaid.status_code == 422
    assert "The dates can be read either way." in unsaid.content.decode()
    assert [str(row.date) for row in source.rows.in_order()] == ["2026-04-03", "2026-06-05"]
    again = upload(alice, QIF.replace(b"-12.50", b"-13.50"), "next.qif")
    assert again["Location"] == show_url(latest())
    assert str(latest().rows.in_order()[0].date) == "2026-04-03"


def test_whose_share_of_a_group_is_asked_and_counts(alice):
    upload(alice, SPLITWISE, "group.csv")
    source = latest()
    form = alice.get(mapping_url(source)).context["form"]

    unsaid = alice.post(mapping_url(source), mapping_fields(alice, source))
    looked = alice.post(mapping_url(source), mapping_fields(alice, source, member=GROUP, look="1"))
    said = alice.post(mapping_url(source), mapping_fields(alice, source, member=form.fields["member"].choices[1][0]))

    assert [name for _, name in form.fields["member"].choices] == [
        "Choose…",
        "6. Ann",
        "7. Ben",
        "that of the whole group",
    ]
    assert (unsaid.status_code, said.status_code) == (422, 302)
    assert (form.hides_amounts, unsaid.context["form"].hides_amounts) == (True, True)
    assert looked.context["form"].hides_amounts is False
    assert {row.description: row.amount for row in source.rows.all()} == {
        "Dinner": Decimal(-30), "Taxi": Decimal(-10),
    }  # fmt: skip


def test_the_costs_of_the_whole_group_can_be_said_too(alice):
    upload(alice, SPLITWISE, "group.csv")
    source = latest()

    alice.post(mapping_url(source), mapping_fields(alice, source, member="group"))

    assert {row.amount for row in source.rows.all()} == {Decimal(-60), Decimal(-20)}


@pytest.mark.parametrize("member", ["99", "-1", "abc", "0", "x" * 10_000, "\x00"])
def test_a_share_of_nobody_is_told_at_its_field(alice, member):
    upload(alice, SPLITWISE, "group.csv")
    source = latest()

    response = alice.post(mapping_url(source), mapping_fields(alice, source, member=member))

    assert response.status_code == 422
    assert "member" in response.context["form"].errors
    assert not ImportRow.objects.exists()


# ── as the last one, or in another way ──


def test_the_page_says_what_a_file_is_read_like_and_offers_another_way(alice):
    ambiguous = b"Date,Payee,Amount\n03/04/2026,Shop,-1.00\n05/06/2026,Cafe,-2.00\n"
    read(alice, ambiguous, date_order="MDY")
    upload(alice, ambiguous.replace(b"-1.00", b"-7.00"), "december.csv")
    source = latest()

    page = alice.get(mapping_url(source))
    afresh = alice.get(f"{mapping_url(source)}?afresh=1")

    assert "Read like november.csv." in page.content.decode()
    assert f'href="{mapping_url(source)}?afresh=1"' in page.content.decode()
    assert page.context["form"]["date_order"].value() == "MDY"
    assert "date_order" in afresh.context["form"].questions
    assert f'action="{mapping_url(source)}?afresh=1"' in afresh.content.decode()


def test_a_file_read_straight_away_can_be_read_in_another_way(alice):
    upload(alice, OFX, "bank.ofx")
    source = latest()

    page = alice.get(mapping_url(source))
    other = make_method(source.household, "Other")
    response = alice.post(mapping_url(source), mapping_fields(alice, source, payment_method=other.pk, new_method=""))

    assert f'href="{mapping_url(source)}"' in alice.get(show_url(source)).content.decode()
    assert page.status_code == 200
    assert response["Location"] == show_url(source)
    assert {row.payment_method.name for row in source.rows.all()} == {"Other"}


def test_a_reading_page_can_be_left_and_come_back_to(alice):
    upload(alice, QIF, "bank.qif")
    source = latest()

    away = alice.get(reverse("imports:index"))
    back = alice.get(show_url(source))

    assert "bank.qif" in away.content.decode()
    assert back["Location"] == mapping_url(source)
    assert alice.get(mapping_url(source)).status_code == 200


def test_a_look_writes_nothing_with_and_without_script(alice):
    upload(alice, QIF, "bank.qif")
    source = latest()
    fields = mapping_fields(alice, source, date_order="DMY")

    by_button = alice.post(mapping_url(source), fields | {"look": "1"})
    by_script = alice.post(mapping_url(source), fields, headers={"HX-Request": "true"})

    for response in (by_button, by_script):
        assert response.status_code == 200
        assert '<time datetime="2026-04-03">' in response.content.decode()
    assert not ImportRow.objects.exists()


# ── what is refused, and what is not ──


def test_the_upload_names_the_formats_and_takes_their_files(alice):
    text = alice.get(reverse("imports:new")).content.decode()

    for word in ("CSV", "XLSX", "OFX", "QFX", "QBO", "QIF", "CAMT.053", "MT940", "YNAB", "Splitwise", ".zip", ".sta"):
        assert word in text


def test_a_file_over_the_limit_is_refused_and_no_payment_method_is_made(alice):
    response = upload(alice, b"a" * (LARGEST + 1))

    assert response.status_code == 422
    assert "larger than 20 MB" in str(response.context["form"].errors["file"])
    assert response.context["form"]["new_method"].value() == "Card"
    assert not PaymentMethod.objects.exists()
    assert not Import.objects.exists()


@pytest.mark.parametrize("data", [b"", b"<html><body>Log in</body></html>", b"<OFX></OFX>", OFX[: len(OFX) // 2]])
def test_what_is_no_statement_leaves_nothing(alice, data):
    response = upload(alice, data, "bank.ofx")

    assert response.status_code == 422
    assert response.context["form"].errors["file"]
    assert not Import.objects.exists()
    assert not PaymentMethod.objects.exists()


def test_half_a_file_and_then_the_whole_gives_each_row_once(alice):
    half = read(alice, SIMPLE[: SIMPLE.index(b"2026-11-05")])
    half.choose_among(half.rows.all(), category=half.household.categories.first())
    alice.post(reverse("imports:commit", args=[half.pk]))

    whole = read(alice, SIMPLE)

    assert (whole.tally().here, whole.tally().new) == (3, 2)


def test_an_upload_that_breaks_off_is_no_error_of_ours(alice):
    body = (
        b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\nContent-Type: text/csv\r\n\r\n'
        + SIMPLE[:40]
    )

    response = alice.post(reverse("imports:new"), body, content_type="multipart/form-data; boundary=x")

    assert response.status_code in (400, 422)
    assert not Import.objects.exists()


def test_the_form_sent_twice_keeps_and_reads_one_file(alice):
    key = uuid.uuid4()

    answers = [upload(alice, OFX, "bank.ofx", key=key)["Location"] for _ in range(2)]

    assert answers[0] == answers[1]
    assert (Import.objects.count(), ImportRow.objects.count(), PaymentMethod.objects.count()) == (1, 2, 1)


def test_a_file_with_the_header_of_another_bank_is_not_read_like_that_ones(alice):
    read(alice, b"Date,Payee,Amount\n2026-11-03,Shop,-12.50\n2026-11-14,Cafe,-3.00\n")

    upload(alice, b"Date,Payee,Amount\n01/02/2026,Shop,-12.50\n03/04/2026,Cafe,-3.00\n", "other.csv")

    other = latest()
    assert (other.read_as_before, set(other.questions)) == ("", {"date_order"})
    assert not any(row.problem for row in alice.get(mapping_url(other)).context["form"].preview.rows[1:])


def test_the_same_file_again_has_nothing_new(alice):
    upload(alice, OFX, "bank.ofx")
    first = latest()
    first.choose_among(first.rows.all(), category=first.household.categories.first())
    alice.post(reverse("imports:commit", args=[first.pk]))

    response = upload(alice, OFX, "again.ofx", payment_method="", new_method="")

    assert response["Location"] == show_url(latest())
    assert (latest().tally().new, latest().tally().here) == (0, 2)


PARTS = (
    b"!Type:Bank\nD23/11/2026\nT-500.00\nPBank\nSFood\n$-300.00\nSFood\n$-100.00\nS[Savings]\n$-100.00\n^\n"
    b"D24/11/2026\nT-1.00\nPKiosk\n^\n"
)


def test_parts_of_a_row_keep_what_was_chosen_for_each_and_a_part_may_be_a_move(alice):
    source = read(alice, PARTS)
    first, second, move, kiosk = source.rows.in_order()
    assert (move.nature, move.kind, first.nature) == ("transfer", "leave_out", "")
    food, other = source.household.categories.all()[:2]
    source.choose({
        first.pk: Choice(take=True, kind="expense", category=other.pk),
        second.pk: Choice(take=False, kind="leave_out", category=food.pk),
        kiosk.pk: Choice(take=True, kind="expense", category=food.pk),
    })  # fmt: skip

    alice.post(mapping_url(source), mapping_fields(alice, source))

    rows = [(row.kind, row.category_id) for row in source.rows.in_order() if row.nature == ""]
    assert rows == [("expense", other.pk), ("leave_out", food.pk), ("expense", food.pk)]


BAD = {  # file → (a sentence at the file, or None), rows that are read, rows that are not
    "empty.csv": ("The file is empty.", 0, 0),
    "header_only.csv": ("No transactions found (header only).", 0, 0),
    "binary_junk.csv": ("This is not a text statement (binary data).", 0, 0),
    "billion_laughs.ofx": ("The file declares XML entities, which statements never need.", 0, 0),
    "html_login_page.csv": ("This is a web page, not a statement; download it again.", 0, 0),
    "formula_injection.csv": (None, 6, 0),
    "absurd_amounts.csv": (None, 1, 12),
    "bad_dates.csv": (None, 2, 8),
    "unclosed_quote.csv": (None, 19, 1),
    "ofx_without_header.ofx": (None, 1, 0),
    "camt_named.csv": (None, 1, 0),
}


@shared
@pytest.mark.parametrize("name", BAD)
def test_a_hostile_file_is_refused_with_its_sentence_or_read_as_it_must_be(alice, name):
    sentence, rows, unreadable = BAD[name]

    response = upload(alice, (FIXTURES / "bad" / name).read_bytes(), name)

    if sentence:
        assert (response.status_code, response.context["form"].errors["file"]) == (422, [sentence])
        assert not Import.objects.exists()
        return
    source = latest()
    if source.state == State.UPLOADED:
        assert alice.post(mapping_url(source), mapping_fields(alice, source)).status_code == 302
    assert (source.rows.readable().count(), source.rows.unreadable().count()) == (rows, unreadable)
    text = alice.get(f"{show_url(source)}?pile=unreadable").content.decode()
    for row in source.rows.unreadable():
        assert f"{row.line}" in text
        assert row.reason


@shared
def test_formulas_and_html_are_kept_as_they_are_and_escaped(alice):
    data = (FIXTURES / "bad" / "formula_injection.csv").read_bytes()
    source = read(alice, data)

    page = alice.get(show_url(source)).content.decode()

    for row in source.rows.all():
        assert row.description in data.decode().replace('""', '"')
        if "<" in row.description:
            assert row.description not in page
    assert any(row.description.startswith("=") for row in source.rows.all())


@shared
def test_dates_that_can_be_read_either_way_are_asked_about_in_words(alice):
    upload(alice, (FIXTURES / "bad" / "ambiguous_dates.csv").read_bytes())

    form = alice.get(mapping_url(latest())).context["form"]

    assert "date_order" in form.questions
    assert form["date_order"].value() is None
    assert form["date_order"].label.startswith("Is ")


# ── a long reading is told ──


@pytest.fixture
def everything_is_long(monkeypatch):
    monkeypatch.setattr(uploading, "LONG", 10)


def told(response):
    return b"".join(response.streaming_content).decode()


@pytest.mark.usefixtures("everything_is_long")
def test_a_long_reading_of_a_table_is_told_and_leads_on(alice):
    upload(alice, SIMPLE)
    source = latest()

    response = alice.post(mapping_url(source), mapping_fields(alice, source))
    text = told(response)

    source.refresh_from_db()
    assert response.streaming
    assert "Reading the file" in text
    assert "Writing the rows" in text
    assert f'content="0; url={show_url(source)}"' in text
    assert (source.state, source.rows.count()) == (State.MAPPED, 5)


@pytest.mark.usefixtures("everything_is_long")
def test_a_long_upload_that_needs_no_word_is_told_too(alice):
    text = told(upload(alice, OFX, "bank.ofx"))

    assert f'content="0; url={show_url(latest())}"' in text
    assert latest().rows.count() == 2


@pytest.mark.usefixtures("everything_is_long")
def test_a_long_upload_that_needs_a_word_leads_to_the_question(alice):
    text = told(upload(alice, QIF, "bank.qif"))

    assert f'content="0; url={mapping_url(latest())}"' in text
    assert latest().state == State.UPLOADED


@pytest.mark.usefixtures("everything_is_long")
def test_a_long_reading_that_somebody_leaves_has_written_nothing(alice, people):
    upload(alice, SIMPLE, payment_method="", new_method="")
    source = latest()
    fields = mapping_fields(alice, source, payment_method="new", new_method="Card")

    response = alice.post(mapping_url(source), fields)
    sent = iter(response.streaming_content)
    while b"Writing the rows" not in next(sent):
        pass
    leave(response)

    source.refresh_from_db()
    assert source.state == State.UPLOADED
    assert not ImportRow.objects.exists()
    assert not PaymentMethod.objects.exists()


@pytest.mark.usefixtures("everything_is_long")
def test_a_long_reading_that_finds_no_row_says_so_and_leads_back(alice):
    upload(alice, SIMPLE)
    source = latest()

    text = told(alice.post(mapping_url(source), mapping_fields(alice, source, amount="1")))

    assert "No row can be read in this way." in text
    assert 'http-equiv="refresh"' not in text
    assert latest().state == State.UPLOADED


# ── how much it asks of the database ──


@pytest.mark.parametrize("rows", [2, 400])
def test_the_reading_page_asks_the_same_of_many_rows(alice, people, rows, django_assert_max_num_queries):
    lines = "\n".join(f"D{n % 28 + 1:02}/{n % 12 + 1:02}/2026\nT-1.00\nPShop {n}\n^" for n in range(rows))
    upload(alice, f"!Type:Bank\n{lines}\n".encode(), "bank.qif", payment_method="", new_method="")
    source = latest()

    with django_assert_max_num_queries(8):
        assert alice.get(mapping_url(source)).status_code == 200


def test_another_number_of_a_known_card_is_told_and_remembered_when_it_is_taken_in(alice, people):
    card = make_method(people.household, "Card")
    other = account_hash(people.household, "9999")
    people.household.payment_methods.filter(pk=card.pk).update(account_hash=other)
    upload(alice, OFX, "bank.ofx", payment_method=str(card.pk), new_method="")
    source = latest()
    assert source.state == State.UPLOADED  # asked first

    alice.post(mapping_url(source), mapping_fields(alice, source, payment_method=card.pk))

    assert "Statements of “Card” have named another account number until now." in (
        alice.get(show_url(source)).content.decode()
    )
    card.refresh_from_db()
    assert card.account_hash == other
    source.choose_among(source.rows.all(), category=people.food)
    alice.post(reverse("imports:commit", args=[source.pk]))
    upload(alice, OFX.replace(b"<FITID>a1", b"<FITID>a9"), "next.ofx", payment_method="", new_method="")
    assert (latest().state, latest().payment_method, latest().summary["notices"]) == (State.MAPPED, card, [])
