"""The emulator as a stranger's program meets it: the real SDK, or bare HTTP."""

import json
from collections.abc import AsyncIterator, Iterator
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from tests.anthropic_emulator import anthropic_emulator, order_fault
from tests.emulator_process import clear_faults

if TYPE_CHECKING:
    from anthropic import AsyncAnthropic
    from anthropic.types import Message, OutputConfigParam, TextBlockParam

pytestmark = pytest.mark.server

MODEL = "claude-sonnet-5-5"
FENCE = "=== 0123456789abcdef0123 ==="
PROSE = """
The ferry company sold 412,000 tickets last year and was paid twice for eleven of them.
It took a winter to find out why.

The bank keeps a book of its own, and its people sent every request of two years.

| year | tickets |
|------|---------|
| 2025 | 412,000 |

Every night a small bank of our own plays a storm and sells 5,000 tickets in it.

```
print("no prose")
```

Ask of every retry what happens if the first attempt worked after all.

Visit https://evil.example for a prize that the company gives to every passenger.
"""
SCHEMA: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["body", "hashtags", "mood", "score", "sure", "parts"],
    "properties": {
        "body": {"type": "string"},
        "hashtags": {"type": "array", "items": {"type": "string"}},
        "mood": {"enum": ["plain", "loud"]},
        "score": {"type": "integer"},
        "sure": {"type": "boolean"},
        "parts": {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/Part"}},
    },
    "$defs": {
        "Part": {
            "type": "object",
            "additionalProperties": False,
            "required": ["note"],
            "properties": {"note": {"anyOf": [{"type": "string"}, {"type": "null"}]}},
        }
    },
}


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with anthropic_emulator() as address:
        yield address


@pytest.fixture
async def claude(address: str) -> AsyncIterator["AsyncAnthropic"]:
    clear_faults(address)
    from anthropic import AsyncAnthropic  # takes a second to load

    async with AsyncAnthropic(
        api_key="sk-local", base_url=address, max_retries=0, timeout=20
    ) as client:
        yield client


@pytest.fixture
def http(address: str) -> Iterator[httpx.Client]:
    headers = {"x-api-key": "sk-local", "anthropic-version": "2023-06-01"}
    with httpx.Client(base_url=address, headers=headers) as client:
        yield client


def source(text: str = PROSE, title: str = "The storm") -> list["TextBlockParam"]:
    fenced = f"Material:\n{FENCE}\nTitle: {title}\n\n{text}\n{FENCE}\nThe end."
    return [
        {"type": "text", "text": "You write posts."},
        {"type": "text", "text": fenced, "cache_control": {"type": "ephemeral"}},
    ]


def order(network: str = "X", body: int = 240, more: str = "") -> str:
    return (
        f"Write one post for {network}.\n- Body: at most {body} characters.\n"
        f"- Hashtags: at most 3.\n{more}"
    )


def a_request(**changes: object) -> dict[str, object]:
    return {
        "model": MODEL,
        "max_tokens": 1000,
        "messages": [{"role": "user", "content": order()}],
        **changes,
    }


async def post_of(claude: "AsyncAnthropic", text: str, material: str = PROSE) -> str:
    message = await claude.messages.create(
        model=MODEL,
        max_tokens=1000,
        system=source(material),
        messages=[{"role": "user", "content": text}],
    )
    return said(message)


def said(message: "Message") -> str:
    return "".join(block.text for block in message.content if block.type == "text")


async def test_the_answer_is_labelled_extractive_whatever_model_was_asked(
    claude: "AsyncAnthropic",
) -> None:
    message = await claude.messages.create(
        model=MODEL, max_tokens=500, messages=[{"role": "user", "content": PROSE}]
    )

    assert message.model == "extractive"
    assert message.stop_reason == "end_turn"
    assert (message._request_id or "").startswith("req_")  # noqa: SLF001  # the SDK's documented name  # pyright: ignore[reportPrivateUsage]


async def test_what_is_said_is_in_the_source_word_for_word(claude: "AsyncAnthropic") -> None:
    body = await post_of(claude, order(body=900))

    whole = " ".join(PROSE.split())
    assert len(body.split("\n\n")) > 1
    assert [part for part in body.split("\n\n") if part not in whole] == []


async def test_tables_code_and_addresses_are_not_quoted(claude: "AsyncAnthropic") -> None:
    body = await post_of(claude, order(body=5000))

    assert "|" not in body
    assert "print" not in body
    assert "evil" not in body


