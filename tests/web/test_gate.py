"""The gate before the review pages lets nobody in who has no business there."""

import asyncio
import re
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from typing import cast

import httpx
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from app.connections import Connections, open_client
from galley.settings import Settings
from tests.memory_store import MemoryStore
from tests.serving import running
from tests.workflows.harness import until
from web.access import OneTimeToken, Sessions
from web.app import create_app
from web.security import ACTS, Rates
from web.site import Site
from web.slow_clients import SlowClientProtocol

HOST = "http://127.0.0.1:9703"


@pytest.fixture(name="token")
def _token(tmp_path: Path) -> Path:
    path = tmp_path / "web.token"
    path.write_text("the-token")
    return path


@pytest.fixture(name="app")
def _app(token: Path) -> Starlette:
    """Give the pages; Temporal and a bucket are never reached."""
    connections = Connections(Settings.model_construct(), open_client)
    connections.__dict__["state"] = MemoryStore()
    return create_app(Site(connections, token=OneTimeToken(token), person="kim"))


@pytest.fixture(name="pages")
def _pages(app: Starlette) -> httpx.AsyncClient:
    """Give a client of the pages that is not signed in."""
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url=HOST)


Serve = Callable[..., Awaitable[tuple[int, uvicorn.Server]]]


class _Hasty(SlowClientProtocol):
    """With no time at all."""

    HEAD_SECONDS = READ_SECONDS = 0.2


@pytest.fixture(name="serve")
async def _serve(app: Starlette) -> AsyncIterator[Serve]:
    """Serve the pages on real sockets, with a protocol of the test's choice."""
    stack = AsyncExitStack()

    async def serve(
        protocol: type[SlowClientProtocol], most: int = 100
    ) -> tuple[int, uvicorn.Server]:
        door = socket.create_server(("127.0.0.1", 0))
        config = uvicorn.Config(
            app, http=protocol, log_level="warning", limit_concurrency=most, timeout_keep_alive=60
        )
        server = await stack.enter_async_context(running(config, door))
        return door.getsockname()[1], server

    async with stack:
        yield serve


HEAD = b"GET /offline HTTP/1.1\r\nHost: 127.0.0.1:{}\r\n"


@pytest.mark.parametrize("before", [b"", HEAD, HEAD + b"\r\n" + HEAD])
async def test_a_head_that_does_not_end_is_not_waited_for(before: bytes, serve: Serve) -> None:
    port, _ = await serve(_Hasty)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(before.replace(b"{}", str(port).encode()))

    async with asyncio.timeout(20):
        with suppress(ConnectionError):
            await reader.read(-1)
    writer.close()


async def test_an_answer_that_nobody_reads_is_not_kept(app: Starlette, serve: Serve) -> None:
    async def large(request: Request) -> Response:
        del request
        return PlainTextResponse("x" * 50_000_000)

    app.routes.insert(0, Route("/large", large))
    port, server = await serve(_Hasty)
    _, writer = await asyncio.open_connection("127.0.0.1", port, limit=1)
    writer.write(HEAD.replace(b"/offline", b"/large").replace(b"{}", str(port).encode()) + b"\r\n")

    async def counts() -> int:
        return len(server.server_state.connections)

    await until(counts, lambda found: found == 1)
    await until(counts, lambda found: found == 0)
    writer.close()


async def test_idle_connections_make_room_for_whoever_asks(serve: Serve) -> None:
    port, _ = await serve(SlowClientProtocol, most=5)
    idle = [await asyncio.open_connection("127.0.0.1", port) for _ in range(9)]
    async with httpx.AsyncClient(trust_env=False) as browser:
        answer = await browser.get(f"http://127.0.0.1:{port}/offline")

    assert answer.status_code == 200
    for _, writer in idle:
        writer.close()


