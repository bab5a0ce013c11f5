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
_TAG = re.compile(r"<[^<>]{0,200}>")


def without_tags(text: str) -> str:
    """Return the text of a cue without its marks, such as ``<i>`` and ``<v Ana>``."""
    return _TAG.sub("", text)


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
