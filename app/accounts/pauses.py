"""The kill switch: pauses of the calls to Buffer, for some posts or all, and their end.

``cli`` calls :func:`pause` and :func:`resume`; each reports where every post is afterwards.
"""

import asyncio
import re
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field
from temporalio.client import Client

from app.accounts.workflows import accounts_meant, read_account, read_directory, signal_account
from app.connections import Connections
from app.errors import InvalidRequestError
from app.posts.directory import PostRow, find_named, list_posts, resolve
from galley.models.account import Pause, PauseScope, Resume
from galley.models.channel import Channel
from galley.models.network import Platform
from galley.models.post import PostState
from galley.publishing.job.pauses import PauseView
from galley.publishing.job.state import AccountView
from galley.settings import Settings
from workflows.ids import STATE

_HEARD_WITHIN = 4.0
_CARRIED_OUT_WITHIN = 45.0
_LOOK_AGAIN = 0.3
_MOST = 10_000
_CHANNEL_ID = re.compile(r"[0-9a-f]{24}")

_AT_BUFFER = {PostState.SCHEDULED, PostState.LATE, PostState.SENT}
_OUT = {PostState.PUBLISHED, PostState.HANDED_TO_PERSON}
_UNPUBLISHED = {state for state in PostState if state.is_final} - _OUT
_NOT_APPROVED = {PostState.DRAFTING, PostState.IN_REVIEW}


@dataclass(frozen=True)
class ScopeRequest:
    """The posts that a pause is about, as a person names them; empty: any."""

    platform: Platform | None = None
    channel: str = ""
    """ID or name of a channel."""
    campaign: str = ""


class NoSuchPauseError(InvalidRequestError):
    """No pause has exactly this scope, but others are in force.

    Attributes:
        in_force: Those pauses.
    """

    def __init__(self, in_force: list[Pause]) -> None:
        super().__init__("There is no pause with exactly these options.")
        self.in_force = in_force


class Reach(StrEnum):
    """Where a post is when a pause or a resume has been carried out."""

    KEPT = "kept"
    """Approved, and not in Buffer."""
    PULLED_BACK = "pulled_back"
    GOING_BACK = "going_back"
    """Its pause is over, and Buffer does not have it yet."""
    IN_BUFFER = "in_buffer"
    """It goes out at its time."""
    PUT_BACK = "put_back"
    TOO_LATE = "too_late"
    """Published, or being published."""
    ENDED = "ended"
    """Taken back, rejected, or ended in another way; it is not published."""
    UNDECIDED = "undecided"
    """Not approved yet."""


class ReachedPost(BaseModel):
    """One post under way; the fields are those of its JSON."""

    model_config = ConfigDict(frozen=True)

    workflow_id: str
    platform: str
    state: str
    due_at: datetime | None
    reach: Reach


class PauseReport(BaseModel):
    """The posts that a pause or a resume reached; the fields are those of its JSON."""

    model_config = ConfigDict(frozen=True)

    scope: PauseScope
    pull_back: bool = False
    is_new: bool = True
    """Whether there was anything to pause or resume."""
    is_heard: bool
    is_kept: bool = True
    """Whether the pause is in the state bucket, so that it outlives the account's run."""
    quota_waits: tuple[str, ...] = ()
    """A sentence of each account that goes on with it when Buffer's quota allows."""
    posts: tuple[ReachedPost, ...]
    still_paused: tuple[Pause, ...] = Field(default=(), exclude=True)
    """Other pauses that are in force after a resume."""

    def of(self, reach: Reach) -> list[ReachedPost]:
        """Return the posts that are there."""
        return [post for post in self.posts if post.reach is reach]


async def pause(
    connections: Connections,
    request: ScopeRequest,
    *,
    by: str,
    note: str = "",
    pull_back: bool = False,
    is_awaited: bool = True,
) -> PauseReport:
    """Stop the calls to Buffer for these posts.

    Args:
        connections: The settings, and Temporal.
        request: Which posts.
        by: Who pauses.
        note: Why; it is kept.
        pull_back: Also take waiting posts out of Buffer; a resume puts them back.
        is_awaited: Wait until it is carried out.

    Raises:
        InvalidRequestError: There is no such channel or campaign, or several.
        NotAuthorizedError: No organization runs, and there is no key to find it by.
    """
    switch = await _switch(connections, request)
    order = Pause(by=by, note=note[:4000], scope=switch.scope, pull_back=pull_back)
    await switch.send("pause", order)
    before = await switch.posts()
    is_heard = is_kept = False
    if is_awaited:
        waiting = "waiting for the pause to be carried out"
        async with connections.progress.waiting(waiting):
            is_heard = await _until(switch.is_in_force, _HEARD_WITHIN)
            is_kept = is_heard and await _until(switch.is_kept, _HEARD_WITHIN)
            if is_heard and pull_back:
                await _until_done(switch, switch.is_out)
    told = await switch.own() if is_heard else []
    return PauseReport(
        scope=switch.scope,
        pull_back=pull_back,
        is_heard=is_heard or not is_awaited,
        is_kept=is_kept or not is_heard,
        quota_waits=await switch.quota_waits(),
        posts=sort_out(before, await switch.posts_since(before), told),
    )


