"""Words at which a clip should, or must not, begin; as data, by language.

A language without an entry is judged by its signs and numbers alone.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import accumulate

from galley.models import Cue
from galley.models.media import Clip
from galley.sources.spoken_words import Said, Sentence, sentences_of, timed_words

_CLAIMS = {
    "en": (
        "never always nobody everyone everybody nothing everything most best worst "
        "biggest fastest hardest easiest only must stop mistake mistakes myth wrong "
        "truth secret why how what imagine"
    ),
    "de": (
        "nie niemals immer niemand jeder alle nichts alles beste besten schlimmste "
        "grösste größte einzige fehler mythos falsch wahrheit warum wie was"
    ),
    "fr": (
        "jamais toujours personne rien tout tous meilleur meilleure pire plus seul "
        "seule erreur mythe faux vérité secret pourquoi comment"
    ),
    "es": (
        "nunca siempre nadie nada todo todos mejor peor único única error mito falso "
        "verdad secreto cómo qué"
    ),
}
_DANGLING = {
    "en": (
        "it its it's this that that's these those they they're them their he she his "
        "her him such but and or so then thus hence therefore however instead also "
        "still yet otherwise moreover meanwhile because which who whose there here "
        "both neither either another anyway again yeah yes no okay ok right well um "
        "uh"
    ),
    "de": (
        "es er sie ihn ihm ihr dies diese dieser dieses das und oder aber also dann "
        "deshalb darum trotzdem jedoch außerdem weil denn dort dabei ja nein genau äh"
    ),
    "fr": (
        "il elle ils elles ce ça cela cette ces et ou mais donc alors puis ainsi "
        "cependant aussi car parce oui non voilà euh"
    ),
    "es": (
        "él ella ellos ellas esto eso este esta estos estas y o pero entonces luego "
        "así también porque sí no bueno eh"
    ),
}
_BACKWARD = {
    "en": (
        r"as (?:i|we) (?:just )?(?:said|mentioned|saw|discussed)|like i said"
        r"|(?:i|we) (?:just )?mentioned|as mentioned|earlier (?:i|we)|previous slide"
        r"|(?:this|next|that) slide|as you can see|you can see here|last time|over here"
    ),
    "de": r"wie gesagt|wie (?:ich|wir) (?:schon )?sagte|wie erwähnt|diese folie",
    "fr": r"comme (?:je|nous) (?:l'ai|l'avons) dit|cette diapositive",
    "es": r"como (?:ya )?(?:dije|dijimos|mencioné)|esta diapositiva",
}
_NUMBER = {
    "en": (
        "two three four five six seven eight nine ten eleven twelve twenty thirty "
        "forty fifty sixty seventy eighty ninety hundred thousand million billion "
        "half twice double percent"
    ),
    "de": "zwei drei vier fünf sechs sieben acht neun zehn hundert tausend prozent",
    "fr": "deux trois quatre cinq six sept huit neuf dix cent mille million pourcent",
    "es": "dos tres cuatro cinco seis siete ocho nueve diez cien mil millón",
}


def is_number(word: str, language: str) -> bool:
    """Return whether a word, in lower case and without signs, is a number."""
    has_digit = any(map(str.isdigit, word))
    return has_digit or word in _words(_NUMBER.get(language, ""))


def is_claim(word: str, language: str) -> bool:
    """Return whether a word makes a sentence a strong one, or asks."""
    return word in _words(_CLAIMS.get(language, ""))


def dangles(word: str, language: str) -> bool:
    """Return whether a sentence that begins so leans on the one before."""
    return word in _words(_DANGLING.get(language, ""))


def backward(language: str) -> re.Pattern[str] | None:
    """Return what points to something that was said or shown before."""
    pattern = _BACKWARD.get(language)
    return re.compile(rf"\b(?:{pattern})\b") if pattern else None


@cache
def _words(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


HOOK = 2.0
"""Seconds in which a viewer decides to stay."""
_RUN = 5  # Words in a row that are a quotation and no chance
_LONG = 7  # Letters of a word that says something, more often than not
_BASE = 40
_SIGNS = re.compile(r"[^\w']+")
_Reason = tuple[int, str]


@dataclass(frozen=True)
class Moment:
    """Words ``first`` to ``last``, with what speaks for and against them."""

    first: int
    last: int
    seconds: float
    points: int
    reasons: tuple[str, ...]

    @property
    def score(self) -> int:
        """The points, held to 0 to 100."""
        return max(0, min(100, self.points))

    def overlaps(self, other: "Moment") -> bool:
        """Return whether they share a word."""
        return self.first <= other.last and other.first <= self.last


class Judge:
    """Judges moments of one recording; each in about the same short time."""

    def __init__(
        self,
        words: Sequence[Said],
        sentences: Sequence[Sentence],
        quotes: Sequence[str],
        language: str,
    ) -> None:
        self._words = words
        self._sentences = sentences
        self._language = language.lower().partition("-")[0]
        self._bare = [_bare(word.text) for word in words]
        self._spoken = _sums(word.end - word.start for word in words)
        self._long = _sums(len(word) >= _LONG for word in self._bare)
        self._numbers = _sums(is_number(w, self._language) for w in self._bare)
        self._quoted = _sums(self._quotations(quotes))
        self._points_back = _sums(self._backward())
        self._openings = dict[int, tuple[_Reason, ...]]()

    def moment(self, first: int, last: int) -> Moment:
        """Judge the sentences ``first`` to ``last``, both included."""
        begin, end = self._sentences[first].first, self._sentences[last].last
        seconds = self._words[end].end - self._words[begin].start
        if first not in self._openings:
            self._openings[first] = tuple(self._opening(first))
        reasons = [*self._openings[first], *self._ending(last), *self._inside(begin, end, seconds)]
        return Moment(
            begin,
            end,
            seconds,
            _BASE + sum(points for points, _ in reasons),
            tuple(f"{points:+d} {why}" for points, why in reasons),
        )

    def _opening(self, number: int) -> Iterator[_Reason]:
        sentence, language = self._sentences[number], self._language
        start = self._words[sentence.first].start
        soon = [
            self._bare[at]
            for at in range(sentence.first, sentence.last + 1)
            if self._words[at].start - start < HOOK
        ]
        if (
            self._words[sentence.last]
            .text.rstrip("\"'\u201d\u2019)")
            .endswith(("?", "\uff1f", "\u061f"))
        ):
            yield 15, "opens with a question"
        if any(is_number(word, language) for word in soon):
            yield 12, "a number in the first two seconds"
        if any(is_claim(word, language) for word in soon):
            yield 10, "a strong word in the first two seconds"
        if dangles(soon[0] if soon else "", language):
            yield -30, "its first word leans on what was said before"
        if number and not self._follows_a_stop(number):
            yield -15, "begins where no sentence was seen to end"

    def _follows_a_stop(self, number: int) -> bool:
        before, at = self._sentences[number - 1], self._sentences[number].first
        is_turn = self._words[at].speaker != self._words[at - 1].speaker
        return before.is_whole or is_turn

    def _ending(self, number: int) -> Iterator[_Reason]:
        if self._sentences[number].is_whole:
            yield 8, "ends with a whole sentence"
        else:
            yield -12, "ends where no sentence was seen to end"

    def _inside(self, begin: int, end: int, seconds: float) -> Iterator[_Reason]:
        count = end - begin + 1
        if back := _within(self._points_back, begin, end):
            yield -12 * min(2, int(back)), "points to what was said or shown before"
        spoken = _within(self._spoken, begin, end) / seconds if seconds else 0
        if spoken < 0.6:  # noqa: PLR2004 -- the rest is silence
            yield -10, "long pauses"
        dense = round(30 * _within(self._long, begin, end) / count)
        if dense:
            yield min(10, dense), "says much in few words"
        if numbers := int(_within(self._numbers, begin, end)):
            yield min(6, 2 * numbers), "numbers"
        if quoted := _within(self._quoted, begin, end):
            yield min(40, 12 + round(3 * quoted)), "the post quotes it"

    def _quotations(self, quotes: Sequence[str]) -> Iterator[bool]:
        """Return of each word whether it begins a run that some text quotes."""
        known = {run for text in quotes for run in _runs(list(filter(None, _split(text))))}
        runs = [*_runs(self._bare)] if known else []
        for at in range(len(self._bare)):
            yield at < len(runs) and runs[at] in known

    def _backward(self) -> Iterator[bool]:
        pattern = backward(self._language)
        text = " ".join(self._bare)
        found = {m.start() for m in pattern.finditer(text)} if pattern else set[int]()
        at = 0
        for word in self._bare:
            yield at in found
            at += len(word) + 1


def _bare(word: str) -> str:
    return _SIGNS.sub("", word.replace("\u2019", "'").casefold())


def _split(text: str) -> list[str]:
    return [_bare(word) for word in text.split()]


def _runs(words: Sequence[str]) -> list[tuple[str, ...]]:
    return [tuple(words[at : at + _RUN]) for at in range(len(words) - _RUN + 1)]


def _sums(values: Iterable[float]) -> list[float]:
    """Return what stands before each place, so that any stretch is one subtraction."""
    return [0.0, *accumulate(values)]


def _within(sums: Sequence[float], first: int, last: int) -> float:
    return sums[last + 1] - sums[first]


LEAST, MOST = 20.0, 60.0
"""Seconds: what all networks that take videos take, and what is watched to its end."""
SHORTEST = 3.0
"""Seconds of any clip; TikTok's least."""
_BEFORE, _AFTER = 0.15, 0.35  # Seconds of breath that are left at the edges


