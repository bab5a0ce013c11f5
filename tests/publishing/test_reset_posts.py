"""The newest words of a post that was reset are those that go out, once."""

from datetime import timedelta

import pytest

from galley.models.account import Evidence, Progress, ProgressKind, PublishJob
from galley.models.post import Change, PostSnapshot, PostState
from galley.models.publishing import (
    BufferPost,
    ChangeReply,
    ChangeReplyKind,
    CreateReply,
    HoldReason,
    ReplyKind,
)
from galley.models.review import ChangeKind, ChangeRequest, Decision, DecisionKind
from galley.publishing.job import changes, creation, hand_over, outcomes, replies, transitions
from galley.publishing.job.priority import step_of
from galley.publishing.job.receipts import receipts_of
from galley.publishing.job.record import JobPhase, JobRecord, is_earlier_life
from galley.publishing.job.replies import Step
from galley.publishing.post.change_requests import ask, is_change_unsent, reject, unanswered
from galley.publishing.post.news import OTHER_WORDS, after_news
from tests.publishing.making import (
    LOOK_DELAYS,
    NOW,
    OK_ABSENT,
    POST,
    change,
    created,
    handed_over,
    job,
)

LATER = NOW + timedelta(minutes=1)
FIRST = job(due_in=600).replace(made_at=NOW)
SECOND = job(due_in=900, text="new words").replace(made_at=LATER, revision=2)
WAITING = creation.accept(FIRST)
THERE = created(WAITING)


def _again(known: JobRecord, job_: PublishJob = SECOND) -> JobRecord:
    return hand_over.accept_again(known, job_, LATER)


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


def test_the_newest_words_count_whatever_numbers_the_changes_of_the_earlier_ones_had() -> None:
    record = _again(THERE.replace(heard=10**15))

    assert record.pending is not None
    assert record.heard == 10**15 + 1


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


def test_a_receipt_tells_of_which_life_of_its_post_it_is() -> None:
    asked = changes.take_change(THERE, change(ChangeKind.RETRACT), NOW)
    gone = replies.after_change(asked, Step.DELETE, ChangeReply(kind=ReplyKind.OK), LATER)
    anew = created(_again(outcomes.trimmed(gone)))

    (end,) = receipts_of(asked, gone, None, LATER)
    (own,) = receipts_of(gone, anew, Evidence.REPLY, LATER)

    assert (end.made_at, own.made_at) == (FIRST.made_at, SECOND.made_at)
    assert is_earlier_life(end.made_at, SECOND.made_at)
    assert not is_earlier_life(own.made_at, SECOND.made_at)


# Approved anew before what was handed over is taken back

SENT = POST.model_copy(update={"status": "sent", "external_link": "https://x.com/1"})


def _told(record: JobRecord, post: PostSnapshot) -> PostSnapshot:
    for news in record.news:
        post = after_news(post, news, LATER)
    return post


def test_the_words_that_went_out_before_they_could_be_replaced_are_told() -> None:
    record = outcomes.after_outcome(_again(THERE).replace(news=()), SENT, LATER)

    post = _told(record, handed_over(PostState.PUBLISHING).replace(job=SECOND)).view

    assert (post.state, post.buffer_post_id) == (PostState.PUBLISHED, POST.id)
    assert post.has_other_words
    assert post.notice == OTHER_WORDS


def test_what_was_published_before_is_told_to_the_post_that_was_reset() -> None:
    record = _again(outcomes.after_outcome(THERE, SENT, NOW))

    assert record.last is not None
    post = after_news(handed_over(PostState.PUBLISHING).replace(job=SECOND), record.last, LATER)
    assert (post.view.state, post.view.has_other_words) == (PostState.PUBLISHED, True)


def test_the_newest_words_in_buffer_are_told_to_a_post_that_asked_for_no_change() -> None:
    edit = ChangeReply(kind=ReplyKind.OK, post=THERE.post)
    record = replies.after_change(_again(THERE).replace(news=()), Step.EDIT, edit, LATER)

    post = _told(record, handed_over(PostState.PUBLISHING).replace(job=SECOND)).view

    assert (post.state, post.has_other_words) == (PostState.SCHEDULED, False)


