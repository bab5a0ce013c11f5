"""Generated media, from the workflow to the emulator's socket: billed once, kept."""

import asyncio
from contextlib import suppress
from datetime import timedelta

import pytest
from temporalio.api.enums.v1 import EventType
from temporalio.client import Client
from temporalio.service import RPCError
from temporalio.testing import TimeSkipper

from activities.media.hosting import PublicHosting
from galley.clients.public_fetch import PublicFetch
from galley.clients.storage import ObjectStore
from galley.media.probe import probe
from galley.models.media import MediaMaker
from galley.models.network import Platform
from galley.models.post import PostState
from galley.models.review import ChangeKind, DecisionKind
from tests import replicate_emulator as there
from tests.generation import PICTURES
from tests.stores import NewStore
from tests.workflows.harness import Harness, Post, decide, decision, reaches, record, told, until
from tests.workflows.media_harness import Makers, anew, view_of
from tests.workflows.post_harness import ask
from tests.workflows.world import channel

pytestmark = pytest.mark.server

NAME = "ig-main"
CHANNEL = channel(NAME, Platform.INSTAGRAM)
_TIMER_FIRED = EventType.EVENT_TYPE_TIMER_FIRED


@pytest.fixture
async def state_store(new_store: NewStore) -> ObjectStore:
    """Give a bucket, for media are copied from it into another."""
    return await new_store("state")


def bills(replicate: str) -> list[str]:
    return [str(one["status"]) for one in there.bills(replicate)]


async def begun(harness: Harness) -> Post:
    """Begin a post whose media are pictures."""
    return await harness.begin_post(maker=MediaMaker.IMAGE)


async def runs(post: Post, activity_type: str) -> None:
    """Wait until a step of the post runs, or is over on a machine that is slow."""

    async def started() -> bool:
        pending = (await post.describe()).raw_description.pending_activities
        running = [one.activity_type.name for one in pending if one.state == 2]
        is_over = (await view_of(post)).state is PostState.IN_REVIEW
        return activity_type in running or is_over

    await until(started, bool, seconds=60)


async def test_a_picture_goes_out_though_its_address_died_days_ago(
    clock: TimeSkipper, makers: Makers, media_store: ObjectStore, replicate: str
) -> None:
    stranger = PublicFetch(may_be_private=True)
    async with makers.harness(clock.client, CHANNEL) as harness:
        harness.studio.hosting = PublicHosting(makers.store, media_store, stranger)
        with clock.with_time_skipping_disabled():
            post = await harness.start_post(maker=MediaMaker.IMAGE)
            made = await view_of(post)
            there.skip(replicate, timedelta(days=2).total_seconds())
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
    assert bills(replicate) == ["succeeded"]
    assert len(harness.buffer.posts) == 1
    public = f"media/{asset.sha256[:2]}/{asset.sha256}.jpg"
    assert harness.buffer.media == [media_store.public_url(public)]
    assert probe(await media_store.get(public) or b"").mime == "image/jpeg"


async def test_a_worker_that_dies_while_it_waits_costs_no_second_bill(
    temporal: Client, makers: Makers, replicate: str
) -> None:
    there.order(replicate, "slow")
    async with makers.fitting_harness(temporal, CHANNEL) as harness:
        async with makers.waiting(harness):
            post = await begun(harness)
            await runs(post, "await_media")
        async with makers.waiting(harness):
            view = await reaches(post, PostState.IN_REVIEW)

    assert view.media_by is MediaMaker.IMAGE
    assert bills(replicate) == ["succeeded"]


async def test_a_lost_reply_costs_no_second_bill(
    temporal: Client, makers: Makers, replicate: str
) -> None:
    there.order(replicate, "lost_reply")
    async with makers.harness(temporal, CHANNEL) as harness:
        post = await begun(harness)
        view = await reaches(post, PostState.IN_REVIEW)

    assert view.media_by is MediaMaker.IMAGE
    assert bills(replicate) == ["succeeded"]


