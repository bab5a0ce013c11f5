"""Long sources condensed by the real SDK and the emulator."""

import asyncio
import hashlib
import uuid
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities.budget.ceilings import BudgetKeeper
from activities.drafting.briefs import SourceCondensing
from activities.drafting.drafts import ModelDrafting
from galley.budget.ceilings import campaign_folder, spending_of
from galley.budget.prices import known_prices
from galley.clients.anthropic import CondenseClient, DraftClient
from galley.clients.storage import ObjectStore
from galley.drafting.messages import brief_text
from galley.models.budget import Ceilings
from galley.models.channel import Channel
from galley.models.draft import WriteDraft
from galley.models.network import Platform
from galley.models.source import (
    BriefRef,
    CondenseSource,
    SourceBrief,
    SourceDocument,
    SourceKind,
    SourceRef,
)
from tests.anthropic_emulator import anthropic_emulator, order_fault
from tests.emulator_process import clear_faults
from tests.end_to_end.waiting import until
from tests.memory_store import MemoryStore

pytestmark = pytest.mark.server

HAIKU, SONNET = "claude-haiku-5-5", "claude-sonnet-5-5"
EPISODE = Path(__file__).parents[2] / "examples" / "long" / "episode.vtt"
# Without names of files, which networks take for links: a draft would hold other words.
_LINES = [
    line.rstrip(".")
    for line in EPISODE.read_text().splitlines()
    if line.endswith(".") and ".py" not in line
]
# The emulator compares each sentence with every other one: of long ones there are fewer.
_PAIRS = zip(_LINES[::2], _LINES[1::2], strict=False)
SPOKEN = [f"{one}; {other}." for one, other in _PAIRS]


def document(copies: int = 4) -> SourceDocument:
    """Return a text of the shipped transcript's sentences, in numbered copies."""
    said = (f"In round {n + 100}, {line}" for n in range(copies) for line in SPOKEN)
    lines = list(said)
    paragraphs = (" ".join(lines[i : i + 4]) for i in range(0, len(lines), 4))
    text = "\n\n".join(paragraphs)
    return SourceDocument(kind=SourceKind.TEXT, title="Long talk", text=text)


@pytest.fixture(scope="module")
def emulator() -> Iterator[str]:
    with anthropic_emulator() as address:
        yield address


@pytest.fixture
async def client(emulator: str) -> AsyncIterator[CondenseClient]:
    clear_faults(emulator)
    client = CondenseClient(api_key="sk-local", base_url=emulator, model=HAIKU)
    yield client
    await client.aclose()


def condensing(store: ObjectStore, client: CondenseClient, **ceilings: int) -> SourceCondensing:
    keeper = BudgetKeeper(store, Ceilings(**ceilings), known_prices(), SONNET)
    return SourceCondensing(store, client, keeper)


async def stored(store: ObjectStore, source: SourceDocument) -> CondenseSource:
    data = source.model_dump_json().encode()
    sha256 = hashlib.sha256(data).hexdigest()
    await store.put_if_absent(f"sources/{sha256}.json", data, "application/json")
    return CondenseSource(key=uuid.uuid4().hex[:12], sha256=sha256)


async def condense(made: SourceCondensing, task: CondenseSource) -> BriefRef:
    return await ActivityEnvironment().run(made.condense_source, task)


async def brief_of(store: ObjectStore, ref: BriefRef) -> SourceBrief:
    data = await store.get(f"briefs/{ref.sha256}.json")
    return SourceBrief.model_validate_json(data or b"")


async def calls(store: ObjectStore, task: CondenseSource) -> int:
    return spending_of(await store.names(campaign_folder(task.key))).calls


@dataclass(frozen=True)
class Condensed:
    """A long source that was condensed once."""

    source: SourceDocument
    store: ObjectStore
    task: CondenseSource
    ref: BriefRef


@pytest.fixture(scope="module")
async def condensed(emulator: str) -> Condensed:
    clear_faults(emulator)
    source, store = document(), MemoryStore()
    task = await stored(store, source)
    client = CondenseClient(api_key="sk-local", base_url=emulator, model=HAIKU)
    ref = await condense(condensing(store, client), task)
    await client.aclose()
    return Condensed(source, store, task, ref)


async def test_every_quotation_of_a_brief_stands_where_it_says(condensed: Condensed) -> None:
    source, ref = condensed.source, condensed.ref
    brief = await brief_of(condensed.store, ref)
    assert (ref.parts, ref.missing) == (len(brief.parts), 0)
    assert ref.points == len(brief.points) > 20
    for one in (*brief.passages, *(point.span for point in brief.points)):
        assert one.text == source.text[one.start : one.end] != ""
    assert ref.size == len(brief_text(brief).encode()) < len(source.text.encode()) / 3
    assert {part.end for part in brief.parts} >= {len(source.text)}


