"""Fetching pages over real sockets, from servers that mean harm."""

import asyncio
import gzip
import tracemalloc
import zlib
from collections.abc import Callable

import pytest

from galley.clients.web import Page, WebClient
from galley.clients.web_replies import (
    ForbiddenAddressError,
    HttpStatusError,
    TooLargeError,
    TooManyRedirectsError,
    UnreachableError,
    WebError,
    WrongTypeError,
)
from tests.ports import free_port
from tests.serving import Handler, answering, serving


async def fetch(
    handler: Handler, path: str = "/", *, limit: int = 5_000_000, deadline: float = 10
) -> Page:
    async with serving(handler) as host:
        client = WebClient((host,), limit=limit, deadline=deadline)
        return await client.fetch(f"http://{host}{path}")


async def test_a_page_comes_with_its_type_and_final_address() -> None:
    page = await fetch(answering(), "/a?b=1")

    assert page.body == b"<p>Hello</p>"
    assert (page.content_type, page.charset) == ("text/html", "utf-8")
    assert page.url.endswith("/a?b=1")


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0x7f.1",
        "0177.0.0.1",
        "localhost",
        "localhost.",
        "0",
        "0.0.0.0",  # noqa: S104 (the address is the trick under test)
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "100.64.0.1",
        "169.254.169.254",
        "224.0.0.1",
        "255.255.255.255",
        "192.88.99.1",
        "[::1]",
        "[::]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[::127.0.0.1]",
        "[64:ff9b::127.0.0.1]",
        "[64:ff9b:1::7f00:1]",
        "[2002:7f00:1::]",
        "[2001:0:7f00:1::]",
        "[fe80::1]",
        "[fd00:ec2::254]",
        "[fec0::1]",
        "[ff02::1]",
        "１２７.０.０.１",  # noqa: RUF001 (the trick under test)
        "①②⑦.0.0.1",
    ],
)
@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_a_private_address_is_refused_in_every_spelling(scheme: str, host: str) -> None:
    with pytest.raises(ForbiddenAddressError):
        await WebClient().fetch(f"{scheme}://{host}/")


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "ftp://example.com/",
        "gopher://127.0.0.1/",
        "data:text/html,hello",
        "//example.com/",
        "example.com",
        "",
        "http://",
        "http://user:secret@93.184.215.14/",
        "http://93.184.215.14:22/",
        "http://93.184.215.14:8080/",
        "http://[::1/",
        "http://" + "a" * 64 + ".example/",
        "http://a\nb/",
    ],
)
async def test_only_plain_web_addresses_are_read(url: str) -> None:
    with pytest.raises(ForbiddenAddressError) as caught:
        await WebClient().fetch(url)

    assert "secret" not in str(caught.value)
    assert not caught.value.retryable


@pytest.mark.parametrize("port", [22, 25, 8080, 6379])
async def test_a_port_that_serves_no_pages_is_refused(port: int) -> None:
    with pytest.raises(ForbiddenAddressError, match=f"Port {port} is not read"):
        await WebClient().fetch(f"https://93.184.215.14:{port}/")


async def test_a_private_host_is_read_only_if_it_is_listed() -> None:
    async with serving(answering()) as host:
        with pytest.raises(ForbiddenAddressError, match="GALLEY_FETCH_PRIVATE_HOSTS"):
            await WebClient().fetch(f"http://{host}/")
        with pytest.raises(ForbiddenAddressError):
            await WebClient(("127.0.0.1:1",)).fetch(f"http://{host}/")


