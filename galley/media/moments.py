"""The stretches of a recording that make good clips, scored by their sentences and words.

The clipping activity and the workflow of clips call it. Word lists are data, by language; a
language without an entry is judged by its signs and digits alone.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

from galley.media.edges import MOST_BREATH, edges_of, trimmed
from galley.models.media import Clip
from galley.models.source import Cue
from galley.sources.spoken_words import Said, Sentence, sentences_of, timed_words

# Words that make a sentence a strong one, or a question.
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
# First words of a sentence that lean on the one before.
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
# Patterns of references to something that was said or shown before.
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
# Patterns of what is said to the people in the room, and means nothing to a viewer.
_TO_THE_ROOM = {
    "en": (
        r"can (?:you|everyone|everybody)(?: all)? (?:hear me|see (?:my|the) (?:screen|slides?))"
        r"|is (?:this|the) (?:thing|mic|microphone) (?:on|working)"
        r"|thank you (?:very much|so much|to|for having)|thanks for having"
        r"|welcome (?:back|to)|good (?:morning|afternoon|evening)|where was i|that is my time"
        r"|apologi[sz]e for (?:my|the)|i(?:'ll| will| have to) skip|(?:a little|a bit|running) late"
        r"|running out of time|that(?:'s| is) all i have|that was it for today|see you (?:next|in)"
    ),
    "de": (
        r"(?:könnt ihr|können sie|hört ihr|hören sie) mich|(?:ist|geht) das (?:mikrofon|mikro)"
        r"|vielen dank|herzlich willkommen|willkommen zurück|hallo zusammen|wo war ich"
        r"|guten (?:morgen|tag|abend)|was wollte ich noch"
    ),
    "fr": r"vous m'entendez|m'entendezvous|merci à tous|bonjour à tous|bienvenue|où en étaisje",
    "es": (
        r"me (?:oyen|oís|escuchan|escucháis)|muchas gracias|hola a todos|bienvenid[oa]s"
        r"|buen[oa]s (?:días|tardes|noches)|por dónde iba|funciona el micrófono"
    ),
}
# Words that name what an earlier sentence was about.
_PRONOUNS = {
    "en": "it this that these those he him his she her they them",
    "de": "es er sie ihn ihm dies dieser diese das",
    "fr": "il elle ils elles ça cela ce",
    "es": "él ella ellos ellas eso esto",
}
_BARELY, _BRIEFLY = 2, 5  # words of a question that needs the sentence before it; with a pronoun
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
# First words of a sentence that completes the one before it.
_COMPLETING = {
    "en": "because so but which therefore thus hence however",
    "de": "weil denn deshalb darum aber doch",
    "fr": "parce car donc mais",
    "es": "porque pero entonces",
}
# Patterns of sentences that say what comes after them.
_ANNOUNCING = {
    "en": (
        r"here(?:'s| is) (?:why|how|what|the|a|an|one)|let me (?:show|give|tell|explain)"
        r"|for example|for instance|(?:two|three|four|five) (?:reasons|things|ways|steps|points)"
    ),
    "de": (
        r"zum beispiel|ein beispiel|(?:zwei|drei|vier|fünf) (?:gründe|dinge|wege|schritte|punkte)"
        r"|ich zeige|ich erkläre"
    ),
    "fr": r"par exemple|voici|(?:deux|trois|quatre|cinq) (?:raisons|choses|façons|étapes|points)",
    "es": r"por ejemplo|(?:dos|tres|cuatro|cinco) (?:razones|cosas|maneras|pasos|puntos)",
}
_ANNOUNCES = 12  # words of a sentence that announces; a longer one says something itself

HOOK = 2.0
"""Seconds in which a viewer decides to stay."""
LEAST, MOST = 20.0, 60.0
"""Seconds that every network with videos takes, and that viewers watch to the end."""
SHORTEST = 3.0
"""Seconds of any clip; TikTok's least."""
_RUN = 5  # words in a row that are a quotation and no coincidence
_LONG = 7  # letters of a word that carries meaning, more often than not
_SPOKEN = 0.6  # share of a moment that is not silence, below which its pauses are long
_REST = 0.8  # seconds of a pause after a thought
_BASE = 40
_SIGNS = re.compile(r"[^\w']+")
_Reason = tuple[int, str]


@dataclass(frozen=True)
class Moment:
    """The words ``first`` to ``last``, with the reasons for and against them.

    ``is_whole``: it begins and ends where sentences do.
    """

    first: int
    last: int
    seconds: float
    points: int
    reasons: tuple[str, ...]
    is_whole: bool

    @property
    def score(self) -> int:
        """The points, held to 0 to 100."""
        return max(0, min(100, self.points))

    def overlaps(self, other: "Moment") -> bool:
        """Return whether they share a word."""
        return self.first <= other.last and other.first <= self.last


