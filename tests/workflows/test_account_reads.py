"""Reads that are asked for while AccountWorkflow goes on as a new run."""

import uuid
from datetime import timedelta

import pytest
from temporalio import workflow
from temporalio.client import Client
from temporalio.exceptions import ApplicationError

from galley.models.publishing import ChannelsReply
from tests.bounded_worker import BoundedWorker
from workflows.account.reads import ReadQueue

pytestmark = pytest.mark.server


@workflow.defn
class Closing:
    """Asks after everybody was sent away, as an update that comes at that moment."""

    @workflow.run
    async def run(self) -> str:
        harness = ReadQueue(lambda: None)
        harness.close()
        try:
            await harness.ask("the channels", self._never)
        except ApplicationError as error:
            return error.message
        return "answered"

    async def _never(self) -> ChannelsReply:
        raise AssertionError("nobody is served any more")


async def test_who_asks_once_a_run_is_ending_is_sent_away_and_holds_nothing_up(
    temporal: Client,
) -> None:
    queue = f"harness-{uuid.uuid4().hex[:8]}"
    async with BoundedWorker(temporal, task_queue=queue, workflows=[Closing]):
        told = await temporal.execute_workflow(
            Closing.run, id=queue, task_queue=queue, execution_timeout=timedelta(seconds=15)
        )

    assert told == "Buffer is busy: ask again."
