"""A record as a few lines that a person can compare with the statement."""

from expenses.imports.statements import Record


def told(record: Record) -> str:
    """Line, day, amount, account and the bank's id; then the description (marked where it is the payee); the memo."""
    head = [f"{record.line}: {record.date}", f"{record.amount} {record.currency}".strip(), record.account]
    who = f"@ {record.payee}" if record.payee else record.description
    return "\n".join([" | ".join([*head, record.bank_id]).rstrip(), *filter(None, [who, *record.memo.split(" · ")])])