class Judge:
    """Scores moments of one recording; each in about the same short time."""

    def __init__(
        self,
        words: Sequence[Said],
        sentences: Sequence[Sentence],
        quotes: Sequence[str],
        language: str,
    ) -> None:
        self.said = [trimmed(words, one.first, one.last, language) for one in sentences]
        """The words of each sentence that say something; ``None``: no word of it does."""
        language = language.lower().partition("-")[0] or "en"
        self._words = words
        self._sentences = sentences
        self._claims = frozenset(_CLAIMS.get(language, "").split())
        self._dangling = frozenset(_DANGLING.get(language, "").split())
        self._completing = frozenset(_COMPLETING.get(language, "").split())
        self._announcing = re.compile(_ANNOUNCING.get(language, "(?!)"))
        self._number_words = frozenset(_NUMBER.get(language, "").split())
        self._bare = [_bare(word.text) for word in words]
        # Sums of all words before each place, so that any stretch is one subtraction.
        self._spoken = _sums(word.end - word.start for word in words)
        self._long = _sums(len(word) >= _LONG for word in self._bare)
        self._numbers = _sums(map(self._is_number, self._bare))
        self._quoted = _sums(self._quotations(quotes))
        self._backward = _sums(self._references(_BACKWARD.get(language)))
        self._to_the_room = _sums(self._references(_TO_THE_ROOM.get(language)))
        self._pronouns = frozenset(_PRONOUNS.get(language, "").split())
        self._openings = dict[int, tuple[_Reason, ...]]()
        self._closings = dict[int, tuple[_Reason, ...]]()

    def moment(self, first: int, last: int, begin: int, end: int) -> Moment:
        """Score the sentences ``first`` to ``last``, of which words ``begin`` to ``end`` count."""
        seconds = self._words[end].end - self._words[begin].start
        if first not in self._openings:
            self._openings[first] = tuple(self._opening(first, begin))
        if last not in self._closings:
            self._closings[last] = tuple(self._closing(last))
        inside = self._inside(begin, end, seconds)
        reasons = [*self._openings[first], *self._closings[last], *inside]
        return Moment(
            begin,
            end,
            seconds,
            _BASE + sum(points for points, _ in reasons),
            tuple(f"{points:+d} {why}" for points, why in reasons),
            self._begins_whole(first) and self._sentences[last].is_whole,
        )

    def _begins_whole(self, number: int) -> bool:
        return not number or self._sentences[number - 1].is_whole or self._is_turn(number)

    def _is_turn(self, number: int) -> bool:
        """Return whether a sentence has another speaker than the one before it."""
        at = self._sentences[number].first
        return self._words[at].speaker != self._words[at - 1].speaker

    def _is_number(self, word: str) -> bool:
        return any(map(str.isdigit, word)) or word in self._number_words

    def _opening(self, number: int, begin: int) -> Iterator[_Reason]:
        sentence = self._sentences[number]
        start = self._words[begin].start
        soon = [
            self._bare[at]
            for at in range(begin, sentence.last + 1)
            if self._words[at].start - start < HOOK
        ]
        said = self._bare[begin : sentence.last + 1]
        # "Why not?", "Did it change anything?"
        is_brief = len(said) <= (_BARELY if self._pronouns.isdisjoint(said) else _BRIEFLY)
        is_aside = self._to_the_room[sentence.last + 1] > self._to_the_room[begin]
        if self._asks(number) and is_brief:
            yield -30, "its question needs what was said before"
        elif self._asks(number) and not is_aside:
            yield 15, "opens with a question"
        if any(map(self._is_number, soon)):
            yield 12, "a number in the first two seconds"
        if not self._claims.isdisjoint(soon):
            yield 10, "a strong word in the first two seconds"
        if soon and soon[0] in self._dangling:
            yield -30, "its first word leans on what was said before"
        if not self._begins_whole(number):
            yield -15, "begins where no sentence was seen to end"

    def _closing(self, number: int) -> Iterator[_Reason]:
        sentence = self._sentences[number]
        if sentence.is_whole:
            yield 8, "ends with a whole sentence"
        else:
            yield -12, "ends where no sentence was seen to end"
        if self._asks(number):
            yield -20, "ends with a question that it leaves open"
        said = self._bare[sentence.first : sentence.last + 1]
        if len(said) <= _ANNOUNCES and self._announcing.search(" ".join(said)):
            yield -15, "ends before what it announces"
        if number + 1 < len(self._sentences) and not self._is_turn(number + 1):
            then = self._sentences[number + 1].first
            pause = self._words[then].start - self._words[sentence.last].end
            if pause < _REST and self._bare[then] in self._completing:
                yield -10, "the next sentence completes it"
            elif pause >= _REST:
                yield 5, "a pause follows"

    def _asks(self, number: int) -> bool:
        closing = self._words[self._sentences[number].last].text.rstrip("\"'\u201d\u2019)")
        return closing.endswith(("?", "\uff1f", "\u061f"))

    def _inside(self, begin: int, end: int, seconds: float) -> Iterator[_Reason]:
        def total(sums: Sequence[float]) -> float:
            return sums[end + 1] - sums[begin]

        if asides := total(self._to_the_room):
            yield -15 * min(2, int(asides)), "speaks to the people in the room"
        if back := total(self._backward):
            yield -12 * min(2, int(back)), "points to what was said or shown before"
        if (total(self._spoken) / seconds if seconds else 0) < _SPOKEN:
            yield -10, "long pauses"
        if dense := round(30 * total(self._long) / (end - begin + 1)):
            yield min(10, dense), "says much in few words"
        if numbers := int(total(self._numbers)):
            yield min(6, 2 * numbers), "numbers"
        if quoted := total(self._quoted):
            yield min(40, 12 + round(3 * quoted)), "the post quotes it"

    def _quotations(self, quotes: Sequence[str]) -> Iterator[bool]:
        """Yield of each word whether it begins a run that some text quotes."""
        known = {
            run for text in quotes for run in _runs(list(filter(None, map(_bare, text.split()))))
        }
        runs = _runs(self._bare) if known else []
        for at in range(len(self._bare)):
            yield at < len(runs) and runs[at] in known

    def _references(self, pattern: str | None) -> Iterator[bool]:
        """Yield of each word whether it begins a reference to something said or shown before."""
        text = " ".join(self._bare)
        matches = re.finditer(rf"\b(?:{pattern})\b", text) if pattern else ()
        found = {match.start() for match in matches}
        at = 0
        for word in self._bare:
            yield at in found
            at += len(word) + 1


