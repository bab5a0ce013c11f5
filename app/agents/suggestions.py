"""What agents propose for a post: other words, media or a time, or a new draft.

It stands beside what people decide, and shares none of their keys: where a team is set, an agent
signs with its own.
"""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from temporalio.client import Client, WorkflowUpdateStage

from app.connections import Connections
from app.review.messages import sign, updating
from galley.models.agents import AgentMark
from galley.models.draft import DraftEdit
from galley.models.post import PostView
from galley.models.review import ChangeKind, ChangeRequest, Decision, DecisionKind
from workflows.post.workflow import PostWorkflow

Proposed = TypeVar("Proposed", Decision, ChangeRequest)

_TAKEN_WITHIN = timedelta(seconds=20)
_ANSWERED_WITHIN = 10.0
"""Seconds. Media may take minutes to make: then the post is read later."""


@dataclass(frozen=True)
class Suggested:
    """A suggestion that a post took; ``view`` is missing while it is still at work on it."""

    post: str
    view: PostView | None


async def propose_edit(
    connections: Connections, agent: AgentMark, view: PostView, edit: DraftEdit, note: str
) -> Suggested:
    """Put other words or media before a person, as a new revision.

    Raises:
        AppError: As :func:`app.review.messages.updating`.
    """
    said = _decision(agent, view, DecisionKind.EDIT, note).model_copy(update={"edit": edit})
    return await _send(connections, view.workflow_id, said)


async def request_draft(
    connections: Connections, agent: AgentMark, view: PostView, note: str
) -> Suggested:
    """Have a draft written anew by a note; errors as :func:`propose_edit`."""
    said = _decision(agent, view, DecisionKind.REGENERATE, note)
    return await _send(connections, view.workflow_id, said)


async def propose_time(
    connections: Connections, agent: AgentMark, view: PostView, due_at: datetime, note: str
) -> Suggested:
    """Put another time before a person; errors as :func:`propose_edit`."""
    said = ChangeRequest(
        kind=ChangeKind.RESCHEDULE,
        by=agent.by,
        agent=agent,
        note=note,
        due_at=due_at,
        at=datetime.now(UTC),
    )
    return await _send(connections, view.workflow_id, said)


def _decision(agent: AgentMark, view: PostView, kind: DecisionKind, note: str) -> Decision:
    # Without the digest: another time that came meanwhile does not make the words worse.
    return Decision(
        kind=kind, revision=view.revision, by=agent.by, agent=agent, note=note, at=datetime.now(UTC)
    )


async def _send(connections: Connections, post: str, said: Proposed) -> Suggested:
    client = await connections.temporal()
    update = "decide" if isinstance(said, Decision) else "change"
    signed = sign(connections.settings, post, said)
    async with updating(_TAKEN_WITHIN):
        return await _taken(client, post, update, signed)


async def _taken(
    client: Client, post: str, update: str, said: Decision | ChangeRequest
) -> Suggested:
    handle = client.get_workflow_handle_for(PostWorkflow.run, post)
    started = await handle.start_update(  # pyright: ignore[reportUnknownMemberType] -- a ParamSpec inside
        update,
        said,
        wait_for_stage=WorkflowUpdateStage.ACCEPTED,
        result_type=PostView,
        rpc_timeout=_TAKEN_WITHIN,
    )
    try:
        async with asyncio.timeout(_ANSWERED_WITHIN):
            return Suggested(post, await started.result())
    except TimeoutError:
        return Suggested(post, None)
