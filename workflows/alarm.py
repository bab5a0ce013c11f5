"""One timer of a run, kept for as long as it serves.

To cancel a timer and start another costs two events and an action, and one that fires
for nothing costs a workflow task and is to be started anew.
"""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

from temporalio import workflow

_TICK = timedelta(milliseconds=1)


class Alarm:
    """Wakes a run at a time that may change while it waits.

    What still runs when the run ends is left to Temporal, which ends it, too.
    """

    def __init__(self) -> None:
        self._at: datetime | None = None
        self._timer: asyncio.Task[None] | None = None

    def serves(self, at: datetime | None, over_by: datetime | None = None) -> bool:
        """Return whether what runs will do for a wait until ``at``.

        An earlier timer does where the wait is over before that, as far as one knows.
        """
        if self._at is None or at is None or self._at == at:
            return self._at == at
        return over_by is not None and over_by < self._at < at

    async def wait(
        self,
        is_over: Callable[[], bool],
        at: datetime | None,
        why: str,
        over_by: datetime | None = None,
    ) -> bool:
        """Wait until something comes, or until ``at``; return whether it is not time.

        Args:
            is_over: Whether something came.
            at: When it is time; ``None``: never.
            why: Names the timer in the Temporal UI.
            over_by: When something will probably have come.
        """
        if not self.serves(at, over_by):
            self._start(at, why)
        await workflow.wait_condition(lambda: is_over() or self._has_rung)
        if is_over() or not self._has_rung:
            return True
        self._stop()
        return at is None or workflow.now() < at

    @property
    def _has_rung(self) -> bool:
        return self._timer is not None and self._timer.done()

    def _start(self, at: datetime | None, why: str) -> None:
        self._stop()
        if at is not None:
            self._at = at
            span = max(at - workflow.now(), _TICK)
            self._timer = asyncio.create_task(workflow.sleep(span, summary=why))

    def _stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._at = self._timer = None
