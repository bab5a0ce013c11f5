"""The activity ``render_media``: a post's card or slides, drawn with their alt text.

PostWorkflow calls it.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from babel import Locale, UnknownLocaleError
from babel.dates import format_date
from temporalio import activity

from activities.edge import failure, heartbeating
from activities.interfaces import MediaActivities
from activities.media.brands import Brands
from activities.media.films import film_scenes
from activities.sources.documents import stored_document
from activities.staging import is_staged, stage
from galley.clients.storage import ObjectStore, StoreError
from galley.media.card import CardSpec, draw_card, draw_document, draw_page
from galley.media.card_words import (
    HEADLINE_LIMIT,
    CardText,
    card_text,
    origin_of_photo,
    site_of,
    slide_texts,
    terser,
    was_shortened,
)
from galley.media.confined import confined
from galley.media.errors import MediaError, MisfitError
from galley.media.ffmpeg import find_ffmpeg
from galley.media.film import film
from galley.media.layout import TOKENS, Tokens, figure_of, layout_of
from galley.media.look import Style
from galley.media.photos import photo_on
from galley.media.plan import Rendering, problems_of, rendering_for
from galley.media.probe import probe, probe_document
from galley.media.scenes import COVER_SECONDS, scenes_of
from galley.media.typefaces import drawable, shortened
from galley.models.brand import LookStyle
from galley.models.media import (
    OF_SOURCE,
    CardKind,
    Chart,
    Code,
    MediaKind,
    Points,
    ShortPost,
    StagedAsset,
)
from galley.models.media_orders import RenderMedia, RenderReply
from galley.models.network import Platform
from galley.models.source import SourceDocument
from galley.networks.registry import rules_for
from galley.sources.figures import (
    MOST_BARS,
    MOST_COLUMNS,
    MOST_LINES,
    MOST_POINTS,
    chart_of,
    codes_of,
    points_of,
)

_INSTEAD = "a quote card was drawn."
_LONG = ("The headline was too long for a picture: shorten it.",)
_LONG_SLIDE = ("The words of a slide were too long for a picture: shorten them.",)
_MOST_TRIED = 4  # blocks of code; each that does not fit costs a drawing
_LONGEST_POST = 280  # characters; a longer text is no short post


@dataclass(frozen=True)
class Picture:
    """One picture: its words, its alt text, and notes to the reviewer.

    ``plain`` takes its place if the words do not fit, and ``misfit`` says so.
    """

    text: CardText
    alt_text: str
    notes: tuple[str, ...] = ()
    plain: "Picture | None" = None
    misfit: tuple[str, ...] = ()


def pictures_of(
    task: RenderMedia,
    document: SourceDocument | None,
    signature: str,
    tokens: Tokens = TOKENS[LookStyle.PLAIN],
) -> list[Picture]:
    """Return the pictures of a draft: its slides, or one card.

    Args:
        task: The draft, its channel and options.
        document: The source, if the card is made from it.
        signature: The channel's name; empty where the network wants no signature.
        tokens: Those of the brand's look, whose layouts the networks of a campaign share.

    Raises:
        MediaError: There are no words.
    """
    if task.draft.slides:
        # A slide is described by its own words: the draft's alt text is of one picture.
        texts = slide_texts(task.source, task.draft, signature, tokens)
        return [Picture(text, _alt(task, _spoken(text))) for text in texts]
    quote = card_text(task.source, task.draft, signature)
    layout = layout_of(tokens, task.channel.platform)
    plain = Picture(
        replace(quote, layout=layout),
        _alt(task, task.draft.alt_text or quote.headline),
        _LONG if was_shortened(quote) else (),
    )
    said, figure = figure_of(quote.headline)
    if task.options.media.card is CardKind.POST and (whole := _whole(task)):
        said, figure = whole, ShortPost(author=signature or _author(task))
    if figure is not None:
        shown = replace(plain.text, headline=said, figure=figure)
        plain = replace(plain, text=shown, plain=plain)
    if document is None or task.options.media.card not in _MAKERS:
        return [plain]
    texts, why = _MAKERS[task.options.media.card](document, replace(quote, layout=layout))
    if not texts:
        return [replace(plain, notes=(*plain.notes, f"{why}: {_INSTEAD}"))]
    misfit = (f"What the source has does not fit the picture: {_INSTEAD}",)
    # Whether the words fit is known only when they are drawn.
    for text in reversed(texts):
        said = _alt(task, task.draft.alt_text or _spoken(text))
        plain, misfit = Picture(text, said, plain=plain, misfit=misfit), ()
    return [plain]


def _whole(task: RenderMedia) -> str:
    """Return the text of a draft, if it is short enough to be a card by itself."""
    text = drawable(task.draft.text)
    return text if len(text) <= _LONGEST_POST else ""


def _author(task: RenderMedia) -> str:
    return drawable(task.options.persona.brand if task.options.persona else task.channel.name)


def title_of(task: RenderMedia) -> str:
    """Return the title that the network wants for slides as a document."""
    rules = rules_for(task.channel.platform).document
    limit = rules.title_limit if rules else 0
    return shortened(card_text(task.source, task.draft).headline, limit)


_Made = tuple[tuple[CardText, ...], str]
"""Cards, of which the first that fits is drawn; without any, the reason."""


def _title(document: SourceDocument, plain: CardText) -> _Made:
    title = drawable(document.title)
    if not title:
        return (), "The source has no title"
    when = document.published_at
    written = _date(when, document.language or "en") if when else ""
    by = (drawable(document.author or ""), written)
    detail = " · ".join(filter(None, by))
    origin = plain.origin.rpartition(" · ")[2]  # the site alone: the title is the headline
    return (replace(plain, headline=title, detail=detail, origin=origin, figure=None),), ""


def _date(when: datetime, language: str) -> str:
    """Return a day as people of that language write it."""
    try:
        return format_date(when, "long", locale=Locale.parse(language, sep="-"))
    except (UnknownLocaleError, ValueError):
        return format_date(when, "long", locale="en")


def _points(document: SourceDocument, plain: CardText) -> _Made:
    found = points_of(document.text)
    if found is None:
        return (), f"The source has no list of three to {MOST_POINTS} short points"
    points = tuple(drawable(point) for point in found.points)
    return (_over(plain, found.model_copy(update={"points": points})),), ""


def _chart(document: SourceDocument, plain: CardText) -> _Made:
    found = chart_of(document.text, document.language or "en")
    if found is None:
        return (), (
            f"The source has no table or list of three to {MOST_BARS} numbers that can be compared"
        )
    return (_over(plain, found),), ""


def _over(plain: CardText, figure: Points | Chart | Code) -> CardText:
    """Return a card whose headline is the figure's own, if it has one."""
    headline = shortened(drawable(figure.heading), HEADLINE_LIMIT) or plain.headline
    return replace(plain, headline=headline, figure=figure)


