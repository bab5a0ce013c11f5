"""What every activity does at its edge: heartbeat, translate errors, count money."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta

from temporalio import activity
from temporalio.exceptions import ApplicationError

from galley.metrics import COST, DUPLICATES_PREVENTED, Metric
from galley.models.account import HandOverKind

EVERY = 3.0
"""Seconds; a third of the shortest heartbeat timeout in workflows/options.py."""


@asynccontextmanager
async def heartbeating() -> AsyncGenerator[None]:
    """Heartbeat while the block runs, so that a killed worker is noticed soon."""

    async def beat() -> None:
        while True:
            # Pause first: Temporal bills heartbeats, and most activities end before one.
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
    """Return the error of a client as one of Temporal.

    It is retried if the client's error is ``retryable``, after the seconds of its
    ``retry_after``, if it has any. An error without that attribute is final.

    Args:
        error: The error of a client.
        kind: The error type in histories: a wire name.
        said: The message; by default the client's own words.
    """
    said = said or str(error)
    if not getattr(error, "retryable", False):
        return final(said, kind=kind)
    seconds = getattr(error, "retry_after", None)
    return ApplicationError(
        said, type=kind, next_retry_delay=timedelta(seconds=seconds) if seconds else None
    )


def final(message: str, *, kind: str) -> ApplicationError:
    """Return an error that is not retried; ``kind`` is a wire name."""
    return ApplicationError(message, type=kind, non_retryable=True)


_HOW = {HandOverKind.ALREADY_ENDED: "ended", HandOverKind.CLAIMED_ELSEWHERE: "claimed"}


def not_handed_over(kind: HandOverKind) -> None:
    """Count a claim that another run holds: a duplicate was prevented."""
    _add(DUPLICATES_PREVENTED, 1, {"how": _HOW[kind]})


def paid(provider: str, micros: int | None) -> None:
    """Count the cost of a call, if it is known."""
    if micros is not None:
        _add(COST, micros, {"provider": provider})


def _add(metric: Metric, by: int, labels: dict[str, str]) -> None:
    if activity.in_activity():  # tests and measurements use budgets outside of one
        meter = activity.metric_meter()
        meter.create_counter(metric.name, metric.about).add(by, labels)
