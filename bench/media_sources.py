"""The media that ``bench.media`` fits: drawn here, nothing has to be fetched."""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

from galley.media.video import run_ffmpeg

_MINUTES = 20
numbers: Any = np
"""Its types are partly unknown."""


@dataclass(frozen=True)
class Given:
    """What a post is given: its name in the table, and the files."""

    name: str
    files: tuple[Path, ...]


async def sources(ffmpeg: str, folder: Path) -> list[Given]:
    """Draw and film every kind of source medium into a folder."""
    photo = [
        await asyncio.to_thread(_photo, folder / f"slide-{number}.jpg", size, number)
        for number, size in enumerate(
            [(1600, 1200), (1200, 1600), (2000, 1000), (1080, 1080), (900, 1600)]
        )
    ]
    wide = await asyncio.to_thread(_photo, folder / "wide.jpg", (4000, 1500), 7)
    tall = await asyncio.to_thread(_photo, folder / "tall.jpg", (1500, 4000), 8)
    alpha = await asyncio.to_thread(_see_through, folder / "huge.png", (6000, 6000))
    webp = await asyncio.to_thread(_photo, folder / "photo.webp", (1800, 1200), 9)
    gif = await asyncio.to_thread(_moving, folder / "moving.gif", (480, 270))
    return [
        Given("Wide photo, 4000x1500 JPEG", (wide,)),
        Given("Tall photo, 1500x4000 JPEG", (tall,)),
        Given("PNG with alpha, 6000x6000", (alpha,)),
        Given("WebP, 1800x1200", (webp,)),
        Given("GIF, 480x270, 2 s", (gif,)),
        Given("4K, 60 a second, 6 s", (await _filmed_4k(ffmpeg, folder),)),
        Given(f"{_MINUTES} minutes, 320x180", (await _filmed_long(ffmpeg, folder),)),
        Given("Five pictures of five shapes", tuple(photo)),
    ]


def _photo(file: Path, size: tuple[int, int], seed: int) -> Path:
    """Draw light, shade and grain, with a disc and a frame to tell what was lost."""
    width, height = size
    across = numbers.linspace(0, 1, width, dtype=numbers.float32)[None, :]
    down = numbers.linspace(0, 1, height, dtype=numbers.float32)[:, None]
    waves = numbers.sin(across * (5 + seed)) * numbers.cos(down * (7 + seed))
    grain = numbers.random.default_rng(seed).normal(0, 6, (height, width, 1))
    layers = [120 + 90 * waves, 90 + 120 * (1 - down) + 0 * across, 60 + 150 * across]
    colours = numbers.stack(
        [numbers.broadcast_to(one, (height, width)) for one in layers], 2
    )
    picture = Image.fromarray(
        numbers.clip(colours + grain, 0, 255).astype(numbers.uint8)
    )
    draw = ImageDraw.Draw(picture)
    radius, middle = min(size) // 4, (width // 2, height // 2)
    draw.circle(middle, radius, fill="#f2b632")
    draw.rectangle((0, 0, width - 1, height - 1), outline="#ffffff", width=12)
    picture.save(file, quality=95)
    return file


def _see_through(file: Path, size: tuple[int, int]) -> Path:
    picture = Image.new("RGBA", size, (0, 0, 0, 0))
    draw = ImageDraw.Draw(picture)
    draw.circle((size[0] // 2, size[1] // 2), min(size) // 3, fill=(30, 90, 200, 255))
    draw.circle((size[0] // 3, size[1] // 3), min(size) // 6, fill=(220, 60, 40, 160))
    picture.save(file)
    return file


def _moving(file: Path, size: tuple[int, int]) -> Path:
    frames: list[Image.Image] = []
    for number in range(20):
        frame = Image.new("RGB", size, "#20406a")
        at = 30 + number * (size[0] - 60) // 20
        ImageDraw.Draw(frame).circle((at, size[1] // 2), 28, fill="#f2b632")
        frames.append(frame)
    frames[0].save(file, save_all=True, append_images=frames[1:], duration=100, loop=0)
    return file


async def _filmed_4k(ffmpeg: str, folder: Path) -> Path:
    picture = "testsrc2=size=3840x2160:rate=60:duration=6"
    return await _filmed(ffmpeg, folder / "4k.mp4", picture, 6)


async def _filmed_long(ffmpeg: str, folder: Path) -> Path:
    """Film 20 minutes whose picture changes twice a second, 24 frames a second."""
    seconds = _MINUTES * 60
    picture = f"testsrc=size=320x180:rate=2:duration={seconds},fps=24"
    return await _filmed(ffmpeg, folder / "long.mp4", picture, seconds)


async def _filmed(ffmpeg: str, file: Path, picture: str, seconds: int) -> Path:
    # fmt: off
    await run_ffmpeg([
        ffmpeg, "-nostdin", "-loglevel", "error", "-y", "-f", "lavfi", "-i", picture,
        "-f", "lavfi", "-i", f"sine=frequency=330:duration={seconds}",
        "-c:v", "libx264", "-preset", "ultrafast", "-crf", "30",
        "-pix_fmt", "yuv420p", "-c:a", "aac", "-b:a", "64k", f"file:{file}",
    ], 900)
    # fmt: on
    return file
