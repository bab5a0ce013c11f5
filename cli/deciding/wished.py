"""From typed words to a change, and what became of it in print."""

from datetime import UTC, datetime

from app.posts.directory import PostRow
from app.posts.names import Target, reach
from cli.deciding.changing import Changed, change_all
from cli.terminal.connections import connections, reviewer
from cli.terminal.failures import CommandError, ExitCode, usage
from cli.terminal.output import say, show, show_json
from cli.terminal.process import run
from cli.terminal.proofs import clean, local
from cli.terminal.telling import telling
from cli.terminal.times import TimeError, local_zone_name, parse_when, parse_zone
from galley.approval.changes import ON_ITS_WAY
from galley.models import ChangeKind, ChangeRequest, PostState, QueuePosition, ShareMode
from galley.settings import Settings

_CHANGEABLE = {
    ChangeKind.RESCHEDULE: {*ON_ITS_WAY, PostState.DRAFTING, PostState.IN_REVIEW},
    ChangeKind.RETRACT: {*ON_ITS_WAY, PostState.HELD, PostState.ERROR},
    ChangeKind.MOVE: {PostState.SCHEDULED},
    ChangeKind.REDRIVE: {PostState.ERROR},
}
"""Which posts of a whole campaign are meant. Of a single post, it decides itself."""
_OUT = {PostState.SENT, PostState.PUBLISHED, PostState.HANDED_TO_PERSON}
_MODES = ", ".join(m for m in ShareMode if m is not ShareMode.CUSTOM_SCHEDULED)


def rescheduled(*, at: str, timezone: str, mode: str, note: str) -> ChangeRequest:
    """Return the wish for another time.

    Raises:
        CommandError: Neither a time nor a mode was given, or one that is none.
    """
    if bool(at) == bool(mode):
        raise usage('Say when: --at "tomorrow 9:00", or --mode addToQueue.')
    if mode:
        return _wish(ChangeKind.RESCHEDULE, note, mode=_mode(mode))
    try:
        zone = parse_zone(timezone or local_zone_name())
        due_at = parse_when(at, datetime.now(UTC), zone).replace(microsecond=0)
    except TimeError as error:
        raise usage(str(error)) from None
    return _wish(ChangeKind.RESCHEDULE, note, due_at=due_at)


def _mode(word: str) -> ShareMode:
    found = [mode for mode in ShareMode if mode.casefold() == word.casefold()]
    if not found or found[0] is ShareMode.CUSTOM_SCHEDULED:
        raise usage(f"--mode is one of {_MODES}, not {word!r}.")
    return found[0]


def retracted(note: str) -> ChangeRequest:
    """Return the wish that a post shall not be published."""
    return _wish(ChangeKind.RETRACT, note)


def moved(to_top: bool, note: str) -> ChangeRequest:  # noqa: FBT001 -- one of two options
    """Return the wish for another place in the queue."""
    position = QueuePosition.TOP if to_top else QueuePosition.BOTTOM
    return _wish(ChangeKind.MOVE, note, position=position)


def redriven(note: str) -> ChangeRequest:
    """Return the wish that a post be published after all."""
    return _wish(ChangeKind.REDRIVE, note)


def _wish(kind: ChangeKind, note: str, **more: object) -> ChangeRequest:
    fields = {"kind": kind, "by": reviewer(Settings()), "note": note[:4000], **more}
    return ChangeRequest.model_validate(fields)


def change_and_print(
    name: str, wish: ChangeRequest, *, is_awaited: bool, json: bool
) -> None:
    """Carry out ``reschedule``, ``retract``, ``move`` or ``redrive``.

    Raises:
        CommandError: A post did not take it, or Buffer did not; exit code 1 or 3.
    """
    found = run(_change(name, wish, is_awaited=is_awaited))
    if json:
        show_json([one.model_dump(mode="json") for one in found])
    else:
        for one in found:
            show(clean(_line(one)))
    refused = [one for one in found if not one.ok]
    if refused:
        by_buffer = any(one.is_heard for one in refused)
        code = ExitCode.REFUSED if by_buffer else ExitCode.FAILED
        raise CommandError(_summary(refused, found), code)


async def _change(name: str, wish: ChangeRequest, *, is_awaited: bool) -> list[Changed]:
    reached = connections()
    target = await reach(reached, name)
    client = await reached.temporal()
    posts = _meant(target, wish.kind)
    async with telling("waiting for Buffer to confirm"):
        return await change_all(client, posts, wish, is_awaited=is_awaited)


def _meant(target: Target, kind: ChangeKind) -> tuple[PostRow, ...]:
    """Return the posts a change of ``target`` is about.

    Raises:
        CommandError: The campaign has none that it could be about.
    """
    if not target.is_campaign:
        return target.posts
    wanted = _CHANGEABLE[kind]
    if kind is ChangeKind.RETRACT:
        _tell_of_others(target)
    if found := tuple(post for post in target.posts if post.state in wanted):
        return found
    states = ", ".join(sorted({post.shown_state for post in target.posts})) or "none"
    raise CommandError(
        f"None of its posts can be changed so (their states: {states}): "
        "`starter.py list` shows them."
    )


def _tell_of_others(target: Target) -> None:
    """Whoever takes a campaign back wants to know what that does not reach."""
    for post in target.posts:
        if post.state in _OUT:
            say(f"{post.workflow_id} is published: take it down on its network.")
        elif post.state in {PostState.DRAFTING, PostState.IN_REVIEW}:
            say(f"{post.workflow_id} is not approved: to end it, reject it.")


def _line(changed: Changed) -> str:
    name = changed.workflow_id
    if not changed.ok:
        return f"{name}: {changed.error}"
    if not changed.state:
        return f"{name}: sent; it takes effect when a worker runs."
    due = f", due {local(changed.due_at)}" if changed.due_at else ""
    at = f"{name}: {changed.state}{due if changed.state in ON_ITS_WAY else ''}"
    if changed.is_confirmed:
        return f"{at}\n  {changed.notice}" if changed.notice else at
    waits = changed.notice or "Buffer"
    return f"{at}\n  Asked, and not confirmed yet; it waits for {waits}."


def _summary(refused: list[Changed], found: list[Changed]) -> str:
    if len(found) == 1:
        return (
            f"Nothing was changed: look with `starter.py why {found[0].workflow_id}`."
        )
    return f"{len(refused)} of {len(found)} posts were not changed."
