"""Read what became of the posts that are due: one paged list for all of them."""

from collections.abc import Awaitable, Callable
from datetime import datetime

from temporalio import workflow

from galley.models import ReadKind
from galley.outbox import polling
from galley.outbox.pausing import ActivePause
from galley.outbox.state import AccountPolicy
from workflows import buffer_calls
from workflows.account_jobs import JobQueue
from workflows.account_quota import QuotaKeeper


class OutcomePoll:
    """When outcomes were read last, and how they are read."""

    def __init__(
        self, organization_id: str, polled_at: datetime | None, jobs: JobQueue
    ) -> None:
        self._organization_id = organization_id
        self._jobs = jobs
        self.polled_at = polled_at

    def due_at(
        self, pauses: tuple[ActivePause, ...], policy: AccountPolicy
    ) -> datetime | None:
        """Return when outcomes should be read next, or ``None`` if there are none."""
        jobs = polling.not_covered(self._jobs.all, pauses)
        return polling.poll_due_at(jobs, self.polled_at, policy)

    async def read(
        self,
        pauses: tuple[ActivePause, ...],
        quota: QuotaKeeper,
        may_turn_page: Callable[[], Awaitable[bool]],
    ) -> None:
        """Read the outcomes of every post that is due, page by page."""
        self.polled_at = now = workflow.now()
        jobs = polling.not_covered(self._jobs.all, pauses)
        wanted = polling.due_posts(jobs, now)
        if not wanted:
            return
        since, cursor = polling.outcomes_since(wanted), None
        for page in range(polling.MAX_PAGES):
            if page and not await may_turn_page():
                return
            reply = await buffer_calls.read_outcomes(
                self._organization_id, wanted, since, cursor
            )
            quota.count(reply)
            if reply.kind is not ReadKind.OK:
                return
            self._jobs.take_outcomes(reply, wanted)
            cursor = reply.next_page
            if cursor is None or not wanted:
                break
        self._jobs.miss(wanted)
