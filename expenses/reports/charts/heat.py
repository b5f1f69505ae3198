"""How strongly a cell is tinted."""

from decimal import ROUND_CEILING, Decimal

LEVELS = 5  # classes heat-1 to heat-5; 0 is no tint


def level(amount: Decimal, most: Decimal) -> int:
    """0 for nothing and for a refund, up to `LEVELS` for the largest amount of the table."""
    if amount <= 0 or most <= 0:
        return 0
    return min(int((amount * LEVELS / most).to_integral_value(ROUND_CEILING)), LEVELS)
