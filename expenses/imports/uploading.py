"""From an upload to rows with a proposal each."""

import datetime as dt
import uuid
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Count, Q

from expenses.imports import saying, statements
from expenses.imports.asking import join
from expenses.imports.proposing import Place, places, propose
from expenses.imports.statements import Account, Guess, Mapping, Record, Refused, Statement, accounts_of
from expenses.imports.states import AlreadyDone, NotRead, State
from expenses.ledger.models import PaymentMethod
from expenses.shared.collecting import uncollected
from expenses.shared.money import ZERO, format_amount, rounded
from expenses.shared.named import KEY_LENGTH
from expenses.shared.progress import Step, Work, completed
from expenses.shared.rows import count_anew, insert
from expenses.shared.text import casefolded, without_controls

if TYPE_CHECKING:
    from expenses.imports.models import Import, ImportProfile, ImportRow
    from expenses.people.models import Household, User

LONG, LONG_PACKED = 1_000_000, 150_000  # bytes of a file whose reading is told step by step; as a workbook or a zip
AT_ONCE = 10_000  # rows
READING = "Reading the file"
KEPT = ("file_notices", "categories")  # of the summary, when the file is read in another way


def upload(
    *,
    household: "Household",
    file_name: str,
    data: bytes,
    by: "User",
    at: dt.datetime,
    payment_method: PaymentMethod | None = None,
    key: uuid.UUID | None = None,
) -> "Import":
    """Keep a file with our best reading of it, or the one that files of its kind had the last time.

    The same `key` again gives the first import. A new payment method is written down with it. Raises `Refused` for
    what is no statement; nothing is kept then.
    """
    key = key or uuid.uuid4()
    if there := household.imports.without_file().filter(key=key).first():
        return there
    guessed = statements.guess(data)
    name = statements.recognise(data)
    is_table = name in statements.TABLES
    mapping, questions, profile = guessed.mapping, guessed.alternatives, None
    if before := _read_before(household, data, guessed, is_table=is_table):
        profile, mapping = before
        questions = {}
    named = _accounts_of_first_rows(data, mapping)
    if payment_method is None:
        payment_method = _method_of(household, named) or _as_before(profile, named, is_table=is_table)
    with transaction.atomic():
        return household.imports.create(
            payment_method=payment_method and written_down(payment_method),
            file_name=_file_name(file_name),
            format=name,
            data=data,
            signature=guessed.signature,
            mapping=mapping.to_json(),
            questions=questions,
            read_as_before=profile.file_name if profile else "",
            summary={"file_notices": list(guessed.notices)},
            key=key,
            uploaded_by=by,
            uploaded_at=at,
        )


def _file_name(name: str) -> str:
    cleaned = " ".join(without_controls(name).split())
    return (cleaned if len(cleaned) <= 200 else f"…{cleaned[-199:]}") or "statement"


def _read_before(
    household: "Household", data: bytes, guessed: Guess, *, is_table: bool
) -> "tuple[ImportProfile, Mapping] | None":
    """How files of this kind were read the last time, as it reads this one; None where there was none like it."""
    for signature in statements.signatures(data) if is_table else (guessed.signature,):
        if profile := household.import_profiles.filter(signature=signature).first():
            mapping = statements.adapt(data, Mapping.from_json(profile.mapping), signature)
            if not is_table or (not mapping.errors(len(guessed.columns)) and _fits(data, mapping, guessed.mapping)):
                return profile, mapping
    return None


def _fits(data: bytes, before: Mapping, guessed: Mapping) -> bool:
    """Whether the reading of an earlier file reads the first rows of this one as well as a guess does: two banks may
    have the same header."""

    def faults(mapping: Mapping) -> int:
        return sum(row.problem is not None for row in statements.preview(data, mapping).rows)

    return faults(before) <= faults(guessed)


def _accounts_of_first_rows(data: bytes, mapping: Mapping) -> set[str]:
    """Raises `Refused` where nobody could say anything by which a row could be read."""
    rows = statements.preview(data, mapping).rows
    problem = next((row.problem for row in rows if row.problem), None)
    if problem and not any(row.record for row in rows) and statements.fields_of(statements.recognise(data)) == ():
        said = f"No row of this file can be read. Line {problem.line}: {problem.reason}"
        raise Refused(said, line=problem.line, text=problem.text)
    return {row.record.account for row in rows if row.record and row.record.account}


def _method_of(household: "Household", named: Collection[str]) -> PaymentMethod | None:
    """The payment method whose statements name the one account that this one names."""
    if len(named) != 1:
        return None
    hashes = [saying.account_hash(household, number) for number in named]
    return household.payment_methods.active().filter(account_hash__in=hashes).order_by("pk").first()


