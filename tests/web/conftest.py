"""The review pages on the real stack, in a real Chromium; one of each for all tests of them."""

import os
import shutil
import socket
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

import pytest
import uvicorn
from axe_playwright_python.async_playwright import Axe
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from playwright.async_api import Browser, BrowserContext, Page, async_playwright, expect
from pydantic import SecretStr
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.testing import WorkflowEnvironment

from app.campaigns.sources import GivenSource
from app.campaigns.start import CampaignRequest, start_campaign
from app.connections import Connections
from app.posts.directory import PostRow
from emulators.launch import ONE_PARTITION, temporal_binary
from galley.models.network import Platform
from galley.models.options import CampaignOptions, MediaOptions
from galley.models.schedule import Timing
from galley.settings import Settings
from galley.sources.identity import spec_for
from tests.end_to_end.stack import Stack
from tests.end_to_end.waiting import until
from tests.review.test_signatures import KEYS
from tests.serving import running
from tests.web.desk import Desk, open_desk
from web.access import COOKIE, Links, OneTimeToken
from web.app import create_app
from web.site import Site
from web.slow_clients import SlowClientProtocol
from workflows import ids

# Five seconds, as Playwright has it, are few on a machine that runs the whole suite.
expect.set_options(timeout=20_000)

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
    kept: dict[Literal["allow", "block"], Page] = field(
        default_factory=dict[Literal["allow", "block"], Page]
    )
    """The pages of Chromium that all tests take in turn, with a service worker and without.

    To open one costs as much as to read four addresses into it.
    """

    async def page(
        self,
        path: str = "/",
        width: int = 1280,
        *,
        is_person: bool = True,
        workers: Literal["allow", "block"] = "block",
    ) -> Page:
        """Return a page of a person with a session of its own, or of somebody who has none."""
        page = self.kept.get(workers)
        if page is None:
            page = self.kept[workers] = await (await self._context(workers)).new_page()
        await page.context.clear_cookies(name=COOKIE)
        if is_person:
            cookie = self.site.sessions.begin(self.site.person)
            await page.context.add_cookies([{"name": COOKIE, "value": cookie, "url": self.address}])
        await page.emulate_media(color_scheme="light")
        await page.set_viewport_size({"width": width, "height": 800})
        await page.goto(path)
        return page

    async def _context(self, workers: Literal["allow", "block"]) -> BrowserContext:
        """Return a browser whose requests and errors are kept."""
        context = await self.browser.new_context(
            base_url=self.address,
            timezone_id="Europe/Berlin",
            service_workers=workers,
            permissions=["notifications"] if workers == "allow" else [],
        )
        context.set_default_timeout(15_000)
        context.on("request", lambda one: self.asked.append(one.url))
        context.on("weberror", lambda one: self.troubles.append(str(one.error)))
        context.on("console", lambda one: self._console(one.type, one.text))
        context.on("dialog", lambda one: self.troubles.append(f"dialog {one.message}"))
        return context

    def _console(self, kind: str, text: str) -> None:
        # The browser of most tests has none, so that each page is read from the server.
        if kind in {"error", "warning"} and "Service Worker registration blocked" not in text:
            self.troubles.append(text)

    async def release(self) -> None:
        """Let all requests of a page through that a test has held back."""
        for page in self.kept.values():
            await page.unroute_all(behavior="ignoreErrors")

    @property
    def foreign(self) -> list[str]:
        """Addresses that are not the server's own."""
        own = urlsplit(self.address).netloc
        return [one for one in self.asked if urlsplit(one).netloc not in {own, ""}]

    async def start(
        self,
        text: str,
        *platforms: Platform,
        timing: Timing | None = None,
        media: MediaOptions | None = None,
    ) -> str:
        """Start a campaign from a text, and return its key once all its drafts wait."""
        data = text.encode()
        options = CampaignOptions(
            platforms=platforms, timing=timing or Timing(), media=media or MediaOptions()
        )
        source = GivenSource(spec_for("source.md", data), data)
        begun = await start_campaign(self.site.connections, CampaignRequest(source, options))
        key = begun.campaign_id.removeprefix("campaign:")
        await self.listed(key, 'GalleyState="in_review"', len(platforms))
        return key

    async def listed(self, key: str, query: str, posts: int = 1) -> None:
        """Wait until Temporal lists so many posts of a campaign, as the pages will."""
        query = f'GalleyCampaign="campaign:{key}" AND {query}'

        async def are_there() -> bool:
            return (await self.stack.client.count_workflows(query)).count >= posts

        await until(are_there)

    async def in_inbox(self, is_it: Callable[[PostRow], bool], posts: int = 1) -> None:
        """Wait until so many such posts are in the inbox, whose list is seconds old."""

        async def are_there() -> bool:
            return sum(is_it(one.row) for one in await self.site.waiting.entries()) == posts

        await until(are_there)

    async def post(self, key: str, platform: str) -> str:
        """Return the address of the page of a campaign's post."""
        query = f'GalleyCampaign="campaign:{key}" AND GalleyPlatform="{platform}"'
        async for run in self.stack.client.list_workflows(query):
            return f"/posts/{run.id}"
        raise AssertionError(f"{key} has no post on {platform}")


