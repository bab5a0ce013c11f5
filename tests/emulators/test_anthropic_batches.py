"""Batches over the real wire, by the real SDK."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

import anthropic
import pytest
from anthropic.types.messages import MessageBatch
from anthropic.types.messages.batch_create_params import Request

from tests.anthropic_emulator import anthropic_emulator, clear_faults, order_fault
from tests.end_to_end.waiting import until

pytestmark = pytest.mark.server

MODEL = "claude-sonnet-5-5"


@pytest.fixture(scope="module")
def emulator() -> Iterator[str]:
    with anthropic_emulator() as address:
        yield address


@pytest.fixture
async def client(emulator: str) -> AsyncIterator[anthropic.AsyncAnthropic]:
    clear_faults(emulator)
    client = anthropic.AsyncAnthropic(
        api_key="sk-local", base_url=emulator, max_retries=0
    )
    yield client
    await client.close()


def asked(name: str, **changes: str) -> Request:
    params: Any = {
        "model": MODEL,
        "max_tokens": 500,
        "messages": [{"role": "user", "content": "Write a post. Boats leave at nine."}],
    }
    made: Any = {"custom_id": name, "params": {**params, **changes}}
    return made


async def ended(client: anthropic.AsyncAnthropic, batch_id: str) -> MessageBatch:
    found: list[MessageBatch] = []

    async def is_so() -> bool:
        found.append(await client.messages.batches.retrieve(batch_id))
        return found[-1].processing_status == "ended"

    await until(is_so)
    return found[-1]


async def results(client: anthropic.AsyncAnthropic, batch_id: str) -> dict[str, Any]:
    lines = await client.messages.batches.results(batch_id)
    return {line.custom_id: line.result async for line in lines}


async def test_each_request_has_a_result_of_its_own_and_costs_half(
    client: anthropic.AsyncAnthropic, emulator: str
) -> None:
    order_fault(emulator, "batch_expired")
    requests = [asked("late"), asked("good"), asked("bad", model="gpt")]

    made = await client.messages.batches.create(requests=requests)
    batch = await ended(client, made.id)

    found = await results(client, made.id)
    assert {name: one.type for name, one in found.items()} == {
        "late": "expired",
        "good": "succeeded",
        "bad": "errored",
    }
    assert found["good"].message.usage.service_tier == "batch"
    assert found["good"].message.content[0].text
    counts = batch.request_counts
    assert (counts.succeeded, counts.errored, counts.expired) == (1, 1, 1)


async def test_a_cancelled_batch_begins_nothing_more(
    client: anthropic.AsyncAnthropic, emulator: str
) -> None:
    order_fault(emulator, "slow", seconds=1)
    made = await client.messages.batches.create(requests=[asked("one"), asked("two")])
    left = await client.messages.batches.cancel(made.id)

    batch = await ended(client, made.id)

    assert left.processing_status in {"canceling", "ended"}
    assert batch.request_counts.canceled >= 1
    assert (await results(client, made.id))["two"].type == "canceled"


async def test_results_are_asked_for_in_vain_before_the_end(
    client: anthropic.AsyncAnthropic, emulator: str
) -> None:
    order_fault(emulator, "slow", seconds=1)
    made = await client.messages.batches.create(requests=[asked("one")])

    with pytest.raises(anthropic.AnthropicError, match="in_progress"):
        await client.messages.batches.results(made.id)

    await ended(client, made.id)


async def test_a_batch_is_seen_by_its_own_key_alone(
    client: anthropic.AsyncAnthropic,
) -> None:
    made = await client.messages.batches.create(requests=[asked("one")])

    with pytest.raises(anthropic.NotFoundError):
        await client.with_options(api_key="sk-other").messages.batches.retrieve(made.id)


@pytest.mark.parametrize("names", [["a", "a"], ["with space"], []])
async def test_a_batch_without_names_of_its_own_is_refused(
    client: anthropic.AsyncAnthropic, names: list[str]
) -> None:
    with pytest.raises(anthropic.BadRequestError):
        await client.messages.batches.create(requests=[asked(name) for name in names])
