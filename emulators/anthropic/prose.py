"""Sentences of Markdown prose: those that can stand alone, ranked by TextRank.

The other modules of the drafter pick from them.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import pairwise
from typing import Any, cast

import sentencex
from markdown_it import MarkdownIt
from markdown_it.token import Token

# Ends of sentences in Latin, Chinese and Japanese writing, with a closing quote.
_ENDS = re.compile(r"[.!?\u2026\u3002\uff01\uff1f][\"'\u201d\u2019\u00bb)]*$")
_OPEN_PAIRS = (("(", ")"), ("\u201c", "\u201d"), ("[", "]"), ("\u00ab", "\u00bb"))
_FOREIGN = re.compile(r"(?i)\w+://|www\.|@\w|\b[\w-]+\.(?:com|net|org|io|example)\b")
# Code and markup that the parser took for prose.
_MACHINE = re.compile(r"[{}|<>`]|==|\\")
_DANGLING = re.compile(
    r"(?i)^[\"'\u201c(]*(?:it|its|this|that|these|those|they|them|their|he|she|his|her"
    r"|him|such|if not|if so|but|and|or|so|then|thus|hence|therefore|however|instead"
    r"|also|still|yet|otherwise|moreover|furthermore|finally|lastly|meanwhile|nor|because|which|who"
    r"|first(?:ly)?,|second(?:ly)?,|third(?:ly)?,|next,"
    r"|here|there|both|neither|either|another|the (?:first|second|third|fourth|fifth"
    r"|last|latter|former|same|other|others|result|reason|rest|trick|answer)"
    r"|as a result|in that case|for example|for instance|in other words|that said"
    r"|(?:our|my|a|one) (?:first|second|third|fourth|last)|the next|afterwards|later"
    r"|we did|not so|no\b|yes\b)(?<=[\w,])(?!\w)"
)
# "With all of these the count ..." needs the sentence before.
_POINTS_BACK = re.compile(r"(?i)^(?:[\w']+ ){1,5}(?:this|these|those|such)\b")
_SHORTEST, _LONGEST = 30, 340
# All but X's light characters, which also are one unit of UTF-16; and the last of the basic plane.
_HEAVY, _BASIC = re.compile("[^\0-\u10ff\u2000-\u206f]"), "\uffff"
_PASSAGES = "Passages, word for word"
"""The heading, in the brief of a long source, of passages from anywhere in it."""
_DAY = re.compile(r"(?i)\b(?:am|den|der|dem|vom|zum|bis|ab|d(?:en)?) \d{1,2}\.$")

_segment = cast("Callable[[str, str], list[str]]", cast("Any", sentencex).segment)


@dataclass(frozen=True)
class Sentence:
    """A sentence of the source, and the number of its paragraph."""

    text: str
    order: int
    paragraph: int
    opens_paragraph: bool
    is_apart: bool = False
    """Whether something else, such as a heading, stands before it, or it begins a list's item."""

    @property
    def stands_alone(self) -> bool:
        """Whether it can be understood without its neighbours."""
        text = self.text
        return (
            self.is_whole
            and size(text) >= _SHORTEST
            and not _DANGLING.match(text)
            and not _POINTS_BACK.match(text)
        )

    @property
    def is_whole(self) -> bool:
        """Whether it can be quoted, at least behind the sentence before it."""
        text = self.text
        return (
            size(text) <= _LONGEST
            and bool(_ENDS.search(text))
            and not _FOREIGN.search(text)
            and not _MACHINE.search(text)
            and not next((char for char in text if char.isalnum()), "").islower()
            and all(text.count(a) == text.count(b) for a, b in _OPEN_PAIRS)
            and text.count('"') % 2 == 0
        )


def size(text: str) -> int:
    """Return the length, counted so that no network counts more.

    A line break counts 2, an astral character (most emoji) 4, and whatever lies beyond
    the Latin, Greek, Cyrillic, Semitic and punctuation blocks 2.
    """
    # What most letters cost is not added up one by one: a draft asks for thousands of sentences.
    return len(text) + text.count("\n") + sum(1 if c <= _BASIC else 3 for c in _HEAVY.findall(text))


