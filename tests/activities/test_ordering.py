"""Transcripts from Replicate: ordered once, whatever happens on the way."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from decimal import Decimal

import pytest
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities.speech.ordering import OrderingTranscripts
from activities.spending.budgeting import BudgetKeeper
from activities.spending.speech_purse import SpeechPurse
from galley.clients.replicate import ReplicateClient
from galley.clients.storage import ObjectStore
from galley.costs.prices import known_prices
from galley.costs.spending import campaign_folder, spending_of
from galley.models import (
    AudioPart,
    AwaitTranscript,
    Ceilings,
    OrderReply,
    TranscribePart,
    Transcript,
    TranscriptOutcome,
    TranscriptReply,
)
from galley.settings import Settings
from galley.sources.recordings import audio_name, transcript_name
from tests import replicate_emulator as there

pytestmark = pytest.mark.server

SOUND = b"fLaC and what follows"
MODEL: str = Settings.model_fields["replicate_model"].default
PRICE = Decimal("0.0014")
PART = AudioPart(
    sha256=hashlib.sha256(SOUND).hexdigest(), start=0, seconds=300, size=len(SOUND)
)
HEARD = {"chunks": [{"text": "The ferry.", "timestamp": [1, 2]}]}


@pytest.fixture(scope="module")
def emulator() -> Iterator[str]:
    with there.replicate_emulator() as address:
        there.tell(address, HEARD)
        yield address


@pytest.fixture
async def client(emulator: str) -> AsyncIterator[ReplicateClient]:
    there.clear(emulator)
    client = ReplicateClient("token", emulator, MODEL)
    yield client
    await client.aclose()


class Shop:
    """The activities over one store."""

    def __init__(
        self,
        state: ObjectStore,
        client: ReplicateClient,
        ceiling: int | None = 2_000_000,
        price: Decimal | None = PRICE,
    ) -> None:
        self.state = state
        ceilings = Ceilings(campaign=ceiling)
        keeper = BudgetKeeper(state, ceilings, known_prices(), "extractive")
        purse = SpeechPurse(state, keeper, ceilings, price, 300)
        self.ordering = OrderingTranscripts(
            state, client, purse, settled=timedelta(seconds=0)
        )

    async def order(self, campaign: str = "k", order: int = 1) -> OrderReply:
        await self.state.put_if_absent(audio_name(PART), SOUND, "audio/flac")
        return await ActivityEnvironment().run(
            self.ordering.order_transcript, task(campaign, order)
        )

    async def wait(self, prediction_id: str, order: int = 1) -> TranscriptReply:
        awaited = AwaitTranscript(task=task(order=order), prediction_id=prediction_id)
        environment = ActivityEnvironment()
        return await environment.run(self.ordering.await_transcript, awaited)

    async def keep(self, prediction_id: str) -> TranscriptReply:
        awaited = AwaitTranscript(task=task(), prediction_id=prediction_id)
        environment = ActivityEnvironment()
        return await environment.run(self.ordering.store_transcript, awaited)


def task(campaign: str = "k", order: int = 1) -> TranscribePart:
    return TranscribePart(part=PART, model=MODEL, campaign_key=campaign, order=order)


@pytest.fixture
def shop(state_store: ObjectStore, client: ReplicateClient) -> Shop:
    return Shop(state_store, client)


def made(emulator: str) -> int:
    return len(there.predictions(emulator))


async def test_a_part_is_ordered_waited_for_and_kept(
    shop: Shop, state_store: ObjectStore
) -> None:
    ordered = await shop.order()
    waited = await shop.wait(ordered.prediction_id)
    kept = await shop.keep(ordered.prediction_id)

    assert ordered.is_new
    assert (waited.outcome, kept.outcome) == (TranscriptOutcome.DONE,) * 2
    data = await state_store.get(transcript_name(PART, MODEL))
    found = Transcript.model_validate_json(data or b"")
    assert [cue.text for cue in found.cues] == ["The ferry."]
    assert await shop.order() == OrderReply()


async def test_what_it_cost_takes_the_place_of_what_was_set_aside(
    shop: Shop, state_store: ObjectStore
) -> None:
    ordered = await shop.order()
    before = spending_of(await state_store.names(campaign_folder("k")))
    await shop.wait(ordered.prediction_id)
    after = spending_of(await state_store.names(campaign_folder("k")))

    assert before.micros == 420_000  # five minutes at its price
    assert 0 < after.micros < before.micros
    assert not after.has_unknown


async def test_an_order_is_made_once_however_often_it_is_asked_for(
    shop: Shop, emulator: str
) -> None:
    first = await shop.order()
    before = made(emulator)
    again = await shop.order()
    other = await shop.order(campaign="another")

    assert again.prediction_id == other.prediction_id == first.prediction_id
    assert (first.is_new, again.is_new, other.is_new) == (True, False, False)
    assert made(emulator) == before


async def test_an_order_whose_reply_was_lost_is_found_not_made_again(
    shop: Shop, emulator: str
) -> None:
    before = made(emulator)
    there.order(emulator, "lost_reply")
    with pytest.raises(ApplicationError) as failed:
        await shop.order()
    assert not failed.value.non_retryable

    found = await shop.order()

    assert found.prediction_id in there.predictions(emulator)
    assert made(emulator) == before + 1


async def test_a_refused_order_leaves_nothing_behind_and_costs_nothing(
    shop: Shop, emulator: str, state_store: ObjectStore
) -> None:
    before = made(emulator)
    there.order(emulator, "http_402")
    with pytest.raises(ApplicationError, match="add credit") as failed:
        await shop.order()

    assert failed.value.non_retryable
    assert made(emulator) == before
    assert spending_of(await state_store.names(campaign_folder("k"))).micros == 0


async def test_too_many_requests_wait_as_long_as_replicate_says(
    shop: Shop, emulator: str
) -> None:
    there.order(emulator, "http_429")
    with pytest.raises(ApplicationError) as failed:
        await shop.order()

    assert failed.value.next_retry_delay == timedelta(seconds=5)
    assert (await shop.order()).is_new


async def test_a_ceiling_is_never_passed(
    state_store: ObjectStore, client: ReplicateClient, emulator: str
) -> None:
    before = there.asked(emulator).get("upload", 0)
    with pytest.raises(ApplicationError, match="campaign's ceiling") as failed:
        await Shop(state_store, client, ceiling=100_000).order()

    assert (failed.value.type, failed.value.non_retryable) == ("OverBudget", True)
    assert there.asked(emulator).get("upload", 0) == before


async def test_an_unknown_price_is_unknown_not_nothing(
    state_store: ObjectStore, client: ReplicateClient
) -> None:
    shop = Shop(state_store, client, ceiling=None, price=None)
    ordered = await shop.order()
    await shop.wait(ordered.prediction_id)

    assert spending_of(await state_store.names(campaign_folder("k"))).has_unknown


async def test_a_ceiling_cannot_be_kept_without_a_price(
    state_store: ObjectStore, client: ReplicateClient
) -> None:
    with pytest.raises(ApplicationError, match="GALLEY_REPLICATE_USD_PER_SECOND"):
        await Shop(state_store, client, price=None).order()


async def test_an_order_that_failed_says_why_and_may_be_made_once_more(
    shop: Shop, emulator: str
) -> None:
    there.order(emulator, "fails")
    first = await shop.order()
    failed = await shop.wait(first.prediction_id)
    second = await shop.order(order=2)

    assert failed.outcome is TranscriptOutcome.FAILED
    assert failed.message == "CUDA out of memory"
    assert second.is_new
    assert second.prediction_id != first.prediction_id


async def test_an_order_that_never_began_costs_nothing(
    shop: Shop, emulator: str, state_store: ObjectStore
) -> None:
    there.order(emulator, "never_starts")
    ordered = await shop.order()
    there.skip(emulator, 301)
    waited = await shop.wait(ordered.prediction_id)

    assert waited.outcome is TranscriptOutcome.ABORTED
    assert spending_of(await state_store.names(campaign_folder("k"))).micros == 0


async def test_an_output_that_was_not_kept_in_time_is_expired(
    shop: Shop, emulator: str
) -> None:
    ordered = await shop.order()
    await shop.wait(ordered.prediction_id)
    there.skip(emulator, 3700)

    kept = await shop.keep(ordered.prediction_id)

    assert kept.outcome is TranscriptOutcome.EXPIRED


async def test_a_prediction_that_is_not_known_any_more_is_expired(shop: Shop) -> None:
    assert (await shop.wait("gone")).outcome is TranscriptOutcome.EXPIRED


async def test_an_output_of_no_known_form_is_final(shop: Shop, emulator: str) -> None:
    there.tell(emulator, {"image": "x"})
    ordered = await shop.order()
    await shop.wait(ordered.prediction_id)
    there.tell(emulator, HEARD)

    with pytest.raises(ApplicationError, match="Whisper family") as failed:
        await shop.keep(ordered.prediction_id)

    assert failed.value.non_retryable


async def test_cancelling_reaches_replicate(shop: Shop, emulator: str) -> None:
    there.order(emulator, "hangs")
    ordered = await shop.order()
    awaited = AwaitTranscript(task=task(), prediction_id=ordered.prediction_id)
    environment = ActivityEnvironment()
    waiting = asyncio.create_task(
        environment.run(shop.ordering.await_transcript, awaited)
    )
    before = there.asked(emulator).get("get", 0)
    async with asyncio.timeout(20):
        while there.asked(emulator).get("get", 0) == before:  # noqa: ASYNC110 -- another process
            await asyncio.sleep(0.05)

    environment.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting

    assert there.predictions(emulator)[ordered.prediction_id] == "canceled"
