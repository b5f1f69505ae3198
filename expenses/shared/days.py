"""A day as a part of an address."""

import datetime as dt

from expenses.shared.months import FIRST_YEAR, LAST_YEAR


class DayConverter:
    """`/recurring/7/<day:nominal_on>/post/`; what is no day is a 404."""

    regex = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"

    def to_python(self, value: str) -> dt.date:
        day = dt.date.fromisoformat(value)
        if not FIRST_YEAR <= day.year <= LAST_YEAR:
            raise ValueError(f"{value!r} is not a day between {FIRST_YEAR} and {LAST_YEAR}.")
        return day

    def to_url(self, value: dt.date | str) -> str:
        return str(value)
