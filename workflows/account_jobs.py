"""The jobs of one organization, and the one call to Buffer that each wants next."""

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import count

from temporalio import workflow

from galley.models import (
    Change,
    ChangeReply,
    ChangeReplyKind,
    OutcomesReply,
    ProgressKind,
    PublishJob,
    QueuePosition,
    ReadKind,
    Receipt,
)
from galley.outbox import changes, jobs, outcomes, polling, replies, spacing
from galley.outbox.order import Choice
from galley.outbox.replies import Step
from galley.outbox.request import digest
from galley.outbox.state import AccountPolicy
from galley.outbox.tracked import JobPhase, JobRecord
from workflows import buffer_calls, metering
from workflows.account_quota import QuotaKeeper
from workflows.tidings import PostNotifier


class JobQueue:
    """What is known of every job; signals come in as mail, read between two calls.

    So nothing that arrives during a call is overwritten by what comes of it, and a
    change never meets a call in flight.
    """

    def __init__(
        self,
        organization_id: str,
        known: tuple[JobRecord, ...],
        notifier: PostNotifier,
    ) -> None:
        self._organization_id = organization_id
        self._mail: list[PublishJob | Change] = []
        self._notifier = notifier
        self._clock = count(1)
        self.jobs = {record.job.job_id: record for record in known}
        self.turns: dict[str, int] = {}

    @property
    def all(self) -> list[JobRecord]:
        """Every job, in the order they came."""
        return list(self.jobs.values())

    @property
    def waiting(self) -> int:
        """How many jobs want a call that was not made yet."""
        phases = {JobPhase.WAITING, JobPhase.LOOKING}
        return sum(record.phase in phases for record in self.jobs.values())

    @property
    def waiting_since(self) -> datetime | None:
        """When the job that waits longest for its post to be made was handed over."""
        phases = {JobPhase.WAITING, JobPhase.LOOKING}
        since = (t.job.claimed_at for t in self.all if t.phase in phases)
        return min(since, default=None)

    @property
    def is_change_waiting(self) -> bool:
        """Whether a person's change arrived that was not read."""
        return any(isinstance(letter, Change) for letter in self._mail)

    def deliver(self, letter: PublishJob | Change) -> None:
        """Keep a hand-over or a change until no call is under way."""
        self._mail.append(letter)

    def read_mail(self) -> None:
        """Take everything in that arrived."""
        for letter in self._mail:
            if isinstance(letter, Change):
                self._change(letter)
            else:
                self._publish(letter)
        self._mail.clear()

    def review(self, reviewed: Callable[[JobRecord], JobRecord]) -> None:
        """Let the pauses, as they stand now, have their say on every job."""
        for record in self.all:
            after = reviewed(record)
            if after is not record:
                self._keep(after)

    def _publish(self, job: PublishJob) -> None:
        known = self.jobs.get(job.job_id)
        if known is None:
            self._keep(jobs.accept(job))
            return
        self._keep(jobs.accept_again(known, job))
        starts_over = known.phase is JobPhase.HELD and not job.is_question
        if known.last is not None and not starts_over:
            self._notifier.add(known.job.reply_to, known.last)

    def _change(self, change: Change) -> None:
        known, now = self.jobs.get(change.job.job_id), workflow.now()
        if known is None:
            self._keep(changes.accept_change(change, now))
        else:
            self._keep(changes.take_change(known, change, now))

    async def call(
        self, choice: Choice, policy: AccountPolicy, quota: QuotaKeeper
    ) -> None:
        """Make the call that the job wants next."""
        record, step = choice
        self.turns[choice.campaign] = next(self._clock)
        match step:
            case Step.CREATE:
                await self._create(record, policy, quota)
            case Step.LOOK:
                await self._look(record, policy, quota)
            case _:
                reply = await self._ask(record, step, policy)
                quota.count(reply)
                after = _after(record, step, reply, workflow.now())
                is_edited = step is Step.EDIT and reply.kind is ChangeReplyKind.DONE
                self._note(record, after, evidence="edited" if is_edited else "")

    async def _create(
        self, record: JobRecord, policy: AccountPolicy, quota: QuotaKeeper
    ) -> None:
        lead = timedelta(seconds=policy.lead_seconds)
        record = jobs.on_time(record, workflow.now(), lead)
        gap = timedelta(seconds=policy.gap_seconds)
        record = spacing.apart(record, self.jobs.values(), gap)
        reply = await buffer_calls.create_post(record.job)
        quota.count(reply)
        after = jobs.after_create(record, reply, workflow.now(), policy.pauses)
        self._note(record, after, evidence="reply")

    async def _look(
        self, record: JobRecord, policy: AccountPolicy, quota: QuotaKeeper
    ) -> None:
        taken = polling.taken_by_others(self.jobs.values(), record)
        reply = await buffer_calls.find_post(self._organization_id, record, taken)
        quota.count(reply)
        after = jobs.after_look(record, reply, workflow.now(), policy.pauses)
        self._note(record, after, evidence="found")

    async def _ask(
        self, record: JobRecord, step: Step, policy: AccountPolicy
    ) -> ChangeReply:
        """Make one call about the post that Buffer has."""
        post_id = record.post.id if record.post else ""
        pending = record.pending
        if step is Step.EDIT and pending is not None:
            lead = timedelta(seconds=policy.lead_seconds)
            job = replies.edited(record, workflow.now(), lead)
            return await buffer_calls.edit_post(
                post_id, job, sets_schedule=pending.schedules
            )
        if step is Step.MOVE and pending is not None:
            position = pending.position or QueuePosition.TOP
            return await buffer_calls.move_post(post_id, record.job, position)
        if step is Step.READ:
            return await buffer_calls.read_post(post_id, record.job)
        return await buffer_calls.delete_post(post_id, record.job)

    def take_outcomes(self, reply: OutcomesReply, wanted: dict[str, JobRecord]) -> None:
        """Believe a page of outcomes, and strike those it shows off the list."""
        for post in reply.posts if reply.kind is ReadKind.OK else ():
            record = wanted.pop(post.id, None)
            if record is not None:
                self._keep(outcomes.after_outcome(record, post, workflow.now()))

    def miss(self, wanted: dict[str, JobRecord]) -> None:
        """Note that no page showed these."""
        for record in wanted.values():
            self._keep(outcomes.after_miss(record))

    def _note(self, before: JobRecord, after: JobRecord, evidence: str) -> None:
        """Remember what became of a job; a new post or content gets a receipt."""
        self._keep(after)
        is_edit = evidence == "edited" and after.job.revision > 1
        is_new = before.post is None or is_edit
        if after.post is not None and before.post is None and evidence == "found":
            metering.adopted()
        if after.post is not None and is_new:
            self._notifier.keep(
                Receipt(
                    key=after.job.job_id,
                    owner=after.job.owner,
                    post=after.post,
                    evidence=evidence,
                    revision=after.job.revision,
                    provenance=after.job.provenance,
                    digest="" if after.is_wordless else digest(after.job.request),
                    recorded_at=workflow.now(),
                )
            )

    def _keep(self, after: JobRecord) -> None:
        """Remember a job without the words it needs no more, and tell its news."""
        for progress in after.news:
            self._notifier.add(after.job.reply_to, progress)
            if progress.kind is ProgressKind.SENT:
                request = after.job.request
                metering.confirmed(request.platform, request.due_at, workflow.now())
        known = after.model_copy(update={"news": ()}) if after.news else after
        self.jobs[after.job.job_id] = outcomes.lean(known)


def _after(
    record: JobRecord, step: Step, reply: ChangeReply, now: datetime
) -> JobRecord:
    if step is Step.PULL:
        return replies.after_pull(record, reply, now)
    if step is Step.READ:
        return replies.after_read(record, reply, now)
    return replies.after_change(record, step, reply, now)
