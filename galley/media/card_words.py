"""The words of a card: a draft's, a slide's, fewer where they do not fit, and the alt text.

The media activities choose them; :mod:`galley.media.card` draws them.
"""

import re
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from galley.media.errors import MediaError
from galley.media.layout import DEFAULT_LAYOUT, Ground, Layout, Tokens, figure_of
from galley.media.look import PLAIN_STYLE
from galley.media.typefaces import drawable, is_east_asian, shortened
from galley.models.draft import Draft
from galley.models.media import (
    Change,
    Chart,
    Code,
    Figure,
    Number,
    Photo,
    Points,
    Quotation,
    ShortPost,
)
from galley.models.network import Platform
from galley.models.source import SourceRef

HEADLINE_LIMIT = 320
"""Graphemes; more would be too small to read on a phone."""
_LONGEST_WORD = 60
_FEW_WORDS = 40  # characters that fit each picture, however wide they are
_LOOKED_AT = 4000  # code points of a text that are read at most
_SIGNATURE_LIMIT, _ORIGIN_LIMIT = 40, 36
_CREDIT_LIMIT = 48  # two or three lines beside a photograph: a name is not cut where it can stand
_SENTENCE = re.compile(
    r".+?(?:[.!?…](?=\s|$)|[。！？])",  # noqa: RUF001 - Chinese and Japanese stops
    re.DOTALL,
)


@dataclass(frozen=True)
class CardText:
    """The words on a card.

    ``detail`` stands below the headline in smaller letters; ``figure`` decides the template.
    ``signature`` and ``origin`` are the small lines at its edge. ``language`` is a BCP 47 tag,
    which decides hyphens, phrases and quotation marks. ``step`` is the number of a slide and
    how many there are, ``cue`` the arrow that others follow, and ``act`` what the reader is
    asked to do. ``shown`` are the words that a film has revealed so far; ``None``: all.
    """

    headline: str
    signature: str = ""
    origin: str = ""
    language: str = "en"
    detail: str = ""
    figure: Figure | None = None
    layout: Layout = DEFAULT_LAYOUT
    step: tuple[int, int] | None = None
    cue: bool = False
    act: str = ""
    shown: int | None = None

    @property
    def letters(self) -> str:
        """Every letter that needs a glyph in a font of ours or the machine's."""
        match self.figure:
            case Points(points=points):
                more = points
            case Chart(title=title, unit=unit, bars=bars):
                more = (title, unit, *(f"{one.label}{one.shown}" for one in bars))
            case Code(text=code):
                # typst sets code in its own font, which lacks East Asian letters alone.
                more = tuple(filter(is_east_asian, code))
            case Number(number=one) | Quotation(speaker=one) | ShortPost(author=one):
                more = (one,)
            case Change(before=before, after=after):
                more = (before, after)
            case Photo() | None:
                more = ()
        return "".join((self.headline, self.detail, self.signature, self.origin, self.act, *more))


def card_text(source: SourceRef, draft: Draft, signature: str = "") -> CardText:
    """Return the words for a card: the draft's, or else the source's.

    The headline is the first of these that has letters: the draft's headline, its
    title, the source's title, the first sentence of the text.

    Raises:
        MediaError: None of them has any.
    """
    sentence = _SENTENCE.match(draft.text.strip())
    first = sentence.group() if sentence else draft.text
    candidates = (
        drawable(text[:_LOOKED_AT]) for text in (draft.headline, draft.title, source.title, first)
    )
    # Pictograms alone are no headline.
    headline = next((text for text in candidates if any(map(str.isalnum, text))), None)
    if headline is None:
        raise MediaError("There are no words to draw: give the draft a headline.")
    title = drawable(source.title[:_LOOKED_AT])
    site = site_of(source.link)
    # A title that is the headline already would be an echo, and a long one a line of its own.
    origin = " · ".join(filter(None, ("" if title == headline else title, site)))
    if len(origin) > _ORIGIN_LIMIT:
        origin = site or shortened(title, _ORIGIN_LIMIT)
    return CardText(
        headline=shortened(headline, HEADLINE_LIMIT),
        signature=shortened(drawable(signature), _SIGNATURE_LIMIT),
        origin=origin,
        language=source.language or "en",
    )


