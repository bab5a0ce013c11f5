"""Damaged files against all that decodes: ``python -m bench.fuzz [SECONDS] [SEED]``.

Real pictures, films, sounds and fonts are damaged at random, and read by every decoder that
Galley has for strangers' files, in the child processes that also read the media of posts. A
file that ends its child or makes it grow is kept, and the exit code is 1. It takes five
minutes unless SECONDS is given; the result is cited in docs/media.md.
"""

import asyncio
import random
import sys
import tempfile
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import av
import numpy as np
from PIL import Image

from bench.fuzz_work import decoded
from bench.report import keep, leave, machine
from galley.media.confined import LIMITS, confined_in, sandbox_of
from galley.media.errors import MediaError
from galley.media.typefaces import FONTS
from galley.sandbox.child import AT_ONCE
from tests.media.footage import film, moving, noise, picture, see_through

_SECONDS, _SEED = 300.0, 20261126
_LIMITS = replace(LIMITS, processor=60, clock=120)
_SANDBOX = sandbox_of("bench.fuzz_work")
_EXTREMES = (0, 1, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 0xFFFF, 0x10000)


def _sound(kind: str, codec: str) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "sound"
        with av.open(str(file), "w", format=kind) as opened:
            container = cast("Any", opened)
            stream = container.add_stream(codec, rate=44_100)
            tone = np.sin(np.arange(22_050, dtype=np.float32) / 20)[None, :]
            for at in range(0, 22_050 - 1152, 1152):
                piece = np.ascontiguousarray(tone[:, at : at + 1152])
                frame = av.AudioFrame.from_ndarray(piece, format="fltp", layout="mono")
                frame.sample_rate = 44_100
                container.mux(stream.encode(frame))
            container.mux(stream.encode(None))
        return file.read_bytes()


def _seeds() -> list[bytes]:
    exif = Image.Exif()
    exif[0x0112] = 6
    with tempfile.TemporaryDirectory() as folder:
        filmed = film(Path(folder) / "a.mp4", (64, 48), 0.5, sound=True).read_bytes()
    return [
        picture((320, 300), exif=exif, progressive=True),
        see_through((300, 280)),
        noise((300, 280)),
        picture((300, 300), "WEBP"),
        moving((60, 40), 4, 50),
        picture((300, 300), "PNG", "P"),
        filmed,
        _sound("mp3", "libmp3lame"),
        _sound("flac", "flac"),
        _sound("adts", "aac"),
        (FONTS / "NotoSansHebrew-Bold.ttf").read_bytes(),
        (FONTS / "Inter-Bold.otf").read_bytes()[:60_000],
    ]


def damaged(seeds: list[bytes], chance: random.Random) -> bytes:
    """Return a file whose bytes were changed, repeated, cut off or replaced."""
    data = bytearray(chance.choice(seeds))
    for _ in range(chance.choice((1, 1, 2, 3, 8))):
        # Headers are near the beginning.
        at = int(len(data) * chance.random() ** chance.choice((1, 3)))
        match chance.randint(0, 5):
            case 0:
                data[at : at + 1] = chance.randbytes(1)
            case 1:
                size = chance.choice((2, 4))
                order = chance.choice(("big", "little"))
                worth = chance.choice(_EXTREMES) & (256**size - 1)
                data[at : at + size] = worth.to_bytes(size, order)
            case 2:
                data[at : at + chance.randint(1, 64)] = b""
            case 3:
                piece = data[at : at + chance.randint(1, 400)]
                data[at:at] = piece * chance.randint(1, 40)
            case 4:
                other = chance.choice(seeds)
                begin = chance.randrange(len(other))
                data[at : at + 200] = other[begin : begin + 200]
            case _:
                del data[max(16, int(len(data) * chance.random())) :]
    return bytes(data)


class Fuzzing:
    """Damages and decodes several files at a time, until the time is over."""

    def __init__(self, seconds: float, seed: int) -> None:
        self._until = time.monotonic() + seconds
        self._chance = random.Random(seed)  # noqa: S311 -- to be repeated, not secret
        self._seeds = _seeds()
        self.ended = Counter[str]()
        self.bad = list[tuple[str, bytes]]()
        self.longest = self.largest = 0.0

    async def run(self) -> None:
        # As many as there are child processes.
        await asyncio.gather(*(self._one_after_another() for _ in range(AT_ONCE)))

    async def _one_after_another(self) -> None:
        while time.monotonic() < self._until:
            data = damaged(self._seeds, self._chance)
            try:
                ways, took, memory = await confined_in(_SANDBOX, _LIMITS, decoded, data)
            except (MediaError, RuntimeError) as error:
                # The child refuses what it can: this one ended or grew too large.
                self.ended[str(error)] += 1
                self.bad.append((str(error), data))
            else:
                self.ended["read" if ways else "refused"] += 1
                self.longest = max(self.longest, took)
                self.largest = max(self.largest, memory)


def main() -> int:
    """Damage and decode, print, and keep the result."""
    given = [float(one) for one in sys.argv[1:]]
    seconds, seed = (*given, _SECONDS, _SEED)[:2] if len(given) != 1 else (*given, _SEED)
    measured_on = machine()
    fuzzing = Fuzzing(seconds, int(seed))
    asyncio.run(fuzzing.run())
    found = {
        "seconds": seconds,
        "seed": int(seed),
        "files": fuzzing.ended.total(),
        "ended": dict(fuzzing.ended),
        "most_processor_seconds": round(fuzzing.longest, 2),
        "most_memory_mib": round(fuzzing.largest),
    }
    keep("fuzz", found, measured_on)
    for number, (why, data) in enumerate(fuzzing.bad):
        kept = Path(tempfile.gettempdir()) / f"galley-fuzz-{number}"
        kept.write_bytes(data)
        print(f"{kept}: {why}")
    return int(bool(fuzzing.bad))


if __name__ == "__main__":
    leave(main())
