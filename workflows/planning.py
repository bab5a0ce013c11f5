"""Choose the channels of a campaign and plan their posts, without starting any."""

from dataclasses import dataclass
from datetime import datetime

from galley.models import (
    CampaignInput,
    Channel,
    ChannelDirectory,
    PlannedPost,
    SkippedChannel,
)
from galley.platforms.registry import rules_for
from galley.schedule.plan import PlanError, Planned, plan
from galley.schedule.selection import select_channels
from workflows import ids


@dataclass(frozen=True)
class CampaignPlan:
    """The posts to start, in order, and the channels that get none, with the reason."""

    posts: tuple[Planned, ...]
    skipped: tuple[SkippedChannel, ...]


def plan_campaign(
    start: CampaignInput, directory: ChannelDirectory, now: datetime
) -> CampaignPlan:
    """Return what a campaign started at ``now`` would do.

    Raises:
        SelectionError: The channels cannot be used.
        PlanError: Not one post can be planned.
    """
    selection = select_channels(
        directory.channels, start.channels, start.platforms, start.delivery
    )
    planned = plan(start, selection.chosen, now, _limit_of)
    posts = tuple(one for one in planned if not one.misfit)
    if not posts:
        why = "; ".join(one.misfit for one in planned)
        raise PlanError(f"Nothing can be planned: {why}.")
    misfits = (_skipped(one) for one in planned if one.misfit)
    return CampaignPlan(posts, (*selection.skipped, *misfits))


def shown(key: str, one: Planned) -> PlannedPost:
    """Return a planned post as it is shown; ``key`` is the campaign's."""
    return PlannedPost(
        workflow_id=ids.post_id(key, one.channel.id),
        platform=one.channel.platform,
        channel_id=one.channel.id,
        channel_name=one.channel.name,
        due_at=one.due_at,
        moves=one.moves,
    )


def _limit_of(channel: Channel) -> int:
    return rules_for(channel.platform).posts_per_day


def _skipped(one: Planned) -> SkippedChannel:
    return SkippedChannel(
        channel_id=one.channel.id,
        channel_name=one.channel.name,
        platform=one.channel.platform,
        reason=one.misfit,
    )
