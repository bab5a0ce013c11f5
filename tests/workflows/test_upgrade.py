"""A new build takes over running reviews: the drill of docs/upgrading.md."""

import asyncio
import os
import uuid
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from temporalio import workflow
from temporalio.api.enums.v1 import EventType
from temporalio.api.workflowservice.v1 import SetWorkerDeploymentCurrentVersionRequest
from temporalio.client import Client, WorkflowHistory
from temporalio.service import RPCError
from temporalio.worker import Replayer

from galley.clients.temporal import data_converter
from galley.models.post import PostOutcome, PostState
from galley.settings import Settings
from galley.version import __version__
from tests.asking import automatic
from tests.bounded_worker import BUILD
from tests.forking import Order, Piped
from tests.memory_store import MemoryStore
from tests.workflows import build as builds
from tests.workflows.build import CHANNELS, NEW, OLD
from tests.workflows.changed_post import CarelessPost, ChangedPost
from tests.workflows.harness import Harness, Post, approval, reaches
from tests.workflows.world import Buffer, spec
from workers.queues import deployment_of, worker_of
from workflows import ids
from workflows.ids import Queue
from workflows.post.workflow import PostWorkflow

pytestmark = pytest.mark.server
ROOT = Path(__file__).parents[2]


@asynccontextmanager
async def build(harness: Harness, name: str, deployment: str) -> AsyncGenerator[None]:
    """Run a worker process of this build; it is told to stop at the end."""
    address = harness.client.service_client.config.target_host
    arguments = (address, harness.queue, name, deployment)
    process = Piped(Order(builds.__name__, arguments, ROOT, os.environ))
    try:
        assert await asyncio.to_thread(process.stdout.readline) == "polling\n"
        yield
    finally:
        process.terminate()
        await asyncio.to_thread(process.communicate, 60)
    assert process.returncode == 0


async def make_current(client: Client, deployment: str, name: str) -> None:
    """Route runs to a build, as ``temporal worker deployment set-current-version``."""
    asked = SetWorkerDeploymentCurrentVersionRequest(
        namespace=client.namespace, deployment_name=deployment, build_id=name
    )
    async with asyncio.timeout(60):
        while True:
            try:
                await client.workflow_service.set_worker_deployment_current_version(asked)
            except RPCError:  # not known yet: its first poll is on the way
                await asyncio.sleep(0.1)
            else:
                return


async def events(handle: Post) -> list[EventType.ValueType]:
    return [event.event_type for event in (await handle.fetch_history()).events]


async def approve(posts: Sequence[Post]) -> None:
    for post in posts:
        await post.signal(PostWorkflow.approve, await approval(post))


@pytest.mark.parametrize("versioned", [False, True], ids=["patches", "deployments"])
async def test_reviews_that_wait_are_finished_by_a_new_build(
    temporal: Client, *, versioned: bool
) -> None:
    harness = Harness(temporal, MemoryStore(), Buffer(CHANNELS))
    deployment = f"galley-{uuid.uuid4().hex[:8]}" if versioned else ""

    async with build(harness, OLD, deployment):
        if versioned:
            await make_current(temporal, deployment, OLD)
        view = await harness.start()
        posts = [harness.post(one.workflow_id) for one in view.posts]
        for post in posts:
            await reaches(post, PostState.IN_REVIEW)
        if versioned:  # a deployment has both at once, then drains the old one
            async with build(harness, NEW, deployment):
                await make_current(temporal, deployment, NEW)

    async with build(harness, NEW, deployment):
        await approve(posts)
        results = [await post.result() for post in posts]
        later = await finished_campaign(harness)
        await harness.stop_account()

    assert {one.outcome for one in results} == {PostOutcome.PUBLISHED}
    for post in posts:
        told = await events(post)
        assert EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED not in told
        # The step after approval was new to these runs, the one before drafts was not.
        assert told.count(EventType.EVENT_TYPE_MARKER_RECORDED) == 1
    for post in later:
        assert (await events(post)).count(EventType.EVENT_TYPE_MARKER_RECORDED) == 2


async def finished_campaign(harness: Harness) -> list[Post]:
    """Publish another source, begun after the upgrade."""
    view = await harness.start(
        key=ids.campaign_key(harness.queue, 2), **automatic(source=spec("Another source"))
    )
    posts = [harness.post(one.workflow_id) for one in view.posts]
    assert {(await post.result()).outcome for post in posts} == {PostOutcome.PUBLISHED}
    return posts


@pytest.mark.parametrize(("kind", "breaks"), [(ChangedPost, False), (CarelessPost, True)])
async def test_a_change_without_a_patch_breaks_the_replay_and_one_with_it_does_not(
    kind: type, *, breaks: bool
) -> None:
    file = ROOT / "tests" / "histories" / "post-published.json"
    history = WorkflowHistory.from_json("post-published", file.read_text())
    replayer = Replayer(workflows=[kind], data_converter=data_converter(), build_id=BUILD)

    if breaks:
        with pytest.raises(workflow.NondeterminismError):
            await replayer.replay_workflow(history)
    else:
        await replayer.replay_workflow(history)


def test_a_deployment_without_a_build_is_refused() -> None:
    with pytest.raises(RuntimeError, match="GALLEY_BUILD_ID"):
        deployment_of(Settings.model_construct(deployment="galley", build_id=None))
    assert deployment_of(Settings.model_construct(deployment=None)) is None


@pytest.mark.parametrize(("named", "told"), [("4f1c2d", "4f1c2d"), (None, f"galley-{__version__}")])
async def test_a_worker_without_a_deployment_tells_its_build_and_hashes_no_code(
    temporal: Client, named: str | None, told: str
) -> None:
    worker = worker_of(temporal, [], Queue.POSTS, None, named)

    async with worker:
        config: dict[str, object] = {**worker.config()}
        assert config["build_id"] == told
