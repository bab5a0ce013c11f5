"""The evidence for a draft: a stranger's material and the author's own words, and their lexicon.

The finders of facts and the sanitizer look words up in it.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import pairwise
from re import Pattern
from threading import Lock
from typing import Protocol, cast

from galley.models.draft import FactKind, FactOrigin
from galley.networks.text import MARKS


@dataclass(frozen=True)
class Passage:
    """One text and its origin."""

    origin: FactOrigin
    text: str


@dataclass(frozen=True)
class Place:
    """A place in a passage, in characters."""

    origin: FactOrigin
    start: int
    end: int


@dataclass(frozen=True)
class Mention:
    """A fact that a text states: its place in the text, and the place of its evidence."""

    kind: FactKind
    start: int
    end: int
    found: Place | None


class Grounds:
    """All passages, the source's own text first.

    ``languages`` are those of the draft, the likeliest first, as the first two letters of their
    tags.
    """

    def __init__(self, passages: Iterable[Passage], languages: tuple[str, ...] = ("en",)) -> None:
        self.passages = tuple(one for one in passages if one.text)
        self.languages = languages

    @cached_property
    def texts(self) -> dict[FactOrigin, str]:
        """The text of each origin."""
        return {one.origin: one.text for one in self.passages}

    @cached_property
    def material(self) -> str:
        """The source's text with title, author, tags and date: a stranger's words."""
        return "\n".join(p.text for p in self.passages if not p.origin.is_trusted)

    @cached_property
    def trusted(self) -> str:
        """The author's words: brief, note, persona, and prompts."""
        return "\n".join(p.text for p in self.passages if p.origin.is_trusted)

    @cached_property
    def everything(self) -> str:
        """Both together."""
        return f"{self.material}\n{self.trusted}"

    def find(self, pattern: Pattern[str]) -> Place | None:
        """Return the first place of a pattern."""
        for passage in self.passages:
            if match := pattern.search(passage.text):
                return Place(passage.origin, match.start(), match.end())
        return None


_STEMMERS = {
    "ca": "catalan",
    "cs": "czech",
    "da": "danish",
    "de": "german",
    "el": "greek",
    "en": "english",
    "es": "spanish",
    "et": "estonian",
    "fi": "finnish",
    "fr": "french",
    "hu": "hungarian",
    "it": "italian",
    "lt": "lithuanian",
    "nb": "norwegian",
    "nl": "dutch",
    "no": "norwegian",
    "pl": "polish",
    "pt": "portuguese",
    "ro": "romanian",
    "ru": "russian",
    "sr": "serbian",
    "sv": "swedish",
    "tr": "turkish",
}
_STEMMING = Lock()
"""A stemmer keeps the word it is at, and drafts are checked in threads."""
_POSSESSIVE = re.compile(r"['\u2019]s?$", re.IGNORECASE)
_NOUN = re.compile(
    r"(?:(?<!\w)(?i:de[rsmn]|die|das|eine?[mnrs]?|keine?[mnrs]?|jede[mnrs]?|(?:[mds]ein|ihr|unser|eue?r)(?:e[mnrs]?)?|[ai]m|vo[nm]|zu[mr]|beim)"
    r"|\d|\d[ \u00a0](?:Paar|Stück|Dutzend|Meter|Kilo(?:gramm)?|Gramm|Liter|Tonnen|Hektar|Prozent))"
    r"[ \u00a0](?P<noun>[A-ZÄÖÜ][a-zäöüß]+)(?!\w|[ \u00a0][A-ZÄÖÜ])"
)
_TAIL = 4  # letters of the end of a compound
_BEGINNING = 3  # letters that the forms of one name share
_NEAR = r"[^.!?\n]{1,40}?"


WORD = re.compile(rf"[^\W_][\w{MARKS}]*(?:['\u2019\u2010\u2011-][^\W_][\w{MARKS}]*)*")


