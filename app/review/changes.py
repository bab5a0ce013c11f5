"""Changes of posts after their approval, until Buffer confirms them.

``reschedule``, ``retract``, ``move`` and ``redrive`` call this; decisions share its updates.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from pydantic import BaseModel, ConfigDict
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from app.advice import Action
from app.connections import Connections
from app.errors import ConflictError, NoWorkerError
from app.posts.directory import PostRow, Target, reach
from app.posts.views import read_view
from app.review.messages import RefusedError, RunEndedError, sign, update_post
from galley.models.base import Model
from galley.models.post import PostState, PostView
from galley.models.review import (
    ChangeKind,
    ChangeOutcome,
    ChangeRequest,
    MoveInQueue,
    Redrive,
    Reschedule,
    Retract,
)
from galley.review.changes import ON_ITS_WAY

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


_CHANGEABLE = {
    ChangeKind.RESCHEDULE: {*ON_ITS_WAY, PostState.DRAFTING, PostState.IN_REVIEW},
    ChangeKind.RETRACT: {*ON_ITS_WAY, PostState.HELD, PostState.ERROR},
    ChangeKind.MOVE: {PostState.SCHEDULED},
    ChangeKind.REDRIVE: {PostState.ERROR},
}
"""Which posts of a whole campaign are meant. Of a single post, it decides itself."""
_PUBLISHED = {PostState.SENT, PostState.PUBLISHED, PostState.HANDED_TO_PERSON}
_UNAPPROVED = {PostState.DRAFTING, PostState.IN_REVIEW}


@dataclass(frozen=True)
class Selection:
    """The posts that a change of a named post or campaign is about."""

    target: Target
    kind: ChangeKind

    @property
    def posts(self) -> tuple[PostRow, ...]:
        """Those that are to be changed."""
        posts = self.target.posts
        if not self.target.is_campaign:
            return posts
        return tuple(post for post in posts if post.state in _CHANGEABLE[self.kind])

    @property
    def published(self) -> tuple[PostRow, ...]:
        """Those of a campaign that are out: they are taken down on their network."""
        return self._of_campaign(_PUBLISHED)

    @property
    def unapproved(self) -> tuple[PostRow, ...]:
        """Those of a campaign that nobody has approved: they are ended by a reject."""
        return self._of_campaign(_UNAPPROVED)

    def _of_campaign(self, states: set[PostState]) -> tuple[PostRow, ...]:
        posts = self.target.posts if self.target.is_campaign else ()
        return tuple(post for post in posts if post.state in states)


class ChangeResult(BaseModel):
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
    """Whether Buffer has it as requested."""
    outcome: ChangeOutcome | None = None
    """How it ended, or ``None`` while Buffer has not answered."""
    state: str = ""
    due_at: datetime | None = None
    notice: str = ""
    error: str | None = None


async def select(connections: Connections, name: str, kind: ChangeKind) -> Selection:
    """Return the posts that a change of ``name`` would be about.

    Raises:
        NotFoundError: Nothing has that name.
        InvalidRequestError: More than one thing has it, or none can have.
    """
    return Selection(await reach(connections, name), kind)


async def change_selected(
    connections: Connections,
    selection: Selection,
    request: ChangeRequest,
    *,
    is_awaited: bool = True,
) -> list[ChangeResult]:
    """Ask each selected post for the change.

    Args:
        connections: Temporal.
        selection: Which posts.
        request: The change, and who asks for it.
        is_awaited: Wait until Buffer confirmed it, for a while.

    Raises:
        ConflictError: No post of the campaign is in a state to be changed so.
    """
    posts, client = selection.posts, await connections.temporal()
    if not posts:
        states = {post.shown_state for post in selection.target.posts}
        raise ConflictError(
            "None of its posts can be changed so (their states: "
            f"{', '.join(sorted(states)) or 'none'}).",
            Action.LIST_POSTS,
        )
    async with connections.progress.waiting("waiting for Buffer to confirm"):
        settings = connections.settings
        return await change_all(
            client,
            posts,
            lambda post: sign(settings, post.workflow_id, request),
            is_awaited=is_awaited,
        )


async def change_all(
    client: Client,
    posts: tuple[PostRow, ...],
    request_of: Callable[[PostRow], ChangeRequest],
    *,
    is_awaited: bool,
) -> list[ChangeResult]:
    """Ask each post for the change, a few at a time."""
    gate = asyncio.Semaphore(_AT_ONCE)

    async def one(post: PostRow) -> ChangeResult:
        request = request_of(post)
        async with gate:
            result = await change(client, post.workflow_id, request)
        if not is_awaited or not result.ok or not result.state:
            return result
        return await confirmed(client, request.kind, result)

    return list(await asyncio.gather(*(one(post) for post in posts)))


async def change(client: Client, workflow_id: str, request: ChangeRequest) -> ChangeResult:
    """Ask one post for a change, by the update ``change``.

    With no worker to answer it goes as a signal, which takes effect when one runs. A
    request says how the post shall be, so one that is heard twice does no harm.
    """
    try:
        view = await update_post(client, workflow_id, "change", request, _ANSWER_WITHIN)
    except NoWorkerError:
        return await _signal(client, workflow_id, request)
    except RunEndedError:
        return await _ended(client, workflow_id, request)
    except RefusedError as error:
        return _refused(workflow_id, str(error))
    return seen(view, request.kind, view.changes[-1].change_id if view.changes else 0)


async def _ended(client: Client, workflow_id: str, request: ChangeRequest) -> ChangeResult:
    """Return what to say of a run that has ended: it may have ended as requested."""
    view = await read_view(client, workflow_id)
    if view is not None and view.state in _ENDED_SO.get(request.kind, ()):
        return ChangeResult(
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
            workflow_id, "Its run was ended in Temporal, so nothing can be changed any more."
        )
    end = _ENDS.get(view.state, "")
    return _refused(workflow_id, f"There is nothing to change: the post is {view.state}.{end}")


async def _signal(client: Client, workflow_id: str, request: ChangeRequest) -> ChangeResult:
    model = _SIGNALS[request.kind]
    fields = {name: getattr(request, name) for name in model.model_fields}
    handle = client.get_workflow_handle(workflow_id)
    try:
        await handle.signal(request.kind.value, model.model_validate(fields))
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:
            raise
        return await _ended(client, workflow_id, request)
    return ChangeResult(workflow_id=workflow_id, ok=True, is_heard=True)


async def confirmed(client: Client, kind: ChangeKind, result: ChangeResult) -> ChangeResult:
    """Return the change once Buffer confirmed it, or as it stands after a while."""
    try:
        async with asyncio.timeout(_CONFIRMED_WITHIN):
            while not result.is_over:
                await asyncio.sleep(_LOOK_AGAIN)
                view = await read_view(client, result.workflow_id)
                if view is not None:
                    result = seen(view, kind, result.change_id)
    except TimeoutError:
        return result
    return result


def seen(view: PostView, kind: ChangeKind, change_id: int) -> ChangeResult:
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
    return ChangeResult(
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
    """Return why it is not as requested, with what to do instead."""
    if kind is ChangeKind.MOVE:
        return f"{said}. A post with a due time of its own is moved by reschedule."
    return said or "Buffer has it as before."


def _refused(workflow_id: str, why: str) -> ChangeResult:
    return ChangeResult(workflow_id=workflow_id, ok=False, is_over=True, error=why)