async def test_the_printed_address_signs_in_once(pages: httpx.AsyncClient) -> None:
    first = await pages.get("/sign-in?token=the-token")
    cookie = first.headers["set-cookie"]
    pages.cookies.clear()
    second = await pages.get("/sign-in?token=the-token")

    assert (first.status_code, first.headers["location"]) == (303, "/")
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert second.status_code == 401
    assert "has been used" in second.text


async def test_a_cookie_that_somebody_else_chose_is_never_a_session(
    pages: httpx.AsyncClient, app: Starlette
) -> None:
    planted = "chosen-by-a-stranger"
    signed_in = await pages.get(
        "/sign-in?token=the-token", headers={"Cookie": f"galley_session={planted}"}
    )
    own = signed_in.cookies["galley_session"]
    later = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=HOST)
    by_planted = await later.get("/account", headers={"Cookie": f"galley_session={planted}"})
    by_own = await later.get("/account", headers={"Cookie": f"galley_session={own}"})
    form = re.search(r'name="csrf" value="([^"]+)"', by_own.text)
    ended = await later.post(
        "/sign-out",
        data={"csrf": form[1] if form else ""},
        headers={"Cookie": f"galley_session={own}", "Origin": HOST},
    )
    after = await later.get("/account", headers={"Cookie": f"galley_session={own}"})

    assert own != planted
    assert (by_planted.status_code, by_own.status_code) == (401, 200)
    assert (ended.status_code, after.status_code) == (303, 401)


@pytest.mark.parametrize("path", ["/", "/posts/post:a:b"])
async def test_nobody_sees_a_page_without_signing_in(path: str, pages: httpx.AsyncClient) -> None:
    answer = await pages.get(path)

    assert answer.status_code == 401
    assert "galley web" in answer.text


@pytest.mark.parametrize(
    "headers",
    [
        {"host": "evil.example"},
        {"host": "127.0.0.1.evil.example"},
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"sec-fetch-site": "cross-site", "sec-fetch-mode": "cors"},
        {"sec-fetch-site": "same-site", "sec-fetch-mode": "no-cors", "sec-fetch-dest": "image"},
        {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "iframe"},
        {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "empty"},
    ],
    ids=str,
)
async def test_another_site_reaches_nothing(
    headers: dict[str, str], pages: httpx.AsyncClient
) -> None:
    assert (await pages.get("/sign-in?token=the-token", headers=headers)).status_code == 403
    assert (await pages.post("/sign-out", headers=headers)).status_code == 403


async def test_a_form_without_the_token_of_its_session_does_nothing(
    pages: httpx.AsyncClient,
) -> None:
    await pages.get("/sign-in?token=the-token")
    forged = await pages.post("/sign-out", data={"csrf": "guessed"})
    still = await pages.get("/sign-in")

    assert forged.status_code == 403
    assert still.status_code == 303


async def test_every_answer_forbids_inline_code_and_other_addresses(
    pages: httpx.AsyncClient,
) -> None:
    for path in ("/", "/static/galley.js", "/nowhere", "/health"):
        policy = (await pages.get(path)).headers["content-security-policy"]
        assert policy.startswith("default-src 'none'")
        assert "unsafe" not in policy
        assert "http" not in policy


async def test_a_session_ends_by_itself() -> None:
    now = [0.0]
    sessions = Sessions(lambda: now[0])
    idle, used = sessions.begin("kim"), sessions.begin("lee")
    for hour in range(1, 13):
        now[0] = hour * 3600.0
        found = sessions.find(used)
        assert (found is not None) is (hour <= 12)
    now[0] += 1

    assert sessions.find(idle) is None
    assert sessions.find(used) is None


def test_what_an_open_page_asks_by_itself_keeps_no_session_alive() -> None:
    now = [0.0]
    sessions = Sessions(lambda: now[0])
    cookie = sessions.begin("kim")
    now[0] = 7000.0
    assert sessions.find(cookie, is_use=False)
    now[0] = 7300.0
    assert sessions.find(cookie) is None


