"""PostRelease hands a post to AccountWorkflow.

What that makes of a post is decided by pure functions in ``galley.publishing.post``.
"""

from datetime import datetime

from temporalio import workflow
from temporalio.exceptions import ActivityError

from galley.models.account import Progress, ProgressKind, PublishJob
from galley.models.media import PublicAsset, StagedAsset
from galley.models.post import Change, PostInput, PostState
from galley.models.publishing import HoldReason, PostRequest
from galley.models.review import ChangeKind, ChangeRequest, Decision
from galley.publishing.post import patience
from galley.publishing.post.change_requests import ask, ask_edit, change_sent
from galley.publishing.post.news import after_claim, after_news
from galley.publishing.post.patience import with_moved_media
from galley.publishing.request import request_for, with_media, worded
from galley.publishing.schedule.plan import settle
from galley.review.changes import why_not_change
from galley.review.decisions import what_helps, why_not
from galley.review.proof import proof_of
from workflows import ids
from workflows.post import steps
from workflows.post.record import PostRecord
from workflows.runtime import cause

# States in which the job may be handed over again: where it is known, that changes nothing.
_JOB_IS_REPEATED = {
    PostState.PUBLISHING,
    PostState.SCHEDULED,
    PostState.LATE,
    PostState.PULLED_BACK,
}


