"""Text as people compare it."""

import pytest

from expenses.shared.text import look


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("HARBOR FUEL 5744 PORTLAND OR", "harbor fuel portland or"),
        ("POS10SEP DOMINO'S PIZ", "domino's piz"),
        ("ATM08SEP", "atmsep"),
        ("SQ *LITTLE FOX 0231", "sq *little fox"),
        ("12345", "12345"),
        ("", ""),
    ],
)
def test_what_the_descriptions_of_one_shop_have_in_common(text, expected):
    assert look(text) == expected
