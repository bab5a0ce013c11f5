"""Running ffmpeg within limits of time and memory, and its filters from HDR to BT.709.

Everything in the media room that makes a film or a sound calls it.
"""

import asyncio
import os
import shutil
from functools import cache
from pathlib import Path

import imageio_ffmpeg

from galley.media.confined import MOST, environment, hold, outgrown
from galley.media.errors import MediaError, MediaMemoryError, MediaTimeoutError

_TRANSFERS = {16: "smpte2084", 18: "arib-std-b67"}  # HDR10 (PQ) and HLG, by ffmpeg's names
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


_TIME_LIMIT = 120  # Seconds one encode may take; it needs about 3 on an idle core
_LAST_WORDS = 200  # Characters of ffmpeg's own complaint that go into an error


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


async def run_ffmpeg(
    command: list[str],
    time_limit: float = _TIME_LIMIT,
    folder: Path | None = None,
    most: int = MOST,
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
    hold(process.pid, most)
    ending = asyncio.ensure_future(process.communicate())
    growing = asyncio.ensure_future(outgrown(process.pid, most))
    try:
        await asyncio.wait({ending, growing}, return_when=asyncio.FIRST_COMPLETED)
        if not ending.done():
            raise MediaMemoryError(
                f"The video needs more than {most / 1e9:g} GB of memory to be made: "
                "give one of fewer pixels."
            )
        return (await ending)[1]
    finally:
        growing.cancel()
        ending.cancel()


def _last_line(complaint: bytes) -> str:
    lines = complaint.decode(errors="replace").strip().splitlines() or ["no reason"]
    return lines[-1][:_LAST_WORDS].rstrip(".")
