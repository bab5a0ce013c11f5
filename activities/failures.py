"""Errors of clients as Temporal takes them: tried again, or final."""

from datetime import timedelta

from temporalio.exceptions import ApplicationError


def failure(error: Exception, *, kind: str, said: str = "") -> ApplicationError:
    """Return an error of a client for Temporal.

    A later attempt is made if the error is ``retryable``, not before the seconds of its
    ``retry_after``, if it names any. An error that has no such attribute is final.

    Args:
        error: What a client raised.
        kind: The error type in histories: a wire name.
        said: What is said of it; missing: the client's own words.
    """
    said = said or str(error)
    if not getattr(error, "retryable", False):
        return final(said, kind=kind)
    seconds = getattr(error, "retry_after", None)
    return ApplicationError(
        said,
        type=kind,
        next_retry_delay=timedelta(seconds=seconds) if seconds else None,
    )


def final(message: str, *, kind: str) -> ApplicationError:
    """Return an error that no later attempt mends; ``kind`` is a wire name."""
    return ApplicationError(message, type=kind, non_retryable=True)
