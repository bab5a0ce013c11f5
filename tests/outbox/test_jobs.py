"""One approval, one post: whatever Buffer answers, and however replies are lost."""

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from galley.models import (
    BufferPost,
    CreateKind,
    CreateReply,
    FindReply,
    Platform,
    PostRequest,
    ProgressKind,
    PublishJob,
    ReadKind,
)
from galley.outbox import jobs as rules
from galley.outbox.jobs import JobPhase, Pauses, Tracked
from galley.outbox.state import (
    CARRIED_AT_MOST,
    AccountPolicy,
    AccountState,
    carried_bytes,
    outcomes_since,
    poll_due_at,
    remembered,
    taken_by_others,
)
from galley.quota.rolling import QuotaState

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
PAUSES = Pauses(seconds=(1, 2, 3))
POST = BufferPost(id="1" * 24, channel_id="c", status="scheduled")
OK_ABSENT = FindReply(kind=ReadKind.OK)


def _job(
    job_id: str = "key:c", due_in: int = 60, *, look_first: bool = False
) -> PublishJob:
    return PublishJob(
        job_id=job_id,
        owner="post:key:c/run",
        reply_to="post:key:c",
        claimed_at=NOW,
        look_first=look_first,
        request=PostRequest(
            channel_id="c",
            platform=Platform.X,
            text="hello",
            due_at=NOW + timedelta(seconds=due_in),
        ),
    )


def _created(tracked: Tracked) -> Tracked:
    reply = CreateReply(kind=CreateKind.CREATED, post=POST)
    return rules.after_create(tracked, reply, NOW, PAUSES)


def _doubt(kind: CreateKind) -> Tracked:
    tracked = rules.accept(_job())
    return rules.after_create(tracked, CreateReply(kind=kind), NOW, PAUSES)


class OnePostPerApproval(RuleBasedStateMachine):
    """Buffer as an adversary: replies get lost, reads fail, hand-overs repeat.

    A post that exists is shown by every later look: how long Buffer may hide a fresh
    one is not documented, which is why looks are spread over minutes.
    """

    def __init__(self) -> None:
        super().__init__()
        self.tracked = rules.accept(_job())
        self.now = NOW
        self.in_buffer = 0

    def _is(self, phase: JobPhase) -> bool:
        return self.tracked.phase is phase

    @precondition(lambda self: self._is(JobPhase.WAITING))
    @rule(was_created=st.booleans(), is_lost=st.booleans())
    def create(self, *, was_created: bool, is_lost: bool) -> None:
        # Buffer's duplicate guard is not a guarantee: a second create makes a second
        # post.
        self.in_buffer += was_created
        kind = CreateKind.CREATED if was_created else CreateKind.NOT_SENT
        reply = CreateReply(
            kind=CreateKind.UNKNOWN if is_lost else kind,
            post=POST if was_created and not is_lost else None,
        )
        self.tracked = rules.after_create(self.tracked, reply, self.now, PAUSES)

    @precondition(lambda self: self._is(JobPhase.LOOKING))
    @rule(fails=st.booleans())
    def look(self, *, fails: bool) -> None:
        if fails:
            reply = FindReply(kind=ReadKind.FAILED, message="down")
        else:
            reply = FindReply(kind=ReadKind.OK, post=POST if self.in_buffer else None)
        self.tracked = rules.after_look(self.tracked, reply, self.now, PAUSES)

    @precondition(lambda self: self._is(JobPhase.HELD))
    @rule()
    def approve_again(self) -> None:
        self.tracked = rules.accept_again(self.tracked, _job())

    @rule()
    def hand_over_repeated(self) -> None:
        if not self._is(JobPhase.HELD):
            assert rules.accept_again(self.tracked, _job()) is self.tracked

    @invariant()
    def there_is_never_a_second_post(self) -> None:
        assert self.in_buffer <= 1

    @invariant()
    def an_outstanding_job_has_its_post(self) -> None:
        if self._is(JobPhase.OUTSTANDING):
            assert self.tracked.post == POST
            assert self.in_buffer == 1


TestOnePostPerApproval = OnePostPerApproval.TestCase
TestOnePostPerApproval.settings = settings(deadline=None, max_examples=200)


def test_a_lost_reply_is_looked_up_before_anything_else() -> None:
    assert _doubt(CreateKind.UNKNOWN).phase is JobPhase.LOOKING