class PostRelease:
    """Everything that one post asks of AccountWorkflow."""

    def __init__(self, start: PostInput, record: PostRecord) -> None:
        self._start = start
        self._record = record

    async def approved(self, *, was_held: bool) -> None:
        """Make the media public and hand the post over; if that fails, a person decides again."""
        record = self._record
        if record.view.staged and not was_held:
            # One activity makes the media public and hands over, which saves three events.
            proof, staged = proof_of(record.view), record.view.staged
            self._record.keep(job=self._make_job())
            staged = staged if proof is None else worded(proof.assets, staged)
            await self._hand_over_now(staged, look_first=False)
            if self._record.snapshot.is_handed_over:
                return
            # It would take too long there: a step of its own can still be interrupted.
        if record.view.state is not PostState.PUBLISHING:
            return
        try:
            media = await self._public(record.view.staged)
            record.snapshot = with_media(record.snapshot, media)
        except ActivityError as error:
            # A held post may be in Buffer, so it must not be reviewed again with other content.
            held, review = PostState.HELD, PostState.IN_REVIEW
            self._ask_a_person(error, held if was_held else review)
            return
        if record.view.state is not PostState.PUBLISHING:
            return
        if not (was_held and record.snapshot.is_handed_over):
            # AccountWorkflow does not know the job: a reschedule that came meanwhile is in it.
            self._record.keep(job=self._make_job())
        await self._hand_over_now(look_first=was_held)

    async def _hand_over_now(
        self, staged: tuple[StagedAsset, ...] = (), *, look_first: bool
    ) -> None:
        # A change that was asked for before is handed over again, once the job is known.
        self._record.keep(is_handed_over=True, is_told=False, is_beyond_looking=False)
        try:
            await self._hand_over(staged, look_first=look_first)
        except ActivityError as error:
            # The job may have got through: only a search in Buffer can tell.
            self._ask_a_person(error, PostState.HELD, HoldReason.IN_DOUBT)
            return
        self._record.snapshot = patience.asked_first(self._record.snapshot, workflow.now())

    async def proposed(self, decision: Decision) -> None:
        """Ask Buffer for the content of a proposal that was approved."""
        record, proposal = self._record, self._record.view.proposal
        if proposal is None:
            return
        media = record.view.media
        try:
            if proposal.staged != record.view.staged or record.snapshot.has_media_alarm:
                media = await self._public(proposal.staged)
        except ActivityError as error:
            is_lost = steps.is_lost(error)
            state = record.view.state if is_lost else PostState.IN_REVIEW
            helps = what_helps(state, is_lost=is_lost)
            record.show(notice=f"{cause(error)} {helps}")
            return
        self._calm()
        # Buffer may have sent the post while the media were made public.
        why = why_not(decision, record.view, None)
        if why is not None:
            record.ignore(decision.kind, decision.by, why)
            return
        record.become(ask_edit(record.snapshot, decision, media, workflow.now()))

    async def tell(self) -> None:
        """Hand the unanswered change over."""
        record, change = self._record, self._record.snapshot.change
        if change is None:
            return
        now = workflow.now()
        record.snapshot = change_sent(patience.asked_first(record.snapshot, now), now)
        try:
            await self._hand_change(change)
        except ActivityError as error:
            refusal = Progress(
                job_id=change.job.job_id,
                kind=ProgressKind.CHANGE_REFUSED,
                message=cause(error),
                change_id=change.change_id,
            )
            record.become(after_news(record.snapshot, refusal, now))

    async def withdraw_cancelled(self) -> None:
        """Take the job back from AccountWorkflow: the run is being cancelled."""
        record, now = self._record, workflow.now()
        request = ChangeRequest(kind=ChangeKind.RETRACT, by="an operator", note="cancelled")
        if not record.snapshot.is_handed_over or why_not_change(request, record.view, now):
            return
        record.become(ask(record.snapshot, request, now, self._start.publish_lead))
        await self.tell()

    async def withdraw_earlier(self) -> None:
        """Take back what this post handed over before an operator reset it.

        Its words may be others than those that are shown from now on. A post that was reset
        to a time after its hand-over asks what became of it.
        """
        record, start, now = self._record, self._start, workflow.now()
        if record.snapshot.is_handed_over:
            await self.ask_again()
            return
        request = PostRequest(
            channel_id=start.channel.id, platform=start.channel.platform, text="", due_at=now
        )
        change = Change(
            change_id=int(now.timestamp() * 1000),
            kind=ChangeKind.RETRACT,
            job=self._job(request, now),
            is_withdrawal=True,
        )
        record.keep(withdrawal=change)
        record.show(notice="It was reset in Temporal: what it handed over before is taken back.")
        try:
            await self._hand_change(change)
        except ActivityError as error:
            record.show(notice=f"{record.view.notice} {cause(error)}")

    async def check_media(self) -> None:
        """Fetch the media as Buffer is about to, and put back what vanished from the bucket.

        Where they have another address by now, Buffer is given that.
        """
        record, now = self._record, workflow.now()
        self._record.keep(media_tried_at=now)
        try:
            media = await self._public(record.view.staged)
        except ActivityError as error:
            if record.view.state is PostState.SCHEDULED:
                helps = what_helps(PostState.SCHEDULED, is_lost=steps.is_lost(error))
                self._record.show(error=f"{cause(error)} {helps}")
                self._record.keep(has_media_alarm=True)
            return
        self._calm()
        record.become(with_moved_media(record.snapshot, media, now))

    def _calm(self) -> None:
        snapshot = self._record.snapshot
        if snapshot.has_media_alarm and snapshot.view.state is PostState.SCHEDULED:
            self._record.show(error=None)
        self._record.keep(has_media_alarm=False)

    async def ask_again(self) -> None:
        """Ask AccountWorkflow what became of the post, or of its change."""
        record, now = self._record, workflow.now()
        record.snapshot = patience.asked_again(record.snapshot, now)
        if patience.is_late(record.snapshot, now):
            account = ids.account_id(self._start.organization_id)
            record.become(patience.late(record.snapshot, account))
        try:
            await self._repeat()
        except ActivityError as error:
            why = f"{cause(error)} Buffer's news are asked for again."
            record.show(error=why)

    async def _repeat(self) -> None:
        snapshot = self._record.snapshot
        change = snapshot.change
        if change is None or (
            # An account that lost its memory creates nothing from such a change alone: the
            # job comes first.
            change.kind.brings_content
            and snapshot.view.buffer_post_id is None
            and snapshot.view.state in _JOB_IS_REPEATED
        ):
            await self._hand_over(look_first=True, is_question=True)
        # Only if the hand-over above did not answer the change, or replace it.
        if change is not None and self._record.snapshot.change is change:
            # Since it was asked for, the post may have come to Buffer.
            post_id = self._record.view.buffer_post_id or change.post_id
            await self._hand_change(change.model_copy(update={"post_id": post_id}))

    async def _hand_change(self, change: Change) -> None:
        ended = await steps.hand_change(self._start, change)
        if ended is not None:
            # An earlier life of it had ended, as a receipt says.
            self._record.become(after_claim(self._record.snapshot, ended, workflow.now()))

    async def _public(self, staged: tuple[StagedAsset, ...]) -> tuple[PublicAsset, ...]:
        if not staged:
            return ()
        media = await steps.rehost_assets(self._start, staged)
        self._record.keep(media_seen_at=workflow.now())
        return media

    async def _hand_over(
        self, staged: tuple[StagedAsset, ...] = (), *, look_first: bool, is_question: bool = False
    ) -> None:
        job = self._record.snapshot.job
        if job is None:
            return
        job = job.replace(post_id=self._record.view.buffer_post_id)
        reply = await steps.hand_over(
            self._start, job, staged, look_first=look_first, is_question=is_question
        )
        if reply.media:
            self._record.keep(media_seen_at=workflow.now())
            self._record.snapshot = with_media(self._record.snapshot, reply.media)
        claimed = after_claim(self._record.snapshot, reply, workflow.now())
        self._record.become(claimed)

    def _ask_a_person(
        self, error: ActivityError, state: PostState, reason: HoldReason = HoldReason.MEDIA
    ) -> None:
        if self._record.view.state is not PostState.PUBLISHING:
            return  # News of Buffer came meanwhile, and they count more.
        self._record.enter(
            state,
            waiting_for="a person's decision",
            held_for=reason if state is PostState.HELD else None,
            # Those who approved it may do so again: what went out is what they see now.
            approvals=() if state is PostState.IN_REVIEW else self._record.view.approvals,
            review_expires_at=self._record.review_end(),
            error=f"{cause(error)} {what_helps(state, is_lost=steps.is_lost(error))}",
        )

    def _make_job(self) -> PublishJob:
        start, now = self._start, workflow.now()
        snapshot = self._record.snapshot
        delivery, proof = snapshot.view.delivery, proof_of(snapshot.view)
        if proof is None:
            raise ValueError("an approved post has no draft")
        has_time = delivery.has_due_time
        wanted = snapshot.view.due_at if has_time else None
        # A time that a person named is taken as it is, and Buffer's queue has its own.
        timing = start.options.timing if has_time and not snapshot.due_is_named else None
        due_at = settle(wanted, now, start.publish_lead, timing, start.channel)
        self._record.set(due_at=due_at if has_time else None)
        view, known = self._record.view, snapshot.job
        # The times of the first hand-over, which the claim names, also after a refusal.
        job = self._job(request_for(proof, view.media, due_at), known.claimed_at if known else now)
        return job.replace(
            revision=view.approved_revision,
            approval=snapshot.approval,
            timing=timing,
            provenance=view.provenance,
        )

    def _job(self, request: PostRequest, first_made_at: datetime) -> PublishJob:
        start, info = self._start, workflow.info()
        return PublishJob(
            job_id=ids.post_key(start.key, start.channel.id),
            # The first run's ID: a claim must hold for all runs that were continued as new.
            owner=f"{info.workflow_id}/{info.first_execution_run_id}",
            reply_to=info.workflow_id,
            claimed_at=first_made_at,
            made_at=first_made_at,
            request=request,
        )
