"""Draw pictures and videos into private staging."""

import asyncio
import hashlib
from dataclasses import replace

from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.beating import beating
from activities.brands import Brands
from activities.interfaces import MediaActivities
from galley.clients.storage import ObjectStore, StoreError, StoreUnavailableError
from galley.media.card import CardText, draw_card
from galley.media.errors import MediaError, MediaTimeoutError
from galley.media.fit import Rendering, problems_of, rendering_for
from galley.media.probe import Probe, probe
from galley.media.style import Style
from galley.media.video import film_card, find_ffmpeg
from galley.media.wording import card_text, slide_texts
from galley.models import (
    MediaKind,
    Platform,
    RenderMedia,
    RenderReply,
    StagedAsset,
)
from galley.platforms.registry import rules_for

_EXTENSIONS = {"image/jpeg": "jpg", "image/png": "png", "video/mp4": "mp4"}


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
        rendering = rendering_for(platform, slides=bool(task.draft.slides))
        if rendering is None:
            return RenderReply()
        try:
            async with beating():
                style = await self._brands.style_of(task.persona)
                if not rendering.signed:
                    style = replace(style, logo=b"")
                assets = [
                    await self._stage(task, rendering, text, style)
                    for text in self._texts(task, rendering)
                ]
        except MediaError as error:
            raise ApplicationError(
                f"The media for {platform} failed. {error}",
                type="MediaError",
                non_retryable=not isinstance(error, MediaTimeoutError),
            ) from error
        except StoreError as error:
            raise ApplicationError(
                str(error),
                type="StoreError",
                non_retryable=not isinstance(error, StoreUnavailableError),
            ) from error
        return RenderReply(assets=tuple(assets))

    def _texts(self, task: RenderMedia, rendering: Rendering) -> list[CardText]:
        """Return the words of each picture: one a slide, or the card's."""
        signature = task.channel.name if rendering.signed else ""
        if task.draft.slides:
            return slide_texts(task.source, task.draft, signature)
        return [card_text(task.source, task.draft, signature)]

    async def _stage(
        self, task: RenderMedia, rendering: Rendering, text: CardText, style: Style
    ) -> StagedAsset:
        data = await self._draw(rendering, text, style)
        found = await asyncio.to_thread(probe, data)
        _require_fit(found, task.channel.platform)
        digest = hashlib.sha256(data).hexdigest()
        name = f"staging/{digest}.{_EXTENSIONS[found.mime]}"
        await self._state.put_if_absent(name, data, found.mime, same=True)
        return StagedAsset(
            kind=found.kind,
            mime=found.mime,
            sha256=digest,
            size=found.size,
            width=found.width,
            height=found.height,
            duration=found.duration,
            alt_text=_alt_text(task, text),
            staged_as=name,
        )

    async def _draw(self, rendering: Rendering, text: CardText, style: Style) -> bytes:
        if rendering.kind is MediaKind.VIDEO:
            ffmpeg = find_ffmpeg(self._ffmpeg)
            return await film_card(ffmpeg, rendering.card, text, style)
        return await asyncio.to_thread(draw_card, rendering.card, text, style)


def _alt_text(task: RenderMedia, text: CardText) -> str:
    """Return what a picture shows: of a slide, the words that stand on it."""
    if not task.draft.slides:
        return task.draft.alt_text or text.headline
    said = " ".join(filter(None, (text.headline, text.detail)))
    limit = rules_for(task.channel.platform).alt_limit
    return said[:limit] if limit else ""


def _require_fit(found: Probe, platform: Platform) -> None:
    problems = problems_of(found, platform)
    if problems:
        raise MediaError(" ".join(problem.message for problem in problems))
