"""Colours that can be told from the sheet in light and in dark: one colour for both, since SVG attributes have one.

A contrast of 3:1 (WCAG 2.2, 1.4.11) with white needs a relative luminance of at most 0.30, and with the dark sheet one
of at least 0.135; between them lies a band, into which a colour is moved by its lightness in OKLCH. Its hue stays,
and its chroma as far as sRGB has it. Formulas: WCAG 2.2, relative luminance; Björn Ottosson, OKLab (2020).
"""

import functools
import math

OTHERS = "#808894"  # what belongs to no category
LIGHT, DARK = "#FFFFFF", "#191C21"  # --surface of tokens.css; a test compares them
DARKEST, LIGHTEST = 0.14, 0.297  # relative luminance, a hair within the band

Linear = tuple[float, float, float]  # red, green, blue, 0 to 1, not gamma-encoded


@functools.lru_cache(maxsize=1024)
def legible(color: str) -> str:
    """`#RRGGBB` of the same hue with a contrast of at least 3:1 with the sheet in either theme."""
    linear = _linear(color)
    found = luminance(color)
    if DARKEST <= found <= LIGHTEST:
        return color.upper()
    goal = DARKEST if found < DARKEST else LIGHTEST
    _, a, b = _oklab(linear)
    chroma, hue = math.hypot(a, b), math.atan2(b, a)
    low, high = 0.0, 1.0
    for _ in range(30):  # the luminance grows with the lightness
        lightness = (low + high) / 2
        moved = _within(lightness, chroma, hue)
        low, high = (lightness, high) if _luminance(moved) < goal else (low, lightness)
    return "#" + "".join(f"{round(_encoded(part) * 255):02X}" for part in moved)


def contrast(one: str, other: str) -> float:
    """1 to 21, of two `#RRGGBB`."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(color: str) -> float:
    return _luminance(_linear(color))


def _luminance(linear: Linear) -> float:
    red, green, blue = linear
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(color: str) -> Linear:
    red, green, blue = (int(color[start : start + 2], 16) / 255 for start in (1, 3, 5))
    return _decoded(red), _decoded(green), _decoded(blue)


def _decoded(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else float(((part + 0.055) / 1.055) ** 2.4)


def _encoded(part: float) -> float:
    part = min(max(part, 0.0), 1.0)
    return part * 12.92 if part <= 0.0031308 else float(1.055 * part ** (1 / 2.4) - 0.055)


def _oklab(linear: Linear) -> tuple[float, float, float]:
    red, green, blue = linear
    long = math.cbrt(0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue)
    medium = math.cbrt(0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue)
    short = math.cbrt(0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue)
    return (
        0.2104542553 * long + 0.7936177850 * medium - 0.0040720468 * short,
        1.9779984951 * long - 2.4285922050 * medium + 0.4505937099 * short,
        0.0259040371 * long + 0.7827717662 * medium - 0.8086757660 * short,
    )


def _from_oklch(lightness: float, chroma: float, hue: float) -> Linear:
    return _from_oklab(lightness, chroma * math.cos(hue), chroma * math.sin(hue))


def _from_oklab(lightness: float, a: float, b: float) -> Linear:
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
    )


def _within(lightness: float, chroma: float, hue: float) -> Linear:
    """The most colourful one of that lightness and hue that a screen has, up to the chroma."""
    found = _from_oklch(lightness, chroma, hue)
    if _is_shown(found):
        return found
    low, high = 0.0, chroma
    for _ in range(16):
        middle = (low + high) / 2
        fits = _is_shown(_from_oklch(lightness, middle, hue))
        low, high = (middle, high) if fits else (low, middle)
    return _from_oklch(lightness, low, hue)


def _is_shown(linear: Linear) -> bool:
    return all(-1e-4 <= part <= 1 + 1e-4 for part in linear)
