"""PostWorkflow: one post on one channel, from draft to publication."""

import asyncio
from collections.abc import Sequence
from typing import TypeVar

from pydantic import JsonValue, ValidationError
from temporalio import workflow
from temporalio.common import RawValue

with workflow.unsafe.imports_passed_through():
    from galley.models.account import Progress
    from galley.models.media import MediaMaker
    from galley.models.post import PostInput, PostOutcome, PostResult, PostState, PostView
    from galley.models.review import (
        Answer,
        Approve,
        ChangeKind,
        ChangeRequest,
        Comment,
        Decision,
        DecisionKind,
        Edit,
        Message,
        MoveInQueue,
        Redrive,
        Refusal,
        RefusalReason,
        Regenerate,
        Reject,
        Reschedule,
        Retract,
    )
    from galley.publishing.post.change_requests import ask, is_change_unsent, reject, with_view
    from galley.publishing.post.news import after_news
    from galley.publishing.request import approval_of
    from galley.records.collection import hashes_in
    from galley.review.changes import ON_ITS_WAY, over
    from galley.review.decisions import CUTTING_SHORT, malformed
    from galley.review.proof import approvals_on, proof_of
    from galley.review.proposals import agents_of, is_by_agent
    from workflows.ids import post_key
    from workflows.post.drafting import PostDrafting
    from workflows.post.record import PostLearning, PostRecord
    from workflows.post.release import PostRelease
    from workflows.post.silence import PostSilence
    from workflows.post.team import AUTO, PostTeam
    from workflows.runtime import is_long, is_reset_to_its_start

_EVENTS = 1000
"""Events after which a run continues as new, far below Temporal's limit: signals still fit."""


_Message = TypeVar("_Message", bound="Message")


