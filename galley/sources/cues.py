"""One cue of a transcript, as a stranger's file tells it."""

import re
from collections.abc import Sequence

from galley.models import Cue
from galley.models.source import TimedWord
from galley.sources.plain import clean_line

MAX_CUES = 50_000
"""Four hours of a cue every second are 14,400."""
MAX_SPEAKER = 60
_CUE = 10_000
_SURE = 3
"""Cues of two lines, of which more than half must repeat the line above."""
_TAG = re.compile(r"<[^<>]{0,200}>")


def without_tags(text: str) -> str:
    """Return the text of a cue without its marks, such as ``<i>`` and ``<v Ana>``."""
    return _TAG.sub("", text)


def unrolled(shown: Sequence[str], *, does_roll: bool = False) -> list[str]:
    """Return the texts of cues without the lines that live captions show again.

    Such captions roll: the line above is the one that was said before. They are told by
    that, since two people may say the same line.

    Args:
        shown: Each cue's lines.
        does_roll: Whether the file is known to be one of live captions.
    """
    cues = [[line for line in text.split("\n") if _bare(line)] for text in shown]
    repeats, above = list[bool](), ""
    for lines in cues:
        repeats.append(bool(lines) and _bare(lines[0]) == above)
        above = _bare(lines[-1]) if lines else above
    long = [
        is_again for lines, is_again in zip(cues, repeats, strict=True) if lines[1:]
    ]
    does_roll = does_roll or (len(long) >= _SURE and sum(long) * 2 > len(long))
    return [
        "\n".join(lines[1:] if does_roll and is_again else lines)
        for lines, is_again in zip(cues, repeats, strict=True)
    ]


def _bare(line: str) -> str:
    return without_tags(line).strip()


def cue_of(
    start: float,
    end: float,
    text: str,
    speaker: str = "",
    words: Sequence[TimedWord] = (),
) -> Cue:
    """Return the cue; seconds, and an end before the beginning is taken for that."""
    return Cue(
        start=round(start, 3),
        end=round(max(start, end), 3),
        text=clean_line(without_tags(text), _CUE),
        speaker=clean_line(speaker, MAX_SPEAKER),
        words=tuple(words),
    )