async def test_what_is_refused_as_unsafe_is_said_and_not_asked_for_again(
    temporal: Client, makers: Makers, replicate: str
) -> None:
    there.order(replicate, "nsfw")
    async with makers.harness(temporal, CHANNEL) as harness:
        harness.studio.media_on.add(NAME)
        post = await begun(harness)
        view = await reaches(post, PostState.IN_REVIEW)
        await record("picture-refused", post)

    assert "the model will not make this (NSFW content detected" in view.media_notes[0]
    assert "It cost up to $0.003." in view.media_notes[0]
    assert "A card was drawn" in view.media_notes[1]
    assert len(there.made(replicate)) == 1


async def test_an_order_that_failed_is_made_once_more_and_then_told(
    temporal: Client, makers: Makers, replicate: str
) -> None:
    there.order(replicate, "fails", times=2)
    async with makers.harness(temporal, CHANNEL) as harness:
        post = await begun(harness)
        view = await reaches(post, PostState.IN_REVIEW)
        await decide(post, decision(DecisionKind.REGENERATE, note="again"))
        again = await anew(post)

    assert "the model failed twice (CUDA out of memory)" in view.media_notes[0]
    assert view.staged == ()
    assert again.media_by is MediaMaker.IMAGE
    assert len(there.made(replicate)) == 3


@pytest.mark.parametrize("how", ["retracted", "cancelled"])
async def test_a_post_that_is_given_up_stops_the_model(
    temporal: Client, makers: Makers, replicate: str, how: str
) -> None:
    there.order(replicate, "hangs")
    async with makers.harness(temporal, CHANNEL) as harness:
        post = await begun(harness)
        await runs(post, "await_media")
        if how == "retracted":
            await ask(post, kind=ChangeKind.RETRACT)
        else:
            await post.cancel()

        async def status() -> str:
            await asyncio.sleep(0)
            return list(there.predictions(replicate).values())[-1]

        found = await until(status, lambda said: said == "canceled", seconds=60)

    assert found == "canceled"


@pytest.mark.parametrize("kind", [DecisionKind.REGENERATE, DecisionKind.REJECT])
async def test_a_decision_that_needs_no_picture_stops_the_model_and_tells_the_bill(
    temporal: Client, makers: Makers, replicate: str, kind: DecisionKind
) -> None:
    there.order(replicate, "hangs")
    async with makers.harness(temporal, CHANNEL) as harness:
        post = await begun(harness)
        await runs(post, "await_media")
        seen = await view_of(post)
        await decide(post, decision(kind, revision=seen.revision, note="no hills"))
        view = await reaches(post, PostState.IN_REVIEW, PostState.REJECTED)
        if kind is DecisionKind.REGENERATE:
            view = await anew(post)
        await record(f"picture-cut-short-{kind}", post)

    told_there = list(there.predictions(replicate).values())
    assert seen.is_making_media
    assert seen.draft is not None
    assert told_there[0] == "canceled"
    assert "It cost up to $0.003." in f"{view.notice} {' '.join(view.media_notes)}"
    assert len(told_there) == (2 if kind is DecisionKind.REGENERATE else 1)
    assert bool(view.staged) is (kind is DecisionKind.REGENERATE)


async def test_a_slow_picture_of_the_first_post_does_not_hold_the_others_up(
    temporal: Client, makers: Makers, replicate: str
) -> None:
    there.order(replicate, "hangs", times=2)
    another = channel("ig-other", Platform.INSTAGRAM)
    async with makers.harness(temporal, CHANNEL, another) as harness:
        view = await harness.start(maker=MediaMaker.IMAGE)
        campaign = await temporal.get_workflow_handle(view.campaign_id).fetch_history()
        for one in view.posts:
            # A run that ends while another event is on its way answers with an error.
            with suppress(RPCError):
                await ask(harness.post(one.workflow_id), kind=ChangeKind.RETRACT)

    rung = [one for one in campaign.events if one.event_type == _TIMER_FIRED]
    assert len(view.posts) == 2
    assert rung == []
