"""FeedWorkflow: one check of a feed, which starts a campaign for each new item."""

from temporalio import workflow
from temporalio.common import WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError

with workflow.unsafe.imports_passed_through():
    from pydantic import ValidationError

    from activities.interfaces import FeedActivities
    from galley.models.campaign import CampaignInput
    from galley.models.feed import (
        CheckFeed,
        EnterItem,
        EnterItems,
        FeedPick,
        FeedReport,
        FeedSubscription,
        ItemState,
    )
    from workflows import ids, options
    from workflows.campaign.workflow import CampaignWorkflow
    from workflows.details import literal


# An input that does not fit ends the run, whose starter sees why.
@workflow.defn(failure_exception_types=[ValidationError])
class FeedWorkflow:
    """One check of a feed: at most ``burst`` items become campaigns, oldest first.

    The Schedule ``feed:<feed id>`` starts it and gives it the ID ``feed:<feed id>-<time>``.
    """

    @workflow.run
    async def run(self, feed: FeedSubscription) -> FeedReport:
        found = await workflow.execute_activity_method(
            FeedActivities.check_feed,
            CheckFeed(feed_id=feed.feed_id, url=feed.url, burst=feed.burst, backlog=feed.backlog),
            **options.READ_SOURCE,
        )
        started = [await self._begin(feed.campaign, pick) for pick in found.picks]
        if started:
            # After the start: a check that is cut off in between repeats it, and the
            # campaign's ID, made from the item, refuses the second start.
            await workflow.execute_activity_method(
                FeedActivities.enter_items,
                EnterItems(feed_id=feed.feed_id, url=feed.url, items=tuple(started)),
                **options.KEEP_LEDGER,
            )
        self._show(found.title, started, found.waiting)
        return FeedReport(title=found.title, started=tuple(started), waiting=found.waiting)

    async def _begin(self, campaign: CampaignInput, pick: FeedPick) -> EnterItem:
        key = ids.campaign_key(pick.identity, campaign.edition)
        campaign_id = ids.campaign_id(key)
        why = ""
        try:
            await workflow.start_child_workflow(
                CampaignWorkflow.run,
                campaign.of_source(key, pick.source),
                id=campaign_id,
                # A failed campaign of the item, of another feed or by hand, blocks none.
                id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE_FAILED_ONLY,
                parent_close_policy=workflow.ParentClosePolicy.ABANDON,
                static_summary=f"campaign · {literal(pick.title)}"[:200],
            )
        except WorkflowAlreadyStartedError:
            why = "It had its campaign already."
        return EnterItem(key=pick.key, state=ItemState.DRAFTED, why=why, campaign_id=campaign_id)

    def _show(self, title: str, started: list[EnterItem], waiting: int) -> None:
        lines = [f"**{len(started)} taken up, {waiting} waiting**", "", literal(title)]
        lines += [f"- `{one.campaign_id}` {literal(one.why)}" for one in started]
        workflow.set_current_details("\n".join(lines))
