"""Programs that open or draw files as commands do; the tests fork them."""

import asyncio
import sys
from pathlib import Path

from app.posts.media import MediaFile
from cli.media import draw, open_files
from galley.models.media import MediaKind


def main() -> None:
    """Do what the first argument says."""
    doing, *files = sys.argv[1:]
    match doing:
        case "open":
            asyncio.run(open_files([*map(Path, files)], within=60))
        case "interrupted":
            asyncio.run(_interrupted(Path(files[0])))
        case _:
            data = Path(files[0]).read_bytes()
            draw(MediaFile(files[0], MediaKind.IMAGE, data, ""))
            print("drawn")  # noqa: T201 -- the test reads it


async def _interrupted(file: Path) -> None:
    opening = asyncio.create_task(open_files([file], within=60))
    await asyncio.to_thread(Path("begun").read_text)
    opening.cancel()
    await asyncio.wait([opening])
    print("interrupted" if opening.cancelled() else "waited")  # noqa: T201 -- the test reads it
    await asyncio.to_thread(Path("goes_on").write_text, "")
