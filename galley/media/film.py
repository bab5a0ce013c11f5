"""Films of cards: words revealed in time, scenes that push each other out, and sound under them.

The activities that film a post and a card call it. Nothing dissolves: two texts are never in
one place. A photograph comes slowly nearer, under its words or beside them. The same input and
the same ffmpeg give the same bytes.
"""

import asyncio
import itertools
import math
import re
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from galley.media.card import CardSpec, draw_pages
from galley.media.card_words import CardText
from galley.media.confined import confined
from galley.media.errors import MediaError
from galley.media.ffmpeg import (
    BT709_TAGS,
    DECODE_ONLY,
    MP4_OPTIONS,
    TO_BT709,
    command_head,
    run_ffmpeg,
)
from galley.media.look import PLAIN_STYLE, Style
from galley.media.sound import Speech, amplified
from galley.media.sound_bed import UNDER_SPEECH, bed
from galley.media.typefaces import phrased
from galley.models.media import Change, Photo, Points

FPS = 30
PUSH = 0.3
"""Seconds in which one scene pushes the other out; both count them as theirs."""
LEAD = 0.15
"""Seconds before a speech begins: players swallow the first moment of a sound."""
_WITHIN = 300
_THREADS = "2"  # a fixed number: libx264 splits its work by it, and with it the bytes
_H264 = ("-c:v", "libx264", "-preset", "veryfast", "-crf", "18", "-g", str(2 * FPS))
_DEMUXERS = {".png": "png_pipe", ".jpg": "jpeg_pipe"}
_EVEN = "crop=trunc(iw/2)*2:trunc(ih/2)*2:0:0,"  # H.264 needs even sides
_MOST_STATES = 5
_NEARER = 0.035  # share of a photograph that goes at each edge while it is shown
_SILENTLY, _SPOKEN = 0.45, 0.8  # share of a scene in which its words appear


@dataclass(frozen=True)
class FilmScene:
    """A card and its seconds; ``revealed``: word by word, or else whole from its first frame."""

    text: CardText
    seconds: float
    revealed: bool = True


def film_seconds(scenes: Sequence[FilmScene]) -> float:
    """Return the length of a film of these scenes."""
    return sum(scene.seconds for scene in scenes) - PUSH * (len(scenes) - 1)


async def film(
    ffmpeg: str,
    spec: CardSpec,
    scenes: Sequence[FilmScene],
    style: Style = PLAIN_STYLE,
    speech: Speech | None = None,
) -> bytes:
    """Return an MP4 of ``spec``'s size. Cancelling kills ffmpeg.

    Args:
        ffmpeg: The program.
        spec: The size and margins of the cards, and the bytes at most.
        scenes: At least one, each longer than two pushes.
        style: The brand's.
        speech: Heard from :data:`LEAD` on, above the bed; ``None``: the bed alone.

    Raises:
        MediaError: A card cannot be drawn, ffmpeg failed, or the file is too big.
        MediaTimeoutError: It took longer than its limit.
    """
    share = _SPOKEN if speech else _SILENTLY
    photos = {
        at: scene.text.figure
        for at, scene in enumerate(scenes)
        if isinstance(scene.text.figure, Photo)
    }
    states = [_states(_without_picture(scene), share) for scene in scenes]
    pages = await confined(draw_pages, spec, [text for scene in states for text, _ in scene], style)
    seconds = film_seconds(scenes)
    with tempfile.TemporaryDirectory(prefix="galley-film-") as name:
        folder = Path(name)
        files = [f"{number}.png" for number in range(len(pages))]
        files += [f"{number}.jpg" for number in range(len(photos))]
        pictures = [*pages, *(photo.picture for photo in photos.values())]
        for file, data in zip(files, pictures, strict=True):
            await asyncio.to_thread((folder / file).write_bytes, data)
        await asyncio.to_thread((folder / "bed.wav").write_bytes, bed(seconds))
        if speech is not None:
            await asyncio.to_thread((folder / "speech").write_bytes, speech.data)
        frames = [[count for _, count in scene] for scene in states]
        leftwards = not _is_rtl(scenes[0].text)
        windows = {at: photo.window for at, photo in photos.items()}
        graph = _pictures(spec, frames, style, seconds, windows, leftwards=leftwards)
        await run_ffmpeg(_command(ffmpeg, files, graph, seconds, speech), _WITHIN, folder)
        made = await asyncio.to_thread((folder / "film.mp4").read_bytes)
    if len(made) > spec.max_bytes:
        raise MediaError(f"The video is larger than {spec.max_bytes:,} bytes: shorten its words.")
    return made


