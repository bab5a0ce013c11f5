"""Generated media, from the workflow to the emulator's socket: billed once, kept."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from temporalio.api.enums.v1 import EventType
from temporalio.client import Client
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

from activities.generation.generating import GeneratingMedia
from activities.media.fitting import MediaFitting
from galley.clients.storage import ObjectStore
from galley.media.probe import probe
from galley.models import (
    ChangeKind,
    Channel,
    DecisionKind,
    MediaMaker,
    Platform,
    PostState,
    PostView,
)
from tests import replicate_emulator as there
from tests.generation import PICTURES, generator
from tests.workflows.counter import ask
from tests.workflows.desk import (
    Desk,
    Post,
    decide,
    decision,
    open_desk,
    reaches,
    record,
    told,
    until,
)
from tests.workflows.world import channel
from workflows import ids
from workflows.post import PostWorkflow

pytestmark = pytest.mark.server

NAME = "ig-main"
CHANNEL = channel(NAME, Platform.INSTAGRAM)
_TIMER_FIRED = EventType.EVENT_TYPE_TIMER_FIRED


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with there.replicate_emulator() as address:
        yield address


@pytest.fixture
def emulator(server: str) -> str:
    there.clear(server)
    return server


@pytest.fixture
async def generating(
    state_store: ObjectStore, emulator: str
) -> AsyncIterator[GeneratingMedia]:
    activities = generator(state_store, emulator)
    yield activities
    await activities.aclose()


def waiting(desk: Desk, generating: GeneratingMedia) -> Worker:
    """Return the worker that has media generated."""
    return Worker(
        desk.client,
        task_queue=ids.generation_queue(desk.queue),
        activities=[
            generating.order_media,
            generating.await_media,
            generating.store_media,
        ],
        graceful_shutdown_timeout=timedelta(seconds=5),
    )


@asynccontextmanager
async def studio(
    client: Client, store: ObjectStore, generating: GeneratingMedia, *more: Channel
) -> AsyncGenerator[Desk]:
    """Run a desk whose media are generated, and fitted for real."""
    async with open_desk(client, store, CHANNEL, *more) as desk:
        fitting = Worker(
            client,
            task_queue=ids.media_queue(desk.queue),
            activities=[MediaFitting(store).fit_media],
        )
        async with waiting(desk, generating), fitting:
            yield desk


async def view_of(post: Post) -> PostView:
    return await post.query(PostWorkflow.view)


def bills(emulator: str, before: int) -> list[str]:
    return [str(one["status"]) for one in there.bills(emulator)[before:]]


async def begun(desk: Desk) -> Post:
    """Start a campaign whose media are pictures, and return its post."""
    view = await desk.start(media=MediaMaker.IMAGE)
    return desk.post(view.posts[0].workflow_id)


async def runs(post: Post, activity_type: str) -> None:
    """Wait until a step of the post runs, or is over on a machine that is slow."""

    async def started() -> bool:
        pending = (await post.describe()).raw_description.pending_activities
        running = [one.activity_type.name for one in pending if one.state == 2]
        is_over = (await view_of(post)).state is PostState.IN_REVIEW
        return activity_type in running or is_over

    await until(started, bool, seconds=60)


async def test_a_picture_goes_out_though_its_address_died_days_ago(
    clock: WorkflowEnvironment,
    state_store: ObjectStore,
    emulator: str,
    generating: GeneratingMedia,
) -> None:
    before = len(there.bills(emulator))
    async with studio(clock.client, state_store, generating) as desk:
        with clock.with_time_skipping_disabled():
            post = await desk.start_post(media=MediaMaker.IMAGE)
            made = await view_of(post)
            there.skip(emulator, timedelta(days=2).total_seconds())
            await clock.fast_forward(post, timedelta(days=2))
            await decide(post, decision(DecisionKind.APPROVE))
            await reaches(post, PostState.SCHEDULED, PostState.PUBLISHED)
            await record("picture-generated", post)
            history = await told(post)

    (asset,) = made.staged
    assert asset.origin is not None
    assert asset.origin.model == PICTURES
    assert asset.origin.prediction_id.encode() in history
    assert b"/delivery/" not in history
    assert probe(await state_store.get(asset.staged_as) or b"").mime == "image/jpeg"
    assert bills(emulator, before) == ["succeeded"]
    assert len(desk.buffer.posts) == 1


async def test_a_worker_that_dies_while_it_waits_costs_no_second_bill(
    temporal: Client,
    state_store: ObjectStore,
    emulator: str,
    generating: GeneratingMedia,
) -> None:
    before = len(there.bills(emulator))
    there.order(emulator, "slow")
    async with open_desk(temporal, state_store, CHANNEL) as desk:
        fitting = Worker(
            temporal,
            task_queue=ids.media_queue(desk.queue),
            activities=[MediaFitting(state_store).fit_media],
        )
        async with fitting:
            async with waiting(desk, generating):
                post = await begun(desk)
                await runs(post, "await_media")
            async with waiting(desk, generating):
                view = await reaches(post, PostState.IN_REVIEW)

    assert view.media_by is MediaMaker.IMAGE
    assert bills(emulator, before) == ["succeeded"]


async def test_a_lost_reply_costs_no_second_bill(
    temporal: Client,
    state_store: ObjectStore,
    emulator: str,
    generating: GeneratingMedia,
) -> None:
    before = len(there.bills(emulator))
    there.order(emulator, "lost_reply")
    async with studio(temporal, state_store, generating) as desk:
        post = await begun(desk)
        view = await reaches(post, PostState.IN_REVIEW)

    assert view.media_by is MediaMaker.IMAGE
    assert bills(emulator, before) == ["succeeded"]


async def test_what_is_refused_as_unsafe_is_said_and_not_asked_for_again(
    temporal: Client,
    state_store: ObjectStore,
    emulator: str,
    generating: GeneratingMedia,
) -> None:
    before = len(there.predictions(emulator))
    there.order(emulator, "nsfw")
    async with studio(temporal, state_store, generating) as desk:
        desk.studio.media_on.add(NAME)
        post = await begun(desk)
        view = await reaches(post, PostState.IN_REVIEW)
        await record("picture-refused", post)

    assert "the model will not make this (NSFW content detected" in view.media_notes[0]
    assert "It cost up to $0.003." in view.media_notes[0]
    assert "A card was drawn" in view.media_notes[1]
    assert len(there.predictions(emulator)) == before + 1


async def test_an_order_that_failed_is_made_once_more_and_then_told(
    temporal: Client,
    state_store: ObjectStore,
    emulator: str,
    generating: GeneratingMedia,
) -> None:
    before = len(there.predictions(emulator))
    there.order(emulator, "fails", times=2)
    async with studio(temporal, state_store, generating) as desk:
        post = await begun(desk)
        view = await reaches(post, PostState.IN_REVIEW)
        anew = await _regenerated(post)

    assert "the model failed twice (CUDA out of memory)" in view.media_notes[0]
    assert view.staged == ()
    assert anew.media_by is MediaMaker.IMAGE
    assert len(there.predictions(emulator)) == before + 3


async def _regenerated(post: Post) -> PostView:
    await decide(post, decision(DecisionKind.REGENERATE, note="again"))
    return await until(
        lambda: view_of(post),
        lambda view: view.revision == 2 and view.state is PostState.IN_REVIEW,
        seconds=60,
    )


@pytest.mark.parametrize("how", ["retracted", "cancelled"])
async def test_a_post_that_is_given_up_stops_the_model(
    temporal: Client,
    state_store: ObjectStore,
    emulator: str,
    generating: GeneratingMedia,
    how: str,
) -> None:
    there.order(emulator, "hangs")
    async with studio(temporal, state_store, generating) as desk:
        post = await begun(desk)
        await runs(post, "await_media")
        if how == "retracted":
            await ask(post, kind=ChangeKind.RETRACT)
        else:
            await post.cancel()

        async def status() -> str:
            await asyncio.sleep(0)
            return list(there.predictions(emulator).values())[-1]

        found = await until(status, lambda said: said == "canceled", seconds=60)

    assert found == "canceled"


@pytest.mark.parametrize("kind", [DecisionKind.REGENERATE, DecisionKind.REJECT])
async def test_a_decision_that_needs_no_picture_stops_the_model_and_tells_the_bill(
    temporal: Client,
    state_store: ObjectStore,
    emulator: str,
    generating: GeneratingMedia,
    kind: DecisionKind,
) -> None:
    before = len(there.predictions(emulator))
    there.order(emulator, "hangs")
    async with studio(temporal, state_store, generating) as desk:
        post = await begun(desk)
        await runs(post, "await_media")
        seen = await view_of(post)
        await decide(post, decision(kind, revision=seen.revision, note="no hills"))
        view = await reaches(post, PostState.IN_REVIEW, PostState.REJECTED)
        if kind is DecisionKind.REGENERATE:
            view = await until(
                lambda: view_of(post),
                lambda one: one.revision == 2 and one.state is PostState.IN_REVIEW,
                seconds=60,
            )
        await record(f"picture-cut-short-{kind}", post)

    told_there = list(there.predictions(emulator).values())[before:]
    assert seen.is_making_media
    assert seen.draft is not None
    assert told_there[0] == "canceled"
    assert "It cost up to $0.003." in f"{view.notice} {' '.join(view.media_notes)}"
    assert len(told_there) == (2 if kind is DecisionKind.REGENERATE else 1)
    assert bool(view.staged) is (kind is DecisionKind.REGENERATE)


async def test_a_slow_picture_of_the_first_post_does_not_hold_the_others_up(
    temporal: Client,
    state_store: ObjectStore,
    emulator: str,
    generating: GeneratingMedia,
) -> None:
    there.order(emulator, "hangs", times=2)
    another = channel("ig-other", Platform.INSTAGRAM)
    async with studio(temporal, state_store, generating, another) as desk:
        view = await desk.start(media=MediaMaker.IMAGE)
        campaign = await temporal.get_workflow_handle(view.campaign_id).fetch_history()
        for one in view.posts:
            await ask(desk.post(one.workflow_id), kind=ChangeKind.RETRACT)

    rung = [one for one in campaign.events if one.event_type == _TIMER_FIRED]
    assert len(view.posts) == 2
    assert rung == []