def _code(document: SourceDocument, plain: CardText) -> _Made:
    found, is_there = codes_of(document.text, plain.headline)
    if is_there and not found:
        why = f"The code of the source is longer than {MOST_LINES} lines of {MOST_COLUMNS} letters"
        return (), why
    return tuple(
        _over(plain, one) for one in found[:_MOST_TRIED]
    ), "The source has no block of code"


_MAKERS: dict[CardKind | None, Callable[[SourceDocument, CardText], _Made]] = {
    CardKind.TITLE: _title,
    CardKind.LIST: _points,
    CardKind.CHART: _chart,
    CardKind.CODE: _code,
}


def _spoken(text: CardText) -> str:
    """Return the words of a picture for somebody who cannot see it."""
    said = [text.headline, text.detail]
    match text.figure:
        case Points(points=points):
            said.append("; ".join(points))
        case Chart(title=title, unit=unit, bars=bars):
            said.append(f"{', '.join(filter(None, (title, unit)))}:" if title or unit else "")
            said.append("; ".join(f"{bar.label} {bar.shown}" for bar in bars))
        case Code(text=code):
            said.append(" ".join(code.split()))
        case _:
            pass
    return " ".join(filter(None, said))


def _alt(task: RenderMedia, said: str) -> str:
    limit = rules_for(task.channel.platform).alt_limit
    return shortened(said, limit) if limit else ""


async def _fitting(spec: CardSpec, text: CardText, style: Style) -> CardText:
    """Return a card with as many of its words as fit; one that fits stays as it is.

    Raises:
        MisfitError: Not even a few of its words fit.
    """
    while True:
        try:
            await confined(draw_page, spec, text, style)
        except MisfitError:
            if (fewer := terser(text)) is None:
                raise
            text = fewer
        else:
            return text


# Of the cover picture of a document.
_COVER_BYTES = 5_000_000


