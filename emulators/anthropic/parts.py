"""The parts of a post beside its body: answers of a poll, sections, scenes, slides.

:mod:`emulators.anthropic.writing` takes those that the order wants.
"""

import re
from collections import Counter
from collections.abc import Sequence

from emulators.anthropic.prose import Ranking, Sentence, cut, sentences_of, size, words_of
from emulators.anthropic.request import Material, Order

Part = dict[str, str]
"""``title`` and ``text``; either may be empty."""

_HEADING = re.compile(r"(?m)^#{1,4} +(.+?) *#*$")
_MARKUP = re.compile(r"[*_`\[\]]|\(https?:[^)]*\)")
_QUESTIONS = {
    "de": "Was davon ist für Sie am wichtigsten?",
    "es": "\u00bfQué le importa más?",
    "fr": "Qu\u2019est-ce qui compte le plus pour vous ?",
}
_ENGLISH_QUESTION = "Which of these matters most to you?"
_LONG_WORD = 5
_MOST = 6
"""Slides or scenes; a source has more sentences, and a reader less patience."""


def question_of(order: Order) -> str:
    """Return a poll's question, the one sentence that no source can lend."""
    if not order.answers:
        return ""
    return _QUESTIONS.get(order.material.language, _ENGLISH_QUESTION)


def parts_of(order: Order, ranking: Ranking, caption: Sequence[Sentence]) -> list[Part]:
    """Return the parts that the order wants; an order wants one kind at most."""
    if order.answers:
        return _answers(order)
    if order.sections:
        return _sections(order)
    if order.scenes:
        return _scenes(order, ranking)
    return _slides(order, ranking, caption) if order.slides else []


def _answers(order: Order) -> list[Part]:
    """Return the source's subjects: its headings, its tags, else frequent words."""
    found: dict[str, str] = {}
    # Those that need not be cut come first.
    for words in sorted(_subjects(order.material), key=lambda w: size(w) > order.answer_length):
        short = cut(words, order.answer_length)
        found.setdefault(short.casefold(), short)
    kept = [words for words in found.values() if words][: order.answers]
    return [{"title": "", "text": words} for words in kept]


def _subjects(material: Material) -> list[str]:
    headings = [_unmarked(one) for one in _HEADING.findall(material.text)]
    headings = [one for one in headings if one and one != material.title]
    often = Counter(w for w in words_of(material.text) if len(w) >= _LONG_WORD)
    common = [word for word, _ in often.most_common(8)]
    # A poll needs two answers even from a source of one line.
    first = material.text.split()[:8]
    return [*headings, *material.tags, *common, *first, material.title]


def _slides(order: Order, ranking: Ranking, caption: Sequence[Sentence]) -> list[Part]:
    """Return the title, then the best sentences that the caption does not have."""
    first = cut(order.material.title or ranking.best[0].text, order.part_title)
    used = {sentence.text for sentence in caption}
    rest = [s for s in ranking.best if s.text not in used] or ranking.best
    short = [s for s in rest if size(s.text) <= order.part_text]
    most = min(order.slides, _MOST) - 1
    # A whole sentence on a slide is better than a cut one.
    chosen = (short if len(short) >= most else rest)[:most]
    texts = _in_order(chosen, order.part_text)
    opening = [{"title": first, "text": ""}]
    # Two sentences may be the same once they are cut.
    return opening + [{"title": "", "text": text} for text in dict.fromkeys(texts)]


def _scenes(order: Order, ranking: Ranking) -> list[Part]:
    """Return the best sentences to be spoken, each with its first words to show."""
    short = [s for s in ranking.best if size(s.text) <= order.part_text]
    chosen = (short or ranking.best)[: min(order.scenes, _MOST)]
    texts = _in_order(chosen, order.part_text)
    return [{"title": cut(text, order.part_title), "text": text} for text in texts]


def _in_order(sentences: Sequence[Sentence], limit: int) -> list[str]:
    return [cut(s.text, limit) for s in sorted(sentences, key=lambda s: s.order)]


def _sections(order: Order) -> list[Part]:
    """Return the source's own sections, each in its best sentences."""
    pieces = _HEADING.split(order.material.text)
    titles, texts = ["", *pieces[1::2]], pieces[::2]
    found: list[Part] = []
    for heading, text in zip(titles, texts, strict=True):
        words = _unmarked(heading)
        # The source's title stands above the whole post already.
        title = "" if words == order.material.title else cut(words, order.part_title)
        found.append({"title": title, "text": _condensed(text, order)})
    kept = [part for part in found if part["text"]]
    if len(kept) > 1:
        return kept[: order.sections]
    # A source without headings is parted in two.
    paragraphs = order.material.text.split("\n\n")
    middle = (len(paragraphs) + 1) // 2
    halves = (paragraphs[:middle], paragraphs[middle:] or paragraphs[-1:])
    whole = cut(" ".join(order.material.text.split()), order.part_text)
    condensed = [_condensed("\n\n".join(half), order) for half in halves]
    return [{"title": "", "text": text or whole} for text in condensed]


def _condensed(text: str, order: Order) -> str:
    """Return the sentences of a section that stand alone, as many as fit."""
    kept, left = list[str](), order.part_text
    for sentence in sentences_of(text, order.material.language):
        # Two line breaks, counted twice each.
        cost = size(sentence.text) + 4
        if sentence.stands_alone and cost <= left:
            kept.append(sentence.text)
            left -= cost
    return "\n\n".join(kept)


def _unmarked(heading: str) -> str:
    return " ".join(_MARKUP.sub("", heading).split())
