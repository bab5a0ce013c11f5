"""A post whose Buffer ID is known is read by it, and what a person did to it is asked about.

So an account that lost its memory creates nothing again that somebody edited, moved or deleted
in Buffer.
"""

from datetime import timedelta

import pytest

from galley.models.account import Progress, ProgressKind
from galley.models.post import PostState, PostView
from galley.models.publishing import (
    BufferPost,
    ChangeReply,
    CreateReply,
    FindReply,
    HoldReason,
    ReplyKind,
)
from galley.models.review import ChangeKind, ChangeRequest
from galley.publishing.job import changes, creation, hand_over, outcomes, replies
from galley.publishing.job.priority import due_posts, step_of
from galley.publishing.job.receipts import receipts_of
from galley.publishing.job.record import Doubt, JobPhase, JobRecord
from galley.publishing.job.replies import Step
from galley.publishing.job.transitions import MAX_CREATES
from galley.publishing.post.change_requests import ask, with_view
from galley.publishing.post.news import after_news
from tests.publishing.making import LOOK_DELAYS, NOW, OK_ABSENT, change, doubt, handed_over, job

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


@pytest.mark.parametrize(
    ("why", "phase"), [(ReplyKind.UNKNOWN, JobPhase.HELD), (ReplyKind.DUPLICATE, JobPhase.SETTLED)]
)
def test_a_post_near_keeps_no_retraction_of_what_buffer_refused_to_create(
    why: Doubt, phase: JobPhase
) -> None:
    held = doubt(why).replace(phase=JobPhase.HELD)
    record = changes.take_change(held, change(ChangeKind.RETRACT), NOW)

    for _ in LOOK_DELAYS:
        record = creation.after_look(record, FOUND_NEAR, NOW, LOOK_DELAYS)

    assert record.phase is phase


# The words that Buffer has

_OUT = {"status": "sent", "external_link": "https://x.com/1"}
SENT = THERE.model_copy(update=_OUT)


def _shown(record: JobRecord) -> PostView:
    """Return a post with the words ``hello`` that hears the last news of its job."""
    assert record.last is not None
    return after_news(handed_over(PostState.PUBLISHING), record.last, NOW).view


@pytest.mark.parametrize("text", ["hello", "other"])
def test_a_post_that_went_out_with_other_words_than_it_shows_says_so(text: str) -> None:
    record = _read(SENT.model_copy(update={"text": text}))

    unread = creation.accept(ASKED)
    post, (receipt,) = _shown(record), receipts_of(unread, record, None, NOW)
    assert (post.state, post.has_other_words) == (PostState.PUBLISHED, text == "other")
    assert receipt.revision == (0 if text == "other" else 1), "no revision has those words"


def test_a_list_without_words_tells_nothing_of_a_post_whose_words_are_not_read_yet() -> None:
    unread = creation.accept(ASKED)

    assert not due_posts([unread], DUE)
    assert due_posts([_read(THERE)], DUE)


def test_what_a_person_lets_stand_in_buffer_is_not_told_as_the_words_that_the_post_shows() -> None:
    held = _searched(FOUND_NEAR)
    again = hand_over.accept_again(held, job(look_first=True), NOW)

    gone_out = replies.after_read(
        again, ChangeReply(kind=ReplyKind.OK, post=NEAR.model_copy(update=_OUT)), NOW
    )

    assert _shown(gone_out).has_other_words


@pytest.mark.parametrize("kind", [ChangeKind.RESCHEDULE, ChangeKind.MOVE])
def test_a_change_that_brings_all_content_ends_the_difference_of_words(kind: ChangeKind) -> None:
    shown = with_view(handed_over(PostState.SCHEDULED), has_other_words=True)
    request = ChangeRequest(kind=kind, by="kim", due_at=DUE)
    asked = ask(shown, request, NOW, timedelta(0))
    assert asked.change is not None

    done = Progress(
        job_id="key:c", kind=ProgressKind.CHANGED, post=THERE, change_id=asked.change.change_id
    )
    assert after_news(asked, done, NOW).view.has_other_words is (kind is ChangeKind.MOVE)


