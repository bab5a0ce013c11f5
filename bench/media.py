"""Every kind of medium fitted for every network: ``python -m bench.media [SHEET]``.

It writes the tables of docs/media.md, and with ``SHEET`` a picture of all that came out. The
sources are drawn here, so that nothing has to be fetched.
"""

import asyncio
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import av
import numpy as np
from PIL import Image, ImageDraw

from bench.report import machine
from galley.media.ffmpeg import find_ffmpeg, run_ffmpeg
from galley.media.pictures import PicturePlan, fit_picture
from galley.media.plan import Step, plan_post, problems_of
from galley.media.probe import Probe, probe_file
from galley.media.video import fit_video
from galley.models.media import MediaKind
from galley.models.network import Platform
from galley.networks.registry import rules_for

_MINUTES = 20
numbers: Any = np
"""Its types are partly unknown."""


@dataclass(frozen=True)
class Given:
    """Media of a post: their name in the table, and the files."""

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
    """Draw light, shade and grain, with a disc and a frame that show what was cut off."""
    width, height = size
    across = numbers.linspace(0, 1, width, dtype=numbers.float32)[None, :]
    down = numbers.linspace(0, 1, height, dtype=numbers.float32)[:, None]
    waves = numbers.sin(across * (5 + seed)) * numbers.cos(down * (7 + seed))
    grain = numbers.random.default_rng(seed).normal(0, 6, (height, width, 1))
    layers = [120 + 90 * waves, 90 + 120 * (1 - down) + 0 * across, 60 + 150 * across]
    colours = numbers.stack([numbers.broadcast_to(one, (height, width)) for one in layers], 2)
    picture = Image.fromarray(numbers.clip(colours + grain, 0, 255).astype(numbers.uint8))
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


PAGE = Path(__file__).parents[1] / "docs" / "media.md"
_BEGIN, _END = "<!-- begin: fitted -->", "<!-- end: fitted -->"
_FRAMES = 40
_TILE = 220


@dataclass(frozen=True)
class Made:
    """The output for one kind of medium and one network."""

    given: str
    platform: Platform
    files: tuple[Path, ...]
    found: tuple[Probe, ...]
    notes: tuple[str, ...]


async def fit_all(folder: Path) -> list[Made]:
    """Fit every kind of medium for every network.

    Raises:
        RuntimeError: Something that came out breaks a network's rule.
    """
    ffmpeg = find_ffmpeg(None)
    made: list[Made] = []
    for given in await sources(ffmpeg, folder):
        began = time.monotonic()
        for platform in Platform:
            into = folder / f"{len(made)}"
            into.mkdir()
            made.append(await _fit(ffmpeg, given, platform, into))
        print(f"{given.name}: {time.monotonic() - began:.0f} s", flush=True)
    return made


async def _fit(ffmpeg: str, given: Given, platform: Platform, into: Path) -> Made:
    measured = [probe_file(file, frames=_FRAMES) for file in given.files]
    plan = plan_post(measured, platform)
    files = [
        await _make(ffmpeg, given.files[step.at], measured[step.at], step, into)
        for step in plan.steps
    ]
    found = [probe_file(file, frames=_FRAMES) for file in files]
    for one in found:
        # The output is held to the same rules as a post of a user.
        if problems := problems_of(one, platform):
            said = " ".join(problem.message for problem in problems)
            raise RuntimeError(f"{given.name} for {platform}: {said}")
    return Made(given.name, platform, tuple(files), tuple(found), plan.notes)


async def _make(ffmpeg: str, file: Path, found: Probe, step: Step, into: Path) -> Path:
    if not isinstance(step.plan, PicturePlan):
        return await fit_video(ffmpeg, file, found.mime, step.plan, into)
    return await asyncio.to_thread(_draw, file, step.plan, into / f"{step.at}.jpg")


def _draw(file: Path, plan: PicturePlan, out: Path) -> Path:
    out.write_bytes(fit_picture(file.read_bytes(), plan))
    return out


def table(made: list[Made]) -> str:
    """Return a table of the measures for each network."""
    return "\n\n".join(_of_network(platform, made) for platform in Platform)


def _of_network(platform: Platform, made: list[Made]) -> str:
    rows = [
        f"| {one.given} | {'; '.join(_measures(one)) or 'nothing'} "
        f"| {' '.join(one.notes) or 'nothing' if one.found else _why(one)} |"
        for one in made
        if one.platform is platform
    ]
    head = "| Given | What goes out | What the reviewer is told |\n| --- | --- | --- |"
    return "\n".join([f"### {rules_for(platform).name}", "", head, *rows])


def _why(one: Made) -> str:
    return f"{' '.join(one.notes)} A card takes its place where media are needed."


def _measures(one: Made) -> Iterator[str]:
    """Yield the measures of each file; several of one size together."""
    sizes = [f"{found.width}x{found.height}" for found in one.found]
    if len(set(sizes)) == 1 and len(sizes) > 1:
        most = max(found.size for found in one.found)
        yield f"{len(sizes)} JPEG {sizes[0]}, at most {_bytes(most)}"
        return
    for found, size in zip(one.found, sizes, strict=True):
        if found.kind is MediaKind.IMAGE:
            yield f"JPEG {size}, {_bytes(found.size)}"
        else:
            yield (
                f"{found.codec.upper()} {size}, {found.duration:.1f} s, "
                f"{found.fps:.3g} a second, {_bytes(found.size)}"
            )


def _bytes(size: int) -> str:
    return f"{size / 1_000_000:.2f} MB" if size > 1_000_000 else f"{size // 1000} kB"  # noqa: PLR2004


def sheet(made: list[Made], file: Path) -> None:
    """Draw all outputs side by side: a row a kind, a column a network."""
    kinds = list(dict.fromkeys(one.given for one in made))
    networks = list(Platform)
    whole = Image.new("RGB", (_TILE * len(networks), _TILE * len(kinds)), "#888888")
    draw = ImageDraw.Draw(whole)
    for one in made:
        at = (networks.index(one.platform) * _TILE, kinds.index(one.given) * _TILE)
        for number, path in enumerate(one.files):
            tile = _shown(path)
            side = _TILE - 24 if len(one.files) == 1 else (_TILE - 24) // 3
            tile.thumbnail((side, side))
            shift = (number % 3 * side, 18 + number // 3 * side)
            whole.paste(tile, (at[0] + shift[0], at[1] + shift[1]))
        draw.text((at[0] + 2, at[1] + 2), f"{one.platform} {one.given[:18]}", "#ffffff")
    whole.save(file, quality=85)


def _shown(path: Path) -> Image.Image:
    if path.suffix == ".jpg":
        return Image.open(path).convert("RGB")
    with av.open(str(path)) as container:
        shown: Image.Image = cast("Any", next(container.decode(video=0))).to_image()
        return shown


def main() -> None:
    """Fit everything, and write the table into the page."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="galley-bench-") as name:
        made = asyncio.run(fit_all(Path(name)))
        if len(sys.argv) > 1:
            sheet(made, Path(sys.argv[1]))
    before, _, rest = PAGE.read_text().partition(_BEGIN)
    after = rest.partition(_END)[2]
    took = f"Made in {time.monotonic() - began:.0f} s on {machine()}."
    PAGE.write_text(f"{before}{_BEGIN}\n\n{took}\n\n{table(made)}\n\n{_END}{after}")
    print(took)


if __name__ == "__main__":
    main()
