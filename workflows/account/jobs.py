"""JobQueue: the jobs of an organization and their calls; OutcomePoll: what became of due posts.

Both keep the state of AccountWorkflow's loop. Each step of a job is decided by a pure function
in ``galley.publishing.job``.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from itertools import count

from temporalio import workflow

from galley.models.account import Evidence, ProgressKind, PublishJob
from galley.models.channel import QueuePosition
from galley.models.post import Change
from galley.models.publishing import ChangeReply, OutcomesReply, ReplyKind
from galley.publishing.job import changes, creation, hand_over, outcomes, priority, replies
from galley.publishing.job.pauses import ActivePause, is_covered
from galley.publishing.job.priority import Choice
from galley.publishing.job.receipts import receipts_of
from galley.publishing.job.record import JobPhase, JobRecord
from galley.publishing.job.replies import Step
from galley.publishing.job.state import AccountPolicy
from galley.publishing.job.transitions import doubted
from workflows import runtime
from workflows.account import buffer_calls
from workflows.account.post_notifier import PostNotifier
from workflows.account.quota import QuotaKeeper


class JobQueue:
    """The record of every job, and an inbox for signals that is read between two calls.

    So nothing that arrives during a call is overwritten by what comes of the call, and no
    change meets a call in flight.
    """

    def __init__(
        self,
        organization_id: str,
        known: tuple[JobRecord, ...],
        notifier: PostNotifier,
        pauses: Callable[[], tuple[ActivePause, ...]],
    ) -> None:
        self._organization_id = organization_id
        self._inbox: list[PublishJob | Change] = []
        self._notifier = notifier
        self._pauses = pauses
        self._turn = count(1)
        self._is_reset = False
        self._reset_at: datetime | None = None
        self.jobs = {record.job.job_id: record for record in known}
        self.turns: dict[str, int] = {}

    @property
    def all(self) -> list[JobRecord]:
        """Every job, in the order they came."""
        return list(self.jobs.values())

    @property
    def waiting(self) -> int:
        """How many jobs are to be created or searched for."""
        phases = {JobPhase.WAITING, JobPhase.LOOKING}
        return sum(record.phase in phases for record in self.jobs.values())

    @property
    def waiting_since(self) -> datetime | None:
        """When the oldest job that is to be created or searched for was handed over."""
        phases = {JobPhase.WAITING, JobPhase.LOOKING}
        since = (t.job.claimed_at for t in self.all if t.phase in phases)
        return min(since, default=None)

    @property
    def is_change_waiting(self) -> bool:
        """Whether a change lies unread in the inbox."""
        return any(isinstance(one, Change) for one in self._inbox)

    def deliver(self, arrived: PublishJob | Change) -> None:
        """Keep a hand-over or a change until no call is under way."""
        self._inbox.append(arrived)

    def read_inbox(self) -> None:
        """Take in all hand-overs and changes that arrived, in their order."""
        if self._is_reset:
            self._doubt()
        for arrived in self._inbox:
            if isinstance(arrived, PublishJob):
                self._publish(arrived)
                continue
            known, now = self.jobs.get(arrived.job.job_id), workflow.now()
            if known is None:
                # The account lost its memory of the post, such as by a new namespace.
                first = changes.accept_change(arrived, now)
                # Of a post that was reset nothing is made after it is withdrawn.
                self._keep(first if arrived.is_withdrawal else self._doubted(first))
            else:
                self._keep(changes.take_change(known, arrived, now))
        self._inbox.clear()

    def review(self, step: Callable[[JobRecord], JobRecord]) -> None:
        """Apply a step that needs no call to every job."""
        for record in self.all:
            after = step(record)
            if after is not record:
                self._keep(after)

    def notice_reset(self) -> None:
        """Note that the run was reset: posts may be in Buffer of which no job knows any more.

        A call may be under way, whose reply is noted before the jobs are doubted.
        """
        self._is_reset = True

    def _doubt(self) -> None:
        self._is_reset, self._reset_at = False, workflow.now()
        self.jobs = {key: doubted(one) for key, one in self.jobs.items()}

    def _doubted(self, first: JobRecord) -> JobRecord:
        """Return the first record of a job, which the account may have known before its reset.

        An operator may have Temporal apply once more the signals that came since.
        """
        is_old = self._reset_at is not None and first.job.claimed_at <= self._reset_at
        return doubted(first) if is_old else first

    def _publish(self, job: PublishJob) -> None:
        known = self.jobs.get(job.job_id)
        if known is None:
            self._keep(self._doubted(creation.accept(job)))
            return
        own = creation.own_near(known, self.all)
        after = hand_over.accept_again(own, job, workflow.now())
        self._keep(after)
        # A post that asks again may have missed the last news; they are told once more. Those of
        # a job that starts over, or is to get the words of another life, are old.
        starts_over = known.phase is JobPhase.HELD and after.phase is not JobPhase.HELD
        is_replaced = after.has_earlier_words and after.pending is not None
        if after.last is not None and not starts_over and not is_replaced:
            self._notifier.add(after.job.reply_to, after.last)

    async def call(self, choice: Choice, policy: AccountPolicy, quota: QuotaKeeper) -> None:
        """Make the call that was chosen, and note what it makes of the job."""
        record, step = choice
        self.turns[choice.campaign] = next(self._turn)
        match step:
            case Step.CREATE:
                await self._create(record, policy, quota)
            case Step.LOOK:
                await self._look(record, policy, quota)
            case _:
                reply = await self._ask(record, step, policy)
                quota.count(reply)
                now = workflow.now()
                if step is Step.PULL:
                    self._keep(replies.after_pull(record, reply, now))
                elif step is Step.READ:
                    self._keep(replies.after_read(record, reply, now), Evidence.FOUND)
                else:
                    self._keep(replies.after_change(record, step, reply, now))

    async def _create(self, record: JobRecord, policy: AccountPolicy, quota: QuotaKeeper) -> None:
        lead = timedelta(seconds=policy.lead_seconds)
        record = creation.with_usable_due_time(record, workflow.now(), lead)
        gap = timedelta(seconds=policy.gap_seconds)
        record = creation.with_gap(record, self.jobs.values(), gap)
        record = record.replace(attempts=record.attempts + 1)
        call = asyncio.create_task(buffer_calls.create_post(record))
        await workflow.wait_condition(lambda: call.done() or self._is_unwanted(record))
        # One that has left is waited for all the same; one that has not never leaves.
        call.cancel()
        reply = await call
        quota.count(reply)
        after = creation.after_create(record, reply, workflow.now(), policy.look_delays)
        self._keep(after, Evidence.REPLY)

    def _is_unwanted(self, record: JobRecord) -> bool:
        """Whether a pause stops a createPost that is under way, or a person has changed it."""
        job_id = record.job.job_id
        is_changed = any(isinstance(o, Change) and o.job.job_id == job_id for o in self._inbox)
        return is_changed or is_covered(record, self._pauses())

    async def _look(self, record: JobRecord, policy: AccountPolicy, quota: QuotaKeeper) -> None:
        taken = creation.taken_by_others(self.jobs.values(), record)
        reply = await buffer_calls.find_post(self._organization_id, record, taken)
        quota.count(reply)
        after = creation.after_look(record, reply, workflow.now(), policy.look_delays)
        if after.post is not None:
            runtime.adopted()  # without the look a duplicate would have been created
        self._keep(after, Evidence.FOUND)

    async def _ask(self, record: JobRecord, step: Step, policy: AccountPolicy) -> ChangeReply:
        """Make one call that reads or changes the post that Buffer has."""
        post_id = record.post.id if record.post else ""
        pending = record.pending
        if step is Step.EDIT and pending is not None:
            lead = timedelta(seconds=policy.lead_seconds)
            job = replies.edited(record, workflow.now(), lead)
            return await buffer_calls.edit_post(post_id, job, sets_schedule=pending.schedules)
        if step is Step.MOVE and pending is not None:
            position = pending.position or QueuePosition.TOP
            return await buffer_calls.move_post(post_id, record.job, position)
        if step is Step.READ:
            return await buffer_calls.read_post(post_id, record.job)
        return await buffer_calls.delete_post(post_id, record.job)

    def take_outcomes(self, reply: OutcomesReply, wanted: dict[str, JobRecord]) -> None:
        """Note the posts of a page, and take them out of ``wanted``."""
        for post in reply.posts if reply.kind is ReplyKind.OK else ():
            record = wanted.pop(post.id, None)
            if record is not None:
                after = outcomes.after_outcome(record, post, workflow.now())
                self._keep(after, Evidence.FOUND)

    def miss(self, wanted: dict[str, JobRecord]) -> None:
        """Note that no page of a whole poll listed these."""
        for record in wanted.values():
            self._keep(outcomes.after_miss(record))

    def _keep(self, after: JobRecord, evidence: Evidence | None = None) -> None:
        """Keep a job without the content it needs no more; pass on its news and receipts.

        Args:
            after: The job after a step.
            evidence: How the step learned of a new post, if it can have found one.
        """
        before, now = self.jobs.get(after.job.job_id), workflow.now()
        for receipt in receipts_of(before, after, evidence, now):
            self._notifier.keep(receipt)
        for progress in after.news:
            self._notifier.add(after.job.reply_to, progress)
            if progress.kind is ProgressKind.SENT:
                request = after.job.request
                runtime.confirmed(request.platform, request.due_at, now)
        # Told once: the record of the next step must not hold them.
        known = after.replace(news=()) if after.news else after
        self.jobs[after.job.job_id] = outcomes.trimmed(known)


class OutcomePoll:
    """Reads what became of the posts that are due: one paged list for all of them."""

    def __init__(self, organization_id: str, polled_at: datetime | None, jobs: JobQueue) -> None:
        self._organization_id = organization_id
        self._jobs = jobs
        self.polled_at = polled_at

    def due_at(self, pauses: tuple[ActivePause, ...], policy: AccountPolicy) -> datetime | None:
        """Return when outcomes should be read next, or ``None`` with no post outstanding."""
        jobs = priority.not_covered(self._jobs.all, pauses)
        return priority.poll_due_at(jobs, self.polled_at, policy)

    async def read(
        self,
        pauses: tuple[ActivePause, ...],
        quota: QuotaKeeper,
        may_turn_page: Callable[[], Awaitable[bool]],
    ) -> None:
        """Read the outcomes of every post that is due, page by page."""
        # Noted before the call, so that a failed poll is not repeated at once.
        self.polled_at = now = workflow.now()
        jobs = priority.not_covered(self._jobs.all, pauses)
        wanted = priority.due_posts(jobs, now)
        if not wanted:
            return
        since, cursor = priority.outcomes_since(wanted), None
        for page in range(priority.MAX_PAGES):
            if page and not await may_turn_page():
                return  # Not listed so far is no miss: the list was not read to its end.
            reply = await buffer_calls.read_outcomes(self._organization_id, wanted, since, cursor)
            quota.count(reply)
            if reply.kind is not ReplyKind.OK:
                return
            self._jobs.take_outcomes(reply, wanted)
            cursor = reply.next_page
            if cursor is None or not wanted:
                break
        self._jobs.miss(wanted)
