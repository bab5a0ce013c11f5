"""The whole queue under fire: many jobs, the windows, pauses, and runs that go on.

One job on its own, with every change, is in `test_any_order.py`. Here the choice among
jobs matters: the model is a Buffer that counts each request in windows of its own and
keeps, loses or hides what it is asked to create. It knows no phase and no rule; the
machine makes the calls that the rules choose, as AccountWorkflow does.
"""

from datetime import datetime, timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from galley.models.account import Pause, PauseScope, PublishJob, Resume
from galley.models.post import Change
from galley.models.publishing import BufferPost, ChangeReply, CreateReply, FindReply, ReplyKind
from galley.models.review import ChangeKind
from galley.publishing.job import changes, creation, hand_over, outcomes, pauses, priority, replies
from galley.publishing.job import snapshot as carrying
from galley.publishing.job.pauses import ActivePause
from galley.publishing.job.priority import Choice
from galley.publishing.job.record import JobPhase, JobRecord
from galley.publishing.job.replies import Step
from galley.publishing.job.state import AccountPolicy, AccountState
from galley.publishing.quota import QuotaState, RollingWindows, Window
from tests.publishing.keeping import Model
from tests.publishing.ledger import Limit
from tests.publishing.making import NOW
from tests.publishing.making import job as made_job

LIMITS = (Limit(4, 60), Limit(9, 600))
KEPT = 0.2
LOOK_DELAYS = (5, 30, 120)
HIDES_AT_MOST = 100.0
"""Seconds; all looks together take longer, and one that fails is made up for."""
POLICY = AccountPolicy(kept_for_changes=KEPT, look_delays=LOOK_DELAYS)
CAMPAIGNS = ("a", "b", "c")
_FATES = ["done", "done", "done", "lost", "never sent", "hidden"]
_TURNS = st.tuples(st.sampled_from(_FATES), st.sampled_from([0, 0, 1, 20]), st.floats(0, 1))
"""What becomes of a call, its seconds, and when in them Buffer counts it."""


