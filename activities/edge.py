"""What every activity does at its edge: heartbeat, translate errors, count money."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta

from temporalio import activity
from temporalio.exceptions import ApplicationError

from galley.metrics import COST, DUPLICATES_PREVENTED, Metric
from galley.models import HandOverKind

EVERY = 3.0
"""Seconds; a third of the shortest heartbeat timeout the workflows give."""


@asynccontextmanager
async def heartbeating() -> AsyncGenerator[None]:
    """Heartbeat while the block runs.

    The first beat comes after :data:`EVERY`: Temporal bills heartbeats, and most
    activities have ended by then.
    """

    async def beat() -> None:
        while True:
            await asyncio.sleep(EVERY)
            activity.heartbeat()

    beater = asyncio.create_task(beat())
    try:
        yield
    finally:
        beater.cancel()
        with suppress(asyncio.CancelledError):
            await beater


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
        said, type=kind, next_retry_delay=timedelta(seconds=seconds) if seconds else None
    )


def final(message: str, *, kind: str) -> ApplicationError:
    """Return an error that no later attempt mends; ``kind`` is a wire name."""
    return ApplicationError(message, type=kind, non_retryable=True)


_HOW = {HandOverKind.ALREADY_PUBLISHED: "published", HandOverKind.CLAIMED_ELSEWHERE: "claimed"}


def not_handed_over(kind: HandOverKind) -> None:
    """Count a key that was not this run's to use."""
    _add(DUPLICATES_PREVENTED, 1, {"how": _HOW[kind]})


def paid(provider: str, micros: int | None) -> None:
    """Count what a call cost, where that is known."""
    if micros is not None:
        _add(COST, micros, {"provider": provider})


def _add(metric: Metric, by: int, labels: dict[str, str]) -> None:
    if activity.in_activity():  # A budget may be used by itself, too.
        meter = activity.metric_meter()
        meter.create_counter(metric.name, metric.about).add(by, labels)
