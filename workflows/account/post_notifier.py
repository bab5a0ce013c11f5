"""PostNotifier: tells posts their progress and writes receipts, a batch at a time.

A batch is one activity; a signal from the workflow would cost two events for each post and
often a workflow task. Only one batch is under way, so each post gets its news in order.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta

from temporalio import workflow
from temporalio.exceptions import ActivityError, is_cancelled_exception

from activities.interfaces import TellingActivities
from galley.models.account import PostsTold, Progress, Receipt, TellPosts, Untold
from workflows import options

# As many waiting news are sent at once, even while calls go on.
_ENOUGH = 20
# News, and receipts, of one batch; each has 1 or 2 kB, and a payload may have 2 MB.
_MOST = 50
# Pause after the state bucket did not take receipts.
_RECEIPTS_PAUSE = timedelta(minutes=5)
# One attempt of a batch: so long the end of a run waits for it.
_LAST_BATCH = timedelta(minutes=1)


class PostNotifier:
    """News to be sent to posts and receipts to be written, one batch at a time.

    A state bucket that is away holds no news up.

    Args:
        untold: News that the run before left.
        receipts: Receipts that it left.
        on_done: Called when a batch has ended and something is left.
    """

    def __init__(
        self, untold: tuple[Untold, ...], receipts: tuple[Receipt, ...], on_done: Callable[[], None]
    ) -> None:
        self._news = list(untold)
        self._receipts = list(receipts)
        self._on_done = on_done
        self._in_batch = 0
        self._not_before: datetime | None = None
        self._batch: asyncio.Task[None] | None = None
        self._is_stopped = False

    @property
    def is_sending(self) -> bool:
        """Whether a batch is on its way."""
        return self._batch is not None

    @property
    def untold(self) -> tuple[Untold, ...]:
        """News that are left to the next run."""
        return tuple(self._news)

    @property
    def receipts(self) -> tuple[Receipt, ...]:
        """Receipts that are left to the next run."""
        return tuple(self._receipts)

    def add(self, workflow_id: str, progress: Progress) -> None:
        """Keep news for the next :meth:`send`; a full batch is sent at once.

        News that are waiting already are not sent twice.
        """
        one = Untold(reply_to=workflow_id, progress=progress)
        # News of the batch under way do not count: its activity may have told them already.
        waiting = self._news[self._in_batch :]
        if one in waiting:
            return
        self._news.append(one)
        if len(waiting) + 1 >= _ENOUGH:
            self.send()

    def keep(self, receipt: Receipt) -> None:
        """Keep a receipt; it is written with the next batch."""
        self._receipts.append(receipt)

    def wake_at(self) -> datetime | None:
        """Return when receipts that the state bucket did not take are tried again."""
        is_waiting = self._receipts and not self.is_sending
        return self._not_before if is_waiting else None

    def send(self) -> None:
        """Send what waits, unless a batch is under way: then it is sent with the next one."""
        if self._is_stopped or self.is_sending:
            return
        may_write = self._not_before is None or self._not_before <= workflow.now()
        news = tuple(self._news[:_MOST])
        receipts = tuple(self._receipts[:_MOST]) if may_write else ()
        if news or receipts:
            self._in_batch = len(news)
            batch = TellPosts(news=news, receipts=receipts)
            self._batch = asyncio.create_task(self._tell(batch))

    async def close(self) -> None:
        """Send nothing more: the rest is left to the next run.

        A batch that cannot end, such as one whose reply no worker here can read, is left too.
        """
        self._is_stopped = True
        batch = self._batch
        if batch is None:
            return
        with suppress(TimeoutError):
            await workflow.wait_condition(lambda: not self.is_sending, timeout=_LAST_BATCH)
        # What it has told already, its posts know when they are told again.
        batch.cancel()

    async def _tell(self, batch: TellPosts) -> None:
        try:
            reply = await workflow.execute_activity_method(
                TellingActivities.tell_posts, batch, **options.publishing(options.TELL_POSTS)
            )
        except ActivityError as error:
            if is_cancelled_exception(error):
                # By `close`: who was not told is told by the next run.
                self._batch = None
                return
            # Temporal retries all but what no retry mends. Each post asks again by itself.
            workflow.logger.warning("posts were not told: %s", error.cause)
            reply = PostsTold(unwritten=str(error.cause))
        del self._news[: len(batch.news)]
        self._in_batch = 0
        if reply.unwritten and batch.receipts:
            # They stay for a later batch: the store holds no news up.
            workflow.logger.warning("receipts were not written: %s", reply.unwritten)
            self._not_before = workflow.now() + _RECEIPTS_PAUSE
        elif batch.receipts:
            self._not_before = None
            del self._receipts[: len(batch.receipts)]
        self._batch = None
        if self._news or self._receipts:
            self._on_done()
