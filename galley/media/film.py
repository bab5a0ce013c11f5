"""Films of cards: one silent card with a moving bar, or several with a speech under them.

The activity that films a post calls it. The same input and the same ffmpeg give the same bytes.
"""

import asyncio
import itertools
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from galley.media.card import Bar, CardSpec, CardText, draw_page
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

SECONDS = 7
FPS = 30
FADE = 0.3
"""Seconds in which one card becomes the next; both count them as theirs."""
LEAD = 0.15
"""Seconds before a speech begins: players swallow the first moment of a sound."""
_CARD_WITHIN = 120
_CARDS_WITHIN = 300
_THREADS = "2"  # a fixed number: libx264 splits its work by it, and with it the bytes
_H264 = ("-c:v", "libx264", "-preset", "veryfast", "-crf", "18", "-g", str(2 * FPS))


async def film_card(
    ffmpeg: str, spec: CardSpec, text: CardText, style: Style = PLAIN_STYLE
) -> bytes:
    """Return a silent MP4 of the card, of ``spec``'s size and ``SECONDS`` long.

    Cancelling kills ffmpeg.

    Raises:
        MediaError: The card cannot be drawn, ffmpeg failed, or the file is too big.
        MediaTimeoutError: ffmpeg took longer than its limit.
    """
    first, last = await asyncio.gather(
        confined(draw_page, spec, text, Bar.SHORT, style),
        confined(draw_page, spec, text, Bar.FULL, style),
    )
    with tempfile.TemporaryDirectory(prefix="galley-film-") as name:
        folder = Path(name)
        (folder / "first.png").write_bytes(first)
        (folder / "last.png").write_bytes(last)
        await run_ffmpeg(_card_command(ffmpeg, folder), _CARD_WITHIN)
        film = (folder / "film.mp4").read_bytes()
    if len(film) > spec.max_bytes:
        raise MediaError(
            f"The video is larger than {spec.max_bytes:,} bytes: shorten its headline."
        )
    return film


def _card_command(ffmpeg: str, folder: Path) -> list[str]:
    still = f"format=yuv420p,loop=loop=-1:size=1,fps={FPS}"
    wipe = f"xfade=transition=wiperight:duration={SECONDS - 0.4:g}:offset=0.2"
    filters = (
        f"[0:v]{TO_BT709},{still}[first];[1:v]{TO_BT709},{still}[last];"
        f"[first][last]{wipe},{BT709_TAGS}[film]"
    )
    # fmt: off
    return [
        *command_head(ffmpeg, _CARD_WITHIN, "error"),
        "-protocol_whitelist", "file,pipe", "-i", f"file:{folder / 'first.png'}",
        "-protocol_whitelist", "file,pipe", "-i", f"file:{folder / 'last.png'}",
        "-f", "lavfi", "-i", "anullsrc=sample_rate=44100:channel_layout=stereo",
        "-filter_complex", filters, "-map", "[film]", "-map", "2:a",
        "-t", str(SECONDS), "-r", str(FPS), *_H264, "-pix_fmt", "yuv420p",
        "-c:a", "aac", "-b:a", "64k",
        "-threads", "1", "-filter_threads", "1", "-filter_complex_threads", "1",
        *MP4_OPTIONS, f"file:{folder / 'film.mp4'}",
    ]
    # fmt: on


@dataclass(frozen=True)
class ProgressBar:
    """The bar that grows at the upper edge, in pixels; ``colour`` is ``#rrggbb``."""

    width: int
    height: int
    colour: str


def film_seconds(shown: Sequence[float]) -> float:
    """Return the length of a film whose cards are shown for so many seconds each."""
    return sum(shown) - FADE * (len(shown) - 1)


