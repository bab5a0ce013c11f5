"""Media are fetched once more while there is time to act; the clock can be turned."""

from datetime import timedelta

import pytest
from temporalio.testing import WorkflowEnvironment

from galley.clients.storage import ObjectStore
from galley.models import DecisionKind, PostState
from tests.workflows.desk import decide, decision, open_desk, reaches, record, until
from tests.workflows.world import channel
from workflows.post import PostWorkflow

pytestmark = pytest.mark.server


async def test_media_that_are_gone_before_a_post_is_due_are_an_alarm_until_mended(
    clock: WorkflowEnvironment, state_store: ObjectStore
) -> None:
    async with open_desk(clock.client, state_store, channel("x-main")) as desk:
        desk.studio.media_on.add("x-main")
        with clock.with_time_skipping_disabled():
            post = await desk.start_post(publish_lead=timedelta(hours=3))
            await decide(post, decision(DecisionKind.APPROVE))
            await reaches(post, PostState.SCHEDULED)
            hosted_at_approval = desk.studio.rehosted
            desk.studio.hosting_fails = True

            await clock.fast_forward(post, timedelta(hours=2, minutes=31))
            alarmed = await until(
                lambda: post.query(PostWorkflow.view), lambda v: v.error is not None
            )
            desk.studio.hosting_fails = False
            await clock.fast_forward(post, timedelta(minutes=6))
            calmed = await until(
                lambda: post.query(PostWorkflow.view), lambda v: v.error is None
            )
            await record("media-watched", post)

        assert hosted_at_approval == 1
        assert "It is tried again until the post is due" in (alarmed.error or "")
        assert (alarmed.state, calmed.state) == (PostState.SCHEDULED,) * 2


async def test_media_seen_within_the_hour_are_not_fetched_again(
    clock: WorkflowEnvironment, state_store: ObjectStore
) -> None:
    async with open_desk(clock.client, state_store, channel("x-main")) as desk:
        desk.studio.media_on.add("x-main")
        with clock.with_time_skipping_disabled():
            post = await desk.start_post(publish_lead=timedelta(minutes=50))
            await decide(post, decision(DecisionKind.APPROVE))
            await reaches(post, PostState.SCHEDULED)

            await clock.fast_forward(post, timedelta(minutes=49))

        assert desk.studio.rehosted == 1