def test_what_an_edit_finds_published_is_told_with_the_words_from_before_it() -> None:
    # The account was lost: of the post it knows what the edit wants, and not what Buffer has.
    asked = changes.accept_change(change(ChangeKind.EDIT, text="new", post_id="b1"), NOW)
    late = replies.after_change(asked, Step.EDIT, ChangeReply(kind=ReplyKind.REFUSED), NOW)
    record = replies.after_read(late, ChangeReply(kind=ReplyKind.OK, post=SENT), NOW)

    assert record.news[0].kind is ProgressKind.CHANGE_REFUSED
    assert not _shown(record).has_other_words
    assert [one.revision for one in receipts_of(late, record, None, NOW)] == [0]


# An account that was reset

FAILED = THERE.model_copy(update={"status": "error"})
FORGETFUL = creation.accept(job()).replace(may_be_forgotten=True)
"""Reset to before its createPost."""


@pytest.mark.parametrize("kind", [ChangeKind.EDIT, ChangeKind.RESCHEDULE, ChangeKind.RETRACT])
def test_a_change_that_names_the_post_is_made_in_buffer_whatever_the_account_forgot(
    kind: ChangeKind,
) -> None:
    asked = changes.take_change(FORGETFUL, change(kind, text="new", post_id="b1"), NOW)

    assert (asked.news, asked.post and asked.post.id) == ((), "b1")
    assert _next(asked) is (Step.DELETE if kind is ChangeKind.RETRACT else Step.EDIT)


@pytest.mark.parametrize("phase", [JobPhase.WAITING, JobPhase.HELD, JobPhase.PULLED_BACK])
def test_nothing_is_taken_back_unseen_by_an_account_that_may_have_forgotten_it(
    phase: JobPhase,
) -> None:
    record = FORGETFUL.replace(phase=phase)

    asked = changes.take_change(record, change(ChangeKind.RETRACT), NOW)

    assert (asked.news, _next(asked)) == ((), Step.LOOK)
    found = creation.after_look(asked, FindReply(kind=ReplyKind.OK, post=THERE), NOW, LOOK_DELAYS)
    assert _next(found) is Step.DELETE


def test_a_change_that_is_repeated_with_the_id_of_the_post_is_made_there() -> None:
    asked = changes.take_change(FORGETFUL, change(ChangeKind.EDIT, text="new"), NOW)
    assert _next(asked) is Step.LOOK

    named = change(ChangeKind.EDIT, text="new", post_id="b1")
    again = changes.take_change(asked, named, NOW)

    assert (_next(again), again.post and again.post.id) == (Step.EDIT, "b1")


def test_a_question_that_names_the_post_has_it_read_and_not_created() -> None:
    for known in (FORGETFUL, FORGETFUL.replace(phase=JobPhase.HELD), doubt(ReplyKind.UNKNOWN)):
        record = hand_over.accept_again(known, ASKED, NOW)

        assert (_next(record), record.post and record.post.id) == (Step.READ, "b1")


def test_a_post_whose_deletion_finds_nothing_may_be_there_under_an_id_that_was_forgotten() -> None:
    record = _read(THERE).replace(may_be_forgotten=True)
    asked = changes.take_change(record, change(ChangeKind.RETRACT), NOW)

    gone = replies.after_change(asked, Step.DELETE, ChangeReply(kind=ReplyKind.GONE), NOW)

    assert _next(gone) is Step.LOOK
    assert "b1" in gone.gone


def test_a_withdrawal_is_answered_where_no_words_are_known_to_search_for() -> None:
    asked = change(ChangeKind.RETRACT, text="").model_copy(update={"is_withdrawal": True})
    refused = CreateReply(kind=ReplyKind.REFUSED)
    over = outcomes.trimmed(creation.after_create(creation.accept(job()), refused, NOW, (1,)))
    over = over.replace(may_be_forgotten=True, news=())

    answered = changes.take_change(over, asked, NOW)

    assert [(one.kind, one.change_id) for one in answered.news] == [(ProgressKind.RETRACTED, 1)]
    failed = outcomes.trimmed(_read(FAILED)).replace(may_be_forgotten=True)
    deleting = outcomes.trimmed(changes.take_change(failed, asked, NOW))
    gone = replies.after_change(deleting, Step.DELETE, ChangeReply(kind=ReplyKind.GONE), NOW)
    assert gone.last is not None
    assert (gone.last.kind, gone.last.change_id) == (ProgressKind.RETRACTED, 1)