@dataclass(frozen=True)
class Wanted:
    """How many clips there shall be, and how long.

    Args:
        count: At most this many.
        least: Seconds; a recording shorter than that is taken whole.
        most: Seconds.
        quotes: Texts that are written from the recording: what they quote counts.
    """

    count: int = 3
    least: float = LEAST
    most: float = MOST
    quotes: tuple[str, ...] = ()


def choose_moments(cues: Sequence[Cue], wanted: Wanted, language: str = "en") -> tuple[Clip, ...]:
    """Return clips that do not overlap, the best first.

    There are fewer than wanted where the recording has no more, and none of one in
    which nobody speaks for long enough.
    """
    words = timed_words(cues)
    sentences = sentences_of(words, language)
    judge = Judge(words, sentences, wanted.quotes, language)
    middle = (wanted.least + wanted.most) / 2
    windows = _windows(words, sentences, wanted)
    ranked = sorted(
        (judge.moment(first, last) for first, last in windows),
        key=lambda one: (-one.points, abs(one.seconds - middle), one.first),
    )
    chosen = list[Moment]()
    for moment in ranked:
        if len(chosen) == wanted.count:
            break
        if not any(moment.overlaps(other) for other in chosen):
            chosen.append(moment)
    return tuple(_clip(words, moment) for moment in chosen)


