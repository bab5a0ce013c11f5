"""The review pages on the real stack, in a real Chromium; one of each for a module."""

import asyncio
import os
import shutil
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import uvicorn
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, BrowserContext, Page, async_playwright
from temporalio.client import Client

from app.connections import Connections
from galley.settings import Settings
from tests.end_to_end.stack import Stack
from tests.end_to_end.waiting import until
from web.access import Links, OneTimeToken
from web.app import create_app
from web.site import Site

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def chromium(own: str) -> str:
    """Return a browser: that of ``CHROMIUM``, one on the PATH, or Playwright's ``own``."""
    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, _NAMES)), None)
    found = found or (own if Path(own).exists() else None)
    assert found, (
        "Install Chromium (Debian: apt-get install chromium; else: playwright install chromium), "
        "or set CHROMIUM to one."
    )
    return found


class _Quiet(uvicorn.Server):
    """Leaves signals to the tests."""

    def capture_signals(self) -> Any:  # noqa: ANN401 -- a context manager
        return nullcontext()


@dataclass
class Pages:
    """The pages as a person has them, and all that their browser asked for."""

    stack: Stack
    site: Site
    token: Path
    address: str
    browser: Browser
    asked: list[str] = field(default_factory=list[str])
    troubles: list[str] = field(default_factory=list[str])

    async def open(self, width: int = 1280, *, dark: bool = False) -> BrowserContext:
        """Return a browser that is signed in; its requests and errors are kept."""
        context = await self.stranger(width, dark=dark)
        self.token.write_text("a token of the tests")
        page = await context.new_page()
        await page.goto("/sign-in?token=a token of the tests")
        await page.close()
        return context

    async def stranger(self, width: int = 1280, *, dark: bool = False) -> BrowserContext:
        """Return a browser that is not signed in."""
        context = await self.browser.new_context(
            viewport={"width": width, "height": 800},
            color_scheme="dark" if dark else "light",
            base_url=self.address,
            timezone_id="Europe/Berlin",
        )
        context.set_default_timeout(15_000)
        context.on("request", lambda one: self.asked.append(one.url))
        context.on("weberror", lambda one: self.troubles.append(str(one.error)))
        context.on("console", lambda one: self._console(one.type, one.text))
        context.on("dialog", lambda one: self.troubles.append(f"dialog {one.message}"))
        return context

    def _console(self, kind: str, text: str) -> None:
        if kind in {"error", "warning"}:
            self.troubles.append(text)

    async def page(self, path: str = "/", width: int = 1280, *, dark: bool = False) -> Page:
        """Return a page of a browser of its own."""
        page = await (await self.open(width, dark=dark)).new_page()
        await page.goto(path)
        return page

    @property
    def foreign(self) -> list[str]:
        """Addresses that are not the server's own."""
        own = urlsplit(self.address).netloc
        return [one for one in self.asked if urlsplit(one).netloc not in {own, ""}]

    async def start(self, text: str, *options: str) -> str:
        """Start a campaign from a text, and return its key once all its drafts wait."""
        source = self.stack.folder / "source.md"
        await asyncio.to_thread(source.write_text, text)
        told = await self.stack.cli("start", str(source), "--json", *options)
        assert told.code == 0, told.err
        key = str(told.json["campaign_id"]).removeprefix("campaign:")
        query = f'GalleyCampaign="campaign:{key}" AND GalleyState="in_review"'

        async def all_wait() -> bool:
            found = await self.stack.client.count_workflows(query)
            return found.count >= len(told.json["posts"])

        await until(all_wait)
        return key

    async def post(self, key: str, platform: str) -> str:
        """Return the address of the page of a campaign's post."""
        query = f'GalleyCampaign="campaign:{key}" AND GalleyPlatform="{platform}"'
        async for run in self.stack.client.list_workflows(query):
            return f"/posts/{run.id}"
        raise AssertionError(f"{key} has no post on {platform}")


DEPENDS_ON_SCHEME_OR_WIDTH = ("color-contrast", "target-size", "scrollable-region-focusable")
"""Rules of axe that a page can break in one scheme or width alone."""


async def faults(page: Page, *rules: str) -> list[str]:
    """Return what axe-core finds: WCAG 2.2 AA and its best practices, or these rules alone."""
    options = {"runOnly": list(rules)} if rules else {"resultTypes": ["violations"]}
    found: Any = await Axe().run(page, options=options)  # pyright: ignore[reportUnknownMemberType] -- partly untyped
    return [
        f"{page.url} {one['id']}: {node['html'][:120]}"
        for one in found.response["violations"]
        for node in one["nodes"]
    ]


@pytest.fixture(scope="module")
async def stack(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    """Run every server and a worker."""
    stack = Stack(tmp_path_factory.mktemp("pages"))
    try:
        await stack.start()
        yield stack
    finally:
        stack.close()


@pytest.fixture(scope="module")
async def browser() -> AsyncIterator[Browser]:
    """Run a Chromium."""
    async with async_playwright() as playwright:
        # Chromium's own sandbox does not start for root, as in containers.
        flags = ["--no-sandbox"] if os.geteuid() == 0 else []
        path = chromium(playwright.chromium.executable_path)
        opened = await playwright.chromium.launch(executable_path=path, args=flags)
        yield opened
        await opened.close()


@pytest.fixture(scope="module")
def settings(stack: Stack) -> Iterator[Settings]:
    """Give the settings that point at the stack."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in stack.environment.items():
            if name.isupper() and name not in {"PATH", "HOME"}:
                patch.setenv(name, value)
        yield Settings()


@pytest.fixture(scope="module")
async def pages(stack: Stack, browser: Browser, settings: Settings) -> AsyncIterator[Pages]:
    """Serve the pages; at the end nothing went wrong in a browser, and no stranger was asked."""

    async def connect() -> Client:
        return stack.client

    token = stack.folder / "web.token"
    door = socket.create_server(("127.0.0.1", 0))
    address = f"http://127.0.0.1:{door.getsockname()[1]}"
    site = Site(
        Connections(settings, connect),
        token=OneTimeToken(token),
        person="kim",
        address=address,
        links=Links("a secret of the tests, which is long enough"),
    )
    config = uvicorn.Config(create_app(site), log_level="warning", lifespan="on")
    server = _Quiet(config)
    serving = asyncio.create_task(server.serve(sockets=[door]))
    found = Pages(stack, site, token, address, browser)
    try:
        yield found
        for context in browser.contexts:
            await context.close()
    finally:
        server.should_exit = True
        await serving
    assert found.foreign == []
    assert found.troubles == []
