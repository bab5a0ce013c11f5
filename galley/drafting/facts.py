"""The facts of a whole draft, each with its place in the source or without one."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import chain, islice

from galley.drafting.dates import Dates
from galley.drafting.evidence import Grounds, Lexicon, Mention, Passage
from galley.drafting.names import Names
from galley.drafting.numbers import Numbers
from galley.drafting.quotations import Quotations
from galley.models import Draft, Fact, FactKind, FactOrigin, Problem
from galley.networks.splitting import without_numbers
from galley.networks.text import find_links, tag_spans

MOST = 40
"""Facts kept of one draft, claims first: they travel with it through a history."""

_MOST_LOOKED_UP = 500
"""In one field. What comes after is taken for a claim as a whole."""
_SIGNS = re.compile(r"(?<!\w)\w++://\S+|@\w[\w.]*")


class FactFinder:
    """Finds what a draft states and looks it up in the grounds."""

    def __init__(self, grounds: Grounds) -> None:
        self._grounds = grounds
        lexicon = Lexicon(grounds)
        self._finders = (Dates(grounds, lexicon), Numbers(grounds), Names(grounds, lexicon))
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
        for place, text in texts_of(draft, numbered=numbered):
            plain = _without_signs(text)
            # A picture's description quotes what is drawn on it.
            quoted = () if place == "alt_text" else self._quotations.mentions(plain)
            mentions = chain(quoted, *self._others(plain))
            for mention in _apart(islice(mentions, _MOST_LOOKED_UP), len(plain)):
                yield _fact(place, mention)
            if more := next(mentions, None):
                unread = replace(more, end=len(plain), found=None)
                yield _fact(place, unread)

    def _others(self, text: str) -> Iterator[Iterator[Mention]]:
        return (finder.mentions(text) for finder in self._finders)


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


def _without_signs(text: str) -> str:
    """Blank links, mentions and hashtags, which have rules of their own."""
    others = (match.span() for match in _SIGNS.finditer(text))
    spans = [*find_links(text), *tag_spans(text), *others]
    for start, end in spans:
        text = text[:start] + " " * (end - start) + text[end:]
    return text


def _apart(mentions: Iterable[Mention], size: int) -> Iterator[Mention]:
    """Let a date not be three numbers more; within quotations all are looked up."""
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


def claims_in(draft: Draft, facts: Sequence[Fact]) -> Iterator[Problem]:
    """Yield one problem for each kind of claim, with the words of the draft."""
    texts = dict(texts_of(draft))
    for kind, (rule, remedy) in _SAID.items():
        claims = [fact for fact in facts if fact.kind is kind and fact.is_claim]
        if claims:
            words = dict.fromkeys(_words(texts, claim) for claim in claims)
            named = ", ".join([*words][:_MOST])
            more = f" and {len(words) - _MOST} more" if len(words) > _MOST else ""
            message = f"Not in the source: {named}{more}. {remedy}"
            yield Problem(rule=rule, message=message, is_claim=True)


def _words(texts: dict[str, str], claim: Fact) -> str:
    words = " ".join(texts[claim.place][claim.start : claim.end].split())
    return words if len(words) <= _LONGEST else f"{words[: _LONGEST - 1]}\u2026"
