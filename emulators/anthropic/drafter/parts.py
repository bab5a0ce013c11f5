"""Condense a part of a long text: its best sentences, word for word."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import chain, zip_longest
from typing import Any

from emulators.anthropic.drafter.prose import (
    Ranking,
    Sentence,
    cut,
    overlap,
    ranking_of,
    sentences_of,
    size,
    words_of,
)
from emulators.anthropic.drafter.request import Material, Order, find_material
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


Part = dict[str, str]

_HEADING = re.compile(r"(?m)^#{1,4} +(.+?) *#*$")
_MARKUP = re.compile(r"[*_`\[\]]|\(https?:[^)]*\)")
_PARTS_ASKED = {
    "de": "Was davon ist für Sie am wichtigsten?",
    "es": "\u00bfQué le importa más?",
    "fr": "Qu\u2019est-ce qui compte le plus pour vous ?",
}
_ASKED_IN_ENGLISH = "Which of these matters most to you?"
_LONG_WORD = 5
_MOST = 6
"""Slides; a source has more sentences, and a reader less patience."""


def question_of(order: Order) -> str:
    """Return the one sentence that no source can lend: what is asked."""
    if not order.answers:
        return ""
    return _PARTS_ASKED.get(order.material.language, _ASKED_IN_ENGLISH)


def answers_of(order: Order) -> list[Part]:
    """Return what the source is about: its headings, its tags, else frequent words."""
    if not order.answers:
        return []
    found: dict[str, str] = {}
    subjects = _subjects(order.material)
    # Those that need not be cut come first.
    for words in sorted(subjects, key=lambda one: size(one) > order.answer_length):
        short = cut(words, order.answer_length)
        found.setdefault(short.casefold(), short)
    kept = [words for words in found.values() if words][: order.answers]
    return [{"title": "", "text": words} for words in kept]


def slides_of(order: Order, ranking: Ranking, said: Sequence[Sentence]) -> list[Part]:
    """Return the title, then the best sentences that the caption does not have."""
    if not order.slides:
        return []
    first = cut(order.material.title or ranking.best[0].text, order.part_title)
    used = {sentence.text for sentence in said}
    rest = [s for s in ranking.best if s.text not in used] or ranking.best
    short = [s for s in rest if size(s.text) <= order.part_text]
    most = min(order.slides, _MOST) - 1
    chosen = (short if len(short) >= most else rest)[:most]
    texts = [cut(s.text, order.part_text) for s in sorted(chosen, key=_place)]
    opening = [{"title": first, "text": ""}]
    return opening + [{"title": "", "text": text} for text in dict.fromkeys(texts)]


def scenes_of(order: Order, ranking: Ranking) -> list[Part]:
    """Return the best sentences to be spoken, each with its first words to show."""
    if not order.scenes:
        return []
    short = [s for s in ranking.best if size(s.text) <= order.part_text]
    chosen = (short or ranking.best)[: min(order.scenes, _MOST)]
    texts = [cut(s.text, order.part_text) for s in sorted(chosen, key=_place)]
    return [{"title": cut(text, order.part_title), "text": text} for text in texts]


def sections_of(order: Order) -> list[Part]:
    """Return the source's own sections, each told in its best sentences."""
    if not order.sections:
        return []
    pieces = _HEADING.split(order.material.text)
    titles, texts = ["", *pieces[1::2]], pieces[::2]
    told = [
        {"title": _heading_of(title, order), "text": _told(text, order)}
        for title, text in zip(titles, texts, strict=True)
    ]
    kept = [part for part in told if part["text"]]
    if len(kept) > 1:
        return kept[: order.sections]
    return _halves(order)


def _halves(order: Order) -> list[Part]:
    """Part a source without headings in two."""
    paragraphs = order.material.text.split("\n\n")
    middle = (len(paragraphs) + 1) // 2
    halves = (paragraphs[:middle], paragraphs[middle:] or paragraphs[-1:])
    texts = [_told("\n\n".join(half), order) for half in halves]
    whole = cut(" ".join(order.material.text.split()), order.part_text)
    return [{"title": "", "text": text or whole} for text in texts]


def _told(text: str, order: Order) -> str:
    """Return the sentences of a section that stand alone, as many as fit."""
    said, left = list[str](), order.part_text
    for sentence in sentences_of(text, order.material.language):
        cost = size(sentence.text) + 4
        if sentence.stands_alone and cost <= left:
            said.append(sentence.text)
            left -= cost
    return "\n\n".join(said)


def _heading_of(heading: str, order: Order) -> str:
    """Return the heading, unless it is the title, which stands above it all."""
    words = _unmarked(heading)
    return "" if words == order.material.title else cut(words, order.part_title)


def _unmarked(heading: str) -> str:
    return " ".join(_MARKUP.sub("", heading).split())


def _place(sentence: Sentence) -> int:
    return sentence.order


def _subjects(material: Material) -> list[str]:
    headings = [_unmarked(one) for one in _HEADING.findall(material.text)]
    headings = [one for one in headings if one and one != material.title]
    often = Counter(w for w in words_of(material.text) if len(w) >= _LONG_WORD)
    common = [word for word, _ in often.most_common(8)]
    first = material.text.split()[:8]
    return [*headings, *material.tags, *common, *first, material.title]
