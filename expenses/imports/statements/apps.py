"""Exports of budgeting apps, known by their header, and what no row of them tells."""

import re
from collections.abc import Set
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from expenses.imports.statements import amounts, headers, tables
from expenses.imports.statements.columns import Column
from expenses.imports.statements.mapping import Mapping
from expenses.imports.statements.records import Refused, clean

Doubts = dict[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    """What is known of the exports of one app. Headers are written as `headers.normalised` writes them.

    header: the columns that it is known by, all of which are there. columns: those that the mapping is to have, where
    they are there. memo: what of the text goes on. given: other fields of the mapping. nature: the columns that tell
    of moves, and what they say. orders: of a date that could be either, the app's own habit first; it is asked all
    the same. sure: what need not be asked. asked: what must be, with the likelier answer first.
    """

    header: str
    columns: dict[str, str] = field(default_factory=dict)
    memo: tuple[str, ...] = ()
    given: dict[str, Any] = field(default_factory=dict)
    nature: tuple[str, ...] = ()
    transfer: tuple[str, ...] = ()
    opening: tuple[str, ...] = ()
    settlement: tuple[str, ...] = ()
    orders: tuple[str, ...] = ()
    sure: tuple[str, ...] = ()
    asked: Doubts = field(default_factory=dict)
    alone: bool = False  # no other columns stand beside those of the header
    members: bool = False  # whatever comes behind these columns are people


_CATEGORIES_OF_MOVES = (
    "Transfer", "Transfers", "Internal Transfer", "Internal Transfers", "Credit Card Payment", "Credit Card Payments",
)  # fmt: skip

# As Splitwise calls the category of what one person pays another, in the languages its exports come in.
_SETTLEMENTS = (
    "Payment", "Zahlung", "Paiement", "Pago", "Pagamento", "Betaling", "Betalning", "Płatność", "Платеж", "Pembayaran",
)  # fmt: skip

APPS = {
    # Our own lists: spending is positive there, a refund negative; income is positive.
    "our expenses": App(
        header="date; description; category; amount; currency; paid with; written by; notes",
        columns={
            "amount": "amount",
            "payee": "description",
            "category": "category",
            "currency": "currency",
            "account": "paid with",
        },
        memo=("notes",),
        given={"layout": "signed", "flag": None, "status": None, "bank_id": None, "invert": True},
        sure=("invert",),
    ),
    "our income": App(
        header="date; description; amount; currency; written by",
        columns={"amount": "amount", "payee": "description", "currency": "currency"},
        given={"layout": "signed", "flag": None, "status": None, "bank_id": None, "memo": (), "invert": False},
        sure=("invert",),
    ),
    # The same in the file of a household, which is unpacked here.
    "our household's expenses": App(
        header="id; spent on; description; amount; category; payment method; recorded by; notes; created at; "
        "updated at",
        columns={
            "date": "spent on",
            "amount": "amount",
            "payee": "description",
            "category": "category",
            "account": "payment method",
        },
        memo=("notes",),
        given={"layout": "signed", "flag": None, "status": None, "bank_id": None, "currency": None, "invert": True},
        sure=("invert", "date_order"),
    ),
    "our household's income": App(
        header="id; received on; description; amount; recorded by; created at; updated at",
        columns={"date": "received on", "amount": "amount", "payee": "description"},
        given={"layout": "signed", "flag": None, "status": None, "bank_id": None, "memo": (), "invert": False},
        sure=("invert", "date_order"),
    ),
    "YNAB": App(
        header="account; date; payee; category group category; memo; outflow; inflow",
        columns={"category": "category group category", "payee": "payee", "account": "account"},
        memo=("memo",),
        nature=("payee",),
        transfer=("Transfer : *",),
        opening=("Starting Balance",),
    ),
    "YNAB 4": App(
        header="account; date; payee; category; master category; sub category; memo; outflow; inflow",
        columns={"category": "category", "payee": "payee", "account": "account"},
        memo=("memo",),
        nature=("payee",),
        transfer=("Transfer : *",),
        opening=("Starting Balance",),
    ),
    "Actual": App(
        header="account; date; payee; notes; category; amount; split amount",
        columns={"category": "category", "payee": "payee", "account": "account", "amount": "amount"},
        memo=("notes",),
        given={
            "layout": "signed",
            "flag": None,
            "status": None,
            "status_values": (),
            "transfers_name_accounts": True,
        },
        nature=("category", "payee"),
        transfer=("Transfer",),
        opening=("Starting Balance", "Starting Balances"),
        sure=("invert",),
    ),
    "Actual of old": App(
        header="account; date; payee; notes; category; amount",
        columns={"category": "category", "payee": "payee", "account": "account", "amount": "amount"},
        memo=("notes",),
        given={"layout": "signed", "flag": None, "transfers_name_accounts": True},
        nature=("category", "payee"),
        transfer=("Transfer",),
        opening=("Starting Balance", "Starting Balances"),
        sure=("invert",),
        alone=True,
    ),
    "Mint": App(
        header="date; description; original description; amount; transaction type; category; account name; labels",
        columns={
            "category": "category",
            "payee": "description",
            "account": "account name",
            "amount": "amount",
            "flag": "transaction type",
        },
        memo=("original description", "notes", "labels"),
        given={"layout": "flag", "out_texts": ("debit",), "in_texts": ("credit",)},
        sure=("invert",),
        nature=("category",),
        transfer=_CATEGORIES_OF_MOVES,
        orders=("MDY", "DMY"),
    ),
    # Both ends of a movement stand there; its type, not its sign, says which of them is ours. Opening balances go
    # either way, and their sign says which; so do corrections, whose sign says nothing: only what kind of account they
    # come from does.
    "Firefly III": App(
        header="type; amount; date; source name; destination name",
        columns={
            "amount": "amount",
            "flag": "type",
            "flag_first": "source type",
            "payee": "destination name",
            "payee_in": "source name",
            "account": "source name",
            "account_in": "destination name",
            "category": "category",
            "currency": "currency code",
            "bank_id": "journal id",
            "date": "date",
        },
        memo=("description", "notes", "tags"),
        given={
            "layout": "flag",
            "out_texts": ("Withdrawal", "Transfer", "Asset account", "Default account"),
            "in_texts": ("Deposit", "Opening balance", "Reconciliation", "Liability credit"),
            "invert": False,
        },
        nature=("type",),
        transfer=("Transfer",),
        opening=("Opening balance", "Liability credit"),
        sure=("invert",),
    ),
    "Wallet": App(
        header="account; category; currency; amount; type; payment type; note; date; transfer",
        columns={"payee": "payee", "account": "account", "category": "category"},
        memo=("note", "labels"),
        nature=("transfer",),
        transfer=("true", "1", "yes"),
        sure=("invert",),
    ),
    "Splitwise": App(
        header="date; description; category; cost; currency",
        columns={"amount": "cost", "payee": "description", "category": "category", "currency": "currency"},
        given={
            "layout": "signed",
            "money_in": None,
            "money_out": None,
            "out_negative": False,
            "flag": None,
            "invert": True,
            "memo": (),
            "account": None,
            "bank_id": None,
            "status": None,
            "status_values": (),
        },
        nature=("category",),
        settlement=_SETTLEMENTS,
        sure=("invert", "money_out", "amount"),
        members=True,
    ),
    "Spendee": App(
        header="date; wallet; type; category name; amount; currency; note",
        columns={"account": "wallet", "category": "category name"},
        nature=("type", "category name"),
        transfer=("Transfer", "Outgoing Transfer", "Incoming Transfer"),
    ),
    "Money Manager": App(
        header="date; account; category; subcategory; note; income expense; amount",
        columns={"amount": "amount", "flag": "income expense", "account": "account", "category": "category"},
        given={
            "layout": "flag",
            "out_texts": ("Exp.", "Expense", "Expenses", "Transfer-Out"),
            "in_texts": ("Income", "Transfer-In"),
        },
        nature=("income expense",),
        transfer=("Transfer-*",),
        sure=("invert",),
    ),
    # Each entry of the books is a row, both ends of a movement: the person chooses whose are their own.
    "GnuCash": App(
        header="date; transaction id; description; full account name; amount num",
        columns={"amount": "amount num", "account": "full account name", "payee": "description"},
        memo=("notes", "memo"),
        given={"layout": "signed", "flag": None, "category": None, "bank_id": None, "invert": False},
        sure=("invert",),
    ),
    "Monarch": App(
        header="date; merchant; category; account; original statement; notes; amount",
        columns={"payee": "merchant", "account": "account", "category": "category"},
        memo=("original statement", "notes", "tags"),
        nature=("category",),
        transfer=_CATEGORIES_OF_MOVES,
    ),
    "Copilot": App(
        header="date; name; amount; status; category; parent category; excluded; type; account",
        columns={"payee": "name", "account": "account", "category": "category", "amount": "amount"},
        memo=("note", "tags"),
        given={"layout": "signed", "flag": None, "invert": True},
        nature=("type",),
        transfer=("internal transfer",),
        asked={"invert": ("true", "false")},
    ),
    "Tiller": App(
        header="date; description; category; amount; account; institution; transaction id; full description",
        columns={"payee": "description", "account": "account", "category": "category"},
        nature=("category",),
        transfer=_CATEGORIES_OF_MOVES,
    ),
    "Empower": App(
        header="date; account; description; category; tags; amount",
        columns={"payee": "description", "account": "account", "category": "category"},
        memo=("tags",),
        nature=("category",),
        transfer=_CATEGORIES_OF_MOVES,
        alone=True,
    ),
    "Rocket Money": App(
        header="date; original date; account type; account name; name; custom name; amount; description; category",
        columns={"date": "date", "payee": "name", "account": "account name", "category": "category"},
        memo=("custom name", "description", "note", "transaction tags"),
        given={"layout": "signed", "flag": None, "invert": True},
        nature=("category",),
        transfer=_CATEGORIES_OF_MOVES,
        asked={"invert": ("true", "false")},
    ),
    "ezBookkeeping": App(
        header="time; type; category; sub category; account; account currency; amount; account2",
        columns={
            "date": "time",
            "amount": "amount",
            "flag": "type",
            "payee": "description",
            "account": "account",
            "category": "category",
            "currency": "account currency",
        },
        memo=("sub category", "tags"),
        given={
            "layout": "flag",
            "out_texts": ("Expense", "Transfer"),
            "in_texts": ("Income", "Balance Modification"),
        },
        nature=("type",),
        transfer=("Transfer",),
        opening=("Balance Modification",),
        sure=("invert",),
    ),
    "Money Lover": App(
        header="id; note; amount; category; account; currency; date; exclude report",
        columns={"payee": "note", "account": "account", "category": "category", "bank_id": "id"},
        nature=("category",),
        transfer=("Outgoing Transfer", "Incoming Transfer"),
    ),
    "Buxfer": App(
        header="date; description; currency; amount; type; tags; account; status",
        columns={"payee": "description", "account": "account", "category": "tags"},
        nature=("type",),
        transfer=("Transfer",),
    ),
    "Goodbudget": App(
        header="date; envelope; account; name; notes; amount; status; details",
        columns={"payee": "name", "account": "account", "category": "envelope"},
        memo=("notes", "details"),
    ),
    "KMyMoney": App(
        header="date; payee; amount; account cat; memo; status",
        columns={"payee": "payee", "category": "account cat"},
        memo=("memo",),
        given={"account": None},
    ),
    "Sure": App(
        header="date; account name; amount; name; category; tags; notes; currency",
        columns={"payee": "name", "account": "account name", "category": "category"},
        memo=("notes", "tags"),
        given={"layout": "signed", "flag": None, "invert": True},
        asked={"invert": ("true", "false")},
    ),
}

# Exports of the same apps that hold no movements of money.
_REGISTER, _EXPENSES = "Export the register instead.", "Download the expenses instead."
PLANS = {
    "month; category group category; category group; category; activity; available": ("YNAB's plan", _REGISTER),
    "month; category; master category; sub category; budgeted; outflows": ("YNAB's budget", _REGISTER),
    "category; from month; limit; leftover": ("a list of limits", _EXPENSES),
    "category; month; amount; leftover": ("a list of limits", _EXPENSES),
    "month; from; to; amount; moved by; moved at; reversal": ("a list of moves", _EXPENSES),
    "id; month; source; destination; amount; moved by; moved at": ("a list of moves", _EXPENSES),
    "id; description; amount; anchor; every; unit": ("a list of recurring expenses", _EXPENSES),
    "recurring; nominal on; due on; state": ("a list of recurring expenses", _EXPENSES),
    "description; category; amount; when; next on; posted automatically": ("a list of recurring expenses", _EXPENSES),
    "category; colour; archived on; expenses; spent": ("a list of categories", _EXPENSES),
    "name; color; position; archived on": ("a list of categories", _EXPENSES),
    "category; month; threshold; armed; round": ("a list of alerts", _EXPENSES),
    "id; import; position; line; fingerprint; occurrence": ("a part of a household's file", _EXPENSES),
    "id; file name; format; signature; mapping": ("a part of a household's file", _EXPENSES),
    "name; currency; month starts on; budget from; time zone": ("a part of a household's file", _EXPENSES),
}
_NO_MOVEMENTS = "This is {}, which has no transactions in it. {}"


def is_ours(names: list[str]) -> bool:
    """Whether this is the header of one of our own lists, in which texts may have an apostrophe put before them."""
    said = [headers.normalised(name) for name in names]
    return any(said == app.header.split("; ") for name, app in APPS.items() if name.startswith("our "))


def refuse_plans(header: tables.Row) -> None:
    """Raises `Refused` for what looks like an export of an app, and has no movements of money."""
    names = {headers.normalised(clean(cell)) for cell in header.cells}
    for wanted, known_as in PLANS.items():
        if _phrases(wanted) <= names:
            raise Refused(_NO_MOVEMENTS.format(*known_as), line=header.line)


def known(mapping: Mapping, columns: list[Column], doubts: Doubts) -> Mapping:
    """The mapping with what is known of the app that wrote the file, if it is one; `doubts` follow."""
    at: dict[str, int] = {}
    for column in columns:
        at.setdefault(headers.normalised(column.name), column.at)
    if group := _of_a_group(columns, mapping):
        at |= group
    found = [app for app in APPS.values() if _fits(app, at.keys())]
    app = max(found, key=lambda app: len(_phrases(app.header)), default=None)
    if app is None or (app.members and not _members(app, columns, at)):
        return _with_accounts_as_categories(mapping, columns)
    changes: dict[str, Any] = ({"invert": False} if "invert" in app.sure else {}) | app.given
    changes |= {role: at[name] for role, name in app.columns.items() if name in at}
    if memo := tuple(at[name] for name in app.memo if name in at):
        changes["memo"] = memo
    if not app.members:  # of these apps, only Splitwise ends with balances: a row of the others is only called so
        changes["leave_out_balances"] = False
    changes["nature"] = tuple(at[name] for name in app.nature if name in at)
    changes |= {
        "transfer_texts": app.transfer,
        "opening_texts": app.opening,
        "settlement_texts": app.settlement,
    }
    for name in app.sure:
        doubts.pop(name, None)
    doubts |= app.asked
    if app.members:
        doubts["member"] = ("", *(str(column.at) for column in _members(app, columns, at)))
    if app.orders and "date_order" in doubts:
        doubts["date_order"] = app.orders
        changes["date_order"] = app.orders[0]
    return replace(mapping, **changes)


def _with_accounts_as_categories(mapping: Mapping, columns: list[Column]) -> Mapping:
    """As Quicken, and many after it, write another account where other rows have a category."""
    categories = {cell for column in columns if column.at == mapping.category for cell in column.cells}
    bracketed = {cell for cell in categories if _ACCOUNT_AS_CATEGORY.match(cell)}
    if mapping.category is None or not bracketed or bracketed == categories or any(map(_NO_ACCOUNT.match, bracketed)):
        return mapping  # [Food] beside [Bus] is how somebody writes all categories
    return replace(mapping, nature=(mapping.category,), transfer_texts=("[*", "Transfer:[*"))


_NO_ACCOUNT = re.compile(r"\[(?:un(?:cat|ass|cl|kn|spec)|no\b|none\b|not\b)", re.IGNORECASE)  # [Uncategorized]
_ACCOUNT_AS_CATEGORY = re.compile(r"(?:Transfer:)?\[[^\[\]]+\](?:/|\Z)", re.IGNORECASE)


def _of_a_group(columns: list[Column], mapping: Mapping) -> dict[str, int]:
    """Where Splitwise's columns are, whatever the language it names them in: they are always the first five, and what
    one person is to get the others owe."""
    splitwise = APPS["Splitwise"].header.split("; ")
    first, people = columns[: len(splitwise)], columns[len(splitwise) :]
    while people and not people[-1].name and not people[-1].cells:
        people.pop()
    if (
        len(people) < 2
        or not first[0].is_dates
        or not first[3].is_money
        or not all(c.name for c in columns[:5] + people)
    ):
        return {}
    rows = [
        values
        for values in zip(*([_share(cell, mapping) for cell in column.head] for column in people), strict=True)
        if any(values)
    ]
    even = sum(abs(sum(filter(None, values), start=Decimal(0))) < Decimal("0.05") for values in rows)
    if even < 2 or even < 0.9 * len(rows):
        return {}
    return {name: at for at, name in enumerate(splitwise)}


def _share(cell: str, mapping: Mapping) -> Decimal | None:
    try:
        return amounts.parsed(cell, mapping.decimal_mark, mapping.thousands_mark) if cell else None
    except amounts.Unreadable:
        return None


def _fits(app: App, names: Set[str]) -> bool:
    wanted = _phrases(app.header)
    return names - {""} == wanted if app.alone else wanted <= names


def _phrases(text: str) -> set[str]:
    return {phrase.strip() for phrase in text.split(";")}


def _members(app: App, columns: list[Column], at: dict[str, int]) -> list[Column]:
    """The columns of people; none unless all that comes behind the app's own columns are balances of somebody."""
    last = max(at[name] for name in _phrases(app.header))
    rest = [column for column in columns if column.at > last and (column.name or column.cells)]
    named = all(column.name and (column.is_money or not column.cells) for column in rest)
    return rest if named and len(rest) > 1 and any(column.negative for column in rest) else []
