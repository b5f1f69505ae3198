"""QIF as programs of thirty years write it; one small file for each manner."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from expenses.imports.statements import (
    Mapping,
    MappingError,
    Refused,
    Split,
    Statement,
    adapt,
    fields_of,
    guess,
    qif,
    read,
    recognise,
    signatures,
)

pytestmark = pytest.mark.either  # asks no database

STATEMENTS = Path(__file__).parent.parent / "statements" / "qif"
NAMES = sorted(path.name for path in STATEMENTS.iterdir())

# What each says: physical line, day, amount (money out negative) | account | description | memo | category | nature.
SAID = {
    "ambiguous.qif": """
        2 2026-03-04 -5.00 |  | Bus |  |  |
        6 2026-04-05 -6.00 |  | Tram |  |  |
    """,
    "american_thousands_only.qif": """
        2 2026-01-30 -1000 |  | Rent |  |  |
        6 2026-02-28 -2500 |  | Car |  |  |
    """,
    "damaged.qif": """
        2 2026-01-31 -1.00 |  | Good |  |  |
        17 2026-02-02 -4.00 |  | The mark behind is missing |  |  |
        20 2026-02-03 -5.00 |  | So this is another | The shop Down the road |  |
        42 2026-02-07 -10.00 |  | unusual |  |  |
    """,
    "dotted_euro.qif": """
        2 2026-04-03 -1234.56 |  | Möbel |  |  |
        6 2026-04-05 12.50 |  | Flohmarkt |  |  |
    """,
    "old_mac.qif": """
        2 2025-12-25 -12.00 |  | Café |  |  |
        6 2025-12-26 0.00 |  | Nothing |  |  |
    """,
    "quicken_apostrophes.qif": """
        2 1999-12-31 -25.00 |  | Old Century Shop |  | Food |
        7 2000-01-02 -30.50 |  | New Century Shop | Two lines | Food:Out |
        15 2004-06-15 -1040.00 |  | Landlord |  | [Savings] | transfer
        24 2026-10-05 1500.00 |  | Employer |  | Salary |
    """,
    "several_accounts.qif": """
        28 2026-01-13 100.00 | Current | Opening Balance |  | [Current] | opening
        34 2026-01-14 -20.00 | Current | Grocer | Holiday | Food |
        39 2026-01-15 -50.00 | Current | Visa |  | [Visa] | transfer
        48 2026-01-15 50.00 | Visa | Payment |  | [Current] | transfer
        53 2026-01-16 -9.99 | Visa | Books |  | Arts/Crafts |
    """,
    "splits.qif": """
        2 2026-02-20 -60.00 |  | Supermarkt |  | Lebensmittel |
        12 2026-02-21 -1000.00 |  | Bank |  |  |
        21 2026-02-22 -10.00 |  | Kiosk | Montag | Zeitung |
        28 2026-02-23 -80.00 |  | Versicherung |  |  |
        36 2026-02-24 -300.00 |  | Zwei Konten |  |  | transfer
    """,
    "unknown_type_utf16.qif": """
        2 2026-02-13 -7.00 |  | Boulangerie Œuf |  | Vie courante:Pain |
        7 2026-02-14 -8.00 |  | Check 123 |  |  |
        11 2026-02-15 -9.00 |  | Épargne |  | [Épargne] | transfer
    """,
    "without_header_or_end.qif": """
        1 2026-02-03 -5.50 |  | Bus |  |  |
        5 2026-02-04 -6.50 |  | Tram | Return |  |
    """,
}
ASKED = {
    "ambiguous.qif": {"date_order": ("MDY", "DMY")},
    "american_thousands_only.qif": {"decimal_mark": (".", ",")},
}


def statement(name: str) -> Statement:
    return read((STATEMENTS / name).read_bytes())


def days(*texts: str) -> list[str]:
    rows = "".join(f"D{text}\nT-1.00\n^\n" for text in texts)
    return [str(record.date) for record in read(f"!Type:Bank\n{rows}".encode()).records]


def of_row(*lines: str) -> bytes:
    return "\n".join(["!Type:Bank", "D2026-04-01", *lines, "^", ""]).encode()


def test_every_file_has_its_rows_written_down():
    assert sorted(SAID) == NAMES


@pytest.mark.parametrize("name", SAID)
def test_a_manner_is_read_as_it_was_meant(name):
    found = [
        f"{r.line} {r.date} {r.amount} | {r.account} | {r.description} | {r.memo} | {r.category} | {r.nature}".rstrip()
        for r in statement(name).records
    ]

    assert found == [line.strip() for line in SAID[name].strip().splitlines()]


@pytest.mark.parametrize("name", NAMES)
def test_what_the_rows_leave_open_is_asked_and_nothing_else(name):
    data = (STATEMENTS / name).read_bytes()

    guessed = guess(data)

    assert recognise(data) == "qif"
    assert guessed.alternatives == ASKED.get(name, {})
    assert read(data).ambiguous == guessed.ambiguous == tuple(guessed.alternatives)


def test_lists_are_left_out_and_counted():
    assert statement("several_accounts.qif").left_out_counts() == {
        "a category of a list": 2,
        "a class of a list": 1,
        "a remembered transaction, not one that was made": 1,
        "an investment bought, sold or credited": 1,
        "a price of a security": 1,
        "a security explained": 1,
    }


def test_damaged_rows_are_named_by_line_and_the_others_read():
    assert [(problem.line, problem.reason) for problem in statement("damaged.qif").problems] == [
        (6, "“2/30/2026” is not a day in the calendar."),
        (10, "“abc” is not an amount."),
        (14, "There is no date in this row."),
        (26, "The row has two amounts: -6.00 and -7.00."),
        (31, "Two days or two amounts stand in this row: the mark (^) between two rows is missing."),
        (38, "“1e5” is not an amount."),
    ]


def test_a_note_that_goes_on_in_a_line_like_a_day_has_no_control_characters():
    [record] = read(of_row("T-1.00", "PShop", "MThe shop", "Down\x00 the\x1b road")).records

    assert record.memo == "The shop Down the road"


def test_a_file_that_ends_without_its_mark_is_read_and_pointed_out():
    assert statement("without_header_or_end.qif").notices == (qif.NO_END,)
    assert statement("ambiguous.qif").notices == ()


def test_files_put_one_behind_the_other_are_read_as_one():
    first, second = (
        b"\xef\xbb\xbf!Account\nNGiro\nTBank\n^\n",
        b"\xef\xbb\xbf!Type:Bank\nD2026-04-01\nT-1.00\nPShop\n^\n",
    )

    found = read(first + second + second)

    assert [(record.account, record.payee, record.line) for record in found.records] == [
        ("Giro", "Shop", 6),
        ("Giro", "Shop", 11),
    ]


def test_splits_are_parts_where_they_add_up_and_text_where_they_are_none():
    sound, broken, single, shares, moves = statement("splits.qif").records

    assert sound.splits == (
        Split(Decimal("-40.00"), "Lebensmittel", "Brot", "-40,00"),
        Split(Decimal("-20.00"), "Haushalt", "", "-20,00"),
    )
    assert broken.splits[1] == Split(None, "Tilgung", "", "=746,36")
    assert [part.text for part in shares.splits] == ["75%", "25%"]
    assert [row.is_split for row in (sound, broken, single, shares, moves)] == [True, False, False, False, True]


def test_a_move_among_other_parts_does_not_make_the_row_one():
    (record,) = read(of_row("T-10.00", "L[Visa]", "S[Visa]", "$-4.00", "SFees", "$-6.00")).records

    assert (record.nature, record.category, record.is_split) == ("", "[Visa]", True)
    assert [part.nature for part in record.splits] == ["transfer", ""]


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("6/ 1/94", "1994-06-01"),
        (" 6/ 1/94", "1994-06-01"),
        ("6/1'94", "2094-06-01"),
        ("6/ 1' 4", "2004-06-01"),
        ("6/1/'04", "2004-06-01"),
        ("6/1'2004", "2004-06-01"),
        ("6-1-2004", "2004-06-01"),
        ("1.6.2004", "2004-06-01"),
        ("1.6.04", "2004-06-01"),
        ("1. 6.04", "2004-06-01"),
        ("6.13.04", "2004-06-13"),
        ("2004-06-01", "2004-06-01"),
        ("2004/6/1", "2004-06-01"),
        ("20040601", "2004-06-01"),
        ("13/06/69", "2069-06-13"),
        ("13/06/70", "1970-06-13"),
        ("06/13/2004 10:00", "2004-06-13"),
        ("1 Jun 2004", "2004-06-01"),
    ],
)
def test_a_day_alone_in_its_file_is_read_with_the_month_first_where_it_may_be(text, day):
    assert days(text) == [day]


def test_one_day_decides_the_order_of_all():
    assert days("01/02/2026", "13/02/2026") == ["2026-02-01", "2026-02-13"]
    assert days("01/02/2026", "02/13/2026") == ["2026-01-02", "2026-02-13"]
    assert days("26/02/01", "26/02/28", "26/12/31") == ["2026-02-01", "2026-02-28", "2026-12-31"]


def test_the_answers_of_a_person_count():
    data = (STATEMENTS / "ambiguous.qif").read_bytes()

    found = read(data, Mapping(date_order="DMY"))

    assert [str(record.date) for record in found.records] == ["2026-04-03", "2026-05-04"]
    assert found.ambiguous == ()
    assert fields_of("qif") == ("encoding", "date_order", "decimal_mark")


def test_the_decimal_mark_and_the_letters_can_be_changed():
    data = "!Type:Bank\nD2026-04-01\nT-1,234\nPCaf\u00e9\n^\n".encode("cp850")

    (record,) = read(data, Mapping(encoding="cp850", date_order="YMD", decimal_mark=",")).records

    assert (record.amount, record.payee) == (Decimal("-1.234"), "Café")


def test_a_mapping_that_names_no_encoding_is_refused_at_its_field():
    with pytest.raises(MappingError) as error:
        read((STATEMENTS / "ambiguous.qif").read_bytes(), Mapping(encoding="klingon"))

    assert set(error.value.errors) == {"encoding"}


def test_what_was_answered_is_used_again_only_where_the_next_file_leaves_it_open():
    first, second = (STATEMENTS / "ambiguous.qif").read_bytes(), (STATEMENTS / "old_mac.qif").read_bytes()
    american = b"!Type:Bank\nD02/13/2026\nT1.00\n^\n"
    answered = Mapping(date_order="DMY")

    assert adapt(first, answered, "").date_order == "DMY"
    assert adapt(american, answered, "").date_order == "MDY"
    assert signatures(first) == signatures(american) == signatures(second)
    assert signatures(first) != signatures((STATEMENTS / "dotted_euro.qif").read_bytes())


@pytest.mark.parametrize(
    ("lines", "description", "memo"),
    [
        (["T-1.00", "PShop", "MCard"], "Shop", "Card"),
        (["T-1.00", "MCard"], "Card", ""),
        (["T-1.00", "N0042"], "Check 42", ""),
        (["T-1.00", "ASquare 1", "AOld Town"], "Square 1", ""),
        (["T-1.00", "LFood"], "Food", ""),
        (["T-1.00", "L[Visa]/Work"], "Visa", ""),
        (["T-1.00"], "", ""),
        (["T-1.00", "PShop", "MOne", "Thank you", "Delivered"], "Shop", "One Thank you Delivered"),
    ],
)
def test_a_row_is_called_by_the_best_that_it_has(lines, description, memo):
    (record,) = read(of_row(*lines)).records

    assert (record.description, record.memo) == (description, memo)


@pytest.mark.parametrize("words", ["Opening Balance", "OPENING BALANCE", "Solde initial", "Anfangssaldo"])
def test_an_opening_balance_is_called_one(words):
    (record,) = read(of_row("T100.00", f"P{words}", "L[Current]")).records

    assert record.nature == "opening"


def test_the_text_of_a_row_does_not_change_when_it_is_cleared():
    before, after = read(of_row("T-1.00", "PShop")), read(of_row("T-1.00", "CX", "PShop"))

    assert before.records[0].raw == after.records[0].raw


@pytest.mark.parametrize("text", ["1e5", "NaN", "--5", "abc", "", "1" * 30, "0.00001"])
def test_what_is_no_amount_is_a_problem_and_never_zero(text):
    found = read(of_row(f"T{text}", "PShop"))

    assert (found.records, [problem.line for problem in found.problems]) == ([], [2])


def test_the_larger_field_counts_where_the_other_is_unreadable():
    assert [record.amount for record in read(of_row("T*****", "U-12,345,678.90")).records] == [Decimal("-12345678.90")]


def test_a_day_more_than_a_year_ahead_is_a_problem():
    found = read(b"!Type:Bank\nD2028-01-01\nT1.00\n^\n", today=date(2026, 1, 1))

    assert [problem.reason for problem in found.problems] == ["“2028-01-01” is more than a year ahead."]


@pytest.mark.parametrize("data", [b"!Type:Bank\n", b"!Type:Cat\nNFood\nE\n^\n", b"!Account\nNVisa\nTCCard\n^\n"])
def test_a_file_without_rows_is_refused_with_a_sentence(data):
    for open_it in (guess, read):
        with pytest.raises(Refused) as refused:
            open_it(data)

        assert refused.value.reason == "No transactions found."


def test_blank_lines_within_a_row_are_passed_over():
    (record,) = read(of_row("T-1.00", "", "  ", "PShop")).records

    assert (record.amount, record.payee) == (Decimal("-1.00"), "Shop")


def test_a_row_without_end_is_a_problem_of_its_own():
    found = read(of_row("T-1.00", *["Mmore"] * 30_000) + b"D2026-04-02\nT-2.00\n^\n")

    assert [problem.reason for problem in found.problems] == ["The row is longer than 100,000 characters."]
    assert [record.amount for record in found.records] == [Decimal("-2.00")]


def test_more_rows_than_are_read_are_refused(monkeypatch):
    monkeypatch.setattr("expenses.imports.statements.booked.MOST_ROWS", 2)

    with pytest.raises(Refused, match="more than 200,000 rows"):
        read(b"!Type:Bank\n" + b"D2026-01-01\nT1.00\n^\n" * 3)


# ── what always holds ─────────────────────────────────────────────────────────────────────────────


changes = st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 255)), max_size=8)


@settings(max_examples=300)
@given(st.sampled_from(NAMES), changes, st.integers(0, 10**6) | st.just(-1))
def test_a_damaged_file_is_refused_or_each_of_its_rows_accounted_for(name, changes, end):
    found = bytearray((STATEMENTS / name).read_bytes())
    for at, byte in changes:
        found[at % len(found)] = byte
    data = bytes(found[: end % len(found) + 1])

    try:
        guessed = qif.guess(data)
        rows = qif.read(data)
    except Refused:
        return

    text = data.decode(guessed.mapping.encoding, errors="replace")
    assert len(rows.records) + len(rows.problems) + len(rows.left_out) == sum(1 for _ in qif._rows(text))
    assert all(isinstance(record.amount, Decimal) and record.amount.is_finite() for record in rows.records)


@settings(max_examples=100)
@given(
    st.lists(
        st.tuples(
            st.dates(min_value=date(1970, 1, 1), max_value=date(2069, 12, 31)),
            st.decimals(min_value=-(10**9), max_value=10**9, places=2),
        ),
        min_size=1,
        max_size=8,
    ),
    st.sampled_from(["%m/%d/%Y", "%m/%d/%y", "%m-%d-%Y"]),
)
def test_whatever_an_american_program_writes_is_read_back(movements, style):
    rows = "".join(f"D{day.strftime(style)}\nT{amount:,f}\n^\n" for day, amount in movements)

    found = read(f"!Type:Bank\n{rows}".encode(), Mapping(date_order="MDY")).records

    assert [(record.date, record.amount) for record in found] == movements
