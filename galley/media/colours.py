"""Colours of a card, held to what can be read.

Contrast is that of WCAG 2.2, success criterion 1.4.3: 4.5 to 1 for text,
https://www.w3.org/TR/WCAG22/#contrast-minimum (2024-12-12).
"""

from dataclasses import dataclass
from pathlib import Path

from galley.models import Look

LEAST_CONTRAST = 4.5
_BLACK, _WHITE = "#17181c", "#ffffff"
_LINEAR_BELOW = 0.04045


@dataclass(frozen=True)
class Palette:
    """All colours of a card, as ``#rrggbb``. ``faint`` is the ink of small lines."""

    background: str = "#f7f3ec"
    ink: str = "#17181c"
    faint: str = "#5d5a55"
    hairline: str = "#d9d2c6"
    accent: str = "#d3401f"


PLAIN = Palette()


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours, 1 to 21."""
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def palette_of(look: Look | None) -> Palette:
    """Return a brand's colours; an ink that could not be read is replaced."""
    if look is None or not (look.background or look.ink or look.accent):
        return PLAIN
    background = look.background or PLAIN.background
    ink = look.ink
    if not ink or contrast(ink, background) < LEAST_CONTRAST:
        ink = readable_on(background)
    return Palette(
        background=background,
        ink=ink,
        faint=_faint(ink, background),
        hairline=_mixed(background, ink, 0.16),
        accent=look.accent or (PLAIN.accent if not look.ink else ink),
    )


def readable_on(background: str) -> str:
    """Return black or white, whichever stands out more."""
    return max((_BLACK, _WHITE), key=lambda ink: contrast(ink, background))


def contrast_problem(look: Look) -> str:
    """Return why the ink cannot be read, in a sentence; empty if it can."""
    background = look.background or PLAIN.background
    if not look.ink or (found := contrast(look.ink, background)) >= LEAST_CONTRAST:
        return ""
    return (
        f"The ink {look.ink} on {background} has a contrast of {found:.1f} to 1, and "
        f"text needs {LEAST_CONTRAST} to 1: choose a darker or lighter one. Until then "
        f"cards are lettered in {readable_on(background)}."
    )


def _faint(ink: str, background: str) -> str:
    """Return the palest mixture of ink and background that can still be read."""
    for share in range(70, 100, 2):
        mixed = _mixed(background, ink, share / 100)
        if contrast(mixed, background) >= LEAST_CONTRAST:
            return mixed
    return ink


def _mixed(one: str, other: str, share: float) -> str:
    pairs = zip(_channels(one), _channels(other), strict=True)
    values = (round(first + (second - first) * share) for first, second in pairs)
    return "#" + "".join(f"{value:02x}" for value in values)


def _channels(colour: str) -> tuple[int, int, int]:
    red, green, blue = bytes.fromhex(colour.removeprefix("#"))
    return red, green, blue


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(value / 255) for value in _channels(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(value: float) -> float:
    if value <= _LINEAR_BELOW:
        return value / 12.92
    return ((value + 0.055) / 1.055) ** 2.4


@dataclass(frozen=True)
class Style:
    """Colours, logo and fonts.

    ``logo`` is a PNG; empty: none. ``fonts`` is a folder with the brand's own font
    files, ``families`` are the fonts asked first, its own and the machine's.
    """

    palette: Palette = PLAIN
    logo: bytes = b""
    fonts: Path | None = None
    families: tuple[str, ...] = ()


PLAIN_STYLE = Style()
