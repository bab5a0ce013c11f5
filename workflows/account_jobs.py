"""The jobs of one organization, and the one call to Buffer that each wants next."""

from datetime import datetime

from temporalio import workflow

from galley.models import OutcomesReply, PublishJob, ReadKind, Receipt
from galley.outbox import jobs as rules
from galley.outbox import state as memory
from galley.outbox.jobs import JobPhase, Tracked
from galley.outbox.state import AccountPolicy
from workflows import buffer_calls
from workflows.account_quota import QuotaKeeper
from workflows.account_receipts import ReceiptBook
from workflows.tidings import Tidings


class JobDesk:
    """What is known of every job; signals come in as mail, read between two calls.

    So nothing that arrives during a call is overwritten by what comes of it.
    """

    def __init__(
        self,
        organization_id: str,
        jobs: tuple[Tracked, ...],
        tidings: Tidings,
        receipts: ReceiptBook,
    ) -> None:
        self.organization_id = organization_id
        self.jobs = {tracked.job.job_id: tracked for tracked in jobs}
        self._mail: list[PublishJob] = []
        self._tidings = tidings
        self._receipts = receipts

    @property
    def all(self) -> list[Tracked]:
        """Every job, in the order they came."""
        return list(self.jobs.values())

    @property
    def has_mail(self) -> bool:
        """Whether something arrived that was not read."""
        return bool(self._mail)

    def deliver(self, job: PublishJob) -> None:
        """Keep a hand-over until no call is under way."""
        self._mail.append(job)

    def read_mail(self) -> None:
        """Take everything in that arrived."""
        for job in self._mail:
            self._publish(job)
        self._mail.clear()

    def _publish(self, job: PublishJob) -> None:
        known = self.jobs.get(job.job_id)
        if known is None:
            self.jobs[job.job_id] = rules.accept(job)
            return
        self.jobs[job.job_id] = rules.accept_again(known, job)
        if known.last is not None and known.phase is not JobPhase.HELD:
            self._tidings.add(known.job.reply_to, known.last)

    async def call(
        self, tracked: Tracked, policy: AccountPolicy, quota: QuotaKeeper
    ) -> None:
        """Make the call that the job wants next."""
        if tracked.phase is JobPhase.WAITING:
            tracked = rules.on_time(tracked, workflow.now())
            reply = await buffer_calls.create_post(tracked.job)
            quota.count(reply)
            after = rules.after_create(tracked, reply, workflow.now(), policy.pauses)
            self.update(tracked, after, evidence="reply")
            return
        taken = memory.taken_by_others(self.all, tracked)
        found = await buffer_calls.find_post(self.organization_id, tracked, taken)
        quota.count(found)
        after = rules.after_look(tracked, found, workflow.now(), policy.pauses)
        self.update(tracked, after, evidence="found")

    def take_outcomes(self, reply: OutcomesReply, wanted: dict[str, Tracked]) -> None:
        """Believe a page of outcomes, and strike those it shows off the list."""
        for post in reply.posts if reply.kind is ReadKind.OK else ():
            tracked = wanted.pop(post.id, None)
            if tracked is not None:
                after = rules.after_outcome(tracked, post, workflow.now())
                self.update(tracked, after, evidence="")

    def miss(self, wanted: dict[str, Tracked]) -> None:
        """Note that no page showed these."""
        for tracked in wanted.values():
            self.update(tracked, rules.after_miss(tracked, workflow.now()), "")

    def update(self, before: Tracked, after: Tracked, evidence: str) -> None:
        """Remember what became of a job, and tell its post the news."""
        kept = rules.lean(after)
        self.jobs[after.job.job_id] = kept
        if kept.last is not None and after.last is not before.last:
            self._tidings.add(kept.job.reply_to, kept.last)
        if evidence and after.post is not None and before.post is None:
            self._receipts.add(
                Receipt(
                    key=after.job.job_id,
                    owner=after.job.owner,
                    post=after.post,
                    evidence=evidence,
                    recorded_at=workflow.now(),
                )
            )

    def wake_at(self, now: datetime) -> datetime | None:
        """Return when the next job that waits becomes ready."""
        times = [
            t.not_before
            for t in self.jobs.values()
            if t.is_ready and t.not_before is not None and t.not_before > now
        ]
        return min(times, default=None)
