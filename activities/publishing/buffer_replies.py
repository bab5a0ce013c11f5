"""What a failed request to Buffer means to AccountWorkflow."""

import asyncio
from typing import TypedDict, TypeVar

from galley.clients.buffer.errors import (
    BlockedError,
    BufferApiError,
    DuplicateError,
    ForbiddenError,
    NoAnswerError,
    NotFoundError,
    NotSentError,
    RateLimitedError,
    SchemaError,
    UnauthorizedError,
    UnknownOutcomeError,
)
from galley.models import ChangeReplyKind, CreateKind, RateWindow, ReadKind

T = TypeVar("T")


class Trouble(TypedDict):
    """What every reply says of a failure."""

    message: str
    retry_after: float | None
    windows: tuple[RateWindow, ...]


def trouble(error: BufferApiError) -> Trouble:
    """Return the fields that all replies have for a failure."""
    wait = error.retry_after if isinstance(error, RateLimitedError) else None
    return Trouble(message=error.message, retry_after=wait, windows=error.windows)


def create_kind(error: BufferApiError) -> CreateKind:
    """Return what a failed ``createPost`` means: only two kinds leave it open."""
    match error:
        case NotSentError():
            return CreateKind.UNREACHABLE
        case UnknownOutcomeError():
            return CreateKind.UNKNOWN
        case DuplicateError():
            return CreateKind.DUPLICATE
        case RateLimitedError():
            return CreateKind.RATE_LIMITED
        case UnauthorizedError() | ForbiddenError() | SchemaError():
            # No post would get through: the way in must be mended, not this post.
            return CreateKind.UNAUTHORIZED
        case _:
            return CreateKind.REFUSED


def change_kind(error: BufferApiError) -> ChangeReplyKind:
    """Return what a failed edit, deletion, move or look at one post means."""
    match error:
        case NotFoundError():
            return ChangeReplyKind.GONE
        case RateLimitedError():
            return ChangeReplyKind.RATE_LIMITED
        case UnauthorizedError() | BlockedError():
            return ChangeReplyKind.UNAUTHORIZED
        case NotSentError() | NoAnswerError():
            # All of them may be repeated, so what happened need not be told apart.
            return ChangeReplyKind.UNREACHABLE
        case UnknownOutcomeError():
            return ChangeReplyKind.FAILED
        case _:
            return ChangeReplyKind.REFUSED


def read_kind(error: BufferApiError) -> ReadKind:
    """Return what a failed read means; all but the key's may be tried again."""
    match error:
        case RateLimitedError():
            return ReadKind.RATE_LIMITED
        case UnauthorizedError() | BlockedError():
            return ReadKind.UNAUTHORIZED
        case NotSentError() | NoAnswerError():
            return ReadKind.UNREACHABLE
        case _:
            return ReadKind.FAILED


async def unbroken(call: asyncio.Task[T]) -> T:
    """Wait for ``call`` to its end, however often the waiting is cancelled.

    Once a write is out, a worker that shuts down waits for its answer, so that what
    happened is recorded. The client's own deadline bounds the wait.
    """
    while True:
        try:
            return await asyncio.shield(call)
        except asyncio.CancelledError:
            if call.cancelled():
                raise
