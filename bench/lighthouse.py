"""Lighthouse on the review pages: ``python -m bench.lighthouse FOLDER [--only PAGE …]``.

FOLDER is that of a running ``galley up`` with campaigns in review. Prints the four figures of each
page, for a desktop and for a phone, and what costs points; writes them into ``bench/results``.
Needs Node; ``npx`` fetches Lighthouse itself.
"""

import argparse
import asyncio
import json
import subprocess
import tempfile
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from playwright.async_api import BrowserContext, Playwright, async_playwright

from bench.pages import Looker, port_of
from bench.report import keep, machine
from tests.ports import free_port
from tests.web.conftest import chromium

VERSION = "12.8.2"
SHOWN = (
    *("inbox", "post", "month", "week", "list", "campaigns", "campaign", "start", "account"),
    *("voice", "why", "sign-in"),
)
CATEGORIES = ("performance", "accessibility", "best-practices", "seo")
PRESETS = {"desktop": ("--preset=desktop",), "phone": ()}
"""Lighthouse's own: a phone is four times as slow, on a slow 4G network."""
_WITHIN = 240
_GREEN = 0.9
"""Audits below it are shown."""


async def main() -> None:
    """Measure the pages, and keep the figures."""
    parser = argparse.ArgumentParser(prog="python -m bench.lighthouse", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--only", nargs="*", default=SHOWN)
    given, on = parser.parse_args(), machine()
    figures: dict[str, dict[str, dict[str, int]]] = {}
    async with async_playwright() as playwright, _signed_in(playwright, given.folder) as door:
        looker, context, port = door
        for name in given.only:
            await context.clear_cookies()
            if name != "sign-in":
                await looker.let_in(context)
            for preset, options in PRESETS.items():
                address = looker.address_of(name)
                report = await asyncio.to_thread(_report, port, address, options)
                found = {one: round(report["categories"][one]["score"] * 100) for one in CATEGORIES}
                figures.setdefault(name, {})[preset] = found
                print(name, preset, found, *_lost(report), flush=True)
    keep("lighthouse", {"lighthouse": VERSION, "pages": figures}, on)


@asynccontextmanager
async def _signed_in(
    playwright: Playwright, folder: Path
) -> AsyncGenerator[tuple[Looker, BrowserContext, int]]:
    """Give a browser of its own profile, and the port at which Lighthouse finds it."""
    path = chromium(playwright.chromium.executable_path)
    home, port = folder / ".galley", free_port()
    looking = await playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
    looker = Looker(looking, f"http://127.0.0.1:{port_of(home)}", home / "web.token")
    await looker.sign_in()
    await looking.close()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        # A header with the cookie, as Lighthouse offers, does not go along with all pictures.
        context = await playwright.chromium.launch_persistent_context(
            profile, executable_path=path, args=["--no-sandbox", f"--remote-debugging-port={port}"]
        )
        yield looker, context, port
        await context.close()


def _report(port: int, address: str, options: tuple[str, ...]) -> dict[str, Any]:
    called = subprocess.run(  # noqa: S603 - npx, with addresses of our own stack
        [
            *("npx", "--yes", f"lighthouse@{VERSION}", address, "--quiet", "--output=json"),
            *(f"--port={port}", f"--only-categories={','.join(CATEGORIES)}", *options),
        ],
        stdout=subprocess.PIPE,
        check=True,
        timeout=_WITHIN,
    )
    return json.loads(called.stdout)


def _lost(report: dict[str, Any]) -> Iterator[str]:
    """Yield each audit that costs points."""
    for category in report["categories"].values():
        for one in category["auditRefs"]:
            audit = report["audits"][one["id"]]
            if one["weight"] and audit["score"] is not None and audit["score"] < _GREEN:
                yield f"\n   {one['id']} {audit['score']} {audit.get('displayValue', '')}"


if __name__ == "__main__":
    asyncio.run(main())
