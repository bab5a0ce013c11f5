"""A post whose Buffer ID is known is read by it, and what a person did to it is asked about.

So an account that lost its memory creates nothing again that somebody edited, moved or deleted
in Buffer.
"""

from datetime import timedelta

import pytest

from galley.models.account import ProgressKind
from galley.models.publishing import BufferPost, ChangeReply, FindReply, HoldReason, ReplyKind
from galley.models.review import ChangeKind
from galley.publishing.job import changes, creation, hand_over, replies
from galley.publishing.job.priority import step_of
from galley.publishing.job.record import JobPhase, JobRecord
from galley.publishing.job.replies import Step
from tests.publishing.making import LOOK_DELAYS, NOW, OK_ABSENT, change, doubt, job

DUE = NOW + timedelta(minutes=1)
THERE = BufferPost(id="b1", channel_id="c", status="scheduled", text="hello", due_at=DUE)
ASKED = job(look_first=True).replace(post_id="b1", is_question=True)


def _read(post: BufferPost | None) -> JobRecord:
    """Return the job after a fresh account was asked, and read the post."""
    kind = ReplyKind.OK if post else ReplyKind.GONE
    return replies.after_read(creation.accept(ASKED), ChangeReply(kind=kind, post=post), NOW)


def _next(record: JobRecord) -> Step | None:
    return step_of(record, (), NOW)


def test_a_post_with_a_known_id_is_read_by_it_before_anything_else() -> None:
    assert _next(creation.accept(ASKED)) is Step.READ

    record = _read(THERE)

    assert (record.phase, record.post and record.post.id) == (JobPhase.OUTSTANDING, "b1")
    assert record.last is not None
    assert record.last.kind is ProgressKind.CREATED


def test_a_post_that_was_moved_in_buffer_is_followed_to_its_new_time() -> None:
    later = DUE + timedelta(days=1)

    record = _read(THERE.model_copy(update={"due_at": later}))

    assert record.phase is JobPhase.OUTSTANDING
    assert record.job.request.due_at == later


def test_a_post_that_was_edited_in_buffer_is_a_persons_question() -> None:
    record = _read(THERE.model_copy(update={"text": "hello, world"}))

    assert record.phase is JobPhase.HELD
    assert record.last is not None
    assert record.last.reason is HoldReason.CHANGED_IN_BUFFER
    # A question changes nothing; a person who approves again leaves it as it is.
    assert hand_over.accept_again(record, ASKED, NOW) is record
    again = hand_over.accept_again(record, ASKED.replace(is_question=False), NOW)
    assert _next(again) is Step.READ
    edited = ChangeReply(kind=ReplyKind.OK, post=THERE.model_copy(update={"text": "hello, world"}))
    assert replies.after_read(again, edited, NOW).phase is JobPhase.OUTSTANDING


def test_a_post_that_was_edited_in_buffer_is_deleted_by_its_id_when_it_is_retracted() -> None:
    record = _read(THERE.model_copy(update={"text": "hello, world"}))

    asked = changes.take_change(record, change(ChangeKind.RETRACT), NOW)

    assert _next(asked) is Step.DELETE
    assert asked.post is not None
    assert asked.post.id == "b1"


def test_a_post_that_was_deleted_in_buffer_is_a_persons_question_and_not_created_again() -> None:
    record = _read(None)

    assert _next(record) is None
    assert record.last is not None
    assert record.last.kind is ProgressKind.PUBLISH_FAILED
    assert record.last.reason is HoldReason.CHANGED_IN_BUFFER


@pytest.mark.parametrize("status", ["sent", "sending", "error"])
def test_other_words_of_a_post_that_went_out_are_no_question(status: str) -> None:
    shown = THERE.model_copy(update={"text": "other", "status": status, "external_link": "l"})

    assert _read(shown).phase is not JobPhase.HELD


NEAR = THERE.model_copy(update={"text": "Fish &amp; chips"})
FOUND_NEAR = FindReply(kind=ReplyKind.OK, near=NEAR)


def _searched(*pages: FindReply) -> JobRecord:
    """Return the job of a lost reply after every search showed these pages."""
    record = doubt(ReplyKind.UNKNOWN)
    for _ in LOOK_DELAYS:
        for page in pages:
            record = creation.after_look(record, page, NOW, LOOK_DELAYS)
    return record


def test_a_post_with_other_words_at_its_time_is_no_proof_that_ours_is_absent() -> None:
    on_first_page = FOUND_NEAR.model_copy(update={"next_page": "2"})

    assert _searched(OK_ABSENT).phase is JobPhase.WAITING
    for pages in ((FOUND_NEAR,), (on_first_page, OK_ABSENT)):
        record = _searched(*pages)
        assert record.phase is JobPhase.HELD
        assert record.last is not None
        assert record.last.reason is HoldReason.CHANGED_IN_BUFFER
        assert "b1" in record.last.message


def test_a_person_who_approves_again_takes_the_post_that_is_near_for_this_one() -> None:
    again = hand_over.accept_again(_searched(FOUND_NEAR), job(look_first=True), NOW)

    assert _next(again) is Step.READ
    assert again.post is not None
    assert again.post.id == "b1"
    shown = ChangeReply(kind=ReplyKind.OK, post=NEAR)
    assert replies.after_read(again, shown, NOW).phase is JobPhase.OUTSTANDING


def test_a_post_that_another_job_has_by_now_is_not_taken_for_this_one() -> None:
    held = _searched(FOUND_NEAR)
    other = creation.accept(job("other:c", text="other")).replace(post=THERE)

    own = creation.own_near(held, [held, other])
    again = hand_over.accept_again(own, job(look_first=True), NOW)

    assert creation.own_near(held, [held]) is held
    assert again.post is None
    assert _next(again) is Step.LOOK


def test_a_post_that_another_job_is_searched_for_is_not_taken_for_this_one_yet() -> None:
    held = _searched(FOUND_NEAR)
    other = creation.accept(job("other:c", text="other", look_first=True))

    own = creation.own_near(held, [held, other])
    again = hand_over.accept_again(own, job(look_first=True), NOW)

    assert _next(again) is Step.LOOK


def test_a_new_search_forgets_what_an_earlier_one_found_near() -> None:
    asked = change(ChangeKind.RETRACT)
    record = changes.take_change(_searched(FOUND_NEAR), asked, NOW)

    for _ in LOOK_DELAYS:
        record = creation.after_look(record, OK_ABSENT, NOW, LOOK_DELAYS)

    assert record.last is not None
    assert record.last.kind is ProgressKind.RETRACTED
