"""Stop calls to Buffer, and say what that reached and what was too late."""

from collections.abc import Awaitable, Callable

from app.accounts.workflows import scope_words
from cli.deciding.decisions import reviewer
from cli.deciding.reached import (
    Reach,
    Reached,
    print_reached,
    sort_out,
    sort_out_resumed,
)
from cli.deciding.scopes import Asked, checked
from cli.deciding.switch import Switch, switch_for, until
from cli.terminal.failures import usage
from cli.terminal.output import say, show, show_json
from cli.terminal.pauses import pause_line, scope_options
from cli.terminal.process import run
from cli.terminal.telling import telling
from galley.models import Pause, PostState, Resume

_HEARD_WITHIN = 4.0
_CARRIED_OUT_WITHIN = 45.0
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
    if pull_back and reached.of(Reach.IN_BUFFER):
        _say_when(reached)
    elif reached.of(Reach.IN_BUFFER):
        again = f"uv run starter.py pause{options} --pull-back"
        say(f"What is in Buffer goes out at its time; to take it out: {again}")
    say(f"To go on: uv run starter.py resume{options}")


async def _pause(
    asked: Asked, note: str, *, pull_back: bool, is_awaited: bool
) -> Reached:
    switch = await switch_for(asked)
    by, scope = reviewer(switch.settings), switch.scope
    said = Pause(by=by, note=note[:4000], scope=scope, pull_back=pull_back)
    await switch.send("pause", said)
    before = await switch.posts()
    is_heard = False
    if is_awaited:
        async with telling("waiting for the pause to be carried out"):
            is_heard = await until(switch.is_in_force, _HEARD_WITHIN)
            if is_heard and pull_back:
                await _until_done(switch, switch.is_out)
    told = await switch.own() if is_heard else []
    return Reached(
        scope=scope,
        pull_back=pull_back,
        is_heard=is_heard or not is_awaited,
        quota_waits=await switch.quota_waits(),
        posts=sort_out(before, await switch.posts_since(before), told),
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
    if reached.of(Reach.GOING_BACK):
        _say_when(reached)
    for pause in left:
        say(pause_line(pause))


async def _resume(asked: Asked, *, is_awaited: bool) -> tuple[Reached, list[Pause]]:
    switch = await switch_for(asked)
    if not await _is_paused(switch):
        return Reached(scope=switch.scope, is_new=False, is_heard=True, posts=()), []
    before = await switch.posts()
    said = Resume(by=reviewer(switch.settings), scope=switch.scope)
    await switch.send("resume", said)
    is_heard = False
    if is_awaited:
        async with telling("waiting for posts to be put back into Buffer"):
            is_heard = await until(switch.is_over, _HEARD_WITHIN)
            if is_heard and any(row.state == PostState.PULLED_BACK for row in before):
                await _until_done(switch, switch.is_back)
    left = [one.pause for one in await switch.pauses()]
    others = [pause.scope for pause in left]
    reached = Reached(
        scope=switch.scope,
        is_heard=is_heard or not is_awaited,
        quota_waits=await switch.quota_waits(),
        posts=sort_out_resumed(before, await switch.posts_since(before), others),
    )
    return reached, left


def _say_when(reached: Reached) -> None:
    for wait in reached.quota_waits:
        say(f"{wait}. The rest is done then.")


async def _until_done(switch: Switch, is_done: Callable[[], Awaitable[bool]]) -> None:
    """Wait until it is done, though not for a quota: that may take a day."""

    async def is_over() -> bool:
        return await is_done() or bool(await switch.quota_waits())

    await until(is_over, _CARRIED_OUT_WITHIN)


async def _is_paused(switch: Switch) -> bool:
    """Return whether there may be such a pause: without a worker nobody can tell.

    Raises:
        CommandError: There is none, but others.
    """
    views = await switch.views()
    pauses = [one.pause for view in views for one in view.pauses]
    is_known = len(views) == len(switch.accounts)
    if not is_known or any(pause.scope == switch.scope for pause in pauses):
        return True
    if not pauses:
        return False
    lines = "\n".join(pause_line(pause) for pause in pauses)
    raise usage(f"There is no pause with exactly these options. In force:\n{lines}")