def cut(text: str, limit: int) -> str:
    """Shorten to ``limit`` at a word's end, with an ellipsis."""
    if size(text) <= limit:
        return text
    kept = ""
    for word in text.split():
        longer = f"{kept} {word}".strip()
        if size(longer) + 1 > limit:
            break
        kept = longer
    if not kept:
        # A text without spaces; each character may count four.
        kept = text[: max(0, limit // 4 - 1)]
        # Half of a number is another number.
        if re.match(r"[\d.,:]*\d", text[len(kept) :]):
            kept = re.sub(r"\d[\d.,:]*\Z", "", kept)
    return f"{kept.rstrip(' ,;:.-')}\u2026" if limit else ""


def sentences_of(markdown: str, language: str) -> list[Sentence]:
    """Return the sentences of the paragraphs, without headings, tables and code."""
    found: list[Sentence] = []
    for number, (paragraph, is_apart) in enumerate(_paragraphs(markdown)):
        parts = _joined([part.strip() for part in _segment(language, paragraph)])
        for place, part in enumerate(part for part in parts if part):
            is_first = place == 0
            found.append(Sentence(part, len(found), number, is_first, is_first and is_apart))
    return found


def _joined(parts: list[str]) -> list[str]:
    """Return sentences whole that were cut after the number of a day: "am 17. Oktober"."""
    found: list[str] = []
    for part in parts:
        if found and _DAY.search(found[-1]):
            found[-1] = f"{found[-1]} {part}"
        else:
            found.append(part)
    return found


def _paragraphs(markdown: str) -> Iterator[tuple[str, bool]]:
    """Yield each paragraph, and whether something else stands between it and the one before."""
    parser = MarkdownIt("commonmark").enable("table")
    tokens = parser.parse(markdown)
    is_apart = are_passages = False
    for before, token in pairwise(tokens):
        if before.type == "heading_open":
            are_passages = token.content == _PASSAGES
        if token.type not in {"paragraph_open", "paragraph_close", "inline"}:
            is_apart = True
        if before.type == "paragraph_open" and token.type == "inline":
            pieces = (_plain(child) for child in token.children or [])
            text = " ".join("".join(pieces).split())
            if text:
                yield text, is_apart
            # A picture, or another paragraph without words, stands between.
            is_apart = are_passages or not text


def _plain(token: Token) -> str:
    """Return the words of an inline token; markup and pictures have none."""
    if token.type in {"softbreak", "hardbreak"}:
        return " "
    return token.content if token.type in {"text", "code_inline"} else ""


_MOST = 400
"""Sentences of a source that are ranked: TextRank compares each with every other one."""
_FULL = 14
"""Words of a full sentence; a shorter one says little by itself."""
_LEAD, _OPENING, _FIGURE = 1.3, 1.2, 1.15
_STOP_WORDS = {"en": "english", "de": "german", "fr": "french", "es": "spanish"}


@lru_cache(maxsize=1)
def _common_words() -> dict[str, frozenset[str]]:
    from sumy import utils

    return {tag: cast("Any", utils).get_stop_words(name) for tag, name in _STOP_WORDS.items()}


@lru_cache(maxsize=4096)
def language_of(sentence: str) -> str:
    """Return the language whose small words a sentence has most of; empty where it has none."""
    words = set(words_of(sentence))
    counts = {tag: len(words & common) for tag, common in _common_words().items()}
    best = max(counts, key=lambda tag: counts[tag])
    return best if counts[best] else ""


class _Words:
    """The tokenizer that sumy asks for."""

    def to_words(self, sentence: str) -> tuple[str, ...]:
        return tuple(words_of(sentence))


class Ranking:
    """The sentences of one source that can stand alone, each with its score."""

    def __init__(self, markdown: str, language: str) -> None:
        everything = self._everything = sentences_of(markdown, language)[:_MOST]
        able = [s for s in everything if s.stands_alone]
        # A source of fragments still needs a draft.
        self.sentences = able or everything
        self._rank = _text_rank(everything, language)

    def ends_paragraph(self, sentence: Sentence) -> bool:
        """Whether a sentence is the last one of its paragraph."""
        following = self._everything[sentence.order + 1 :][:1]
        return not following or following[0].opens_paragraph

    def after(self, sentence: Sentence) -> Iterator[Sentence]:
        """Yield the sentences that stand behind one, as far as they can be quoted with it."""
        for following in self._everything[sentence.order + 1 :]:
            if following.is_apart or not following.is_whole:
                return
            yield following

    def score(self, sentence: Sentence) -> float:
        """Return TextRank, raised for the first sentence, for openings and for figures."""
        rank = self._rank.get(sentence.text, 0.0)
        words = max(1, len(words_of(sentence.text)))
        factor = _LEAD if sentence.order == 0 else 1.0
        factor *= _OPENING if sentence.opens_paragraph else 1.0
        factor *= _FIGURE if re.search(r"\d", sentence.text) else 1.0
        # Long sentences gather rank by their length alone, and short ones say little.
        return rank * factor * min(1.0, words / _FULL) / max(_FULL, words) ** 0.5

    @cached_property
    def best(self) -> list[Sentence]:
        """The sentences, best first."""
        return sorted(self.sentences, key=lambda s: (-self.score(s), s.order))


@lru_cache(maxsize=64)
def ranking_of(markdown: str, language: str) -> Ranking:
    """Rank a text once: a campaign asks for eleven drafts of the same one."""
    return Ranking(markdown, language)


def words_of(text: str) -> list[str]:
    """Return the words in lower case."""
    return re.findall(r"\w+", text.lower())


def overlap(one: str, other: str) -> float:
    """Return the Jaccard index of two sentences' words."""
    a, b = _word_set(one), _word_set(other)
    return len(a & b) / len(a | b) if a | b else 0.0


@lru_cache(maxsize=4096)
def _word_set(text: str) -> frozenset[str]:
    # A set of posts compares the same sentences many times.
    return frozenset(words_of(text))


def _text_rank(sentences: list[Sentence], language: str) -> dict[str, float]:
    # It brings nltk, which takes longer to load than all else here.
    from sumy import utils
    from sumy.models.dom import ObjectDocumentModel, Paragraph
    from sumy.models.dom import Sentence as SumySentence
    from sumy.summarizers.text_rank import TextRankSummarizer

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
