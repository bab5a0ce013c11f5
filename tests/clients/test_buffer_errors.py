"""Every shape of failure, over a real socket."""

import asyncio
import json
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from galley.clients.buffer.client import BufferClient
from galley.clients.buffer.connection import MAX_ANSWER
from galley.clients.buffer.errors import (
    BlockedError,
    BufferApiError,
    DuplicateError,
    ForbiddenError,
    NoAnswerError,
    NotFoundError,
    NotSentError,
    RateLimitedError,
    RefusedError,
    SchemaError,
    UnauthorizedError,
    UnknownOutcomeError,
)
from galley.clients.buffer.queries import PostsQuery
from tests.clients.buffer_answers import (
    KEY,
    LIMITS,
    ORGANIZATION,
    a_request,
    created_json,
    fault_json,
    page_json,
    post_json,
    refused_json,
)
from tests.ports import free_port

RECENTLY = (
    "Invalid post: Whoops, it looks like you've posted that one recently. "
    "Unfortunately, we're not able to post the same thing again so soon!"
)
TWICE = (
    "Invalid post: Whoops, it looks like you've already got this one scheduled or "
    "posted around the same time."
)
SCHEDULED = "This post is already scheduled and cannot be posted twice."
NO_JWT = "An authentication JWT or Access Token is required"
COMPLEX = "Query exceeds maximum allowed complexity. Please simplify your query."
PICTURE = "Failed to create post: Failed to fetch image dimensions: Not Found"
ENUM = 'Value "x" does not exist in "SchedulingType" enum.'

JSON_CASES: list[tuple[int, dict[str, Any], type[BufferApiError]]] = [
    (200, refused_json("InvalidInputError", "Invalid post: Text"), RefusedError),
    (200, refused_json("LimitReachedError", "Limit reached: 10 of 10"), RefusedError),
    (200, refused_json("RestProxyError", "Some old refusal"), RefusedError),
    (200, refused_json("NotFoundError", "Channel not found"), NotFoundError),
    (200, refused_json("UnauthorizedError", "Not yours"), ForbiddenError),
    (200, refused_json("UnexpectedError", "Oops"), UnknownOutcomeError),
    (200, refused_json("UnexpectedError", PICTURE), RefusedError),
    (200, refused_json("SomethingNewError", "Something new"), UnknownOutcomeError),
    (200, refused_json("SomethingNewError", "Invalid post: no"), RefusedError),
    (200, {"data": {"createPost": {"__typename": "New"}}}, UnknownOutcomeError),
    (200, refused_json("InvalidInputError", RECENTLY), DuplicateError),
    (200, refused_json("RestProxyError", SCHEDULED), DuplicateError),
    (200, refused_json("UnexpectedError", RECENTLY), DuplicateError),
    (200, refused_json("InvalidInputError", TWICE), DuplicateError),
    (200, refused_json("LimitReachedError", "10 already scheduled"), RefusedError),
    (200, fault_json("Not authorized", "UNAUTHORIZED"), UnauthorizedError),
    (200, fault_json(NO_JWT, "UNAUTHENTICATED"), UnauthorizedError),
    (200, fault_json("Not allowed", "FORBIDDEN"), ForbiddenError),
    (200, fault_json("Channel not found", "NOT_FOUND"), NotFoundError),
    (200, fault_json("Oops", "UNEXPECTED"), UnknownOutcomeError),
    (200, fault_json("Too many", "RATE_LIMIT_EXCEEDED"), RateLimitedError),
    (200, fault_json(COMPLEX), SchemaError),
    (200, fault_json("Who knows"), UnknownOutcomeError),
    (200, {"data": None}, UnknownOutcomeError),
    (200, {"data": {"createPost": None}}, UnknownOutcomeError),
    (200, {"data": {"createPost": 7}}, UnknownOutcomeError),
    (200, {"data": []}, UnknownOutcomeError),
    (200, {"errors": "none"}, UnknownOutcomeError),
    (200, {"errors": [None]}, UnknownOutcomeError),
    (200, created_json(text=None), UnknownOutcomeError),
    (400, fault_json(ENUM, "GRAPHQL_VALIDATION_FAILED"), SchemaError),
    (400, fault_json(COMPLEX), SchemaError),
    (400, {}, SchemaError),
    (401, fault_json(NO_JWT, "UNAUTHENTICATED"), UnauthorizedError),
    (401, fault_json("Access token is not valid", "UNAUTHENTICATED"), UnauthorizedError),
    (401, {}, UnauthorizedError),
    (403, fault_json("Not allowed", "FORBIDDEN"), ForbiddenError),
    (413, {}, SchemaError),
    (429, fault_json("Too many", "RATE_LIMIT_EXCEEDED"), RateLimitedError),
    (429, {}, RateLimitedError),
    (500, fault_json("Oops", "UNEXPECTED"), NoAnswerError),
    (500, fault_json("Not authorized", "UNAUTHORIZED"), NoAnswerError),
]