async def resume(
    connections: Connections, request: ScopeRequest, *, by: str, is_awaited: bool = True
) -> PauseReport:
    """End the pause of exactly these posts; posts that were pulled back are put back, once.

    Raises:
        NoSuchPauseError: There is no such pause, but others are in force.
        InvalidRequestError: There is no such channel or campaign, or several.
    """
    switch = await _switch(connections, request)
    views = await switch.views()
    pauses = [one.pause for view in views for one in view.pauses]
    # An account that does not answer, for want of a worker, may have the pause.
    if len(views) == len(switch.accounts) and all(one.scope != switch.scope for one in pauses):
        if pauses:
            raise NoSuchPauseError(pauses)
        return PauseReport(scope=switch.scope, is_new=False, is_heard=True, posts=())
    before = await switch.posts()
    await switch.send("resume", Resume(by=by, scope=switch.scope))
    is_heard = False
    if is_awaited:
        waiting = "waiting for posts to be put back into Buffer"
        async with connections.progress.waiting(waiting):
            is_heard = await _until(switch.is_over, _HEARD_WITHIN)
            if is_heard and any(row.state == PostState.PULLED_BACK for row in before):
                await _until_done(switch, switch.is_back)
    left = tuple(one.pause for one in await switch.pauses())
    after, others = await switch.posts_since(before), [one.scope for one in left]
    return PauseReport(
        scope=switch.scope,
        is_heard=is_heard or not is_awaited,
        quota_waits=await switch.quota_waits(),
        posts=sort_out_resumed(before, after, others),
        still_paused=left,
    )


@dataclass(frozen=True)
class _Switch:
    """The kill switch of some organizations, for one scope."""

    client: Client
    settings: Settings
    accounts: tuple[str, ...]
    scope: PauseScope

    async def send(self, signal: str, order: Pause | Resume) -> None:
        """Signal every account, starting those that do not run."""
        for workflow_id in self.accounts:
            await signal_account(self.client, workflow_id, signal, order, self.settings)

    async def views(self) -> list[AccountView]:
        """Return the views of the accounts that answer; without a worker none does."""
        found = await asyncio.gather(*(read_account(self.client, one) for one in self.accounts))
        return [view for view in found if view is not None]

    async def pauses(self) -> list[PauseView]:
        """Return the pauses in force, of any scope."""
        return [one for view in await self.views() for one in view.pauses]

    async def own(self) -> list[PauseView]:
        """Return the pauses of exactly this scope."""
        return [one for one in await self.pauses() if one.pause.scope == self.scope]

    async def is_in_force(self) -> bool:
        """Whether every account has heard of the pause."""
        return len(await self.own()) == len(self.accounts)

    async def is_kept(self) -> bool:
        """Whether every account has its pauses in the state bucket."""
        return all(view.is_pause_kept for view in await self.views())

    async def is_over(self) -> bool:
        """Whether every account answers, and none has the pause."""
        views = await self.views()
        pauses = [one for view in views for one in view.pauses]
        is_there = any(one.pause.scope == self.scope for one in pauses)
        return len(views) == len(self.accounts) and not is_there

    async def is_out(self) -> bool:
        """Whether Buffer has none of the posts any more that could be taken out."""
        return not any(one.still_in_buffer for one in await self.own())

    async def is_back(self) -> bool:
        """Whether every post is back in Buffer that no other pause keeps out."""
        others = [one.pause.scope for one in await self.pauses()]
        return not any(
            row.state == PostState.PULLED_BACK
            and not any(row.is_covered_by(other) for other in others)
            for row in await self.posts()
        )

    async def quota_waits(self) -> tuple[str, ...]:
        """Return a sentence of each account that waits for Buffer's quota."""
        return tuple(view.quota_wait for view in await self.views() if view.quota_wait)

    async def posts(self) -> list[PostRow]:
        """Return the posts under way that the scope is about."""
        running = 'ExecutionStatus="Running"'
        rows = await list_posts(self.client, running, _MOST)
        return [row for row in rows if row.is_covered_by(self.scope)]

    async def posts_since(self, before: list[PostRow]) -> list[PostRow]:
        """Return the posts under way, and those of ``before`` as they ended."""
        now = await self.posts()
        there = {row.workflow_id for row in now}
        for row in before:
            if row.workflow_id not in there:
                run = await self.client.get_workflow_handle(row.workflow_id).describe()
                state = run.typed_search_attributes.get(STATE) or row.state
                now.append(row.model_copy(update={"state": state}))
        return now