class Queue(RuleBasedStateMachine):
    """AccountWorkflow's loop, by hand, with hostile answers."""

    def __init__(self) -> None:
        super().__init__()
        self.now: datetime = NOW
        self.buffer = Model(LIMITS)
        self.record: dict[str, JobRecord] = {}
        self.said: dict[str, PublishJob] = {}
        self.retracted: set[str] = set()
        self.pauses: tuple[ActivePause, ...] = ()
        windows = tuple(Window(seconds=o.seconds, limit=o.calls) for o in LIMITS)
        self.quota = RollingWindows(QuotaState(windows=windows))
        self.turns: dict[str, int] = {}
        self.calls = 0
        self.polled_at: datetime | None = None
        self.is_calm = False

    # What others ask for

    @initialize(turns=st.lists(_TURNS, min_size=4, max_size=4))
    def begin(self, turns: list[tuple[str, int, float]]) -> None:
        for campaign in CAMPAIGNS:
            self.hand_over(campaign, due_in=3600, looks=False)
        self.work(turns)

    @precondition(lambda self: len(self.said) < 8)
    @rule(
        campaign=st.sampled_from(CAMPAIGNS),
        due_in=st.sampled_from([10, 90, 900, 7200]),
        looks=st.sampled_from([False, False, False, True]),
    )
    def hand_over(self, campaign: str, due_in: int, *, looks: bool) -> None:
        number = len(self.said)
        ahead = (self.now - NOW).total_seconds() + due_in
        job = made_job(f"{campaign}:{number}", ahead, text=f"post {number}")
        job = job.model_copy(update={"look_first": looks, "claimed_at": self.now})
        self.said[job.job_id] = job
        self.keep(creation.accept(job))

    @precondition(lambda self: bool(self.said))
    @rule(data=st.data())
    def hand_over_again(self, data: st.DataObject) -> None:
        """A post asks again because it heard nothing, or because a person approved."""
        job = self.said[data.draw(st.sampled_from(sorted(self.said)))]
        self.keep(hand_over.accept_again(self.record[job.job_id], job, self.now))

    @precondition(lambda self: set(self.said) - self.retracted)
    @rule(data=st.data())
    def retract(self, data: st.DataObject) -> None:
        left = sorted(set(self.said) - self.retracted)
        job = self.said[data.draw(st.sampled_from(left))]
        self.retracted.add(job.job_id)
        change = Change(change_id=1, kind=ChangeKind.RETRACT, job=job)
        self.keep(changes.take_change(self.record[job.job_id], change, self.now))

    @rule(campaign=st.sampled_from(["", *CAMPAIGNS]), is_pull=st.sampled_from([True, True, False]))
    def pause(self, campaign: str, *, is_pull: bool) -> None:
        scope = PauseScope(campaign_key=campaign or None)
        said = Pause(by="kim", scope=scope, pull_back=is_pull)
        self.pauses = pauses.paused(self.pauses, said, self.now)
        self.review()

    @rule(campaign=st.sampled_from(["", *CAMPAIGNS]))
    def resume(self, campaign: str) -> None:
        scope = PauseScope(campaign_key=campaign or None)
        self.pauses = pauses.resumed(self.pauses, Resume(by="kim", scope=scope))
        self.review()

    @rule(seconds=st.sampled_from([1, 20, 90, 90, 700]))
    def time_passes(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)
        self.buffer.publish(self.now)

    @rule()
    def go_on_as_new(self) -> None:
        """Carry everything over as AccountWorkflow does, through JSON."""
        state = AccountState(quota=self.quota.state, pauses=self.pauses)
        snapshot = carrying.Snapshot(jobs=tuple(self.record.values()))
        told = carrying.pack(state, snapshot).model_dump_json()
        state = AccountState.model_validate_json(told)
        known = carrying.unpack(state).jobs
        assert {t.job.job_id for t in known} == set(self.record)
        self.record = {t.job.job_id: t for t in known}
        self.quota, self.pauses = RollingWindows(state.quota), state.pauses
        self.turns = {}

    # The loop

    @rule(turns=st.lists(_TURNS, min_size=1, max_size=8))
    def work(self, turns: list[tuple[str, int, float]]) -> None:
        for fate, latency, part in turns:
            self.turn(fate, latency, part)

    def turn(self, fate: str, latency: int, part: float) -> None:
        """Make the call that matters most; Buffer counts it while it is under way."""
        self.review()
        choice = self.choice()
        poll_at = self.poll_at()
        is_poll = not self.is_stopped and priority.is_poll_first(choice, poll_at, self.now)
        if (choice is None and not is_poll) or not self.may_call(choice):
            return
        began = self.now
        self.buffer.ledger.ours.append(began.timestamp() + part * latency)
        if is_poll:
            self.poll(fate)
        elif choice is not None:
            self.turns[choice.campaign] = self.calls
            self.serve(choice, fate, latency)
        self.calls += 1
        self.now = began + timedelta(seconds=latency)
        self.buffer.publish(self.now)
        self.quota.record(self.now_ms)

    def may_call(self, choice: Choice | None) -> bool:
        """Wait for the quota as AccountWorkflow does; timers come late, never early."""
        kept = 0.0 if choice is not None and choice.is_change else KEPT
        at, _ = self.quota.earliest(self.now_ms, kept_back=kept)
        if at <= self.now_ms:
            return True
        self.now += timedelta(milliseconds=at - self.now_ms)
        self.buffer.publish(self.now)
        return False

    def serve(self, choice: Choice, fate: str, latency: int) -> None:
        record, step = choice
        self.hold_pauses(record, step)
        answered = self.now + timedelta(seconds=latency)
        if step is Step.CREATE:
            self.create(record, fate, answered)
        elif step is Step.LOOK:
            self.look(record, fate, answered)
        else:
            self.ask(record, step, fate, answered)

    def hold_pauses(self, record: JobRecord, step: Step) -> None:
        """No call goes out for what is paused, but to take it out of Buffer."""
        if not pauses.is_covered(record, self.pauses):
            return
        if record.job.job_id in self.retracted:
            assert step in {Step.DELETE, Step.READ, Step.PULL, Step.LOOK}
            return
        assert pauses.is_pulled(record, self.pauses)
        assert step in {Step.PULL, Step.LOOK}

    # Buffer's answers

    def create(self, record: JobRecord, fate: str, answered: datetime) -> None:
        record = creation.with_usable_due_time(record, self.now)
        request = record.job.request
        assert record.job.job_id not in self.retracted, "created after a retraction"
        reply = CreateReply(kind=ReplyKind.UNKNOWN)
        if fate != "never sent":
            hides = HIDES_AT_MOST if fate == "hidden" else 0
            post = self.buffer.create(request.text, request.due_at, self.now, hides)
            if fate == "done":
                reply = CreateReply(kind=ReplyKind.OK, post=post.seen())
        self.keep(creation.after_create(record, reply, answered, LOOK_DELAYS))

    def look(self, record: JobRecord, fate: str, answered: datetime) -> None:
        reply = FindReply(kind=ReplyKind.FAILED, message="down")
        if fate != "never sent":
            taken = creation.taken_by_others(self.record.values(), record)
            reply = FindReply(kind=ReplyKind.OK, post=self.found(record, taken))
        self.keep(creation.after_look(record, reply, answered, LOOK_DELAYS))

    def found(self, record: JobRecord, taken: tuple[str, ...]) -> BufferPost | None:
        request = record.job.request
        times = {request.due_at, *record.earlier_due}
        for post in self.buffer.of(request.text):
            is_shown = post.shown_from <= self.now and post.id not in taken
            if is_shown and post.due_at in times:
                return post.seen()
        return None

    def ask(self, record: JobRecord, step: Step, fate: str, answered: datetime) -> None:
        """Answer a deletion, or a look at one post."""
        assert record.post is not None
        wanted_id = record.post.id
        post = next((p for p in self.buffer.posts if p.id == wanted_id), None)
        deletes = step in {Step.DELETE, Step.PULL}
        kind = ReplyKind.OK if post else ReplyKind.GONE
        if deletes and post is not None:
            if post.status == "sent":
                kind = ReplyKind.REFUSED
            elif fate != "never sent":
                self.buffer.posts.remove(post)
        if fate in {"lost", "never sent"}:
            kind = ReplyKind.FAILED
        seen = post.seen() if post and kind is ReplyKind.OK else None
        reply = ChangeReply(kind=kind, post=None if deletes else seen, message=fate)
        self.keep(_after(record, step, reply, answered))

    def poll(self, fate: str) -> None:
        self.polled_at = self.now
        known = priority.not_covered(self.record.values(), self.pauses)
        wanted = priority.due_posts(known, self.now)
        if fate in {"lost", "never sent"}:
            return
        for post in self.buffer.posts:
            record = wanted.pop(post.id, None)
            if record is not None:
                self.keep(outcomes.after_outcome(record, post.seen(), self.now))
        for record in wanted.values():
            self.keep(outcomes.after_miss(record))

    # What the workflow knows

    @property
    def now_ms(self) -> int:
        return int(self.now.timestamp() * 1000)

    @property
    def is_stopped(self) -> bool:
        return pauses.stops_all(self.pauses) is not None

    def choice(self) -> Choice | None:
        return priority.choose(self.record.values(), self.pauses, self.now, self.turns)

    def poll_at(self) -> datetime | None:
        known = priority.not_covered(self.record.values(), self.pauses)
        return priority.poll_due_at(known, self.polled_at, POLICY)

    def review(self) -> None:
        for record in list(self.record.values()):
            self.keep(pauses.apply_pauses(record, self.pauses))

    def keep(self, after: JobRecord) -> None:
        lean = outcomes.trimmed(after.model_copy(update={"news": ()}))
        self.record[after.job.job_id] = lean

    # What must always hold

    @invariant()
    def no_job_has_two_posts(self) -> None:
        for job in self.said.values():
            assert len(self.buffer.of(job.request.text)) <= 1, job.job_id

    @invariant()
    def no_window_is_ever_exceeded(self) -> None:
        for limit in LIMITS:
            assert self.buffer.ledger.worst(limit) <= limit.calls

    @invariant()
    def what_is_pulled_back_or_taken_back_is_not_in_buffer(self) -> None:
        for job_id, record in self.record.items():
            told = record.last.kind if record.last else None
            is_out = record.phase is JobPhase.PULLED_BACK or told == "retracted"
            if is_out and record.phase is not JobPhase.OUTSTANDING:
                assert not self.buffer.of(self.said[job_id].request.text)

    def teardown(self) -> None:
        """When everything works again, every job comes to its right end.

        A person resumes what is paused and says approve to what is held.
        """
        self.pauses = ()
        self.review()
        for _ in range(40 * (len(self.said) + 1)):
            if all(self.is_over(t) for t in self.record.values()):
                break
            self.go_one_step()
        for job_id, record in self.record.items():
            there = self.buffer.of(self.said[job_id].request.text)
            assert self.is_over(record), f"{job_id} is stuck in {record.phase}"
            told = record.last.kind if record.last else None
            assert len(there) == (told != "retracted"), f"{job_id}: {told}, {there}"
        self.no_window_is_ever_exceeded()

    def go_one_step(self) -> None:
        for job_id, record in list(self.record.items()):
            if record.phase is JobPhase.HELD:
                self.keep(hand_over.accept_again(record, self.said[job_id], self.now))
        before = self.calls
        self.turn("done", latency=0, part=0)
        if self.calls == before:
            wake_at = priority.wake_at(self.record.values(), (), self.now)
            times = [at for at in (wake_at, self.poll_at()) if at is not None]
            soonest = self.now + timedelta(seconds=1)
            self.now = max(soonest, min(times, default=soonest))
            self.buffer.publish(self.now)

    def is_over(self, record: JobRecord) -> bool:
        return record.phase is JobPhase.SETTLED and record.pending is None


def _after(record: JobRecord, step: Step, reply: ChangeReply, now: datetime) -> JobRecord:
    if step is Step.PULL:
        return replies.after_pull(record, reply, now)
    if step is Step.READ:
        return replies.after_read(record, reply, now)
    return replies.after_change(record, step, reply, now)


TestQueue = Queue.TestCase
TestQueue.settings = settings(deadline=None, max_examples=100, stateful_step_count=40)
