"""A recording is transcribed before the drafts, and no part of it twice."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest
from temporalio import activity
from temporalio.client import Client
from temporalio.worker import Worker

from activities.interfaces import TranscriptionActivities
from galley.clients.storage import ObjectStore
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
from tests.bounded_worker import BoundedWorker
from tests.workflows.harness import Harness, open_harness, record, until
from tests.workflows.world import channel
from workflows import ids
from workflows.campaign.workflow import CampaignWorkflow

pytestmark = pytest.mark.server

PARTS = tuple(AudioPart(sha256=f"{n}", start=300.0 * n, seconds=300, size=1) for n in range(4))
RECORDING = Recording(upload="0" * 64)


class Studio(TranscriptionActivities):
    """Transcribes at once, or waits at a part until it is let on."""

    def __init__(self) -> None:
        self.begun = Counter[str]()
        self.waits_at = ""
        self.let_on = asyncio.Event()

    @activity.defn
    async def cut_recording(self, task: CutRecording) -> CutReply:
        assert task.source.recording == RECORDING
        return CutReply(parts=PARTS, seconds=1200, engine=Engine.LOCAL, model="local:m")

    @activity.defn
    async def transcribe_part(self, task: TranscribePart) -> None:
        self.begun[task.part.sha256] += 1
        while task.part.sha256 == self.waits_at and not self.let_on.is_set():
            activity.heartbeat()
            await asyncio.sleep(0.05)

    @activity.defn
    async def join_transcript(self, task: JoinTranscript) -> SourceRef:
        assert task.parts == PARTS
        return task.source.model_copy(update={"recording": None, "words": 7})


def hearing(harness: Harness, studio: Studio) -> Worker:
    return BoundedWorker(
        harness.client,
        task_queue=ids.Queue.SPEECH.beside(harness.queue),
        activities=[studio.cut_recording, studio.transcribe_part, studio.join_transcript],
    )


@asynccontextmanager
async def at_a_recording(
    temporal: Client, state: ObjectStore
) -> AsyncGenerator[tuple[Harness, Studio]]:
    async with open_harness(temporal, state, channel("x-main")) as harness:
        harness.studio.recording = RECORDING
        yield harness, Studio()


async def test_the_drafts_are_written_from_what_was_heard(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with at_a_recording(temporal, state_store) as (harness, studio):
        async with hearing(harness, studio):
            view = await harness.start()
        await record("transcribed", temporal.get_workflow_handle(view.campaign_id))

        assert view.source is not None
        assert (view.source.words, view.source.recording) == (7, None)
        assert studio.begun == Counter(part.sha256 for part in PARTS)


async def test_it_is_said_how_far_a_transcription_is(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with at_a_recording(temporal, state_store) as (harness, studio):
        studio.waits_at = "2"
        async with hearing(harness, studio):
            running = asyncio.create_task(harness.start())
            key = ids.campaign_id(harness.campaign().key)
            handle = temporal.get_workflow_handle_for(CampaignWorkflow.run, key)
            await until(lambda: asyncio.sleep(0, studio.begun["2"]), bool)

            stage = (await handle.query(CampaignWorkflow.view)).stage

            studio.let_on.set()
            await running
    assert stage == "transcribed 10 of 20 minutes"


async def test_a_new_worker_goes_on_where_the_last_one_stopped(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with at_a_recording(temporal, state_store) as (harness, studio):
        studio.waits_at = "2"
        running = asyncio.create_task(harness.start())
        async with hearing(harness, studio):
            await until(lambda: asyncio.sleep(0, studio.begun["2"]), bool)
        second = Studio()
        async with hearing(harness, second):
            await running

        assert studio.begun == Counter(("0", "1", "2"))
        assert second.begun == Counter(("2", "3"))