RAW_CASES: list[tuple[int, bytes, type[BufferApiError]]] = [
    (403, b"error code: 1010", BlockedError),
    (404, b"<h1>Not found</h1>", BlockedError),
    (301, b"", BlockedError),
    (408, b"", NoAnswerError),
    (502, b"<html>Bad gateway</html>", NoAnswerError),
    (503, b"", NoAnswerError),
    (200, b"", UnknownOutcomeError),
    (200, b"<html>Hello</html>", UnknownOutcomeError),
    (200, b'{"data": {"createPost"', UnknownOutcomeError),
    (200, b"[" * 100_000, UnknownOutcomeError),
    (200, b"\xff\xfe", UnknownOutcomeError),
    (200, b" " * (MAX_ANSWER + 1), UnknownOutcomeError),
]


@asynccontextmanager
async def a_client(url: str, seconds: float = 10) -> AsyncGenerator[BufferClient]:
    client = BufferClient(url, KEY, timeout=seconds, user_agent="galley/test")
    try:
        yield client
    finally:
        await client.aclose()


async def failure_of(url: str, seconds: float = 10) -> BufferApiError:
    async with a_client(url, seconds) as client:
        with pytest.raises(BufferApiError) as caught:
            await client.create_post(a_request())
    return caught.value


@pytest.mark.parametrize(("status", "body", "expected"), JSON_CASES)
async def test_a_graphql_failure_has_its_own_error(
    httpserver: HTTPServer, status: int, body: dict[str, Any], expected: type[BufferApiError]
) -> None:
    httpserver.expect_request("/").respond_with_json(body, status, LIMITS)

    error = await failure_of(httpserver.url_for("/"))

    assert type(error) is expected
    assert [window.remaining for window in error.windows] == [98, 200, 2900]


@pytest.mark.parametrize(("status", "body", "expected"), RAW_CASES)
async def test_an_answer_that_is_not_graphql_has_its_own_error(
    httpserver: HTTPServer, status: int, body: bytes, expected: type[BufferApiError]
) -> None:
    httpserver.expect_request("/").respond_with_data(body, status)

    assert type(await failure_of(httpserver.url_for("/"))) is expected


async def test_a_dead_server_was_sent_nothing() -> None:
    error = await failure_of(f"http://127.0.0.1:{free_port()}/")

    assert type(error) is NotSentError


Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