async def film_cards(
    ffmpeg: str,
    cards: Sequence[bytes],
    shown: Sequence[float],
    bar: ProgressBar,
    speech: Speech | None = None,
) -> bytes:
    """Return an MP4 of PNG cards of one size, each for its seconds.

    Cancelling kills ffmpeg.

    Args:
        ffmpeg: The program.
        cards: At least one PNG.
        shown: Seconds for each, more than :data:`FADE`.
        bar: The bar over all cards.
        speech: The sound from :data:`LEAD` on; ``None``: the film is silent.

    Raises:
        MediaError: ffmpeg failed.
        MediaTimeoutError: It took longer than its limit.
    """
    with tempfile.TemporaryDirectory(prefix="galley-film-") as name:
        folder = Path(name)
        for number, card in enumerate(cards):
            await asyncio.to_thread((folder / f"{number}.png").write_bytes, card)
        if speech is not None:
            await asyncio.to_thread((folder / "speech").write_bytes, speech.data)
        await run_ffmpeg(_cards_command(ffmpeg, shown, bar, speech), _CARDS_WITHIN, folder)
        return await asyncio.to_thread((folder / "film.mp4").read_bytes)


def _cards_command(
    ffmpeg: str, shown: Sequence[float], bar: ProgressBar, speech: Speech | None
) -> list[str]:
    # fmt: off
    cards = itertools.chain.from_iterable(
        ("-protocol_whitelist", "file", "-f", "png_pipe", "-i", f"file:{number}.png")
        for number in range(len(shown))
    )
    heard = ["-f", "lavfi", "-i", "anullsrc=sample_rate=48000:channel_layout=stereo"]
    graph, sound, bits = _cards_graph(shown, bar), f"{len(shown)}:a", "64k"
    seconds = f"{film_seconds(shown):.3f}"
    if speech is not None:
        local = ["-protocol_whitelist", "file", *DECODE_ONLY]
        heard = [*local, "-f", speech.demuxer, "-i", "file:speech"]
        loud = amplified(speech.gain) if speech.gain else "aformat=channel_layouts=stereo"
        graph += (
            f";[{sound}:0]{loud},aresample=48000,adelay={round(LEAD * 1000)}:all=1,apad,"
            f"atrim=duration={seconds},asetpts=PTS-STARTPTS[said]"
        )
        sound, bits = "[said]", "128k"
    return [
        *command_head(ffmpeg, 2 * _CARDS_WITHIN, "error"),
        "-filter_threads", _THREADS, "-filter_complex_threads", _THREADS,
        *cards, *heard, "-filter_complex", graph, "-map", "[film]", "-map", sound,
        "-t", seconds, "-r", str(FPS), *_H264, "-pix_fmt", "yuv420p",
        "-c:a", "aac", "-b:a", bits, "-threads", _THREADS,
        *MP4_OPTIONS, "file:film.mp4",
    ]
    # fmt: on


def _cards_graph(shown: Sequence[float], bar: ProgressBar) -> str:
    """Return the filters from all cards to ``[film]``: stills, fades between them, and the bar."""
    stills = [
        f"[{at}:v]{TO_BT709},format=yuv420p,setsar=1,loop=loop=-1:size=1,fps={FPS},"
        # Since ffmpeg 7.1 setpts forgets the frame rate, and xfade needs one.
        f"trim=duration={seconds:.3f},setpts=PTS-STARTPTS,fps={FPS}[card{at}]"
        for at, seconds in enumerate(shown)
    ]
    fades, last, offset = list[str](), "card0", 0.0
    for at in range(1, len(shown)):
        offset += shown[at - 1] - FADE
        fades.append(
            f"[{last}][card{at}]xfade=transition=fade:duration={FADE:g}"
            f":offset={offset:.3f}[fade{at}]"
        )
        last = f"fade{at}"
    colour = bar.colour.replace("#", "0x")
    strip = f"color=c={colour}:s={bar.width}x{bar.height}:r={FPS},format=yuv420p[bar]"
    grown = f"overlay=x='-w+w*t/{film_seconds(shown):.3f}':y=0:shortest=1"
    return ";".join([*stills, *fades, strip, f"[{last}][bar]{grown},{BT709_TAGS}[film]"])