def site_of(link: str | None) -> str:
    """Return the host of an address, as a card shows it."""
    return drawable((urlsplit(link or "").hostname or "").removeprefix("www."))


def origin_of_photo(credit: str, link: str | None) -> str:
    """Return the line below a photograph: whom its page names, and the site if it has room."""
    maker, site = credit_of(credit), site_of(link)
    origin = " · ".join(filter(None, (maker, site)))
    return origin if len(origin) <= _ORIGIN_LIMIT else maker or site


def credit_of(credit: str) -> str:
    """Return whom the page of a photograph names, as a picture shows it."""
    return shortened(drawable(credit), _CREDIT_LIMIT)


def terser(text: CardText) -> CardText | None:
    """Return a card with fewer words, for one that they do not fit; ``None``: it has few."""
    shown = text.detail or text.headline
    if len(shown) <= _FEW_WORDS:
        return replace(text, detail="") if text.detail else None
    fewer = shortened(shown, len(shown) * 2 // 3)
    return replace(text, detail=fewer) if text.detail else replace(text, headline=fewer)


def was_shortened(text: CardText) -> bool:
    """Return whether the headline was longer than a picture takes."""
    # A headline may end with an ellipsis of its own; a shortened one is long, too.
    is_cut = text.headline.endswith("…")
    return is_cut and len(text.headline) > HEADLINE_LIMIT - _LONGEST_WORD


def slide_texts(
    source: SourceRef, draft: Draft, signature: str = "", tokens: Tokens | None = None
) -> list[CardText]:
    """Return the words for each slide: a cover, slides on one grid, and a last one with an act.

    Raises:
        MediaError: A slide has no letters that can be drawn.
    """
    tokens = tokens or PLAIN_STYLE.tokens
    texts: list[CardText] = []
    count = len(draft.slides)
    # Cover and end have the ground of the brand; between them lies paper, so that one reads on.
    ground = next(
        (one.ground for one in tokens.layouts if one.ground is not Ground.PAPER), Ground.INK
    )
    site = site_of(source.link)
    for number, slide in enumerate(draft.slides, 1):
        words = [drawable(part[:_LOOKED_AT]) for part in (slide.title, slide.text)]
        title, *detail = [*filter(None, words), ""]
        if not title:
            raise MediaError(f"There are no words to draw on slide {number}: add some.")
        is_edge = number in {1, count}
        headline, figure = (title, None) if is_edge else figure_of(title)
        texts.append(
            CardText(
                headline=shortened(headline, HEADLINE_LIMIT),
                detail=shortened(" ".join(detail), HEADLINE_LIMIT),
                signature=shortened(drawable(signature), _SIGNATURE_LIMIT),
                language=source.language or "en",
                figure=None if detail[0] else figure,
                layout=Layout("middle", "start", ground if is_edge else Ground.PAPER),
                step=(number, count),
                cue=number < count,
                act=shortened(site, _ORIGIN_LIMIT) if number == count else "",
            )
        )
    return texts


def alt_text_for(platform: Platform, said: str) -> str:
    """Return an alt text in one line, cut at a word to the network's limit, which may be 0."""
    # Here, because the sandbox that draws imports this module, and would parse links for nothing.
    from galley.networks.registry import rules_for

    limit = rules_for(platform).alt_limit or 0
    line = " ".join(said.split())
    if _units(line) <= limit:
        return line
    kept = line
    while kept and _units(kept) > limit - 1:
        shorter = kept.rpartition(" ")[0]
        kept = shorter or kept[:-1]
    return f"{kept.rstrip(' ,;:-')}\u2026" if kept else ""


def _units(text: str) -> int:
    # Buffer counts UTF-16 code units.
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
