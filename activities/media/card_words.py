"""Which words and numbers stand on a post's picture, and what is said of it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from galley.media.card import CardText
from galley.media.lettering import drawable, shortened
from galley.media.wording import card_text, slide_texts, was_shortened
from galley.models import RenderMedia, SourceDocument
from galley.models.card import CardKind, Chart, Code, Points
from galley.platforms.registry import rules_for
from galley.sources.figures import (
    MOST_BARS,
    MOST_COLUMNS,
    MOST_LINES,
    MOST_POINTS,
    chart_of,
    code_of,
    points_of,
)

_INSTEAD = "a quote card was drawn."


@dataclass(frozen=True)
class Picture:
    """One picture: what stands on it, its alt text, notes to the reviewer.

    ``plain`` takes its place where it has no room.
    """

    text: CardText
    alt_text: str
    notes: tuple[str, ...] = ()
    plain: "Picture | None" = None


def pictures_of(
    task: RenderMedia, document: SourceDocument | None, signature: str
) -> list[Picture]:
    """Return what is drawn for a draft: its slides, or one card.

    Args:
        task: What is asked for.
        document: The source, where the card is made from it.
        signature: The channel's name; empty where it must not stand there.

    Raises:
        MediaError: There are no words.
    """
    if task.draft.slides:
        texts = slide_texts(task.source, task.draft, signature)
        return [Picture(text, _alt(task, _spoken(text))) for text in texts]
    plain = _quote(task, signature)
    if document is None or task.options.media.card not in _MAKERS:
        return [plain]
    text, why = _MAKERS[task.options.media.card](document, plain.text)
    if text is None:
        return [replace(plain, notes=(*plain.notes, f"{why}: {_INSTEAD}"))]
    said = _alt(task, task.draft.alt_text or _spoken(text))
    misfit = f"What the source has does not fit the picture: {_INSTEAD}"
    plain = replace(plain, notes=(*plain.notes, misfit))
    return [Picture(text, said, plain=plain)]


def _quote(task: RenderMedia, signature: str) -> Picture:
    text = card_text(task.source, task.draft, signature)
    notes: tuple[str, ...] = ()
    if was_shortened(text):
        notes = ("The headline was too long for a picture: shorten it.",)
    return Picture(text, _alt(task, task.draft.alt_text or text.headline), notes)


def title_of(task: RenderMedia) -> str:
    """Return what the slides are called as a document; the network wants a title."""
    rules = rules_for(task.channel.platform).document
    limit = rules.title_limit if rules else 0
    return shortened(card_text(task.source, task.draft).headline, limit)


_Made = tuple[CardText | None, str]


def _title(document: SourceDocument, plain: CardText) -> _Made:
    title = drawable(document.title)
    if not title:
        return None, "The source has no title"
    when = document.published_at
    by = (drawable(document.author or ""), f"{when:%Y-%m-%d}" if when else "")
    detail = " · ".join(filter(None, by))
    origin = plain.origin.rpartition(" · ")[2]
    return replace(plain, headline=title, detail=detail, origin=origin), ""


def _points(document: SourceDocument, plain: CardText) -> _Made:
    found = points_of(document.text)
    if found is None:
        return None, f"The source has no list of three to {MOST_POINTS} short points"
    points = tuple(drawable(point) for point in found.points)
    return replace(plain, figure=Points(points=points)), ""


def _chart(document: SourceDocument, plain: CardText) -> _Made:
    found = chart_of(document.text)
    if found is None:
        return None, (
            "The source has no table or list of three to "
            f"{MOST_BARS} numbers that can be compared"
        )
    return replace(plain, figure=found), ""


def _code(document: SourceDocument, plain: CardText) -> _Made:
    found, is_there = code_of(document.text)
    if found is not None:
        return replace(plain, figure=found), ""
    if is_there:
        return None, (
            f"The code of the source is longer than {MOST_LINES} lines of "
            f"{MOST_COLUMNS} letters"
        )
    return None, "The source has no block of code"


_MAKERS: dict[CardKind | None, Callable[[SourceDocument, CardText], _Made]] = {
    CardKind.TITLE: _title,
    CardKind.LIST: _points,
    CardKind.CHART: _chart,
    CardKind.CODE: _code,
}


def _spoken(text: CardText) -> str:
    """Return the words of a picture as one who cannot see it would be told them."""
    return " ".join(filter(None, (text.headline, text.detail, *_told(text))))


def _told(text: CardText) -> Iterator[str]:
    match text.figure:
        case Points(points=points):
            yield "; ".join(points)
        case Chart(title=title, bars=bars):
            yield f"{title}:" if title else ""
            yield "; ".join(f"{bar.label} {bar.shown}" for bar in bars)
        case Code(text=code):
            yield " ".join(code.split())
        case None:
            return


def _alt(task: RenderMedia, said: str) -> str:
    limit = rules_for(task.channel.platform).alt_limit
    return shortened(said, limit) if limit else ""
