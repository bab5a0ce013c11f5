"""While Buffer gives no answer at all, posts wait for it, and people need not."""

from datetime import timedelta
from typing import Literal

import pytest

from galley.models.publishing import ChangeReply, CreateReply, FindReply, ReplyKind
from galley.models.review import ChangeKind
from galley.publishing.job import changes, creation, replies
from galley.publishing.job.record import JobPhase, JobRecord
from galley.publishing.job.replies import Step
from galley.publishing.quota import Outage, after_no_answer
from tests.publishing.making import LOOK_DELAYS, NOW, change, created, doubt, job

AWAY = CreateReply(kind=ReplyKind.UNREACHABLE, message="cannot be reached")
SILENT = FindReply(kind=ReplyKind.UNREACHABLE, message="gives no answer")
MUTE = ChangeReply(kind=ReplyKind.UNREACHABLE, message="gives no answer")
MANY = 30


def test_a_post_waits_for_buffer_until_it_is_an_hour_late() -> None:
    record = creation.accept(job(due_in=60))
    still = NOW + timedelta(minutes=60)
    late = NOW + timedelta(minutes=62)

    for _ in range(MANY):
        record = creation.after_create(record, AWAY, still, LOOK_DELAYS)

    assert record.phase is JobPhase.WAITING
    assert record.not_before is not None
    assert record.not_before > still
    assert creation.after_create(record, AWAY, late, LOOK_DELAYS).phase is JobPhase.HELD


def test_a_lost_post_is_looked_for_until_it_is_an_hour_late() -> None:
    record = doubt(ReplyKind.UNKNOWN)
    due_at = record.job.request.due_at

    for _ in range(MANY):
        record = creation.after_look(record, SILENT, due_at, LOOK_DELAYS)

    assert record.phase is JobPhase.LOOKING
    late = due_at + timedelta(minutes=61)
    assert creation.after_look(record, SILENT, late, LOOK_DELAYS).phase is JobPhase.HELD


def test_a_post_is_taken_back_whenever_buffer_answers_before_it_is_due() -> None:
    record = changes.take_change(created(creation.accept(job())), change(ChangeKind.RETRACT), NOW)

    for _ in range(MANY):
        record = replies.after_change(record, Step.DELETE, MUTE, NOW)
    assert record.pending is not None

    done = ChangeReply(kind=ReplyKind.OK)
    assert _phase(replies.after_change(record, Step.DELETE, done, NOW)) == "settled"
    late = record.job.request.due_at + timedelta(minutes=1)
    given_up = record
    for _ in range(replies.MAX_TRIES):
        given_up = replies.after_change(given_up, Step.DELETE, MUTE, late)
    assert given_up.pending is None
    assert given_up.may_be_retracted


@pytest.mark.parametrize("away", [ReplyKind.UNREACHABLE, ReplyKind.STORE_AWAY])
def test_an_edit_waits_for_buffer_and_for_the_bucket_until_its_post_is_due(
    away: Literal[ReplyKind.UNREACHABLE, ReplyKind.STORE_AWAY],
) -> None:
    held_up = ChangeReply(kind=away)
    edit = change(ChangeKind.EDIT, text="Better.")
    record = changes.take_change(created(creation.accept(job())), edit, NOW)

    for _ in range(MANY):
        record = replies.after_change(record, Step.EDIT, held_up, NOW)
    late = record.job.request.due_at + timedelta(minutes=1)
    given_up = record
    for _ in range(replies.MAX_TRIES):
        given_up = replies.after_change(given_up, Step.EDIT, held_up, late)

    assert record.pending is not None
    assert given_up.pending is None


def test_an_outage_of_an_hour_leaves_the_quota_to_the_posts() -> None:
    outage, now, calls = Outage(), NOW, 0

    while now < NOW + timedelta(hours=1):
        outage, calls = after_no_answer(outage, now), calls + 1
        now = outage.waits(now) or now

    assert calls < 25


def test_one_lost_answer_stops_nobody_else() -> None:
    assert after_no_answer(Outage(), NOW).waits(NOW) is None


def test_creations_in_doubt_wait_for_the_look_that_tells_more() -> None:
    outage = Outage()
    for _ in range(MANY):
        outage = after_no_answer(outage, NOW, is_doubt=True)

    assert outage.is_felt
    assert outage.waits(NOW) == NOW + timedelta(seconds=4)


def _phase(record: JobRecord) -> str:
    return record.phase.value
