"""What small things say: a password, a currency without cents, an apostrophe that a list put before a text."""

from decimal import Decimal

import pytest

from expenses.imports.statements import Refused, guess, read
from expenses.imports.statements.recognising import PROTECTED

pytestmark = pytest.mark.either  # asks no database

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)


def test_a_workbook_with_a_password_is_no_old_excel_file():
    with pytest.raises(Refused, match="password"):
        guess(OLE + "EncryptedPackage".encode("utf-16-le") + bytes(100))
    with pytest.raises(Refused, match="old Excel file"):
        guess(OLE)
    assert PROTECTED.endswith(".")


@pytest.mark.parametrize("name", ["金額(円)", "Amount (JPY)", "금액(원)"])
def test_money_without_cents_is_not_asked_about(name):
    found = guess(f'Date,Payee,{name}\n2026-01-05,Shop,"-4,500"\n2026-01-06,Shop,"-1,200"\n'.encode())

    assert "decimal_mark" not in found.ambiguous
    assert (found.mapping.decimal_mark, found.mapping.thousands_mark) == (".", ",")


def test_other_money_is_asked_about():
    found = guess(b'Date,Payee,Amount\n2026-01-05,Shop,"-4,500"\n2026-01-06,Shop,"-1,200"\n')

    assert "decimal_mark" in found.ambiguous


def test_texts_of_our_own_list_are_as_they_were_written():
    row = b"2026-01-05,'=Shop,'-Food,12.50,EUR,Card,Alice,'+1 for Bob\n"
    header = b"Date,Description,Category,Amount,Currency,Paid with,Written by,Notes\n"

    record = read(header + row).records[0]

    assert (record.description, record.category, record.memo) == ("=Shop", "-Food", "+1 for Bob")
    assert record.amount == Decimal("-12.50")
    assert "'=Shop" in read(header.replace(b"Written by", b"Author") + row).records[0].raw
    assert read(header.replace(b"Written by", b"Author") + row).records[0].description == "'=Shop"
