"""What a campaign of eleven networks costs, from real histories of the real workflows.

Sources, drafts, media and Buffer answer at once and from memory; every workflow,
signal and timer is real. The same measurement guards the budget in the tests.
"""

import asyncio
from dataclasses import dataclass
from typing import Any

from temporalio.client import WorkflowHandle

from bench.counting import NOTHING, Cost, cost_of, from_approval
from galley.models.network import Platform
from galley.models.post import PostState
from galley.models.review import Approve
from tests.workflows.harness import Harness, Post, reaches
from tests.workflows.world import channel
from workflows.post.workflow import PostWorkflow

CHANNELS = tuple(channel(platform.value, platform) for platform in Platform)
WITH_MEDIA = {
    Platform.INSTAGRAM.value,
    Platform.PINTEREST.value,
    Platform.TIKTOK.value,
    Platform.YOUTUBE.value,
}


@dataclass(frozen=True)
class Bill:
    """The cost of a campaign and how much of it came after the approval."""

    posts: int
    whole: Cost
    publishing: Cost
    account: Cost
    longest: int

    @property
    def events_per_post(self) -> float:
        """The whole path, from source to confirmed post."""
        return self.whole.events / self.posts

    @property
    def actions_per_post(self) -> float:
        """The whole path: starts, activities and timers."""
        return self.whole.actions / self.posts

    @property
    def publishing_events(self) -> float:
        """From approval to confirmed, with its share of AccountWorkflow."""
        return self.publishing.events / self.posts

    @property
    def publishing_actions(self) -> float:
        """From approval to confirmed, with its share of AccountWorkflow."""
        return self.publishing.actions / self.posts


async def measure(harness: Harness) -> Bill:
    """Run one campaign at this harness, approve everything, and read the histories."""
    harness.studio.media_on = WITH_MEDIA
    view = await harness.start()
    posts = [harness.post(one.workflow_id) for one in view.posts]
    await asyncio.gather(*(_approve(post) for post in posts))
    await asyncio.gather(*(post.result() for post in posts))
    campaign = await _cost(harness.client.get_workflow_handle(view.campaign_id))
    account = await _cost(harness.account)
    whole, publishing, longest = campaign + account, account, account.events
    for post in posts:
        history = await post.fetch_history()
        cost = cost_of(history.events)
        whole, longest = whole + cost, max(longest, cost.events)
        publishing += cost_of(from_approval(history.events))
    return Bill(len(posts), whole, publishing, account, longest)


async def _approve(post: Post) -> None:
    await reaches(post, PostState.IN_REVIEW)
    await post.signal(PostWorkflow.approve, Approve(revision=1, by="kim"))


async def _cost(handle: WorkflowHandle[Any, Any]) -> Cost:
    return NOTHING + cost_of((await handle.fetch_history()).events)
