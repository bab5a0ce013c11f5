"""Running ffmpeg within limits of time and memory, and the options its callers share.

Every module of this room that makes a film, a clip or a sound calls it. It also turns high
dynamic range into BT.709, because networks and players show HDR pale or too dark.
"""

import asyncio
import os
import shutil
from pathlib import Path

import imageio_ffmpeg

from galley.media.confined import MOST, font_folders, hold, outgrown
from galley.media.errors import MediaError, MediaMemoryError, MediaTimeoutError
from galley.sandbox.launch import launched
from galley.sandbox.pool import environment

_TIME_LIMIT = 120  # seconds of one encode; a card takes about 3 on an idle core
_COMPLAINT = 200  # characters of ffmpeg's last line that an error quotes
TO_BT709 = "scale=out_color_matrix=bt709:out_range=tv"
# Filters drop the tags, and a player that finds none guesses the matrix from the size.
BT709_TAGS = "setparams=range=tv:colorspace=bt709:color_primaries=bt709:color_trc=bt709"
# No dates and no versions, so the same input gives the same bytes.
MP4_OPTIONS = (
    *("-fflags", "+bitexact", "-flags:v", "+bitexact", "-flags:a", "+bitexact"),
    *("-map_metadata", "-1", "-movflags", "+faststart", "-f", "mp4"),
)
DECODERS = ",".join(
    (
        *("h264", "hevc", "av1", "libdav1d", "vp8", "libvpx", "vp9", "libvpx-vp9"),
        *("prores", "mpeg4", "mjpeg", "gif"),
        *("aac", "mp3", "mp3float", "opus", "libopus", "vorbis", "libvorbis", "flac", "alac"),
        *("pcm_u8", "pcm_s16le", "pcm_s16be", "pcm_s24le", "pcm_s24be", "pcm_s32le", "pcm_f32le"),
    )
)
"""What cameras, phones and recorders write. A MOV may name some hundred others, seldom used and
seldom attacked by anybody but a stranger."""
DECODE_ONLY = ("-codec_whitelist", DECODERS)
"""Before each ``-i`` of a stranger's file."""
# H.273, table 3: PQ (HDR10) and HLG, by ffmpeg's names.
_HDR_TRANSFERS = {16: "smpte2084", 18: "arib-std-b67"}
_HDR_FILTERS = (b" zscale ", b" tonemap ")
_UNTAGGED = 2  # H.273, table 4: the matrix is not named
_HD_LINES = 720  # players read an untagged film of so many lines as BT.709, a smaller one as BT.601
_NEEDED = ("libx264", "aac", "xfade", "ass", "alimiter", "ebur128", "zscale", "tonemap")
_LIST_WITHIN = 20  # seconds to list the filters
_ANSWERS: dict[str, bool] = {}  # whether a program has them; a worker asks each once
PALE = (
    "it is HDR, which this ffmpeg cannot make ordinary, so it may look pale: set "
    "GALLEY_FFMPEG to one with zscale and tonemap"
)


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


def command_head(ffmpeg: str, cpu_seconds: int, level: str = "fatal") -> list[str]:
    """Return the beginning of every command: quiet, and limited in processor time.

    The limit also ends an ffmpeg that outlives a killed worker. A damaged file can produce an
    ``error`` for each of a million frames, so strangers' files are read at ``fatal``.
    """
    quiet = ["-nostdin", "-hide_banner", "-loglevel", level, "-y"]
    return [ffmpeg, *quiet, "-timelimit", str(cpu_seconds)]


async def run_ffmpeg(
    command: list[str],
    time_limit: float = _TIME_LIMIT,
    folder: Path | None = None,
    most: int = MOST,
    *,
    broken: str = "",
) -> None:
    """Run one ffmpeg command to its end, with the rights that :mod:`galley.sandbox.launch` leaves.

    Cancelling kills it, and so does memory above ``most`` bytes. Relative names in ``command``
    are resolved in ``folder``. ``broken`` replaces ffmpeg's own words in the error, because
    they may repeat words of a stranger's file.

    Raises:
        MediaError: It failed, or cannot be started.
        MediaMemoryError: It needs more memory.
        MediaTimeoutError: It took longer than ``time_limit`` seconds.
    """
    try:
        process = await asyncio.create_subprocess_exec(
            *launched(command, folder, font_folders()),
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
        lines = complaint.decode(errors="replace").strip().splitlines() or ["no reason"]
        why = lines[-1][:_COMPLAINT].rstrip(".")
        raise MediaError(
            broken
            or f"ffmpeg failed ({process.returncode}): {why}. "
            "Run `galley doctor` where the worker runs: it tries this ffmpeg."
        )


async def _within(process: asyncio.subprocess.Process, most: int) -> bytes:
    """Return what a process writes to stderr until its end; it may have ``most`` bytes."""
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


def hdr_of(transfer: int) -> str:
    """Return ffmpeg's name for an HDR transfer characteristic, or nothing for any other."""
    return _HDR_TRANSFERS.get(transfer, "")


def reading(colorspace: int, lines: int) -> str:
    """Return the filter that names an untagged film's matrix as players guess it, with a comma.

    ffmpeg takes every untagged film for BT.601.
    """
    is_hd = colorspace == _UNTAGGED and lines >= _HD_LINES
    return "setparams=colorspace=bt709," if is_hd else ""


def ordinary(hdr: str) -> str:
    """Return the filters from HDR of that transfer to BT.709 of eight bits.

    Light up to the brightness of paper keeps its value; brighter light is compressed above it
    (mobius). 100 cd/m2 is ffmpeg's own white.
    """
    return (
        "setparams=colorspace=bt2020nc:color_primaries=bt2020:"
        f"color_trc={hdr}:range=tv,zscale=t=linear:npl=100,format=gbrpf32le,"
        "zscale=p=bt709,tonemap=mobius:desat=0,zscale=t=bt709:m=bt709:r=tv,"
        "format=yuv420p"
    )


async def can_make_ordinary(ffmpeg: str) -> bool:
    """Return whether this ffmpeg has the filters; an ffmpeg that does not answer has none."""
    if ffmpeg not in _ANSWERS:
        listed = await _told(ffmpeg, "-filters")
        _ANSWERS[ffmpeg] = all(name in listed for name in _HDR_FILTERS)
    return _ANSWERS[ffmpeg]


async def version_and_lacks(ffmpeg: str) -> tuple[str, tuple[str, ...]]:
    """Return an ffmpeg's version, and what films and clips would miss in it."""
    version = (await _told(ffmpeg, "-version")).decode(errors="replace").split()[2:3]
    listed = await _told(ffmpeg, "-filters") + await _told(ffmpeg, "-encoders")
    lacks = (one for one in _NEEDED if f" {one} ".encode() not in listed)
    return next(iter(version), "of no known version"), tuple(lacks)


async def _told(ffmpeg: str, option: str) -> bytes:
    """Return what a program prints; nothing of one that does not answer."""
    try:
        process = await asyncio.create_subprocess_exec(
            ffmpeg,
            *("-hide_banner", option),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env=environment(),
        )
    except OSError:
        return b""
    try:
        async with asyncio.timeout(_LIST_WITHIN):
            listed, _ = await process.communicate()
    except TimeoutError:
        return b""
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return listed
