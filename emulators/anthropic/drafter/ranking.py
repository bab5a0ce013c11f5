"""Which sentences carry the text: TextRank, leaning to openings and figures.

sumy does the ranking and sentencex the splitting: sumy's own tokenizer needs data files
from the network, sentencex brings its rules along.
"""

import re
from functools import cached_property, lru_cache
from typing import Any, cast

from sumy import utils
from sumy.models.dom import ObjectDocumentModel, Paragraph
from sumy.models.dom import Sentence as SumySentence
from sumy.summarizers.text_rank import TextRankSummarizer

from emulators.anthropic.drafter.prose import Sentence, sentences_of

_MOST = 400
"""TextRank compares every sentence with every other one."""
_FULL = 14
"""Words from which a sentence is taken to say something."""
_LEAD, _OPENING, _FIGURE = 1.3, 1.2, 1.15
_STOP_WORDS = {"en": "english", "de": "german", "fr": "french", "es": "spanish"}


class _Words:
    """The tokenizer sumy asks for."""

    def to_words(self, sentence: str) -> tuple[str, ...]:
        return tuple(words_of(sentence))


class Ranking:
    """The sentences of one source that can stand alone, each with its score."""

    def __init__(self, markdown: str, language: str) -> None:
        everything = sentences_of(markdown, language)[:_MOST]
        able = [s for s in everything if s.stands_alone]
        self.sentences = able or everything
        self._rank = _text_rank(everything, language)

    def score(self, sentence: Sentence) -> float:
        """Return TextRank, raised for a lead, an opening, a figure.

        Long sentences gather rank by their length alone and short ones say little by
        themselves, so both are lowered.
        """
        rank = self._rank.get(sentence.text, 0.0)
        words = max(1, len(words_of(sentence.text)))
        factor = _LEAD if sentence.order == 0 else 1.0
        factor *= _OPENING if sentence.opens_paragraph else 1.0
        factor *= _FIGURE if re.search(r"\d", sentence.text) else 1.0
        return rank * factor * min(1.0, words / _FULL) / max(_FULL, words) ** 0.5

    @cached_property
    def best(self) -> list[Sentence]:
        """All of them, the best first."""
        return sorted(self.sentences, key=lambda s: (-self.score(s), s.order))


@lru_cache(maxsize=64)
def ranking_of(markdown: str, language: str) -> Ranking:
    """Rank a text once; eleven drafts ask for the same one."""
    return Ranking(markdown, language)


def words_of(text: str) -> list[str]:
    """Return the words in lower case."""
    return re.findall(r"\w+", text.lower())


def overlap(one: str, other: str) -> float:
    """Return the Jaccard index of two sentences' words."""
    a, b = set(words_of(one)), set(words_of(other))
    return len(a & b) / len(a | b) if a | b else 0.0


def _text_rank(sentences: list[Sentence], language: str) -> dict[str, float]:
    words = _Words()
    made = [SumySentence(s.text, words) for s in sentences if words_of(s.text)]
    if not made:
        return {}
    summarizer: Any = TextRankSummarizer()
    known = _STOP_WORDS.get(language[:2])
    if known:
        summarizer.stop_words = cast("Any", utils).get_stop_words(known)
    document = ObjectDocumentModel([Paragraph(made)])
    rated = cast("dict[Any, float]", summarizer.rate_sentences(document))
    return {str(sentence): float(rank) for sentence, rank in rated.items()}
