"""The activities ``choose_clips`` and ``cut_clip``; PostWorkflow and ClipsWorkflow call them."""

import asyncio
import hashlib
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from pydantic import ValidationError
from temporalio import activity

from activities.edge import heartbeating
from activities.interfaces import ClippingActivities
from activities.media.brands import Brands
from activities.media.films import film_card_spec
from activities.sources.documents import stored_document
from activities.sources.recordings import RecordingCache, recordings_web
from activities.sources.transcription import translated
from activities.staging import stage
from galley.clients.storage import ObjectStore
from galley.media.captions import SPOKEN, CaptionFont, Frame, captions_of, font_in, require_letters
from galley.media.card import CardFormat, CardSpec, Margin, draw_card, without_room
from galley.media.card_words import CardText, site_of
from galley.media.clip import HOOK_SECONDS, ClipPlan, cut_clip
from galley.media.confined import confined
from galley.media.edges import read_words, snapped, untied
from galley.media.errors import MediaError
from galley.media.ffmpeg import find_ffmpeg
from galley.media.layout import Ground, Layout
from galley.media.look import PLAIN_STYLE, Style, contrast, paler
from galley.media.moments import ClipLimits, choose_moments
from galley.media.probe import probe
from galley.media.recording import seconds_of
from galley.media.typefaces import drawable, shortened
from galley.models.media import ChooseClips, ChosenClips, Clip, ClipReply, CutClip
from galley.models.source import SourceDocument
from galley.networks.graphemes import count_graphemes
from galley.settings import Settings
from galley.sources.recordings import require_within
from galley.sources.spoken_words import Said, joined, sentences_of, timed_words
from galley.sources.text import SourceError

# Version of the cutting; a new one leaves the stored clips unused.
_VERSION = "10"
_HEADLINE, _ORIGIN = 160, 46
# Graphemes of the title over a clip's beginning: it is read in two seconds.
_SHORTEST_HOOK, _LONGEST_HOOK, _LONGEST_OPENING = 12, 64, 90
_NO_RECORDING = "The source is no recording that was transcribed, so no clip can be cut of it."
# Ends the note of a clip that has no captions.
_BARE = "The clip has none."
_SAID_AT_LEAST = HOOK_SECONDS - 0.4  # seconds of what a title says, for it to be its own caption
# Contrast of the spoken word with its black edge, and with the white words around it.
_LEAST_SEEN, _LEAST_APART = 7.0, 1.4
_ASKS = ("?", "\N{FULLWIDTH QUESTION MARK}", "\N{ARABIC QUESTION MARK}")
_JSON = "application/json"
_SILENT = "Nobody speaks for long enough in the recording to make a clip."


