"""Waiting for predictions on Replicate, which a cancelled wait cancels there too.

media/generation.py and sources/transcript_orders.py use it.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar

from temporalio import activity

from galley.clients.replicate import Prediction, ReplicateClient
from galley.clients.replicate_http import ReplicateFailure

_GONE = 404
_FIRST_PAUSE = 1.0
# Seconds between two looks at a prediction.
_LONGEST_PAUSE = 10.0


class _Ordered(Protocol):
    @property
    def prediction_id(self) -> str: ...

    @property
    def is_new(self) -> bool: ...


_T = TypeVar("_T", bound=_Ordered)


class Predictions:
    """The predictions of one account.

    Args:
        client: Replicate, with any model of the account.
    """

    def __init__(self, client: ReplicateClient) -> None:
        self._client = client

    async def read(self, prediction_id: str) -> Prediction | None:
        """Return a prediction as it stands; ``None`` once Replicate has deleted it.

        Raises:
            ReplicateFailure: It cannot be read.
        """
        try:
            return await self._client.get(prediction_id)
        except ReplicateFailure as error:
            if error.status == _GONE:
                return None
            raise

    async def over(self, prediction_id: str) -> Prediction | None:
        """Return a prediction when it is over; a cancellation cancels it on Replicate.

        Raises:
            ReplicateFailure: It cannot be read.
        """
        pause = _FIRST_PAUSE
        try:
            while True:
                found = await self.read(prediction_id)
                if found is None or found.status.is_over:
                    return found
                await asyncio.sleep(pause)
                pause = min(pause * 1.5, _LONGEST_PAUSE)
        except asyncio.CancelledError:
            await self.stop(prediction_id)
            raise

    async def unless_cancelled(self, order: Callable[[], Awaitable[_T]]) -> _T:
        """Return the result of ``order``; a cancellation cancels the order on Replicate."""
        work = asyncio.ensure_future(order())
        try:
            return await asyncio.shield(work)
        except asyncio.CancelledError:
            # Without its ID it could not be cancelled: the request is let finish.
            ordered = await work
            if ordered.is_new:
                await self.stop(ordered.prediction_id)
            raise

    async def stop(self, prediction_id: str) -> None:
        """Cancel a prediction, unless only this worker stops."""
        if is_worker_stopping():
            return  # the next worker goes on waiting
        try:
            await self._client.cancel(prediction_id)
        except ReplicateFailure as error:
            activity.logger.warning("not cancelled on Replicate: %s", error)


def is_worker_stopping() -> bool:
    """Return whether an activity is cancelled only because its worker stops."""
    details = activity.cancellation_details()
    return details is not None and details.worker_shutdown
