"""What every page says of the alerts: kept on the household's row, which a page reads anyway."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any, NamedTuple

from expenses.alerts.crossing import Threshold
from expenses.shared.money import ZERO, format_plain
from expenses.shared.months import Month

EXACT = 4  # decimals: as many as an amount is kept with


class Notice(NamedTuple):
    """A category near or over its limit. `left` is negative where it is over; `due` is not taken off it yet."""

    alert: int
    month: Month
    category: int
    name: str
    threshold: Threshold
    left: Decimal
    due: Decimal = ZERO  # what recurring expenses still have due in the month

    @property
    def is_over(self) -> bool:
        return self.threshold == Threshold.OVER

    def stored(self) -> dict[str, Any]:
        """As it lies in the household's row."""
        return self._asdict() | {
            "month": self.month.number,
            "threshold": int(self.threshold),
            "left": format_plain(self.left, EXACT),
            "due": format_plain(self.due, EXACT),
        }

    @classmethod
    def read(cls, stored: dict[str, Any]) -> "Notice":
        return cls(
            **stored
            | {
                "month": Month.from_number(stored["month"]),
                "threshold": Threshold(stored["threshold"]),
                "left": Decimal(stored["left"]),
                "due": Decimal(stored.get("due", 0)),  # written down since recurring expenses are counted
            }
        )


def in_order(notices: Iterable[Notice]) -> list[Notice]:
    """What is over first, by how much; then what is near, by how little is left."""
    return sorted(notices, key=lambda notice: (-notice.threshold, notice.left, notice.name))


def of_month(stored: Iterable[dict[str, Any]], month: Month) -> list[Notice]:
    """Those of a month, of what is stored: as a new month begins, the old one has nothing more to say."""
    return [notice for notice in map(Notice.read, stored) if notice.month == month]
