"""What is no fault of a post's content never ends the post: it is tried again, or held."""

from datetime import datetime, timedelta

import pytest

from galley.models.account import ProgressKind
from galley.models.publishing import CreateReply, HoldReason, ReplyKind
from galley.publishing.job import creation, hand_over
from galley.publishing.job.outcomes import trimmed
from galley.publishing.job.priority import step_of
from galley.publishing.job.record import JobPhase, JobRecord
from galley.publishing.job.replies import Step
from galley.publishing.job.transitions import read_by_id
from tests.publishing.making import LOOK_DELAYS, NOW, POST, job

LEAD = timedelta(seconds=5)
REFUSED = CreateReply(kind=ReplyKind.REFUSED, message="Too long.")


def _not_now(record: JobRecord, reason: HoldReason, now: datetime) -> JobRecord:
    reply = CreateReply(kind=ReplyKind.NOT_NOW, message="Not now.", reason=reason)
    return creation.after_create(record, reply, now, LOOK_DELAYS)


def _tried(record: JobRecord, reason: HoldReason, now: datetime, most: int = 50) -> list[datetime]:
    """Return the times of all tries until the job is held."""
    times = list[datetime]()
    while record.phase is JobPhase.WAITING and len(times) < most:
        now = max(now, record.not_before or now)
        times.append(now)
        record = creation.with_usable_due_time(record, now, LEAD)
        record = _not_now(record.replace(news=()), reason, now)
    assert record.last is not None
    assert record.last.reason is reason
    return times


def test_a_post_whose_time_passed_while_a_worker_was_busy_goes_out_at_another() -> None:
    late = NOW + timedelta(minutes=10)
    record = _not_now(creation.accept(job(due_in=60)), HoldReason.TIME_PASSED, late)

    moved = creation.with_usable_due_time(record, late, LEAD)

    assert step_of(record, (), late) is Step.CREATE
    assert record.not_before is None
    assert moved.job.request.due_at > late
    assert record.news[-1].kind is ProgressKind.DELAYED


def test_a_time_that_is_too_near_becomes_twice_the_least_that_buffer_needs() -> None:
    record = creation.accept(job(due_in=60))
    due_at = record.job.request.due_at

    near = creation.with_usable_due_time(record, due_at - LEAD + timedelta(seconds=1), LEAD)
    enough = creation.with_usable_due_time(record, due_at - LEAD, LEAD)

    assert near.job.request.due_at == due_at - LEAD + timedelta(seconds=1) + 2 * LEAD
    assert enough.job.request.due_at == due_at


def test_a_time_that_buffer_calls_past_lies_farther_ahead_each_time() -> None:
    record, now = creation.accept(job(due_in=60)), NOW + timedelta(minutes=10)
    ahead = list[timedelta]()
    while record.phase is JobPhase.WAITING:
        record = _not_now(record, HoldReason.TIME_PASSED, now)
        record = creation.with_usable_due_time(record, now, LEAD)
        ahead.append(record.job.request.due_at - now)

    assert ahead == sorted(ahead)
    assert ahead[-1] >= timedelta(minutes=20)
    assert record.phase is JobPhase.HELD


def test_media_that_buffer_cannot_fetch_are_tried_again_with_pauses() -> None:
    times = _tried(creation.accept(job(due_in=3600)), HoldReason.MEDIA, NOW)

    assert len(times) == creation.MAX_DELAYS + 1
    assert times[-1] - times[0] > timedelta(minutes=10)


def test_a_full_plan_is_waited_for_until_the_post_is_due_with_few_calls() -> None:
    days = _tried(creation.accept(job(due_in=7 * 86400)), HoldReason.PLAN_FULL, NOW)
    soon = _tried(creation.accept(job(due_in=60)), HoldReason.PLAN_FULL, NOW)

    assert NOW + timedelta(days=6) < days[-1] < NOW + timedelta(days=8)
    assert len(days) < 40
    assert len(soon) == 4
    assert soon[-1] - NOW > timedelta(hours=1)


def test_a_lost_channel_is_a_persons_question_at_once() -> None:
    record = _not_now(creation.accept(job()), HoldReason.CHANNEL_LOST, NOW)

    assert record.phase is JobPhase.HELD
    assert record.last is not None
    assert record.last.reason is HoldReason.CHANNEL_LOST


def test_the_post_is_told_of_a_delay_once_for_each_reason() -> None:
    record = creation.accept(job(due_in=7 * 86400))
    told = list[HoldReason | None]()
    for reason in (HoldReason.MEDIA, HoldReason.MEDIA, HoldReason.PLAN_FULL, HoldReason.PLAN_FULL):
        record = _not_now(record.replace(news=()), reason, NOW)
        told += [news.reason for news in record.news]

    assert told == [HoldReason.MEDIA, HoldReason.PLAN_FULL]


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (HoldReason.NOT_LET_OUT, HoldReason.NOT_LET_OUT),
        (HoldReason.MEDIA, HoldReason.CONTENT_REFUSED),
        (None, HoldReason.CONTENT_REFUSED),
    ],
)
def test_a_post_is_told_whether_its_team_or_buffer_refused_it(
    given: HoldReason | None, told: HoldReason
) -> None:
    reply = REFUSED.model_copy(update={"reason": given})

    refused = creation.after_create(creation.accept(job()), reply, NOW, LOOK_DELAYS)

    assert refused.last is not None
    assert refused.last.reason is told


@pytest.mark.parametrize("is_trimmed", [False, True])
def test_after_a_refusal_of_its_content_only_another_revision_is_created(
    *, is_trimmed: bool
) -> None:
    first = job()
    refused = creation.after_create(creation.accept(first), REFUSED, NOW, LOOK_DELAYS)
    known = trimmed(refused) if is_trimmed else refused
    second = first.replace(revision=2)

    def steps(of: JobRecord) -> Step | None:
        return step_of(of, (), NOW)

    assert refused.last is not None
    assert refused.last.reason is HoldReason.CONTENT_REFUSED
    assert steps(hand_over.accept_again(known, first, NOW)) is None
    assert steps(hand_over.accept_again(known, second.replace(is_question=True), NOW)) is None
    again = hand_over.accept_again(known, second, NOW)
    assert (steps(again), again.job.revision) == (Step.CREATE, 2)


@pytest.mark.parametrize(
    ("status", "minutes"),
    [
        ("needs_approval", [10, 20, 40, 80, 160, 320, 640, 720, 720]),
        ("sending", [0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 5, 5]),
    ],
)
def test_a_post_without_a_due_time_is_read_half_as_often_each_time(
    status: str, minutes: list[float]
) -> None:
    record = creation.accept(job())
    record = record.replace(post=POST.model_copy(update={"status": status, "due_at": None}))
    pauses = list[timedelta]()
    for _ in minutes:
        record = read_by_id(record, NOW)
        assert record.reads
        assert record.not_before is not None
        pauses.append(record.not_before - NOW)

    assert pauses == [timedelta(minutes=one) for one in minutes]