def _bare(word: str) -> str:
    return _SIGNS.sub("", word.replace("\u2019", "'").casefold())


def _runs(words: Sequence[str]) -> list[tuple[str, ...]]:
    return [tuple(words[at : at + _RUN]) for at in range(len(words) - _RUN + 1)]


def _sums(values: Iterable[float]) -> list[float]:
    return [0.0, *accumulate(values)]


@dataclass(frozen=True)
class ClipLimits:
    """The number of clips and their length.

    Args:
        count: At most this many.
        least: Seconds; a shorter recording is taken whole.
        most: Seconds.
        quotes: Texts written from the recording; a moment that they quote counts more.
    """

    count: int = 3
    least: float = LEAST
    most: float = MOST
    quotes: tuple[str, ...] = ()


def choose_moments(
    cues: Sequence[Cue], wanted: ClipLimits, language: str = "en"
) -> tuple[Clip, ...]:
    """Return clips that do not overlap, the best first.

    There are fewer than wanted where the recording has no more, and none where nobody speaks
    for long enough. A ``language`` that nobody named (``""``) is judged as English, and loses no
    hesitations.
    """
    words = timed_words(cues)
    sentences = sentences_of(words, language or "en")
    judge = Judge(words, sentences, wanted.quotes, language)
    middle = (wanted.least + wanted.most) / 2
    ranked = sorted(
        (judge.moment(*window) for window in _windows(words, judge.said, wanted)),
        # Whole thoughts first. Of equal points, the one nearest to the middle of the lengths.
        key=lambda one: (not one.is_whole, -one.points, abs(one.seconds - middle), one.first),
    )
    chosen = list[Moment]()
    for moment in ranked:
        if len(chosen) == wanted.count:
            break
        if not any(moment.overlaps(other) for other in chosen):
            chosen.append(moment)
    return tuple(_clip(words, moment) for moment in chosen)


def _windows(
    words: Sequence[Said], said: Sequence[tuple[int, int] | None], wanted: ClipLimits
) -> Iterator[tuple[int, int, int, int]]:
    """Yield the sentences and words, first and last, of every stretch of the wanted length.

    ``said`` are the words of each sentence; one that says nothing begins and ends none.
    """
    spans = [(number, *span) for number, span in enumerate(said) if span]
    if not spans:
        return
    # Clips have a breath around the words, which counts.
    room = wanted.most - MOST_BREATH
    ends = [words[end].end for _, _, end in spans]
    whole = ends[-1] - words[spans[0][1]].start
    least = max(min(wanted.least, whole), min(SHORTEST, wanted.least))
    for at, (first, begin, _) in enumerate(spans):
        start = words[begin].start
        for until in range(at, bisect_right(ends, start + room, lo=at)):
            last, _, end = spans[until]
            if ends[until] - start >= least:
                yield first, last, begin, end


def _clip(words: Sequence[Said], moment: Moment) -> Clip:
    start, end = edges_of(words, moment.first, moment.last)
    return Clip(start=start, end=end, score=moment.score, reasons=moment.reasons)
