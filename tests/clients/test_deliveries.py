"""What a model made is fetched from hosts that are named, without a token."""

import asyncio
import base64

import pytest

from galley.clients.replicate_http import DeliveryGoneError, fetch_output
from galley.clients.web_replies import (
    ForbiddenAddressError,
    TooLargeError,
    TooManyRedirectsError,
    WebError,
    WrongTypeError,
)
from tests.serving import answering, serving

HOSTS = ("replicate.delivery", "*.replicate.delivery")


async def fetched(output: object, *hosts: str, limit: int = 1000) -> bytes:
    return await fetch_output(output, hosts or HOSTS, limit, deadline=30)


@pytest.mark.parametrize(
    "address",
    [
        "https://example.com/a.png",
        "http://replicate.delivery/a.png",
        "https://replicate.delivery:8443/a.png",
        "https://replicate.delivery.example.com/a.png",
        "https://evilreplicate.delivery/a.png",
        "http://127.0.0.1:80/a.png",
        "https://[::1]/a.png",
        "https://replicate.delivery@example.com/a.png",
    ],
)
async def test_no_other_host_is_asked(address: str) -> None:
    with pytest.raises(ForbiddenAddressError) as failed:
        await fetched(address)

    assert "a.png" not in str(failed.value)


@pytest.mark.parametrize("shape", ["{}", "list", "object"])
async def test_a_file_is_fetched_from_a_host_that_is_named(shape: str) -> None:
    async with serving(answering(b"bytes", content_type="image/png")) as host:
        url = f"http://{host}/a.png"
        output = {"{}": url, "list": [url], "object": {"images": [url]}}[shape]
        assert await fetched(output, host) == b"bytes"


async def test_no_token_and_no_cookie_goes_along() -> None:
    heads = list[bytes]()

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: image/png\r\ncontent-length: 1\r\n\r\nx")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(listen, "127.0.0.1", 0)
    async with server:
        host = "127.0.0.1:" + str(server.sockets[0].getsockname()[1])
        assert await fetched(f"http://{host}/a.png", host) == b"x"

    assert b"authorization" not in heads[0].lower()
    assert b"cookie" not in heads[0].lower()


@pytest.mark.parametrize("status", ["404 Not Found", "410 Gone", "403 Forbidden"])
async def test_a_file_that_is_gone_has_an_error_of_its_own(status: str) -> None:
    async with serving(answering(b"", status=status)) as host:
        with pytest.raises(DeliveryGoneError):
            await fetched(f"http://{host}/a.png", host)


async def test_a_redirect_leads_nowhere() -> None:
    handler = answering(b"", "Location: https://example.com/", status="302 Found")
    async with serving(handler) as host:
        with pytest.raises(TooManyRedirectsError):
            await fetched(f"http://{host}/a.png", host)


async def test_a_server_that_fails_is_asked_again_later() -> None:
    async with serving(answering(b"", status="503 Busy")) as host:
        with pytest.raises(WebError) as failed:
            await fetched(f"http://{host}/a.png", host)

    assert failed.value.retryable


async def test_more_than_the_limit_is_not_read() -> None:
    async with serving(answering(b"x" * 2000, content_type="image/png")) as host:
        with pytest.raises(TooLargeError):
            await fetched(f"http://{host}/a.png", host)


async def test_a_page_is_no_file() -> None:
    async with serving(answering(b"<p>")) as host:
        with pytest.raises(WrongTypeError):
            await fetched(f"http://{host}/a.png", host)


async def test_bytes_may_stand_in_the_output_itself() -> None:
    said = base64.b64encode(b"bytes").decode()

    assert await fetched(f"data:image/png;base64,{said}") == b"bytes"
    with pytest.raises(TooLargeError):
        await fetched(f"data:image/png;base64,{said * 500}")
    with pytest.raises(WrongTypeError):
        await fetched("data:image/png;base64,%%%")


@pytest.mark.parametrize("output", [None, 7, "a ferry", [], {"a": {"b": {"c": {}}}}])
async def test_an_output_without_a_file_is_said_so(output: object) -> None:
    with pytest.raises(WrongTypeError, match="no file"):
        await fetched(output)