class Clipping(ClippingActivities):
    """Cuts clips, one at a time, into the private state bucket.

    Args:
        state: The state bucket: ``sources/`` and ``uploads/`` in; ``staging/``,
            ``recordings/`` and ``clips/`` out.
        settings: Name ffmpeg, the width of a clip, and the private hosts that may be fetched.
        frame: Pixels of a clip; by default those of the settings.
    """

    def __init__(self, state: ObjectStore, settings: Settings, frame: Frame | None = None) -> None:
        self._state = state
        self._ffmpeg = settings.ffmpeg
        self._frame = frame or Frame.across(settings.film_width)
        self._turn = asyncio.Lock()
        self._brands = Brands(state)
        self._cache = RecordingCache(state, recordings_web(settings))

    @activity.defn
    async def choose_clips(self, task: ChooseClips) -> ChosenClips:
        """Choose moments of a recording by its transcript.

        Safe to repeat: the same transcript gives the same moments.

        Raises:
            ApplicationError: As :func:`~activities.sources.transcription.translated`.
        """
        with translated():
            async with heartbeating():
                document = await self._document(task.source)
                if document.heard is None:
                    return ChosenClips(note=_NO_RECORDING)
                wanted = ClipLimits(task.count, task.least, task.most, task.texts)
                clips = await asyncio.to_thread(
                    choose_moments, document.cues, wanted, document.language or ""
                )
        return ChosenClips(clips=clips, note="" if clips else _SILENT)

    @activity.defn
    async def cut_clip(self, task: CutClip) -> ClipReply:
        """Cut a clip, unless the same one was cut before.

        Safe to repeat: the same edges give the same bytes, and so the same name.

        Raises:
            ApplicationError: As :func:`~activities.sources.transcription.translated`.
        """
        with translated():
            async with heartbeating():
                kept = await self._kept(task)
                if kept and not any(note.endswith(_BARE) for note in kept.notes):
                    return kept
                document = await self._document(task.source)
                # A clip without captions is cut again once this machine has fonts for them.
                if kept:
                    clip, frame = kept.clip, self._frame
                    _, notes = await asyncio.to_thread(
                        _captions, document, clip, frame, PLAIN_STYLE, None
                    )
                    if notes:
                        return kept
                if document.heard is None:
                    raise SourceError(_NO_RECORDING)
                lent = self._cache.lent(document.heard, task.source)
                async with lent as recording, self._turn:
                    # Another post of the campaign may have cut the same clip meanwhile.
                    again = await self._kept(task)
                    if again and again != kept:
                        return again
                    return await self._cut(task, document, recording)

    async def _kept(self, task: CutClip) -> ClipReply | None:
        data = await self._state.get(_kept_as(task, self._frame))
        try:
            reply = ClipReply.model_validate_json(data) if data else None
        except ValidationError:
            return None
        if reply and await self._state.exists(reply.asset.staged_as):
            return reply
        return None

    async def _cut(self, task: CutClip, document: SourceDocument, recording: Path) -> ClipReply:
        clip = task.clip
        # The edges that a person gave may lie in the midst of a word; chosen ones do not.
        if not clip.reasons:
            start, end = snapped(document.cues, clip.start, clip.end)
            clip = clip.model_copy(update={"start": start, "end": end})
        if document.is_given and (seconds := await confined(seconds_of, recording)) is not None:
            # A person's transcript may be that of another, longer recording.
            require_within(document.cues, seconds, "The transcript")
            clip = clip.model_copy(update={"end": min(clip.end, seconds)})
        style, frame = await self._brands.style_of(task.persona), self._frame
        font = await _font_of(style)
        hook, covers = await _hook_card(document, clip, frame, style)
        hidden = HOOK_SECONDS if covers else 0.0
        captions, notes = await asyncio.to_thread(
            _captions, document, clip, frame, style, font, hidden
        )
        brand = task.persona.brand if task.persona else ""
        plan = ClipPlan(
            clip.start,
            clip.seconds,
            captions,
            await _end_card(document, frame, style, brand),
            hook,
            covers,
            font.file if font else None,
            _accent(style),
            task.framing,
            frame,
        )
        with tempfile.TemporaryDirectory(prefix="galley-clip-") as folder:
            film = Path(folder) / "clip.mp4"
            pale = await cut_clip(find_ffmpeg(self._ffmpeg), recording, plan, film)
            data = await asyncio.to_thread(film.read_bytes)
        asset = await stage(self._state, data, await confined(probe, data))
        reply = ClipReply(clip=clip, asset=asset, notes=(*notes, *filter(None, [pale])))
        kept = reply.model_dump_json().encode()
        name = _kept_as(task, self._frame)
        if not await self._state.put_if_absent(name, kept, _JSON):
            # An entry without captions, or whose clip was collected, gives way.
            _, version = await self._state.read_versioned(name)
            await self._state.replace(name, kept, _JSON, version)
        return reply

    async def _document(self, sha256: str) -> SourceDocument:
        return await stored_document(self._state, sha256, SourceError)


def _kept_as(task: CutClip, frame: Frame) -> str:
    said = f"{_VERSION} {frame.width} {task.model_dump_json()}".encode()
    return f"clips/{hashlib.sha256(said).hexdigest()}.json"


async def _font_of(style: Style) -> CaptionFont | None:
    """Return the brand's own font for captions, if it brings one that can be read."""
    found = await confined(font_in, style.fonts) if style.fonts else None
    if found is None:
        return None
    name, scale, is_bold, letters, file = found
    return CaptionFont(name, scale, is_bold, frozenset(letters), Path(file))