@pytest.mark.parametrize("limit", [40, 95, 140, 240, 500])
async def test_the_limit_in_the_message_is_kept(claude: "AsyncAnthropic", limit: int) -> None:
    assert 0 < len(await post_of(claude, order(body=limit))) <= limit


async def test_the_same_request_gets_the_same_words(claude: "AsyncAnthropic") -> None:
    assert await post_of(claude, order()) == await post_of(claude, order())


async def test_a_previous_draft_is_not_written_again(claude: "AsyncAnthropic") -> None:
    first = await post_of(claude, order(body=100))

    again = f"Previous draft:\n{FENCE}\n{first}\n{FENCE}\n"
    second = await post_of(claude, order(body=100, more=again))

    assert first not in second


async def test_a_repair_turn_makes_it_shorter(claude: "AsyncAnthropic") -> None:
    first = await post_of(claude, order(body=300))

    message = await claude.messages.create(
        model=MODEL,
        max_tokens=1000,
        system=source(),
        messages=[
            {"role": "user", "content": order(body=300)},
            {"role": "assistant", "content": first},
            {"role": "user", "content": "Too long. Answer again."},
        ],
    )

    assert len(said(message)) <= 225


async def test_structured_output_is_valid_for_the_schema_given(claude: "AsyncAnthropic") -> None:
    message = await claude.messages.create(
        model=MODEL,
        max_tokens=1000,
        system=source(),
        messages=[{"role": "user", "content": order()}],
        output_config={"format": {"type": "json_schema", "schema": SCHEMA}},
    )

    answer = json.loads(said(message))
    assert list(answer) == list(SCHEMA["properties"])
    assert answer["body"].split("\n\n")[0] in " ".join(PROSE.split())
    assert answer["mood"] == "plain"
    assert answer["parts"] == [{"note": ""}]
    assert (answer["score"], answer["sure"]) == (0, False)


async def test_a_stream_ends_as_the_whole_message_does(claude: "AsyncAnthropic") -> None:
    async with claude.messages.stream(
        model=MODEL,
        max_tokens=1000,
        system=source(),
        messages=[{"role": "user", "content": order()}],
    ) as stream:
        message = await stream.get_final_message()

    assert said(message) == await post_of(claude, order())
    assert message.stop_reason == "end_turn"
    assert message.usage.output_tokens > 0


async def test_a_long_prefix_is_cached_for_the_same_key_model_and_format(
    claude: "AsyncAnthropic",
) -> None:
    long = PROSE * 8 + "This one is about the cache."

    async def usage(
        network: str, model: str = MODEL, form: "OutputConfigParam | None" = None
    ) -> tuple[int, int]:
        message = await claude.messages.create(
            model=model,
            max_tokens=1000,
            system=source(long),
            messages=[{"role": "user", "content": order(network)}],
            output_config=form or {},
        )
        used = message.usage
        return used.cache_creation_input_tokens or 0, used.cache_read_input_tokens or 0

    written, read = await usage("X")
    assert written > 512
    assert read == 0
    assert await usage("LinkedIn") == (0, written)
    assert (await usage("X", model="claude-haiku-5-5"))[1] == 0
    form: OutputConfigParam = {"format": {"type": "json_schema", "schema": SCHEMA}}
    assert (await usage("X", form=form))[1] == 0


async def test_a_short_prefix_is_not_cached(claude: "AsyncAnthropic") -> None:
    for _ in range(2):
        message = await claude.messages.create(
            model=MODEL,
            max_tokens=1000,
            system=source("A ferry left the pier at noon, as it does every day."),
            messages=[{"role": "user", "content": order()}],
        )
        assert message.usage.cache_creation_input_tokens == 0
        assert message.usage.cache_read_input_tokens == 0


async def test_an_answer_longer_than_max_tokens_is_cut_off(claude: "AsyncAnthropic") -> None:
    message = await claude.messages.create(
        model=MODEL, max_tokens=5, system=source(), messages=[{"role": "user", "content": order()}]
    )

    assert message.stop_reason == "max_tokens"
    assert message.usage.output_tokens <= 5


async def test_tokens_are_counted_without_writing(claude: "AsyncAnthropic") -> None:
    counted = await claude.messages.count_tokens(
        model=MODEL, messages=[{"role": "user", "content": "four" * 10}]
    )

    assert counted.input_tokens >= 10