def test_a_post_found_after_a_lost_reply_is_adopted() -> None:
    found = FindReply(kind=ReadKind.OK, post=POST)

    tracked = rules.after_look(_doubt(CreateKind.UNKNOWN), found, NOW, PAUSES)

    assert tracked.phase is JobPhase.OUTSTANDING
    assert tracked.last is not None
    assert tracked.last.kind is ProgressKind.CREATED


def test_absence_must_be_seen_at_every_look_before_creating_again() -> None:
    tracked = _doubt(CreateKind.UNKNOWN)

    phases: list[JobPhase] = []
    for _ in PAUSES.seconds:
        tracked = rules.after_look(tracked, OK_ABSENT, NOW, PAUSES)
        phases.append(tracked.phase)

    assert phases == [JobPhase.LOOKING, JobPhase.LOOKING, JobPhase.WAITING]


def test_a_second_lost_reply_with_no_post_to_be_found_asks_a_person() -> None:
    tracked = _doubt(CreateKind.UNKNOWN)
    for _ in PAUSES.seconds:
        tracked = rules.after_look(tracked, OK_ABSENT, NOW, PAUSES)
    again = CreateReply(kind=CreateKind.UNKNOWN)
    tracked = rules.after_create(tracked, again, NOW, PAUSES)
    for _ in PAUSES.seconds:
        tracked = rules.after_look(tracked, OK_ABSENT, NOW, PAUSES)

    assert tracked.phase is JobPhase.HELD


def test_a_repeat_that_buffer_refuses_but_does_not_show_asks_a_person() -> None:
    tracked = _doubt(CreateKind.DUPLICATE)
    for _ in PAUSES.seconds:
        tracked = rules.after_look(tracked, OK_ABSENT, NOW, PAUSES)

    assert tracked.phase is JobPhase.HELD


def test_a_look_that_keeps_failing_asks_a_person() -> None:
    tracked = _doubt(CreateKind.UNKNOWN)
    failed = FindReply(kind=ReadKind.FAILED, message="Buffer does not answer")
    for _ in range(rules.MAX_FAILED_LOOKS):
        tracked = rules.after_look(tracked, failed, NOW, PAUSES)

    assert tracked.phase is JobPhase.HELD


def test_a_long_list_is_read_to_its_end_before_it_counts_as_a_look() -> None:
    page = FindReply(kind=ReadKind.OK, next_page="abc")

    tracked = rules.after_look(_doubt(CreateKind.UNKNOWN), page, NOW, PAUSES)

    assert (tracked.looks, tracked.cursor) == (0, "abc")
    assert tracked.phase is JobPhase.LOOKING


def test_a_rate_limit_changes_nothing_of_the_job() -> None:
    tracked = rules.accept(_job())
    limited = CreateReply(kind=CreateKind.RATE_LIMITED, retry_after=60)

    assert rules.after_create(tracked, limited, NOW, PAUSES) == tracked


def test_a_refusal_is_final_and_told() -> None:
    refused = CreateReply(kind=CreateKind.REFUSED, message="too long")

    tracked = rules.after_create(rules.accept(_job()), refused, NOW, PAUSES)

    assert tracked.phase is JobPhase.SETTLED
    assert tracked.last is not None
    assert (tracked.last.kind, tracked.last.message) == (
        ProgressKind.REFUSED,
        "too long",
    )


def test_a_wrong_key_asks_a_person() -> None:
    denied = CreateReply(kind=CreateKind.UNAUTHORIZED, message="set BUFFER_API_KEY")

    tracked = rules.after_create(rules.accept(_job()), denied, NOW, PAUSES)

    assert tracked.phase is JobPhase.HELD


def test_what_never_reached_buffer_is_tried_again_later_and_then_told() -> None:
    unsent = CreateReply(kind=CreateKind.NOT_SENT, message="no connection")
    tracked = rules.after_create(rules.accept(_job()), unsent, NOW, PAUSES)

    assert tracked.phase is JobPhase.WAITING
    assert tracked.not_before is not None
    assert tracked.not_before > NOW
    for _ in range(rules.MAX_UNSENT):
        tracked = rules.after_create(tracked, unsent, NOW, PAUSES)
    assert tracked.phase is JobPhase.HELD


def test_a_job_handed_over_again_after_silence_is_looked_up_first() -> None:
    assert rules.accept(_job(look_first=True)).phase is JobPhase.LOOKING


