"""A workflow in a post's place that records the progress signals of AccountWorkflow."""

import uuid
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

from temporalio import workflow
from temporalio.client import Client, WorkflowHandle

from galley.models.account import Progress, ProgressKind, PublishJob
from galley.models.network import Platform
from galley.models.publishing import PostRequest
from tests.bounded_worker import BoundedWorker


@workflow.defn
class ListeningPost:
    """Remembers every word, until it is told to stop."""

    def __init__(self) -> None:
        self._heard: list[Progress] = []

    @workflow.run
    async def run(self) -> None:
        await workflow.wait_condition(lambda: False)

    @workflow.signal
    def progress(self, news: Progress) -> None:
        self._heard.append(news)

    @workflow.query
    def heard(self) -> list[Progress]:
        return self._heard


Listener = WorkflowHandle[ListeningPost, None]


@asynccontextmanager
async def listening(client: Client) -> AsyncGenerator[Listener]:
    """Run an ear with a worker of its own."""
    queue = f"ear-{uuid.uuid4().hex[:8]}"
    async with BoundedWorker(client, task_queue=queue, workflows=[ListeningPost]):
        handle = await client.start_workflow(ListeningPost.run, id=queue, task_queue=queue)
        yield handle
        await handle.terminate()


async def kinds(ear: Listener) -> list[ProgressKind]:
    """Return what was told, in order."""
    return [news.kind for news in await ear.query(ListeningPost.heard)]


def job_for(
    ear: Listener,
    name: str = "key:x-main",
    *,
    text: str = "hello",
    due_in: timedelta = timedelta(hours=2),
) -> PublishJob:
    """Return a job whose news the ear hears."""
    now = datetime.now(UTC).replace(microsecond=0)
    request = PostRequest(
        channel_id=name.partition(":")[2], platform=Platform.X, text=text, due_at=now + due_in
    )
    return PublishJob(
        job_id=name, owner=f"{ear.id}/run", reply_to=ear.id, claimed_at=now, request=request
    )
