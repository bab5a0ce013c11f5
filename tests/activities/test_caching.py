"""Eleven drafts read the source once, and it is told when they do not."""

import hashlib
from collections.abc import AsyncIterator, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from temporalio.testing import ActivityEnvironment

from activities.drafting.drafts import ClaudeDrafting
from bench.caching import ARTICLE, read
from galley.budget.ceilings import post_folder, spending_of
from galley.budget.prices import READ_IN_FULL, is_read_in_full, known_prices
from galley.clients.anthropic import DraftClient
from galley.clients.storage import ObjectStore
from galley.models.budget import TokenUse
from galley.models.channel import Channel
from galley.models.draft import DraftReply, WriteDraft
from galley.models.network import Platform
from galley.models.source import SourceDocument, SourceKind, SourceRef
from tests.anthropic_emulator import anthropic_emulator, order_fault
from tests.emulator_process import clear_faults

pytestmark = pytest.mark.server

SONNET = "claude-sonnet-5-5"


@pytest.fixture(scope="module")
def emulator() -> Iterator[str]:
    with anthropic_emulator() as address:
        yield address


@pytest.fixture
async def drafting(emulator: str, state_store: ObjectStore) -> AsyncIterator[ClaudeDrafting]:
    clear_faults(emulator)
    client = DraftClient(api_key="sk-local", base_url=emulator, model=SONNET)
    yield ClaudeDrafting(state=state_store, client=client)
    await client.aclose()


async def source(store: ObjectStore, text: str) -> SourceRef:
    document = SourceDocument(kind=SourceKind.TEXT, title="Notes", text=text)
    sha256 = hashlib.sha256(text.encode()).hexdigest()
    data = document.model_dump_json().encode()
    await store.put_if_absent(f"sources/{sha256}.json", data, "application/json")
    return SourceRef(kind=document.kind, sha256=sha256, title="Notes", words=9)


async def draft(
    drafting: ClaudeDrafting, source: SourceRef, name: str, *, later: bool
) -> DraftReply:
    one = Channel(id=name, name=name, platform=Platform.X)
    task = WriteDraft(
        source=source, channel=one, post_key=f"{source.sha256}:{name}", is_later=later
    )
    return await ActivityEnvironment().run(drafting.write_draft, task)


async def uncached(store: ObjectStore, source: SourceRef, name: str) -> int:
    names = await store.names(post_folder(f"{source.sha256}:{name}"))
    return spending_of(names).uncached


async def test_reading_the_source_for_eleven_networks_costs_at_most_thirty_percent(
    emulator: str,
) -> None:
    found = await read(emulator, ARTICLE.read_bytes(), ARTICLE.name)

    assert found.networks == len(Platform)
    assert found.words > 2_800
    assert found.ratio <= 0.30


async def test_a_later_draft_that_paid_for_the_whole_source_says_so(
    drafting: ClaudeDrafting, state_store: ObjectStore, emulator: str
) -> None:
    long = await source(state_store, "The ferry left the quay at nine. " * 400)
    first = await draft(drafting, long, "first", later=False)
    order_fault(emulator, "cold_cache")

    later = await draft(drafting, long, "later", later=True)
    next_one = await draft(drafting, long, "next", later=True)

    assert first.provenance.notice == next_one.provenance.notice == ""
    assert later.provenance.notice == READ_IN_FULL
    assert await uncached(state_store, long, "later") == 1
    assert await uncached(state_store, long, "next") == 0


async def test_a_cold_cache_is_no_alarm_for_a_first_draft(
    drafting: ClaudeDrafting, state_store: ObjectStore, emulator: str
) -> None:
    long = await source(state_store, "The ferry came back at six. " * 400)
    order_fault(emulator, "cold_cache")

    reply = await draft(drafting, long, "first", later=False)

    assert not reply.provenance.notice


def test_a_prefix_below_the_models_minimum_is_no_alarm() -> None:
    price = known_prices().models[SONNET]
    least = price.cache_minimum

    assert is_read_in_full(price, TokenUse(input_tokens=2 * least), 0.5)
    assert not is_read_in_full(price, TokenUse(input_tokens=2 * least - 2), 0.5)


@given(st.integers(0, 300_000), st.integers(1, 300_000), st.floats(0, 1))
def test_a_draft_that_read_anything_from_the_cache_is_no_alarm(
    total: int, cached: int, share: float
) -> None:
    use = TokenUse(input_tokens=total, cached_tokens=cached)

    assert not is_read_in_full(known_prices().of(SONNET), use, share)