def _as_before(profile: "ImportProfile | None", named: Collection[str], *, is_table: bool) -> PaymentMethod | None:
    """Whose the last statement of this kind was; None where this one names an account that is not known. A table whose
    account we have never known is likely the same one's, and is asked about anyway."""
    method = profile.payment_method if profile else None
    if method is None or method.is_archived:
        return None
    return method if not named or (is_table and not method.account_hash) else None


def method_called(household: "Household", name: str) -> PaymentMethod:
    """The payment method of this name; where there is none, a new one that is not written down yet. Raises
    `ValidationError`."""
    name = " ".join(name.split())
    found = household.payment_methods.named(name).first()
    if found is None:
        if len(casefolded(name)) > KEY_LENGTH:  # one character may be many: ﷺ is eighteen
            raise ValidationError("This name is too long. Write a shorter one.")
        found = PaymentMethod(household=household, name=name)
        found.full_clean()
    return found


def written_down(method: PaymentMethod) -> PaymentMethod:
    """The payment method with an id: a new one is saved, unless one of its name was meanwhile. The one given stays as
    it is: where the transaction is taken back, it is still to be written."""
    if method.pk is not None:
        return method
    there = method.household.payment_methods.named(method.name).first()
    return there or method.household.payment_methods.create(name=method.name)


def is_long(source: "Import") -> bool:
    """Whether reading the file takes more than some seconds."""
    data = source.data or b""
    return len(data) > (LONG_PACKED if bytes(data[:2]) == b"PK" else LONG)


def read_at_once(source: "Import", *, at: dt.datetime, today: dt.date) -> Work["Import"]:
    """Read a file about which there is nothing to ask: a format that says itself what stands where, one account, and
    we know whose. Gives the import as it is then: read, or still waiting for a word."""
    if source.format in statements.TABLES or source.questions or source.payment_method is None:
        return source
    if source.state != State.UPLOADED:
        return source
    yield Step(READING)
    statement = statements.read(bytes(source.data or b""), source.reading, today=today)
    accounts = accounts_of(statement.records)
    if len(accounts) > 1 or not _is_of(source, source.payment_method, accounts):
        return source
    method = source.payment_method
    try:
        return (
            yield from read_in_steps(
                source, source.reading, payment_method=method, at=at, today=today, statement=statement
            )
        )
    except (NotRead, AlreadyDone):
        return source


def _is_of(source: "Import", method: PaymentMethod, accounts: Sequence[Account]) -> bool:
    """Whether nothing speaks against a file of this account being the payment method's."""
    hashes = {saying.account_hash(source.household, account.number) for account in accounts if account.number}
    others = source.household.payment_methods.filter(account_hash__in=hashes).exclude(pk=method.pk)
    return not hashes or (method.account_hash in ("", *hashes) and not others.exists())


def read_with(
    source: "Import",
    mapping: Mapping,
    *,
    payment_method: PaymentMethod,
    accounts: "dict[str, PaymentMethod | None] | None" = None,
    at: dt.datetime,
    today: dt.date,
) -> "Import":
    """As `read_in_steps`, without telling of them."""
    return completed(
        read_in_steps(source, mapping, payment_method=payment_method, accounts=accounts, at=at, today=today)
    )


