"""Make high dynamic range ordinary: networks and players show it pale, or too dark.

Values of a transfer characteristic are those of ITU-T H.273, table 3.
"""

import asyncio
from functools import cache

from galley.media.confined import environment

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
