"""The activity ``tell_posts``: signals the progress of posts and writes their receipts.

AccountWorkflow calls it.
"""

import asyncio
import time
from collections.abc import Callable
from functools import partial

from temporalio import activity
from temporalio.client import Client
from temporalio.exceptions import ApplicationError
from temporalio.service import RPCError, RPCStatusCode

from activities.edge import heartbeating
from activities.interfaces import TellingActivities
from activities.publishing.fence import SILENT
from galley.clients.approved_words import keep_words
from galley.clients.claims import append_receipt
from galley.clients.event_queue import EventQueue
from galley.clients.storage import ObjectStore, StoreError
from galley.models.account import PostsTold, Progress, Receipt, TellPosts, Untold
from galley.notifications.events import event_of_receipt
from galley.review.repeats import ChannelWords, unsaid

# The run is gone, or will never take a signal; the receipt says what became of the post.
_FINAL = {
    RPCStatusCode.NOT_FOUND,
    RPCStatusCode.INVALID_ARGUMENT,
    RPCStatusCode.FAILED_PRECONDITION,
}
# Attempts; after these, a run that takes no signal must not keep the others waiting.
_TRIES = 6
# Seconds; half the heartbeat timeout, after which another worker gets the same task.
_STOOD_STILL = 5.0
_STORE_PATIENCE = 20.0
_WORDS_PATIENCE = 1.0


class PostTelling(TellingActivities):
    """Signals runs of posts through the Temporal client, and writes receipts and their events."""

    def __init__(
        self, client: Client, state: ObjectStore, events: EventQueue | None = None
    ) -> None:
        self._client = client
        self._state = state
        self._events = events or EventQueue(state, is_wanted=False)

    @activity.defn
    async def tell_posts(self, task: TellPosts) -> PostsTold:
        """Send each post its news in order, then write the receipts.

        Safe to repeat at once: news that are told twice change nothing, and a receipt that is
        there stays.

        Raises:
            ApplicationError: ``NotTold``; some news were not told, and none after them.
        """
        async with heartbeating():
            await self._tell(task.news)
            await self._forget(task.news)
            # After the news, and without an error: a store that is away holds no news up.
            return PostsTold(unwritten=await self._write(task.receipts))

    async def _tell(self, news: tuple[Untold, ...]) -> None:
        # Posts at the same time, the news of each in order.
        by_post: dict[str, list[Progress]] = {}
        for one in news:
            by_post.setdefault(one.reply_to, []).append(one.progress)
        watch = _Watch()
        told = (self._tell_post(*each, watch) for each in by_post.items())
        trouble = next(filter(None, await asyncio.gather(*told)), None)
        if trouble is None:
            return
        if activity.info().attempt >= _TRIES:
            # A post that hears nothing asks again by itself.
            activity.logger.warning("some posts were not told: %s", trouble)
            return
        raise ApplicationError(f"A post was not told: {trouble}", type="NotTold")

    async def _tell_post(
        self, workflow_id: str, news: list[Progress], watch: "_Watch"
    ) -> RPCError | None:
        handle = self._client.get_workflow_handle(workflow_id)
        for progress in news:
            watch.look()
            try:
                await handle.signal("progress", progress)
            except RPCError as error:
                if error.status not in _FINAL:
                    return error
                activity.logger.warning("%s was not told: %s", workflow_id, error)
                return None
        return None

    async def _forget(self, news: tuple[Untold, ...]) -> None:
        """Forget the words that went out nowhere: other posts of their channels may say them."""
        for channel_id, keys in unsaid(one.progress for one in news).items():
            await note_words(self._state, channel_id, partial(ChannelWords.without, keys=keys))

    async def _write(self, receipts: tuple[Receipt, ...]) -> str:
        """Append each receipt; return the reason if one was not written."""
        try:
            async with asyncio.timeout(_STORE_PATIENCE):
                for receipt in receipts:
                    await append_receipt(self._state, receipt)
                    await self._events.put(event_of_receipt(receipt))
        except StoreError as error:
            return str(error)
        except TimeoutError:
            return SILENT
        return ""


async def note_words(
    state: ObjectStore, channel_id: str, change: Callable[[ChannelWords], ChannelWords]
) -> None:
    """Change what later drafts of a channel are compared with, if the bucket answers soon."""
    try:
        async with asyncio.timeout(_WORDS_PATIENCE):
            await keep_words(state, channel_id, change)
    except (StoreError, TimeoutError):
        activity.logger.warning("the words of a post were not noted for later drafts")


class _Watch:
    """Notices that this worker stood still, so that another may be telling later news."""

    def __init__(self) -> None:
        self._seen_at = time.monotonic()

    def look(self) -> None:
        """Raise ``NotTold`` if too long a time has passed since the last look."""
        now = time.monotonic()
        if now - self._seen_at > _STOOD_STILL:
            raise ApplicationError("The worker stood still.", type="NotTold")
        self._seen_at = now