class Lexicon:
    """The words of all passages."""

    def __init__(self, grounds: Grounds) -> None:
        self._grounds = grounds

    @cached_property
    def _places(self) -> dict[str, Place]:
        found: dict[str, Place] = {}
        for passage in self._grounds.passages:
            for word in WORD.finditer(passage.text):
                place = Place(passage.origin, word.start(), word.end())
                for form in _forms(word.group()):
                    # The first place stays: the source itself comes before its title and notes.
                    found.setdefault(form, place)
        return found

    @cached_property
    def _plain(self) -> frozenset[str]:
        """Words that stand somewhere in small letters."""
        words = WORD.findall(self._grounds.everything)
        return frozenset(word.casefold() for word in words if word.islower())

    @cached_property
    def _beginnings(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for form in self._places:
            found.setdefault(form[:_BEGINNING], []).append(form)
        return found

    def find(self, word: str) -> Place | None:
        """Return the place of a word, in any case and inflection; parts count."""
        for form in _forms(word):
            if place := self._places.get(form):
                return place
        parts = [self._places.get(part) for part in _parts(word)]
        if len(parts) > 1 and all(parts):
            return parts[0]
        relatives = self._relatives(_bare(word))
        return self._places[relatives[0]] if relatives else None

    def is_plain(self, word: str) -> bool:
        """Return whether the word is used as a common noun: in small letters."""
        return word.casefold() in self._plain

    def has_spelt(self, letters: str) -> bool:
        """Return whether the passages have a word in these very letters: CO2."""
        return (
            re.search(rf"(?<!\w){re.escape(letters)}(?!\w)", self._grounds.everything) is not None
        )

    def find_phrase(self, words: Iterable[str]) -> Place | None:
        """Return the place of words in a row, each in any inflection."""
        # A possessive and up to four signs may part them: "Ana's, Borg".
        gap = rf"(?:['\u2019]s?)?[^\w{MARKS}]{{1,4}}"
        choices = [self._spellings(word) for word in words]
        return self._grounds.find(re.compile(rf"(?<!\w){gap.join(choices)}(?!\w)", re.IGNORECASE))

    def find_noun(self, word: str) -> Place | None:
        """Return the place of a German noun.

        It stands behind an article, a possessive or a figure, as no person does. It may be the end
        of a longer one: "Bahn" of "die Straßenbahn".
        """
        form = _bare(word)
        relatives = {form, *self._relatives(form)}
        whole = next((self._nouns[one] for one in relatives if one in self._nouns), None)
        if whole or len(form) < _TAIL:
            return whole
        return next((place for noun, place in self._nouns.items() if noun.endswith(form)), None)

    @cached_property
    def _nouns(self) -> dict[str, Place]:
        found: dict[str, Place] = {}
        for passage in self._grounds.passages:
            for match in _NOUN.finditer(passage.text):
                place = Place(passage.origin, *match.span("noun"))
                found.setdefault(_bare(match["noun"]), place)
        return found

    def find_near(self, words: Sequence[str]) -> Place | None:
        """Return the place of words of which each two neighbours share a sentence, in any order."""
        pairs = list(pairwise(self._spellings(word) for word in words))
        places = [
            self._grounds.find(
                re.compile(
                    rf"(?<!\w)(?:{one}(?!\w){_NEAR}(?<!\w){other}|{other}(?!\w){_NEAR}(?<!\w){one})(?!\w)",
                    re.IGNORECASE,
                )
            )
            for one, other in pairs
        ]
        return places[0] if places and all(places) else None

    def _spellings(self, word: str) -> str:
        """Return a pattern of a word in the inflections that the passages have."""
        form = _bare(word)
        alike = sorted({form, *self._relatives(form)})
        # Folding has made "ss" of "ß", which the passages may have.
        told = (re.escape(one).replace("ss", "(?:ss|ß)") for one in alike)
        return f"(?:{'|'.join(told)})"

    def _relatives(self, form: str) -> list[str]:
        """Return words of the passages with the same stem."""
        # The script of the word may tell another language than those of the draft.
        script = unicodedata.name(form[0], "").split(" ")[0] if form else ""
        by_script = {"CYRILLIC": "ru", "GREEK": "el"}.get(script)
        languages = (*self._grounds.languages, *([by_script] if by_script else []))
        stems = {stem(form, one) for one in languages}
        near = self._beginnings.get(form[:_BEGINNING], ())
        return [word for word in near if not stems.isdisjoint(stem(word, one) for one in languages)]


@lru_cache(maxsize=50_000)
def stem(word: str, language: str) -> str:
    """Return the stem of a word in small letters; the word in a language without a stemmer."""
    name = _STEMMERS.get(language)
    if not name:
        return word
    with _STEMMING:
        return _stemmer(name).stemWord(word)


class _Stemmer(Protocol):
    def stemWord(self, word: str) -> str: ...  # noqa: N802 -- the library's name


@lru_cache
def _stemmer(name: str) -> _Stemmer:
    # The import loads the stemmers of thirty languages, in a third of a second.
    import snowballstemmer

    return cast("_Stemmer", snowballstemmer.stemmer(name))  # pyright: ignore[reportUnknownMemberType] -- it ships no types


def _forms(word: str) -> set[str]:
    return {word.casefold(), _bare(word), *_parts(word)}


def _bare(word: str) -> str:
    return _POSSESSIVE.sub("", word).casefold()


def _parts(word: str) -> list[str]:
    return re.split(r"['\u2019\u2010\u2011-]", _bare(word))
