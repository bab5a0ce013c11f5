"""Any order of decisions, wishes and news keeps what must be true of a post."""

from datetime import UTC, datetime, timedelta

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from galley.models.account import (
    Evidence,
    HandOverKind,
    HandOverReply,
    Progress,
    ProgressKind,
    PublishJob,
    Receipt,
    ReceiptKind,
)
from galley.models.channel import QueuePosition, ShareMode
from galley.models.draft import Draft, DraftEdit
from galley.models.network import Platform
from galley.models.post import PostSnapshot, PostState, PostView, Proposal
from galley.models.publishing import BufferPost
from galley.models.review import ChangeKind, ChangeOutcome, ChangeRequest, Decision, DecisionKind
from galley.publishing.post import patience
from galley.publishing.post.change_requests import (
    ask,
    ask_edit,
    change_sent,
    is_change_unsent,
    latest_job,
    reject,
    with_view,
)
from galley.publishing.post.news import after_claim, after_news
from galley.publishing.request import approval_of, proof_sent, request_for
from galley.review.changes import ON_ITS_WAY, why_not_change
from galley.review.decisions import why_not
from galley.review.proof import proof_of, with_proof
from tests.publishing.post_model import PostModel

BEGIN = datetime(2026, 12, 1, 9, tzinfo=UTC)
LEAD = timedelta(minutes=1)
KEY = "k:c"
ANSWERS = (ProgressKind.CHANGED, ProgressKind.CHANGE_REFUSED, ProgressKind.RETRACTED)
SAYS_OF_POST = [kind for kind in ProgressKind if kind not in ANSWERS]
OFTEN = [
    ProgressKind.CREATED,
    ProgressKind.CREATED,
    ProgressKind.HELD,
    ProgressKind.PULLED_BACK,
    ProgressKind.PUBLISH_FAILED,
]
"""What does not end a post, so that more can happen to it."""
DECISIONS = [*DecisionKind, DecisionKind.EDIT, *[DecisionKind.APPROVE] * 3]


