"""Text as people compare it."""

import sys
import unicodedata

import pytest

from expenses.shared.text import look, without_controls


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


def test_of_all_characters_only_controls_and_lone_surrogates_are_taken_out():
    kept = without_controls("".join(map(chr, range(sys.maxunicode + 1))))

    controls = {chr(n) for n in range(sys.maxunicode + 1)} - set(kept)
    assert controls == {c for n in range(sys.maxunicode + 1) if unicodedata.category(c := chr(n)) in ("Cc", "Cs")} - {
        "\n",
        "\t",
    }
