"""The newest words of a post that was reset are those that go out, once."""

from datetime import timedelta

import pytest

from galley.models.account import ProgressKind, PublishJob
from galley.models.post import PostState
from galley.models.publishing import BufferPost, ChangeReply, ReplyKind
from galley.models.review import ChangeKind
from galley.publishing.job import changes, creation, outcomes, replies
from galley.publishing.job.priority import step_of
from galley.publishing.job.record import JobPhase, JobRecord
from galley.publishing.job.replies import Step
from galley.publishing.post.news import after_news
from tests.publishing.making import NOW, POST, change, created, handed_over, job

LATER = NOW + timedelta(minutes=1)
FIRST = job(due_in=600).replace(made_at=NOW)
SECOND = job(due_in=900, text="new words").replace(made_at=LATER, revision=2)
WAITING = creation.accept(FIRST)
THERE = created(WAITING)


def _again(known: JobRecord, job_: PublishJob = SECOND) -> JobRecord:
    return creation.accept_again(known, job_, LATER)


def test_a_job_that_waits_takes_the_newest_words() -> None:
    record = _again(WAITING)

    assert (record.phase, record.pending) == (JobPhase.WAITING, None)
    assert record.job.request == SECOND.request


def test_a_post_that_buffer_has_is_edited_to_the_newest_words_and_time() -> None:
    record = _again(THERE)

    assert step_of(record, (), LATER) is Step.EDIT
    edited = replies.edited(record, LATER, timedelta(seconds=5))
    assert edited.request == SECOND.request
    assert record.pending is not None
    assert record.pending.schedules


def test_the_newest_words_take_the_place_of_what_was_asked_for_the_earlier_ones() -> None:
    asked = changes.take_change(THERE, change(ChangeKind.RETRACT), NOW)

    record = _again(asked)

    assert record.pending is not None
    assert not record.pending.retracts


def test_what_was_taken_back_meanwhile_is_created_with_the_newest_words() -> None:
    asked = changes.take_change(THERE, change(ChangeKind.RETRACT), NOW)
    gone = replies.after_change(asked, Step.DELETE, ChangeReply(kind=ReplyKind.OK), NOW)

    record = _again(outcomes.trimmed(gone))

    assert step_of(record, (), LATER) is Step.CREATE
    assert record.job.request.text == "new words"


def test_what_was_published_meanwhile_is_not_published_again() -> None:
    sent = POST.model_copy(update={"status": "sent", "external_link": "https://x.com/1"})
    settled = outcomes.after_outcome(THERE, sent, NOW)

    record = _again(settled)

    assert (record.phase, step_of(record, (), LATER)) == (JobPhase.SETTLED, None)


@pytest.mark.parametrize("known", [WAITING, THERE])
def test_a_question_or_an_older_job_changes_no_words(known: JobRecord) -> None:
    older = SECOND.replace(made_at=NOW - timedelta(minutes=1))

    assert _again(known, SECOND.replace(is_question=True)) is known
    assert _again(known, older) is known
    assert _again(known, FIRST) is known


def test_news_of_the_job_from_before_the_reset_change_nothing() -> None:
    anew = handed_over(PostState.PUBLISHING).replace(job=SECOND)
    asked = changes.take_change(THERE, change(ChangeKind.RETRACT), NOW)
    gone = replies.after_change(asked, Step.DELETE, ChangeReply(kind=ReplyKind.OK), NOW)
    own = created(creation.accept(SECOND), BufferPost(id="b2", channel_id="c", status="scheduled"))

    assert gone.news[-1].kind is ProgressKind.RETRACTED
    assert after_news(anew, gone.news[-1], LATER) == anew
    assert after_news(anew, own.news[-1], LATER).view.buffer_post_id == "b2"
