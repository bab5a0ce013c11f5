"""First drafts in one batch, by the real SDK and the emulator, into a real store."""

import hashlib
import uuid
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities.drafting.batching import DraftBatches
from activities.drafting.drafts import ClaudeDrafting
from activities.spending.budgeting import BudgetKeeper
from galley.clients.anthropic import DraftClient
from galley.clients.batches import BatchClient
from galley.clients.storage import ObjectStore
from galley.costs.prices import Prices, known_prices
from galley.costs.spending import campaign_folder, spending_of
from galley.models import (
    BatchRef,
    BatchState,
    Ceilings,
    Channel,
    CostRecord,
    DraftReply,
    Form,
    Platform,
    SourceDocument,
    SourceKind,
    SourceRef,
    SubmitBatch,
    TokenUse,
    WriteDraft,
)
from tests.anthropic_emulator import anthropic_emulator, clear_faults, order_fault
from tests.end_to_end.waiting import until
from tests.ports import free_port

pytestmark = pytest.mark.server

SONNET = "claude-sonnet-5-5"
ARTICLE = Path(__file__).with_name("articles") / "ferry.md"
SOON = datetime(2030, 1, 1, tzinfo=UTC)
NETWORKS = (Platform.X, Platform.LINKEDIN, Platform.MASTODON)


@pytest.fixture(scope="module")
def emulator() -> Iterator[str]:
    with anthropic_emulator() as address:
        yield address


@dataclass
class Desk:
    """One campaign that is drafted in a batch."""

    store: ObjectStore
    batches: DraftBatches
    drafting: ClaudeDrafting
    key: str
    tasks: tuple[WriteDraft, ...]

    async def submit(self) -> BatchRef:
        task = SubmitBatch(key=self.key, tasks=self.tasks)
        return await ActivityEnvironment().run(self.batches.submit_batch, task)

    async def read(self, batch: BatchRef) -> BatchState:
        return await ActivityEnvironment().run(self.batches.read_batch, batch)

    async def ended(self, batch: BatchRef) -> BatchState:
        async def is_so() -> bool:
            return (await self.read(batch)).has_ended

        await until(is_so)
        return await self.read(batch)

    async def draft(self, number: int, batch: BatchRef) -> DraftReply:
        task = self.tasks[number].model_copy(update={"batched": batch.answers[number]})
        environment = ActivityEnvironment()
        environment.info = replace(environment.info, activity_id="draft")
        return await environment.run(self.drafting.write_draft, task)

    async def names(self) -> tuple[str, ...]:
        return await self.store.names(campaign_folder(self.key))

    async def records(self) -> list[CostRecord]:
        told = [
            await self.store.get(name) or b""
            for name in await self.names()
            if ".done." in name
        ]
        # What was not billed has a name and nothing in it.
        return [CostRecord.model_validate_json(one) for one in told if one != b"{}"]


@pytest.fixture
async def desk(emulator: str, state_store: ObjectStore) -> AsyncIterator[Desk]:
    clear_faults(emulator)
    client = BatchClient(api_key="sk-local", base_url=emulator, model=SONNET)
    yield await made(state_store, client)
    await client.aclose()


async def made(store: ObjectStore, client: BatchClient, micros: int = 0) -> Desk:
    key = uuid.uuid4().hex[:12]
    document = SourceDocument(
        kind=SourceKind.MARKDOWN, title="Ferries", text=ARTICLE.read_text()
    )
    data = document.model_dump_json().encode()
    sha256 = hashlib.sha256(data).hexdigest()
    await store.put_if_absent(f"sources/{sha256}.json", data, "application/json")
    source = SourceRef(kind=document.kind, sha256=sha256, title="Ferries", words=9)
    ceilings = Ceilings(campaign=micros) if micros else Ceilings()
    keeper = BudgetKeeper(store, ceilings, known_prices(), SONNET)
    drafting = ClaudeDrafting(store, client, keeper)
    tasks = tuple(
        WriteDraft(
            source=source,
            channel=Channel(id=name.value, name=name.value, platform=name),
            post_key=f"{key}:{name.value}",
            allowance=0 if micros else None,
        )
        for name in NETWORKS
    )
    return Desk(store, DraftBatches(store, client, drafting), drafting, key, tasks)


async def test_the_answers_of_a_batch_become_drafts_without_another_call(
    desk: Desk,
) -> None:
    batch = await desk.submit()
    state = await desk.ended(batch)
    paid = len(await desk.names())

    drafts = [await desk.draft(number, batch) for number in range(len(NETWORKS))]

    assert state == BatchState(has_ended=True, answered=3, failed=0)
    assert [draft.problems for draft in drafts] == [(), (), ()]
    assert len({draft.draft.text for draft in drafts}) == len(NETWORKS)
    told = spending_of(await desk.names())
    assert (told.calls, told.lost, len(told.drafted)) == (3, 0, 3)
    assert len(await desk.names()) == paid + len(told.drafted)
    assert [record.use.is_batch for record in await desk.records()] == [True] * 3


