"""What holds of every statement, whatever it says and however it is written."""

import csv
import datetime
import io
import time
from contextlib import suppress
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from expenses.imports.statements import Mapping, MappingError, Refused, guess, preview, read
from expenses.imports.statements import amounts as amount_styles
from expenses.imports.statements import dates as date_styles
from expenses.imports.statements.tables import physical_lines, rows, split

pytestmark = pytest.mark.either  # asks no database

money = st.decimals(min_value=-(10**9), max_value=10**9, places=2)
days = st.dates(min_value=datetime.date(1970, 1, 1), max_value=datetime.date(2069, 12, 31))
texts = st.text(
    alphabet=st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"], exclude_characters="\ufeff\u200b\u2060\u00a0"),
    max_size=30,
).map(str.strip)
marks = st.sampled_from([(".", ","), (",", "."), (".", "'"), (",", " "), (".", " "), (",", "'")])


def written(value: Decimal, decimal_mark: str, thousands_mark: str) -> str:
    plain = f"{value:,.2f}"
    return plain.translate({ord(","): thousands_mark, ord("."): decimal_mark})


@given(money, marks)
def test_an_amount_written_in_any_style_is_read_back(value, style):
    assert amount_styles.parsed(written(value, *style), *style) == value


@given(st.lists(money.filter(lambda value: value), min_size=1, max_size=20), marks)
def test_the_marks_of_amounts_with_cents_are_found(values, style):
    found = amount_styles.marks(written(value, *style) for value in values)

    assert found.sure
    assert found.decimal == style[0]


@given(
    days,
    st.sampled_from(["%d/%m/%Y", "%d.%m.%y", "%d %b %Y", "%Y-%m-%d", "%Y%m%d", "%d%m%Y", "%Y.%m.%d.", "%B %d, %Y"]),
)
def test_a_date_written_day_first_is_read_back(day, style):
    assert date_styles.parsed(day.strftime(style), "DMY") == day


@given(days, st.sampled_from(["%m/%d/%Y", "%m-%d-%y", "%m/%d/%Y %H:%M:%S", "%b %d %Y"]))
def test_a_date_written_month_first_is_read_back(day, style):
    assert date_styles.parsed(day.strftime(style), "MDY") == day


@given(st.lists(st.lists(texts, min_size=2, max_size=6), min_size=1, max_size=8), st.sampled_from(",;\t|"))
def test_what_a_csv_writer_wrote_comes_apart_again(table, delimiter):
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows(table)

    assert [row.cells for row in rows(physical_lines(out.getvalue()), delimiter, '"')] == table


@given(st.text(max_size=80))
def test_a_row_always_comes_apart_somehow(text):
    cells, _ = split(text, ",", '"')

    assert cells is not None


@settings(max_examples=200)
@given(st.lists(st.tuples(days, texts, money.filter(lambda value: value)), min_size=1, max_size=15), marks)
def test_a_statement_is_read_row_by_row_exactly(movements, style):
    mapping = Mapping(
        delimiter=";",
        date=0,
        payee=1,
        amount=2,
        decimal_mark=style[0],
        thousands_mark=style[1],
        leave_out_balances=False,
    )
    out = io.StringIO()
    sheet = csv.writer(out, delimiter=";", quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    sheet.writerow(["Date", "Payee", "Amount"])
    sheet.writerows([day.isoformat(), text, written(value, *style)] for day, text, value in movements)

    found = read(out.getvalue().encode(), mapping)

    assert not found.problems
    assert [(r.date, r.amount, r.description) for r in found.records] == [
        (day, value, text) for day, text, value in movements
    ]
    assert [record.line for record in found.records] == list(range(2, len(movements) + 2))


@settings(max_examples=300)
@given(st.binary(max_size=400) | st.text(alphabet='",;\t\n\r 019.-/aDate\x00', max_size=400).map(str.encode))
def test_no_bytes_whatever_break_the_reading(data):
    records = []
    with suppress(Refused, MappingError):
        found = guess(data)
        preview(data, found.mapping)
        records = read(data, found.mapping).records

    assert all(isinstance(record.amount, Decimal) for record in records)


@settings(max_examples=150)
@given(
    st.lists(
        st.sampled_from(["2024-01-31,a,-1.00", "x", '2024-02-01,"b,-2', ",,", "2024-02-30,c,1", ",d,", ""]),
        max_size=12,
    )
)
def test_every_row_is_accounted_for(lines):
    data = "\n".join(["Date,Payee,Amount", "2024-01-01,first,-1.00", *lines]).encode()

    found = read(data, Mapping(date=0, payee=1, amount=2))

    with_text = sum(bool(line.strip(" ,")) for line in lines) + 1
    assert len(found.records) + len(found.problems) + len(found.left_out) == with_text


def test_a_hundred_thousand_rows_take_seconds():
    lines = [f"{1 + n % 28:02}/{1 + n % 12:02}/2024,Shop {n},-{n % 900}.{n % 100:02}" for n in range(100_000)]
    data = "\n".join(["Date,Payee,Amount", *lines]).encode()
    started = time.process_time()

    found = read(data)

    assert len(found.records) == 100_000
    assert time.process_time() - started < 15  # 2.5 s alone on an idle machine


def test_quotes_that_never_close_do_not_slow_a_file_down():
    lines = [f'2024-01-01,"shop "" {n} "",-1.00' for n in range(20_000)]
    started = time.process_time()

    found = read("\n".join(["Date,Payee,Amount", *lines]).encode(), Mapping(date=0, payee=1, amount=2))

    assert len(found.problems) == 20_000
    assert time.process_time() - started < 15


@pytest.mark.parametrize("name", ["ofx/sgml_cp1252.ofx", "qif/splits.qif", "mt940/two_accounts.sta"])
def test_a_preview_of_a_format_without_columns_shows_its_first_rows(name):
    data = (Path(__file__).parent.parent / "statements" / name).read_bytes()
    mapping = guess(data).mapping
    records = read(data, mapping).records

    shown = preview(data, mapping, rows=2).rows

    assert len(records) > 2
    assert [row.record for row in shown] == records[:2]
