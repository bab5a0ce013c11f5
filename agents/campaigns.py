"""The verbs about campaigns: how far they are."""

import asyncio
import time

from pydantic import Field

from agents.shapes import CampaignName, PostLine, Quoted, all_quoted, line_of, quoted
from agents.verbs import Caller, verb
from app.errors import InvalidRequestError
from app.review.inbox import ShownCampaign, show_named
from galley.models.agents import Scope
from galley.models.base import Model
from galley.models.network import Platform
from galley.models.post import PostState
from galley.networks.text import visible

_LOOK_AGAIN = 1.0


class OneCampaign(Model):
    """Request of ``read_campaign``."""

    campaign: CampaignName


class SkippedLine(Model):
    """A channel that the campaign leaves out."""

    network: Platform
    channel: str
    why: Quoted


class CampaignReport(Model):
    """How far a campaign is."""

    campaign: str
    status: str = Field(description="Of its run in Temporal.")
    stage: str
    source: Quoted | None
    posts: tuple[PostLine, ...]
    skipped: tuple[SkippedLine, ...]
    notes: tuple[Quoted, ...]
    cost_micros: int | None = Field(description="Millionths of a US dollar; missing: unknown.")


@verb("GET", "/v1/campaigns/{campaign}", Scope.READ)
async def read_campaign(caller: Caller, asked: OneCampaign) -> CampaignReport:
    """Show how far a campaign is: its stage, its posts, and the channels that it leaves out."""
    found = await show_named(caller.connections, asked.campaign)
    if not isinstance(found, ShownCampaign):
        raise InvalidRequestError(f"{asked.campaign!r} is a post: read_post shows it.")
    return report_of(found)


def report_of(found: ShownCampaign) -> CampaignReport:
    """Return a campaign as agents see it."""
    view = found.view
    skipped = view.skipped if view else ()
    return CampaignReport(
        campaign=found.row.workflow_id,
        status=found.row.status,
        stage=view.stage if view else "waiting for a worker",
        source=quoted(view.source.title if view and view.source else ""),
        posts=tuple(map(line_of, found.posts)),
        skipped=tuple(
            SkippedLine(
                network=one.platform,
                channel=one.channel_id,
                why=Quoted(untrusted_text=visible(one.reason)),
            )
            for one in skipped
        ),
        notes=all_quoted(view.notes if view else ()),
        cost_micros=found.cost.micros if found.cost else None,
    )


class WaitForCampaign(Model):
    """Request of ``wait_for_campaign``."""

    campaign: CampaignName
    seconds: int = Field(default=30, ge=1, le=50, description="The longest that is waited.")


@verb("GET", "/v1/campaigns/{campaign}/drafts", Scope.READ)
async def wait_for_campaign(caller: Caller, asked: WaitForCampaign) -> CampaignReport:
    """Wait until all drafts of a campaign are written, or the seconds are over, and report it.

    Cancelling the wait cancels nothing else; call it again to wait longer.
    """
    deadline, told = time.monotonic() + asked.seconds, ""
    while True:
        found = await show_named(caller.connections, asked.campaign)
        if not isinstance(found, ShownCampaign):
            raise InvalidRequestError(f"{asked.campaign!r} is a post: read_post shows it.")
        written = sum(post.state != PostState.DRAFTING for post in found.posts)
        planned = len(found.view.posts) if found.view else 0
        stage = found.view.stage if found.view else "waiting for a worker"
        now = f"{stage}: {written} of {planned or 'some'} drafts written"
        if now != told:
            told = now
            caller.connections.progress.note(now)
        is_over = found.row.status != "running" and written >= planned
        if (planned and written >= planned) or is_over or time.monotonic() >= deadline:
            return report_of(found)
        await asyncio.sleep(_LOOK_AGAIN)