async def test_one_answer_of_a_batch_holds_all_variants_in_the_form_asked_for(
    desk: Desk,
) -> None:
    form = {"form": Form.CAROUSEL, "variants": 3}
    desk.tasks = tuple(task.model_copy(update=form) for task in desk.tasks)
    batch = await desk.submit()
    await desk.ended(batch)

    drafts = [await desk.draft(number, batch) for number in range(len(NETWORKS))]

    assert [len(draft.variants) for draft in drafts] == [3, 3, 3]
    assert [one.problems for draft in drafts for one in draft.variants] == [()] * 9
    openings = [{one.draft.text for one in draft.variants} for draft in drafts]
    assert [len(texts) for texts in openings] == [3, 3, 3]
    told = spending_of(await desk.names())
    assert (told.calls, told.lost, len(told.drafted)) == (3, 0, 3)


async def test_a_batch_is_sent_once_however_often_it_is_asked_for(desk: Desk) -> None:
    first = await desk.submit()
    again = await desk.submit()

    assert first == again
    assert spending_of(await desk.names()).calls == len(NETWORKS)


async def test_a_campaign_started_again_with_other_posts_gets_its_own_answers(
    desk: Desk,
) -> None:
    first = await desk.submit()
    new = desk.tasks[0].model_copy(update={"post_key": f"{desk.key}:new"})
    desk.tasks = (new, desk.tasks[2], desk.tasks[0])

    again = await desk.submit()

    assert again.answers == ("", first.answers[2], first.answers[0])


async def test_of_two_attempts_at_once_one_sends_the_batch(
    desk: Desk, state_store: ObjectStore
) -> None:
    name = f"batches/{desk.key}.json"
    await state_store.put_if_absent(name, b"", "application/json")

    with pytest.raises(ApplicationError, match="Another attempt") as caught:
        await desk.submit()

    assert not caught.value.non_retryable
    assert await state_store.get(f"batches/{desk.key}.sent.json") is None
    assert spending_of(await desk.names()).lost == 0


async def test_what_a_batch_did_not_answer_is_asked_for_as_usual(
    desk: Desk, emulator: str
) -> None:
    order_fault(emulator, "batch_expired")
    batch = await desk.submit()
    state = await desk.ended(batch)

    draft = await desk.draft(0, batch)

    assert (state.answered, state.failed) == (2, 1)
    assert draft.draft.text
    uses = [record.use.is_batch for record in await desk.records()]
    assert sorted(uses) == [False, True, True]
    assert spending_of(await desk.names()).lost == 0


async def test_a_refused_batch_gives_its_money_back_and_may_be_sent_again(
    desk: Desk, emulator: str, state_store: ObjectStore
) -> None:
    broken = BatchClient(api_key="bad-key", base_url=emulator, model=SONNET)
    refused = DraftBatches(state_store, broken, desk.drafting)
    task = SubmitBatch(key=desk.key, tasks=desk.tasks)

    with pytest.raises(ApplicationError) as caught:
        await ActivityEnvironment().run(refused.submit_batch, task)
    batch = await desk.submit()

    await broken.aclose()
    assert caught.value.non_retryable
    assert (await desk.ended(batch)).answered == len(NETWORKS)
    assert spending_of(await desk.names()).lost == 0


async def test_a_batch_that_anthropic_may_have_is_not_sent_again(
    desk: Desk, state_store: ObjectStore
) -> None:
    await desk.submit()
    await state_store.delete(f"batches/{desk.key}.sent.json")

    with pytest.raises(ApplicationError) as caught:
        await desk.submit()

    assert caught.value.type == "BatchLost"
    assert caught.value.non_retryable
    assert spending_of(await desk.names()).lost > 0


async def test_a_batch_over_the_ceiling_is_not_sent(
    emulator: str, state_store: ObjectStore
) -> None:
    client = BatchClient(api_key="sk-local", base_url=emulator, model=SONNET)
    poor = await made(state_store, client, micros=50_000)

    with pytest.raises(ApplicationError) as caught:
        await poor.submit()

    await client.aclose()
    assert caught.value.type == "OverBudget"
    assert await state_store.get(f"batches/{poor.key}.json") is None


async def test_a_cancelled_batch_answers_no_more(desk: Desk, emulator: str) -> None:
    order_fault(emulator, "slow", seconds=1)
    batch = await desk.submit()

    await ActivityEnvironment().run(desk.batches.cancel_batch, batch)

    state = await desk.ended(batch)
    assert state.failed >= 2


async def test_anthropic_away_is_waited_for(state_store: ObjectStore) -> None:
    nowhere = f"http://127.0.0.1:{free_port()}"
    client = BatchClient(api_key="sk-local", base_url=nowhere, model=SONNET, timeout=2)
    desk = await made(state_store, client)

    with pytest.raises(ApplicationError) as caught:
        await desk.read(BatchRef(id="m", key="k", expires_at=SOON, answers=()))

    await client.aclose()
    assert not caught.value.non_retryable


def test_what_is_asked_in_a_batch_costs_half() -> None:
    prices: Prices = known_prices()
    price = prices.of(SONNET)
    use = TokenUse(input_tokens=10_000, cached_tokens=4_000, output_tokens=1_000)
    assert price is not None

    halved = price.micros(use.model_copy(update={"is_batch": True}))

    assert 2 * halved == price.micros(use) == 2 * price.of_batches().micros(use)


def test_a_batch_client_is_a_draft_client() -> None:
    assert issubclass(BatchClient, DraftClient)
