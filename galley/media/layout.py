"""Layouts of cards: the template for a content, the looks to start from, and how cards vary.

The drawing of cards calls it. Its rules are pure: the same words and network give the same
layout, and of the posts of one campaign no layout comes more than twice.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from galley.models.brand import Look, LookStyle
from galley.models.media import Change, Figure, Number, Quotation
from galley.models.network import Platform


class Ground(StrEnum):
    """The colour under a card."""

    PAPER = "paper"
    INK = "ink"
    ACCENT = "accent"


@dataclass(frozen=True)
class Layout:
    """The place of the words on a card, and the ground under them."""

    place: Literal["top", "middle", "foot"] = "middle"
    align: Literal["start", "center"] = "start"
    ground: Ground = Ground.PAPER


DEFAULT_LAYOUT = Layout()


@dataclass(frozen=True)
class Tokens:
    """What makes a look: measures are multiples of the smallest letters.

    ``display`` names the typeface of headlines; ``tracking`` is in sizes of the letters,
    ``leading`` and ``density`` are factors; ``layouts`` and the ``cuts`` of films, by ffmpeg's
    names, come in their order.
    """

    display: str
    weight: int
    tracking: float
    leading: float
    corner: float
    rule: Literal["bar", "line", "none"]
    logo_at: Literal["foot", "head"]
    density: float
    layouts: tuple[Layout, ...]
    cuts: tuple[str, ...]


_PLAIN = (
    Layout(),
    Layout("foot", "start", Ground.ACCENT),
    Layout("middle", "center"),
    Layout("top", "start", Ground.INK),
    Layout("foot", "start"),
    Layout("middle", "center", Ground.ACCENT),
)
TOKENS = {
    LookStyle.PLAIN: Tokens(
        "Inter", 700, -0.018, 1.0, 0.0, "bar", "foot", 1.0, _PLAIN, ("slideleft",)
    ),
    LookStyle.EDITORIAL: Tokens(
        *("Noto Serif Display", 700, -0.01, 1.15, 0.0, "line", "head", 1.15),
        (
            Layout("foot"),
            Layout("middle", "center"),
            Layout("top", "start", Ground.INK),
            Layout("top"),
            Layout("middle", "center", Ground.INK),
            Layout("foot", "start", Ground.ACCENT),
        ),
        ("wipeleft",),
    ),
    LookStyle.BOLD: Tokens(
        *("Inter Display", 900, -0.012, 0.85, 1.1, "none", "foot", 0.9),
        (
            Layout("foot", "start", Ground.ACCENT),
            Layout("foot", "start", Ground.INK),
            Layout("top"),
            Layout("top", "start", Ground.ACCENT),
            Layout("foot"),
            Layout("middle", "center", Ground.INK),
        ),
        ("slideup", "slideleft"),
    ),
}
_CORNERS = {"square": 0.0, "soft": 0.5, "round": 1.1}
_DENSITIES = {"airy": 1.2, "even": 1.0, "dense": 0.85}


def tokens_of(look: Look | None) -> Tokens:
    """Return the tokens of a brand: those of the look it starts from, with its own instead."""
    look = look or Look()
    base = TOKENS[look.style]
    return Tokens(
        base.display,
        base.weight,
        base.tracking,
        base.leading,
        _CORNERS.get(look.corner or "", base.corner),
        look.rule or base.rule,
        look.logo_at or base.logo_at,
        _DENSITIES.get(look.density or "", base.density),
        base.layouts,
        base.cuts,
    )


def layout_of(tokens: Tokens, platform: Platform) -> Layout:
    """Return the layout of a network's card: two networks at most share one."""
    return tokens.layouts[list(Platform).index(platform) // 2 % len(tokens.layouts)]


_DIGITS = r"\d[\d.,'\u2019\u00a0\u202f]*"
_UNIT = (
    r"(?:\s?(?:%|‰|°C|°F|\u00d7|x\b|[€$£¥₹]|percent\b|[mkµn]s\b|s\b|min\b|h\b|[kMGT]i?B\b|km\b|kg\b|"
    r"Prozent\b|pour cent\b|por ciento\b|por cento\b))"
)
# Lengths of time, which a sentence on a change may give in words.
_TIMES = (
    r"(?:\s(?:seconds?|minutes?|hours?|days?|weeks?|months?|years?|Sekunden?|Minuten?|Stunden?|"
    r"Tag(?:en?)?|Wochen?|Monat(?:en?)?|Jahr(?:en?)?|secondes?|heures?|jours?|semaines?|mois|ans|"
    r"segundos?|minutos?|horas?|días?|semanas?|meses|años)\b)"
)
_AMOUNT = (
    rf"[€$£¥₹]?{_DIGITS}(?:\s?(?:million|billion|Mio\.?|Mrd\.?|k|M|bn)\b)?(?:{_UNIT}|{_TIMES})?"
)
_CHANGE = re.compile(
    rf"(?:\b(?:from|von|de|desde|da|från|fra|от|\u0441)\s+)(?P<before>{_AMOUNT})\s+"
    rf"(?:to|auf|à|a|hasta|para|till|til|до)\s+(?P<after>{_AMOUNT})|"
    rf"(?P<before2>{_AMOUNT})\s?(?:→|->)\s?(?P<after2>{_AMOUNT})",
    re.IGNORECASE,
)
_BIG = re.compile(
    rf"(?<![\w.,-])(?:[€$£¥₹]\s?{_DIGITS}(?:\s?(?:million|billion|bn|k|M)\b)?|{_DIGITS}{_UNIT}|"
    r"\d{1,3}(?:[.,\u00a0\u202f]\d{3})+)(?![\w-])"
)
_MORE = re.compile(r"[.!?…:;](?=\s)|[。！？]\S")  # noqa: RUF001 -- Chinese and Japanese stops
_QUOTED = re.compile(
    r"^\s*(?:[\"“„«»「『‘](?P<said>.{8,})[\"”“»«」』’][.,]?)"  # noqa: RUF001 -- marks
    r"(?:\s*(?:[—\u2013-]|\(|,?\s*(?:says|said|sagt|sagte|dit|dice|disse)\s)\s*(?P<speaker>[^\"“”]{2,60}?)[.)]?)?\s*$"
)
_MARKS = {
    "de": "»",
    "cs": "»",
    "pl": "»",
    "ru": "«",
    "uk": "«",
    "fr": "«",
    "es": "«",
    "it": "«",
    "ar": "«",
    "fa": "«",
}
_EAST = {"ja": "「", "zh": "「"}


def figure_of(headline: str) -> tuple[str, Figure | None]:
    """Return the headline as a card letters it, and what it is about, if it is more than words."""
    if quoted := _QUOTED.match(headline):
        # A comma that leads to the speaker is none of what was said.
        return quoted["said"].strip().rstrip(","), Quotation(
            speaker=(quoted["speaker"] or "").strip()
        )
    if found := _CHANGE.search(headline):
        before = found["before"] or found["before2"]
        after = found["after"] or found["after2"]
        # "from 3 to 5 %": the unit is that of both.
        unit = re.sub(rf"^[€$£¥₹]?{_DIGITS}", "", after)
        before = before if unit in before else before + unit
        return headline, Change(before=before.strip(), after=after.strip())
    numbers = _BIG.findall(headline)
    if len(numbers) == 1:
        number = numbers[0].strip()
        # A number that begins the headline is not said twice.
        rest = headline.strip().removeprefix(number).strip(" :\u2014\u2013")
        # Beside another number, or another sentence, it would not be what the words are about.
        others = re.search(r"\d", headline.replace(number, "", 1))
        if not others and not _MORE.search(rest):
            return rest or headline, Number(number=number)
    return headline, None


def mark_of(language: str) -> str:
    """Return the opening quotation mark of a language."""
    own = language.lower().partition("-")[0]
    return _EAST.get(own) or _MARKS.get(own) or "“"
