"""The geometry of the pictures: axes, columns, sparks, words below, colours. Written out, so that a change is seen."""

import itertools
import re
from decimal import Decimal
from pathlib import Path

import pytest

from expenses.reports.charts import colors, heat
from expenses.reports.charts.axis import Axis
from expenses.reports.charts.columns import HATCHES, SERIES, Column, Columns, Figure, Series
from expenses.reports.charts.labels import MONTHS, YEARS, Word, labels
from expenses.reports.charts.sparks import Spark

pytestmark = pytest.mark.either  # asks no database

CSS = Path(__file__).resolve().parent.parent.parent / "static" / "css"


# ── the axis ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("amounts", "decimals", "low", "high", "texts"),
    [
        ([], 2, "0", "0.01", ["0.01"]),
        (["0"], 0, "0", "1", ["1"]),
        (["0.01"], 2, "0", "0.01", ["0.01"]),
        (["0.03"], 2, "0", "0.03", ["0.01", "0.02", "0.03"]),
        (["0.005"], 3, "0", "0.005", ["0.001", "0.002", "0.003", "0.004", "0.005"]),
        (["0.9"], 2, "0", "0.9", ["0.20", "0.40", "0.60", "0.80"]),
        (["5"], 0, "0", "5", ["1", "2", "3", "4", "5"]),
        (["3311.23"], 2, "0", "3500", ["1,000", "2,000", "3,000"]),
        (["3000"], 2, "0", "3000", ["1,000", "2,000", "3,000"]),
        (["12345"], 2, "0", "12500", ["5k", "10k"]),
        (["99999"], 0, "0", "100000", ["20k", "40k", "60k", "80k", "100k"]),
        (["1000000"], 2, "0", "1000000", ["0.2M", "0.4M", "0.6M", "0.8M", "1.0M"]),
        (["1000000000"], 0, "0", "1000000000", ["0.2bn", "0.4bn", "0.6bn", "0.8bn", "1.0bn"]),
        (["1e17"], 2, "0", "1e17", ["20qd", "40qd", "60qd", "80qd", "100qd"]),
        (["0.01", "1e11"], 2, "0", "1e11", ["20bn", "40bn", "60bn", "80bn", "100bn"]),
        (["-500", "1200"], 2, "-500", "1250", ["−500", "500", "1,000"]),
        (["-20"], 2, "-20", "0", ["−20", "−15", "−10", "−5"]),
    ],
)
def test_an_axis_has_round_numbers(amounts, decimals, low, high, texts):
    axis = Axis.of(map(Decimal, amounts), decimals=decimals)

    assert (axis.low, axis.high) == (Decimal(low), Decimal(high))
    assert [tick.text for tick in axis.ticks] == texts


def test_every_amount_lies_on_the_axis_and_every_tick_fits_a_phone():
    for figure, power in itertools.product(range(1, 100), range(-2, 12)):
        amount = Decimal(figure).scaleb(power)
        axis = Axis.of([amount, -amount / 3], decimals=2)

        assert 0 <= axis.y(amount) <= axis.zero <= 100
        assert axis.ticks
        assert max(len(tick.text.removeprefix("−")) for tick in axis.ticks) <= 5
        assert all(0 <= tick.y <= 100 for tick in axis.ticks)


# ── columns ───────────────────────────────────────────────────────────────────────────────────────


def column(*parts, mark=None, order=0, running=False):
    figures = tuple(None if part is None else Figure(Decimal(part), f"part {part}", "/p/") for part in parts)
    whole = Figure(sum((one.amount for one in figures if one), Decimal(0)), "whole", "/w/")
    noted = None if mark is None else Figure(Decimal(mark), "mark", "/m/")
    return Column(Word("Jan", order, "J", "2026"), whole, figures, noted, running)


def drawn(*columns, mean=None):
    series = [Series(f"Category {number}", "#4C9A6A") for number in range(len(columns[0].parts) if columns else 0)]
    average = None if mean is None else (Decimal(mean), f"average {mean}")
    return Columns.of(columns, series, decimals=2, title="Spending", mean=average)


def geometry(chart):
    """x, width and (y, height) of each segment, as plain numbers."""
    return [
        (float(bar.x), float(bar.width), [(float(part.y), float(part.height)) for part in bar.segments])
        for bar in chart.bars
    ]


