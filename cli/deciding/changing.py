"""Carry a change to posts that were approved, and wait until Buffer confirmed it."""

import asyncio
from datetime import datetime, timedelta

from pydantic import BaseModel, ConfigDict
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from app.posts.directory import PostRow
from app.posts.views import read_view
from cli.deciding.answering import EndedError, NoWorkerError, answered
from cli.terminal.failures import CommandError
from galley.models import (
    ChangeKind,
    Model,
    MoveInQueue,
    PostState,
    PostView,
    Redrive,
    Reschedule,
    Retract,
    Wish,
)
from galley.outbox.notices import says_done
from workflows.post import PostWorkflow

_ANSWER_WITHIN = timedelta(seconds=6)
"""Longer than a killed worker still holds its workflows back."""
_CONFIRMED_WITHIN = 30.0
_LOOK_AGAIN = 0.3
_AT_ONCE = 8
_OUT = " It is out: take it down on its network."
_ENDS = {PostState.PUBLISHED: _OUT, PostState.HANDED_TO_PERSON: _OUT}

_SIGNALS: dict[ChangeKind, type[Model]] = {
    ChangeKind.RESCHEDULE: Reschedule,
    ChangeKind.RETRACT: Retract,
    ChangeKind.MOVE: MoveInQueue,
    ChangeKind.REDRIVE: Redrive,
}


class Changed(BaseModel):
    """What became of a change of one post; the fields are those of its JSON."""

    model_config = ConfigDict(frozen=True)

    workflow_id: str
    platform: str = ""
    ok: bool
    """Whether the post took it, and Buffer, if it was heard, did not refuse it."""
    is_heard: bool = False
    """Whether the post took it."""
    is_over: bool = False
    """Whether nothing more will come of it."""
    is_confirmed: bool = False
    """Whether Buffer has it as it was wished."""
    state: str = ""
    due_at: datetime | None = None
    notice: str = ""
    error: str | None = None


async def change_all(
    client: Client, posts: tuple[PostRow, ...], wish: Wish, *, is_awaited: bool
) -> list[Changed]:
    """Ask each post for the change, a few at a time."""
    gate = asyncio.Semaphore(_AT_ONCE)

    async def one(post: PostRow) -> Changed:
        async with gate:
            changed = await change(client, post.workflow_id, wish)
        if not is_awaited or not changed.ok or not changed.state:
            return changed
        return await confirmed(client, wish, changed)

    return list(await asyncio.gather(*(one(post) for post in posts)))


async def change(client: Client, workflow_id: str, wish: Wish) -> Changed:
    """Ask one post for a change, by the update ``change``.

    With no worker to answer it goes as a signal, which takes effect when one runs. A
    wish says how the post shall be, so one that is heard twice does no harm.
    """
    handle = client.get_workflow_handle_for(PostWorkflow.run, workflow_id)
    try:
        view = await answered(
            # By name: the SDK's type of an async update hides what it returns.
            handle.execute_update(  # pyright: ignore[reportUnknownMemberType] -- a ParamSpec inside
                "change", wish, result_type=PostView, rpc_timeout=_ANSWER_WITHIN
            ),
            _ANSWER_WITHIN.total_seconds(),
        )
    except NoWorkerError:
        return await _signal(client, workflow_id, wish)
    except EndedError:
        return await _ended(client, workflow_id, wish)
    except CommandError as error:
        return _refused(workflow_id, str(error))
    return seen(view, wish)


async def _ended(client: Client, workflow_id: str, wish: Wish) -> Changed:
    """Return what to say of a run that has ended: it may have ended as was wished."""
    view = await read_view(client, workflow_id)
    if view is not None and (found := seen(view, wish)).is_confirmed:
        return found
    if view is None or not view.state.is_final:
        return _refused(
            workflow_id,
            "Its run was ended in Temporal, so nothing can be changed: `starter.py "
            f"why {workflow_id}` says what is left of it.",
        )
    end = _ENDS.get(view.state, "")
    return _refused(
        workflow_id, f"There is nothing to change: the post is {view.state}.{end}"
    )


async def _signal(client: Client, workflow_id: str, wish: Wish) -> Changed:
    model = _SIGNALS[wish.kind]
    fields = {name: getattr(wish, name) for name in model.model_fields}
    handle = client.get_workflow_handle(workflow_id)
    try:
        await handle.signal(wish.kind.value, model.model_validate(fields))
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:
            raise
        return await _ended(client, workflow_id, wish)
    return Changed(workflow_id=workflow_id, ok=True, is_heard=True)


async def confirmed(client: Client, wish: Wish, changed: Changed) -> Changed:
    """Return the change once Buffer confirmed it, or as it stands after a while."""
    try:
        async with asyncio.timeout(_CONFIRMED_WITHIN):
            while not changed.is_over:
                await asyncio.sleep(_LOOK_AGAIN)
                view = await read_view(client, changed.workflow_id)
                changed = seen(view, wish) if view else changed
    except TimeoutError:
        return changed
    return changed


def seen(view: PostView, wish: Wish) -> Changed:
    """Return how far a change is, from the post as it stands."""
    is_over = view.change is None and view.state is not PostState.PUBLISHING
    is_done = is_over and _is_so(view, wish)
    said = view.notice or view.error or ""
    return Changed(
        workflow_id=view.workflow_id,
        platform=view.platform,
        ok=is_done or not is_over,
        is_heard=True,
        is_over=is_over,
        is_confirmed=is_done,
        state=view.state,
        due_at=view.due_at,
        notice=said if is_done else "" if is_over else view.waiting_for,
        error=_failure(wish, said) if is_over and not is_done else None,
    )


def _failure(wish: Wish, said: str) -> str:
    """Return why it is not as it was wished, with what to do instead."""
    if wish.kind is ChangeKind.MOVE:
        return f"{said}. A post with a due time of its own is moved by reschedule."
    return said or "Buffer has it as before."


def _is_so(view: PostView, wish: Wish) -> bool:
    """Whether the post is as it was wished, as far as that can be seen."""
    match wish.kind:
        case ChangeKind.RETRACT:
            return view.state is PostState.RETRACTED
        case ChangeKind.REDRIVE:
            return view.state not in {PostState.ERROR, PostState.HELD}
        case ChangeKind.RESCHEDULE | ChangeKind.MOVE | ChangeKind.EDIT:
            return says_done(view.notice)


def _refused(workflow_id: str, why: str) -> Changed:
    return Changed(workflow_id=workflow_id, ok=False, is_over=True, error=why)
