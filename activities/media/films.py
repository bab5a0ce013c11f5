"""The activity ``film_short``: a film of a draft's sentences, narrated or not.

PostWorkflow calls it.
"""

import asyncio
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from temporalio import activity

from activities.edge import heartbeating
from activities.interfaces import FilmingActivities
from activities.media.brands import Brands
from activities.sources.transcription import translated
from activities.staging import is_staged, stage
from galley.clients.storage import ObjectStore
from galley.media.captions import Frame
from galley.media.card import CardFormat, CardSpec, Margin
from galley.media.card_words import CardText, credit_of, site_of
from galley.media.confined import confined
from galley.media.errors import MediaError
from galley.media.ffmpeg import find_ffmpeg
from galley.media.film import LEAD, PUSH, FilmScene, film
from galley.media.layout import Layout, figure_of
from galley.media.look import Style
from galley.media.photos import photo_on
from galley.media.probe import probe
from galley.media.scenes import END_SECONDS, Scene, scenes_of, spoken_scenes, timed
from galley.media.sound import Speech, listen, measured
from galley.media.typefaces import drawable, shortened
from galley.models.media import StagedAsset
from galley.models.media_orders import RenderMedia, RenderReply
from galley.models.source import SourceRef
from galley.networks.registry import rules_for

# Below the least limit of any network, for a minute.
_MOST_BYTES = 95_000_000
_HEADLINE, _SIGNATURE, _ORIGIN = 120, 40, 46
_MOST_PHOTOS = 4  # in a film; more would leave no scene without
_UNSPOKEN = "Under the film is a quiet sound of its own: choose music in the app for another."


def film_card_spec(frame: Frame) -> CardSpec:
    """Return the size of a card in a film, with margins where apps lay no buttons."""
    margin = Margin(round(frame.height * 0.135), frame.side, frame.foot, frame.side)
    return CardSpec(frame.width, frame.height, margin, _MOST_BYTES, CardFormat.PNG)


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
                shown = _shown(scenes, speech)
                cards = film_scenes(shown, task.source, signature, style)
                cards, notes = await self._on_photos(task, cards)
                data = await film(ffmpeg, film_card_spec(self._frame), cards, style, speech)
                found = await confined(probe, data)
                asset = await stage(self._state, data, found)
        return RenderReply(assets=(asset,), notes=(*notes, *(() if speech else (_UNSPOKEN,))))

    async def _on_photos(
        self, task: RenderMedia, cards: list[FilmScene]
    ) -> tuple[list[FilmScene], tuple[str, ...]]:
        """Return the scenes of words in turn with a photograph of the source and without.

        Those of a number, a change or a quotation and the last one have none.
        """
        plain = [at for at, card in enumerate(cards[:-1]) if card.text.figure is None]
        made, notes = list(cards), list[str]()
        places = iter(plain[::2][:_MOST_PHOTOS])
        at = next(places, None)
        for asset in task.photos:
            if at is None:
                break
            data = is_staged(asset.staged_as) and await self._state.get(asset.staged_as)
            try:
                figure = await photo_on(data or b"", film_card_spec(self._frame), Layout())
            except MediaError as error:
                notes.append(f"A picture of the source is not in the film. {error}")
                continue
            shown = replace(cards[at].text, figure=figure, origin=credit_of(asset.credit))
            made[at] = replace(cards[at], text=shown)
            at = next(places, None)
        return made, tuple(dict.fromkeys(notes))

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


def film_scenes(
    scenes: Sequence[Scene],
    source: SourceRef,
    signature: str,
    style: Style,
    cover: CardText | None = None,
) -> list[FilmScene]:
    """Return the scenes of a film: the first is whole at once, and the last asks for one act.

    Args:
        scenes: The words and their seconds.
        source: The last scene has its title and site.
        signature: The channel's name, or nothing.
        style: The brand's; the grounds of its layouts take turns.
        cover: The first scene, in place of its words alone.
    """
    language, layouts = source.language or "en", style.tokens.layouts
    made = list[FilmScene]()
    for number, scene in enumerate(scenes):
        said, figure = figure_of(scene.text)
        layout = Layout("middle", layouts[0].align, layouts[number % len(layouts)].ground)
        text = CardText(said, language=language, figure=figure, layout=layout)
        if number == 0 and cover is not None:
            text = cover
        made.append(FilmScene(text, scene.seconds, revealed=number > 0))
    title = shortened(drawable(source.title[:1000]), _HEADLINE)
    end = CardText(
        title or scenes[0].text,
        shortened(drawable(signature), _SIGNATURE),
        language=language,
        act=shortened(site_of(source.link), _ORIGIN),
        layout=Layout("middle", layouts[0].align, layouts[1].ground),
    )
    return [*made, FilmScene(end, END_SECONDS, revealed=False)]


def _shown(scenes: Sequence[Scene], speech: Speech | None) -> list[Scene]:
    """Return the scenes with the seconds of each card; a push counts for both of its cards."""
    if speech is None:
        return list(scenes)
    spoken = timed(scenes, speech.seconds, speech.pauses)
    # Half of a push lies before the moment between two scenes, half after it.
    return [
        replace(scene, seconds=scene.seconds + PUSH + (0 if number else LEAD - PUSH / 2))
        for number, scene in enumerate(spoken)
    ]