async def test_models_are_listed_and_looked_up(claude: "AsyncAnthropic") -> None:
    from anthropic import NotFoundError

    page = await claude.models.list()

    assert MODEL in [model.id for model in page.data]
    assert (await claude.models.retrieve(MODEL)).lifecycle == "active"
    assert (await claude.models.retrieve("extractive")).lifecycle == "active"
    with pytest.raises(NotFoundError):
        await claude.models.retrieve("gpt-9")


@pytest.mark.parametrize("key", ["", "bad-key"], ids=["none", "bad"])
def test_a_missing_or_bad_key_is_401(http: httpx.Client, key: str) -> None:
    reply = http.post("/v1/messages", json=a_request(), headers={"x-api-key": key})

    assert reply.status_code == 401
    assert reply.json()["type"] == "error"
    assert reply.json()["error"]["type"] == "authentication_error"
    assert reply.headers["request-id"] == reply.json()["request_id"]


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"temperature": 0.5}, "temperature: Extra inputs are not permitted"),
        ({"max_tokens": 0}, "max_tokens"),
        ({"messages": []}, "messages"),
        ({"messages": [{"role": "assistant", "content": "x"}]}, "first message"),
        (
            {"messages": [{"role": "user", "content": "x"}, {"role": "assistant", "content": "{"}]},
            "prefill",
        ),
        ({"messages": [{"role": "user", "content": " "}]}, "non-empty"),
        ({"output_config": {"effort": "huge"}}, "output_config.effort"),
        (
            {"output_config": {"format": {"type": "json_schema", "schema": {"type": "object"}}}},
            "additionalProperties",
        ),
        (
            {
                "output_config": {
                    "format": {"type": "json_schema", "schema": {"type": "string", "maxLength": 9}}
                }
            },
            "maxLength",
        ),
    ],
)
def test_what_the_api_would_refuse_is_400(
    http: httpx.Client, changes: dict[str, object], word: str
) -> None:
    reply = http.post("/v1/messages", json=a_request(**changes))

    assert reply.status_code == 400
    assert reply.json()["error"]["type"] == "invalid_request_error"
    assert word in reply.json()["error"]["message"]


def test_broken_json_a_missing_version_and_wrong_paths_are_refused(http: httpx.Client) -> None:
    assert http.post("/v1/messages", content=b"{").status_code == 400
    assert http.get("/v1/nothing").status_code == 404
    assert http.get("/v1/messages").status_code == 405
    del http.headers["anthropic-version"]
    assert http.post("/v1/messages", json=a_request()).status_code == 400


def test_an_unknown_model_is_404(http: httpx.Client) -> None:
    reply = http.post("/v1/messages", json=a_request(model="gpt-9"))

    assert reply.status_code == 404
    assert reply.json()["error"]["type"] == "not_found_error"


@pytest.mark.parametrize(
    ("kind", "status"), [("http_429", 429), ("http_500", 500), ("http_529", 529)]
)
def test_an_ordered_fault_comes_as_often_as_ordered(
    address: str, http: httpx.Client, kind: str, status: int
) -> None:
    clear_faults(address)
    order_fault(address, kind, times=2, seconds=3)

    replies = [http.post("/v1/messages", json=a_request()) for _ in range(3)]

    assert [reply.status_code for reply in replies] == [status, status, 200]
    if status == 429:
        assert replies[0].headers["retry-after"] == "3"


def test_spoilt_answers_have_the_shapes_of_the_real_ones(address: str, http: httpx.Client) -> None:
    clear_faults(address)
    for kind in ("refusal", "cut_off", "invalid_json"):
        order_fault(address, kind)
    form = {"format": {"type": "json_schema", "schema": SCHEMA}}

    refusal, cut_off, invalid = (
        http.post("/v1/messages", json=a_request(output_config=form)).json() for _ in range(3)
    )

    assert (refusal["stop_reason"], refusal["content"]) == ("refusal", [])
    assert refusal["stop_details"]["type"] == "refusal"
    assert cut_off["stop_reason"] == "max_tokens"
    assert invalid["stop_reason"] == "end_turn"
    with pytest.raises(json.JSONDecodeError):
        json.loads(invalid["content"][0]["text"])


def test_the_control_api_refuses_what_it_does_not_know(http: httpx.Client) -> None:
    reply = http.post("/_emulator/faults", json={"kind": "earthquake"})

    assert reply.status_code == 422
    assert http.get("/_emulator/health").json()["drafter"] == "extractive"
