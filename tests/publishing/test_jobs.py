"""One approval, one post: whatever Buffer answers, and however replies are lost."""

from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from galley.models.account import ProgressKind
from galley.models.publishing import CreateReply, FindReply, ReplyKind
from galley.publishing.job import creation, hand_over
from galley.publishing.job.record import JobPhase
from tests.publishing.making import LOOK_DELAYS, NOW, OK_ABSENT, POST, doubt, job


class OnePostPerApproval(RuleBasedStateMachine):
    """Buffer as an adversary: replies get lost, reads fail, hand-overs repeat.

    A post that exists is shown by every later look: how long Buffer may hide a fresh
    one is not documented, which is why looks are spread over minutes.
    """

    def __init__(self) -> None:
        super().__init__()
        self.record = creation.accept(job())
        self.now = NOW
        self.in_buffer = 0

    def _is(self, phase: JobPhase) -> bool:
        return self.record.phase is phase

    @precondition(lambda self: self._is(JobPhase.WAITING))
    @rule(was_created=st.booleans(), is_lost=st.booleans())
    def create(self, *, was_created: bool, is_lost: bool) -> None:
        # Buffer's duplicate guard is not a guarantee: a second create makes a second
        # post.
        self.in_buffer += was_created
        kind = ReplyKind.OK if was_created else ReplyKind.NOT_SENT
        reply = CreateReply(
            kind=ReplyKind.UNKNOWN if is_lost else kind,
            post=POST if was_created and not is_lost else None,
        )
        self.record = creation.after_create(self.record, reply, self.now, LOOK_DELAYS)

    @precondition(lambda self: self._is(JobPhase.LOOKING))
    @rule(fails=st.booleans())
    def look(self, *, fails: bool) -> None:
        if fails:
            reply = FindReply(kind=ReplyKind.FAILED, message="down")
        else:
            reply = FindReply(kind=ReplyKind.OK, post=POST if self.in_buffer else None)
        self.record = creation.after_look(self.record, reply, self.now, LOOK_DELAYS)

    @precondition(lambda self: self._is(JobPhase.HELD))
    @rule()
    def approve_again(self) -> None:
        self.record = hand_over.accept_again(self.record, job(), NOW)

    @rule()
    def hand_over_repeated(self) -> None:
        if not self._is(JobPhase.HELD):
            assert hand_over.accept_again(self.record, job(), NOW) is self.record

    @invariant()
    def there_is_never_a_second_post(self) -> None:
        assert self.in_buffer <= 1

    @invariant()
    def an_outstanding_job_has_its_post(self) -> None:
        if self._is(JobPhase.OUTSTANDING):
            assert self.record.post == POST
            assert self.in_buffer == 1


TestOnePostPerApproval = OnePostPerApproval.TestCase
TestOnePostPerApproval.settings = settings(deadline=None, max_examples=100)


def test_a_lost_reply_is_looked_up_before_anything_else() -> None:
    assert doubt(ReplyKind.UNKNOWN).phase is JobPhase.LOOKING


def test_a_post_found_after_a_lost_reply_is_adopted() -> None:
    found = FindReply(kind=ReplyKind.OK, post=POST)

    record = creation.after_look(doubt(ReplyKind.UNKNOWN), found, NOW, LOOK_DELAYS)

    assert record.phase is JobPhase.OUTSTANDING
    assert record.last is not None
    assert record.last.kind is ProgressKind.CREATED


def test_absence_must_be_seen_at_every_look_before_creating_again() -> None:
    record = doubt(ReplyKind.UNKNOWN)

    phases: list[JobPhase] = []
    for _ in LOOK_DELAYS:
        record = creation.after_look(record, OK_ABSENT, NOW, LOOK_DELAYS)
        phases.append(record.phase)

    assert phases == [JobPhase.LOOKING, JobPhase.LOOKING, JobPhase.WAITING]


def test_a_second_lost_reply_with_no_post_to_be_found_asks_a_person() -> None:
    record = doubt(ReplyKind.UNKNOWN)
    for _ in LOOK_DELAYS:
        record = creation.after_look(record, OK_ABSENT, NOW, LOOK_DELAYS)
    again = CreateReply(kind=ReplyKind.UNKNOWN)
    record = creation.after_create(record, again, NOW, LOOK_DELAYS)
    for _ in LOOK_DELAYS:
        record = creation.after_look(record, OK_ABSENT, NOW, LOOK_DELAYS)

    assert record.phase is JobPhase.HELD