def _captions(
    document: SourceDocument,
    clip: Clip,
    frame: Frame,
    style: Style,
    font: CaptionFont | None,
    hidden: float = 0.0,
) -> tuple[str, tuple[str, ...]]:
    """Return the captions of a clip; without fonts for them, none and a note.

    ``hidden`` are the seconds in which the title stands in their place.
    """
    language, inside = document.language or "en", _read(document, clip)
    try:
        require_letters(inside, font)
    except MediaError as error:
        return "", (f"{error} {_BARE}",)
    spoken = _accent(style)
    captions = captions_of(
        inside, clip.start, clip.end, frame, language, spoken, font, begin=hidden
    )
    return captions, ()


def _read(document: SourceDocument, clip: Clip) -> list[Said]:
    """Return the words of a clip as they are read: whole, where no language is known."""
    words = timed_words(document.cues)
    return [*read_words(words, clip.start, clip.end, document.language or "")]


def _accent(style: Style) -> str:
    """Return the brand's accent as it is seen on black: letters stand on a black edge.

    One that is too dark becomes paler; one that would be white among white words is no colour.
    """
    seen = paler(style.palette.accent, _LEAST_SEEN)
    is_apart = contrast(seen, "#ffffff") >= _LEAST_APART
    return seen if style != PLAIN_STYLE and is_apart else SPOKEN


async def _end_card(
    document: SourceDocument, frame: Frame, style: Style, brand: str
) -> bytes | None:
    """Return the last picture of a clip: the title and the site of the recording, or the brand."""
    title = shortened(drawable(document.title[:1000]), _HEADLINE)
    # The name of a file, such as "talk-final2", is no title.
    headline, signature = (title, brand) if " " in title else (brand, "")
    text = CardText(
        headline=headline,
        signature=drawable(signature),
        act=shortened(site_of(document.link), _ORIGIN),
        language=document.language or "en",
        layout=Layout("middle", "start", _first_ground(style)),
    )
    return await _picture(film_card_spec(frame), text, style) if headline else None


async def _hook_card(
    document: SourceDocument, clip: Clip, frame: Frame, style: Style
) -> tuple[bytes | None, bool]:
    """Return the title over the beginning of a clip.

    And whether it takes the place of the captions: those would say the same.
    """
    language = document.language or "en"
    hook, is_first = _title_of(_read(document, clip), clip.start, language)
    if not hook:
        return None, False
    width = 2 * round((frame.width - 2 * frame.side) / 2)
    edge = round(frame.width * 0.045)
    spec = CardSpec(
        width,
        2 * round(frame.height * 0.075),
        Margin(edge, edge, edge, edge),
        20_000_000,
        CardFormat.PNG,
    )
    plain = replace(style, logo=b"", tokens=replace(style.tokens, rule="none"))
    layout = Layout("middle", "start", _first_ground(style))
    text = CardText(hook, language=language, layout=layout)
    drawn = await _picture(spec, text, plain)
    if drawn is None:
        return None, False
    return await asyncio.to_thread(without_room, drawn, edge * 3 // 4), is_first


def _title_of(inside: Sequence[Said], start: float, language: str) -> tuple[str, bool]:
    """Return the sentence that asks, or the first short one; and whether it is said at once.

    A question that opens the clip may be longer: it is heard while it is read.
    """
    sentences = sentences_of(inside, language)
    said = [
        untied(drawable(joined([word.text for word in inside[one.first : one.last + 1]])), language)
        for one in sentences
    ]
    short = [one for one in said if _SHORTEST_HOOK <= count_graphemes(one) <= _LONGEST_HOOK]
    asked = [one for one in short if one.endswith(_ASKS)]
    opening = [one for one in said[:1] if one.endswith(_ASKS)]
    heard = [one for one in opening if _SHORTEST_HOOK <= count_graphemes(one) <= _LONGEST_OPENING]
    hook = next(iter((*heard, *asked, *short)), "")
    is_first = bool(hook) and hook == said[0]
    return hook, is_first and inside[sentences[0].last].end - start >= _SAID_AT_LEAST


def _first_ground(style: Style) -> Ground:
    """Return the ground of a brand's colour."""
    grounds = (one.ground for one in style.tokens.layouts)
    return next((one for one in grounds if one is not Ground.PAPER), Ground.INK)


async def _picture(spec: CardSpec, text: CardText, style: Style) -> bytes | None:
    try:
        return await confined(draw_card, spec, text, style)
    except MediaError:
        # A note of the captions names missing letters; the clip goes without the picture.
        return None
