"""Films of cards: one silent card with a moving bar, or several with a speech under them.

The activities that film a post call it.
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
from galley.media.ffmpeg import run_ffmpeg
from galley.media.look import PLAIN_STYLE, Style
from galley.media.sound import Speech, amplified

SECONDS = 7
_CARD_WITHIN = 120


async def film_card(
    ffmpeg: str, spec: CardSpec, text: CardText, style: Style = PLAIN_STYLE
) -> bytes:
    """Return a silent MP4 of the card, of ``spec``'s size and ``SECONDS`` long.

    The same input and the same ffmpeg give the same bytes. Cancelling kills ffmpeg.

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
        await run_ffmpeg(_card_command(ffmpeg, folder))
        film = (folder / "film.mp4").read_bytes()
    if len(film) > spec.max_bytes:
        raise MediaError(
            f"The video is larger than {spec.max_bytes:,} bytes: shorten its headline."
        )
    return film


def _card_command(ffmpeg: str, folder: Path) -> list[str]:
    still = f"format=yuv420p,loop=loop=-1:size=1,fps={FPS}"
    wipe = f"xfade=transition=wiperight:duration={SECONDS - 0.4:g}:offset=0.2"
    into = "scale=out_color_matrix=bt709:out_range=tv"
    tags = "setparams=range=tv:colorspace=bt709:color_primaries=bt709:color_trc=bt709"
    filters = (
        f"[0:v]{into},{still}[first];[1:v]{into},{still}[last];[first][last]{wipe},{tags}[film]"
    )
    # fmt: off
    return [
        ffmpeg, "-nostdin", "-hide_banner", "-loglevel", "error", "-y",
        # Outlives a killed worker by this many seconds of CPU at most.
        "-timelimit", str(_CARD_WITHIN),
        "-protocol_whitelist", "file,pipe", "-i", f"file:{folder / 'first.png'}",
        "-protocol_whitelist", "file,pipe", "-i", f"file:{folder / 'last.png'}",
        "-f", "lavfi", "-i", "anullsrc=sample_rate=44100:channel_layout=stereo",
        "-filter_complex", filters, "-map", "[film]", "-map", "2:a",
        "-t", str(SECONDS), "-r", str(FPS),
        "-c:v", "libx264", "-preset", "veryfast", "-crf", "18", "-g", str(2 * FPS),
        "-pix_fmt", "yuv420p",
        "-c:a", "aac", "-b:a", "64k",
        # One thread and no dates or versions: the same bytes each time.
        "-threads", "1", "-filter_threads", "1", "-filter_complex_threads", "1",
        "-fflags", "+bitexact", "-flags:v", "+bitexact", "-flags:a", "+bitexact",
        "-map_metadata", "-1", "-movflags", "+faststart",
        "-f", "mp4", f"file:{folder / 'film.mp4'}",
    ]


FPS = 30
FADE = 0.3
"""Seconds in which one card becomes the next; both count them as theirs."""
LEAD = 0.15
"""Seconds before a speech begins: players swallow the first moment of a sound."""
_THREADS = "2"
_WITHIN = 300
_TO = "scale=out_color_matrix=bt709:out_range=tv,format=yuv420p,setsar=1"
_COLOUR_TAGS = "setparams=range=tv:colorspace=bt709:color_primaries=bt709:color_trc=bt709"


@dataclass(frozen=True)
class ProgressBar:
    """A strip as wide as the film, in pixels; ``colour`` is ``#rrggbb``."""

    width: int
    height: int
    colour: str


def film_seconds(shown: Sequence[float]) -> float:
    """Return how long a film of cards is that are shown for so many seconds."""
    return sum(shown) - FADE * (len(shown) - 1)


async def film_cards(
    ffmpeg: str,
    cards: Sequence[bytes],
    shown: Sequence[float],
    bar: ProgressBar,
    speech: Speech | None = None,
) -> bytes:
    """Return an MP4 of PNG cards of one size, each for its seconds.

    The same input and the same ffmpeg give the same bytes. Cancelling kills ffmpeg.

    Args:
        ffmpeg: The program.
        cards: At least one PNG.
        shown: Seconds for each, more than :data:`FADE`.
        bar: What grows at the upper edge.
        speech: What is said from :data:`LEAD` on; ``None``: the film is silent.

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
        await run_ffmpeg(_cards_command(ffmpeg, shown, bar, speech), _WITHIN, folder)
        return await asyncio.to_thread((folder / "film.mp4").read_bytes)


def _cards_command(
    ffmpeg: str, shown: Sequence[float], bar: ProgressBar, speech: Speech | None
) -> list[str]:
    # fmt: off
    cards = itertools.chain.from_iterable(
        ("-protocol_whitelist", "file", "-f", "png_pipe", "-i", f"file:{number}.png")
        for number in range(len(shown))
    )
    silence = ["-f", "lavfi", "-i", "anullsrc=sample_rate=48000:channel_layout=stereo"]
    graph, sound, bits = _graph(shown, bar), f"{len(shown)}:a", "64k"
    if speech is not None:
        said = ["-protocol_whitelist", "file", "-f", speech.demuxer]
        silence = [*said, "-i", "file:speech"]
        graph = f"{graph};{_speech_filters(sound, film_seconds(shown), speech)}"
        sound, bits = "[said]", "128k"
    return [
        ffmpeg, "-nostdin", "-hide_banner", "-loglevel", "error", "-y",
        "-timelimit", str(2 * _WITHIN),
        "-filter_threads", _THREADS, "-filter_complex_threads", _THREADS,
        *cards, *silence, "-filter_complex", graph, "-map", "[film]", "-map", sound,
        "-t", f"{film_seconds(shown):.3f}", "-r", str(FPS),
        "-c:v", "libx264", "-preset", "veryfast", "-crf", "18", "-g", str(2 * FPS),
        "-pix_fmt", "yuv420p", "-c:a", "aac", "-b:a", bits,
        "-threads", _THREADS, "-fflags", "+bitexact",
        "-flags:v", "+bitexact", "-flags:a", "+bitexact",
        "-map_metadata", "-1", "-movflags", "+faststart",
        "-f", "mp4", "file:film.mp4",
    ]


def _speech_filters(sound: str, seconds: float, speech: Speech) -> str:
    """Return the filters from a speech to the sound of the whole film, ``[said]``."""
    loud = amplified(speech.gain) if speech.gain else "aformat=channel_layouts=stereo"
    delay = round(LEAD * 1000)
    return (
        f"[{sound}:0]{loud},aresample=48000,adelay={delay}:all=1,apad,"
        f"atrim=duration={seconds:.3f},asetpts=PTS-STARTPTS[said]"
    )


def _graph(shown: Sequence[float], bar: ProgressBar) -> str:
    stills = [
        f"[{at}:v]{_TO},loop=loop=-1:size=1,fps={FPS},trim=duration={seconds:.3f},"
        # Since ffmpeg 7.1 setpts forgets the frame rate, and xfade needs one.
        f"setpts=PTS-STARTPTS,fps={FPS}[card{at}]"
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
    return ";".join([*stills, *fades, strip, f"[{last}][bar]{grown},{_COLOUR_TAGS}[film]"])
