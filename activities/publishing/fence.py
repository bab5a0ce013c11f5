"""AttemptFence: no two runs of an account make the same attempt at ``createPost``.

Each attempt leaves an object ``attempts/<job>.<number>.json`` before the request goes out. A run
that was reset comes to the same number again, and finds the object of the run before it. Right
before the request leaves, :func:`last_look` asks once more.
"""

import asyncio
from datetime import UTC, datetime

from temporalio import activity

from galley.clients.storage import ObjectStore, StoreError
from galley.models.base import Model
from galley.models.publishing import CreateKind, CreatePost, CreateReply, ReplyKind

ATTEMPTS = "attempts/"
# Seconds. AccountWorkflow makes one call at a time, and a retract must not wait for a bucket.
_PATIENCE = 3.0
_SILENT = "The state bucket did not answer in time."


_OVERDUE = (
    "The worker got to it too late: it was frozen, or its clock is not that of the "
    "Temporal server. Nothing was sent."
)


class WithheldError(Exception):
    """A request was stopped before its first byte left."""

    def __init__(self, kind: CreateKind, message: str = "") -> None:
        super().__init__(message)
        self.reply = CreateReply(kind=kind, message=message)


def last_look() -> None:
    """Look once more, with the connection open, whether the request may leave.

    A worker that was frozen since it got the task sends nothing: it has been counted as lost, and
    the post may have been searched for and created meanwhile.

    Raises:
        WithheldError: It may not.
    """
    info = activity.info()
    limit = info.start_to_close_timeout
    if limit is not None and datetime.now(UTC) - info.started_time > limit:
        raise WithheldError(ReplyKind.NOT_SENT, _OVERDUE)
    if activity.is_cancelled():
        raise WithheldError(ReplyKind.WITHHELD)


class Attempt(Model):
    """Content of an attempt's object: who made it."""

    run_id: str
    activity_id: str
    execution: int
    """Of the activity: another one of the same activity may have sent the request."""


class AttemptFence:
    """Lets an attempt through once."""

    def __init__(self, state: ObjectStore) -> None:
        self.state = state

    async def enter(self, task: CreatePost) -> CreateReply | None:
        """Return ``None`` if the request may be sent, else the reply of an attempt not made."""
        info = activity.info()
        mine = Attempt(
            run_id=info.workflow_run_id or "", activity_id=info.activity_id, execution=info.attempt
        )
        prefix = f"{ATTEMPTS}{task.job_id}."
        body, name = mine.model_dump_json().encode(), f"{prefix}{task.attempt}.json"
        try:
            async with asyncio.timeout(_PATIENCE):
                if await self.state.put_if_absent(name, body, "application/json"):
                    return None
                # The store may have taken ours and lost its reply: nothing was sent yet.
                if await self.state.get(name) == body:
                    return None
                made = [
                    int(number)
                    for one in await self.state.names(prefix)
                    if (number := one.removeprefix(prefix).removesuffix(".json")).isdecimal()
                ]
        except StoreError as error:
            return CreateReply(kind=ReplyKind.STORE_AWAY, message=str(error))
        except TimeoutError:
            return CreateReply(kind=ReplyKind.STORE_AWAY, message=_SILENT)
        return CreateReply(kind=ReplyKind.ATTEMPTED, attempts=max(made, default=task.attempt))