def test_a_repeat_that_buffer_refuses_but_does_not_show_asks_a_person() -> None:
    record = doubt(ReplyKind.DUPLICATE)
    for _ in LOOK_DELAYS:
        record = creation.after_look(record, OK_ABSENT, NOW, LOOK_DELAYS)

    assert record.phase is JobPhase.HELD
    assert record.last is not None
    assert "another edition" in record.last.message


def test_a_look_that_keeps_failing_asks_a_person() -> None:
    record = doubt(ReplyKind.UNKNOWN)
    failed = FindReply(kind=ReplyKind.FAILED, message="Buffer does not answer")
    for _ in range(creation.MAX_FAILED_LOOKS):
        record = creation.after_look(record, failed, NOW, LOOK_DELAYS)

    assert record.phase is JobPhase.HELD


def test_a_long_list_is_read_to_its_end_before_it_counts_as_a_look() -> None:
    page = FindReply(kind=ReplyKind.OK, next_page="abc")

    record = creation.after_look(doubt(ReplyKind.UNKNOWN), page, NOW, LOOK_DELAYS)

    assert (record.looks, record.cursor) == (0, "abc")
    assert record.phase is JobPhase.LOOKING


def test_a_rate_limit_changes_nothing_of_the_job() -> None:
    record = creation.accept(job())
    limited = CreateReply(kind=ReplyKind.RATE_LIMITED, retry_after=60)

    assert creation.after_create(record, limited, NOW, LOOK_DELAYS) == record


def test_a_refusal_is_final_and_told() -> None:
    refused = CreateReply(kind=ReplyKind.REFUSED, message="too long")

    record = creation.after_create(creation.accept(job()), refused, NOW, LOOK_DELAYS)

    assert record.phase is JobPhase.SETTLED
    assert record.last is not None
    assert (record.last.kind, record.last.message) == (ProgressKind.REFUSED, "too long")


def test_a_wrong_key_asks_a_person() -> None:
    denied = CreateReply(kind=ReplyKind.UNAUTHORIZED, message="set BUFFER_API_KEY")

    record = creation.after_create(creation.accept(job()), denied, NOW, LOOK_DELAYS)

    assert record.phase is JobPhase.HELD


def test_what_never_reached_buffer_is_tried_again_later_and_then_told() -> None:
    unsent = CreateReply(kind=ReplyKind.NOT_SENT, message="no connection")
    record = creation.after_create(creation.accept(job()), unsent, NOW, LOOK_DELAYS)

    assert record.phase is JobPhase.WAITING
    assert record.not_before is not None
    assert record.not_before > NOW
    for _ in range(creation.MAX_UNSENT):
        record = creation.after_create(record, unsent, NOW, LOOK_DELAYS)
    assert record.phase is JobPhase.HELD


def test_a_job_handed_over_again_after_silence_is_looked_up_first() -> None:
    assert creation.accept(job(look_first=True)).phase is JobPhase.LOOKING


def test_a_post_that_asks_after_a_silence_does_not_decide_for_a_person() -> None:
    held = creation.after_create(
        creation.accept(job()), CreateReply(kind=ReplyKind.UNAUTHORIZED), NOW, LOOK_DELAYS
    )
    asked, approved = job(look_first=True), job(look_first=True)
    asked = asked.model_copy(update={"is_question": True})

    assert hand_over.accept_again(held, asked, NOW) == held
    assert hand_over.accept_again(held, approved, NOW).phase is JobPhase.LOOKING


@given(st.integers(-10_000, 10_000))
def test_a_job_is_created_with_a_due_time_that_lies_ahead(due_in: int) -> None:
    moved = creation.with_usable_due_time(creation.accept(job(due_in=due_in)), NOW)

    lead = moved.job.request.due_at - NOW
    assert lead >= creation.LEAST_LEAD
    assert due_in < 5 or lead == timedelta(seconds=due_in)


def test_a_list_that_never_ends_asks_a_person_instead_of_using_up_the_quota() -> None:
    record, calls = doubt(ReplyKind.UNKNOWN), 0
    while record.phase is JobPhase.LOOKING:
        page = FindReply(kind=ReplyKind.OK, next_page=f"page {calls}")
        record, calls = creation.after_look(record, page, NOW, LOOK_DELAYS), calls + 1

    assert record.phase is JobPhase.HELD
    assert calls == creation.MAX_PAGES * creation.MAX_FAILED_LOOKS


def test_the_due_time_of_an_earlier_attempt_stays_evidence() -> None:
    record = creation.accept(job(due_in=60))
    first = record.job.request.due_at

    moved = creation.with_usable_due_time(record, NOW + timedelta(hours=1))

    assert moved.job.request.due_at > first
    assert moved.earlier_due == (first,)
