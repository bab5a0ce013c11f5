"""Names in a draft that the source or the author used."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from galley.drafting.evidence import WORD, Grounds, Lexicon, Mention, Place
from galley.models import FactKind

_NOUNS_ARE_CAPITAL = frozenset({"de", "lb"})
_MANY_NOUNS, _SAMPLE, _ENOUGH = 0.22, 20_000, 30
"""Share of capitals in a text whose language writes nouns so, and what is looked at."""
_TITLE_CASE, _FEW = 0.6, 4
"""Share of capitals from which a line is a title, and how short a line says nothing."""
_LONGEST = 8
"""Words of a name; more in a row are shouted."""
_JOINS = frozenset({" ", "\u00a0"})
_GOES_ON = re.compile(r"[\w,;)'\u2019%]")
"""After other characters a word is capital because something begins."""
_NO_NAMES = frozenset({"ai", "am", "dm", "dr", "faq", "mr", "mrs", "ms", "ok", "pm"})


@dataclass(frozen=True)
class _Word:
    text: str
    start: int
    end: int
    begins: bool
    """Whether a sentence, a line or a remark begins with it."""

    @property
    def is_capital(self) -> bool:
        return self.text[0].isupper()


class Names:
    """Looks capitalised words up, in scripts that have capitals.

    One word at the beginning of a sentence says nothing, nor does a line written like a
    title. In German, only two capital words in a row are taken for a name.
    """

    def __init__(self, grounds: Grounds, lexicon: Lexicon) -> None:
        self._grounds = grounds
        self._lexicon = lexicon

    def mentions(self, text: str) -> Iterator[Mention]:
        """Yield the names of ``text``."""
        least = 2 if self._are_nouns_capital else 1
        for line in re.finditer(r"[^\n]+", text):
            words = list(_words(text, *line.span()))
            if _share(words, _FEW) >= _TITLE_CASE:
                continue
            for run in _runs(text, words):
                if mention := self._mention(run, least):
                    yield mention

    @cached_property
    def _are_nouns_capital(self) -> bool:
        if self._grounds.languages[0] in _NOUNS_ARE_CAPITAL:
            return True
        sample = self._grounds.material[:_SAMPLE]
        return _share(_words(sample, 0, len(sample)), _ENOUGH) >= _MANY_NOUNS

    def _mention(self, run: list[_Word], least: int) -> Mention | None:
        first, *rest = run
        alone = not rest and (first.begins or least > 1 or _is_no_name(first.text))
        if alone or len(run) > _LONGEST:
            return None
        found = self._find(run)
        if found is None and first.begins:
            # Its capital may be the sentence's: "Yesterday Maria".
            if not rest or (len(rest) < least):
                return None
            found = self._find(rest)
        return Mention(FactKind.NAME, first.start, run[-1].end, found)

    def _find(self, run: list[_Word]) -> Place | None:
        words = [word.text for word in run]
        if len(words) == 1:
            return self._lexicon.find(words[0])
        if found := self._lexicon.find_phrase(words):
            return found
        # "Captain Lind" of a source that says "Lind, the captain".
        names = [word for word in words if not self._lexicon.is_plain(word)]
        if len(names) == len(words):
            return None
        if len(names) > 1:
            return self._lexicon.find_phrase(names)
        return self._lexicon.find((names or words)[0])


def _is_no_name(word: str) -> bool:
    bare = re.split(r"['\u2019]", word)[0]
    return len(bare) < 2 or bare.casefold() in _NO_NAMES  # noqa: PLR2004 -- "I"


def _share(words: Iterable[_Word], least: int) -> float:
    """Return the share of capitals within sentences; 0 where there are few words."""
    inner = [word for word in words if not word.begins]
    if len(inner) < least:
        return 0
    return sum(word.is_capital for word in inner) / len(inner)


def _words(text: str, start: int, end: int) -> Iterator[_Word]:
    for match in WORD.finditer(text, start, end):
        before = text[start : match.start()].rstrip()
        begins = not before or not _GOES_ON.fullmatch(before[-1])
        yield _Word(match.group(), match.start(), match.end(), begins)


def _runs(text: str, words: list[_Word]) -> Iterator[list[_Word]]:
    run: list[_Word] = []
    for word in words:
        if run and (not word.is_capital or text[run[-1].end : word.start] not in _JOINS):
            yield run
            run = []
        if word.is_capital and not (run == [] and word.text[0].isdigit()):
            run.append(word)
    if run:
        yield run
