"""Write the receipts of created posts into the state bucket, beside all else."""

import asyncio
from collections.abc import Callable
from datetime import datetime

from temporalio import workflow
from temporalio.exceptions import ActivityError

from activities.interfaces import AccountActivities
from galley.models import Receipt, RecordReceipts
from galley.outbox import state as memory
from workflows import options


class ReceiptBook:
    """Receipts that are not written yet; a store that is away holds nothing up."""

    def __init__(
        self, receipts: tuple[Receipt, ...], when_done: Callable[[], None]
    ) -> None:
        self._receipts = list(receipts)
        self._when_done = when_done
        self._not_before: datetime | None = None
        self._writing: asyncio.Task[None] | None = None

    @property
    def waiting(self) -> tuple[Receipt, ...]:
        """What is carried over."""
        return tuple(self._receipts)

    @property
    def is_writing(self) -> bool:
        """Whether a batch is on its way to the store."""
        return self._writing is not None

    def add(self, receipt: Receipt) -> None:
        """Keep a receipt for the next batch."""
        self._receipts.append(receipt)

    def wake_at(self) -> datetime | None:
        """Return when the oldest receipt should be written, at the latest."""
        if not self._receipts or self.is_writing:
            return None
        due_at = self._receipts[0].recorded_at + memory.RECEIPTS_WAIT
        return max(due_at, self._not_before or due_at)

    def write(self, *, at_once: bool = False) -> None:
        """Begin to write a batch if it is time, or if it is a good moment."""
        due_at = self.wake_at()
        if due_at is None:
            return
        if due_at <= workflow.now() or (at_once and self._not_before is None):
            batch = tuple(self._receipts[: memory.RECEIPT_BATCH])
            self._writing = asyncio.create_task(self._write(batch))

    async def _write(self, batch: tuple[Receipt, ...]) -> None:
        try:
            await workflow.execute_activity_method(
                AccountActivities.record_receipts,
                RecordReceipts(receipts=batch),
                **options.RECORD_RECEIPTS,
            )
        except ActivityError as error:
            workflow.logger.warning("receipts were not written: %s", error.cause)
            self._not_before = workflow.now() + memory.RECEIPTS_PAUSE
        else:
            self._not_before = None
            del self._receipts[: len(batch)]
        self._writing = None
        self._when_done()
