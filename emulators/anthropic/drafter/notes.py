"""Condense a part of a long text: its best sentences, word for word."""

import re
from collections.abc import Iterator
from itertools import chain, zip_longest
from typing import Any

from emulators.anthropic.drafter.order import find_material
from emulators.anthropic.drafter.prose import Sentence, sentences_of
from emulators.anthropic.drafter.ranking import overlap, ranking_of
from emulators.anthropic.wire import CountRequest

_ASKED = re.compile(r"^Condense part \d+ of \d+\. At most (\d+) points\.")
_WINDOW = 12_000
"""Characters that are ranked together: ranking takes the square of their sentences."""
_SUMMARY = 2
_TOO_ALIKE = 0.35
_HEAVIEST = 5


def asks_for_notes(request: CountRequest) -> bool:
    """Return whether a part is to be condensed, instead of a post written."""
    return bool(_ASKED.match(request.messages[0].text))


def take_notes(request: CountRequest) -> dict[str, Any]:
    """Return a summary of sentences and the points, each its own quotation."""
    asked = _ASKED.match(request.messages[0].text)
    most = int(asked.group(1)) if asked else 0
    blocks = [block.text for block in request.system_blocks]
    material, _ = find_material(blocks, "")
    windows = list(_windows(material.text))
    each = -(-most // max(1, len(windows)))
    picks = [_picks(window, material.language, each) for window in windows]
    rounds = chain.from_iterable(zip_longest(*picks))
    best = [text for text in rounds if text is not None][:most]
    return {
        "summary": " ".join(best[:_SUMMARY]) or material.text[:200],
        "points": [
            {"point": text, "quote": text, "weight": max(1, _HEAVIEST - place)}
            for place, text in enumerate(best)
        ],
    }


def _windows(text: str) -> Iterator[str]:
    start = 0
    while start < len(text):
        end = min(len(text), start + _WINDOW)
        line = text.rfind("\n\n", start, end)
        if end < len(text) and line > start:
            end = line
        yield text[start:end]
        start = end


def _picks(window: str, language: str, most: int) -> list[str]:
    """Return the best sentences that stand in the text as they are, and differ."""
    said = " ".join(window.split())
    picks: list[str] = []
    for sentence in _by_rank(window, language):
        text = sentence.text
        if text in said and not any(overlap(text, p) >= _TOO_ALIKE for p in picks):
            picks.append(text)
        if len(picks) == most:
            break
    return picks


def _by_rank(window: str, language: str) -> list[Sentence]:
    return ranking_of(window, language).best or sentences_of(window, language)