class Post(RuleBasedStateMachine):
    """The rules and the books of a post, put together as PostWorkflow does."""

    @initialize(stage=st.integers(0, 5), is_moved=st.booleans())
    def begin(self, stage: int, *, is_moved: bool) -> None:
        self.model = PostModel()
        self.said: dict[int, ProgressKind] = {}
        self.outcomes: dict[int, ChangeOutcome] = {}
        self.now = BEGIN
        self.words = 0
        view = PostView(
            workflow_id="post:k:c",
            campaign_id="campaign:k",
            platform=Platform.X,
            channel_id="c",
            channel_name="c",
            state=PostState.IN_REVIEW,
            revision=1,
            draft=Draft(text="words 0"),
            due_at=BEGIN + timedelta(days=1),
        )
        empty = view.model_copy(update={"draft": None})
        self.snapshot = with_proof(PostSnapshot(view=view), empty)
        self.seen: list[tuple[int, str]] = []
        self.model.show(1, "words 0")
        approve, edit = DecisionKind.APPROVE, DecisionKind.EDIT
        for number, kind in enumerate((approve, edit, approve, edit, approve)[:stage]):
            if number == 1 and is_moved:
                self._ask(ChangeKind.RESCHEDULE, BEGIN + timedelta(days=2))
            self.decide(kind=kind, behind=0, is_fit=True)
            self._tell_if_wanted()

    @property
    def view(self) -> PostView:
        return self.snapshot.view

    def become(self, snapshot: PostSnapshot) -> None:
        """Take a snapshot as the run does: an ended post stays as it is."""
        if not self.view.state.is_final:
            self.seen.append((self.view.revision, self.view.digest))
            self.snapshot = with_proof(snapshot, self.view)
        proposal = self.view.proposal
        if self.view.draft and self.view.revision not in self.model.shown:
            shown = proposal.draft if proposal else self.view.draft
            self.model.show(self.view.revision, shown.text)

    # What persons do

    @rule(
        kind=st.sampled_from(DECISIONS),
        behind=st.sampled_from([*[0] * 8, 1, -1]),
        is_fit=st.booleans(),
    )
    def decide(self, kind: DecisionKind, behind: int, *, is_fit: bool) -> None:
        self.words += 1
        said = Decision(
            kind=kind,
            revision=self.view.revision - behind,
            digest=self.view.digest,
            by="kim",
            edit=DraftEdit(text=f"words {self.words}" + ("" if is_fit else "!")),
        )
        if why_not(said, self.view, None) is not None:
            return
        self.become(with_view(self.snapshot, decisions=(*self.view.decisions, said)))
        if kind is DecisionKind.APPROVE:
            self._approve(said)
        elif kind is DecisionKind.REJECT:
            self._reject(said)
        else:
            self._write(said)

    def _approve(self, said: Decision) -> None:
        if self.view.state is PostState.HELD:
            self._hand_over()
            return
        self.model.approve(said.revision, said.digest)
        if self.view.state in ON_ITS_WAY:
            self.become(ask_edit(self.snapshot, said, (), self.now))
            return
        proof = proof_of(self.view)
        assert proof is not None
        approval = approval_of(proof, (said,))
        self.snapshot = self.snapshot.replace(approval=approval)
        due_at = self.view.due_at or self.now + LEAD
        self.become(with_view(self.snapshot, approved_revision=said.revision))
        job = PublishJob(
            job_id=KEY,
            owner="post:k:c/1",
            reply_to="post:k:c",
            revision=said.revision,
            claimed_at=self.now,
            request=request_for(proof, (), due_at),
            approval=approval,
            provenance=proof.provenance,
        )
        self.snapshot = self.snapshot.model_copy(update={"job": job})
        self._hand_over()

    def _hand_over(self) -> None:
        assert self.snapshot.job is not None
        self.model.hand_over(self.snapshot.job)
        sent = {"is_handed_over": True, "is_told": False, "is_beyond_looking": False}
        snapshot = with_view(self.snapshot, state=PostState.PUBLISHING)
        self.become(patience.asked_first(snapshot.model_copy(update=sent), self.now))

    def _reject(self, said: Decision) -> None:
        if self.view.state in ON_ITS_WAY:
            self.become(with_view(self.snapshot, proposal=None))
        else:
            self.become(reject(self.snapshot, said, self.now))

    def _write(self, said: Decision) -> None:
        view = self.view
        base = view.proposal.draft if view.proposal else view.draft
        assert base is not None
        assert said.edit is not None
        draft = said.edit.apply(base)
        number = view.revision + 1
        if view.state in ON_ITS_WAY:
            proposal = Proposal(draft=draft)
            self.become(with_view(self.snapshot, proposal=proposal, revision=number))
        else:
            self.become(with_view(self.snapshot, draft=draft, revision=number))

    @rule(
        kind=st.sampled_from(ChangeKind),
        hours=st.integers(-2, 60),
        mode=st.sampled_from([*[ShareMode.CUSTOM_SCHEDULED] * 3, ShareMode.SHARE_NOW]),
    )
    def request(self, kind: ChangeKind, hours: int, mode: ShareMode) -> None:
        has_time = mode is ShareMode.CUSTOM_SCHEDULED
        due_at = self.now + timedelta(hours=hours)
        self._ask(kind, due_at if has_time else None, mode)

    def _ask(
        self,
        kind: ChangeKind,
        due_at: datetime | None,
        mode: ShareMode = ShareMode.CUSTOM_SCHEDULED,
    ) -> None:
        top = QueuePosition.TOP
        request = ChangeRequest(kind=kind, by="kim", due_at=due_at, mode=mode, position=top)
        if why_not_change(request, self.view, self.now) is not None:
            return
        job = latest_job(self.snapshot)
        if kind is ChangeKind.RESCHEDULE and job is not None:
            sent = proof_sent(job.request, job.approval, job.provenance)
            timed = {"due_at": due_at, "delivery": sent.delivery.with_mode(mode)}
            self.model.approve(job.revision, sent.model_copy(update=timed).digest)
        self.become(ask(self.snapshot, request, self.now, LEAD))

    @precondition(lambda self: bool(self.seen))
    @rule(which=st.integers(0, 50), kind=st.sampled_from(DecisionKind))
    def decide_late(self, which: int, kind: DecisionKind) -> None:
        revision, digest = self.seen[-1 - which % len(self.seen)]
        edit = DraftEdit(text="late")
        said = Decision(kind=kind, revision=revision, digest=digest, by="lee", edit=edit)
        is_current = (revision, digest) == (self.view.revision, self.view.digest)
        assert is_current or not digest or why_not(said, self.view, None) is not None

    # What the run does

    @precondition(lambda self: is_change_unsent(self.snapshot))
    @rule()
    def tell(self) -> None:
        self._tell_if_wanted()

    def _tell_if_wanted(self) -> None:
        change = self.snapshot.change
        if change is None or not is_change_unsent(self.snapshot):
            return
        self.model.ask(change)
        self.snapshot = change_sent(self.snapshot, self.now)

    @rule(minutes=st.integers(1, 600))
    def silence(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)
        if patience.is_late(self.snapshot, self.now):
            self.become(patience.late(self.snapshot, "buffer:o"))

    # What Buffer says, in any order

    @precondition(lambda self: self.snapshot.is_handed_over)
    @rule(
        kind=st.sampled_from([*OFTEN * 3, *SAYS_OF_POST]),
        number=st.integers(1, 2),
        hours=st.integers(-2, 60),
        message=st.sampled_from(["", "why"]),
    )
    def news(self, kind: ProgressKind, number: int, hours: int, message: str) -> None:
        self.become(after_news(self.snapshot, self._told(kind, number, hours, message), self.now))
        if self.view.state is PostState.SENT or self.view.state.is_final:
            self.model.forget()
        if self.view.state is PostState.IN_REVIEW:
            self.model.reopen()

    @precondition(lambda self: self.model.asked)
    @rule(
        kind=st.sampled_from(ANSWERS),
        which=st.integers(0, 2),
        number=st.integers(1, 2),
        hours=st.integers(-2, 60),
    )
    def answer(self, kind: ProgressKind, which: int, number: int, hours: int) -> None:
        asked = self.model.asked[-1 - which % min(len(self.model.asked), 3)]
        is_retraction = asked.kind is ChangeKind.RETRACT
        if is_retraction is (kind is ProgressKind.CHANGED):
            kind = ProgressKind.CHANGE_REFUSED
        kind = self.said.setdefault(asked.change_id, kind)
        news = self._told(kind, number, hours, "why")
        news = news.model_copy(update={"change_id": asked.change_id})
        self.model.answer(asked, is_done=kind is ProgressKind.CHANGED)
        self.become(after_news(self.snapshot, news, self.now))

    @precondition(
        lambda self: self.snapshot.is_handed_over and self.view.state is PostState.PUBLISHING
    )
    @rule(
        kind=st.sampled_from(HandOverKind),
        end=st.sampled_from([ReceiptKind.SENT, ReceiptKind.RETRACTED]),
        left=st.sampled_from([ReceiptKind.CREATED, ReceiptKind.PULLED_BACK]),
    )
    def claim(self, kind: HandOverKind, end: ReceiptKind, left: ReceiptKind) -> None:
        receipt = Receipt(
            key=KEY,
            owner="another",
            kind=end if kind is HandOverKind.ALREADY_ENDED else left,
            post=BufferPost(id="other", channel_id="c", status="sent"),
            evidence=Evidence.FOUND,
            recorded_at=self.now,
        )
        reply = HandOverReply(kind=kind, receipt=receipt, claimed_by="another")
        if kind is not HandOverKind.HANDED_OVER and self.model.asked:
            return  # The claim comes before anything else is asked.
        change = self.view.change
        is_delayed = kind is HandOverKind.NOT_HOSTED
        if is_delayed and change is not None and change.kind is ChangeKind.EDIT:
            return  # A run takes no other decision until its claim is answered.
        self.become(after_claim(self.snapshot, reply, self.now))
        if is_delayed and self.view.state is PostState.PUBLISHING:
            assert self.view.change is None
            self._hand_over()

    def _told(self, kind: ProgressKind, number: int, hours: int, message: str) -> Progress:
        post = BufferPost(
            id=f"buffer-{number}",
            channel_id="c",
            status="scheduled",
            due_at=self.now + timedelta(hours=hours),
        )
        return Progress(job_id=KEY, kind=kind, post=post, message=message)

    # What is always true

    @invariant()
    def what_goes_out_was_approved(self) -> None:
        if self.view.draft is not None and self.view.approved_revision:
            words, revision = self.view.draft.text, self.view.approved_revision
            nothing = {PostState.RETRACTED, PostState.REJECTED}
            is_settled = self.view.change is None and self.view.state not in nothing
            self.model.stand(words, revision, is_settled=is_settled)
        if self.snapshot.job is not None and self.snapshot.is_handed_over:
            self.model.hand_over(self.snapshot.job)

    @invariant()
    def a_number_keeps_its_words(self) -> None:
        if self.view.proposal is not None:
            self.model.show(self.view.revision, self.view.proposal.draft.text)

    @invariant()
    def what_is_shown_as_asked_is_asked(self) -> None:
        assert (self.view.change is None) == (self.snapshot.change is None)
        assert self.snapshot.before is None or self.snapshot.change is not None

    @invariant()
    def each_change_has_one_outcome(self) -> None:
        asked, last = self.view.change, self.view.last_change
        heard = {one.change_id for one in self.view.changes}
        assert asked is None or self.view.outcome_of(asked.change_id) is None
        for number in heard | {one.change_id for one in self.model.asked}:
            outcome = self.view.outcome_of(number)
            if outcome is None:
                assert number not in self.outcomes, "it was answered before"
            elif self.outcomes.get(number) is not ChangeOutcome.SUPERSEDED:
                before = self.outcomes.setdefault(number, outcome)
                assert outcome in {before, ChangeOutcome.SUPERSEDED}
        # An edit that is refused can be confirmed as part of a later change.
        told_alone = {ChangeKind.RESCHEDULE, ChangeKind.MOVE, ChangeKind.RETRACT}
        is_done = last is not None and last.outcome is ChangeOutcome.DONE
        if last is not None and is_done and last.kind in told_alone:
            assert self.said.get(last.id) is not ProgressKind.CHANGE_REFUSED

    @invariant()
    def an_end_is_for_ever_and_leaves_nothing_asked(self) -> None:
        if self.view.state.is_final:
            self.model.end(self.view.state)
            assert self.snapshot.change is None
            assert why_not_change(
                ChangeRequest(kind=ChangeKind.RETRACT, by="kim"), self.view, self.now
            )


Post.TestCase.settings = settings(
    max_examples=150,
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
TestPost = Post.TestCase
