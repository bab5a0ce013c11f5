"""The real Anthropic SDK over a real socket, against every row of the error table."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from galley.clients.anthropic import DraftClient
from galley.drafting.answers import (
    BadKeyError,
    DraftAnswer,
    InvalidRequestError,
    LaterModelError,
    ModelError,
    Prompt,
    Reply,
    ReplyKind,
    SpendLimitError,
    Turn,
)
from galley.models.budget import TokenUse
from tests.ports import free_port

POST = {
    "network": "x",
    "skip": "",
    "body": "The books agree.",
    "thread": [],
    "title": "",
    "headline": "Agreed",
    "alt_text": "A card",
    "hashtags": ["Ferry"],
    "parts": [],
}
ANSWER = {"posts": [POST]}
PROMPT = Prompt("rules", "source", [Turn("user", "one post")])
USAGE = {
    "input_tokens": 10,
    "cache_creation_input_tokens": 20,
    "cache_read_input_tokens": 30,
    "output_tokens": 40,
}


@pytest.fixture
async def client(httpserver: HTTPServer) -> AsyncIterator[DraftClient]:
    client = DraftClient(
        api_key="sk-secret", base_url=httpserver.url_for("/"), model="claude-sonnet-5-5", timeout=20
    )
    yield client
    await client.aclose()


def message(**changes: object) -> dict[str, Any]:
    return {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "claude-sonnet-5-5",
        "content": [{"type": "text", "text": json.dumps(ANSWER)}],
        "stop_reason": "end_turn",
        "stop_sequence": None,
        "usage": USAGE,
        **changes,
    }


def answers(
    server: HTTPServer, body: object, status: int = 200, headers: dict[str, str] | None = None
) -> None:
    server.expect_request("/v1/messages", method="POST").respond_with_json(
        body, status=status, headers={"request-id": "req_7", **(headers or {})}
    )


def error_body(kind: str, code: str | None = None) -> dict[str, Any]:
    details = {"error_code": code} if code else None
    error = {"type": kind, "message": "no", "details": details}
    return {"type": "error", "error": error}


async def failing(client: DraftClient) -> ModelError:
    with pytest.raises(ModelError) as caught:
        await client.write(PROMPT)
    assert "sk-secret" not in str(caught.value)
    return caught.value


async def asked(server: HTTPServer, client: DraftClient, reply: object) -> Reply:
    answers(server, reply)
    return await client.write(PROMPT)


async def test_a_good_answer_comes_with_model_request_id_and_usage(
    httpserver: HTTPServer, client: DraftClient
) -> None:
    reply = await asked(httpserver, client, message())

    assert reply.kind is ReplyKind.OK
    assert reply.answer == DraftAnswer.model_validate(ANSWER)
    assert (reply.model, reply.request_id) == ("claude-sonnet-5-5", "req_7")
    assert reply.usage == TokenUse(
        input_tokens=60, output_tokens=40, cached_tokens=30, cache_written_tokens=20
    )


async def test_the_request_caches_the_source_and_asks_for_one_schema(
    httpserver: HTTPServer, client: DraftClient
) -> None:
    seen: list[dict[str, Any]] = []

    def record(request: Request) -> Response:
        seen.append(json.loads(request.data))
        return Response(json.dumps(message()), content_type="application/json")

    httpserver.expect_request("/v1/messages").respond_with_handler(record)
    await client.write(PROMPT)

    body = seen[0]
    assert [block.get("cache_control") for block in body["system"]] == [None, {"type": "ephemeral"}]
    schema = body["output_config"]["format"]["schema"]
    assert sorted(schema["required"]) == sorted(schema["properties"])
    assert schema["additionalProperties"] is False
    assert body["output_config"]["effort"] == "medium"
    assert "temperature" not in body


async def test_thinking_is_no_part_of_the_answer(
    httpserver: HTTPServer, client: DraftClient
) -> None:
    thinking = {"type": "thinking", "thinking": "hm", "signature": "s"}
    content = [thinking, *message()["content"]]

    reply = await asked(httpserver, client, message(content=content))

    assert reply.answer is not None
    assert reply.answer.posts[0].body == "The books agree."


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({"stop_reason": "max_tokens"}, ReplyKind.CUT_OFF),
        ({"stop_reason": "model_context_window_exceeded"}, ReplyKind.TOO_LONG),
        ({"stop_reason": "refusal", "content": []}, ReplyKind.REFUSED),
        ({"content": [{"type": "text", "text": '{"body": "br'}]}, ReplyKind.INVALID),
        ({"content": [{"type": "text", "text": '{"body": "b"}'}]}, ReplyKind.INVALID),
        ({"content": []}, ReplyKind.INVALID),
    ],
    ids=["cut off", "too long", "refused", "broken json", "fields missing", "empty"],
)
async def test_an_answer_that_cannot_be_used_keeps_its_usage(
    httpserver: HTTPServer, client: DraftClient, changes: dict[str, Any], kind: ReplyKind
) -> None:
    reply = await asked(httpserver, client, message(**changes))

    assert (reply.kind, reply.answer) == (kind, None)
    assert reply.usage.output_tokens == 40
    assert reply.request_id == "req_7"


async def test_a_refusal_names_its_category(httpserver: HTTPServer, client: DraftClient) -> None:
    details = {"type": "refusal", "category": "cyber", "explanation": None}
    reply = await asked(
        httpserver, client, message(stop_reason="refusal", content=[], stop_details=details)
    )

    assert reply.detail == "cyber"


async def test_a_message_is_not_quoted_in_what_is_wrong_with_it(
    httpserver: HTTPServer, client: DraftClient
) -> None:
    wrong = json.dumps(ANSWER | {"body": ["private words"]})
    reply = await asked(httpserver, client, message(content=[{"type": "text", "text": wrong}]))

    assert "body" in reply.detail
    assert "private words" not in reply.detail


@pytest.mark.parametrize("status", [408, 409, 429, 500, 502, 503, 504, 529])
async def test_a_passing_trouble_is_for_later_and_tried_once_only(
    httpserver: HTTPServer, client: DraftClient, status: int
) -> None:
    answers(httpserver, error_body("api_error"), status=status)

    error = await failing(client)

    assert isinstance(error, LaterModelError)
    assert error.request_id == "req_7"
    assert len(httpserver.log) == 1


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "17"}, 17.0),
        ({"retry-after-ms": "1500", "retry-after": "17"}, 1.5),
        ({"retry-after": "90000"}, 600.0),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "-1"}, None),
        ({}, None),
    ],
    ids=["seconds", "milliseconds", "capped", "word", "nan", "negative", "none"],
)
async def test_the_delay_asked_for_is_kept(
    httpserver: HTTPServer, client: DraftClient, headers: dict[str, str], seconds: float | None
) -> None:
    answers(httpserver, error_body("rate_limit_error"), status=429, headers=headers)

    error = await failing(client)

    assert isinstance(error, LaterModelError)
    assert error.retry_after == seconds


@pytest.mark.parametrize(
    ("status", "kind", "setting"),
    [
        (400, InvalidRequestError, "400"),
        (401, BadKeyError, "ANTHROPIC_API_KEY"),
        (402, SpendLimitError, "credit"),
        (403, BadKeyError, "ANTHROPIC_API_KEY"),
        (404, InvalidRequestError, "GALLEY_DRAFT_MODEL"),
        (413, InvalidRequestError, "shorten"),
        (422, InvalidRequestError, "422"),
    ],
)
async def test_what_cannot_change_by_itself_is_final(
    httpserver: HTTPServer, client: DraftClient, status: int, kind: type[ModelError], setting: str
) -> None:
    answers(httpserver, error_body("invalid_request_error"), status=status)

    error = await failing(client)

    assert type(error) is kind
    assert setting in str(error)
    assert error.request_id == "req_7"


@pytest.mark.parametrize(
    "code", ["enforced_spend_limit_reached", "contract_expired", "linked_organization_suspended"]
)
async def test_a_spend_limit_is_no_rate_limit(
    httpserver: HTTPServer, client: DraftClient, code: str
) -> None:
    answers(httpserver, error_body("rate_limit_error", code), status=429)

    assert isinstance(await failing(client), SpendLimitError)


async def test_the_servers_word_on_retrying_counts_more_than_the_status(
    httpserver: HTTPServer, client: DraftClient
) -> None:
    handler = httpserver.expect_ordered_request("/v1/messages")
    handler.respond_with_json(
        error_body("api_error"), status=500, headers={"x-should-retry": "false"}
    )
    handler = httpserver.expect_ordered_request("/v1/messages")
    handler.respond_with_json(
        error_body("invalid_request_error"), status=400, headers={"x-should-retry": "true"}
    )

    first, second = await failing(client), await failing(client)

    assert isinstance(first, InvalidRequestError)
    assert isinstance(second, LaterModelError)


async def test_an_overload_under_another_status_is_for_later(
    httpserver: HTTPServer, client: DraftClient
) -> None:
    answers(httpserver, error_body("overloaded_error"), status=400)

    assert isinstance(await failing(client), LaterModelError)


async def test_an_answer_without_an_end_is_for_later(
    httpserver: HTTPServer, client: DraftClient
) -> None:
    answers(httpserver, message(stop_reason=None))

    assert isinstance(await failing(client), LaterModelError)


async def test_nobody_listening_is_for_later() -> None:
    address = f"http://127.0.0.1:{free_port()}"
    client = DraftClient(api_key="k", base_url=address, model="claude-sonnet-5-5")

    error = await failing(client)

    assert isinstance(error, LaterModelError)
    assert "ANTHROPIC_BASE_URL" in str(error)
    await client.aclose()


async def test_silence_is_for_later() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        client = DraftClient(
            api_key="k",
            base_url=f"http://127.0.0.1:{silent.getsockname()[1]}",
            model="claude-sonnet-5-5",
            timeout=0.2,
        )

        error = await failing(client)

        assert isinstance(error, LaterModelError)
        await client.aclose()


def events(*, text: str, is_whole: bool) -> bytes:
    """Return a streamed answer, or its beginning."""
    began = message(content=[], stop_reason=None)
    told: list[dict[str, Any]] = [
        {"type": "message_start", "message": began},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": text}},
    ]
    if is_whole:
        ended = {"stop_reason": "end_turn", "stop_sequence": None}
        usage = {"output_tokens": 40}
        told += [
            {"type": "content_block_stop", "index": 0},
            {"type": "message_delta", "delta": ended, "usage": usage},
            {"type": "message_stop"},
        ]
    lines = (f"event: {one['type']}\ndata: {json.dumps(one)}\n\n" for one in told)
    return "".join(lines).encode()


async def streamed(port: int) -> Reply:
    client = DraftClient(api_key="k", base_url=f"http://127.0.0.1:{port}", model="claude-x")
    try:
        return await client.write(replace(PROMPT, max_tokens=20_000))
    finally:
        await client.aclose()


@pytest.mark.parametrize("missing", [0, 1, 500])
async def test_a_long_answer_is_streamed_and_one_that_breaks_off_is_a_lost_reply(
    missing: int,
) -> None:
    body = events(text=json.dumps(ANSWER), is_whole=not missing)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"20000")
        # A length beyond what is sent is a connection that was cut.
        length = len(body) + (missing if missing > 1 else 0)
        head = f"content-type: text/event-stream\r\ncontent-length: {length}\r\n"
        writer.write(f"HTTP/1.1 200 OK\r\nrequest-id: req_9\r\n{head}\r\n".encode() + body)
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        if not missing:
            reply = await streamed(port)
            assert (reply.kind, reply.request_id) == (ReplyKind.OK, "req_9")
            assert reply.usage.output_tokens == 40
            return
        with pytest.raises(LaterModelError) as caught:
            await streamed(port)
        assert caught.value.may_be_billed


async def test_without_a_key_nothing_is_sent(httpserver: HTTPServer) -> None:
    client = DraftClient(api_key=None, base_url=httpserver.url_for("/"), model="claude-sonnet-5-5")

    error = await failing(client)

    assert isinstance(error, BadKeyError)
    assert not httpserver.log
    await client.aclose()


INFO = {
    "id": "claude-sonnet-5-5",
    "type": "model",
    "display_name": "Claude Sonnet 5.5",
    "created_at": "2026-06-01T00:00:00Z",
    "lifecycle": "active",
}
STRUCTURED, PLAIN = (
    {"capabilities": {"structured_outputs": {"supported": can}}} for can in (True, False)
)


@pytest.mark.parametrize(
    ("told", "name"),
    [
        ({}, "Claude Sonnet 5.5"),
        ({"capabilities": None}, "Claude Sonnet 5.5"),
        ({"capabilities": {}}, "Claude Sonnet 5.5"),
        (STRUCTURED, "Claude Sonnet 5.5"),
        ({"lifecycle": "deprecated"}, "Claude Sonnet 5.5 (deprecated)"),
    ],
)
async def test_the_check_asks_for_the_model(
    httpserver: HTTPServer, client: DraftClient, told: dict[str, object], name: str
) -> None:
    path = "/v1/models/claude-sonnet-5-5"
    httpserver.expect_request(path).respond_with_json(INFO | told)

    assert await client.check() == name


@pytest.mark.parametrize(
    ("told", "says"),
    [(PLAIN, "gives no structured answers"), ({"lifecycle": "retired"}, "is retired")],
)
async def test_a_model_that_cannot_write_drafts_is_told(
    httpserver: HTTPServer, client: DraftClient, told: dict[str, object], says: str
) -> None:
    path = "/v1/models/claude-sonnet-5-5"
    httpserver.expect_request(path).respond_with_json(INFO | told)

    with pytest.raises(InvalidRequestError, match=says):
        await client.check()


async def test_usages_add_up() -> None:
    one = TokenUse(input_tokens=1, output_tokens=2, cached_tokens=3)
    two = TokenUse(input_tokens=10, output_tokens=20, cache_written_tokens=4)

    assert one + two == TokenUse(
        input_tokens=11, output_tokens=22, cached_tokens=3, cache_written_tokens=4
    )
