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
    ChangeOutcome,
    ChangeRequest,
    Model,
    MoveInQueue,
    PostState,
    PostView,
    Redrive,
    Reschedule,
    Retract,
)
from workflows.post import PostWorkflow

_ANSWER_WITHIN = timedelta(seconds=6)
"""Longer than a killed worker still holds its workflows back."""
_CONFIRMED_WITHIN = 30.0
_LOOK_AGAIN = 0.3
_AT_ONCE = 8
_OUT = " It is out: take it down on its network."
_ENDS = {PostState.PUBLISHED: _OUT, PostState.HANDED_TO_PERSON: _OUT}
_ENDED_SO = {
    ChangeKind.RETRACT: {PostState.RETRACTED},
    ChangeKind.REDRIVE: {PostState.PUBLISHED, PostState.HANDED_TO_PERSON},
}
"""Ends of a run that are what the change asks for."""

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
    change_id: int = 0
    """The number under which the post knows it; 0: it was sent, and nobody answered."""
    platform: str = ""
    ok: bool
    """Whether the post took it, and Buffer, if it was heard, did not refuse it."""
    is_heard: bool = False
    """Whether the post took it."""
    is_over: bool = False
    """Whether nothing more will come of it."""
    is_confirmed: bool = False
    """Whether Buffer has it as it was wished."""
    outcome: ChangeOutcome | None = None
    """How it ended, or ``None`` while Buffer has not answered."""
    state: str = ""
    due_at: datetime | None = None
    notice: str = ""
    error: str | None = None


async def change_all(
    client: Client, posts: tuple[PostRow, ...], wish: ChangeRequest, *, is_awaited: bool
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


async def change(client: Client, workflow_id: str, wish: ChangeRequest) -> Changed:
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
    return seen(view, wish.kind, view.changes[-1].change_id if view.changes else 0)


async def _ended(client: Client, workflow_id: str, wish: ChangeRequest) -> Changed:
    """Return what to say of a run that has ended: it may have ended as was wished."""
    view = await read_view(client, workflow_id)
    if view is not None and view.state in _ENDED_SO.get(wish.kind, ()):
        return Changed(
            workflow_id=workflow_id,
            platform=view.platform,
            ok=True,
            is_over=True,
            is_confirmed=True,
            state=view.state,
            notice=view.notice,
        )
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


async def _signal(client: Client, workflow_id: str, wish: ChangeRequest) -> Changed:
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


async def confirmed(client: Client, wish: ChangeRequest, changed: Changed) -> Changed:
    """Return the change once Buffer confirmed it, or as it stands after a while."""
    try:
        async with asyncio.timeout(_CONFIRMED_WITHIN):
            while not changed.is_over:
                await asyncio.sleep(_LOOK_AGAIN)
                view = await read_view(client, changed.workflow_id)
                if view is not None:
                    changed = seen(view, wish.kind, changed.change_id)
    except TimeoutError:
        return changed
    return changed


def seen(view: PostView, kind: ChangeKind, change_id: int) -> Changed:
    """Return how far a change is, from the post as it stands.

    What was done at once, before Buffer had the post, is over when Buffer has it.
    """
    outcome = view.outcome_of(change_id)
    is_going_on = outcome is None or (
        outcome is ChangeOutcome.DONE and view.state is PostState.PUBLISHING
    )
    is_over = view.state.is_final or not is_going_on
    is_done = is_over and outcome is ChangeOutcome.DONE
    said = view.notice or view.error or ""
    if outcome is ChangeOutcome.SUPERSEDED:
        said = "A later change replaced it."
    return Changed(
        workflow_id=view.workflow_id,
        change_id=change_id,
        platform=view.platform,
        ok=is_done or not is_over,
        is_heard=True,
        is_over=is_over,
        is_confirmed=is_done,
        outcome=outcome,
        state=view.state,
        due_at=view.due_at,
        notice=said if is_done else "" if is_over else view.waiting_for,
        error=_failure(kind, said) if is_over and not is_done else None,
    )


def _failure(kind: ChangeKind, said: str) -> str:
    """Return why it is not as it was wished, with what to do instead."""
    if kind is ChangeKind.MOVE:
        return f"{said}. A post with a due time of its own is moved by reschedule."
    return said or "Buffer has it as before."


def _refused(workflow_id: str, why: str) -> Changed:
    return Changed(workflow_id=workflow_id, ok=False, is_over=True, error=why)
