"""What agents propose for a post: other words, media or a time, or a new draft.

It stands beside what people decide, and shares none of their keys: where a team is set, an agent
signs with its own.
"""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from temporalio.client import (
    Client,
    WorkflowUpdateFailedError,
    WorkflowUpdateRPCTimeoutOrCancelledError,
    WorkflowUpdateStage,
)
from temporalio.exceptions import ApplicationError
from temporalio.service import RPCError, RPCStatusCode

from app.connections import Connections
from app.review.changes import ENDED, NoWorkerError, RefusedError, RunEndedError, Said, sign
from galley.models.agents import AgentMark
from galley.models.draft import DraftEdit
from galley.models.post import PostView
from galley.models.review import ChangeKind, ChangeRequest, Decision, DecisionKind, Refusal
from workflows.post.workflow import PostWorkflow

_TAKEN_WITHIN = timedelta(seconds=20)
_ANSWERED_WITHIN = 10.0
"""Seconds. Media may take minutes to make: then the post is read later."""


@dataclass(frozen=True)
class Proposed:
    """A proposal that a post took; ``view`` is missing while it is still at work on it."""

    post: str
    view: PostView | None


async def propose_edit(
    connections: Connections, agent: AgentMark, view: PostView, edit: DraftEdit, note: str
) -> Proposed:
    """Put other words or media before a person, as a new revision.

    Raises:
        RefusedError: The post does not take it; the text says why.
        RunEndedError: Its run has ended.
        NoWorkerError: No worker answered.
    """
    said = _decision(agent, view, DecisionKind.EDIT, note).model_copy(update={"edit": edit})
    return await _send(connections, view.workflow_id, said)


async def request_draft(
    connections: Connections, agent: AgentMark, view: PostView, note: str
) -> Proposed:
    """Have a draft written anew by a note; errors as :func:`propose_edit`."""
    said = _decision(agent, view, DecisionKind.REGENERATE, note)
    return await _send(connections, view.workflow_id, said)


async def propose_time(
    connections: Connections, agent: AgentMark, view: PostView, due_at: datetime, note: str
) -> Proposed:
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


async def _send(connections: Connections, post: str, said: Said) -> Proposed:
    client = await connections.temporal()
    update = "decide" if isinstance(said, Decision) else "change"
    signed = sign(connections.settings, post, said)
    try:
        async with asyncio.timeout(_TAKEN_WITHIN.total_seconds()):
            return await _taken(client, post, update, signed)
    except WorkflowUpdateFailedError as error:
        raise _refused(error) from error
    except (TimeoutError, WorkflowUpdateRPCTimeoutOrCancelledError) as error:
        raise NoWorkerError("No worker answers for this post: a person starts one.") from error
    except RPCError as error:
        # A run that ends while the update is on its way answers with the second.
        if error.status in {RPCStatusCode.NOT_FOUND, RPCStatusCode.FAILED_PRECONDITION}:
            raise RunEndedError(ENDED) from error
        raise


async def _taken(
    client: Client, post: str, update: str, said: Decision | ChangeRequest
) -> Proposed:
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
            return Proposed(post, await started.result())
    except TimeoutError:
        return Proposed(post, None)


def _refused(error: WorkflowUpdateFailedError) -> RefusedError:
    cause = error.cause
    if not isinstance(cause, ApplicationError):
        return RefusedError(str(cause))
    told = cause.details[0] if cause.details else None
    refusal = Refusal.model_validate(told) if isinstance(told, dict) else None
    return RefusedError(cause.message, refusal)
