"""The facts of a draft (numbers, dates, names, quotations), each with its place in the source.

Draft assembly and ``inbox --facts`` call it; a fact without a place is a claim.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from itertools import chain, islice

from galley.drafting.dates import Dates, names_of_weekday
from galley.drafting.evidence import WORD, Grounds, Lexicon, Mention, Passage, Place
from galley.drafting.numbers import Numbers
from galley.drafting.sanitizer import grounded_text
from galley.models.draft import Draft, Fact, FactKind, FactOrigin, Problem
from galley.models.source import SourceDocument
from galley.networks.split import without_numbers
from galley.networks.text import MARKS, find_links, tag_spans

_NOUNS_ARE_CAPITAL = frozenset({"de", "lb"})
# Share of capitals in a text whose language writes nouns so; of so many characters, with so
# many words at least.
_MANY_NOUNS, _SAMPLE, _ENOUGH = 0.22, 20_000, 30
_TITLE_CASE, _FEW = 0.6, 4  # share of capitals in a title, and words of a line too short to tell
_LONGEST_NAME = 8  # words of a name; more in a row are shouted
_JOINS = frozenset({" ", "\u00a0"})
# After any other character a word is capital because something begins.
_GOES_ON = re.compile(r"[\w,;)'\u2019%]")
_LETTERS = re.compile(r"(?:[0-9]{1,5}[A-Z]|[A-Z][A-Z0-9])[A-Z0-9]{0,4}")
"""What is spelt, such as CO2: no name of a person."""
_APART = frozenset({"sie", "ihnen", "ihr", "ihre", "ihrem", "ihren", "ihrer", "ihres", "euro"})
"""German words that are capital in a sentence and no part of a name: of address, and Euro."""
_ROLES = frozenset(
    {
        *("herr", "herrn", "frau", "kunde", "kunden", "kundin", "nachbar", "nachbarn", "nachbarin"),
        *("kollege", "kollegen", "kollegin", "chef", "chefin", "meister", "meisterin", "geselle"),
        *("gesellin", "mitglied", "leser", "leserin", "gast", "fahrer", "fahrerin", "lehrer"),
        *("lehrerin", "freund", "freundin", "vater", "mutter", "sohn", "tochter", "bruder"),
        *("schwester", "opa", "oma", "onkel", "tante"),
    }
)
"""German nouns that stand before a name and are no part of it."""
_NO_NAMES = frozenset({"ai", "am", "dm", "dr", "faq", "mr", "mrs", "ms", "ok", "pm", "pov"})


@dataclass(frozen=True)
class _Word:
    text: str
    start: int
    end: int
    begins: bool
    """A sentence, a line or a remark begins with it."""

    @property
    def is_capital(self) -> bool:
        return self.text[0].isupper()

    @property
    def is_speaker(self) -> bool:
        """Whether it is *I*, which is capital beside a month, too: "in May I rang"."""
        return re.split(r"['\u2019]", self.text)[0] == "I"


class Names:
    """Finds capitalised words and looks them up, in scripts that have capitals.

    One word at the beginning of a sentence is no fact, nor is a line written like a title. In
    German, only two capital words in a row are a name.
    """

    def __init__(self, grounds: Grounds, lexicon: Lexicon) -> None:
        self._grounds = grounds
        self._lexicon = lexicon

    def mentions(self, text: str) -> Iterator[Mention]:
        """Yield the names of ``text``."""
        least = 2 if self._are_nouns_capital else 1
        for line in re.finditer(r"[^\n]+", text):
            words = list(_words_in(text, *line.span()))
            if _share(words, _FEW) >= _TITLE_CASE:
                continue
            run: list[_Word] = []
            for word in words:
                is_part = word.is_capital and not (
                    word.is_speaker or (least > 1 and word.text.casefold() in _APART)
                )
                if run and (not is_part or text[run[-1].end : word.start] not in _JOINS):
                    yield from self._mention(run, least)
                    run = []
                if is_part:
                    run.append(word)
            yield from self._mention(run, least)

    @cached_property
    def _are_nouns_capital(self) -> bool:
        if self._grounds.languages[0] in _NOUNS_ARE_CAPITAL:
            return True
        sample = self._grounds.material[:_SAMPLE]
        return _share(_words_in(sample, 0, len(sample)), _ENOUGH) >= _MANY_NOUNS

    def _mention(self, run: list[_Word], least: int) -> Iterator[Mention]:
        if not 0 < len(run) <= _LONGEST_NAME:
            return
        first, *rest = run
        bare = re.split(r"['\u2019]", first.text)[0]
        is_no_name = len(bare) < 2 or bare.casefold() in _NO_NAMES  # noqa: PLR2004 -- "I"
        if not rest and (first.begins or least > 1 or is_no_name):
            return
        found = self._find(run)
        if found is None and first.begins:
            # Its capital may be the sentence's: "Yesterday Maria".
            if len(rest) < least:
                return
            found = self._find(rest)
        yield Mention(FactKind.NAME, first.start, run[-1].end, found)

    def _find(self, run: list[_Word]) -> Place | None:
        words = [word.text for word in run]
        if len(words) == 1:
            same = map(self._lexicon.find, (words[0], *names_of_weekday(words[0])))
            return next(filter(None, (*same, self._find_letters(words[0]))), None)
        if found := self._lexicon.find_phrase(words):
            return found
        if self._are_nouns_capital and (found := self._find_nouns(words)):
            return found
        # "Quillmoor CO2" of a source that names Quillmoor, and CO2 elsewhere.
        rest = [
            word
            for word in run
            if not (_LETTERS.fullmatch(word.text) and self._lexicon.has_spelt(word.text))
        ]
        return self._find(rest) if 0 < len(rest) < len(run) else self._find_names(words)

    def _find_letters(self, word: str) -> Place | None:
        """Return the place of letters that are part of a name: SQL of SQLite and PostgreSQL."""
        part = re.compile(rf"(?<!\w){re.escape(word)}(?=[a-z])|(?<=[a-z]){re.escape(word)}(?!\w)")
        return self._grounds.find(part) if _LETTERS.fullmatch(word) else None

    def _find_names(self, words: list[str]) -> Place | None:
        """Return the place of the names among words: "Captain Lind" of "Lind, the captain"."""
        names = [word for word in words if not self._lexicon.is_plain(word)]
        if len(names) == len(words):
            return None
        if len(names) > 1:
            return self._lexicon.find_phrase(names)
        return self._lexicon.find((names or words)[0])

    def _find_nouns(self, words: list[str]) -> Place | None:
        """Return the place of German nouns that are no name, though they stand side by side."""
        # "Kunde Wilfried" of a source that names Wilfried.
        names = words[1:] if words[0].casefold() in _ROLES else []
        # Of "Frau Sommer" the second is a name that the source has only as a noun.
        are_nouns = any(
            self._lexicon.is_plain(one) or self._lexicon.find_noun(one) for one in names
        )
        if names and not are_nouns and (found := self._lexicon.find_phrase(names)):
            return found
        # "Emils Satz" of a source that names Emil: the second is his.
        if words[0].endswith("s") and (found := self._lexicon.find(words[0][:-1])):
            return found
        # "Meter Seil" of a source that says "ein Seil von dreißig Metern".
        if found := self._lexicon.find_near(words):
            return found
        # "nach 22 Uhr Bahn" of a source that says "nach 22 Uhr" and "die Straßenbahn".
        nouns = [self._lexicon.find_noun(word) for word in words]
        return nouns[0] if all(nouns) else None


def _share(words: Iterable[_Word], least: int) -> float:
    """Return the share of capitals within sentences; 0 where there are few words."""
    inner = [word for word in words if not word.begins]
    return sum(word.is_capital for word in inner) / len(inner) if len(inner) >= least else 0


def _words_in(text: str, start: int, end: int) -> Iterator[_Word]:
    for match in WORD.finditer(text, start, end):
        before = text[start : match.start()].rstrip()
        begins = not before or not _GOES_ON.fullmatch(before[-1])
        yield _Word(match.group(), match.start(), match.end(), begins)


# How languages open and close a quotation. Apostrophes look like single marks, which therefore
# count only where no letter touches them outside.
_PAIRS = (
    *("\u201c\u201d", "\u201e\u201c", "\u201e\u201d", "\u201d\u201d", "\u00ab\u00bb"),
    *("\u00bb\u00ab", "\u2039\u203a", "\u203a\u2039", "\u201a\u2018"),
    *("\u300c\u300d", "\u300e\u300f", '""', "\uff02\uff02", "\u301d\u301e"),
)
_LONGEST_QUOTATION = 2_000
_ELLIPSIS = re.compile(
    r"(?<!\s)\s*+(?:\[\s*(?:\u2026|\.{3})\s*\]|\(\s*(?:\u2026|\.{3})\s*\)|\u2026+|\.{3,})\s*"
)
_FEW_WORDS, _FEW_LETTERS = 4, 12  # fewer are a name, a title, or a word kept at a distance
_SPACELESS = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u9fff]")
# An empty text in a line of code: its second mark opens no quotation.
_EMPTY = r'""(?= ?[)\]},;])'
_QUOTED = re.compile(
    "|".join(
        (
            _EMPTY,
            *(
                rf"{re.escape(a)}((?:(?!\n\n)[^{re.escape(a + b)}]){{1,{_LONGEST_QUOTATION}}})"
                rf"{re.escape(b)}"
                for a, b in _PAIRS
            ),
            rf"(?<!\w)[\u2018']([^\u2018\n]{{1,{_LONGEST_QUOTATION}}}?)[\u2019'](?!\w)",
        )
    )
)


class Quotations:
    """Finds words in quotation marks and looks them up in all passages.

    Spaces, line ends, punctuation, the style of quotation marks and the case of letters may
    differ; words may not. An ellipsis separates the parts of a quotation.
    """

    def __init__(self, grounds: Grounds) -> None:
        self._grounds = grounds

    def mentions(self, text: str) -> Iterator[Mention]:
        """Yield the quotations of ``text`` that are longer than a few words."""
        for match in _QUOTED.finditer(text):
            said = next((group for group in match.groups() if group is not None), "")
            is_spaceless = _SPACELESS.search(said)
            size = len(said) if is_spaceless else len(WORD.findall(said))
            if size < (_FEW_LETTERS if is_spaceless else _FEW_WORDS):
                continue
            places = [self._find(part) for part in _ELLIPSIS.split(said)]
            known = [place for place in places if place is not None]
            found = known[0] if len(known) == len(places) else None
            yield Mention(FactKind.QUOTATION, match.start(), match.end(), found)

    def _find(self, part: str) -> Place | None:
        words = WORD.findall(part)
        if not words:
            return Place(self._grounds.passages[0].origin, 0, 0)
        gap = rf"[^\w{MARKS}]{{1,6}}"
        bits = (re.split(r"['\u2019\u2010\u2011-]", word) for word in words)
        phrase = gap.join("['\u2019\u2010\u2011-]".join(map(re.escape, bit)) for bit in bits)
        pattern = rf"(?<![\w{MARKS}]){phrase}(?![\w{MARKS}])"
        return self._grounds.find(re.compile(pattern, re.IGNORECASE))


MOST = 40
"""Facts kept of one draft, claims first: they travel with it through a history."""
_MOST_LOOKED_UP = 500  # in one field; the rest counts as one claim
_SIGNS = re.compile(r"(?<!\w)\w++://\S+|@\w[\w.]*")
_MOST, _LONGEST = 8, 80
_SAID = {
    FactKind.NUMBER: ("figures_from_source", "Leave such figures out."),
    FactKind.DATE: ("dates_from_source", "Leave such dates out."),
    FactKind.NAME: ("names_from_source", "Leave such names out."),
    FactKind.QUOTATION: (
        "quotations_from_source",
        "Quote word for word, or without quotation marks.",
    ),
}


class FactFinder:
    """Finds the facts of a draft and looks them up in the grounds."""

    def __init__(self, grounds: Grounds) -> None:
        self._grounds = grounds
        lexicon = Lexicon(grounds)
        self._dates, self._names = Dates(grounds, lexicon), Names(grounds, lexicon)
        self._numbers = Numbers(grounds)
        self._quotations = Quotations(grounds)

    def facts(self, draft: Draft, *, numbered: bool = False) -> tuple[Fact, ...]:
        """Return at most ``MOST`` facts, claims first.

        Args:
            draft: The post as it would go out.
            numbered: Whether its thread carries "2/7", which says nothing.
        """
        found = list(self._all(draft, numbered=numbered))
        found.sort(key=lambda fact: not fact.is_claim)
        return tuple(found[:MOST])

    def _all(self, draft: Draft, *, numbered: bool) -> Iterator[Fact]:
        texts = list(texts_of(draft, numbered=numbered))
        said = {value for _, text in texts for value in self._numbers.said_in(text)}
        for place, text in texts:
            # Links, mentions and hashtags have rules of their own: they are blanked.
            others = (match.span() for match in _SIGNS.finditer(text))
            plain = text
            for start, end in [*find_links(text), *tag_spans(text), *others]:
                plain = plain[:start] + " " * (end - start) + plain[end:]
            # A picture's description quotes what is drawn on it.
            quoted = () if place == "alt_text" else self._quotations.mentions(plain)
            mentions = chain(
                quoted,
                self._dates.mentions(plain),
                self._numbers.mentions(plain, said),
                self._names.mentions(plain),
            )
            for mention in _apart(islice(mentions, _MOST_LOOKED_UP), len(plain)):
                yield _fact(place, mention)
            if more := next(mentions, None):
                unread = replace(more, end=len(plain), found=None)
                yield _fact(place, unread)


def finder_for(grounds: Grounds) -> FactFinder:
    """Return the finder of these grounds; the drafts of one campaign share it."""
    return _finder(grounds.passages, grounds.languages)


@lru_cache(maxsize=2)
def _finder(passages: tuple[Passage, ...], languages: tuple[str, ...]) -> FactFinder:
    return FactFinder(Grounds(passages, languages))


def texts_of(draft: Draft, *, numbered: bool = False) -> Iterator[tuple[str, str]]:
    """Yield the name and the text of each field that holds words of the writer."""
    posts = without_numbers(draft.thread) if numbered else draft.thread
    if posts:
        yield from ((f"thread.{n}", post) for n, post in enumerate(posts, 1))
    else:
        yield "text", draft.text
    yield "title", draft.title
    yield "headline", draft.headline
    yield "alt_text", draft.alt_text
    for number, slide in enumerate(draft.slides, 1):
        yield f"slide.{number}", f"{slide.title}\n{slide.text}".strip()


def grounds_of(passages: Sequence[tuple[FactOrigin, str]], *languages: str) -> Grounds:
    """Return grounds; languages are tags, of which empty ones do not count."""
    short = dict.fromkeys(tag[:2].lower() for tag in (*languages, "en") if tag)
    return Grounds((Passage(*one) for one in passages), tuple(short))


def _apart(mentions: Iterable[Mention], size: int) -> Iterator[Mention]:
    """Yield mentions that do not overlap, so that a date is not three numbers as well.

    Quotations overlap: the facts within them are looked up, too.
    """
    taken = bytearray(size)
    for mention in mentions:
        span = slice(mention.start, mention.end)
        if any(taken[span]):
            continue
        if mention.kind is not FactKind.QUOTATION:
            taken[span] = b"\1" * (mention.end - mention.start)
        yield mention


def _fact(place: str, mention: Mention) -> Fact:
    found = mention.found
    return Fact(
        kind=mention.kind,
        place=place,
        start=mention.start,
        end=mention.end,
        origin=found and found.origin,
        source_start=found.start if found else 0,
        source_end=found.end if found else 0,
    )


def borrowed(text: str, document: SourceDocument) -> tuple[str, tuple[str, ...]]:
    """Return words of a stranger that go out as they are: cleaned, on one line, with its claims.

    They pass the same gate as a model's words: addresses and accounts are removed, and each
    fact is looked up in the rest of the source.
    """
    day = f"{document.published_at:%Y-%m-%d}" if document.published_at else ""
    passages = (
        (FactOrigin.SOURCE, document.text),
        (FactOrigin.TITLE, document.title),
        (FactOrigin.AUTHOR, document.author or ""),
        (FactOrigin.PUBLISHED, day),
    )
    grounds = grounds_of(passages, document.language or "")
    said = " ".join(grounded_text(text, grounds).split())
    draft = Draft(text="", alt_text=said)
    claims = claims_in(draft, finder_for(grounds).facts(draft))
    return said, tuple(claim.message for claim in claims)


def claims_in(draft: Draft, facts: Sequence[Fact], advice: str = "") -> Iterator[Problem]:
    """Yield one problem for each kind of claim; without ``advice``, a writer reads them."""
    texts = dict(texts_of(draft))
    for kind, (rule, remedy) in _SAID.items():
        claims = [fact for fact in facts if fact.kind is kind and fact.is_claim]
        if claims:
            spans = (texts[claim.place][claim.start : claim.end] for claim in claims)
            lines = (" ".join(span.split()) for span in spans)
            words = dict.fromkeys(
                line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}\u2026" for line in lines
            )
            named = ", ".join([*words][:_MOST])
            more = f" and {len(words) - _MOST} more" if len(words) > _MOST else ""
            message = f"Not in the source: {named}{more}. {advice or remedy}"
            yield Problem(rule=rule, message=message, is_claim=True)
