"""A brand's look: its colours, logo, fonts and portrait, checked and normalised.

``brand look`` and the media activities call it; its files are a stranger's. Contrast is that
of WCAG 2.2, success criterion 1.4.3: 4.5 to 1 for text,
https://www.w3.org/TR/WCAG22/#contrast-minimum (2024-12-12).
"""

import io
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, cast

import typst
from fontTools.ttLib import TTFont
from PIL import Image, ImageOps, UnidentifiedImageError

from galley.media.errors import MediaError
from galley.media.layout import TOKENS, Ground, Tokens
from galley.media.probe import load_picture, open_picture, upright
from galley.media.typefaces import BROKEN_FONT
from galley.models.brand import Look, LookStyle

LEAST_CONTRAST = 4.5
LEAST_ACCENT = 3.0
"""Of bars and marks, which are no text: WCAG 2.2, 1.4.11."""
_SOFT_BLACK, _BLACK, _WHITE = "#17181c", "#000000", "#ffffff"
_LINEAR_BELOW = 0.04045  # of sRGB: below, its curve is a straight line
MOST_LOGO_BYTES = 2_000_000
MOST_FONT_BYTES = 20_000_000
"""A font of all Chinese, Japanese and Korean letters has 16 MB."""
MOST_PORTRAIT_BYTES = 20_000_000
_LOGO_FORMATS = ("PNG", "JPEG", "WEBP")
_MOST_LOGO_PIXELS = 16_000_000
_LOGO_BOX = (640, 240)  # more would not be seen on a card, and travels into each of them
_FONT_KINDS = {b"\x00\x01\x00\x00": ".ttf", b"true": ".ttf", b"OTTO": ".otf"}
# OS/2 fsType: the font must not be embedded,
# https://learn.microsoft.com/typography/opentype/spec/os2#fstype (2024-05).
_RESTRICTED = 0x0002
_LONGEST, _LEAST = 2048, 256  # pixels of a portrait's longer side at most, of its shorter at least


@dataclass(frozen=True)
class Palette:
    """All colours of a card, as ``#rrggbb``.

    ``faint`` is the ink of small lines, ``muted`` that of bars beside the one that counts,
    ``on_accent`` that of letters on the accent.
    """

    background: str = "#f7f3ec"
    ink: str = "#17181c"
    faint: str = "#5d5a55"
    hairline: str = "#d9d2c6"
    accent: str = "#d3401f"
    muted: str = "#8d8983"
    on_accent: str = "#ffffff"


PLAIN = Palette()


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours, 1 to 21."""
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def palette_of(look: Look | None) -> Palette:
    """Return a brand's colours, with readable ones in place of those without contrast."""
    if look is None or not (look.background or look.ink or look.accent):
        return PLAIN
    background = look.background or PLAIN.background
    ink = look.ink
    if not ink or contrast(ink, background) < LEAST_CONTRAST:
        ink = readable_on(background)
    # Without an accent of the brand's there is none: Galley's own would not be its colour.
    return palette_on(background, ink, look.accent or ink)


def palette_on(background: str, ink: str, accent: str) -> Palette:
    """Return all colours on a background; an accent that is hard to see is mixed with the ink."""
    # The palest mixture of ink and background that can still be read.
    mixtures = (_mixed(background, ink, share / 100) for share in range(70, 100, 2))
    muted = (_mixed(background, ink, share / 100) for share in range(30, 100, 2))
    seen = (_mixed(accent, ink, share / 100) for share in range(0, 101, 5))
    return Palette(
        background=background,
        ink=ink,
        faint=_first_seen(mixtures, background, LEAST_CONTRAST, ink),
        hairline=_mixed(background, ink, 0.16),
        accent=(seen_accent := _first_seen(seen, background, LEAST_ACCENT, ink)),
        muted=_first_seen(muted, background, LEAST_ACCENT, ink),
        on_accent=readable_on(seen_accent),
    )


def palette_for(palette: Palette, ground: Ground) -> Palette:
    """Return a brand's colours on another ground: the ink's or the accent's."""
    match ground:
        case Ground.PAPER:
            return palette
        case Ground.INK:
            return palette_on(palette.ink, palette.background, palette.accent)
        case Ground.ACCENT:
            ink = readable_on(palette.accent)
            # On its own colour an accent would vanish.
            return palette_on(palette.accent, ink, ink)


def paler(colour: str, least: float) -> str:
    """Return a colour with as much white as it needs to have this contrast with black."""
    mixtures = (_mixed(colour, _WHITE, share / 100) for share in range(0, 101, 5))
    return _first_seen(mixtures, _BLACK, least, _WHITE)


def _first_seen(colours: Iterable[str], background: str, least: float, other: str) -> str:
    return next((one for one in colours if contrast(one, background) >= least), other)


def readable_on(background: str) -> str:
    """Return a black or white that can be read: a soft black where that is enough."""
    soft = max((_SOFT_BLACK, _WHITE), key=lambda ink: contrast(ink, background))
    # Where neither is enough, pure black is: its contrast and white's multiply to 21.
    return soft if contrast(soft, background) >= LEAST_CONTRAST else _BLACK


def contrast_problem(look: Look) -> str:
    """Return sentences about an ink or accent that cannot be seen; empty if both can be."""
    background = look.background or PLAIN.background
    palette = palette_of(look)
    said = (
        ("ink", look.ink, palette.ink, LEAST_CONTRAST, "text needs"),
        ("accent", look.accent, palette.accent, LEAST_ACCENT, "bars and marks need"),
    )
    return " ".join(
        f"The {name} {given} on {background} has a contrast of {contrast(given, background):.1f} "
        f"to 1, and {needs} {least:g} to 1: choose a darker or lighter one. Until then cards "
        f"have {taken}."
        for name, given, taken, least, needs in said
        if given and given != taken
    )


