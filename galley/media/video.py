"""Make high dynamic range ordinary: networks and players show it pale, or too dark.

Values of a transfer characteristic are those of ITU-T H.273, table 3.
"""

import asyncio
import os
import shutil
import tempfile
from functools import cache
from pathlib import Path

import imageio_ffmpeg

from galley.media import confined as memory
from galley.media.card import Bar, CardSpec, CardText, draw_page
from galley.media.colours import PLAIN_STYLE, Style
from galley.media.confined import confined, environment
from galley.media.facts import MediaError, MediaMemoryError, MediaTimeoutError

_TRANSFERS = {16: "smpte2084", 18: "arib-std-b67"}
"""HDR10 (PQ) and HLG, by ffmpeg's names."""
_FILTERS = (b" zscale ", b" tonemap ")
_WITHIN = 20
PALE = (
    "it is HDR, which this ffmpeg cannot make ordinary, so it may look pale: set "
    "GALLEY_FFMPEG to one with zscale and tonemap"
)


def hdr_of(transfer: int) -> str:
    """Return ffmpeg's name for the transfer if it is that of HDR, or nothing."""
    return _TRANSFERS.get(transfer, "")


def ordinary(hdr: str) -> str:
    """Return the filters from HDR of that transfer to BT.709, eight bits.

    What is as bright as paper or darker stays as it is; brighter light is pressed
    together above it (mobius). 100 cd/m2 is ffmpeg's own white.
    """
    return (
        "setparams=colorspace=bt2020nc:color_primaries=bt2020:"
        f"color_trc={hdr}:range=tv,zscale=t=linear:npl=100,format=gbrpf32le,"
        "zscale=p=bt709,tonemap=mobius:desat=0,zscale=t=bt709:m=bt709:r=tv,"
        "format=yuv420p"
    )


async def can_make_ordinary(ffmpeg: str) -> bool:
    """Tell whether this ffmpeg has the filters; not if it does not answer."""
    known = _known()
    if ffmpeg not in known:
        known[ffmpeg] = await _has_filters(ffmpeg)
    return known[ffmpeg]


@cache
def _known() -> dict[str, bool]:
    return {}


async def _has_filters(ffmpeg: str) -> bool:
    try:
        process = await asyncio.create_subprocess_exec(
            ffmpeg,
            "-hide_banner",
            "-filters",
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env=environment(),
        )
    except OSError:
        return False
    try:
        async with asyncio.timeout(_WITHIN):
            listed, _ = await process.communicate()
    except TimeoutError:
        return False
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return all(name in listed for name in _FILTERS)


SECONDS = 7
FPS = 30
_TIME_LIMIT = 120
"""Seconds one encode may take; it needs about 3 on an idle core."""
_LAST_WORDS = 200
"""Characters of ffmpeg's own complaint that go into an error."""


def find_ffmpeg(setting: str | None) -> str:
    """Return the ffmpeg to run: the setting, else PATH, else imageio-ffmpeg's.

    Raises:
        MediaError: There is none.
    """
    if setting:
        found = shutil.which(setting)
        if found is None:
            raise MediaError(
                "GALLEY_FFMPEG names a program that is not there: correct or unset it."
            )
        return found
    try:
        return shutil.which("ffmpeg") or imageio_ffmpeg.get_ffmpeg_exe()
    except RuntimeError:
        raise MediaError(
            "There is no ffmpeg: install it, or set GALLEY_FFMPEG to its path."
        ) from None


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
        await run_ffmpeg(_command(ffmpeg, folder))
        film = (folder / "film.mp4").read_bytes()
    if len(film) > spec.max_bytes:
        raise MediaError(
            f"The video is larger than {spec.max_bytes:,} bytes: shorten its headline."
        )
    return film


async def run_ffmpeg(
    command: list[str],
    time_limit: float = _TIME_LIMIT,
    folder: Path | None = None,
    most: int = memory.MOST,
) -> None:
    """Run one ffmpeg command to its end.

    It is killed when cancelled, out of time, or grown above ``most`` bytes of memory.
    Relative names in ``command`` are looked up in ``folder``.

    Raises:
        MediaError: It failed, or cannot be started.
        MediaMemoryError: It needs more memory.
        MediaTimeoutError: It took longer than ``time_limit`` seconds.
    """
    try:
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
            cwd=folder,
            env=environment(),
        )
    except OSError as error:
        raise MediaError(
            f"ffmpeg cannot be started ({os.strerror(error.errno or 0)}): "
            "install it, or set GALLEY_FFMPEG to its path."
        ) from error
    try:
        async with asyncio.timeout(time_limit):
            complaint = await _within(process, most)
    except TimeoutError:
        raise MediaTimeoutError(
            f"ffmpeg took longer than {time_limit:g} s: the machine may be busy."
        ) from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode:
        raise MediaError(
            f"ffmpeg failed ({process.returncode}): {_last_line(complaint)}. "
            "Set GALLEY_FFMPEG to one with libx264 and aac."
        )


async def _within(process: asyncio.subprocess.Process, most: int) -> bytes:
    """Return what a process says until its end; it may have ``most`` bytes."""
    memory.hold(process.pid, most)
    ending = asyncio.ensure_future(process.communicate())
    outgrown = asyncio.ensure_future(memory.outgrown(process.pid, most))
    try:
        await asyncio.wait({ending, outgrown}, return_when=asyncio.FIRST_COMPLETED)
        if not ending.done():
            raise MediaMemoryError(
                f"The video needs more than {most / 1e9:g} GB of memory to be made: "
                "give one of fewer pixels."
            )
        return (await ending)[1]
    finally:
        outgrown.cancel()
        ending.cancel()


def _last_line(complaint: bytes) -> str:
    lines = complaint.decode(errors="replace").strip().splitlines() or ["no reason"]
    return lines[-1][:_LAST_WORDS].rstrip(".")


def _command(ffmpeg: str, folder: Path) -> list[str]:
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
        "-timelimit", str(_TIME_LIMIT),
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
    # fmt: on
