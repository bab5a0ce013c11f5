"""The verbs about campaigns: plan one, start it, and see how far it is."""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Iterable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field, ValidationError

from agents.shapes import (
    CampaignName,
    Id,
    ModelName,
    PostLine,
    Quoted,
    When,
    all_quoted,
    line_of,
    quoted,
)
from agents.verbs import Caller, verb, what_is_wrong
from app.agents.access import open_folder
from app.agents.uploads import find_uploads, using_uploads
from app.brands.personas import find_persona
from app.campaigns.attachments import GivenFile
from app.campaigns.plan import plan_campaign as plan_alone
from app.campaigns.sources import GivenSource
from app.campaigns.sources import read_source as open_source
from app.campaigns.start import CampaignRequest, campaign_input
from app.campaigns.start import start_campaign as start_alone
from app.errors import InvalidRequestError
from app.review.inbox import ShownCampaign, show_named
from galley.models.agents import Scope
from galley.models.base import Model
from galley.models.campaign import SkippedChannel
from galley.models.media import Attachment, MediaMaker
from galley.models.network import Platform
from galley.models.options import (
    MOST_VARIANTS,
    Approval,
    CampaignOptions,
    Form,
    MediaOptions,
    PostingOptions,
    ReviewPolicy,
)
from galley.models.post import PostState
from galley.models.schedule import Timing
from galley.networks.visible import visible
from galley.sources.identity import spec_for
from workflows.ids import campaign_id

_LOOK_AGAIN = 1.0


class AttachedFile(Model):
    """A picture or film for all networks of a campaign, or for one."""

    file: str = Field(default="", max_length=500, description="In the folder open to agents, or:")
    upload: str = Field(
        default="", max_length=40, description="One that you sent, as prepare_upload names it."
    )
    network: Platform | None = None
    alt_text: str = Field(default="", max_length=2000)


class AskedCampaign(Model):
    """A campaign as an agent asks for it. Give one source: an address, a text or a file."""

    url: str | None = Field(
        default=None, max_length=2000, description="Address of an article, episode or video."
    )
    text: str | None = Field(
        default=None, max_length=400_000, description="The source itself, in Markdown."
    )
    file: str | None = Field(
        default=None, max_length=500, description="A file in the folder open to agents."
    )
    networks: tuple[Platform, ...] = Field(default=(), description="Empty: all.")
    channels: tuple[Annotated[str, Field(max_length=200)], ...] = Field(
        default=(), max_length=100, description="IDs or names; empty: all."
    )
    brief: str = Field(
        default="",
        max_length=2000,
        description="What all posts should do. Its facts and links are not taken for the source's.",
    )
    form: Form = Form.POST
    variants: int = Field(default=1, ge=1, le=MOST_VARIANTS)
    threads: bool = Field(default=False, description="A long post becomes a thread.")
    media: Literal["card", "source", "none"] = Field(
        default="card", description="Drawn cards, the pictures of the source, or none."
    )
    attach: tuple[AttachedFile, ...] = Field(default=(), max_length=10)
    start_at: When | None = Field(
        default=None, description="Of the first post. Missing: as soon as a person approves."
    )
    every_minutes: int = Field(default=0, ge=0, le=60 * 24 * 30)
    timezone: str = Field(default="UTC", max_length=60, description="Such as Europe/Berlin.")
    edition: int = Field(default=1, ge=1, le=1000, description="2 posts the same source anew.")
    model: ModelName = ""


@asynccontextmanager
async def _requested(caller: Caller, asked: AskedCampaign) -> AsyncGenerator[CampaignRequest]:
    """Lend the request: a person approves each post of it, whatever else is asked.

    Its files are copies, which are gone afterwards.

    Raises:
        InvalidRequestError: It names no source, or several, or a file that is not open to agents.
        SourceError: The source cannot be used.
    """
    if any(bool(one.file) == bool(one.upload) for one in asked.attach):
        raise InvalidRequestError("Give for each attachment one: file or upload.")
    sent = [one for one in asked.attach if one.upload]
    found = await find_uploads(caller.connections, caller.agent, _uploads(asked))
    staged = tuple(
        Attachment(asset=asset.model_copy(update={"alt_text": one.alt_text}), platform=one.network)
        for one, asset in zip(sent, found, strict=True)
    )
    with open_folder(caller.connections.settings) as copied:
        yield await asyncio.to_thread(_request, caller, asked, copied, staged)


def _uploads(asked: AskedCampaign) -> list[str]:
    return [one.upload for one in asked.attach if one.upload]


def _request(
    caller: Caller,
    asked: AskedCampaign,
    copied: Callable[[str], Path],
    staged: tuple[Attachment, ...],
) -> CampaignRequest:
    files = tuple(
        GivenFile(copied(one.file), one.network, one.alt_text, name="A file to attach")
        for one in asked.attach
        if not one.upload
    )
    options = CampaignOptions(
        channels=asked.channels,
        platforms=asked.networks,
        brief=asked.brief,
        form=asked.form,
        variants=asked.variants,
        media=MediaOptions(maker=MediaMaker(asked.media)),
        posting=PostingOptions(threads=asked.threads),
        timing=_timing(asked),
        review=ReviewPolicy(approval=Approval.ASK, started_by_agent=True),
    )
    return CampaignRequest(
        source=_source(asked, copied),
        options=options,
        persona=find_persona(None, caller.connections.settings),
        edition=asked.edition,
        started_by=caller.agent.words,
        files=files,
        staged=staged,
    )


