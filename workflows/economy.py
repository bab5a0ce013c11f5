"""Have the first drafts of a campaign answered in one batch, at half the price."""

from collections.abc import Callable
from datetime import timedelta

from temporalio import workflow
from temporalio.exceptions import ActivityError, RetryState, is_cancelled_exception

from activities.interfaces import BatchActivities
from galley.models import BatchRef, PostInput, SubmitBatch
from workflows import options, post_steps

_FIRST_PAUSE = timedelta(seconds=5)
_LONGEST_PAUSE = timedelta(minutes=10)
_GRACE = timedelta(hours=1)
"""After the time at which Anthropic gives a batch up, a day after it was sent."""


_LARGEST = 1_500_000
"""Bytes of one batch; Temporal takes no input of 2 MiB."""


def is_sendable(task: SubmitBatch) -> bool:
    """Whether the input of an activity can hold all drafts of a batch."""
    return len(task.model_dump_json().encode()) <= _LARGEST


class Economy:
    """The batch of one campaign.

    What it does not answer is asked for one by one, as without it.

    Args:
        key: The campaign's.
        tell: Shows what is waited for.
    """

    def __init__(self, key: str, tell: Callable[[str], None]) -> None:
        self._key = key
        self._tell = tell

    async def run(self, posts: tuple[PostInput, ...]) -> tuple[PostInput, ...]:
        """Return the posts, each with the place of its answer, once the batch ended."""
        self._tell("sending the drafts as a batch")
        tasks = tuple(post_steps.first_draft(post) for post in posts)
        task = SubmitBatch(key=self._key, tasks=tasks)
        if not is_sendable(task):
            workflow.logger.warning("no batch: %d drafts are too many", len(tasks))
            return posts
        try:
            batch = await workflow.execute_activity_method(
                BatchActivities.submit_batch,
                task,
                **options.SUBMIT_BATCH,
            )
        except ActivityError as error:
            if is_cancelled_exception(error):
                raise
            workflow.logger.warning("no batch: %s", error.cause)
            return posts
        if not await self._has_ended(batch):
            return posts
        return tuple(
            post.model_copy(update={"batched": answer})
            for post, answer in zip(posts, batch.answers, strict=True)
        )

    async def _has_ended(self, batch: BatchRef) -> bool:
        """Wait for the batch; one that is given up is cancelled."""
        has_ended = False
        try:
            has_ended = await self._waited(batch)
        except ActivityError as error:
            if is_cancelled_exception(error):
                raise
            workflow.logger.warning("the batch cannot be read: %s", error.cause)
        finally:
            if not has_ended:
                await self._cancel(batch)
        return has_ended

    async def _waited(self, batch: BatchRef) -> bool:
        until, pause = batch.expires_at + _GRACE, _FIRST_PAUSE
        while workflow.now() < until:
            self._tell(f"waiting for the batch {batch.id}")
            await workflow.sleep(pause, summary="the batch")
            pause = min(2 * pause, _LONGEST_PAUSE)
            if await self._is_over(batch):
                return True
        return False

    async def _is_over(self, batch: BatchRef) -> bool:
        """Look at the batch; one that cannot be read now is paid for all the same."""
        try:
            state = await workflow.execute_activity_method(
                BatchActivities.read_batch, batch, **options.READ_BATCH
            )
        except ActivityError as error:
            is_final = error.retry_state is RetryState.NON_RETRYABLE_FAILURE
            if is_final or is_cancelled_exception(error):
                raise
            workflow.logger.warning("the batch is read later: %s", error.cause)
            return False
        return state.has_ended

    async def _cancel(self, batch: BatchRef) -> None:
        try:
            await workflow.execute_activity_method(
                BatchActivities.cancel_batch, batch, **options.CANCEL_BATCH
            )
        except ActivityError as error:
            workflow.logger.warning("the batch cannot be cancelled: %s", error.cause)
