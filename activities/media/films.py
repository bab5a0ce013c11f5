"""The activity ``film_short``: a film of a draft's sentences, silent or narrated.

PostWorkflow calls it.
"""

import asyncio
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

from temporalio import activity

from activities.edge import heartbeating
from activities.interfaces import FilmingActivities
from activities.media.brands import Brands
from activities.sources.transcription import translated
from activities.staging import is_staged, stage
from galley.clients.storage import ObjectStore
from galley.media.captions import Frame
from galley.media.card import CardFormat, CardSpec, CardText, Margin, draw_card
from galley.media.confined import confined
from galley.media.errors import MediaError
from galley.media.ffmpeg import find_ffmpeg
from galley.media.film import FADE, LEAD, ProgressBar, film_cards
from galley.media.look import Style
from galley.media.probe import probe
from galley.media.scenes import END_SECONDS, Scene, scenes_of, spoken_scenes, timed
from galley.media.sound import Speech, listen, measured
from galley.media.typefaces import drawable, shortened
from galley.models.media import StagedAsset
from galley.models.media_orders import RenderMedia, RenderReply
from galley.models.source import SourceRef
from galley.networks.registry import rules_for

# No network's limit: the cards of a film stay on this machine.
_MOST_CARD_BYTES = 20_000_000
_HEADLINE, _SIGNATURE, _ORIGIN = 120, 40, 46
_SILENT = "The film is silent: choose music in the app, if you want any."


def film_card_spec(frame: Frame) -> CardSpec:
    """Return the size of a card in a film, with margins where apps lay no buttons."""
    margin = Margin(round(frame.height * 0.135), frame.side, frame.foot, frame.side)
    # Lossless: ffmpeg encodes the card into the film.
    return CardSpec(frame.width, frame.height, margin, _MOST_CARD_BYTES, CardFormat.PNG)


def site_of(link: str | None) -> str:
    """Return the host of an address, as a card shows it."""
    return (urlsplit(link or "").hostname or "").removeprefix("www.")


class Filming(FilmingActivities):
    """Films cards, one film at a time: an encode fills the machine.

    Args:
        state: The state bucket.
        ffmpeg: The program; by default the one on the PATH, or the bundled one.
        frame: Pixels of a film.
    """

    def __init__(
        self, state: ObjectStore, ffmpeg: str | None = None, frame: Frame | None = None
    ) -> None:
        self._state = state
        self._ffmpeg = ffmpeg
        self._frame = frame or Frame()
        self._brands = Brands(state)
        self._turn = asyncio.Lock()

    @activity.defn
    async def film_short(self, task: RenderMedia) -> RenderReply:
        """Film the draft: its hook, its sentences, and a last card with title and site.

        Safe to repeat: the same draft gives the same bytes, and so the same name.

        Raises:
            ApplicationError: As :func:`~activities.sources.transcription.translated`.
        """
        with translated():
            async with heartbeating(), self._turn:
                style = await self._brands.style_of(task.options.persona)
                signed = rules_for(task.channel.platform).lets_sign
                if not signed:
                    style = replace(style, logo=b"")
                language = task.source.language or "en"
                ffmpeg = find_ffmpeg(self._ffmpeg)
                speech = await self._speech(ffmpeg, task.narration)
                choose = scenes_of if speech is None else spoken_scenes
                scenes = await asyncio.to_thread(choose, task.draft, language)
                signature = task.channel.name if signed else ""
                cards = await self._cards(scenes, task.source, signature, style)
                shown = [*_shown(scenes, speech), END_SECONDS]
                bar = ProgressBar(
                    self._frame.width,
                    max(2, 2 * round(self._frame.height / 320)),
                    style.palette.accent,
                )
                data = await film_cards(ffmpeg, cards, shown, bar, speech)
                found = await confined(probe, data)
                asset = await stage(self._state, data, found)
        notes = () if speech else (_SILENT,)
        return RenderReply(assets=(asset,), notes=notes)

    async def _speech(self, ffmpeg: str, sound: StagedAsset | None) -> Speech | None:
        if sound is None:
            return None
        data = None
        if is_staged(sound.staged_as):
            data = await self._state.get(sound.staged_as)
        if data is None:
            raise MediaError("The narration is gone from staging: regenerate the post.")
        found = await confined(listen, data)
        with tempfile.TemporaryDirectory(prefix="galley-speech-") as name:
            return await measured(ffmpeg, data, found.duration or 0, Path(name))

    async def _cards(
        self, scenes: list[Scene], source: SourceRef, signature: str, style: Style
    ) -> list[bytes]:
        language = source.language or "en"
        texts = [CardText(scene.text, language=language) for scene in scenes]
        title = shortened(drawable(source.title[:1000]), _HEADLINE)
        # The last card: the title, the channel, and the site of the source.
        texts.append(
            CardText(
                title or scenes[0].text,
                shortened(drawable(signature), _SIGNATURE),
                shortened(drawable(site_of(source.link)), _ORIGIN),
                language,
            )
        )
        spec = film_card_spec(self._frame)
        drawn = (confined(draw_card, spec, text, style) for text in texts)
        return await asyncio.gather(*drawn)


def _shown(scenes: list[Scene], speech: Speech | None) -> Iterator[float]:
    """Yield the seconds of each card; a fade counts for both of its cards."""
    if speech is None:
        yield from (scene.seconds for scene in scenes)
        return
    spoken = timed(scenes, speech.seconds, speech.pauses)
    for number, scene in enumerate(spoken):
        # Half of a fade lies before the moment between two scenes, half after it.
        first = LEAD - FADE / 2 if number == 0 else 0
        yield scene.seconds + FADE + first