async def _hangs_up(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.transport.abort()


async def _closes_politely(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.close()


async def _breaks_off(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b'HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n{"data":')
    await writer.drain()
    writer.close()


async def _talks_nonsense(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"SSH-2.0-OpenSSH_9.6\r\n\r\n")
    await writer.drain()
    writer.close()


async def _says_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read()
    writer.close()


async def _drips(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 9000000\r\n\r\n")
    while not reader.at_eof():
        writer.write(b" ")
        await writer.drain()
        await asyncio.sleep(0.05)
    writer.close()


@asynccontextmanager
async def serving(talk: Talk) -> AsyncGenerator[str]:
    """Read each whole request, then let ``talk`` answer in bytes."""

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            length = head.lower().split(b"content-length: ")[1].split(b"\r\n")[0]
            await reader.readexactly(int(length))
            await talk(reader, writer)
        except ConnectionError:
            writer.close()

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server:
        yield f"http://127.0.0.1:{port}/"


@pytest.mark.parametrize(
    "talk", [_hangs_up, _closes_politely, _breaks_off, _talks_nonsense, _says_nothing, _drips]
)
async def test_a_lost_answer_leaves_the_outcome_unknown(talk: Talk) -> None:
    async with serving(talk) as url:
        error = await failure_of(url, seconds=0.5)

    assert type(error) is NoAnswerError


async def test_a_post_beside_errors_was_created(httpserver: HTTPServer) -> None:
    partial = created_json() | fault_json("metrics failed") | created_json()
    httpserver.expect_request("/").respond_with_json(partial)

    async with a_client(httpserver.url_for("/")) as client:
        answer = await client.create_post(a_request())

    assert answer.value.id == post_json()["id"]


@pytest.mark.parametrize(
    ("headers", "body", "wait", "window"),
    [
        ({"Retry-After": "812"}, {"window": "15m"}, 812, "15m"),
        ({}, {"window": "24h", "retryAfter": 900}, 900, "24h"),
        ({"Retry-After": "soon"}, {}, None, ""),
        ({"Retry-After": "-5"}, {}, None, ""),
        ({"Retry-After": "999999999"}, {}, 2_592_000, ""),
        ({"RateLimit": '"d";r=0;t=77', "RateLimit-Policy": '"d";q=250;w=86400'}, {}, 77, "24h"),
    ],
)
async def test_a_rate_limit_says_how_long_to_wait(
    httpserver: HTTPServer,
    headers: dict[str, str],
    body: dict[str, Any],
    wait: float | None,
    window: str,
) -> None:
    fault = fault_json("Too many requests", "RATE_LIMIT_EXCEEDED", **body)
    httpserver.expect_request("/").respond_with_json(fault, 429, headers)

    error = await failure_of(httpserver.url_for("/"))

    assert isinstance(error, RateLimitedError)
    assert (error.retry_after, error.window) == (wait, window)


async def test_all_complaints_of_a_refusal_are_told_in_sentences(httpserver: HTTPServer) -> None:
    joined = "Invalid post: Posts require an image., Posts require a type."
    refusal = refused_json("InvalidInputError", joined)
    httpserver.expect_request("/").respond_with_json(refusal)

    error = await failure_of(httpserver.url_for("/"))

    assert error.message == (
        "Buffer refused the post: Invalid post: Posts require an image. Posts require a type."
    )


async def test_the_key_is_never_in_a_message(httpserver: HTTPServer) -> None:
    def echo(request: Request) -> Response:
        said = request.headers["Authorization"]
        return Response(json.dumps(refused_json("InvalidInputError", said)))

    httpserver.expect_request("/").respond_with_handler(echo)

    error = await failure_of(httpserver.url_for("/"))

    assert KEY not in f"{error} {error.args} {error!r}"
    assert "Bearer ***" in error.message


@pytest.mark.parametrize(
    ("quoted", "kept"),
    [
        (
            (
                'Variable "$input" got invalid value "Read this: my secret plan" at '
                '"input.text"; Expected type X.'
            ),
            "Expected type X.",
        ),
        (
            (
                'Variable "$input" has invalid value at .assets[0]: Expected value of '
                'type "X" to include required field "y", found: '
                '{ text: "my secret plan" }.'
            ),
            'required field "y"',
        ),
    ],
    ids=["graphql-js 16", "graphql-js 17"],
)
async def test_the_text_of_a_post_is_not_quoted_from_a_validation_error(
    httpserver: HTTPServer, quoted: str, kept: str
) -> None:
    fault = fault_json(quoted, "BAD_USER_INPUT")
    httpserver.expect_request("/").respond_with_json(fault, 400)

    error = await failure_of(httpserver.url_for("/"))

    assert "secret plan" not in error.message
    assert kept in error.message


async def test_a_message_is_one_short_printable_line(httpserver: HTTPServer) -> None:
    refusal = refused_json("InvalidInputError", "a\n\x1b[31mb\u202e" + "c" * 5000)
    httpserver.expect_request("/").respond_with_json(refusal)

    error = await failure_of(httpserver.url_for("/"))

    assert error.message.isprintable()
    assert len(error.message) < 400


async def test_a_page_with_one_broken_post_says_where(httpserver: HTTPServer) -> None:
    page = page_json(post_json(), post_json(text=None))
    httpserver.expect_request("/").respond_with_json(page)

    async with a_client(httpserver.url_for("/")) as client:
        with pytest.raises(UnknownOutcomeError, match=r"posts\.edges\.1\.node\.text"):
            await client.posts(PostsQuery(ORGANIZATION))


async def test_half_of_a_read_is_no_answer(httpserver: HTTPServer) -> None:
    half = fault_json("Not yours", "FORBIDDEN")
    half["data"] = {"account": {"organizations": []}, "channels": None}
    httpserver.expect_request("/").respond_with_json(half)

    async with a_client(httpserver.url_for("/")) as client:
        with pytest.raises(ForbiddenError, match="Not yours"):
            await client.channels(ORGANIZATION)


async def test_one_failure_is_one_request(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/").respond_with_data(status=503)

    await failure_of(httpserver.url_for("/"))

    assert len(httpserver.log) == 1
