"""The kill switch: stop calls to Buffer for some posts or all, and let them go on."""

import asyncio
import re
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from temporalio.client import Client

from app.accounts.reached import PauseReport, sort_out, sort_out_resumed
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


async def pause(  # noqa: PLR0913 -- the options of a pause
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
        pull_back: Also take out of Buffer what waits there; a resume puts it back.
        is_awaited: Wait until it is carried out.

    Raises:
        InvalidRequestError: There is no such channel or campaign, or several.
        NotAuthorizedError: No organization runs, and there is no key to find it by.
    """
    switch = await _switch(connections, request)
    order = Pause(by=by, note=note[:4000], scope=switch.scope, pull_back=pull_back)
    await switch.send("pause", order)
    before = await switch.posts()
    is_heard = False
    if is_awaited:
        waiting = "waiting for the pause to be carried out"
        async with connections.progress.waiting(waiting):
            is_heard = await _until(switch.is_in_force, _HEARD_WITHIN)
            if is_heard and pull_back:
                await _until_done(switch, switch.is_out)
    told = await switch.own() if is_heard else []
    return PauseReport(
        scope=switch.scope,
        pull_back=pull_back,
        is_heard=is_heard or not is_awaited,
        quota_waits=await switch.quota_waits(),
        posts=sort_out(before, await switch.posts_since(before), told),
    )


async def resume(
    connections: Connections, request: ScopeRequest, *, by: str, is_awaited: bool = True
) -> PauseReport:
    """End the pause of exactly these posts; what was pulled back is put back, once.

    Raises:
        NoSuchPauseError: There is no such pause, but others are in force.
        InvalidRequestError: There is no such channel or campaign, or several.
    """
    switch = await _switch(connections, request)
    if not await _is_paused(switch):
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


async def _is_paused(switch: "_Switch") -> bool:
    """Return whether there may be such a pause: without a worker nobody can tell."""
    views = await switch.views()
    pauses = [one.pause for view in views for one in view.pauses]
    is_known = len(views) == len(switch.accounts)
    if not is_known or any(one.scope == switch.scope for one in pauses):
        return True
    if pauses:
        raise NoSuchPauseError(pauses)
    return False


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
        """Return what the accounts say; none where no worker answers."""
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
        """Return what the accounts say that wait for Buffer's quota."""
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
        gone = [row for row in before if row.workflow_id not in there]
        return [*now, *[await self._as_it_is(row) for row in gone]]

    async def _as_it_is(self, row: PostRow) -> PostRow:
        run = await self.client.get_workflow_handle(row.workflow_id).describe()
        state = run.typed_search_attributes.get(STATE) or row.state
        return row.model_copy(update={"state": state})


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


# From names to a scope


async def _switch(connections: Connections, request: ScopeRequest) -> _Switch:
    settings, client = connections.settings, await connections.temporal()
    scope = PauseScope(
        platform=request.platform,
        channel_id=await _channel_id(client, request, settings),
        campaign_key=await _campaign_key(client, request.campaign),
    )
    accounts = await accounts_meant(client, settings)
    return _Switch(client, settings, tuple(accounts), scope)


async def _channel_id(client: Client, request: ScopeRequest, settings: Settings) -> str | None:
    """An ID is taken at its word: a kill switch must not depend on Buffer."""
    if not request.channel or _CHANNEL_ID.fullmatch(request.channel):
        return request.channel or None
    known = (await read_directory(client, settings)).channels
    there = tuple(c for c in known if request.platform in {None, c.platform})
    return channel_named(request.channel, there).id


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
    raise InvalidRequestError(f"{name!r} {why}: add --platform, or write the ID of one of {shown}.")


async def _campaign_key(client: Client, name: str) -> str | None:
    if not name:
        return None
    target = resolve(name, *await find_named(client, name))
    if target.campaign is None:
        raise InvalidRequestError(f"{name!r} is a post: name its campaign.")
    return target.campaign.workflow_id.removeprefix("campaign:")