@pytest.mark.parametrize(
    ("columns", "expected", "zero"),
    [
        pytest.param([], [], 100, id="none"),
        pytest.param([column("655.08")], [(44, 12, [(6.42, 93.58)])], 100, id="one month, one category"),
        pytest.param([column("0.01")], [(44, 12, [(0, 100)])], 100, id="one cent"),
        pytest.param([column("1000000")], [(44, 12, [(0, 100)])], 100, id="a million"),
        pytest.param(
            [column("0.01"), column("1000000")],
            [(19, 12, [(100, 0)]), (69, 12, [(0, 100)])],
            100,
            id="a cent beside a million",
        ),
        pytest.param([column("-50")], [(44, 12, [(0, 100)])], 0, id="more refunds than spending"),
        pytest.param(
            [column("300", "-100", "100")],
            [(44, 12, [(20, 60), (80, 20), (0, 20)])],
            80,
            id="a category that came back hangs below",
        ),
        pytest.param([column("10", None, "0")], [(44, 12, [(0, 100)])], 100, id="nothing is not drawn"),
        pytest.param(
            [column("1", "2")] * 4,
            [(x, 12, [(66.67, 33.33), (0, 66.67)]) for x in (6.5, 31.5, 56.5, 81.5)],
            100,
            id="four months",
        ),
    ],
)
def test_columns(columns, expected, zero):
    chart = drawn(*columns)

    assert geometry(chart) == expected
    assert chart.zero == zero


def test_a_stack_has_no_gaps():
    chart = drawn(column("33.33", "33.33", "33.34", "0.07", "1.01"))

    edges = [(part.y, part.y + part.height) for part in chart.bars[0].segments]
    assert all(lower[0] == upper[1] for lower, upper in itertools.pairwise(edges))
    assert edges[0][1] == chart.zero


@pytest.mark.parametrize("count", [1, 2, 7, 12, 24, 31, 36])
def test_slots_fill_the_picture_and_columns_stay_in_them(count):
    chart = drawn(*[column("5", mark="6", order=number % 12) for number in range(count)])

    assert chart.bars[0].slot == 0
    assert chart.bars[-1].slot + chart.bars[-1].slot_width == 100
    for bar in chart.bars:
        assert bar.slot < bar.x < bar.centre < bar.x + bar.width < bar.slot + bar.slot_width
        assert bar.slot <= bar.mark.x < bar.x
        assert bar.x + bar.width < bar.mark.end <= bar.slot + bar.slot_width


def test_the_average_and_the_marks_lie_on_the_same_axis():
    chart = drawn(column("1000", mark="500"), column("0", mark="-250", running=True), mean="750")

    assert chart.mean.y == Decimal("20.00")
    assert [bar.mark.y for bar in chart.bars] == [Decimal("40.00"), Decimal("100.00")]
    assert [bar.is_running for bar in chart.bars] == [False, True]


def test_each_series_has_a_filling_of_its_own():
    chart = Columns.of([], [Series(str(n), "#FFFF00") for n in range(SERIES)], decimals=2, title="")

    assert len({swatch.hatch for swatch in chart.swatches}) == SERIES == len(HATCHES)
    assert len({swatch.id for swatch in chart.swatches}) == SERIES


# ── words below ───────────────────────────────────────────────────────────────────────────────────