def _mixed(one: str, other: str, share: float) -> str:
    pairs = zip(_channels(one), _channels(other), strict=True)
    values = (round(first + (second - first) * share) for first, second in pairs)
    return "#" + "".join(f"{value:02x}" for value in values)


def _channels(colour: str) -> tuple[int, int, int]:
    red, green, blue = bytes.fromhex(colour.removeprefix("#"))
    return red, green, blue


def _luminance(colour: str) -> float:
    """Return the relative luminance of WCAG 2.2: linear light, weighted as the eye sees it."""
    shares = (value / 255 for value in _channels(colour))
    red, green, blue = (
        share / 12.92 if share <= _LINEAR_BELOW else ((share + 0.055) / 1.055) ** 2.4
        for share in shares
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@dataclass(frozen=True)
class Style:
    """Colours, logo and fonts of a brand's cards.

    ``logo`` is a PNG; empty: none. ``fonts`` is a folder with the brand's own font files;
    ``families`` are the fonts tried first, its own and the machine's; ``text_family`` is the
    one of small letters, if it is another.
    """

    palette: Palette = PLAIN
    logo: bytes = b""
    fonts: Path | None = None
    families: tuple[str, ...] = ()
    text_family: str = ""
    tokens: Tokens = TOKENS[LookStyle.PLAIN]


PLAIN_STYLE = Style()


@dataclass(frozen=True)
class FontFile:
    """A font that can be used; ``suffix`` is ``.ttf`` or ``.otf``."""

    family: str
    suffix: str


class _Os2(Protocol):
    fsType: int  # noqa: N815 - the name in the table


def logo_png(data: bytes) -> bytes:
    """Return a logo as a small PNG without metadata. The same bytes give the same PNG.

    Raises:
        MediaError: It is too large, or no PNG, JPEG or WebP that can be decoded.
    """
    if len(data) > MOST_LOGO_BYTES:
        raise MediaError(f"The logo has {len(data):,} bytes: make it at most {MOST_LOGO_BYTES:,}.")
    try:
        with Image.open(io.BytesIO(data), formats=_LOGO_FORMATS) as picture:
            if picture.width * picture.height > _MOST_LOGO_PIXELS:
                raise MediaError(
                    f"The logo has {picture.width}x{picture.height} pixels: make it "
                    "smaller, a few hundred are enough."
                )
            # Turned as the camera says, before the EXIF data are dropped.
            logo = ImageOps.exif_transpose(picture).convert("RGBA")
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, SyntaxError, ValueError):
        raise MediaError(
            "The logo is no picture that can be read: save it as PNG, JPEG or WebP."
        ) from None
    logo.thumbnail(_LOGO_BOX, Image.Resampling.LANCZOS)
    made = io.BytesIO()
    logo.save(made, "PNG", optimize=True)
    return made.getvalue()


def font_file(data: bytes) -> FontFile:
    """Return the family of a font file, after reading it.

    Raises:
        MediaError: It is too large, no TTF or OTF, broken, or may not be embedded.
    """
    if len(data) > MOST_FONT_BYTES:
        raise MediaError(
            f"The font has {len(data):,} bytes: make it at most {MOST_FONT_BYTES:,}, "
            "such as by a subset of its letters."
        )
    suffix = _FONT_KINDS.get(data[:4])
    if suffix is None:
        raise MediaError("The font is no TTF or OTF file: convert it to one of them.")
    try:
        with TTFont(io.BytesIO(data), lazy=True) as font:
            letters = font.getBestCmap()
            is_restricted = cast("_Os2", font["OS/2"]).fsType == _RESTRICTED
    except BROKEN_FONT:
        letters, is_restricted = None, False
    family = ""
    if letters:
        # typst reads fonts from files alone, and only its own name for the family counts.
        with tempfile.TemporaryDirectory(prefix="galley-font-") as name:
            Path(name, f"font{suffix}").write_bytes(data)
            family = next(iter(families_in(Path(name))), "")
    if not family:
        raise MediaError("The font is broken: it has no letters that can be read.")
    if is_restricted:
        raise MediaError(f"The licence of the font {family[:60]} forbids to embed it: use another.")
    return FontFile(family, suffix)


def families_in(folder: Path) -> list[str]:
    """Return the families of the font files in a folder, as typst names them."""
    return typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=False, font_paths=[folder]
    ).families()


def portrait_jpeg(data: bytes) -> bytes:
    """Return a picture as a JPEG in sRGB, upright, no larger than models take.

    Raises:
        MediaError: It is none, broken, or too small or too large.
    """
    if len(data) > MOST_PORTRAIT_BYTES:
        raise MediaError(f"The portrait has more than {MOST_PORTRAIT_BYTES:,} bytes: shrink it.")
    with open_picture(data) as picture:
        load_picture(picture)
        shown = upright(picture).convert("RGB")
    if min(shown.size) < _LEAST:
        raise MediaError(f"The portrait is smaller than {_LEAST} pixels: use a larger.")
    shown.thumbnail((_LONGEST, _LONGEST), Image.Resampling.LANCZOS)
    into = io.BytesIO()
    shown.save(into, "JPEG", quality=92, subsampling=0)
    return into.getvalue()
