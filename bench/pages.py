"""Pictures of the review pages: ``python -m bench.pages FOLDER [--docs | --all OUT] [--port N]``.

FOLDER is that of a running ``galley up`` with campaigns in review, which name times. ``--docs``
takes the pictures of README and how-to anew; ``--all`` takes every page at three widths in both
schemes, to be looked at. Prints the weight of script and style.
"""

import argparse
import asyncio
import gzip
import io
import json
import secrets
from pathlib import Path

from PIL import Image
from playwright.async_api import Browser, BrowserContext, StorageState, async_playwright

from tests.web.conftest import chromium

ROOT = Path(__file__).parents[1]
WIDTHS = (360, 768, 1440)
MOST_BYTES = 150_000
"""Of a picture that is committed."""
PATHS = {
    "inbox": "/",
    "month": "/calendar",
    "week": "/calendar?span=week",
    "list": "/calendar?span=list",
    "campaigns": "/campaigns",
    "campaign": "",
    "post": "",
    "why": "",
    "start": "/start",
    "account": "/account",
    "voice": "/account/voice",
    "subscribe": "/calendar/subscribe",
    "offline": "/offline",
    "sign-in": "/sign-in",
}
"""Every page; the empty ones are found through the others."""
DOCS = {
    "pages-inbox": ("inbox", 1200, 720, False),
    "pages-post": ("post", 1200, 900, False),
    "pages-phone": ("post", 390, 844, True),
    "pages-campaign": ("campaign", 1200, 900, False),
    "pages-calendar": ("month", 1200, 860, False),
}
"""File in ``docs/``: the page, width and height in pixels, and whether it is dark."""


async def main() -> None:
    """Take the pictures."""
    parser = argparse.ArgumentParser(prog="python -m bench.pages", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--docs", action="store_true")
    parser.add_argument("--all", type=Path)
    given = parser.parse_args()
    _print_weight()
    home = given.folder / ".galley"
    port = given.port or port_of(home)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=chromium(playwright.chromium.executable_path), args=["--no-sandbox"]
        )
        looker = Looker(browser, f"http://127.0.0.1:{port}", home / "web.token")
        await looker.sign_in()
        if given.docs:
            for name, (page, width, height, dark) in DOCS.items():
                data = await looker.picture(page, width, height, dark=dark, full=False)
                (ROOT / "docs" / f"{name}.webp").write_bytes(_small(data))
        for width in WIDTHS if given.all else ():
            given.all.mkdir(parents=True, exist_ok=True)
            for dark in (False, True):
                for name in PATHS:
                    data = await looker.picture(name, width, 900, dark=dark, full=True)
                    scheme = "dark" if dark else "light"
                    (given.all / f"{name}-{width}-{scheme}.png").write_bytes(data)
        await browser.close()


def port_of(home: Path) -> int:
    """Return where the pages of a running stack are."""
    return int(json.loads((home / "stack.json").read_text())["ports"]["web"])


def _print_weight() -> None:
    """Print the bytes of script and style, as they are and as they travel."""
    files = [*(ROOT / "web" / "static").glob("*.js"), *(ROOT / "web" / "static").glob("*.css")]
    plain = sum(len(file.read_bytes()) for file in files)
    packed = sum(len(gzip.compress(file.read_bytes(), 9)) for file in files)
    print(f"Script and style: {plain:,} bytes, {packed:,} as they travel")


class Looker:
    """A signed-in browser that takes pictures of pages."""

    def __init__(self, browser: Browser, address: str, token: Path) -> None:
        self._browser, self._address, self._token = browser, address, token
        self._paths = dict(PATHS)
        self._state: StorageState = {}

    async def sign_in(self) -> None:
        """Sign in, and find the pages that have no fixed address."""
        given = secrets.token_urlsafe(32)
        self._token.write_text(given)
        context = await self._browser.new_context(base_url=self._address)
        page = await context.new_page()
        await page.goto(f"/sign-in?token={given}")
        self._state = await context.storage_state()
        await page.goto("/?network=linkedin")
        post = await page.locator("a.row-title").first.get_attribute("href") or ""
        await page.goto("/campaigns")
        campaign = await page.locator("a.row-title").last.get_attribute("href") or ""
        bare = post.partition("?")[0]
        self._paths |= {"post": post, "why": f"{bare}/why", "campaign": campaign}
        await page.goto("/")
        due = await page.locator("[data-row] time").first.get_attribute("datetime") or ""
        for name in ("month", "week", "list"):
            self._paths[name] = f"/calendar?span={name}&day={due[:10]}"
        await context.close()

    def address_of(self, name: str) -> str:
        """Return the whole address of a page."""
        return self._address + self._paths[name]

    async def let_in(self, context: BrowserContext) -> None:
        """Sign another browser in."""
        for one in self._state.get("cookies", []):
            name, value = one.get("name", ""), one.get("value", "")
            await context.add_cookies([{"name": name, "value": value, "url": self._address}])

    async def picture(self, name: str, width: int, height: int, *, dark: bool, full: bool) -> bytes:
        """Return a page as a PNG.

        Args:
            name: Of the page.
            width: Of the window.
            height: Of the window.
            dark: Whether the person prefers dark colours.
            full: Whether to take what lies below the window, too.
        """
        context = await self._open(width, height, dark=dark)
        page = await context.new_page()
        await page.goto(self._paths[name], wait_until="networkidle")
        data = await page.screenshot(full_page=full)
        await context.close()
        return data

    async def _open(self, width: int, height: int, *, dark: bool) -> BrowserContext:
        return await self._browser.new_context(
            base_url=self._address,
            viewport={"width": width, "height": height},
            color_scheme="dark" if dark else "light",
            storage_state=self._state,
        )


def _small(png: bytes) -> bytes:
    """Return a picture as WebP, as good as fits."""
    with Image.open(io.BytesIO(png)) as picture:
        for quality in (90, 80, 70, 60):
            data = io.BytesIO()
            picture.save(data, "WEBP", quality=quality, method=6)
            if data.tell() <= MOST_BYTES:
                break
    return data.getvalue()


if __name__ == "__main__":
    asyncio.run(main())
