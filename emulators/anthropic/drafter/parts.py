"""Answers of a question and slides of a carousel, in the words of the source."""

import re
from collections import Counter
from collections.abc import Sequence

from emulators.anthropic.drafter.order import Material, Order
from emulators.anthropic.drafter.prose import Sentence, cut, size
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
    first = cut(order.material.title or ranking.best[0].text, order.slide_title)
    used = {sentence.text for sentence in said}
    rest = [s for s in ranking.best if s.text not in used] or ranking.best
    short = [s for s in rest if size(s.text) <= order.slide_text]
    most = min(order.slides, _MOST) - 1
    chosen = (short if len(short) >= most else rest)[:most]
    texts = [cut(s.text, order.slide_text) for s in sorted(chosen, key=_place)]
    opening = [{"title": first, "text": ""}]
    return opening + [{"title": "", "text": text} for text in dict.fromkeys(texts)]


def _place(sentence: Sentence) -> int:
    return sentence.order


def _subjects(material: Material) -> list[str]:
    headings = [
        " ".join(_MARKUP.sub("", one).split())
        for one in _HEADING.findall(material.text)
    ]
    headings = [one for one in headings if one and one != material.title]
    often = Counter(w for w in words_of(material.text) if len(w) >= _LONG_WORD)
    common = [word for word, _ in often.most_common(8)]
    first = material.text.split()[:8]
    return [*headings, *material.tags, *common, *first, material.title]