async def _until(is_so: Callable[[], Awaitable[bool]], seconds: float) -> bool:
    """Return whether it became so in time."""
    deadline = time.monotonic() + seconds
    while not await is_so():
        if time.monotonic() > deadline:
            return False
        await asyncio.sleep(_LOOK_AGAIN)
    return True


async def _until_done(switch: _Switch, is_done: Callable[[], Awaitable[bool]]) -> None:
    """Wait until it is done, though not for a quota: that may take a day."""

    async def is_over() -> bool:
        return await is_done() or bool(await switch.quota_waits())

    await _until(is_over, _CARRIED_OUT_WITHIN)


async def _switch(connections: Connections, request: ScopeRequest) -> _Switch:
    """Find the channel and the campaign that were named, and the accounts to tell."""
    settings, client = connections.settings, await connections.temporal()
    channel_id, campaign_key = request.channel or None, None
    # An ID is taken at its word: a kill switch must not depend on Buffer.
    if request.channel and not _CHANNEL_ID.fullmatch(request.channel):
        known = (await read_directory(client, settings)).channels
        there = tuple(c for c in known if request.platform in {None, c.platform})
        channel_id = channel_named(request.channel, there).id
    if name := request.campaign:
        target = resolve(name, *await find_named(client, name))
        if target.campaign is None:
            raise InvalidRequestError(f"{name!r} is a post: name its campaign.")
        campaign_key = target.campaign.workflow_id.removeprefix("campaign:")
    scope = PauseScope(platform=request.platform, channel_id=channel_id, campaign_key=campaign_key)
    return _Switch(client, settings, tuple(await accounts_meant(client, settings)), scope)


def channel_named(name: str, known: tuple[Channel, ...]) -> Channel:
    """Return the channel with this name or ID.

    Raises:
        InvalidRequestError: None has it, or several have.
    """
    wanted = name.strip().casefold()
    found = [c for c in known if wanted in {c.id, c.name.casefold()}]
    if len(found) == 1:
        return found[0]
    some = found or known
    shown = ", ".join(f"{c.platform} {c.name} ({c.id})" for c in some)
    why = f"is the name of {len(found)} channels" if found else "is no channel"
    raise InvalidRequestError(
        f"{name!r} {why}: name its network too, or write the ID of one of {shown}."
    )


# Where each post is


def sort_out(
    before: list[PostRow], after: list[PostRow], told: list[PauseView]
) -> tuple[ReachedPost, ...]:
    """Return where each post is after a pause.

    Args:
        before: The posts under way before.
        after: Those under way now, and those of ``before`` that ended, as they ended.
        told: The account's own view of the pause; it knows sooner than Temporal's list.
    """
    known = {
        f"post:{job_id}": reach
        for view in told
        for reach, job_ids in (
            (Reach.KEPT, view.stopped),
            (Reach.PULLED_BACK, view.pulled_back),
            (Reach.IN_BUFFER, view.still_in_buffer),
            (Reach.TOO_LATE, view.too_late),
        )
        for job_id in job_ids
    }
    was_pulled = {row.workflow_id for row in before if row.state == PostState.PULLED_BACK}
    return tuple(
        ReachedPost(
            workflow_id=row.workflow_id,
            platform=row.platform,
            state=row.state,
            due_at=row.due_at,
            reach=known.get(row.workflow_id)
            or _reach(row.state, was_pulled=row.workflow_id in was_pulled),
        )
        for row in after
    )


def _reach(state: str, *, was_pulled: bool) -> Reach:
    """Return where a post in this state is, by Temporal's list alone."""
    if state in _NOT_APPROVED:
        return Reach.UNDECIDED
    if state == PostState.PULLED_BACK:
        return Reach.PULLED_BACK
    if state in _OUT:
        return Reach.TOO_LATE
    if state in _UNPUBLISHED:
        return Reach.ENDED
    if state not in _AT_BUFFER:
        return Reach.KEPT
    return Reach.PUT_BACK if was_pulled else Reach.IN_BUFFER


def sort_out_resumed(
    before: list[PostRow], after: list[PostRow], left: list[PauseScope]
) -> tuple[ReachedPost, ...]:
    """Return where each post is after a resume; ``left`` are the other pauses."""
    out = {
        row.workflow_id
        for row in after
        if row.state == PostState.PULLED_BACK
        and not any(row.is_covered_by(scope) for scope in left)
    }
    return tuple(
        post.model_copy(update={"reach": Reach.GOING_BACK}) if post.workflow_id in out else post
        for post in sort_out(before, after, [])
    )
