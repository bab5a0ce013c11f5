"""The kill switch of some organizations, for one scope: pull it, and see it work."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from temporalio.client import Client

from app.accounts.workflows import accounts_meant, read_account, signal_account
from app.connections import open_client
from app.posts.directory import PostRow, list_posts
from cli.deciding.scopes import Asked, covers, scope_of
from galley.models import Pause, PauseScope, PostState, Resume
from galley.outbox.pausing import PauseView
from galley.outbox.state import AccountView
from galley.settings import Settings
from workflows.attributes import STATE

_LOOK_AGAIN = 0.3
_MOST = 10_000


@dataclass(frozen=True)
class Switch:
    """What ``pause`` and ``resume`` act on."""

    client: Client
    settings: Settings
    accounts: tuple[str, ...]
    scope: PauseScope

    async def send(self, signal: str, said: Pause | Resume) -> None:
        """Signal every account, starting those that do not run."""
        for workflow_id in self.accounts:
            await signal_account(self.client, workflow_id, signal, said, self.settings)

    async def views(self) -> list[AccountView]:
        """Return what the accounts say; none where no worker answers."""
        found = await asyncio.gather(
            *(read_account(self.client, one) for one in self.accounts)
        )
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
            and not any(covers(other, row) for other in others)
            for row in await self.posts()
        )

    async def quota_waits(self) -> tuple[str, ...]:
        """Return what the accounts say that wait for Buffer's quota."""
        return tuple(view.quota_wait for view in await self.views() if view.quota_wait)

    async def posts(self) -> list[PostRow]:
        """Return the posts under way that the scope is about."""
        running = 'ExecutionStatus="Running"'
        rows = await list_posts(self.client, running, _MOST)
        return [row for row in rows if covers(self.scope, row)]

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


async def switch_for(asked: Asked) -> Switch:
    """Connect, and return the switch a person meant.

    Raises:
        CommandError: There is no such channel or campaign; or no organization runs,
            and there is no key to find it by.
    """
    settings = Settings()
    client = await open_client()
    scope = await scope_of(client, asked, settings)
    accounts = await accounts_meant(client, settings)
    return Switch(client, settings, tuple(accounts), scope)


async def until(is_so: Callable[[], Awaitable[bool]], seconds: float) -> bool:
    """Return whether it became so in time."""
    deadline = time.monotonic() + seconds
    while not await is_so():
        if time.monotonic() > deadline:
            return False
        await asyncio.sleep(_LOOK_AGAIN)
    return True