class CardMedia(MediaActivities):
    """Draws cards, slides and documents, and films a card where the network wants video."""

    def __init__(
        self, state: ObjectStore, ffmpeg: str | None = None, film_width: int = 1080
    ) -> None:
        self._state = state
        self._ffmpeg = ffmpeg
        self._film_width = film_width
        self._brands = Brands(state)

    @activity.defn
    async def render_media(self, task: RenderMedia) -> RenderReply:
        """Draw the media that the network requires, check them, and stage them by content.

        Safe to repeat: the same draft gives the same bytes, and so the same name.

        Raises:
            ApplicationError: ``MediaError`` is final unless ffmpeg ran out of time;
                ``StoreError`` is final unless the store could not be reached.
        """
        platform = task.channel.platform
        rendering = rendering_for(
            platform, slides=bool(task.draft.slides), wanted=task.options.media.card is not None
        )
        if rendering is None:
            return RenderReply()
        try:
            async with heartbeating():
                return await self._drawn(task, rendering)
        except MediaError as error:
            said = f"The media for {platform} failed. {error}"
            raise failure(error, kind="MediaError", said=said) from None
        except StoreError as error:
            raise failure(error, kind="StoreError") from None

    async def _drawn(self, task: RenderMedia, rendering: Rendering) -> RenderReply:
        style = await self._brands.style_of(task.options.persona)
        if not rendering.signed:
            style = replace(style, logo=b"")
        signature = task.channel.name if rendering.signed else ""
        assets: list[StagedAsset] = []
        notes: list[str] = []
        document = None
        if task.options.media.card in OF_SOURCE and not task.draft.slides:
            document = await stored_document(self._state, task.source.sha256, MediaError)
        pictures = pictures_of(task, document, signature, style.tokens)
        if task.options.media.card is CardKind.PHOTO and not task.draft.slides:
            pictures = [await self._with_photo(task, rendering.card, pictures[0])]
        if rendering.kind is MediaKind.DOCUMENT:
            return await self._bound(task, rendering, pictures, style)
        for picture in pictures:
            shown: Picture | None = picture
            while shown is not None:
                try:
                    data = await self._encoded(task, rendering, shown.text, style)
                except MisfitError:
                    notes += shown.misfit
                    if (terse := terser(shown.text)) is None and shown.plain is None:
                        raise
                    # Nothing is lettered too small to be read: the last card loses words.
                    shown = shown.plain or replace(shown, text=terse or shown.text, notes=_LONG)
                else:
                    assets.append(await self._stage(task, data, shown.alt_text))
                    notes += shown.notes
                    shown = None
        return RenderReply(assets=tuple(assets), notes=tuple(dict.fromkeys(notes)))

    async def _with_photo(self, task: RenderMedia, spec: CardSpec, plain: Picture) -> Picture:
        """Return a card with the first good photograph; the networks of a campaign take turns."""
        bare = plain
        while bare.plain is not None:
            bare = bare.plain
        turn = list(Platform).index(task.channel.platform) % max(1, len(task.photos))
        why = list[str]()
        for asset in (*task.photos[turn:], *task.photos[:turn]):
            data = is_staged(asset.staged_as) and await self._state.get(asset.staged_as)
            try:
                figure = await photo_on(data or b"", spec, bare.text.layout)
            except MediaError as error:
                why.append(f"A picture of the source is not on the card. {error}")
                continue
            text = replace(
                bare.text, figure=figure, origin=origin_of_photo(asset.credit, task.source.link)
            )
            seen = asset.alt_text or f"from {site_of(task.source.link) or task.source.title}"
            alt = _alt(task, f"{task.draft.alt_text or text.headline} Photo: {seen}")
            misfit = "The words have no room beside a photograph: a quote card was drawn."
            return Picture(text, alt, bare.notes, plain=plain, misfit=(misfit,))
        none = f"The source has no photograph for a card: {_INSTEAD}"
        return replace(plain, notes=(*plain.notes, *dict.fromkeys(why), none))

    async def _bound(
        self, task: RenderMedia, rendering: Rendering, pictures: list[Picture], style: Style
    ) -> RenderReply:
        """Return the slides as one document, and its first page as the cover."""
        texts, card = [picture.text for picture in pictures], rendering.card
        title = title_of(task)
        # The day on which the source appeared: the same draft gives the same bytes.
        document = await stored_document(self._state, task.source.sha256, MediaError)
        when = document.published_at
        made_at = int(when.timestamp()) if when else 0
        notes = ()
        try:
            pages = await confined(draw_document, card, texts, style, title, made_at)
        except MisfitError:
            texts, notes = [await _fitting(card, text, style) for text in texts], _LONG_SLIDE
            pages = await confined(draw_document, card, texts, style, title, made_at)
        largest = replace(card, max_bytes=_COVER_BYTES)
        cover = await confined(draw_card, largest, texts[0], style)
        return RenderReply(
            assets=(await self._stage(task, pages, title), await self._stage(task, cover, "")),
            notes=notes,
        )

    async def _stage(self, task: RenderMedia, data: bytes, alt_text: str) -> StagedAsset:
        look = probe_document if data.startswith(b"%PDF-") else probe
        found = await confined(look, data)
        # A reviewer must not approve media that the network then refuses.
        if problems := problems_of(found, task.channel.platform):
            raise MediaError(" ".join(problem.message for problem in problems))
        return await stage(self._state, data, found, alt_text)

    async def _encoded(
        self, task: RenderMedia, rendering: Rendering, text: CardText, style: Style
    ) -> bytes:
        if rendering.kind is not MediaKind.VIDEO:
            # Drawn by a child process without rights: the words and fonts come from outside.
            return await confined(draw_card, rendering.card, text, style)
        # The card is the cover of a film of the post's words.
        language = task.source.language or "en"
        first, *others = await asyncio.to_thread(scenes_of, task.draft, language)
        cover = replace(first, seconds=max(first.seconds, COVER_SECONDS))
        scenes = film_scenes([cover, *others], task.source, text.signature, style, text)
        spec = rendering.card.across(self._film_width)
        return await film(find_ffmpeg(self._ffmpeg), spec, scenes, style)
