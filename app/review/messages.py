"""Messages of people to posts: signed where a team is set, sent as updates, and answered.

Decisions, changes and comments go this way.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Literal, TypeVar

from temporalio.client import (
    Client,
    WorkflowHandle,
    WorkflowUpdateFailedError,
    WorkflowUpdateRPCTimeoutOrCancelledError,
)
from temporalio.exceptions import ApplicationError
from temporalio.service import RPCError, RPCStatusCode

from app.errors import AppError, ConflictError, InvalidRequestError, NoWorkerError
from galley.clients.team_file import TeamError, read_key
from galley.models.post import PostResult, PostView
from galley.models.review import ChangeRequest, Comment, Decision, Refusal
from galley.review.proposals import is_by_agent
from galley.review.signatures import signature_of
from galley.settings import Settings
from workflows.post.workflow import PostWorkflow

ENDED = "There is nothing to decide: this post's run has ended."


class RunEndedError(ConflictError):
    """The post's run has ended."""


class RefusedError(AppError):
    """The post refused it; the text is its reason."""

    def __init__(self, message: str, refusal: Refusal | None = None) -> None:
        super().__init__(message)
        self.refusal = refusal


Said = TypeVar("Said", Decision, ChangeRequest, Comment)


def sign(settings: Settings, post_id: str, said: Said) -> Said:
    """Return a message with the signature of the person, or agent, where a team is set.

    Raises:
        InvalidRequestError: The key cannot be used.
    """
    if settings.team is None:
        return said
    said = said.model_copy(update={"at": said.at or datetime.now(UTC)})
    try:
        own = settings.agent_key_file if is_by_agent(said) else settings.reviewer_key_file
        key = read_key(own)
    except TeamError as error:
        raise InvalidRequestError(str(error)) from None
    return said.model_copy(update={"signature": signature_of(key, post_id, said)})


async def update_post(
    client: Client,
    workflow_id: str,
    update: Literal["decide", "change", "comment"],
    request: Decision | ChangeRequest | Comment,
    within: timedelta,
) -> PostView:
    """Send an update to a post, and return its view afterwards.

    Raises:
        NoWorkerError: No worker answered within the time.
        RunEndedError: Its run has ended.
        RefusedError: The post refused it.
    """
    handle = client.get_workflow_handle_for(PostWorkflow.run, workflow_id)
    async with updating(within):
        return await _asked_twice(handle, update, request, within)


@asynccontextmanager
async def updating(within: timedelta) -> AsyncGenerator[None]:
    """Tell the errors of an update of a post as ours; the body sends it.

    Raises:
        NoWorkerError: No worker answered within the time.
        RunEndedError: Its run has ended.
        RefusedError: The post refused it.
    """
    try:
        # The SDK itself asks again and again while no worker is there.
        async with asyncio.timeout(within.total_seconds()):
            yield
    except WorkflowUpdateFailedError as error:
        cause = error.cause
        if not isinstance(cause, ApplicationError):
            raise RefusedError(str(cause)) from error
        told = cause.details[0] if cause.details else None
        refusal = Refusal.model_validate(told) if isinstance(told, dict) else None
        raise RefusedError(cause.message, refusal) from error
    except (TimeoutError, WorkflowUpdateRPCTimeoutOrCancelledError) as error:
        raise NoWorkerError("No worker answers for this post.") from error
    except RPCError as error:
        # A run that ends while the update is on its way answers with the second.
        if error.status in {RPCStatusCode.NOT_FOUND, RPCStatusCode.FAILED_PRECONDITION}:
            raise RunEndedError(ENDED) from error
        raise


async def _asked_twice(
    handle: WorkflowHandle[PostWorkflow, PostResult],
    update: str,
    request: Decision | ChangeRequest | Comment,
    within: timedelta,
) -> PostView:
    # By name: the SDK's type of an async update hides what it returns.
    ask = handle.execute_update  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType] -- a ParamSpec inside
    try:
        return await ask(update, request, result_type=PostView, rpc_timeout=within)
    except RPCError as error:
        # Temporal says so of an update that meets the end of a run; a second one is told.
        if error.status is not RPCStatusCode.FAILED_PRECONDITION:
            raise
    return await ask(update, request, result_type=PostView, rpc_timeout=within)
