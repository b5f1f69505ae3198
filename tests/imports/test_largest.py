"""Files of 20 MB in the worst shapes there are, of every format: each is read or refused within 10 seconds of one
processor and 300 MB, in a process of its own."""

import io
import random
import zipfile
from collections.abc import Callable

import pytest

from tests.imports.damage import workbook as small_workbook
from tests.imports.damage import zipped
from tests.imports.measuring import cost_of

pytestmark = [pytest.mark.either, pytest.mark.soak]  # minutes; the same shapes are tried at 1 MB in test_bounds

LARGEST = 20 * 1024 * 1024
SECONDS, MEGABYTES = 10, 300
OFX = "OFXHEADER:100\nDATA:OFXSGML\n\n<OFX><BANKMSGSRSV1><STMTTRNRS><STMTRS><CURDEF>USD<BANKTRANLIST>"
CAMT = "<Document xmlns='urn:iso:std:iso:20022:tech:xsd:camt.053.001.02'><BkToCstmrStmt><Stmt>"
CAMT_END = "</Stmt></BkToCstmrStmt></Document>"
EMPTY_ENTRY = "<Ntry><Amt Ccy='EUR'>1.00</Amt><CdtDbtInd>DBIT</CdtDbtInd><BookgDt><Dt>2026-01-05</Dt></BookgDt></Ntry>"
CHANGE = ":61:2601060106D9,90NTRFNONREF\n"


