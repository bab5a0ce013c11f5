"""The plan of a campaign that is not started, and the forecast of Buffer's quota.

``start`` and its page call both; :mod:`app.campaigns.start` uses the busy times of channels.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from temporalio.client import Client, WorkflowExecutionStatus

from app.accounts.workflows import accounts_meant, read_directory, read_outlook
from app.connections import Connections
from app.errors import AppError, InvalidRequestError
from app.posts.directory import list_posts, list_runs
from galley.clients.setup_checks import media_hindrance
from galley.models.account import AskLimits, Outlook
from galley.models.campaign import CampaignInput, PlannedPost
from galley.models.post import PostState
from galley.models.schedule import BusyTime
from galley.publishing.quota import forecast_sentence
from galley.publishing.schedule.plan import PlanError, SelectionError
from workflows import ids
from workflows.campaign.plan import CampaignPlan, plan_within_limits, shown

_MOST = 1000
_ROLLING = timedelta(hours=24)
"""Posts of the last 24 hours still count against a network's limit."""
_NEVER_OUT = {PostState.RETRACTED, PostState.REJECTED, PostState.EXPIRED, PostState.FAILED}
_COUNTED = {state.value for state in PostState} - {state.value for state in _NEVER_OUT}


@dataclass(frozen=True)
class PlannedCampaign:
    """What a campaign would do: its input, and the plan for it."""

    start: CampaignInput
    plan: CampaignPlan

    @property
    def posts(self) -> tuple[PlannedPost, ...]:
        """The posts, in order."""
        return tuple(shown(self.start.key, one) for one in self.plan.posts)


async def plan_campaign(connections: Connections, start: CampaignInput) -> PlannedCampaign:
    """Return what a campaign would do, and start nothing.

    Raises:
        InvalidRequestError: The channels cannot be used, or nothing can be planned.
        AppError: No worker answers, or Buffer does not.
    """
    client, settings = await connections.temporal(), connections.settings
    start = start.beside(await busy_times(client, start))
    directory = await read_directory(client, settings)
    directory = directory.without_media(media_hindrance(settings))

    async def ask(task: AskLimits) -> Outlook:
        return await read_outlook(client, settings, task)

    try:
        plan = await plan_within_limits(start, directory, _now, ask)
    except (SelectionError, PlanError) as error:
        raise InvalidRequestError(str(error)) from None
    return PlannedCampaign(start, plan)


async def campaign_of(connections: Connections, start: CampaignInput) -> str:
    """Return the ID of the campaign that this source has in this edition; empty: none."""
    campaign_id = ids.campaign_id(start.key)
    found = await list_runs(await connections.temporal(), f'WorkflowId="{campaign_id}"', 10)
    is_there = any(run.status is not WorkflowExecutionStatus.FAILED for run in found)
    return campaign_id if is_there else ""


def _now() -> datetime:
    return datetime.now(UTC)


async def busy_times(client: Client, start: CampaignInput) -> tuple[BusyTime, ...]:
    """Return the due times that Temporal's list knows, of the last day and to come.

    Posts that are due as soon as they are approved have none.
    """
    since = datetime.now(UTC) - _ROLLING
    rows = await list_posts(client, f'GalleyDueAt >= "{since:%Y-%m-%dT%H:%M:%SZ}"', _MOST)
    own = ids.campaign_id(start.key)
    return tuple(
        BusyTime(channel_id=row.channel_id, at=row.due_at)
        for row in rows
        if row.due_at and row.campaign_id != own and row.state in _COUNTED
    )


async def quota_forecast(
    connections: Connections, posts: Sequence[PlannedPost], zone: ZoneInfo
) -> str:
    """Return when Buffer's quota takes the posts of several campaigns, in a sentence.

    Each campaign alone may fit. Asks Buffer nothing; empty where no forecast can be
    made.
    """
    client, settings = await connections.temporal(), connections.settings
    accounts = await accounts_meant(client, settings)
    if len(accounts) != 1:
        return ""
    task = AskLimits(
        organization_id=accounts[0].removeprefix(ids.account_id("")),
        channel_ids=tuple(sorted({post.channel_id for post in posts})),
        calls=len(posts),
    )
    try:
        outlook = await read_outlook(client, settings, task)
    except AppError:
        return ""  # What was started is started.
    due = [post.due_at for post in posts]
    return forecast_sentence(outlook.openings, due, datetime.now(UTC), zone)