async def test_an_open_page_of_a_post_is_no_use_of_its_session(
    app: Starlette, pages: httpx.AsyncClient
) -> None:
    await pages.get("/sign-in?token=the-token")
    session = cast("Site", app.state.site).sessions.find(pages.cookies["galley_session"])
    assert session
    before = session.seen
    await pages.get("/posts/other:a/news")
    assert session.seen == before
    await pages.get("/posts/other:a")
    assert session.seen > before


def test_one_client_cannot_ask_without_end() -> None:
    now = [0.0]
    rates = Rates(lambda: now[0])
    early = [rates.wait("one", ACTS) for _ in range(ACTS.burst + 1)]

    assert early[:-1] == [0.0] * ACTS.burst
    assert early[-1] > 0
    assert rates.wait("another", ACTS) == 0
    now[0] = early[-1]
    assert rates.wait("one", ACTS) == 0


async def test_no_body_is_read_for_long_before_its_token(pages: httpx.AsyncClient) -> None:
    await pages.get("/sign-in?token=the-token")
    read = 0

    async def body() -> AsyncIterator[bytes]:
        nonlocal read
        for _ in range(100):
            read += 65536
            yield b"a" * 65536

    answer = await pages.post("/posts/post:a/media", content=body())

    assert answer.status_code == 403
    assert read <= 3 * 65536


SIGNED = {"/decide/{kind}", "/slack/actions"}
"""Forms of links, and clicks in Slack, come without a session."""


def forms(app: Starlette) -> list[str]:
    """Return the address of every form of a session, with a name in place of what varies."""
    found = [one for one in app.routes if isinstance(one, Route) and "POST" in (one.methods or ())]
    assert {one.path for one in found} > SIGNED
    mine = (one.path for one in found if one.path not in SIGNED)
    return [re.sub(r"\{[^}]*\}", "post:a", one) for one in mine]


async def test_no_form_at_all_does_anything_without_the_token_of_its_session(
    app: Starlette, pages: httpx.AsyncClient
) -> None:
    await pages.get("/sign-in?token=the-token")
    answers = {one: (await pages.post(one, data={"a": "b"})).status_code for one in forms(app)}

    assert len(answers) > 10
    assert {one: code for one, code in answers.items() if code != 403} == {}


async def test_no_form_at_all_is_taken_from_somebody_who_has_not_signed_in(
    app: Starlette, pages: httpx.AsyncClient
) -> None:
    answers = {one: (await pages.post(one, data={"a": "b"})).status_code for one in forms(app)}

    assert {one: code for one, code in answers.items() if code != 401} == {}


async def test_a_form_that_asks_for_what_there_is_not_is_told_so(
    app: Starlette, pages: httpx.AsyncClient
) -> None:
    await pages.get("/sign-in?token=the-token")
    session = cast("Site", app.state.site).sessions.find(pages.cookies["galley_session"])
    assert session
    answers = [
        await pages.post(path, data={"csrf": session.csrf, "platform": "myspace"})
        for path in ("/count", "/posts/post:a/publish", "/posts/post:a/change/undo")
    ]

    other = await pages.post("/posts/buffer:org/change/retract", data={"csrf": session.csrf})

    assert [one.status_code for one in answers] == [400, 404, 404]
    assert other.status_code == 404


async def test_pictures_and_films_wait_while_others_are_handled(
    app: Starlette, pages: httpx.AsyncClient
) -> None:
    await pages.get("/sign-in?token=the-token")
    site = cast("Site", app.state.site)
    session = site.sessions.find(pages.cookies["galley_session"])
    assert session
    while not site.uploads.locked():
        await site.uploads.acquire()
    for what in ("media", "crop"):
        answer = await pages.post(f"/posts/post:a/{what}", data={"csrf": session.csrf})
        assert answer.status_code == 503
        assert "Other pictures and films are being processed: try again in a minute." in answer.text