async def test_a_part_is_paid_for_once_however_often_it_is_asked(
    condensed: Condensed, client: CondenseClient
) -> None:
    store, task, first = condensed.store, condensed.task, condensed.ref
    made, paid = condensing(store, client), await calls(store, task)

    again = await condense(made, task)
    other = task.model_copy(update={"key": uuid.uuid4().hex[:12]})
    elsewhere = await condense(made, other)

    assert first == again == elsewhere
    assert await calls(store, task) == paid == first.parts
    assert await calls(store, other) == 0


async def test_after_a_failure_only_the_parts_that_are_not_done_are_read(
    state_store: ObjectStore, client: CondenseClient, emulator: str
) -> None:
    task = await stored(state_store, document(copies=3))
    made = condensing(state_store, client)
    order_fault(emulator, "http_529")
    with pytest.raises(ApplicationError) as caught:
        await condense(made, task)
    held = len(await state_store.names("condensed/"))

    ref = await condense(made, task)

    assert not caught.value.non_retryable
    told = spending_of(await state_store.names(campaign_folder(task.key)))
    assert ref.missing == 0
    # The call that was refused cost nothing, one under way may have been given up.
    assert told.calls <= 2 * ref.parts - held


async def test_a_part_that_the_model_will_not_condense_is_left_out_and_counted(
    state_store: ObjectStore, client: CondenseClient, emulator: str
) -> None:
    task = await stored(state_store, document(copies=5))
    order_fault(emulator, "refusal")
    order_fault(emulator, "invalid_json")

    ref = await condense(condensing(state_store, client), task)

    brief = await brief_of(state_store, ref)
    assert ref.parts >= 4
    assert len(brief.parts) + ref.missing == ref.parts
    assert ref.missing <= 1


async def test_too_many_parts_left_out_is_a_failure_in_words(
    state_store: ObjectStore, client: CondenseClient, emulator: str
) -> None:
    task = await stored(state_store, document(copies=2))
    order_fault(emulator, "refusal", times=100)

    with pytest.raises(ApplicationError) as caught:
        await condense(condensing(state_store, client), task)

    clear_faults(emulator)
    assert caught.value.non_retryable
    assert "GALLEY_CONDENSE_MODEL" in str(caught.value)


async def test_a_ceiling_that_would_be_passed_stops_before_the_call(
    state_store: ObjectStore, client: CondenseClient
) -> None:
    task = await stored(state_store, document(copies=2))
    one_call = 5_000

    with pytest.raises(ApplicationError) as caught:
        await condense(condensing(state_store, client, campaign=one_call), task)

    told = spending_of(await state_store.names(campaign_folder(task.key)))
    assert caught.value.type == "OverBudget"
    assert told.micros <= told.added <= one_call


async def test_drafts_read_the_brief_and_are_held_to_the_whole_source(
    condensed: Condensed, emulator: str
) -> None:
    source, sha256, ref = condensed.source, condensed.task.sha256, condensed.ref
    writer = DraftClient(api_key="sk-local", base_url=emulator, model=SONNET)
    told = SourceRef(kind=source.kind, sha256=sha256, title=source.title, words=9, brief=ref)
    channel = Channel(id="c", name="c", platform=Platform.LINKEDIN)

    reply = await ActivityEnvironment().run(
        ModelDrafting(condensed.store, writer).write_draft, WriteDraft(source=told, channel=channel)
    )

    await writer.aclose()
    read = reply.provenance.input_tokens
    assert read < len(source.text.encode()) / 4 / 3
    assert reply.problems == ()
    said = " ".join(source.text.split())
    body = reply.draft.text.partition("\n\n#")[0]
    for sentence in filter(None, body.split("\n\n")):
        assert sentence in said


async def test_a_worker_that_is_told_to_stop_leaves_no_call_behind(
    state_store: ObjectStore, client: CondenseClient, emulator: str
) -> None:
    task = await stored(state_store, document(copies=2))
    order_fault(emulator, "slow", seconds=60)
    environment = ActivityEnvironment()
    running = asyncio.create_task(
        environment.run(condensing(state_store, client).condense_source, task)
    )

    async def is_paid() -> bool:
        return await calls(state_store, task) > 0

    await until(is_paid)

    environment.cancel()

    with pytest.raises(asyncio.CancelledError):
        await running
