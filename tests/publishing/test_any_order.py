"""Signals, lost replies, people and pauses in any order: still one post, as approved.

The model is a Buffer that may do or lose whatever it is asked, a person who works in
it, and a post that asks for changes as PostWorkflow does. It shares no code with the
rules but the step they want.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from galley.models.account import Pause, Progress, ProgressKind, PublishJob, Resume
from galley.models.channel import QueuePosition
from galley.models.post import Change
from galley.models.publishing import (
    BufferPost,
    ChangeReply,
    ChangeReplyKind,
    CreateKind,
    CreateReply,
    FindReply,
    ReplyKind,
)
from galley.models.review import ChangeKind
from galley.publishing.job import changes, creation, hand_over, outcomes, pauses, replies
from galley.publishing.job.pauses import ActivePause
from galley.publishing.job.priority import step_of
from galley.publishing.job.record import JobPhase, JobRecord
from galley.publishing.job.replies import Step
from tests.publishing.making import LOOK_DELAYS, NOW, job

FATES = ["done", "done", "done", "lost", "never sent", "refused", "limited", "denied"]
_CREATES_AGAIN = {ChangeKind.REDRIVE, ChangeKind.RESCHEDULE}
_ENDS = {ProgressKind.SENT, ProgressKind.RETRACTED, ProgressKind.REFUSED}


@dataclass
class Held:
    """A post as this Buffer holds it."""

    id: str
    text: str
    due_at: datetime
    status: str = "scheduled"

    def seen(self) -> BufferPost:
        link = "https://x.com/1" if self.status == "sent" else None
        return BufferPost(
            id=self.id,
            channel_id="c",
            status=self.status,
            text=self.text,
            due_at=self.due_at,
            external_link=link,
        )


class AnyOrder(RuleBasedStateMachine):
    """One job, from its hand-over to its end, however long that takes."""

    def __init__(self) -> None:
        super().__init__()
        self.now = NOW
        self.held: list[Held] = []
        self.made = 0
        self.pauses: tuple[ActivePause, ...] = ()
        self.first = job(due_in=30 * 86_400, text="v0")
        self.record = creation.accept(self.first)
        self.approved = self.asked = self.first
        self.sent_changes: list[Change] = []
        self.unanswered: Change | None = None
        self.known_id: str | None = None
        self.is_content_known = True
        self.is_deleted_by_a_person = False
        self.is_deleted_in_sight = False
        self.numbered = 0
        self.ends: list[ProgressKind] = []

    # The post

    @initialize(looks=st.booleans())
    def hand_over(self, *, looks: bool) -> None:
        self.keep(creation.accept(self.first.model_copy(update={"look_first": looks})))

    @rule()
    def hand_over_again(self) -> None:
        self.is_deleted_in_sight = False
        self.keep(hand_over.accept_again(self.record, self.approved, self.now))

    @rule(kind=st.sampled_from(ChangeKind))
    def change(self, kind: ChangeKind) -> None:
        if self.unanswered and not _may_follow(kind, self.unanswered.kind):
            return
        number = self.numbered = max(self.numbered, self.record.heard) + 1
        self.is_deleted_in_sight &= kind not in _CREATES_AGAIN
        pending = self.approved if kind is ChangeKind.REDRIVE else self.asked
        if kind is ChangeKind.EDIT:
            pending = with_request(pending, text=f"v{number}")
        if kind in {ChangeKind.RESCHEDULE, ChangeKind.REDRIVE}:
            due_at = self.now + timedelta(days=30, minutes=len(self.sent_changes))
            pending = with_request(pending, due_at=due_at)
        is_move = kind is ChangeKind.MOVE
        said = Change(
            change_id=number,
            kind=kind,
            job=self.approved if kind is ChangeKind.RETRACT else pending,
            post_id=self.known_id,
            position=QueuePosition.TOP if is_move else None,
            asked_at=self.now,
        )
        self.asked, self.unanswered = pending, said
        self.sent_changes.append(said)
        self.keep(changes.take_change(self.record, said, self.now))

    @precondition(lambda self: bool(self.sent_changes))
    @rule(data=st.data())
    def repeat_a_change(self, data: st.DataObject) -> None:
        said = data.draw(st.sampled_from(self.sent_changes))
        before = self.record
        self.keep(changes.take_change(self.record, said, self.now))
        assert self.record == before

    # The account

    @precondition(lambda self: self.step is not None)
    @rule(fates=st.lists(st.sampled_from(FATES), min_size=1, max_size=5))
    def call(self, fates: list[str]) -> None:
        for fate in fates:
            self.now = max(self.now, self.record.not_before or self.now)
            self.call_once(self.step, fate)

    def call_once(self, step: Step | None, fate: str) -> None:
        if step is Step.CREATE:
            self.create(fate)
        elif step is Step.LOOK:
            self.look(fate)
        elif step is not None:
            self.change_in_buffer(step, fate)

    @rule(is_pull=st.booleans())
    def pause(self, *, is_pull: bool) -> None:
        said = Pause(by="kim", pull_back=is_pull)
        self.pauses = pauses.paused(self.pauses, said, self.now)
        self.review()

    @rule()
    def resume(self) -> None:
        self.pauses = pauses.resumed(self.pauses, Resume(by="kim"))
        self.review()

    @precondition(lambda self: self.record.phase is JobPhase.OUTSTANDING)
    @rule(misses=st.booleans(), times=st.integers(1, 3))
    def polls(self, *, misses: bool, times: int) -> None:
        for _ in range(times):
            if self.record.phase is JobPhase.OUTSTANDING:
                self.poll(misses=misses)

    def poll(self, *, misses: bool) -> None:
        found = next((h for h in self.held if h.id == self.post_id), None)
        if found is None or misses:
            self.keep(outcomes.after_miss(self.record))
        else:
            self.keep(outcomes.after_outcome(self.record, found.seen(), self.now))

    # What else happens

    @rule(hours=st.sampled_from([1, 1, 1, 24 * 40]))
    def wait(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    @precondition(lambda self: bool(self.held))
    @rule(status=st.sampled_from(["sending", "sent", "error"]))
    def publish(self, status: str) -> None:
        if self.held[0].status in {"scheduled", "sending"}:
            self.held[0].status = status

    @precondition(lambda self: bool(self.held))
    @rule()
    def a_person_deletes_it_in_buffer(self) -> None:
        if self.held[0].status in {"scheduled", "error"}:
            self.is_deleted_in_sight = self.is_certainly_ours(self.held[0].id)
            self.held.clear()
            self.is_deleted_by_a_person = True

    def is_certainly_ours(self, post_id: str) -> bool:
        """Whether the account knows the post, and of no deletion that may have been its own."""
        record = self.record
        is_tried = bool(record.pulls) or record.may_be_retracted
        is_tried |= record.pending is not None and record.pending.tries > 0
        # Which the post asks for again, whatever the account has forgotten of it.
        is_tried |= self.unanswered is not None and self.unanswered.kind in _CREATES_AGAIN
        return record.post is not None and record.post.id == post_id and not is_tried

    # Buffer

    @property
    def step(self) -> Step | None:
        return step_of(self.record, self.pauses, self.now)

    @property
    def post_id(self) -> str:
        assert self.record.post is not None
        return self.record.post.id

    def create(self, fate: str) -> None:
        assert not self.held, "created although Buffer has it"
        assert not self.is_deleted_in_sight, "created although a person deleted it"
        self.record = creation.with_usable_due_time(self.record, self.now)
        kinds: dict[str, CreateKind] = {
            "lost": ReplyKind.UNKNOWN,
            "never sent": ReplyKind.UNKNOWN,
            "refused": ReplyKind.DUPLICATE,
            "limited": ReplyKind.RATE_LIMITED,
            "denied": ReplyKind.NOT_SENT,
        }
        post: BufferPost | None = None
        if fate in {"done", "lost"}:
            self.made += 1
            request = self.record.job.request
            new = Held(f"post-{self.made}", request.text, request.due_at)
            self.held.append(new)
            self.is_content_known = True
            self.is_deleted_by_a_person = False
            post = new.seen() if fate == "done" else None
        reply = CreateReply(kind=kinds.get(fate, ReplyKind.OK), post=post)
        self.keep(creation.after_create(self.record, reply, self.now, LOOK_DELAYS))

    def look(self, fate: str) -> None:
        request = self.record.job.request
        times = {request.due_at, *self.record.earlier_due}
        reply = FindReply(kind=ReplyKind.OK)
        if fate in {"lost", "never sent", "refused"}:
            reply = FindReply(kind=ReplyKind.FAILED, message="down")
        elif fate == "limited":
            reply = FindReply(kind=ReplyKind.RATE_LIMITED)
        else:
            for one in self.held:
                is_same = one.text == request.text and one.due_at in times
                if is_same and one.id not in self.record.gone:
                    reply = FindReply(kind=ReplyKind.OK, post=one.seen())
        self.keep(creation.after_look(self.record, reply, self.now, LOOK_DELAYS))

    def change_in_buffer(self, step: Step, fate: str) -> None:
        found = next((h for h in self.held if h.id == self.post_id), None)
        kind: ChangeReplyKind = ReplyKind.OK
        if found is None:
            kind = ReplyKind.GONE
        elif found.status in {"sending", "sent"} and step is not Step.READ:
            kind = ReplyKind.REFUSED
        is_heard = fate in {"done", "lost"}
        if is_heard and kind is ReplyKind.OK and found is not None:
            self.carry_out(step, found)
        if fate in {"lost", "never sent"}:
            kind = ReplyKind.FAILED
        if fate != "done" and step in {Step.DELETE, Step.PULL}:
            self.is_deleted_in_sight = False
        if fate in {"refused", "limited", "denied"}:
            kinds: dict[str, ChangeReplyKind] = {
                "refused": ReplyKind.REFUSED,
                "limited": ReplyKind.RATE_LIMITED,
                "denied": ReplyKind.UNAUTHORIZED,
            }
            kind = kinds[fate]
        is_shown = kind is ReplyKind.OK and found is not None
        post = found.seen() if is_shown and found else None
        self.answer(step, ChangeReply(kind=kind, post=post, message=fate))

    def carry_out(self, step: Step, found: Held) -> None:
        pending = self.record.pending
        if step in {Step.DELETE, Step.PULL}:
            self.held.remove(found)
        if step is Step.EDIT and pending is not None:
            asked = replies.edited(self.record, self.now, creation.LEAST_LEAD)
            # Only an answer tells; a refusal after it may leave either text there.
            self.is_content_known &= found.text == asked.request.text
            found.text = asked.request.text
            if pending.schedules:
                found.due_at, found.status = asked.request.due_at, "scheduled"

    def answer(self, step: Step, reply: ChangeReply) -> None:
        if step is Step.PULL:
            self.keep(replies.after_pull(self.record, reply, self.now))
        elif step is Step.READ:
            self.keep(replies.after_read(self.record, reply, self.now))
        else:
            self.keep(replies.after_change(self.record, step, reply, self.now))

    def review(self) -> None:
        self.keep(pauses.apply_pauses(self.record, self.pauses))

    def keep(self, after: JobRecord) -> None:
        before = self.record
        for news in after.news:
            self.hear(news, before)
        self.record = outcomes.trimmed(after.model_copy(update={"news": ()}))

    def hear(self, news: Progress, before: JobRecord) -> None:
        if news.kind in _ENDS and before.phase is not JobPhase.SETTLED:
            self.ends.append(news.kind)
        if news.post is not None:
            self.known_id = news.post.id
        elif news.kind is ProgressKind.PULLED_BACK:
            self.known_id = None
        if news.message == outcomes.GONE:
            self.hear_that_it_is_gone()
        mine = self.unanswered
        if mine is None or news.change_id != mine.change_id:
            return
        if news.kind is ProgressKind.CHANGED:
            self.approved = self.asked
            self.is_content_known |= mine.kind is not ChangeKind.MOVE
        elif news.kind is ProgressKind.CHANGE_REFUSED:
            self.asked = self.approved
        self.unanswered = None

    def hear_that_it_is_gone(self) -> None:
        assert not self.held, "given up although Buffer has it"
        assert self.is_deleted_by_a_person, "given up although we deleted it"

    # What must always hold

    @invariant()
    def there_is_never_a_second_post(self) -> None:
        assert len(self.held) <= 1

    @invariant()
    def what_was_taken_back_is_gone_and_stays_so(self) -> None:
        if ProgressKind.RETRACTED in self.ends:
            assert self.record.phase is JobPhase.SETTLED
            assert self.step is None
            assert not self.held

    @invariant()
    def nothing_ends_twice(self) -> None:
        assert len(self.ends) <= 1
        if ProgressKind.SENT in self.ends:
            assert self.record.phase is JobPhase.SETTLED
            assert self.step is None

    @invariant()
    def at_rest_buffer_has_what_was_approved_last(self) -> None:
        record = self.record
        is_at_rest = record.pending is None and not record.reads and not record.pulls
        if record.phase is not JobPhase.OUTSTANDING or not is_at_rest:
            return
        found = next((h for h in self.held if h.id == self.post_id), None)
        if found is None or not self.is_content_known:
            return
        assert found.text == self.approved.request.text
        assert record.is_content_dropped or found.text == record.job.request.text

    @invariant()
    def every_change_is_answered_or_still_wanted(self) -> None:
        if self.unanswered is not None:
            assert self.record.pending is not None
            assert self.record.pending.change_id == self.unanswered.change_id

    @invariant()
    def what_is_pulled_back_is_not_in_buffer(self) -> None:
        if self.record.phase is JobPhase.PULLED_BACK:
            assert not self.held
            assert self.record.is_content_dropped or self.record.job.request.text


def _may_follow(kind: ChangeKind, unanswered: ChangeKind) -> bool:
    """Whether a post asks for another change before the answer to the last."""
    if kind is ChangeKind.RETRACT:
        return unanswered is not ChangeKind.RETRACT
    content_or_time = {ChangeKind.EDIT, ChangeKind.RESCHEDULE}
    return {kind, unanswered} <= content_or_time


def with_request(known: PublishJob, **changes: object) -> PublishJob:
    request = known.request.model_copy(update=changes)
    return known.model_copy(update={"request": request})


TestAnyOrder = AnyOrder.TestCase
TestAnyOrder.settings = settings(deadline=None, max_examples=75, stateful_step_count=40)