def full(unit: str, *, begin: str = "", end: str = "") -> bytes:
    """So many of the unit as 20 MB hold."""
    room = LARGEST - len(begin.encode()) - len(end.encode())
    return (begin + unit * (room // len(unit.encode())) + end).encode()


def rows(row: Callable[[int], str], count: int, *, begin: str = "", end: str = "") -> bytes:
    """So many rows, each a little other than the one before, filled up to 20 MB by their own length."""
    return (begin + "".join(row(n) for n in range(count)) + end).encode()[:LARGEST]


def camt(unit: str) -> bytes:
    return full(unit, begin=CAMT, end=CAMT_END)


def ofx(unit: str) -> bytes:
    return full(unit, begin=OFX, end="</BANKTRANLIST></STMTRS></STMTTRNRS></BANKMSGSRSV1></OFX>")


def workbook(
    row: Callable[[int], str], count: int, *, strings: str = "", packing: int = zipfile.ZIP_DEFLATED
) -> bytes:
    """A workbook of one sheet, whose XML is written by hand."""
    main = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    written = {
        "xl/worksheets/sheet1.xml": f"<worksheet {main}><sheetData>{''.join(map(row, range(1, count + 1)))}"
        "</sheetData></worksheet>",
        "xl/sharedStrings.xml": f"<sst {main}>{strings}</sst>",
    }
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(small_workbook(["x"]))) as book, zipfile.ZipFile(out, "w", packing) as again:
        for info in book.infolist():
            again.writestr(info.filename, written.get(info.filename) or book.read(info))
    return out.getvalue()


def cells(n: int, width: int, text: str = "2026-01-05") -> str:
    """A row of a text, an amount and other figures."""
    figures = "".join(f"<c><v>{n + at}</v></c>" for at in range(width - 2))
    return f'<row r="{n}"><c t="inlineStr"><is><t>{text}</t></is></c><c><v>-{n}.25</v></c>{figures}</row>'


def noise(length: int) -> str:
    chance = random.Random(length)
    return "".join(chance.choices("abcdefghijklmnopqrstuvwxyz0123456789", k=length))


def third(row: Callable[[int], str], first: int, begin: str, end: str) -> bytes:
    """A third of 40 MB."""
    parts, left, n = [begin], LARGEST * 2 // 3 - len(begin) - len(end) - 1_000, first
    while left > 0:
        parts.append(row(n))
        left -= len(parts[-1].encode())
        n += 1
    return "".join([*parts, end]).encode()


def three(row: Callable[[int], str], begin: str, end: str = "") -> bytes:
    """A zip of three files, 40 MB together."""
    return zipped(**{f"{n}.txt": third(row, n * 10**6, begin, end) for n in range(3)})


def entry(n: int) -> str:
    return (
        f"<Ntry><NtryRef>{n}</NtryRef><Amt Ccy='EUR'>{n}.25</Amt><CdtDbtInd>DBIT</CdtDbtInd><Sts>BOOK</Sts>"
        f"<BookgDt><Dt>2026-01-05</Dt></BookgDt><AcctSvcrRef>R{n}</AcctSvcrRef><NtryDtls><TxDtls>"
        f"<Refs><EndToEndId>E{n}</EndToEndId></Refs><RltdPties><Cdtr><Nm>Shop {n}</Nm></Cdtr>"
        f"<CdtrAcct><Id><IBAN>DE{n:020}</IBAN></Id></CdtrAcct></RltdPties>"
        f"<RmtInf><Ustrd>Invoice {n} of {noise(20)}</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>\n"
    )


def transaction(n: int, memo: str = "") -> str:
    return (
        f"<STMTTRN>\n<TRNTYPE>DEBIT\n<DTPOSTED>20260105120000[-5:EST]\n<TRNAMT>-{n}.25\n<FITID>{n}\n<NAME>Shop {n}\n"
        f"<MEMO>{memo or f'Card 1234 place {n}'}\n</STMTTRN>\n"
    )


CSV = "Date,Payee,Amount,Balance,Reference\n"
QIF = "!Type:Bank\n"
MT940 = ":20:X\n:25:AT611904300234573201\n:28C:6/1\n:60F:C260101EUR0,00\n"
SHAPES: dict[str, Callable[[], bytes]] = {
    "csv: 199,999 rows": lambda: rows(
        lambda n: f"2026-01-{1 + n % 28:02},Shop {n} {'x' * 50},-{n}.25,{n},R{n}\n", 199_999, begin=CSV
    ),
    "csv: 200,001 rows": lambda: rows(
        lambda n: f"2026-01-{1 + n % 28:02},Shop {n},-{n}.25,{n},R{n}\n", 200_001, begin=CSV
    ),
    "csv: 199,999 rows in quotes": lambda: rows(
        lambda n: f'"2026-01-05","Shop ""{n}""","-{n}.25","{n}","{"x" * 40}"\n', 199_999, begin=CSV
    ),
    "csv: rows without a day": lambda: full(",a,1.00,2,3\n", begin=CSV),
    "csv: no line end": lambda: full("a"),
    "csv: delimiters": lambda: full(","),
    "csv: quotes": lambda: full('"'),
    "csv: line ends": lambda: full("\n", begin=CSV),
    "csv: rows of 200 columns": lambda: full("2026-01-05," + "1.5," * 198 + "\n"),
    "csv: rows of 199 empty columns": lambda: full("," * 198 + "2026-01-05\n"),
    "csv: rows of 201 columns": lambda: full("2026-01-05," + "1.5," * 199 + "1\n"),
    "csv: columns of fees and amounts": lambda: rows(
        lambda n: f"2026-01-{1 + n % 28:02},Shop {n}" + f",-{n % 90}.50" * 99 + f",{n % 7}.25" * 99 + "\n",
        18_000,
        begin="Date,Payee"
        + "".join(f",Amount {n}" for n in range(99))
        + "".join(f",Fee {n}" for n in range(99))
        + "\n",
    ),
    "csv: quotes never closed": lambda: full('2026-01-05,"x,-1.00\n', begin=CSV),
    "csv: breaks in quotes": lambda: full('2026-01-05,"' + "x\n" * 55 + '",-1.00\n', begin=CSV),
    "csv: long cells": lambda: full("2026-01-05," + "x" * 99_000 + ",-1.00\n", begin=CSV),
    "csv: carriage returns": lambda: full("2026-01-05,a,-1.00\r", begin=CSV),
    "csv: texts that go on": lambda: full(",more text,\n", begin="Date,Payee,Amount\n2026-01-05,a,-1.00\n"),
    "csv: utf-16": lambda: "".join(f"2026-01-05\tŻabka {n} {'x' * 20}\t-{n}.25\n" for n in range(180_000)).encode(
        "utf-16"
    )[:LARGEST],
    "csv: one byte letters": lambda: "".join(
        f"2026-01-05;Möbel Süß {n} {'ä' * 50};-{n},25\n" for n in range(199_000)
    ).encode("cp1252")[:LARGEST],
    "csv: damaged letters": lambda: b"2026-01-05,\xe9\xff\x81,-1.00\n" * (LARGEST // 26),
    "csv: every amount another sign": lambda: full("2026-01-05,a,(1.00\n2026-01-05,a,1.00-)\n", begin=CSV),
    "csv: blanks": lambda: full(" " * 1000 + "\n", begin=CSV),
    "csv: figures": lambda: full("9" * 90_000 + ",2026-01-05,1\n"),
    "csv: NULs": lambda: full("2026-01-05,a\x00,-1.00\n", begin=CSV),
    "ofx: 140,000 rows": lambda: rows(transaction, 170_000, begin=OFX),
    "ofx: shortest rows": lambda: ofx("<STMTTRN><TRNAMT>-1<DTPOSTED>20260105"),
    "ofx: rows alone": lambda: ofx("<STMTTRN>"),
    "ofx: ends alone": lambda: ofx("</STMTTRN>"),
    "ofx: tags": lambda: ofx("<A>1"),
    "ofx: open signs": lambda: ofx("<"),
    "ofx: open tags with blanks": lambda: ofx("<STMTTRN "),
    "ofx: one long text": lambda: ofx("x"),
    "ofx: comments": lambda: ofx("<!-- -->"),
    "ofx: comments that never end": lambda: ofx("<!-- "),
    "ofx: cdata": lambda: ofx("<![CDATA[x]]>"),
    "ofx: entities": lambda: ofx("<STMTTRN><TRNAMT>-1<DTPOSTED>20260105<NAME>" + "&amp;" * 10_000 + "</STMTTRN>"),
    "ofx: lists of investments": lambda: ofx("<INVPOS>"),
    "ofx: lines": lambda: ofx("\n"),
    "ofx: errors": lambda: ofx("<SEVERITY>ERROR"),
    "ofx: accounts": lambda: ofx("<STMTRS><BANKACCTFROM><ACCTID>1<STMTTRN><TRNAMT>-1<DTPOSTED>20260105</STMTTRN>"),
    "qif: 199,999 rows": lambda: rows(
        lambda n: f"D01/{1 + n % 28:02}/2026\nT-{n}.25\nPShop {n} {'x' * 40}\nMnote {n}\n^\n", 199_999, begin=QIF
    ),
    "qif: shortest rows": lambda: full("D1/13/26\nT-1\n^\n", begin=QIF),
    "qif: marks": lambda: full("^\n", begin=QIF),
    "qif: one row": lambda: full("Mx\n", begin=QIF + "D1/13/26\nT-1\n"),
    "qif: one row of parts": lambda: full("Sx\n$1\n", begin=QIF + "D1/13/26\nT-1\n"),
    "qif: rows of parts": lambda: full("D1/13/26\nT-100\n" + "Sx\nEm\n$1\n" * 900 + "^\n", begin=QIF),
    "qif: days": lambda: full("D1/13/26\n", begin=QIF),
    "qif: headers": lambda: full("!Type:Bank\n"),
    "qif: no line end": lambda: full("x", begin=QIF),
    "qif: line ends": lambda: full("\n", begin=QIF),
    "qif: every day another": lambda: rows(
        lambda n: f"D{1 + n % 12}/{1 + n % 28}/{1900 + n % 300}\nT-{n}.{n % 100:02}\nP{n}{'y' * 60}\n^\n",
        199_999,
        begin=QIF,
    ),
    "qif: a list of categories": lambda: full("Nx\nI\n^\n", begin="!Type:Cat\n"),
    "camt: entries": lambda: camt("".join(map(entry, range(1000)))),
    "camt: shortest entries": lambda: camt(EMPTY_ENTRY),
    "camt: empty entries": lambda: camt("<Ntry/>"),
    "camt: one entry": lambda: camt("<Ntry>" + "<x/>" * 5_000_000),
    "camt: entries of 30,000 payments": lambda: camt("<Ntry><NtryDtls>" + "<TxDtls/>" * 30_000 + "</NtryDtls></Ntry>"),
    "camt: one long text": lambda: camt("<Ntry><AddtlNtryInf>" + "x" * 19_000_000 + "</AddtlNtryInf></Ntry>"),
    "camt: one text of entities": lambda: camt(
        "<Ntry><AddtlNtryInf>" + "&amp;" * 3_900_000 + "</AddtlNtryInf></Ntry>"
    ),
    "camt: nested": lambda: camt("<a>"),
    "camt: statements": lambda: camt("<Stmt><Acct><Id><IBAN>X</IBAN></Id></Acct></Stmt>"),
    "camt: balances": lambda: camt(
        "<Bal><Tp><CdOrPrtry><Cd>OPBD</Cd></CdOrPrtry></Tp><Amt Ccy='EUR'>1</Amt><CdtDbtInd>CRDT</CdtDbtInd></Bal>"
    ),
    "camt: attributes": lambda: camt("<Ntry " + " ".join(f"a{n}='{n}'" for n in range(20_000)) + "/>"),
    "camt: other elements": lambda: camt("<x/>"),
    "camt: balances of other currencies": lambda: rows(
        lambda n: f"<Bal><Amt Ccy='{n:07}'>1</Amt><CdtDbtInd>CRDT</CdtDbtInd></Bal>", 250_000, begin=CAMT, end=CAMT_END
    ),
    "mt940: 199,999 rows": lambda: rows(
        lambda n: f":61:2601060106D{n},90NTRF{n}//B{n}\n:86:020?00LASTSCHRIFT?20SVWZ+Shop {n}?32NAME\n",
        199_999,
        begin=MT940,
    ),
    "camt: ampersands": lambda: camt(entry(1).replace("Shop", "A & B" * 6)),
    "camt: documents end to end": lambda: rows(lambda n: CAMT + entry(n) * 30 + CAMT_END, 990),
    "mt940: shortest rows": lambda: full(":61:\n", begin=MT940),
    "mt940: rows": lambda: full(CHANGE, begin=MT940),
    "mt940: one purpose": lambda: full("x\n", begin=MT940 + CHANGE + ":86:"),
    "mt940: purposes": lambda: full(":86:\n", begin=MT940 + CHANGE),
    "mt940: one line": lambda: full("x", begin=MT940 + CHANGE + ":86:"),
    "mt940: fields of a purpose": lambda: full("?20x", begin=MT940 + CHANGE + ":86:"),
    "mt940: words of a purpose": lambda: full(CHANGE + ":86:" + "/REMI/x" * 10_000 + "\n", begin=MT940),
    "mt940: statements": lambda: full(
        ":20:X\n:25:1\n:60F:C260101EUR0,00\n:62F:C260101EUR1,00\n", begin=MT940 + CHANGE
    ),
    "mt940: line ends": lambda: full("\n", begin=MT940),
    "mt940: at signs": lambda: full("@@:61:2601060106D9,90NTRF", begin=":20:X@@:25:1@@:28C:1"),
    "mt940: colons": lambda: full(":", begin=MT940 + CHANGE),
    "mt940: slashes": lambda: full("/", begin=MT940 + CHANGE + ":86:"),
    "mt940: figures": lambda: full("9", begin=MT940 + ":61:2601060106D"),
    "mt940: blanks in a row": lambda: full(" ", begin=MT940 + ":61:2601060106D9,90N", end="x"),
    "xlsx: 199,999 rows": lambda: workbook(lambda n: cells(n, 4), 199_999),
    "xlsx: 200,001 rows": lambda: workbook(lambda n: cells(n, 2), 200_001),
    "xlsx: 12,000 rows of 200 columns": lambda: workbook(
        lambda n: f'<row r="{n}">' + "<c><v>1.5</v></c>" * 200 + "</row>", 12_000
    ),
    "xlsx: 9,000 rows of 70 long texts": lambda: workbook(lambda n: cells(n, 2, "2026-01-05 " + noise(1500)), 18_000),
    "xlsx: a cell far away": lambda: workbook(lambda n: f'<row r="{n}"><c r="XFD1048576"><v>1</v></c></row>', 1),
    "xlsx: shared texts": lambda: workbook(
        lambda n: (
            f'<row r="{n}"><c r="A{n}" t="s"><v>{n - 1}</v></c><c r="B{n}"><v>{n}.5</v></c>'
            f'<c r="C{n}"><v>46000</v></c></row>'
        ),
        150_000,
        strings="".join(f"<si><t>Shop {n} {'x' * 200}</t></si>" for n in range(150_000)),
    ),
    "xlsx: one text again and again": lambda: workbook(
        lambda n: f'<row r="{n}"><c r="A{n}" t="s"><v>0</v></c></row>',
        100_000,
        strings=f"<si><t>{'x' * 30_000}</t></si>",
    ),
    "xlsx: stored": lambda: workbook(lambda n: cells(n, 4), 90_000, packing=zipfile.ZIP_STORED)[:LARGEST],
    "zip: three of CAMT": lambda: three(entry, CAMT, CAMT_END),
    "zip: three of OFX": lambda: three(lambda n: transaction(n, noise(150)), OFX),
    "zip: three of OFX, too many rows": lambda: three(transaction, OFX),
    "zip: three of MT940": lambda: three(
        lambda n: f":61:2601060106D{n},90NTRF{n}//B{n}\n:86:020?00LAST?20SVWZ+Shop {n}?32{'N' * 170}\n", MT940
    ),
    "zip: one CSV": lambda: zipped(
        one=rows(lambda n: f"2026-01-{1 + n % 28:02},Shop {n} {'x' * 50},-{n}.25,{n},R{n}\n", 199_999, begin=CSV)
    ),
    "zip: 100 small ones": lambda: zipped(**{f"{n}.xml": (CAMT + entry(n) + CAMT_END).encode() for n in range(100)}),
    "zip: members": lambda: zipped(**{f"{n}": b"" for n in range(4_900)}),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_no_file_of_20_mb_takes_long_or_much_room(shape):
    data = SHAPES[shape]()
    assert len(data) <= LARGEST

    cost = cost_of(data)

    assert cost.seconds < SECONDS, cost
    assert cost.megabytes < MEGABYTES, cost
