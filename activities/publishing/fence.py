"""AttemptFence: no two runs of an account make the same attempt at ``createPost``.

Each attempt leaves an object ``attempts/<job>.<number>.json`` before the request goes out. A run
that was reset comes to the same number again, and finds the object of the run before it. Right
before the request leaves, :func:`last_look` asks once more.
"""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Literal

from pydantic import ValidationError
from temporalio import activity

from galley.clients.claims import read_receipts
from galley.clients.storage import ObjectStore, StoreError
from galley.models.account import Receipt, ReceiptKind
from galley.models.base import Model
from galley.models.publishing import CreatePost, CreateReply, HoldReason, ReplyKind
from galley.publishing.job.record import is_earlier_life

ATTEMPTS = "attempts/"
# Seconds. AccountWorkflow makes one call at a time, and a retract must not wait for a bucket.
PATIENCE = 3.0
SILENT = "The state bucket did not answer in time."
_OVERDUE = (
    "The worker got to it too late: it was frozen, or its clock is not that of the "
    "Temporal server. Nothing was sent."
)
_TAKEN_BACK = (
    "A receipt says that it was taken back before the account was reset in Temporal. Approve it "
    "again to publish it after all, or reject it."
)
_UNREADABLE = "A receipt of this post in the state bucket cannot be read."
# A lost createPost is looked for during two minutes more: a worker that was frozen, and whose
# clock is behind by less than this, is stopped long before the last look.
_BEHIND = timedelta(seconds=30)


class WithheldError(Exception):
    """A request was stopped before its first byte left."""

    def __init__(
        self, kind: Literal[ReplyKind.NOT_SENT, ReplyKind.WITHHELD], message: str = ""
    ) -> None:
        super().__init__(message)
        self.kind: Literal[ReplyKind.NOT_SENT, ReplyKind.WITHHELD] = kind
        self.message = message


def last_look() -> None:
    """Look once more, with the connection open, whether the request may leave.

    A worker that was frozen since it got the task sends nothing: it has been counted as lost, and
    the post may have been searched for, created or changed meanwhile.

    Raises:
        WithheldError: It may not.
    """
    info = activity.info()
    limit = info.start_to_close_timeout
    passed = datetime.now(UTC) - info.started_time
    if limit is not None and not -_BEHIND < passed <= limit:
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
        try:
            async with asyncio.timeout(PATIENCE):
                return await self._enter(task, mine)
        except StoreError as error:
            why = str(error)
        except TimeoutError:
            why = SILENT
        except ValidationError:
            why = _UNREADABLE
        return CreateReply(kind=ReplyKind.STORE_AWAY, message=why, is_numbered=False)

    async def _enter(self, task: CreatePost, mine: Attempt) -> CreateReply | None:
        if task.receipts_since is not None:
            receipts = await read_receipts(self.state, f"{task.job_id}.")
            if receipts and (known := what_was_forgotten(task, receipts[-1])) is not None:
                return known
        prefix = f"{ATTEMPTS}{task.job_id}."
        body, name = mine.model_dump_json().encode(), f"{prefix}{task.attempt}.json"
        if await self.state.put_if_absent(name, body, "application/json"):
            return None
        # The store may have taken ours and lost its reply: nothing was sent yet.
        if (held := await self.state.get(name)) == body or _is_left(held, mine):
            return None
        made = [
            int(number)
            for one in await self.state.names(prefix)
            if (number := one.removeprefix(prefix).removesuffix(".json")).isdecimal()
        ]
        return CreateReply(kind=ReplyKind.ATTEMPTED, attempts=max(made, default=task.attempt))


def what_was_forgotten(task: CreatePost, last: Receipt) -> CreateReply | None:
    """Return what a reset account forgot of a post: that Buffer has it, or had to delete it."""
    since, is_end = task.receipts_since, last.kind is ReceiptKind.RETRACTED
    if since is None or last.recorded_at < since or last.kind is ReceiptKind.PULLED_BACK:
        return None
    if is_end and is_earlier_life(last.made_at, task.made_at):
        return None
    if is_end:
        doubt = HoldReason.IN_DOUBT
        return CreateReply(
            kind=ReplyKind.WITHHELD, message=_TAKEN_BACK, reason=doubt, is_numbered=False
        )
    return CreateReply(kind=ReplyKind.ATTEMPTED, post=last.post, is_numbered=False)


def _is_left(held: bytes | None, mine: Attempt) -> bool:
    """Whether a number was written by an activity of this run whose store answered too late.

    One run asks for a number again only where nothing was sent under it.
    """
    if held is None:
        return False
    try:
        made = Attempt.model_validate_json(held)
    except ValidationError:
        return False  # another build's: it may have sent the request
    return made.run_id == mine.run_id and made.activity_id != mine.activity_id