async def test_a_denied_address_sees_no_connection() -> None:
    seen: asyncio.Queue[str] = asyncio.Queue()

    async def connected(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.put_nowait("a connection")
        writer.close()

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    async with server:
        host = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
        with pytest.raises(ForbiddenAddressError):
            await WebClient().fetch(f"http://{host}/")
        # One of its own, so that a connection that came has been seen by now.
        _, writer = await asyncio.open_connection(*host.split(":"))
        writer.close()
        await asyncio.wait_for(seen.get(), 5)

    assert seen.empty()


@pytest.mark.parametrize(
    "location",
    [
        "http://127.0.0.1/",
        "http://localhost/",
        "http://169.254.169.254/computeMetadata/v1/",
        "//[::1]/",
        "file:///etc/passwd",
    ],
)
async def test_a_redirect_inside_is_refused(location: str) -> None:
    with pytest.raises(ForbiddenAddressError):
        await fetch(answering(b"", f"Location: {location}", status="302 Found"))


async def test_a_redirect_to_nonsense_is_an_error() -> None:
    with pytest.raises(UnreachableError):
        await fetch(answering(b"", "Location: http://[::1/", status="302 Found"))


async def test_a_redirect_is_followed_to_its_end() -> None:
    async def handler(path: str, writer: asyncio.StreamWriter) -> None:
        step = int(path[1:])
        answer = (
            answering(b"", f"Location: {step - 1}", status="301 Moved") if step else answering()
        )
        await answer("", writer)

    page = await fetch(handler, "/3")

    assert page.url.endswith("/0")
    with pytest.raises(TooManyRedirectsError):
        await fetch(handler, "/4")


def bomb(packed: Callable[[bytes], bytes] = gzip.compress) -> bytes:
    return packed(bytes(50_000_000))


@pytest.mark.parametrize(
    ("packed", "coding"),
    [
        (bomb, "gzip"),
        (lambda: bomb(zlib.compress), "deflate"),
        (lambda: b"a" * 1_000_001, "identity"),
        (lambda: gzip.compress(b"x" * 600_000) * 2, "gzip"),
    ],
    ids=["gzip", "deflate", "plain", "many gzip members"],
)
async def test_a_page_that_unpacks_beyond_the_limit_is_cut(
    packed: Callable[[], bytes], coding: str
) -> None:
    with pytest.raises(TooLargeError, match="larger than 1 MB"):
        await fetch(answering(packed(), f"Content-Encoding: {coding}"), limit=1_000_000)


async def test_a_bomb_is_never_unpacked_into_memory() -> None:
    body = bomb()
    tracemalloc.start()
    try:
        with pytest.raises(TooLargeError):
            await fetch(answering(body, "Content-Encoding: gzip"), limit=1_000_000)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert peak < 10_000_000


@pytest.mark.parametrize("coding", ["gzip, gzip", "br", "zstd", "compress"])
async def test_an_encoding_nobody_asked_for_is_refused(coding: str) -> None:
    with pytest.raises(WrongTypeError):
        await fetch(answering(gzip.compress(bytes(1_000)), f"Content-Encoding: {coding}"))


async def test_a_packed_page_is_unpacked() -> None:
    body = gzip.compress(b"<p>one ") + gzip.compress(b"two</p>") + bytes(64)

    page = await fetch(answering(body, "Content-Encoding: gzip"))

    assert page.body == b"<p>one two</p>"


async def test_a_damaged_page_is_an_error() -> None:
    with pytest.raises(UnreachableError, match="damaged"):
        await fetch(answering(b"not gzip", "Content-Encoding: gzip"))


async def test_a_slow_server_is_cut_by_the_deadline() -> None:
    done = asyncio.Event()

    async def drip(_: str, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n")
        while not done.is_set() and not writer.is_closing():
            writer.write(b" ")
            await writer.drain()
            await asyncio.sleep(0.01)

    with pytest.raises(UnreachableError, match="took longer") as caught:
        await fetch(drip, deadline=0.3)
    done.set()

    assert caught.value.retryable


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/pdf", b"%PDF-1.7"),
        ("image/png", b"\x89PNG\r\n\x1a\n"),
        ("application/json", b"{}"),
        ("text/html", b"%PDF-1.7\n"),
        ("text/html", b"\x89PNG\r\n\x1a\n" + bytes(20)),
        ("text/plain", b"MZ\0\0"),
    ],
)
async def test_what_is_no_page_is_refused_whatever_it_says(content_type: str, body: bytes) -> None:
    with pytest.raises(WrongTypeError, match="not an article"):
        await fetch(answering(body, content_type=content_type))


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be"])
async def test_a_page_in_utf_16_is_text(encoding: str) -> None:
    body = "<p>The ferry sails at nine.</p>".encode(encoding)

    assert (await fetch(answering(body, content_type="text/html"))).body == body


@pytest.mark.parametrize(
    ("status", "retryable"),
    [
        ("404 Not Found", False),
        ("403 Forbidden", False),
        ("401 Unauthorized", False),
        ("204 No Content", False),
        ("429 Too Many Requests", True),
        ("503 Unavailable", True),
    ],
)
async def test_only_a_status_that_may_pass_is_tried_again(
    status: str,
    retryable: bool,  # noqa: FBT001 (a table)
) -> None:
    with pytest.raises(HttpStatusError, match=status[:3]) as caught:
        await fetch(answering(b"", "Retry-After: 7", status=status))

    assert caught.value.retryable is retryable
    assert caught.value.retry_after == 7


async def test_a_closed_port_is_unreachable_and_may_be_tried_again() -> None:
    host = f"127.0.0.1:{free_port()}"

    with pytest.raises(UnreachableError, match="cannot be reached") as caught:
        await WebClient((host,)).fetch(f"http://{host}/")

    assert caught.value.retryable


async def test_a_server_that_speaks_no_http_is_unreachable() -> None:
    async def handler(_: str, writer: asyncio.StreamWriter) -> None:
        writer.write(b"SSH-2.0-OpenSSH\r\n")

    with pytest.raises(WebError, match="cannot be reached"):
        await fetch(handler)


async def test_a_proxy_of_the_environment_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALL_PROXY", f"http://127.0.0.1:{free_port()}")

    assert (await fetch(answering())).body
