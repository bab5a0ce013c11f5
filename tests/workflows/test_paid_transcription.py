"""Transcription on Replicate, from the workflow to the emulator's socket."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest
from temporalio import activity
from temporalio.client import Client, WorkflowFailureError
from temporalio.exceptions import ApplicationError, CancelledError

from activities.budget.ceilings import BudgetKeeper
from activities.budget.payments import OrderBudget, TranscriptBudget
from activities.interfaces import TranscriptionActivities
from activities.sources.transcript_orders import OrderingTranscripts
from galley.budget.prices import known_prices
from galley.clients.replicate import ReplicateClient
from galley.clients.storage import ObjectStore
from galley.models.budget import Ceilings
from galley.models.source import (
    AudioPart,
    CutRecording,
    CutReply,
    Engine,
    JoinTranscript,
    Recording,
    SourceRef,
    TranscribePart,
)
from galley.settings import Settings
from galley.sources.recordings import audio_name, transcript_name
from tests import replicate_emulator as there
from tests.bounded_worker import BoundedWorker
from tests.workflows.harness import Harness, open_harness, record, told, until
from tests.workflows.world import channel
from workflows import ids
from workflows.campaign.workflow import CampaignWorkflow

pytestmark = pytest.mark.server

MODEL: str = Settings.model_fields["replicate_model"].default
SECRET = "The ferry leaves at nine."
PARTS = tuple(AudioPart(sha256=f"{n}" * 64, start=300.0 * n, seconds=300, size=4) for n in range(3))


@pytest.fixture
def emulator(replicate: str) -> str:
    there.tell(replicate, {"text": SECRET})
    return replicate


class Booth(TranscriptionActivities):
    """Cuts and joins by heart."""

    def __init__(self, state: ObjectStore) -> None:
        self._state = state

    @activity.defn
    async def cut_recording(self, task: CutRecording) -> CutReply:
        del task
        for part in PARTS:
            await self._state.put_if_absent(audio_name(part), b"fLaC", "audio/flac")
        return CutReply(parts=PARTS, seconds=900, engine=Engine.REPLICATE, model=MODEL)

    @activity.defn
    async def transcribe_part(self, task: TranscribePart) -> None:
        raise AssertionError(task)

    @activity.defn
    async def join_transcript(self, task: JoinTranscript) -> SourceRef:
        for part in task.parts:
            assert await self._state.exists(transcript_name(part, task.model))
        return task.source.model_copy(update={"recording": None})


@asynccontextmanager
async def hearing(harness: Harness, emulator: str) -> AsyncGenerator[None]:
    booth = Booth(harness.store)
    keeper = BudgetKeeper(harness.store, Ceilings(), known_prices(), "extractive")
    budget = TranscriptBudget(OrderBudget(harness.store, keeper, Ceilings()), None, 300)
    client = ReplicateClient("token", emulator, MODEL)
    orders = OrderingTranscripts(harness.store, client, budget)
    worker = BoundedWorker(
        harness.client,
        task_queue=ids.Queue.SPEECH.beside(harness.queue),
        activities=[
            booth.cut_recording,
            booth.join_transcript,
            orders.order_transcript,
            orders.await_transcript,
            orders.store_transcript,
        ],
    )
    async with worker:
        yield
    await client.aclose()


def started(harness: Harness) -> "asyncio.Task[object]":
    harness.studio.recording = Recording(upload="0" * 64)
    return asyncio.create_task(harness.start())


async def waits(emulator: str, predictions: int) -> None:
    """Wait until so many orders are made, and somebody asks for them."""

    async def are_made() -> bool:
        asked = there.asked(emulator)
        return asked.get("create", 0) >= predictions and asked.get("get", 0) > 0

    await until(are_made, bool)


async def test_every_part_is_ordered_once_and_no_word_is_in_the_history(
    temporal: Client, state_store: ObjectStore, emulator: str
) -> None:
    async with open_harness(temporal, state_store, channel("x-main")) as harness:
        async with hearing(harness, emulator):
            await started(harness)
        handle = temporal.get_workflow_handle(ids.campaign_id(harness.campaign().key))
        await record("transcribed-there", handle)

        assert len(there.predictions(emulator)) == len(PARTS)
        history = await told(handle)
        assert PARTS[0].sha256.encode() in history
        assert SECRET.encode() not in history


async def test_a_worker_that_stops_leaves_its_orders_to_the_next_one(
    temporal: Client, state_store: ObjectStore, emulator: str
) -> None:
    there.order(emulator, "slow", times=2)
    async with open_harness(temporal, state_store, channel("x-main")) as harness:
        running = started(harness)
        async with hearing(harness, emulator):
            await waits(emulator, 2)
        assert "canceled" not in there.predictions(emulator).values()
        async with hearing(harness, emulator):
            await running

        assert len(there.predictions(emulator)) == len(PARTS)


async def test_a_part_that_fails_is_ordered_once_more(
    temporal: Client, state_store: ObjectStore, emulator: str
) -> None:
    there.order(emulator, "fails")
    async with open_harness(temporal, state_store, channel("x-main")) as harness:
        async with hearing(harness, emulator):
            await started(harness)

        assert len(there.predictions(emulator)) == len(PARTS) + 1


async def test_a_part_that_fails_twice_fails_the_campaign_which_may_be_started_again(
    temporal: Client, state_store: ObjectStore, emulator: str
) -> None:
    there.order(emulator, "fails", times=4)
    async with open_harness(temporal, state_store, channel("x-main")) as harness:
        async with hearing(harness, emulator):
            with pytest.raises(WorkflowFailureError) as failed:
                await started(harness)
            cause = failed.value.cause
            assert isinstance(cause, ApplicationError)
            assert "CUDA out of memory" in cause.message
            there.clear(emulator)
            before = len(there.predictions(emulator))
            await harness.start_again()

        # The orders that failed stay behind it; every part is ordered once more.
        assert len(there.predictions(emulator)) == before + len(PARTS)


async def test_cancelling_a_campaign_cancels_what_it_ordered(
    temporal: Client, state_store: ObjectStore, emulator: str
) -> None:
    there.order(emulator, "hangs", times=2)
    async with open_harness(temporal, state_store, channel("x-main")) as harness:
        async with hearing(harness, emulator):
            running = started(harness)
            await waits(emulator, 2)
            key = ids.campaign_id(harness.campaign().key)
            handle = temporal.get_workflow_handle_for(CampaignWorkflow.run, key)

            async def waited_for() -> int:
                pending = (await handle.describe()).raw_description.pending_activities
                names = [one.activity_type.name for one in pending]
                return names.count("await_transcript")

            await until(waited_for, lambda count: count == 2)
            await handle.cancel()
            with pytest.raises(WorkflowFailureError) as ended:
                await running

        assert isinstance(ended.value.cause, CancelledError)
        assert set(there.predictions(emulator).values()) == {"canceled"}