@pytest.mark.parametrize("kind", [ReplyKind.REFUSED, ReplyKind.FAILED, ReplyKind.UNAUTHORIZED])
def test_earlier_words_that_buffer_does_not_replace_are_a_persons_question(
    kind: ChangeReplyKind,
) -> None:
    record, at = _again(THERE), LATER
    while record.pending is not None:
        at = record.not_before or at
        step = step_of(record.replace(news=()), (), at)
        reply = ChangeReply(kind=kind, message="no")
        if step is Step.READ:
            there = ChangeReply(kind=ReplyKind.OK, post=THERE.post)
            record = replies.after_read(record, there, at)
        else:
            record = replies.after_change(record, Step.EDIT, reply, at)

    assert record.phase is JobPhase.HELD
    post = _told(record, handed_over(PostState.PUBLISHING).replace(job=SECOND)).view
    assert (post.state, post.held_for) == (PostState.HELD, HoldReason.EARLIER_WORDS)
    assert "no" in (post.error or "")
    left = _again(record.replace(news=()))
    assert (left.phase, left.pending) == (JobPhase.OUTSTANDING, None)


def test_a_post_that_our_own_deletion_took_out_is_created_with_the_newest_words() -> None:
    asked = changes.take_change(THERE, change(ChangeKind.RETRACT), NOW)
    lost = replies.after_change(asked, Step.DELETE, ChangeReply(kind=ReplyKind.FAILED), NOW)
    record = _again(lost)

    record = replies.after_change(record, Step.EDIT, ChangeReply(kind=ReplyKind.GONE), LATER)
    record = replies.after_read(record, ChangeReply(kind=ReplyKind.GONE), LATER)
    for _ in LOOK_DELAYS:
        record = creation.after_look(record, OK_ABSENT, LATER, LOOK_DELAYS)

    assert step_of(record, (), LATER + timedelta(hours=1)) is Step.CREATE
    assert record.job.request.text == "new words"


def test_a_held_job_that_buffer_cannot_have_starts_with_the_newest_words() -> None:
    away = CreateReply(kind=ReplyKind.UNAUTHORIZED, message="no key")
    stopped = creation.after_create(WAITING, away, NOW, LOOK_DELAYS)
    assert stopped.phase is JobPhase.HELD

    record = _again(stopped)

    assert step_of(record, (), LATER) is Step.CREATE
    assert record.job == SECOND


def test_a_held_job_that_buffer_may_have_is_searched_for_with_its_own_words() -> None:
    lost = WAITING.replace(phase=JobPhase.HELD, creates=2, doubt=ReplyKind.UNKNOWN)

    record = _again(lost)

    assert step_of(record, (), LATER) is Step.LOOK
    assert record.job.request.text == FIRST.request.text
    for _ in LOOK_DELAYS:
        record = creation.after_look(record, OK_ABSENT, LATER, LOOK_DELAYS)
    assert step_of(record, (), LATER) is Step.CREATE
    assert record.job.request.text == "new words"


def test_a_held_post_that_a_person_changed_in_buffer_is_asked_about_once_more() -> None:
    changed = transitions.held(THERE, "look", HoldReason.CHANGED_IN_BUFFER).replace(news=())

    record = _again(changed)

    assert (record.phase, record.pending) == (JobPhase.HELD, None)
    assert record.last is not None
    post = after_news(handed_over(PostState.PUBLISHING).replace(job=SECOND), record.last, LATER)
    assert post.view.state is PostState.HELD


@pytest.mark.parametrize("after", [WAITING, THERE])
def test_a_hand_over_from_before_the_reset_that_arrives_late_changes_nothing(
    after: JobRecord,
) -> None:
    record = _again(after)

    for late in (FIRST, FIRST.replace(revision=9), FIRST.replace(is_question=True)):
        assert hand_over.accept_again(record, late, LATER) is record


# Taken back before it arrived


def _withdrawal(post_id: str | None = None) -> Change:
    asked = change(ChangeKind.RETRACT, change_id=7, text="", post_id=post_id)
    later = asked.job.replace(made_at=NOW + timedelta(seconds=30))
    return asked.with_job(later).model_copy(update={"is_withdrawal": True})


def test_a_withdrawal_that_overtakes_the_hand_over_keeps_it_out() -> None:
    record = outcomes.trimmed(changes.accept_change(_withdrawal(), NOW))

    assert record.last is not None
    assert (record.last.kind, record.last.change_id) == (ProgressKind.RETRACTED, 7)
    assert hand_over.accept_again(record.replace(news=()), FIRST, NOW).phase is JobPhase.SETTLED
    assert step_of(_again(record), (), LATER) is Step.CREATE


