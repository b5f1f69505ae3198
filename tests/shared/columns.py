"""A column of each kind, and a row of them."""

import datetime as dt
from decimal import Decimal

from expenses.shared.files import Column, Kind
from expenses.shared.months import Month

HEADER = (
    Column("Date", Kind.DATE),
    Column("Description"),
    Column("Amount", Kind.AMOUNT),
    Column("Month", Kind.MONTH),
    Column("At", Kind.MOMENT),
    Column("Count", Kind.NUMBER),
    Column("Archived", Kind.FLAG),
)
AT = dt.datetime(2026, 11, 22, 9, 30, 0, 123456, tzinfo=dt.timezone(dt.timedelta(hours=1)))
ROW = (dt.date(2026, 11, 22), 'Café, "new"\nline', Decimal("-1234.5"), Month(2026, 11), AT, 3, True)