def snapped(cues: Sequence[Cue], start: float, end: float) -> tuple[float, float]:
    """Return the edges that a person gave, moved out of the midst of a word.

    An edge moves by less than the word it would have cut in two.
    """
    words = timed_words(cues)
    for word in words:
        if word.start < start < word.end:
            start = word.start
        if word.start < end < word.end:
            end = word.end
    return round(start, 3), round(end, 3)


def _windows(
    words: Sequence[Said], sentences: Sequence[Sentence], wanted: Wanted
) -> Iterator[tuple[int, int]]:
    """Return the first and last sentence of everything that has the wanted length."""
    if not words:
        return
    # Clips have a breath around the words, which counts.
    room = wanted.most - _BEFORE - _AFTER
    least = min(wanted.least, words[-1].end - words[0].start)
    ends = [words[sentence.last].end for sentence in sentences]
    for first, sentence in enumerate(sentences):
        start = words[sentence.first].start
        for last in range(first, bisect_right(ends, start + room, lo=first)):
            if ends[last] - start >= max(least, min(SHORTEST, wanted.least)):
                yield first, last


def _clip(words: Sequence[Said], moment: Moment) -> Clip:
    first, last = moment.first, moment.last
    start, end = words[first].start - _BEFORE, words[last].end + _AFTER
    # Neighbours share the silence between them.
    if first:
        start = max(start, (words[first - 1].end + words[first].start) / 2)
    if last + 1 < len(words):
        end = min(end, (words[last].end + words[last + 1].start) / 2)
    return Clip(
        start=round(max(start, 0.0), 3),
        end=round(end, 3),
        score=moment.score,
        reasons=moment.reasons,
    )
