"""The words of a recording, each with its measured or estimated time, and their sentences.

Captions and clips call it. Speech recognition may time each word. A published transcript times
only lines, and the words of a line then share its time by their lengths.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Any, NamedTuple, cast

import sentencex

from galley.models.source import Cue, TimedWord
from galley.networks.graphemes import clusters

# Scripts written without spaces between words: Thai, Lao, Burmese, Khmer, CJK.
_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u30ff\u31f0-\u31ff\u3400-\u9fff\uff00-\uffef]"
)
_PIECE = 4  # characters of such a script that are shown as one word
# No line begins with these: signs, small kana, and marks that lengthen or repeat.
_STICKS = re.compile(
    r"[^\w\s]+|[\u3041\u3043\u3045\u3047\u3049\u3063\u3083\u3085\u3087\u308e"
    r"\u30a1\u30a3\u30a5\u30a7\u30a9\u30c3\u30e3\u30e5\u30e7\u30ee\u30fc\u3005]"
)
# No line ends with these: vowels that are written first, and opening brackets.
_LEADS = re.compile("[\u0e40-\u0e44\u0ec0-\u0ec4\u300c\u300e\uff08]$")
_ENDS = re.compile("[.!?\u2026\u3002\uff01\uff1f\u0964\u061f][\"'\u201d\u2019\u00bb)]*$")
# Seconds from which a sentence is split at its pauses: automatic captions have no full stops.
_LONGEST = 25.0
_PAUSE = 0.35  # seconds
_MOST_SAID = 0.8, 0.1  # seconds of a slow word, and of each of its letters

_boundaries = cast(
    "Callable[[str, str], list[dict[str, Any]]]", cast("Any", sentencex).get_sentence_boundaries
)


class Said(NamedTuple):
    """One word; seconds from the beginning of the recording, measured or ``is_estimated``."""

    start: float
    end: float
    text: str
    speaker: str = ""
    is_estimated: bool = False


def timed_words(cues: Iterable[Cue]) -> list[Said]:
    """Return the spoken words in order; no word ends after the next one begins.

    Where people speak at once, each word is cut short by the next one. A measured word that
    lasts longer than its letters can be said has the silence before or after it, and loses that.
    """
    words = list[Said]()
    at = 0.0
    for cue in cues:
        measured = _without_silence([word for word in cue.words if word.text.strip()])
        estimated = shared(cue.text, cue.start, cue.end)
        for start, end, text in measured if cue.words else estimated:
            if not text:
                continue
            at = max(at, start)
            if words and words[-1].end > at:
                # People who speak at once: the word before ends here.
                words[-1] = words[-1]._replace(end=at)
            words.append(Said(at, max(at, end), text, cue.speaker, not cue.words))
    return words


def _without_silence(words: Sequence[TimedWord]) -> Iterator[tuple[float, float, str]]:
    """Yield the times and letters of measured words: recognition gives them its silences."""
    for at, word in enumerate(words):
        text = word.text.strip()
        # A digit is a word when it is said, and a letter of a dense script a syllable.
        weight = sum(4 if one.isdigit() or _UNSPACED.match(one) else 1 for one in text)
        most = _MOST_SAID[0] + weight * _MOST_SAID[1]
        start, end = word.start, word.end
        if end - start > most:
            # Before the first word of a sentence somebody was silent, after any other one too.
            is_first = not at or _ENDS.search(words[at - 1].text.strip())
            start, end = (end - most, end) if is_first else (start, start + most)
        yield start, end, text


def joined(texts: Sequence[str]) -> str:
    """Return words as one text, with spaces where the script has them."""
    return "".join(
        text if not at or is_glued(texts[at - 1], text) else f" {text}"
        for at, text in enumerate(texts)
    )


def is_glued(before: str, text: str) -> bool:
    """Return whether no space belongs between two words."""
    return bool(_UNSPACED.match(text[:1])) and bool(_UNSPACED.match(before[-1:]))


def shared(text: str, start: float, end: float) -> Iterator[tuple[float, float, str]]:
    """Yield the words of a text with their shares of its time, by their lengths."""
    # A word takes the time of its letters, and of two more.
    texts = [piece for token in text.split() for piece in _pieces(token)]
    weights = [len(one) + 2 for one in texts]
    rate = (end - start) / max(1, sum(weights))
    at = start
    for one, weight in zip(texts, weights, strict=True):
        yield round(at, 3), round(at + weight * rate, 3), one
        at += weight * rate


def _pieces(token: str) -> Iterator[str]:
    """Cut a run of a script without spaces; a sign stays with what stands before it.

    A number or a word of another script within it stays whole.
    """
    if not _UNSPACED.search(token):
        yield token
        return
    piece, size = "", 0
    for cluster in clusters(token):
        is_place = is_glued(piece, cluster) and not _LEADS.search(piece)
        if size >= _PIECE and is_place and not _STICKS.fullmatch(cluster):
            yield piece
            piece, size = "", 0
        piece, size = piece + cluster, size + 1
    if piece:
        yield piece


class Sentence(NamedTuple):
    """Words ``first`` to ``last``, both included.

    ``is_whole``: it begins where another one ended, and ends with a full stop.
    """

    first: int
    last: int
    is_whole: bool


def sentences_of(words: Sequence[Said], language: str = "en") -> list[Sentence]:
    """Return the sentences in order; together they are all words.

    A change of the speaker ends one, whatever the punctuation.
    """
    found = list[Sentence]()
    turns = [at for at in range(1, len(words)) if words[at].speaker != words[at - 1].speaker]
    for first, after in pairwise([0, *turns, len(words)] if words else []):
        for begin, end in _parted(words, first, after - 1, language):
            is_whole = bool(_ENDS.search(words[end].text))
            if words[end].end - words[begin].start <= _LONGEST:
                found.append(Sentence(begin, end, is_whole))
                continue
            pauses = [
                at + 1 for at in range(begin, end) if words[at + 1].start - words[at].end >= _PAUSE
            ]
            found += (
                Sentence(one, other - 1, is_whole=False)
                for one, other in pairwise([begin, *pauses, end + 1])
            )
    return found


def _parted(
    words: Sequence[Said], first: int, last: int, language: str
) -> Iterator[tuple[int, int]]:
    """Yield the first and last word of each sentence of one speaker."""
    # The end of each word in the joined text, in which sentencex finds the sentences.
    ends, text, size = list[int](), list[str](), 0
    for at in range(first, last + 1):
        word = words[at].text
        if at > first and not is_glued(words[at - 1].text, word):
            text.append(" ")
            size += 1
        text.append(word)
        size += len(word)
        ends.append(size)
    # sentencex fails on half a surrogate pair.
    whole = "".join(text).encode("utf-8", "replace").decode()
    stops = {len(whole[: int(one["end_index"])].rstrip()) for one in _boundaries(language, whole)}
    begin = first
    for at in range(first, last + 1):
        if at == last or ends[at - first] in stops:
            yield begin, at
            begin = at + 1