def test_a_withdrawal_that_learns_of_buffers_post_later_takes_it_out() -> None:
    record = changes.accept_change(_withdrawal(), NOW)

    record = changes.take_change(record, _withdrawal(POST.id), NOW)

    assert step_of(record, (), NOW) is Step.DELETE
    gone = replies.after_change(record, Step.DELETE, ChangeReply(kind=ReplyKind.OK), NOW)
    again = changes.take_change(gone, _withdrawal(POST.id), NOW)
    assert step_of(again, (), NOW) is None


# Told to the post

IN_REVIEW = handed_over(PostState.IN_REVIEW).replace(
    job=None, is_handed_over=False, withdrawal=_withdrawal()
)


def _refused() -> Progress:
    return Progress(
        job_id=FIRST.job_id, kind=ProgressKind.CHANGE_REFUSED, message="no", change_id=7
    )


def test_a_withdrawal_that_buffer_refuses_is_told_and_nothing_goes_out_by_itself() -> None:
    post = after_news(IN_REVIEW, _refused(), LATER).view

    assert post.state is PostState.IN_REVIEW
    assert "not taken back: no" in (post.error or "")


def test_what_went_out_before_it_was_taken_back_ends_the_review() -> None:
    settled = outcomes.after_outcome(THERE, SENT, NOW)

    post = _told(settled, IN_REVIEW).view

    assert (post.state, post.has_other_words) == (PostState.PUBLISHED, True)


def test_a_review_that_nobody_answers_takes_back_what_was_handed_over_and_ends_no_doubt() -> None:
    first = unanswered(IN_REVIEW, LATER)
    assert (first.view.state, is_change_unsent(first)) == (PostState.HELD, True)
    assert first.change is not None
    answer = _refused().model_copy(update={"change_id": first.change.change_id})
    doubted = after_news(first, answer, LATER)
    assert doubted.view.state is PostState.IN_REVIEW

    ended = unanswered(doubted, LATER).view

    # The clock is nobody who left the old words where they are: a person is told.
    assert ended.state is PostState.EXPIRED
    assert (doubted.view.error or "no error") in (ended.error or "")
    assert "Nobody decided in time." in (ended.error or "")


@pytest.mark.parametrize("is_rejection", [False, True])
def test_a_post_ends_once_what_it_handed_over_before_the_reset_is_out_of_buffer(
    *, is_rejection: bool
) -> None:
    doubted = after_news(IN_REVIEW, _refused(), LATER)
    if is_rejection:
        said = Decision(kind=DecisionKind.REJECT, revision=1, by="kim")
        asked = reject(doubted, said, LATER)
    else:
        wanted = ChangeRequest(kind=ChangeKind.RETRACT, by="kim")
        asked = ask(doubted, wanted, LATER, timedelta(minutes=1))

    assert (asked.view.state, is_change_unsent(asked)) == (PostState.HELD, True)
    assert asked.change is not None
    again = asked.change
    assert again.is_withdrawal
    answer = _refused().model_copy(update={"change_id": again.change_id})
    refused = after_news(asked, answer, LATER)
    assert (refused.view.state, refused.is_handed_over) == (PostState.IN_REVIEW, False)
    gone_out = outcomes.after_outcome(THERE, SENT, NOW)
    assert _told(gone_out, refused).view.state is PostState.PUBLISHED
    done = answer.model_copy(update={"kind": ProgressKind.RETRACTED})
    ended = PostState.REJECTED if is_rejection else PostState.RETRACTED
    assert after_news(asked, done, LATER).view.state is ended


def test_a_withdrawal_that_is_done_leaves_nothing_to_take_back() -> None:
    done = _refused().model_copy(update={"kind": ProgressKind.RETRACTED})

    post = after_news(IN_REVIEW, done, LATER)

    assert post.withdrawal is None
    said = Decision(kind=DecisionKind.REJECT, revision=1, by="kim")
    assert reject(post, said, LATER).view.state is PostState.REJECTED


def test_news_of_the_new_job_count_before_the_hand_over_has_ended() -> None:
    anew = IN_REVIEW.replace(job=SECOND, is_handed_over=True)
    own = created(creation.accept(SECOND))

    assert _told(own, anew).view.buffer_post_id == POST.id