def read_in_steps(
    source: "Import",
    mapping: Mapping,
    *,
    payment_method: PaymentMethod,
    accounts: "dict[str, PaymentMethod | None] | None" = None,
    at: dt.datetime,
    today: dt.date,
    statement: Statement | None = None,
) -> Work["Import"]:
    """Read the file in this mapping into rows, each with a proposal; what was chosen before for a line is kept.

    `accounts` says of account numbers in the file whose payment method they are, or that they are left out (None);
    all other rows are of `payment_method`. New payment methods are written down with the rows, or not at all.
    `statement` is the file as read in this mapping, where somebody has read it just now; its records are used up.

    It is one transaction from the second step to the end: closed in between, it has written nothing. Raises `NotRead`
    where no row can be read, `Refused` and `MappingError` as the parsers do, and `AlreadyDone`.
    """
    if not source.is_open:
        raise AlreadyDone("This import has gone a step further meanwhile.")
    yield Step(READING)
    data = bytes(source.data or b"")
    statement = statement or statements.read(data, mapping, today=today)
    if not any(record.amount for record in statement.records):
        raise NotRead("No row can be read in this way. Look at the reasons beside the rows below.")
    is_table = source.format in statements.TABLES
    signature = statements.signature_for(data, mapping) if is_table else source.signature
    with transaction.atomic():
        yield Step("Comparing with what is here")
        locked = source.locked(State.UPLOADED, State.MAPPED)
        before = _choices_by_line(locked)
        locked.rows.all().drop()
        locked.mapping, locked.questions, locked.signature = mapping.to_json(), {}, signature
        locked.payment_method, locked.state, locked.mapped_at = written_down(payment_method), State.MAPPED, at
        locked.accounts = {number: method and written_down(method).pk for number, method in (accounts or {}).items()}
        locked.summary = _summary(locked, statement)
        locked.save(
            update_fields=[
                "mapping", "questions", "payment_method", "accounts", "state", "mapped_at", "signature", "summary",
            ]
        )  # fmt: skip
        remember(locked, at=at)
        with uncollected():
            rows = _rows_of(locked, statement)
            pairs = propose(locked, rows, before)
        for start in range(0, len(rows), AT_ONCE):
            yield Step("Writing the rows", start, len(rows))
            insert(rows[start : start + AT_ONCE], using=source.rows.db)
        if len(rows) > AT_ONCE:
            count_anew(source.rows.model, using=source.rows.db)
        join(locked, pairs)
    return locked


def _summary(source: "Import", statement: Statement) -> dict[str, Any]:
    """What is told of this reading, and of the file whichever way it is read."""
    kept = {name: source.summary[name] for name in KEPT if name in source.summary}
    summary = saying.summary(statement, source) | kept
    if source.format not in statements.TABLES:  # nobody may have seen the page that shows them
        summary["notices"] = list(dict.fromkeys([*summary.get("file_notices", []), *summary["notices"]]))
    return summary


def _choices_by_line(source: "Import") -> dict[Place, "ImportRow"]:
    """The rows of which the person has said something, by where they stand in the file."""
    said = list(source.rows.filter(Q(is_chosen=True) | Q(is_another=True) | ~Q(denied="")))
    if not said:
        return {}
    several = source.rows.order_by().values("line").annotate(rows=Count("id")).filter(rows__gt=1).values("line")
    parts = list(source.rows.filter(line__in=several).in_order().values_list("pk", "line", "raw"))
    stand = zip(parts, places((line, raw) for _, line, raw in parts), strict=True)
    of_parts = {pk: place for (pk, _, _), place in stand}
    return {of_parts.get(row.pk, (row.line, row.raw, 1)): row for row in said}


def _rows_of(source: "Import", statement: Statement) -> list["ImportRow"]:
    """The rows in the order of the file, without those that are no movement of money."""
    decimals = source.household.decimals
    rows = []
    records = _used_up(statement.records)
    movements = (record for record in records if record.amount and source.method_of(record.account))
    for record in chain.from_iterable(map(_parts, movements)):
        if rounded(record.amount, decimals):
            rows.append(source.row_of(record))
        else:
            said = format_amount(record.amount, decimals)
            reason = f"{said} is less than the smallest amount in {source.household.money.name}."
            rows.append(source.unreadable_row(record.line, record.raw, reason))
    rows += [source.unreadable_row(row.line, row.text, row.reason) for row in statement.problems]
    rows.sort(key=lambda row: row.line)
    for position, row in enumerate(rows, 1):
        row.position = position
    return rows


def _used_up(records: list[Record]) -> Iterator[Record]:
    """Each is let go when it has become a row: together they take half as much room as the rows."""
    records.reverse()
    while records:
        yield records.pop()


def _parts(record: Record) -> Iterator[Record]:
    """A record that falls into parts with categories of their own, as these; else itself."""
    if not record.is_split:
        yield record
        return
    for part in record.splits:
        memo = " · ".join(filter(None, (part.memo, record.memo)))
        nature = part.nature or record.nature
        yield replace(record, amount=part.amount or ZERO, category=part.category, memo=memo, nature=nature, splits=())


def remember(source: "Import", *, at: dt.datetime) -> None:
    """So that the next statement of this kind is read in the same way."""
    source.household.import_profiles.update_or_create(
        signature=source.signature,
        defaults={
            "mapping": source.mapping,
            "payment_method": source.payment_method,
            "file_name": source.file_name,
            "used_at": at,
        },
    )


@transaction.atomic
def discard(source: "Import") -> bool:
    """Forget a file that was not taken in; gives whether there was one to forget."""
    try:
        locked = source.locked(State.UPLOADED, State.MAPPED)
    except AlreadyDone:
        return False
    locked.rows.all().drop()
    locked.delete()
    return True
