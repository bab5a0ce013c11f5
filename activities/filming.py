"""Film the words of a draft into private staging."""

import asyncio
from dataclasses import replace
from urllib.parse import urlsplit

from temporalio import activity

from activities.beating import beating
from activities.brands import Brands
from activities.interfaces import FilmingActivities
from activities.recording_errors import translated
from activities.staging import stage
from galley.clients.storage import ObjectStore
from galley.media.captions import Frame
from galley.media.card import CardFormat, CardSpec, CardText, Margin, draw_card
from galley.media.film import Bar, film_cards
from galley.media.fit import is_signed
from galley.media.lettering import drawable, shortened
from galley.media.probe import probe
from galley.media.scenes import END_SECONDS, Scene, scenes_of
from galley.media.style import Style
from galley.media.video import find_ffmpeg
from galley.models import RenderMedia, RenderReply, SourceRef

_MOST_CARD_BYTES = 20_000_000
_HEADLINE, _SIGNATURE, _ORIGIN = 120, 40, 46
_SILENT = "The film is silent: choose music in the app, if you want any."


class Filming(FilmingActivities):
    """Films cards, one film at a time.

    Args:
        state: The private state bucket.
        ffmpeg: The program; ``None``: what is found.
        frame: Pixels of a film.
    """

    def __init__(
        self,
        state: ObjectStore,
        ffmpeg: str | None = None,
        frame: Frame | None = None,
    ) -> None:
        self._state = state
        self._ffmpeg = ffmpeg
        self._frame = frame or Frame()
        self._brands = Brands(state)
        self._turn = asyncio.Lock()

    @activity.defn
    async def film_short(self, task: RenderMedia) -> RenderReply:
        """Film the draft: hook, sentences, and where it is from.

        Safe to repeat: the same draft gives the same bytes under the same name.

        Raises:
            ApplicationError: See ``recording_errors``.
        """
        with translated():
            async with beating(), self._turn:
                style = await self._brands.style_of(task.persona)
                signed = is_signed(task.channel.platform)
                if not signed:
                    style = replace(style, logo=b"")
                language = task.source.language or "en"
                scenes = await asyncio.to_thread(scenes_of, task.draft, language)
                signature = task.channel.name if signed else ""
                cards = await asyncio.to_thread(
                    self._cards, scenes, task.source, signature, style
                )
                shown = [*(scene.seconds for scene in scenes), END_SECONDS]
                ffmpeg = find_ffmpeg(self._ffmpeg)
                bar = Bar(
                    self._frame.width,
                    max(2, 2 * round(self._frame.height / 320)),
                    style.palette.accent,
                )
                data = await film_cards(ffmpeg, cards, shown, bar)
                found = await asyncio.to_thread(probe, data)
                asset = await stage(self._state, data, found)
        return RenderReply(assets=(asset,), notes=(_SILENT,))

    def _cards(
        self, scenes: list[Scene], source: SourceRef, signature: str, style: Style
    ) -> list[bytes]:
        language = source.language or "en"
        texts = [CardText(scene.text, language=language) for scene in scenes]
        site = (urlsplit(source.link or "").hostname or "").removeprefix("www.")
        title = shortened(drawable(source.title[:1000]), _HEADLINE)
        texts.append(
            CardText(
                title or scenes[0].text,
                shortened(drawable(signature), _SIGNATURE),
                shortened(drawable(site), _ORIGIN),
                language,
            )
        )
        return [draw_card(self._spec, text, style) for text in texts]

    @property
    def _spec(self) -> CardSpec:
        width, height = self._frame.width, self._frame.height
        top, side, foot = round(height * 0.135), self._frame.side, self._frame.foot
        margin = Margin(top, side, foot, side)
        return CardSpec(width, height, margin, _MOST_CARD_BYTES, CardFormat.PNG)