def _without_picture(scene: FilmScene) -> FilmScene:
    """Return a scene whose photograph ffmpeg lays under the words, or beside them."""
    if not isinstance(photo := scene.text.figure, Photo):
        return scene
    words = replace(scene.text, figure=photo.model_copy(update={"picture": b""}))
    return replace(scene, text=words)


def _states(scene: FilmScene, share: float) -> list[tuple[CardText, int]]:
    """Return what is seen of a scene, one after the other, each for so many frames."""
    text, frames = scene.text, round(scene.seconds * FPS)
    match text.figure:
        case Points(points=points):
            shown = list(range(1, len(points) + 1))
        case Change():
            shown = [0, 1]
        case _:
            words = len(re.split("[ \u200b]", phrased(text.headline, text.language)))
            count = min(_MOST_STATES, math.ceil(words / 2))
            shown = [math.ceil(words * (at + 1) / count) for at in range(count)]
    if not scene.revealed or len(shown) == 1:
        return [(text, frames)]
    each = max(2, round(frames * share / (len(shown) - 1)))
    lasting = [*[each] * (len(shown) - 1), max(1, frames - each * (len(shown) - 1))]
    texts = (replace(text, shown=count) for count in shown)
    return list(zip(texts, lasting, strict=True))


def _is_rtl(text: CardText) -> bool:
    return text.language.partition("-")[0] in {"ar", "fa", "he", "ur"}


def _pictures(
    spec: CardSpec,
    scenes: Sequence[Sequence[int]],
    style: Style,
    seconds: float,
    windows: Mapping[int, tuple[int, int] | None],
    *,
    leftwards: bool,
) -> str:
    """Return the filters from all pages to ``[film]``: stills, pushes, and the bar that grows.

    ``windows`` are those of the scenes with a photograph, ``None`` where it fills the frame; the
    photographs are inputs behind the pages. Only the frames of a push go through ``xfade``: it
    copies each frame that it lets pass.
    """
    push, last = round(PUSH * FPS), len(scenes) - 1
    uses, parts, shown = dict[int, int](), list[str](), list[str]()
    ways = style.tokens.cuts if leftwards else style.tokens.cuts[::-1]

    whole = [sum(frames) for frames in scenes]
    owner = [scene for scene, frames in enumerate(scenes) for _ in frames]
    inputs = {scene: len(owner) + at for at, scene in enumerate(windows)}

    def still(page: int, frames: int, name: str, moved: str = "") -> None:
        """Add the filters of a picture that is shown for so many frames."""
        label = f"page{page}_{uses.setdefault(page, 0)}"
        uses[page] += 1
        parts.append(
            f"[{label}]loop=loop=-1:size=1,fps={FPS},trim=end_frame={frames},"
            # Since ffmpeg 7.1 setpts forgets the frame rate, and xfade needs one.
            f"setpts=PTS-STARTPTS,fps={FPS}{moved}[{name}]"
        )

    def piece(name: str, stills: Sequence[tuple[int, int]], begin: int) -> str:
        """Add the filters of pages that are shown one after the other; return their name.

        ``begin`` is the first of their frames in their scene.
        """
        labels = [f"{name}_{at}" for at in range(len(stills))]
        for label, (page, frames) in zip(labels, stills, strict=True):
            still(page, frames, label)
        scene = owner[stills[0][0]]
        words = f"{name}words" if scene in windows else name
        joint = "".join(f"[{label}]" for label in labels)
        parts.append(f"{joint}concat=n={len(labels)}:v=1:a=0,fps={FPS}[{words}]")
        if scene in windows:
            frames, moved = sum(count for _, count in stills), _nearer(begin, whole[scene])
            still(inputs[scene], frames, f"{name}photo", f",{moved}")
            layers, across = (f"{name}photo", words), "0"
            if window := windows[scene]:
                layers = layers[::-1]
                across = "0" if window[0] == spec.width or not leftwards else "W-w"
            laid = f"overlay={across}:0,format=yuv420p"
            parts.append(f"[{layers[0]}][{layers[1]}]{laid}[{name}]")
        return f"[{name}]"

    at, tail = 0, list[tuple[int, int]]()
    for number, states in enumerate(scenes):
        stills, at = list(enumerate(states, at)), at + len(states)
        if number:
            head, stills = _cut(stills, push)
            way = ways[number % len(ways)]
            way = way if leftwards else way.replace("left", "right")
            both = piece(f"out{number}", tail, whole[number - 1] - push)
            both += piece(f"in{number}", head, 0)
            parts.append(f"{both}xfade=transition={way}:duration={PUSH:g}:offset=0[push{number}]")
            shown.append(f"[push{number}]")
        if number < last:
            stills, tail = _cut(stills, sum(frames for _, frames in stills) - push)
        if stills:
            shown.append(piece(f"scene{number}", stills, push if number else 0))
    # Words over a photograph are drawn on nothing.
    bare = {page for page, scene in enumerate(owner) if windows.get(scene, ()) is None}
    decoded = [
        f"[{page}:v]{_EVEN}{TO_BT709},format={'yuva420p' if page in bare else 'yuv420p'},"
        f"setsar=1,split={count}" + "".join(f"[page{page}_{use}]" for use in range(count))
        for page, count in uses.items()
    ]
    parts = [*decoded, *parts, f"{''.join(shown)}concat=n={len(shown)}:v=1:a=0,fps={FPS}[cut]"]
    colour = style.palette.accent.replace("#", "0x")
    high = max(2, 2 * round(spec.height / 320))
    parts += [
        f"color=c={colour}:s={spec.width}x{high}:r={FPS},format=yuv420p[bar]",
        f"[cut][bar]overlay=x='-w+w*t/{seconds:.3f}':y=0:shortest=1,{BT709_TAGS}[film]",
    ]
    return ";".join(parts)


