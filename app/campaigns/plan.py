"""What the channels have already: the due times of other campaigns' posts."""

from datetime import UTC, datetime, timedelta

from temporalio.client import Client

from app.posts.directory import list_posts
from galley.models import BusyTime, CampaignInput, PostState
from workflows import ids

_MOST = 1000
_ROLLING = timedelta(hours=24)
"""Posts of the last 24 hours still count against a network's limit."""
_NEVER_OUT = {
    PostState.RETRACTED,
    PostState.REJECTED,
    PostState.EXPIRED,
    PostState.REFUSED,
    PostState.FAILED,
}
_COUNTED = {state.value for state in PostState} - {state.value for state in _NEVER_OUT}


async def busy_times(client: Client, start: CampaignInput) -> tuple[BusyTime, ...]:
    """Return the due times that Temporal's list knows, of the last day and to come.

    Posts that are due as soon as they are approved have none.
    """
    since = datetime.now(UTC) - _ROLLING
    rows = await list_posts(
        client, f'GalleyDueAt >= "{since:%Y-%m-%dT%H:%M:%SZ}"', _MOST
    )
    own = ids.campaign_id(start.key)
    return tuple(
        BusyTime(channel_id=row.channel_id, at=row.due_at)
        for row in rows
        if row.due_at and row.campaign_id != own and row.state in _COUNTED
    )
