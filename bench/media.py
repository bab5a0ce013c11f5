"""What each network is given of each kind of medium: the table of ``docs/media.md``.

``python -m bench.media [SHEET]``. Pictures and videos are drawn, planned, made and
measured anew by Pillow and PyAV, and held to the network's limits; any break ends it
with an error. It takes some minutes. SHEET, a JPEG, gets all pictures and a frame of
each video side by side, to be looked at.
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
from PIL import Image, ImageDraw

from bench.machine import machine
from bench.media_sources import Given, sources
from galley.media.encode import fit_video
from galley.media.facts import Probe
from galley.media.fit import problems_of
from galley.media.picture_plan import PicturePlan
from galley.media.pictures import fit_picture
from galley.media.plan import Step, plan_post
from galley.media.probe import probe_file
from galley.media.video import find_ffmpeg
from galley.models import MediaKind, Platform
from galley.platforms.registry import rules_for

PAGE = Path(__file__).parents[1] / "docs" / "media.md"
_BEGIN, _END = "<!-- begin: fitted -->", "<!-- end: fitted -->"
_FRAMES = 40
_TILE = 220


@dataclass(frozen=True)
class Made:
    """What came out of one kind of medium for one network."""

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
    """Return a table a network, with what was measured."""
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
    """Yield what was measured; several of one size together."""
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
    """Draw everything that came out side by side: a row a kind, a column a network."""
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
