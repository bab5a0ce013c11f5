"""Captions that are burnt into a clip: a few words at a time, the spoken one in colour.

The clipping activity calls it. The file is Advanced SubStation Alpha, which libass draws for
ffmpeg: https://github.com/libass/libass/wiki/ASS-File-Format-Guide (2026-05). Lines are broken
by :mod:`galley.media.caption_lines`: libass knows no place to break in a script without spaces.
"""

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby, pairwise
from pathlib import Path
from typing import Any, Self, cast

from fontTools.ttLib import TTFont

from galley.media.caption_lines import COLUMNS, PAUSE, STOPS, Shown, grouped, lines_of, wide_of
from galley.media.errors import MediaError
from galley.media.typefaces import (
    BROKEN_FONT,
    FAMILIES,
    bundled,
    drawable,
    fonts_for,
    line_heights,
    phrased,
)
from galley.networks.graphemes import clusters
from galley.sources.spoken_words import Said, is_glued

SPOKEN = "#ffd500"
"""The colour of the word that is spoken, without a brand's."""
_LINGERS = 0.2  # seconds that a caption stands after its last word
_LEFTWARDS = frozenset({"R", "AL"})
_JOINERS = frozenset({0x200C, 0x200D})
_STRONG = _LEFTWARDS | {"L"}
# Marks without a width that set the direction of a line; Inter draws nothing for them.
_LEFT_TO_RIGHT, _RIGHT_TO_LEFT = "\u200e", "\u200f"
_USUAL = "etaoinshrdlucmfwypEATS"
_USUAL_WIDTH = 12.9  # of these letters in Galley's own font, in sizes
_BOLD = 600  # from this weight on libass makes a font no bolder
# Alpha, blue, green and red, in that order.
_FACE = {"white": "&H00FFFFFF", "black": "&H00101010"}
_STYLE = (
    "Name, Fontname, Fontsize, PrimaryColour, SecondaryColour, OutlineColour, "
    "BackColour, Bold, Italic, Underline, StrikeOut, ScaleX, ScaleY, Spacing, Angle, "
    "BorderStyle, Outline, Shadow, Alignment, MarginL, MarginR, MarginV, Encoding"
)
_EVENT = "Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text"
# libass takes these for markup.
_MARKUP = str.maketrans({"{": "(", "}": ")", "\\": "/"})