@workflow.defn
class PostWorkflow:
    """One post on one channel: draft, review, re-host, hand over, confirm, change.

    Workflow ID: ``post:<campaign key>:<channel id>``, started with
    ``REJECT_DUPLICATE``: the ID is the idempotency key.
    """

    @workflow.init
    def __init__(self, start: PostInput) -> None:
        self._start = start
        self._pending: Decision | None = None
        self._record = PostRecord(start)
        self._drafting = PostDrafting(start, self._record, self._is_cut_short)
        self._learning = PostLearning(start, self._record)
        self._team = PostTeam(start, self._record)
        self._release = PostRelease(start, self._record)
        self._silence = PostSilence(start, self._record, self._release)
        # Temporal changes the seed where an operator reset the run, in each replay too.
        self._is_reset = False
        self._loop = asyncio.get_running_loop()
        workflow.register_random_seed_callback(self._reset)

    @workflow.run
    async def run(self, start: PostInput) -> PostResult:
        self._shown = asyncio.create_task(self._record.keep_shown())
        try:
            # A new seed in the first task may be told or not, by whether it is replayed.
            self._is_reset = is_reset_to_its_start()
            if self._is_reset:
                await self._after_reset()
            if start.snapshot is None:
                await self._team.begin()
                await self._silence.over(self._write_draft(note=""))
            while not self._view.state.is_final:
                if self._shown.done():
                    self._shown.result()  # raises: the task fails until a mended worker comes
                await self._step()
        except asyncio.CancelledError:
            await self._release.withdraw_cancelled()
            self._record.cancelled()
            self._record.show_now()
            raise
        await self._learning.teach()
        await self._team.end()
        if self._pending is not None:
            # A decision that came too late: its update must end before the run does.
            late, why = self._pending, over(f"the post is {self._view.state}.")
            self._record.ignore(late.kind, late.by, why)
            self._pending = None
        await workflow.wait_condition(workflow.all_handlers_finished)
        self._record.show_now()
        return PostResult(outcome=PostOutcome(self._view.state.value), view=self._view)

    # Decisions: four signals and one update, one rule

    # By hand anything may be sent, so each signal takes any JSON: what does not fit leaves a
    # notice on the post, where the SDK would drop it with a line in the worker's log.

    @workflow.signal(description="Let the proof with this digest out.")
    def approve(self, said: Approve | JsonValue = None) -> None:
        self._hear(DecisionKind.APPROVE, Approve, said)

    @workflow.signal(description="Change this revision; the result is reviewed again.")
    def edit(self, said: Edit | JsonValue = None) -> None:
        self._hear(DecisionKind.EDIT, Edit, said)

    @workflow.signal(description="Write a new draft; the note says what to change.")
    def regenerate(self, said: Regenerate | JsonValue = None) -> None:
        self._hear(DecisionKind.REGENERATE, Regenerate, said)

    @workflow.signal(description="Never publish this; the note says why.")
    def reject(self, said: Reject | JsonValue = None) -> None:
        self._hear(DecisionKind.REJECT, Reject, said)

    @workflow.update(description="Decide, and get the post as it then stands.")
    async def decide(self, decision: Decision) -> PostView:
        await self._team.require(
            lambda: self._team.why_not(decision, self._pending), kind="DecisionRefused"
        )
        self._pending = decision
        await workflow.wait_condition(lambda: self._pending is not decision)
        return self._view

    @decide.validator
    def _may_decide(self, decision: Decision) -> None:
        self._team.admit(self._team.why_not(decision, self._pending), kind="DecisionRefused")

    def _hear(self, kind: DecisionKind, model: type[Answer], said: Answer | JsonValue) -> None:
        found = self._read(kind, model, said)
        if found is None:
            return
        decision = Decision(kind=kind, **found.model_dump())

        def take() -> None:
            self._pending = decision

        self._team.judge(decision, lambda: self._team.why_not(decision, self._pending), take)

    def _read(self, name: str, model: type[_Message], said: Message | JsonValue) -> _Message | None:
        """Return a message of a person; one that does not fit leaves a notice."""
        try:
            return said if isinstance(said, model) else model.model_validate(said)
        except ValidationError as error:
            self._record.ignore(name, "somebody", malformed(error))
            return None

    @workflow.signal(dynamic=True, description="Any other name: a notice says which there are.")
    def unknown(self, name: str, args: Sequence[RawValue]) -> None:
        del args
        names = ", ".join([*DecisionKind, *(one for one in ChangeKind if one not in DecisionKind)])
        why = Refusal(reason=RefusalReason.UNKNOWN, message=f"there is {names}.")
        self._record.ignore(name, "somebody", why)

    # Changes: four signals and one update, one rule

    @workflow.signal(description="Publish it at another time.")
    def reschedule(self, said: Reschedule | JsonValue = None) -> None:
        self._hear_change(ChangeKind.RESCHEDULE, Reschedule, said)

    @workflow.signal(description="Take it back, out of Buffer too; note says why.")
    def retract(self, said: Retract | JsonValue = None) -> None:
        self._hear_change(ChangeKind.RETRACT, Retract, said)

    @workflow.signal(description="Move it to the top or bottom of Buffer's queue.")
    def move(self, said: MoveInQueue | JsonValue = None) -> None:
        self._hear_change(ChangeKind.MOVE, MoveInQueue, said)

    @workflow.signal(description="Publish it after all: a person looked at the channel.")
    def redrive(self, said: Redrive | JsonValue = None) -> None:
        self._hear_change(ChangeKind.REDRIVE, Redrive, said)

    @workflow.update(description="Ask for a change, and get the post as it then stands.")
    async def change(self, request: ChangeRequest) -> PostView:
        await self._team.require(lambda: self._team.why_not_change(request), kind="ChangeRefused")
        self._request_change(request)
        return self._view

    @change.validator
    def _may_change(self, request: ChangeRequest) -> None:
        self._team.admit(self._team.why_not_change(request), kind="ChangeRefused")

    @workflow.update(description="Say something about it to others; nothing is decided.")
    async def comment(self, said: Comment) -> PostView:
        await self._team.require(lambda: self._team.why_not_comment(said), kind="CommentRefused")
        self._record.commented(said)
        return self._view

    @comment.validator
    def _may_comment(self, said: Comment) -> None:
        self._team.admit(self._team.why_not_comment(said), kind="CommentRefused")

    def _hear_change(
        self, kind: ChangeKind, model: type[Message], said: Message | JsonValue
    ) -> None:
        found = self._read(kind, model, said)
        if found is None:
            return
        request = ChangeRequest(kind=kind, **found.model_dump())
        why_not, take = self._team.why_not_change, self._request_change
        self._team.judge(request, lambda: why_not(request), lambda: take(request))

    def _request_change(self, request: ChangeRequest) -> None:
        now, lead = workflow.now(), self._start.publish_lead
        self._record.become(ask(self._record.snapshot, request, now, lead))

    # News

    @workflow.signal(description="What became of this post in Buffer.")
    def progress(self, news: Progress) -> None:
        snapshot = self._record.snapshot
        is_expected = snapshot.job is not None or snapshot.withdrawal is not None
        if not is_expected or news.job_id != post_key(self._start.key, self._start.channel.id):
            return  # forged, or of another post: nobody has handed this one over
        after = after_news(snapshot, news, workflow.now())
        asks = {PostState.ERROR, PostState.IN_REVIEW}
        if after.view.state in asks and after.view.state is not snapshot.view.state:
            after = with_view(after, review_expires_at=self._record.review_end())
            # A worker may have refused it by a newer file.
            self._team.begin_round(news.reason)
        self._record.become(after)

    @workflow.query(description="Everything there is to see of this post.")
    def view(self) -> PostView:
        return self._view

    @workflow.query(description="The hashes of all media it may still need.")
    def media_needed(self) -> list[str]:
        return sorted(hashes_in(self._start, self._record.snapshot))

    # The run

    @property
    def _view(self) -> PostView:
        return self._record.view

    def _reset(self, seed: int) -> None:
        del seed
        self._is_reset = True
        # The loop looks at what it waits for only if anything is to be run.
        self._loop.call_soon(lambda: None)

    async def _after_reset(self) -> None:
        self._is_reset = False
        await self._release.withdraw_earlier()

    async def _step(self) -> None:
        """Do what is most urgent, or wait until there is something to do."""
        if self._is_reset:
            await self._after_reset()
            return
        if self._team.is_old:
            await self._silence.over(self._team.read())
            return
        decision = self._pending or self._automatic()
        if decision is not None:
            await self._silence.over(self._take(decision))
            # Another decision may have replaced it meanwhile.
            if self._pending is decision:
                self._pending = None
        elif is_change_unsent(self._record.snapshot):
            await self._release.tell()
        elif self._learning.is_due:
            await self._learning.teach()
        elif self._is_long():
            await self._continue_as_new()
        elif not await self._silence.is_broken(self._is_called):
            await self._silence.over(self._silence.act())

    def _is_called(self) -> bool:
        """Whether there is something to do without waiting for news."""
        return (
            self._pending is not None
            or self._is_reset
            or self._team.is_old
            or self._view.state.is_final
            or is_change_unsent(self._record.snapshot)
            or self._is_long()
        )

    def _is_cut_short(self) -> bool:
        """Whether a decision waits that needs no media, so that making them stops."""
        pending = self._pending
        return pending is not None and pending.kind in CUTTING_SHORT

    def _automatic(self) -> Decision | None:
        """Return the approval of a draft that fits, where the campaign approves by itself."""
        view = self._view
        is_asked = not self._team.may_be_automatic
        # The words of a stranger's page, or of an agent, go out only if a person saw them.
        is_borrowed = view.media_by is MediaMaker.SOURCE and bool(view.staged)
        if is_asked or view.error is not None or view.problems or is_borrowed or agents_of(view):
            return None
        decision = Decision(
            kind=DecisionKind.APPROVE, revision=view.revision, digest=view.digest, by=AUTO
        )
        if view.state is not PostState.IN_REVIEW or self._team.why_not_by_rule(decision, None):
            return None
        return decision

    async def _take(self, decision: Decision) -> None:
        # News of Buffer, or a roster, may have come since it was heard, and they count more.
        judge = self._team.why_not if decision is self._pending else self._team.why_not_by_rule
        why = judge(decision, None)
        if why is not None:
            self._record.ignore(decision.kind, decision.by, why)
            return
        self._record.decided(decision)
        self._learning.decided(decision)
        if not self._team.is_enough(decision):
            return
        is_on_its_way = self._view.state in ON_ITS_WAY
        match decision.kind:
            case DecisionKind.APPROVE if is_on_its_way:
                await self._release_proposal(decision)
            case DecisionKind.APPROVE:
                await self._release_draft(decision)
            case DecisionKind.EDIT if is_on_its_way:
                await self._drafting.propose(decision)
            case DecisionKind.EDIT:
                await self._drafting.edit(decision)
                self._team.begin_round()
            case DecisionKind.REGENERATE:
                self._learning.turned_down(decision)
                await self._write_draft(decision.note, is_noted_by_agent=is_by_agent(decision))
                self._team.begin_round()
            case DecisionKind.REJECT:
                self._reject(decision)
        self._learning.proposed(decision)

    async def _write_draft(self, note: str, *, is_noted_by_agent: bool = False) -> None:
        self._record.enter(PostState.DRAFTING, waiting_for="a draft")
        self._pending = None
        await self._drafting.write(note, is_noted_by_agent=is_noted_by_agent)
        self._learning.drafted()

    async def _release_draft(self, decision: Decision) -> None:
        if not await self._drafting.pick(decision):
            return
        was_held = self._view.state is PostState.HELD
        if not was_held:
            self._learning.approved(self._view.draft)
            proof = proof_of(self._view)
            if proof is not None:
                given = approvals_on(self._view, decision)
                is_auto = decision.by == AUTO
                self._record.keep(approval=approval_of(proof, given, is_auto=is_auto))
            self._record.set(approved_revision=self._view.revision)
        self._record.enter(PostState.PUBLISHING, waiting_for="Buffer", error=None)
        self._pending = None
        await self._release.approved(was_held=was_held)

    async def _release_proposal(self, decision: Decision) -> None:
        proposal = self._view.proposal
        await self._release.proposed(decision)
        # Gone from the view: it was taken over, not refused.
        if proposal is not None and self._view.proposal is None:
            self._learning.approved(proposal.draft)

    def _reject(self, decision: Decision) -> None:
        """Drop the proposal, or end the post; what Buffer may have of it is taken out."""
        view = self._view
        if view.state in ON_ITS_WAY:
            dropped = f"Revision {view.revision} was dropped by {decision.by}."
            self._record.show(proposal=None, notice=dropped)
        else:
            now = workflow.now()
            self._learning.turned_down(decision)
            self._record.become(reject(self._record.snapshot, decision, now))

    # Its end, or the next run

    def _is_long(self) -> bool:
        return is_long(_EVENTS)

    async def _continue_as_new(self) -> None:
        """Continue as new, unless a decision arrives first."""
        # An update must be answered in the run that took it, and one that decides waits for us.
        await workflow.wait_condition(lambda: bool(self._pending) or self._team.has_answered)
        if self._pending is None and not self._view.state.is_final:
            snapshot = self._record.snapshot
            self._record.show_now()
            workflow.continue_as_new(self._start.model_copy(update={"snapshot": snapshot}))
