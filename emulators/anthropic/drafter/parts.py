"""Answers of a question and slides of a carousel, in the words of the source."""

import re
from collections import Counter
from collections.abc import Sequence

from emulators.anthropic.drafter.order import Material, Order
from emulators.anthropic.drafter.prose import Sentence, cut, sentences_of, size
from emulators.anthropic.drafter.ranking import Ranking, words_of

Part = dict[str, str]

_HEADING = re.compile(r"(?m)^#{1,4} +(.+?) *#*$")
_MARKUP = re.compile(r"[*_`\[\]]|\(https?:[^)]*\)")
_ASKED = {
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
    return _ASKED.get(order.material.language, _ASKED_IN_ENGLISH)


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