@dataclass(frozen=True)
class Frame:
    """Pixels of the picture, and the edges that captions keep free for the apps' buttons.

    As on the cards: 24 % at the foot and 14 % at the right are the apps'.
    """

    width: int = 1080
    height: int = 1920

    @classmethod
    def across(cls, width: int) -> Self:
        """Return an upright frame of so many pixels across, a multiple of 36."""
        return cls(width, width * 16 // 9)

    @property
    def foot(self) -> int:
        """Pixels below the captions."""
        return round(self.height * 0.25)

    @property
    def side(self) -> int:
        """Pixels beside them, the same at both sides, so that they are centred."""
        return round(self.width * 0.14)

    @property
    def size(self) -> int:
        """Height of the letters."""
        return round(self.width * 0.082)


@dataclass(frozen=True)
class CaptionFont:
    """The font of captions; ``name`` is libass's for it, ``scale`` beside Galley's own font.

    The scale makes letters of the same height, or smaller ones, if they are wider: a line has
    room for so many of them.
    """

    name: str = FAMILIES[0]
    scale: float = 1.0
    is_bold: bool = True
    drawn: frozenset[int] = field(default_factory=lambda: bundled()[0])
    file: Path | None = None


def font_in(folder: Path) -> tuple[str, float, bool, tuple[int, ...], str] | None:
    """Return the boldest of a brand's fonts, as a :class:`CaptionFont` has it; ``None``: none.

    A stranger's font is read: call it in a confined child.
    """
    found = list[tuple[int, str, float, tuple[int, ...], str]]()
    for file in sorted(folder.rglob("*.?tf")):
        try:
            with TTFont(file, lazy=True) as font:
                it = cast("Any", font)  # fontTools ships no types
                letters = cast("dict[int, str]", it.getBestCmap() or {})
                size = it["head"].unitsPerEm
                windows, name = it["OS/2"], it["name"].getDebugName(1)
                high = (windows.usWinAscent + windows.usWinDescent) / size
                wide = sum(it["hmtx"][letters[ord(one)]][0] for one in _USUAL) / size
                weight = int(windows.usWeightClass)
        except BROKEN_FONT:
            continue
        scale = high / line_heights()[0] * min(1.0, _USUAL_WIDTH / max(wide, 0.01))
        # A comma or a brace would end the name in a style.
        if name and not set(name) & set(",{}\\"):
            found.append((weight, str(name), float(scale), tuple(letters), str(file)))
    if not found:
        return None
    weight, name, scale, letters, file = max(found)
    return name, scale, weight >= _BOLD, letters, file


def captions_of(
    words: Sequence[Said],
    start: float,
    end: float,
    frame: Frame,
    language: str = "en",
    spoken: str = SPOKEN,
    font: CaptionFont | None = None,
    begin: float = 0.0,
) -> str:
    """Return the captions of a stretch of a recording, counted from its beginning.

    Empty if nothing is said in it that can be lettered. The word that is spoken has the colour
    ``spoken``; in scripts without spaces it is a phrase. ``font`` is the brand's. Nothing is
    shown before ``begin``.
    """
    shown = [
        Shown(max(word.start, start) - start, min(word.end, end) - start, text)
        for word in words
        if start <= word.start < end and (text := _lettered(word.text))
    ]
    if not shown:
        return ""
    shown = _phrases(shown, language)
    groups, mark = [*grouped(shown, language)], _direction_mark(shown)
    colour = f"&H00{spoken[5:7]}{spoken[3:5]}{spoken[1:3]}".upper()
    stops = [*(group[0].start for group in groups[1:]), end - start]
    font = font or CaptionFont()
    events = [
        line
        for group, stop in zip(groups, stops, strict=True)
        if stop > begin
        for line in _events(
            group, lines_of(group, language), frame, (begin, stop), mark, colour, font
        )
    ]
    return "\n".join([*_head(frame, font), *events, ""]) if events else ""


def require_letters(words: Iterable[Said], font: CaptionFont | None = None) -> None:
    """Check that some font has every letter: the brand's, or another.

    Raises:
        MediaError: None has; the message names one that is missing.
    """
    try:
        letters = {c for word in words for c in _lettered(word.text)}
        own = font.drawn if font else frozenset[int]()
        fonts_for("".join(sorted(letter for letter in letters if ord(letter) not in own)))
    except MediaError as error:
        raise MediaError(f"The captions cannot be drawn. {error}") from None


def _lettered(text: str) -> str:
    return drawable(text).translate(_MARKUP)


def _phrases(words: list[Shown], language: str) -> list[Shown]:
    """Return words of a script without spaces as phrases: a transcript cuts them anywhere."""
    found = list[Shown]()
    for _, run in groupby(_runs(words), key=lambda one: one[0]):
        glued = [word for _, word in run]
        text = "".join(word.text for word in glued)
        parts = phrased(text, language).split("\u200b")
        if len(glued) == 1 or " " in text or len(parts) == 1:
            found += glued
            continue
        # Each letter has its share of the time of its word.
        times = [
            word.start + (word.end - word.start) * at / len(word.text)
            for word in glued
            for at in range(len(word.text))
        ]
        begin = 0
        for part in parts:
            end = begin + len(part)
            until = times[end] if end < len(times) else glued[-1].end
            found.append(Shown(times[begin], until, part))
            begin = end
    return found


def _runs(words: Sequence[Shown]) -> Iterator[tuple[int, Shown]]:
    """Yield each word with the number of its run: words with nothing between them."""
    number = 0
    for at, word in enumerate(words):
        before = words[at - 1] if at else word
        is_apart = word.start - before.end > PAUSE or before.text.endswith(STOPS)
        if at and (is_apart or not is_glued(before.text, word.text)):
            number += 1
        yield number, word


def _direction_mark(words: Sequence[Shown]) -> str:
    """Return the mark that gives each line the direction of most letters of all captions.

    Left alone, a line that begins with a name in another script is turned around.
    """
    letters = (unicodedata.bidirectional(c) for word in words for c in word.text)
    leftwards = [kind in _LEFTWARDS for kind in letters if kind in _STRONG]
    if not any(leftwards):
        return ""
    return _RIGHT_TO_LEFT if 2 * sum(leftwards) >= len(leftwards) else _LEFT_TO_RIGHT


def _events(
    words: Sequence[Shown],
    lines: Sequence[Sequence[int]],
    frame: Frame,
    within: tuple[float, float],
    mark: str,
    spoken_colour: str,
    font: CaptionFont,
) -> Iterator[str]:
    """Yield a line for each word, in which that word has another colour.

    ``lines`` are the words of each line, by their numbers. The events are ``within`` these
    seconds: the next ones come at its end.
    """
    begin, stop = within
    widest = max(wide_of([words[at] for at in line]) for line in lines)
    small = round(frame.size * font.scale * COLUMNS / widest) if widest > COLUMNS else 0
    dress = rf"{{\fs{small}}}" if small else ""
    faces = [_faced(word.text, font) for word in words]
    glued = [is_glued(one.text, other.text) for one, other in pairwise(words)]
    ends = [word.start for word in words[1:]]
    ends.append(min(words[-1].end + _LINGERS, stop))
    for spoken, (word, end) in enumerate(zip(words, ends, strict=True)):
        begins, ends_at = _clock(max(word.start, begin)), _clock(end)
        if begins >= ends_at:
            continue
        colour = rf"{{\1c{spoken_colour}&}}{faces[spoken]}{{\1c{_FACE['white']}&}}"
        shown = [*faces[:spoken], colour, *faces[spoken + 1 :]]
        said = r"\N".join(
            mark
            + shown[line[0]]
            + "".join(("" if glued[at - 1] else " ") + shown[at] for at in line[1:])
            for line in lines
        )
        yield f"Dialogue: 0,{begins},{ends_at},Said,,0,0,0,,{dress}{said}"


def _faced(text: str, font: CaptionFont) -> str:
    """Return a word with the names of the fonts that draw its letters, where it is another.

    libass looks for the letters that a font lacks on the machine, not in the folder it is given,
    and shows a box if it finds nothing.
    """

    def font_of(cluster: str) -> int:
        letters = set(map(ord, cluster)) - _JOINERS
        known = (font.drawn, *bundled())
        return next((at for at, drawn in enumerate(known) if letters <= drawn), 0)

    faced = list[str]()
    for number, run in groupby(clusters(text), key=font_of):
        if not number:
            faced.extend(run)
            continue
        # libass makes lines as high as its size says, so letters of a font with high lines
        # would come out small.
        size = round(100 * line_heights()[number - 1] / line_heights()[0] / font.scale)
        dress = rf"{{\fn{FAMILIES[number - 1]}\b1\fscx{size}\fscy{size}}}"
        plain = rf"{{\fn{font.name}\b{int(font.is_bold)}\fscx100\fscy100}}"
        faced.append(f"{dress}{''.join(run)}{plain}")
    return "".join(faced)


def _clock(seconds: float) -> str:
    # ASS knows no finer time than hundredths.
    hundredths = max(0, round(seconds * 100))
    minutes, rest = divmod(hundredths, 6000)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest / 100:05.2f}"


def _head(frame: Frame, font: CaptionFont) -> list[str]:
    outline, shadow = round(frame.size * 0.075), round(frame.size * 0.03)
    white, size = _FACE["white"], round(frame.size * font.scale)
    style = (
        f"Said,{font.name},{size},{white},{white},{_FACE['black']},"
        # Encoding -1 lets each line be read in the direction of its own script.
        f"&H80101010,{-int(font.is_bold)},0,0,0,100,100,0,0,1,{outline},{shadow},2,"
        f"{frame.side},{frame.side},{frame.foot},-1"
    )
    return [
        "[Script Info]",
        "ScriptType: v4.00+",
        f"PlayResX: {frame.width}",
        f"PlayResY: {frame.height}",
        "WrapStyle: 2",  # lines break only where the text says so
        "ScaledBorderAndShadow: yes",
        "[V4+ Styles]",
        f"Format: {_STYLE}",
        f"Style: {style}",
        "[Events]",
        f"Format: {_EVENT}",
    ]
