"""Publishing has a task queue of its own: nothing else keeps a retract waiting."""

from datetime import timedelta

import pytest
from temporalio.client import Client

from galley.models.account import Pause
from galley.models.post import PostOutcome, PostState
from galley.models.review import ChangeKind, DecisionKind
from tests.memory_store import MemoryStore
from tests.workflows.harness import Harness, decide, decision, reaches, until
from tests.workflows.post_harness import ask
from tests.workflows.world import Buffer, channel
from workflows import ids
from workflows.account.workflow import AccountWorkflow
from workflows.campaign.workflow import CampaignWorkflow

pytestmark = pytest.mark.server


async def test_a_retract_passes_busy_slots_a_pause_and_a_bucket_that_is_away(
    temporal: Client,
) -> None:
    store = MemoryStore()
    harness = Harness(temporal, store, Buffer((channel("x-main"),)))
    async with harness.worker(max_concurrent_activities=1):
        post = await harness.start_post(publish_lead=timedelta(hours=2))
        await decide(post, decision(DecisionKind.APPROVE))
        await reaches(post, PostState.SCHEDULED)
        harness.studio.drafting_waits = True
        other = harness.campaign(key=ids.campaign_key(f"{harness.queue}-other", 1))
        await temporal.start_workflow(
            CampaignWorkflow.run, other, id=ids.campaign_id(other.key), task_queue=harness.queue
        )
        await until(lambda: _drafts(harness), lambda count: count == 2)
        store.is_away = True
        await harness.account.signal(AccountWorkflow.pause, Pause(by="kim"))

        await ask(post, kind=ChangeKind.RETRACT)
        result = await post.result()

        assert result.outcome is PostOutcome.RETRACTED
        assert harness.buffer.posts == {}
        harness.studio.drafting_waits = False
        await harness.stop_account()


async def _drafts(harness: Harness) -> int:
    return len(harness.studio.asked)
