"""Which words stand on a card."""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from galley.media.card import CardText
from galley.media.errors import MediaError
from galley.media.lettering import drawable, shortened
from galley.models import Draft, SourceRef

HEADLINE_LIMIT = 320
"""Graphemes; more would be too small to read on a phone."""
_LONGEST_WORD = 60
_LOOKED_AT = 4000
"""Code points of a text that are read at most."""
_SIGNATURE_LIMIT = 40
_ORIGIN_LIMIT = 46
_SENTENCE = re.compile(
    r".+?(?:[.!?…](?=\s|$)|[。！？])",  # noqa: RUF001 - Chinese and Japanese stops
    re.DOTALL,
)


def card_text(source: SourceRef, draft: Draft, signature: str = "") -> CardText:
    """Return the words for a card: the draft's, or else the source's.

    The headline is the first of these that has letters: the draft's headline, its
    title, the source's title, the first sentence of the text.

    Raises:
        MediaError: None of them has any.
    """
    candidates = (drawable(text[:_LOOKED_AT]) for text in _candidates(source, draft))
    headline = next(filter(_has_letters, candidates), None)
    if headline is None:
        raise MediaError("There are no words to draw: give the draft a headline.")
    return CardText(
        headline=shortened(headline, HEADLINE_LIMIT),
        signature=shortened(drawable(signature), _SIGNATURE_LIMIT),
        origin=_origin(source, headline),
        language=source.language or "en",
    )


def was_shortened(text: CardText) -> bool:
    """Return whether a headline was longer than a picture takes."""
    is_cut = text.headline.endswith("…")
    return is_cut and len(text.headline) > HEADLINE_LIMIT - _LONGEST_WORD


def slide_texts(source: SourceRef, draft: Draft, signature: str = "") -> list[CardText]:
    """Return the words for each slide, with its place among them.

    Raises:
        MediaError: A slide has no letters that can be drawn.
    """
    texts: list[CardText] = []
    for number, slide in enumerate(draft.slides, 1):
        words = [drawable(part[:_LOOKED_AT]) for part in (slide.title, slide.text)]
        title, *detail = [*filter(None, words), ""]
        if not title:
            raise MediaError(f"There are no words to draw on slide {number}: add some.")
        texts.append(
            CardText(
                headline=shortened(title, HEADLINE_LIMIT),
                detail=shortened(" ".join(detail), HEADLINE_LIMIT),
                signature=shortened(drawable(signature), _SIGNATURE_LIMIT),
                origin=f"{number} / {len(draft.slides)}",
                language=source.language or "en",
            )
        )
    return texts


def _has_letters(text: str) -> bool:
    """Return whether there is more than pictograms."""
    return any(map(str.isalnum, text))


def _candidates(source: SourceRef, draft: Draft) -> Iterator[str]:
    yield draft.headline
    yield draft.title
    yield source.title
    sentence = _SENTENCE.match(draft.text.strip())
    yield sentence.group() if sentence else draft.text


def _origin(source: SourceRef, headline: str) -> str:
    """Return where it comes from: the source's title and site, without an echo."""
    title = drawable(source.title[:_LOOKED_AT])
    site = drawable((urlsplit(source.link or "").hostname or "").removeprefix("www."))
    if title == headline:
        title = ""
    return " · ".join(part for part in (shortened(title, _ORIGIN_LIMIT), site) if part)