def months(count, first=11):
    names = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    numbers = [(first + number) % 12 for number in range(count)]
    return [Word(names[n], n, names[n][0], str(2025 + (first + at) // 12)) for at, n in enumerate(numbers)]


@pytest.mark.parametrize(
    ("count", "wide", "narrow", "below"),
    [
        (1, "Dec", "Dec", "2025"),
        (3, "Dec Jan Feb", "Dec Jan Feb", "2025 2026"),
        (12, "Dec Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov", "D J F M A M J J A S O N", "2026"),
        (24, "Jan Mar May Jul Sep Nov " * 2, "Jan May Sep " * 2, "2026 2027"),
        (36, "Jan Apr Jul Oct " * 3, "Jan Jul " * 3, "2026 2027 2028"),
    ],
)
def test_months_are_thinned_out_by_their_number(count, wide, narrow, below):
    found = labels(months(count), steps=MONTHS)

    assert [one.wide for one in found if one.wide] == wide.split()
    assert [one.narrow for one in found if one.narrow] == narrow.split()
    assert [one.below for one in found if one.below] == below.split()


@pytest.mark.parametrize("count", range(1, 37))
def test_no_more_words_than_there_is_room_for(count):
    for words, steps in ((months(count), MONTHS), ([Word(str(y), y) for y in range(1990, 1990 + count)], YEARS)):
        found = labels(words, steps=steps)

        assert 1 <= len([one for one in found if one.wide]) <= 14
        narrow = [one.narrow for one in found if one.narrow]
        assert len(narrow) <= (12 if max(map(len, narrow)) == 1 else 6)


# ── sparks, heat ──────────────────────────────────────────────────────────────────────────────────


def test_a_spark_ends_at_its_last_amount():
    spark = Spark.of([Decimal(1), Decimal(3), Decimal(2)])

    assert spark.points == "3.0,12.3 40.0,3.0 77.0,7.7"
    assert (spark.x, spark.y, spark.zero) == (Decimal("77.0"), Decimal("7.7"), Decimal("17.0"))
    assert Spark.of([Decimal(1)]) is None
    assert Spark.of([Decimal(0), Decimal(0)]).points == "3.0,17.0 77.0,17.0"


@pytest.mark.parametrize(
    ("amount", "most", "expected"),
    [
        ("0", "10", 0),
        ("-1", "10", 0),
        ("0.01", "10", 1),
        ("2", "10", 1),
        ("2.01", "10", 2),
        ("10", "10", 5),
        ("20", "10", 5),
        ("5", "0", 0),
        ("5", "-1", 0),
    ],
)
def test_heat(amount, most, expected):
    assert heat.level(Decimal(amount), Decimal(most)) == expected


# ── colours ───────────────────────────────────────────────────────────────────────────────────────


def oklch_of_tokens(name):
    light, dark = re.search(
        rf"--{name}: light-dark\(oklch\(([^)]+)\), oklch\(([^)]+)\)\)", (CSS / "tokens.css").read_text()
    ).groups()
    return [in_srgb(text) for text in (light, dark)]


def in_srgb(text):
    """Linear red, green, blue of the inside of `oklch(…)`."""
    lightness, chroma, hue = (float(part.strip("%")) for part in text.split())
    return colors._from_oklch(lightness / 100, chroma, hue / 180 * 3.141592653589793)


def ratio(one, other):
    light, dark = sorted((colors._luminance(one), colors._luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_the_sheets_are_those_of_the_tokens():
    for constant, token in zip((colors.LIGHT, colors.DARK), oklch_of_tokens("surface"), strict=True):
        assert ratio(colors._linear(constant), token) < 1.01


def test_every_colour_of_a_grid_can_be_told_from_the_sheet_in_both_themes():
    grid = ["#{:02X}{:02X}{:02X}".format(*rgb) for rgb in itertools.product(range(0, 256, 17), repeat=3)]

    for color in grid:
        found = colors.legible(color)
        assert colors.contrast(found, colors.LIGHT) >= 3, color
        assert colors.contrast(found, colors.DARK) >= 3, color


@pytest.mark.parametrize("color", ["#4C9A6A", "#3C8DBC", "#6B7C93"])
def test_a_colour_that_is_legible_stays_as_it_is(color):
    assert colors.legible(color) == color


@pytest.mark.parametrize(
    ("color", "expected"), [("#FFFF00", "#999900"), ("#000000", "#696969"), ("#0000FF", "#1955FF")]
)
def test_another_one_is_moved_by_its_lightness(color, expected):
    assert colors.legible(color) == expected


def test_text_on_every_tint_has_a_contrast_of_4_5():
    text = (CSS / "components" / "report.css").read_text()
    tints = [
        int(percent) / 100
        for percent in re.findall(r"\.heat-\d \{ background: color-mix\(in oklab, var\(--accent\) (\d+)%", text)
    ]
    inks, accents, sheets = (oklch_of_tokens(name) for name in ("ink", "accent", "surface"))

    assert len(tints) == heat.LEVELS
    assert tints == sorted(tints)
    for tint, (ink, accent, sheet) in itertools.product(tints, zip(inks, accents, sheets, strict=True)):
        mixed = [a * tint + s * (1 - tint) for a, s in zip(colors._oklab(accent), colors._oklab(sheet), strict=True)]
        assert ratio(ink, colors._from_oklab(*mixed)) >= 4.5
