"""A day as a part of an address."""

import datetime as dt


class DayConverter:
    """`/recurring/7/<day:nominal_on>/post/`; what is no day is a 404."""

    regex = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"

    def to_python(self, value: str) -> dt.date:
        return dt.date.fromisoformat(value)

    def to_url(self, value: dt.date | str) -> str:
        return str(value)