@given(st.lists(st.tuples(st.integers(0, 100), st.integers(-5, 5)), max_size=20))
def test_the_ready_job_that_is_due_soonest_goes_first(
    times: list[tuple[int, int]],
) -> None:
    tracked = [
        rules.accept(_job(job_id=str(n), due_in=due)).model_copy(
            update={"not_before": NOW + timedelta(seconds=pause)}
        )
        for n, (due, pause) in enumerate(times)
    ]

    chosen = rules.next_ready(tracked, NOW)

    ready = [due for due, pause in times if pause <= 0]
    due_at = chosen.job.request.due_at if chosen else None
    assert due_at == (NOW + timedelta(seconds=min(ready)) if ready else None)


def test_a_sent_post_settles_and_a_missing_one_does_after_three_misses() -> None:
    outstanding = _created(rules.accept(_job()))
    sent = POST.model_copy(update={"status": "sent"})

    after = rules.after_outcome(outstanding, sent, NOW)
    missed = outstanding
    for _ in range(3):
        missed = rules.after_miss(missed, NOW)

    assert after.last is not None
    assert after.last.kind is ProgressKind.SENT
    assert missed.last is not None
    assert missed.last.kind is ProgressKind.PUBLISH_FAILED


def test_a_status_buffer_may_add_one_day_keeps_the_post_outstanding() -> None:
    outstanding = _created(rules.accept(_job()))
    strange = POST.model_copy(update={"status": "held_by_moderation"})

    assert rules.after_outcome(outstanding, strange, NOW).phase is JobPhase.OUTSTANDING


@given(st.integers(-10_000, 10_000))
def test_a_job_is_created_with_a_due_time_that_lies_ahead(due_in: int) -> None:
    moved = rules.on_time(rules.accept(_job(due_in=due_in)), NOW)

    lead = moved.job.request.due_at - NOW
    assert lead >= timedelta(seconds=1)
    assert due_in < 1 or lead == timedelta(seconds=due_in)


def test_nothing_outstanding_needs_no_poll() -> None:
    assert (
        poll_due_at([rules.accept(_job())], None, AccountPolicy(poll_seconds=60))
        is None
    )


def test_the_first_poll_comes_when_the_first_post_is_due() -> None:
    outstanding = _created(rules.accept(_job(due_in=60)))

    assert poll_due_at(
        [outstanding], None, AccountPolicy(poll_seconds=60)
    ) == NOW + timedelta(seconds=62)


def test_polls_of_a_stuck_post_become_rare() -> None:
    outstanding = _created(rules.accept(_job(due_in=0)))
    polled_at, polls = NOW, 0
    while polled_at < NOW + timedelta(days=1):
        at = poll_due_at([outstanding], polled_at, AccountPolicy(poll_seconds=120))
        assert at is not None
        polled_at, polls = at, polls + 1

    assert polls < 50


def test_a_post_that_falls_due_is_not_kept_waiting_by_one_that_is_stuck() -> None:
    stuck = _created(rules.accept(_job("a", due_in=0)))
    soon = _created(rules.accept(_job("b", due_in=86_400 + 60)))

    at = poll_due_at(
        [stuck, soon], NOW + timedelta(days=1), AccountPolicy(poll_seconds=30)
    )

    assert at == NOW + timedelta(days=1, seconds=62)


def test_posts_due_close_together_share_a_poll() -> None:
    posts = [_created(rules.accept(_job(str(n), due_in=n))) for n in range(60)]

    at = poll_due_at(posts, NOW + timedelta(seconds=2), AccountPolicy(poll_seconds=120))

    assert at == NOW + timedelta(seconds=122)


def test_the_newest_settled_jobs_are_remembered_and_no_open_one_is_forgotten() -> None:
    sent = POST.model_copy(update={"status": "sent"})
    settled = [
        rules.after_outcome(
            _created(rules.accept(_job(str(n)))), sent, NOW + timedelta(seconds=n)
        )
        for n in range(1100)
    ]

    kept = remembered([rules.accept(_job("open")), *settled])

    assert len(kept) == 1001
    assert {"open", "1099"} <= {t.job.job_id for t in kept}


def _settled(number: int = 0, text: str = "hello") -> Tracked:
    post = POST.model_copy(update={"id": f"{number:024}", "text": text})
    reply = CreateReply(kind=CreateKind.CREATED, post=post)
    job = _job(str(number))
    request = job.request.model_copy(update={"text": text, "thread": (text, text)})
    said = job.model_copy(update={"request": request})
    created = rules.after_create(rules.accept(said), reply, NOW, PAUSES)
    at = NOW + timedelta(seconds=number)
    sent = post.model_copy(update={"status": "sent", "external_link": "https://x.com"})
    return rules.lean(rules.after_outcome(created, sent, at))


