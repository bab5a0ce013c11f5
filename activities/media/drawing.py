"""Draw pictures and videos into private staging."""

from dataclasses import replace

from temporalio import activity

from activities.beating import heartbeating
from activities.failures import failure
from activities.interfaces import MediaActivities
from activities.keeping.documents import stored_document
from activities.keeping.staging import stage
from activities.media.brands import Brands
from activities.media.card_words import Picture, pictures_of, title_of
from galley.clients.storage import ObjectStore, StoreError
from galley.media.card import CardText, draw_card, draw_document
from galley.media.confined import confined
from galley.media.errors import MediaError, MisfitError
from galley.media.fit import Rendering, problems_of, rendering_for
from galley.media.paper import probe_document
from galley.media.probe import Probe, probe
from galley.media.style import Style
from galley.media.video import film_card, find_ffmpeg
from galley.models import (
    MediaKind,
    Platform,
    RenderMedia,
    RenderReply,
    SourceDocument,
    StagedAsset,
)
from galley.models.card import OF_SOURCE

_COVER_BYTES = 5_000_000


class CardMedia(MediaActivities):
    """Quote cards, and short videos made from them."""

    def __init__(self, state: ObjectStore, ffmpeg: str | None = None) -> None:
        self._state = state
        self._ffmpeg = ffmpeg
        self._brands = Brands(state)

    @activity.defn
    async def render_media(self, task: RenderMedia) -> RenderReply:
        """Draw what the network requires, check it, and stage it by content hash.

        Safe to repeat: the same draft gives the same bytes under the same name.

        Raises:
            ApplicationError: ``MediaError`` is final unless ffmpeg ran out of time;
                ``StoreError`` is final unless the store could not be reached.
        """
        platform = task.channel.platform
        rendering = rendering_for(
            platform,
            slides=bool(task.draft.slides),
            wanted=task.options.media.card is not None,
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
        pictures = pictures_of(task, await self._document(task), signature)
        if rendering.kind is MediaKind.DOCUMENT:
            return await self._bound(task, rendering, pictures, style)
        for picture in pictures:
            data, shown = await self._draw(rendering, picture, style)
            assets.append(await self._stage(task, data, shown.alt_text))
            notes += shown.notes
        return RenderReply(assets=tuple(assets), notes=tuple(dict.fromkeys(notes)))

    async def _bound(
        self,
        task: RenderMedia,
        rendering: Rendering,
        pictures: list[Picture],
        style: Style,
    ) -> RenderReply:
        """Return the slides as one document, and its first page as the cover of it."""
        texts, card = [picture.text for picture in pictures], rendering.card
        pages = await confined(draw_document, card, texts, style)
        largest = replace(card, max_bytes=_COVER_BYTES)
        cover = await confined(draw_card, largest, texts[0], style)
        title = title_of(task)
        return RenderReply(
            assets=(
                await self._stage(task, pages, title),
                await self._stage(task, cover, ""),
            )
        )

    async def _document(self, task: RenderMedia) -> SourceDocument | None:
        """Return the source where the card is made from it."""
        if task.options.media.card not in OF_SOURCE or task.draft.slides:
            return None
        return await stored_document(self._state, task.source.sha256, MediaError)

    async def _stage(
        self, task: RenderMedia, data: bytes, alt_text: str
    ) -> StagedAsset:
        look = probe_document if data.startswith(b"%PDF-") else probe
        found = await confined(look, data)
        _require_fit(found, task.channel.platform)
        return await stage(self._state, data, found, alt_text)

    async def _draw(
        self, rendering: Rendering, picture: Picture, style: Style
    ) -> tuple[bytes, Picture]:
        """Return the file, and the picture that it shows: a plain one without room."""
        try:
            return await self._encoded(rendering, picture.text, style), picture
        except MisfitError:
            if picture.plain is None:
                raise
            plain = picture.plain
            return await self._encoded(rendering, plain.text, style), plain

    async def _encoded(
        self, rendering: Rendering, text: CardText, style: Style
    ) -> bytes:
        if rendering.kind is MediaKind.VIDEO:
            ffmpeg = find_ffmpeg(self._ffmpeg)
            return await film_card(ffmpeg, rendering.card, text, style)
        return await confined(draw_card, rendering.card, text, style)


def _require_fit(found: Probe, platform: Platform) -> None:
    problems = problems_of(found, platform)
    if problems:
        raise MediaError(" ".join(problem.message for problem in problems))