def _nearer(begin: int, frames: int) -> str:
    """Return the filter by which a photograph comes nearer, from a frame of its scene on.

    ``perspective`` moves by parts of a pixel; ``zoompan`` trembles.
    """
    gone = f"{_NEARER:g}*(on+{begin})/{frames}"
    edges = (("", ""), ("W-", ""), ("", "H-"), ("W-", "H-"))
    points = ":".join(
        f"x{at}='{across}W*{gone}':y{at}='{down}H*{gone}'"
        for at, (across, down) in enumerate(edges)
    )
    return f"perspective={points}:eval=frame"


def _cut(
    stills: Sequence[tuple[int, int]], frames: int
) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    """Return pages and their frames up to a frame, and those from it on."""
    before, after = list[tuple[int, int]](), list[tuple[int, int]]()
    for page, count in stills:
        early = max(0, min(count, frames))
        frames -= early
        before += [(page, early)] if early else []
        after += [(page, count - early)] if count > early else []
    return before, after


def _command(
    ffmpeg: str, files: Sequence[str], graph: str, seconds: float, speech: Speech | None
) -> list[str]:
    pages = len(files)
    # fmt: off
    cards = itertools.chain.from_iterable(
        # One picture each: further threads would decode nothing.
        ("-threads", "1", "-protocol_whitelist", "file", "-f", _DEMUXERS[Path(file).suffix],
         "-i", f"file:{file}")
        for file in files
    )
    heard = ["-protocol_whitelist", "file", "-f", "wav", "-i", "file:bed.wav"]
    if speech is None:
        sound = f"[{pages}:a:0]anull[heard]"
    else:
        heard += [
            "-protocol_whitelist", "file", *DECODE_ONLY, "-f", speech.demuxer, "-i", "file:speech"
        ]
        loud = amplified(speech.gain) if speech.gain else "aformat=channel_layouts=stereo"
        sound = (
            f"[{pages + 1}:a:0]{loud},aresample=48000,adelay={round(LEAD * 1000)}:all=1,apad,"
            f"atrim=duration={seconds:.3f},asetpts=PTS-STARTPTS[said];"
            f"[{pages}:a:0]volume={UNDER_SPEECH}dB[under];"
            "[said][under]amix=inputs=2:duration=first:normalize=0[heard]"
        )
    return [
        *command_head(ffmpeg, 2 * _WITHIN, "error"),
        "-filter_threads", _THREADS, "-filter_complex_threads", _THREADS,
        *cards, *heard, "-filter_complex", f"{graph};{sound}",
        "-map", "[film]", "-map", "[heard]",
        "-t", f"{seconds:.3f}", "-r", str(FPS), *_H264, "-pix_fmt", "yuv420p",
        "-c:a", "aac", "-b:a", "128k", "-threads", _THREADS,
        *MP4_OPTIONS, "file:film.mp4",
    ]
    # fmt: on