def test_a_retract_brings_the_words_to_search_for_that_a_job_at_its_end_dropped() -> None:
    failed = outcomes.trimmed(_read(FAILED)).replace(may_be_forgotten=True)
    deleting = outcomes.trimmed(changes.take_change(failed, change(ChangeKind.RETRACT), NOW))

    gone = replies.after_change(deleting, Step.DELETE, ChangeReply(kind=ReplyKind.GONE), NOW)

    assert (_next(gone), gone.job.request.text) == (Step.LOOK, "hello")


def test_a_post_that_is_gone_is_looked_for_before_a_person_is_told_so() -> None:
    known = creation.accept(ASKED).replace(may_be_forgotten=True)
    record = replies.after_read(known, ChangeReply(kind=ReplyKind.GONE), NOW)

    assert _next(record) is Step.LOOK
    other = THERE.model_copy(update={"id": "b2"})
    found = creation.after_look(record, FindReply(kind=ReplyKind.OK, post=other), NOW, LOOK_DELAYS)
    assert found.phase is JobPhase.OUTSTANDING
    for _ in LOOK_DELAYS:
        record = creation.after_look(record, OK_ABSENT, NOW, LOOK_DELAYS)
    assert (record.phase, _next(record)) == (JobPhase.HELD, None)
    assert record.last is not None
    assert record.last.message.startswith("The post that this account knew")


def test_a_job_that_knew_no_post_tells_of_lost_replies_after_a_reset_too() -> None:
    lost = creation.after_create(FORGETFUL, CreateReply(kind=ReplyKind.UNKNOWN), NOW, LOOK_DELAYS)
    record = lost.replace(creates=MAX_CREATES)
    for _ in LOOK_DELAYS:
        record = creation.after_look(record, OK_ABSENT, NOW, LOOK_DELAYS)

    assert record.last is not None
    assert record.last.message.startswith("Buffer's reply was lost twice")


def test_what_a_receipt_says_was_taken_back_is_a_persons_question_and_goes_out_if_approved() -> (
    None
):
    withheld = CreateReply(
        kind=ReplyKind.WITHHELD, reason=HoldReason.IN_DOUBT, message="back", is_numbered=False
    )
    record = creation.after_create(FORGETFUL.replace(attempts=1), withheld, NOW, LOOK_DELAYS)

    assert (record.phase, record.attempts, _next(record)) == (JobPhase.HELD, 0, None)
    again = hand_over.accept_again(record, job(look_first=True), NOW)
    for _ in LOOK_DELAYS:
        again = creation.after_look(again, OK_ABSENT, NOW, LOOK_DELAYS)
    assert _next(again) is Step.CREATE
    assert not again.may_be_forgotten


def test_a_redrive_of_a_post_that_is_gone_asks_only_later_receipts_what_was_forgotten() -> None:
    # Applied once more by a reset, it may have been carried out before.
    asked_at = NOW + timedelta(minutes=5)
    failed = outcomes.trimmed(_read(FAILED)).replace(may_be_forgotten=True)
    redrive = change(ChangeKind.REDRIVE).model_copy(update={"asked_at": asked_at})
    record = changes.take_change(failed, redrive, NOW)
    record = replies.after_read(record, ChangeReply(kind=ReplyKind.GONE), NOW)
    for _ in LOOK_DELAYS:
        record = creation.after_look(record, OK_ABSENT, NOW, LOOK_DELAYS)

    assert (_next(record), record.receipts_since) == (Step.CREATE, asked_at)
    assert FORGETFUL.receipts_since == NOW
    assert creation.accept(job()).receipts_since is None
