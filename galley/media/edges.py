"""Where a clip begins and ends: at a word, without hesitations and silence around it.

The choosing and the cutting of clips call it. The words are data, by language; a language
without an entry has none, nor has one that nobody named (``""``): *um* is a word in German.
"""

import re
from collections.abc import Iterator, Sequence

from galley.models.source import Cue
from galley.sources.spoken_words import Said, timed_words

# Sounds of somebody who looks for a word. None that is a unit too (mm, Ah), or an answer (mhm).
_HESITATIONS = {
    "en": r"u+h+m*|u+m+|e+r+m+|a+hh+|aa+h+|h+m+",
    "de": r"ä+h+m*|ö+h+m*|h+m+|tja",
    "fr": r"e+u+h+|h+e+u+|h+u+m+",
    "es": r"e+h+m*|e+m+",
    "it": r"e+h+m*",
    "pt": r"h+ã+|e+h+m*",
    "nl": r"u+h+m*|e+h+m*|h+m+",
    "ja": r"えー+と?|ええと|えっと|うー+ん|あのー+",
    "zh": r"呃+|嗯+",
}
# Words with which somebody takes the turn; with a comma or a stop behind, they say nothing.
_OPENERS = {
    "en": "so well okay ok right alright now anyway yeah look",
    "de": "also naja nun okay ok gut genau ja",
    "fr": "alors bon donc okay ok voilà bref",
    "es": "bueno pues entonces vale okay ok",
}
# Words that tie a sentence to the one before it, and questions alone.
_TIES = {"en": "but and", "de": "aber und", "fr": "mais et", "es": "pero y"}
_ASKING = {
    "en": "what why how who when where which whose do does did is are was were can could should "
    "would will have has",
    "de": "was warum wie wer wann wo wohin woher welche welcher wieso haben hat ist sind war kann",
    "fr": "qui que quoi pourquoi comment quand o\u00f9 est-ce quel quelle combien",
    "es": "qu\u00e9 por qui\u00e9n cu\u00e1ndo d\u00f3nde c\u00f3mo cu\u00e1l cu\u00e1nto",
}
_NO_TIE = {"for", "f\u00fcr"}  # "but for him": without him
_TIES_OF_QUESTIONS = {"en": "so", "de": "also", "fr": "donc", "es": "entonces"}
_BEFORE, _AFTER = 0.15, 0.35  # seconds of breath that are left at the edges
_APART = 0.1  # seconds between two words that show where one of them ends
_SIGNS = re.compile(r"[^\w']+")
_AROUND = re.compile(r"^[^\w']+|[^\w'\u2019]+$")
_STOP = re.compile(r"[,.!;\u2026\u3001\u3002\uff0c][\"'\u201d\u2019\u00bb)]*$")


def trimmed(words: Sequence[Said], first: int, last: int, language: str) -> tuple[int, int] | None:
    """Return the words ``first`` to ``last`` without what says nothing at either end.

    These are hesitations, and at the beginning words such as *So,* or *Well,* with their comma.
    A word stays whose end nobody measured: a cut beside it would tear another one. ``None``:
    nothing else is said.
    """
    begin, end = first, last
    while begin <= last and _goes(words, begin, language, at_beginning=True):
        begin += 1
    while end >= begin and _goes(words, end, language, at_beginning=False):
        end -= 1
    return (begin, end) if begin <= end else None


def _goes(words: Sequence[Said], at: int, language: str, *, at_beginning: bool) -> bool:
    if not (
        hesitates(words[at], language) or (at_beginning and _takes_the_turn(words[at], language))
    ):
        return False
    before, after = (at, at + 1) if at_beginning else (at - 1, at)
    if not 0 <= before < after < len(words):
        return True
    one, other = words[before], words[after]
    return not (one.is_estimated or other.is_estimated) or other.start - one.end >= _APART


def hesitates(word: Said, language: str) -> bool:
    """Return whether a word is a sound of somebody who looks for one."""
    pattern = _HESITATIONS.get(_base(language))
    # Capitals are a name (UM), and a hyphen makes an answer (uh-hm).
    if pattern is None or word.text.isupper():
        return False
    return re.fullmatch(pattern, _AROUND.sub("", word.text.casefold())) is not None


def _takes_the_turn(word: Said, language: str) -> bool:
    is_apart = _STOP.search(word.text) is not None
    return is_apart and _bare(word.text) in _OPENERS.get(_base(language), "").split()


def edges_of(words: Sequence[Said], first: int, last: int) -> tuple[float, float]:
    """Return the seconds in which the words ``first`` to ``last`` are said, with a breath."""
    # With a breath at both edges, so that no first sound is cut off.
    start, end = words[first].start - _BEFORE, words[last].end + _AFTER
    # Neighbours share the silence between them.
    if first:
        start = max(start, (words[first - 1].end + words[first].start) / 2)
    if last + 1 < len(words):
        end = min(end, (words[last].end + words[last + 1].start) / 2)
    return round(max(start, 0.0), 3), round(end, 3)


MOST_BREATH = _BEFORE + _AFTER
"""Seconds that a clip has beside its words, at most."""


def snapped(cues: Sequence[Cue], start: float, end: float) -> tuple[float, float]:
    """Return the edges that a person gave, moved out of the middle of a word.

    An edge moves by less than the word it would have cut in two.
    """
    words = timed_words(cues)
    for word in words:
        if word.start < start < word.end:
            start = word.start
        if word.start < end < word.end:
            end = word.end
    return round(start, 3), round(end, 3)


def read_words(words: Sequence[Said], start: float, end: float, language: str) -> Iterator[Said]:
    """Yield the words between two edges as they are read: without hesitations.

    The first one has a capital, if what stood before it in its sentence was left out, and if it
    has none of its own, as *iPhone* has.
    """
    is_first = True
    for at, word in enumerate(words):
        if not start <= word.start < end or hesitates(word, language):
            continue
        before = words[at - 1] if at and is_first else word
        is_left_out = hesitates(before, language) or _takes_the_turn(before, language)
        if before is not word and is_left_out and word.text == word.text.lower():
            word = word._replace(text=word.text[:1].upper() + word.text[1:])  # noqa: PLW2901
        yield word
        is_first = False


def untied(sentence: str, language: str) -> str:
    """Return a sentence that stands alone without the *But* or *And* before it.

    *So* goes before a word that asks alone: *so far* is no tie, nor is *but for him*.
    """
    first, _, rest = sentence.partition(" ")
    base, second = _base(language), _bare(rest.partition(" ")[0])
    ties = _TIES.get(base, "").split()
    if sentence.endswith("?") and second in _ASKING.get(base, "").split():
        ties += _TIES_OF_QUESTIONS.get(base, "").split()
    is_tie = _bare(first) in ties and second.isalpha() and second not in _NO_TIE
    if not is_tie or " " not in rest:
        return sentence
    # A name that begins with a small letter keeps it.
    is_plain = rest.partition(" ")[0].islower()
    return rest[:1].upper() + rest[1:] if is_plain else rest


def _bare(word: str) -> str:
    return _SIGNS.sub("", word.replace("\u2019", "'").casefold())


def _base(language: str) -> str:
    return language.lower().partition("-")[0]
