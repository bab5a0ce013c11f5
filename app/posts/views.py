"""The views of posts and campaigns, by query or result, and the failures of their steps."""

from collections.abc import Awaitable
from datetime import timedelta
from typing import TypeVar

from pydantic import BaseModel
from temporalio.api.failure.v1 import Failure
from temporalio.client import (
    Client,
    WorkflowExecutionStatus,
    WorkflowFailureError,
    WorkflowQueryFailedError,
)
from temporalio.exceptions import ApplicationError, FailureError
from temporalio.service import RPCError, RPCStatusCode

from app.errors import AppError, InvalidRequestError, NotAuthorizedError, ServiceError
from galley.models.campaign import CampaignView
from galley.models.post import PostResult, PostView

T = TypeVar("T")
M = TypeVar("M", bound=BaseModel)

_NO_SERVICE = {"NotSentError", "UnknownOutcomeError", "BlockedError", "StoreError"}
"""What a failed step is called that could not reach Buffer or the store."""
_GIVES_UP_HOPE = 5
"""Attempts at a step, some seconds apart, after which a person is told."""

_VIEW = "view"
"""The query of posts and campaigns, by its name: `list` is quick without their workflows."""
_ANSWER_WITHIN = timedelta(seconds=5)
"""Longer than a killed worker still holds its workflows back (see worker.py)."""
_NO_ANSWER = {
    RPCStatusCode.DEADLINE_EXCEEDED,
    RPCStatusCode.CANCELLED,
    RPCStatusCode.FAILED_PRECONDITION,
}


async def read_view(client: Client, workflow_id: str) -> PostView | None:
    """Return all there is to see of a post, or ``None`` if no worker answers."""
    handle = client.get_workflow_handle(workflow_id, result_type=PostResult)
    if (await handle.describe()).status is WorkflowExecutionStatus.COMPLETED:
        return (await handle.result()).view
    query = handle.query(_VIEW, result_type=PostView, rpc_timeout=_ANSWER_WITHIN)
    return await answer(query)


async def read_campaign(client: Client, workflow_id: str) -> CampaignView | None:
    """Return what a campaign planned, or ``None`` if no worker answers.

    Raises:
        AppError: The campaign failed; the text is its reason.
    """
    handle = client.get_workflow_handle(workflow_id, result_type=CampaignView)
    if (await handle.describe()).status is WorkflowExecutionStatus.RUNNING:
        query = handle.query(_VIEW, result_type=CampaignView, rpc_timeout=_ANSWER_WITHIN)
        return await answer(query)
    try:
        return await handle.result()
    except WorkflowFailureError as error:
        raise _campaign_failed(error) from error


def _campaign_failed(error: BaseException) -> AppError:
    """Return the failure that began the chain, as an error of its class."""
    while isinstance(error.__cause__, FailureError):
        error = error.__cause__
    if not isinstance(error, ApplicationError):
        return AppError(f"The campaign did not get far: {error}.")
    kind = error.type or ""
    if "nauthorized" in kind:
        return NotAuthorizedError(error.message)
    if kind.startswith("Buffer") or kind in _NO_SERVICE:
        return ServiceError(error.message)
    if kind == "CampaignError":
        return InvalidRequestError(error.message)
    return AppError(error.message)


async def hindrance(client: Client, workflow_id: str) -> str:
    """Return why a step of this run fails again and again, or ``""``."""
    told = (await client.get_workflow_handle(workflow_id).describe()).raw_description
    for step in told.pending_activities:
        if step.attempt >= _GIVES_UP_HOPE:
            return (await failure_text(client, step.last_failure)).rstrip(".")
    return ""


async def answer(query: Awaitable[T]) -> T | None:
    """Return what a query answers, or ``None`` if no worker answers it."""
    try:
        return await query
    except WorkflowQueryFailedError:
        return None
    except RPCError as error:
        if error.status in _NO_ANSWER:
            return None
        raise


async def failure_text(client: Client, failure: Failure) -> str:
    """Return the message of a failure in a history, encrypted or not.

    Raises:
        MissingKeyError: It is encrypted with a key that is not here.
    """
    if not failure.HasField("encoded_attributes"):
        return failure.message
    # Decrypting happens in place, and the history is the caller's.
    own = Failure.FromString(failure.SerializeToString())
    error = await client.data_converter.decode_failure(own)
    return error.message if isinstance(error, FailureError) else str(error)


async def first_input(client: Client, workflow_id: str, shape: type[M]) -> M | None:
    """Return the input of the latest run of an ID, or ``None`` if it has no events."""
    handle = client.get_workflow_handle(workflow_id)
    async for event in handle.fetch_history_events(page_size=1):
        begun = event.workflow_execution_started_event_attributes
        decoded = await client.data_converter.decode(begun.input.payloads, [shape])
        found: object = decoded[0]
        return found if isinstance(found, shape) else None
    return None