_DEPENDS_ON_SCHEME_OR_WIDTH = ("color-contrast", "target-size", "scrollable-region-focusable")
"""Rules of axe that a page can break in one scheme or width alone."""


async def faults(page: Page, *rules: str, within: str | None = None) -> list[str]:
    """Return what axe-core finds: WCAG 2.2 AA and its best practices, or these rules alone.

    Args:
        page: What is shown now.
        rules: Names of axe's rules.
        within: A selector of the parts that are looked at; missing: the whole page.
    """
    # What was found right is not described: axe makes up a selector for each element of that.
    options = {"resultTypes": ["violations"]} | ({"runOnly": list(rules)} if rules else {})
    # Its script has half a megabyte: a page is given it once.
    axe = Axe("0") if await page.evaluate("Boolean(window.axe)") else Axe()
    found: Any = await axe.run(page, within, options)  # pyright: ignore[reportUnknownMemberType] -- partly untyped
    return [
        f"{page.url} {one['id']}: {node['html'][:120]}"
        for one in found.response["violations"]
        for node in one["nodes"]
    ]


async def faults_either_way(page: Page, within: str | None = None) -> list[str]:
    """Return the faults of a page on a wide light screen, and on a narrow phone in the dark.

    On the phone axe looks at what depends on scheme or width, and nothing may scroll sideways.
    """
    await page.emulate_media(color_scheme="light")
    await page.set_viewport_size({"width": 1280, "height": 800})
    found = await faults(page, within=within)
    await page.emulate_media(color_scheme="dark")
    await page.set_viewport_size({"width": 320, "height": 640})
    found += await faults(page, *_DEPENDS_ON_SCHEME_OR_WIDTH, within=within)
    wide = await page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    return [*found, f"{page.url} scrolls by {wide} px"] if wide > 0 else found


@pytest.fixture(scope="package")
async def temporal() -> AsyncIterator[Client]:
    """Run a Temporal for posts without the rest of the stack."""
    async with await WorkflowEnvironment.start_local(  # pyright: ignore[reportUnknownMemberType] -- one parameter of the SDK is untyped
        data_converter=pydantic_data_converter,
        dev_server_existing_path=str(temporal_binary()),
        dev_server_extra_args=ONE_PARTITION,
        search_attributes=ids.ALL,
    ) as environment:
        yield environment.client


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    """Give the folder of the keys of a team."""
    for name, key in KEYS.items():
        file = tmp_path / f"{name}.pem"
        file.touch(mode=0o600)
        file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return tmp_path


@pytest.fixture
async def desk(
    temporal: Client, keys: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Desk]:
    """Give a post in review, with the messages about it."""
    async with open_desk(temporal, keys, monkeypatch) as opened:
        yield opened


@pytest.fixture(scope="package")
async def stack(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    """Run every server and a worker."""
    stack = Stack(tmp_path_factory.mktemp("pages"))
    try:
        await stack.start()
        yield stack
    finally:
        stack.close()


@pytest.fixture(scope="package")
async def browser() -> AsyncIterator[Browser]:
    """Run a Chromium."""
    async with async_playwright() as playwright:
        # A new frame for each address costs a fifth more, and no page of ours could tell.
        flags = ["--enable-features=RenderDocument:level/crashed-frame"]
        if os.geteuid() == 0:
            flags += ["--no-sandbox"]  # Chromium's own does not start for root, as in containers
        path = chromium(playwright.chromium.executable_path)
        opened = await playwright.chromium.launch(executable_path=path, args=flags)
        yield opened
        await opened.close()


@pytest.fixture(scope="package")
def settings(stack: Stack) -> Settings:
    """Give the settings that point at the stack."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in stack.environment.items():
            if name.isupper() and name not in {"PATH", "HOME"}:
                patch.setenv(name, value)
        return Settings()


@pytest.fixture
async def pages(served: Pages) -> AsyncIterator[Pages]:
    """Give the pages; what a test holds back is released after it."""
    yield served
    await served.release()


@pytest.fixture(scope="package")
async def served(stack: Stack, browser: Browser, settings: Settings) -> AsyncIterator[Pages]:
    """Serve the pages; at the end nothing went wrong in a browser, and no stranger was asked."""

    async def connect() -> Client:
        return stack.client

    token = stack.folder / "web.token"
    door = socket.create_server(("127.0.0.1", 0))
    address = f"http://127.0.0.1:{door.getsockname()[1]}"
    secret = SecretStr("a secret of the tests, which is long enough")
    linking = {"web_address": address, "web_links_secret": secret}
    site = Site(
        Connections(settings.model_copy(update=linking), connect),
        token=OneTimeToken(token),
        person="kim",
        address=address,
        links=Links(secret.get_secret_value()),
    )
    config = uvicorn.Config(
        create_app(site), http=SlowClientProtocol, log_level="warning", lifespan="on"
    )
    found = Pages(stack, site, token, address, browser)
    async with running(config, door):
        yield found
        for page in found.kept.values():
            await page.context.close()
    assert found.foreign == []
    assert found.troubles == []
