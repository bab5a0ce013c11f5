"""Media are fetched once more while there is time to act; the clock can be turned."""

import hashlib
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from temporalio.testing import TimeSkipper

from activities.media.hosting import PublicHosting
from galley.clients.public_fetch import PublicFetch
from galley.clients.storage import ObjectStore
from galley.models.media import MediaKind, StagedAsset
from galley.models.post import PostState
from galley.models.review import DecisionKind
from tests.stores import NewStore
from tests.workflows.harness import (
    Harness,
    Post,
    decide,
    decision,
    open_harness,
    reaches,
    record,
    until,
)
from tests.workflows.world import channel
from workflows.post.workflow import PostWorkflow

pytestmark = pytest.mark.server

CDN = "https://cdn.example/"
PICTURE = b"a picture"
SHA256 = hashlib.sha256(PICTURE).hexdigest()
PUBLIC = f"media/{SHA256[:2]}/{SHA256}.jpg"
STAGED = StagedAsset(
    kind=MediaKind.IMAGE,
    mime="image/jpeg",
    sha256=SHA256,
    size=len(PICTURE),
    width=1,
    height=1,
    staged_as=f"staging/{SHA256}.jpg",
)


@pytest.fixture
async def state_store(new_store: NewStore) -> ObjectStore:
    """Give a bucket, for media are copied from it into another."""
    return await new_store("state")


async def test_media_that_are_gone_before_a_post_is_due_are_an_alarm_until_mended(
    clock: TimeSkipper, state_store: ObjectStore
) -> None:
    async with open_harness(clock.client, state_store, channel("x-main")) as harness:
        harness.studio.media_on.add("x-main")
        with clock.with_time_skipping_disabled():
            post = await harness.start_post(publish_lead=timedelta(hours=3))
            await decide(post, decision(DecisionKind.APPROVE))
            await reaches(post, PostState.SCHEDULED)
            hosted_at_approval = harness.studio.rehosted
            harness.studio.hosting_fails = True

            await clock.fast_forward(post, timedelta(hours=2, minutes=31))
            alarmed = await until(
                lambda: post.query(PostWorkflow.view), lambda v: v.error is not None
            )
            harness.studio.hosting_fails = False
            await clock.fast_forward(post, timedelta(minutes=6))
            calmed = await until(lambda: post.query(PostWorkflow.view), lambda v: v.error is None)
            await record("media-watched", post)

        assert hosted_at_approval == 1
        assert "Galley tries again until the post is due" in (alarmed.error or "")
        assert (alarmed.state, calmed.state) == (PostState.SCHEDULED,) * 2


async def test_media_that_have_moved_are_pointed_to_in_buffer_before_the_post_is_due(
    clock: TimeSkipper, state_store: ObjectStore
) -> None:
    async with open_harness(clock.client, state_store, channel("x-main")) as harness:
        harness.studio.media_on.add("x-main")
        with clock.with_time_skipping_disabled():
            post = await harness.start_post(publish_lead=timedelta(hours=3))
            await decide(post, decision(DecisionKind.APPROVE))
            await reaches(post, PostState.SCHEDULED)
            harness.studio.media_at = "https://cdn.example"

            await clock.fast_forward(post, timedelta(hours=2, minutes=31))
            moved = await until(
                lambda: post.query(PostWorkflow.view),
                lambda v: v.change is None and v.media[0].url.startswith(CDN),
            )
            await record("media-moved", post)

        assert harness.buffer.calls.count("editPost") == 1
        assert moved.state is PostState.SCHEDULED
        assert moved.error is None


@pytest.fixture
async def picture(state_store: ObjectStore) -> StagedAsset:
    """Stage a picture."""
    name = f"staging/{SHA256}.jpg"
    await state_store.put_if_absent(name, PICTURE, "image/jpeg")
    return StagedAsset(
        kind=MediaKind.IMAGE,
        mime="image/jpeg",
        sha256=SHA256,
        size=len(PICTURE),
        width=1,
        height=1,
        staged_as=name,
    )