def test_what_buffer_has_is_remembered_without_its_words() -> None:
    kept = _settled(text="secret words")

    assert "secret" not in kept.model_dump_json()
    assert kept.last is not None
    assert kept.last.post is not None
    assert kept.last.post.external_link == "https://x.com"


def test_the_words_of_a_job_that_may_be_created_are_kept() -> None:
    waiting = rules.accept(_job())
    unauthorized = CreateReply(kind=CreateKind.UNAUTHORIZED)
    held = rules.after_create(waiting, unauthorized, NOW, PAUSES)

    assert [rules.lean(t) for t in (waiting, held)] == [waiting, held]


def test_what_is_carried_over_never_outgrows_a_payload() -> None:
    settled = [_settled(n, "x" * 3000) for n in range(1500)]
    opened = [rules.lean(_created(rules.accept(_job(f"open-{n}")))) for n in range(800)]

    kept = remembered([*opened, *settled])

    state = AccountState(
        jobs=tuple(kept), quota=QuotaState(ends=tuple(range(10**12, 10**12 + 15_000)))
    )
    assert len(state.model_dump_json().encode()) < 2 * 2**20
    assert {f"open-{n}" for n in range(800)} <= {t.job.job_id for t in kept}


def test_open_jobs_that_are_too_many_to_carry_are_noticed() -> None:
    long = _job().request.model_copy(update={"text": "é" * 3000})
    job = _job().model_copy(update={"request": long})
    jobs = [rules.accept(job)] * 300

    assert carried_bytes(jobs, []) > CARRIED_AT_MOST


def test_a_post_that_was_moved_in_buffer_is_awaited_at_its_new_time() -> None:
    outstanding = _created(rules.accept(_job(due_in=0)))
    later = NOW + timedelta(days=30)
    moved = POST.model_copy(update={"due_at": later})

    after = rules.after_outcome(outstanding, moved, NOW)

    assert after.job.request.due_at == later
    assert after.last is not None
    assert after.last.post == moved
    assert poll_due_at([after], NOW, AccountPolicy()) == later + timedelta(seconds=2)


def test_a_post_that_stays_stuck_for_a_week_is_given_up_and_told() -> None:
    outstanding = _created(rules.accept(_job(due_in=0)))
    stuck = POST.model_copy(update={"status": "sending"})

    waiting = rules.after_outcome(outstanding, stuck, NOW + timedelta(days=6))
    ended = rules.after_outcome(outstanding, stuck, NOW + timedelta(days=8))

    assert waiting.phase is JobPhase.OUTSTANDING
    assert ended.phase is JobPhase.SETTLED
    assert ended.last is not None
    assert "'sending'" in ended.last.message


def test_a_list_that_never_ends_asks_a_person_instead_of_using_up_the_quota() -> None:
    tracked, calls = _doubt(CreateKind.UNKNOWN), 0
    while tracked.phase is JobPhase.LOOKING:
        page = FindReply(kind=ReadKind.OK, next_page=f"page {calls}")
        tracked, calls = rules.after_look(tracked, page, NOW, PAUSES), calls + 1

    assert tracked.phase is JobPhase.HELD
    assert calls == rules.MAX_PAGES * rules.MAX_FAILED_LOOKS


def test_the_due_time_of_an_earlier_attempt_stays_evidence() -> None:
    tracked = rules.accept(_job(due_in=60))
    first = tracked.job.request.due_at

    moved = rules.on_time(tracked, NOW + timedelta(hours=1))

    assert moved.job.request.due_at > first
    assert moved.earlier_due == (first,)


def test_a_missed_post_is_looked_for_from_its_claim_on() -> None:
    on_time = _created(rules.accept(_job(due_in=3600)))
    missed = rules.after_miss(on_time, NOW)

    assert outcomes_since({"1": on_time}) == NOW + timedelta(hours=1)
    assert outcomes_since({"1": on_time, "2": missed}) == NOW


def test_a_look_knows_which_posts_belong_to_another_edition() -> None:
    mine = rules.accept(_job("a:c"))
    other = _created(rules.accept(_job("a-2:c")))

    assert taken_by_others([mine, other], mine) == (POST.id,)
    assert taken_by_others([mine, other], other) == ()