def _source(asked: AskedCampaign, copied: Callable[[str], Path]) -> GivenSource:
    given = [one for one in (asked.url, asked.text, asked.file) if one]
    if len(given) != 1:
        raise InvalidRequestError("Give one source: url, text or file.")
    if asked.url:
        # Not by read_source, which would take the name of a file of this machine.
        return GivenSource(spec_for(asked.url, None))
    if asked.text:
        data = asked.text.encode()
        return GivenSource(spec_for("text.md", data), data)
    return open_source(str(copied(str(asked.file))))


def _timing(asked: AskedCampaign) -> Timing:
    try:
        every = timedelta(minutes=asked.every_minutes)
        return Timing(start_at=asked.start_at, every=every, timezone=asked.timezone)
    except ValidationError as error:
        raise InvalidRequestError(what_is_wrong(error)) from None


class SkippedLine(Model):
    """A channel that the campaign leaves out."""

    network: Platform
    channel: Id
    why: Quoted


class PlannedLine(Model):
    """One post that a campaign would have."""

    network: Platform
    channel: Quoted
    due_at: AwareDatetime | None = Field(description="Missing: as soon as a person approves.")
    moved_because: tuple[Quoted, ...]


class CampaignPlan(Model):
    """What a campaign would do. Nothing was started."""

    campaign: Id
    posts: tuple[PlannedLine, ...]
    skipped: tuple[SkippedLine, ...]
    notes: tuple[Quoted, ...]


class PlanCampaign(AskedCampaign):
    """Request of ``plan_campaign``."""


@verb("POST", "/v1/plans", Scope.READ)
async def plan_campaign(caller: Caller, asked: PlanCampaign) -> CampaignPlan:
    """Show the posts that a campaign would have, and when they would be due. Starts nothing."""
    async with _requested(caller, asked) as request:
        start = campaign_input(request, caller.connections.settings)
    found = await plan_alone(caller.connections, start)
    return CampaignPlan(
        campaign=campaign_id(start.key),
        posts=tuple(
            PlannedLine(
                network=one.platform,
                channel=Quoted(untrusted_text=visible(one.channel_name)),
                due_at=one.due_at,
                moved_because=all_quoted(move.why for move in one.moves),
            )
            for one in found.posts
        ),
        skipped=skipped_lines(found.plan.skipped),
        notes=all_quoted(filter(None, (*found.plan.notes, found.plan.quota))),
    )


class StartCampaign(AskedCampaign):
    """Request of ``start_campaign``."""


class CampaignHandle(Model):
    """A campaign that runs: its name is the handle for other tools."""

    campaign: Id
    is_new: bool = Field(description="No: this source has it already, and nothing was started.")
    next: str


@verb("POST", "/v1/campaigns", Scope.PROPOSE)
async def start_campaign(caller: Caller, asked: StartCampaign) -> CampaignHandle:
    """Start a campaign: one source, a draft for each channel. Returns at once.

    A person approves each post; nothing goes out before. The same source again is the same
    campaign. It costs money: plan_campaign first.
    """
    using = using_uploads(caller.connections, caller.agent, _uploads(asked))
    async with _requested(caller, asked) as request, using:
        start = campaign_input(request, caller.connections.settings)
        name = campaign_id(start.key)
        posts = len(asked.networks or asked.channels) or len(Platform)
        await caller.limits.admit_suggestion(caller.agent, name, paid_key=start.key, posts=posts)
        started = await start_alone(caller.connections, request)
    return CampaignHandle(
        campaign=started.campaign_id,
        is_new=started.is_new,
        next="Call wait_for_campaign; then read each post. Tell the person that drafts wait.",
    )


class OneCampaign(Model):
    """Request of ``read_campaign``."""

    campaign: CampaignName


class CampaignReport(Model):
    """How far a campaign is."""

    campaign: Id
    status: str = Field(description="Of its run in Temporal.")
    stage: str
    source: Quoted | None
    posts: tuple[PostLine, ...]
    skipped: tuple[SkippedLine, ...]
    notes: tuple[Quoted, ...]
    cost_micros: int | None = Field(description="Millionths of a US dollar; missing: unknown.")


@verb("GET", "/v1/campaigns/{campaign}", Scope.READ)
async def read_campaign(caller: Caller, asked: OneCampaign) -> CampaignReport:
    """Show the progress of a campaign: its stage, posts, and the channels that it leaves out."""
    found = await show_named(caller.connections, asked.campaign)
    if not isinstance(found, ShownCampaign):
        raise InvalidRequestError(f"{asked.campaign!r} is a post: read_post shows it.")
    return report_of(found)


def report_of(found: ShownCampaign) -> CampaignReport:
    """Return a campaign as agents see it."""
    view = found.view
    return CampaignReport(
        campaign=found.row.workflow_id,
        status=found.row.status,
        stage=view.stage if view else "waiting for a worker",
        source=quoted(view.source.title if view and view.source else ""),
        posts=tuple(map(line_of, found.posts)),
        skipped=skipped_lines(view.skipped if view else ()),
        notes=all_quoted(view.notes if view else ()),
        cost_micros=found.cost.micros if found.cost else None,
    )


def skipped_lines(skipped: Iterable[SkippedChannel]) -> tuple[SkippedLine, ...]:
    """Return the channels that a campaign leaves out."""
    return tuple(
        SkippedLine(
            network=one.platform,
            channel=one.channel_id,
            why=Quoted(untrusted_text=visible(one.reason)),
        )
        for one in skipped
    )


class WaitForCampaign(Model):
    """Request of ``wait_for_campaign``."""

    campaign: CampaignName
    seconds: int = Field(default=30, ge=1, le=50, description="The longest that is waited.")


@verb("GET", "/v1/campaigns/{campaign}/drafts", Scope.READ)
async def wait_for_campaign(caller: Caller, asked: WaitForCampaign) -> CampaignReport:
    """Wait until a campaign's drafts are written or the seconds are over, then report its progress.

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