@asynccontextmanager
async def harness_with_a_picture(
    clock: TimeSkipper, state: ObjectStore, media: ObjectStore
) -> AsyncGenerator[Harness]:
    """Give a harness whose posts have a real picture."""
    async with open_harness(clock.client, state, channel("x-main")) as harness:
        harness.studio.picture = STAGED

        async def stages() -> None:
            await state.put_if_absent(STAGED.staged_as, PICTURE, STAGED.mime)

        harness.studio.stages = stages
        stranger = PublicFetch(may_be_private=True)
        harness.studio.hosting = PublicHosting(state, media, stranger)
        harness.studio.media_on.add("x-main")
        with clock.with_time_skipping_disabled():
            yield harness


@asynccontextmanager
async def waiting_with_a_picture(
    clock: TimeSkipper, state: ObjectStore, media: ObjectStore
) -> AsyncGenerator[Post]:
    """Give a post whose real picture is public, and which is due in three hours."""
    async with harness_with_a_picture(clock, state, media) as harness:
        post = await harness.start_post(publish_lead=timedelta(hours=3))
        await decide(post, decision(DecisionKind.APPROVE))
        await reaches(post, PostState.SCHEDULED)
        yield post


async def test_media_that_vanish_while_the_post_waits_in_buffer_are_put_back(
    clock: TimeSkipper, state_store: ObjectStore, media_store: ObjectStore
) -> None:
    async with waiting_with_a_picture(clock, state_store, media_store) as post:
        await media_store.delete(PUBLIC)

        await clock.fast_forward(post, timedelta(hours=2, minutes=31))

        await until(lambda: media_store.exists(PUBLIC), bool)
        assert await media_store.get(PUBLIC) == PICTURE
        assert (await post.query(PostWorkflow.view)).error is None


async def test_media_that_are_gone_for_good_call_for_a_person_before_the_post_is_due(
    clock: TimeSkipper, state_store: ObjectStore, media_store: ObjectStore
) -> None:
    async with waiting_with_a_picture(clock, state_store, media_store) as post:
        await media_store.delete(PUBLIC)
        await state_store.delete(STAGED.staged_as)

        await clock.fast_forward(post, timedelta(hours=2, minutes=31))

        alarmed = await until(lambda: post.query(PostWorkflow.view), lambda v: v.error is not None)
        assert "staged media is gone. Have its media made anew" in (alarmed.error or "")
        assert "edit --remake-media --approve" in (alarmed.error or "")

        await decide(post, decision(DecisionKind.EDIT, edit={"remake_media": True}))
        proposed = await post.query(PostWorkflow.view)
        await decide(post, decision(DecisionKind.APPROVE, revision=2))
        mended = await until(lambda: post.query(PostWorkflow.view), lambda v: v.change is None)
        await record("media-remade", post)

        assert proposed.proposal is not None
        assert proposed.proposal.draft == proposed.draft
        assert proposed.proposal.provenance == proposed.provenance
        assert (mended.state, mended.error) == (PostState.SCHEDULED, None)
        assert await media_store.get(PUBLIC) == PICTURE


async def test_media_that_are_gone_before_approval_are_made_anew_by_one_edit(
    clock: TimeSkipper, state_store: ObjectStore, media_store: ObjectStore
) -> None:
    async with harness_with_a_picture(clock, state_store, media_store) as harness:
        post = await harness.start_post(publish_lead=timedelta(hours=3))
        await state_store.delete(STAGED.staged_as)
        await decide(post, decision(DecisionKind.APPROVE))
        asked = await until(lambda: post.query(PostWorkflow.view), lambda v: v.error is not None)

        await decide(post, decision(DecisionKind.EDIT, edit={"remake_media": True}))
        await decide(post, decision(DecisionKind.APPROVE, revision=2))
        scheduled = await reaches(post, PostState.SCHEDULED)

        assert asked.state is PostState.IN_REVIEW
        assert "edit --remake-media, or regenerate the post" in (asked.error or "")
        assert scheduled.error is None
        assert await media_store.get(PUBLIC) == PICTURE


async def test_media_seen_within_the_hour_are_not_fetched_again(
    clock: TimeSkipper, state_store: ObjectStore
) -> None:
    async with open_harness(clock.client, state_store, channel("x-main")) as harness:
        harness.studio.media_on.add("x-main")
        with clock.with_time_skipping_disabled():
            post = await harness.start_post(publish_lead=timedelta(minutes=50))
            await decide(post, decision(DecisionKind.APPROVE))
            await reaches(post, PostState.SCHEDULED)

            await clock.fast_forward(post, timedelta(minutes=49))

        assert harness.studio.rehosted == 1
