"""Carry one post from its draft to the network."""

from datetime import datetime, timedelta

from temporalio import workflow
from temporalio.exceptions import ActivityError, ApplicationError

with workflow.unsafe.imports_passed_through():
    from galley.approval.rule import why_not
    from galley.models import (
        Approval,
        Approve,
        Decision,
        DecisionKind,
        Draft,
        Edit,
        PostInput,
        PostOutcome,
        PostResult,
        PostState,
        PostView,
        Problem,
        Progress,
        Provenance,
        PublishJob,
        Regenerate,
        Reject,
    )
    from galley.outbox.news import after_claim, after_news
    from galley.outbox.request import request_for
    from galley.schedule.plan import settle
    from workflows import attributes, ids, post_steps
    from workflows.details import post_details

_FIRST_PATIENCE = timedelta(minutes=10)
_MOST_PATIENCE = timedelta(hours=6)
_LATE_AFTER = timedelta(hours=1)
_IGNORED_KEPT = 20
_AT_BUFFER = {PostState.PUBLISHING, PostState.SCHEDULED}
_IN_QUESTION = {PostState.IN_REVIEW, PostState.HELD}


@workflow.defn
class PostWorkflow:
    """One post on one channel: draft, review, re-host, hand over, confirm.

    Workflow ID: ``post:<campaign key>:<channel id>``, started with
    ``REJECT_DUPLICATE``: the ID is the idempotency key.
    """

    @workflow.init
    def __init__(self, start: PostInput) -> None:
        self._start = start
        self._needs_media = False
        self._pending: Decision | None = None
        self._job: PublishJob | None = None
        self._patience = _FIRST_PATIENCE
        self._view = PostView(
            workflow_id=workflow.info().workflow_id,
            campaign_id=start.campaign_id,
            platform=start.channel.platform,
            channel_id=start.channel.id,
            channel_name=start.channel.name,
            state=PostState.DRAFTING,
            revision=0,
            due_at=start.due_at,
            waiting_for="the first draft",
        )

    @workflow.run
    async def run(self, start: PostInput) -> PostResult:
        await self._write_draft(note="")
        if start.is_first:
            await self._tell_campaign()
        while not self._view.state.is_final:
            if self._view.state in _AT_BUFFER:
                await self._follow()
            else:
                await self._review()
        await workflow.wait_condition(workflow.all_handlers_finished)
        return PostResult(outcome=PostOutcome(self._view.state.value), view=self._view)

    # Decisions: four signals and one update, one rule

    @workflow.signal(description="Let this revision out.")
    def approve(self, said: Approve) -> None:
        self._hear(Decision(kind=DecisionKind.APPROVE, **said.model_dump()))

    @workflow.signal(description="Change this revision; the result is reviewed again.")
    def edit(self, said: Edit) -> None:
        self._hear(Decision(kind=DecisionKind.EDIT, **said.model_dump()))

    @workflow.signal(description="Write a new draft; the note says what to change.")
    def regenerate(self, said: Regenerate) -> None:
        self._hear(Decision(kind=DecisionKind.REGENERATE, **said.model_dump()))

    @workflow.signal(description="Never publish this; the note says why.")
    def reject(self, said: Reject) -> None:
        self._hear(Decision(kind=DecisionKind.REJECT, **said.model_dump()))

    @workflow.update(description="Decide, and get the post as it then stands.")
    async def decide(self, decision: Decision) -> PostView:
        self._pending = decision
        await workflow.wait_condition(lambda: self._pending is not decision)
        return self._view

    @decide.validator
    def _may_decide(self, decision: Decision) -> None:
        why = why_not(decision, self._view, self._pending)
        if why is not None:
            raise ApplicationError(why, type="DecisionRefused", non_retryable=True)

    def _hear(self, decision: Decision) -> None:
        why = why_not(decision, self._view, self._pending)
        if why is None:
            self._pending = decision
        else:
            self._ignore(decision, why)

    def _ignore(self, decision: Decision, why: str) -> None:
        said = f"{decision.kind} by {decision.by} changed nothing: {why}"
        self._set(ignored=(*self._view.ignored, said)[-_IGNORED_KEPT:])

    @workflow.query(description="Everything there is to see of this post.")
    def view(self) -> PostView:
        return self._view

    # Drafts

    async def _write_draft(self, note: str) -> None:
        previous = self._view.draft
        self._enter(PostState.DRAFTING, waiting_for="a draft")
        self._pending = None
        try:
            reply = await post_steps.write_draft(self._start, previous, note)
            self._needs_media = reply.needs_media
            self._set(
                draft=reply.draft, problems=reply.problems, provenance=reply.provenance
            )
            await self._render(reply.draft)
        except ActivityError as error:
            self._set(problems=_step_failed(error))
        self._ask()

    async def _take_edit(self, decision: Decision) -> None:
        before = self._view.draft
        if before is None or decision.edit is None:
            return
        draft = decision.edit.apply(before)
        self._set(draft=draft, provenance=_person(decision))
        try:
            self._set(problems=await post_steps.check_draft(self._start, draft))
            if _drawn(draft) != _drawn(before) or not self._view.staged:
                await self._render(draft)
        except ActivityError as error:
            self._set(problems=_step_failed(error))
        self._ask()
        self._pending = None

    async def _render(self, draft: Draft) -> None:
        if self._needs_media:
            # What was drawn of an earlier draft must not go out with this one.
            self._set(staged=())
            self._set(staged=await post_steps.render_media(self._start, draft))

    async def _tell_campaign(self) -> None:
        campaign = workflow.get_external_workflow_handle(self._start.campaign_id)
        try:
            await campaign.signal("first_draft_written")
        except ApplicationError as error:
            # The campaign has gone on without waiting: nothing depends on it.
            workflow.logger.info("the campaign was not told: %s", error)

    # Review

    def _ask(self) -> None:
        """Put the draft as it stands before a person, as a new revision."""
        wanted = "an edit or a new draft" if self._view.problems else "a decision"
        self._enter(
            PostState.IN_REVIEW,
            waiting_for=f"{wanted} by a person",
            error=None,
            revision=self._view.revision + 1,
            review_expires_at=workflow.now() + self._start.review.expires_after,
        )

    async def _review(self) -> None:
        decision = self._automatic() or await self._await_decision()
        if self._view.state not in _IN_QUESTION:
            if decision is not None:
                self._ignore(decision, f"Buffer says that it is {self._view.state}.")
            self._pending = None
            return
        if decision is None:
            self._enter(PostState.EXPIRED, error="Nobody decided in time.")
            return
        # The words of an edit are in the draft: they must not add up here.
        known = decision.model_copy(update={"edit": None})
        self._set(decisions=(*self._view.decisions, known))
        match decision.kind:
            case DecisionKind.APPROVE:
                await self._release()
            case DecisionKind.EDIT:
                await self._take_edit(decision)
            case DecisionKind.REGENERATE:
                await self._write_draft(decision.note)
            case DecisionKind.REJECT:
                why = f": {decision.note}" if decision.note else "."
                self._enter(PostState.REJECTED, error=f"Rejected by {decision.by}{why}")
                self._pending = None

    def _automatic(self) -> Decision | None:
        """Return the approval of a fitting draft, where the campaign says so."""
        view = self._view
        if self._start.review.approval is not Approval.AUTO or view.error is not None:
            return None
        decision = Decision(
            kind=DecisionKind.APPROVE, revision=view.revision, by="auto-approval"
        )
        if view.state is not PostState.IN_REVIEW or why_not(decision, view, None):
            return None
        return decision

    async def _await_decision(self) -> Decision | None:
        """Return the decision, or ``None`` if the review expired or Buffer had news."""
        expires_at = self._view.review_expires_at
        if self._view.state is PostState.HELD or expires_at is None:
            await self._wait_until(None, "")
            return self._pending
        remind_at = expires_at - self._start.review.remind_before
        if not await self._wait_until(remind_at, "review: reminder"):
            soon = f"a decision; it expires at {expires_at:%Y-%m-%d %H:%M %Z}"
            self._enter(PostState.IN_REVIEW, waiting_for=soon, error=self._view.error)
            await self._wait_until(expires_at, "review: expires")
        return self._pending

    async def _wait_until(self, at: datetime | None, why: str) -> bool:
        """Return whether a decision, or news of a held post, came before ``at``."""
        before = self._view.state

        def is_over() -> bool:
            return self._pending is not None or self._view.state is not before

        timeout = None if at is None else at - workflow.now()
        if timeout is not None and timeout <= timedelta(0):
            return is_over()
        try:
            await workflow.wait_condition(is_over, timeout=timeout, timeout_summary=why)
        except TimeoutError:
            return False
        return True

    # Release

    async def _release(self) -> None:
        """Make the media public and hand the post over; if that fails, ask again."""
        was_held = self._view.state is PostState.HELD
        self._enter(PostState.PUBLISHING, waiting_for="Buffer", error=None)
        self._pending = None
        self._patience = _FIRST_PATIENCE
        try:
            if self._view.staged:
                staged = self._view.staged
                media = await post_steps.rehost_assets(self._start, staged)
                self._set(media=media)
        except ActivityError as error:
            # A held post may be in Buffer: it must not be opened for other words.
            held, review = PostState.HELD, PostState.IN_REVIEW
            self._ask_again_after(error, held if was_held else review)
            return
        if self._view.state is not PostState.PUBLISHING:
            return
        if self._job is None or not was_held:
            self._job = self._make_job()
        try:
            await self._hand_over(look_first=was_held)
        except ActivityError as error:
            # The job may have got through: only a look at Buffer can tell.
            self._ask_again_after(error, PostState.HELD)

    def _ask_again_after(self, error: ActivityError, state: PostState) -> None:
        if self._view.state is not PostState.PUBLISHING:
            return  # Buffer's news came meanwhile, and they count more.
        self._enter(
            state,
            waiting_for="a person's decision",
            review_expires_at=workflow.now() + self._start.review.expires_after,
            error=f"{post_steps.cause(error)} Approve again to try once more.",
        )

    def _make_job(self) -> PublishJob:
        start, info, now = self._start, workflow.info(), workflow.now()
        due_at = settle(
            start.due_at, now, start.publish_lead, start.timing, start.channel
        )
        self._set(due_at=due_at)
        return PublishJob(
            job_id=ids.post_key(start.key, start.channel.id),
            owner=f"{info.workflow_id}/{info.first_execution_run_id}",
            reply_to=info.workflow_id,
            claimed_at=now,
            timing=start.timing,
            request=request_for(self._view, start.channel, due_at),
        )

    async def _hand_over(self, *, look_first: bool) -> None:
        if self._job is None:
            return
        job = self._job
        reply = await post_steps.hand_over(self._start, job, look_first=look_first)
        self._become(after_claim(self._view, reply))

    # Buffer

    @workflow.signal(description="What became of this post in Buffer.")
    def progress(self, news: Progress) -> None:
        if self._job is not None and news.job_id == self._job.job_id:
            self._become(after_news(self._view, news))

    async def _follow(self) -> None:
        """Wait for the outcome; without news, ask AccountWorkflow again."""
        timeout = self._patience
        if self._view.state is PostState.SCHEDULED and self._view.due_at is not None:
            late_at = self._view.due_at + _LATE_AFTER
            timeout = max(timeout, late_at - workflow.now())
        try:
            await workflow.wait_condition(
                lambda: self._view.state not in _AT_BUFFER,
                timeout=timeout,
                timeout_summary="no news from Buffer: ask again",
            )
        except TimeoutError:
            await self._ask_buffer_again()

    async def _ask_buffer_again(self) -> None:
        due_at = self._view.due_at
        is_late = due_at is not None and workflow.now() >= due_at + _LATE_AFTER
        if self._view.state is PostState.SCHEDULED and not is_late:
            return
        self._patience = min(self._patience * 2, _MOST_PATIENCE)
        if is_late:
            late = "Late: Buffer has not published it; look at the channel."
            self._enter(self._view.state, waiting_for="Buffer", error=late)
        try:
            await self._hand_over(look_first=True)
        except ActivityError as error:
            if self._view.state in _AT_BUFFER:
                why = f"{post_steps.cause(error)} Buffer's news are asked for again."
                self._enter(self._view.state, waiting_for="Buffer", error=why)

    # State

    def _set(self, **changes: object) -> None:
        self._view = self._view.model_copy(update=changes)

    def _enter(self, state: PostState, **changes: object) -> None:
        changes = {"waiting_for": "", **changes, "state": state}
        self._become(self._view.model_copy(update=changes))

    def _become(self, view: PostView) -> None:
        before, self._view = self._view, view
        if view.state is not before.state:
            is_placed = view.state is PostState.SCHEDULED
            attributes.record(view.state, view.due_at if is_placed else None)
        workflow.set_current_details(post_details(view))


def _drawn(draft: Draft) -> tuple[str, str, str]:
    """Return what stands on a picture, and what is said of it."""
    return draft.headline, draft.title, draft.alt_text


def _person(decision: Decision) -> Provenance:
    return Provenance(drafter=f"person:{decision.by}")


def _step_failed(error: ActivityError) -> tuple[Problem, ...]:
    return (Problem(rule="step", message=post_steps.cause(error)),)
