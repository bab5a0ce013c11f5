"""Stop calls to Buffer, and say what that reached and what was too late."""

import asyncio
import time
from collections.abc import Awaitable, Callable

from temporalio.client import Client

from cli.accounts import (
    accounts_meant,
    pause_line,
    pauses_of,
    read_accounts,
    scope_options,
    scope_words,
    signal_account,
)
from cli.deciding import reviewer
from cli.failures import usage
from cli.output import say, show, show_json
from cli.process import run
from cli.reached import Reach, Reached, print_reached, sort_out
from cli.rows import PostRow
from cli.scopes import Asked, checked, covers, scope_of
from cli.telling import telling
from cli.temporal import list_posts, open_client
from galley.models import Pause, PauseScope, PostState, Resume
from galley.outbox.pausing import PauseView
from galley.settings import Settings

_HEARD_WITHIN = 4.0
_CARRIED_OUT_WITHIN = 45.0
_LOOK_AGAIN = 0.3
_NOT_HEARD = (
    "No worker answers: it takes effect when one runs, before any call to Buffer."
)


def pause_and_print(
    asked: Asked, *, pull_back: bool, note: str, is_awaited: bool, json: bool
) -> None:
    """Carry out ``pause``."""
    checked(asked)
    reached = run(_pause(asked, note, pull_back=pull_back, is_awaited=is_awaited))
    if json:
        show_json(reached.model_dump(mode="json"))
        return
    options = scope_options(reached.scope)
    show(f"Paused: {scope_words(reached.scope)}.")
    print_reached(reached)
    if not reached.is_heard:
        say(_NOT_HEARD)
    if not pull_back and reached.of(Reach.IN_BUFFER):
        again = f"uv run starter.py pause{options} --pull-back"
        say(f"What is in Buffer goes out at its time; to take it out: {again}")
    say(f"To go on: uv run starter.py resume{options}")


async def _pause(
    asked: Asked, note: str, *, pull_back: bool, is_awaited: bool
) -> Reached:
    settings = Settings()
    client = await open_client()
    scope = await scope_of(client, asked, settings)
    pause = Pause(
        by=reviewer(settings), note=note[:4000], scope=scope, pull_back=pull_back
    )
    for workflow_id in await accounts_meant(client, settings):
        await signal_account(client, workflow_id, "pause", pause, settings)
    before = await _covered(client, scope)
    is_heard = False
    if is_awaited:
        async with telling("waiting for the pause to be carried out"):
            is_heard = await _until(lambda: _is_in_force(client, scope), _HEARD_WITHIN)
            if is_heard and pull_back:
                await _until(lambda: _is_out(client, scope), _CARRIED_OUT_WITHIN)
    told = await _pauses(client, scope) if is_heard else []
    return Reached(
        scope=scope,
        pull_back=pull_back,
        is_heard=is_heard or not is_awaited,
        posts=sort_out(before, await _covered(client, scope), told),
    )


def resume_and_print(asked: Asked, *, is_awaited: bool, json: bool) -> None:
    """Carry out ``resume``."""
    checked(asked)
    reached, left = run(_resume(asked, is_awaited=is_awaited))
    if not reached.is_new:
        say("Nothing was paused, so there was nothing to resume.")
    if json:
        show_json(reached.model_dump(mode="json"))
        return
    if reached.is_new:
        show(f"Resumed: {scope_words(reached.scope)}.")
    print_reached(reached)
    if not reached.is_heard:
        say(_NOT_HEARD)
    for pause in left:
        say(pause_line(pause))


async def _resume(asked: Asked, *, is_awaited: bool) -> tuple[Reached, list[Pause]]:
    settings = Settings()
    client = await open_client()
    scope = await scope_of(client, asked, settings)
    if not await _is_paused(client, scope):
        return Reached(scope=scope, is_new=False, is_heard=True, posts=()), []
    before = await _covered(client, scope)
    said = Resume(by=reviewer(settings), scope=scope)
    for workflow_id in await accounts_meant(client, settings):
        await signal_account(client, workflow_id, "resume", said, settings)
    is_heard = False
    if is_awaited:
        async with telling("waiting for posts to be put back into Buffer"):
            is_heard = await _until(lambda: _is_over(client, scope), _HEARD_WITHIN)
            if is_heard and any(row.state == PostState.PULLED_BACK for row in before):
                await _until(lambda: _is_back(client, scope), _CARRIED_OUT_WITHIN)
    reached = Reached(
        scope=scope,
        is_heard=is_heard or not is_awaited,
        posts=sort_out(before, await _covered(client, scope), []),
    )
    return reached, [one.pause for one in await _pauses(client)]


async def _is_paused(client: Client, scope: PauseScope) -> bool:
    """Return whether there may be such a pause: without a worker nobody can tell.

    Raises:
        CommandError: There is none, but others.
    """
    views = await read_accounts(client)
    pauses = [pause for view in views for pause in pauses_of(view)]
    if not views or any(pause.scope == scope for pause in pauses):
        return True
    if not pauses:
        return False
    lines = "\n".join(pause_line(pause) for pause in pauses)
    raise usage(f"There is no pause with exactly these options. In force:\n{lines}")


async def _pauses(client: Client, scope: PauseScope | None = None) -> list[PauseView]:
    """Return the pauses in force: all, or those of exactly this scope."""
    views = await read_accounts(client)
    found = [one for view in views for one in view.pauses]
    return [one for one in found if scope is None or one.pause.scope == scope]


async def _is_in_force(client: Client, scope: PauseScope) -> bool:
    return bool(await _pauses(client, scope))


async def _is_over(client: Client, scope: PauseScope) -> bool:
    return bool(await read_accounts(client)) and not await _pauses(client, scope)


async def _is_out(client: Client, scope: PauseScope) -> bool:
    return not any(one.still_in_buffer for one in await _pauses(client, scope))


async def _is_back(client: Client, scope: PauseScope) -> bool:
    rows = await _covered(client, scope)
    return not any(row.state == PostState.PULLED_BACK for row in rows)


async def _covered(client: Client, scope: PauseScope) -> list[PostRow]:
    """Return the posts under way that the scope is about."""
    rows = await list_posts(client, 'ExecutionStatus="Running"', 10_000)
    return [row for row in rows if covers(scope, row)]


async def _until(is_so: Callable[[], Awaitable[bool]], seconds: float) -> bool:
    """Return whether it became so in time."""
    deadline = time.monotonic() + seconds
    while not await is_so():
        if time.monotonic() > deadline:
            return False
        await asyncio.sleep(_LOOK_AGAIN)
    return True
