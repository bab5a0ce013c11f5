"""What an account that was reset may have forgotten is doubted until it is known."""

from datetime import timedelta

import pytest

from galley.models.account import Pause, PublishJob
from galley.models.publishing import ChangeReply, CreateReply, ReplyKind
from galley.models.review import ChangeKind
from galley.publishing.job import changes, creation, hand_over, outcomes, pauses, replies
from galley.publishing.job.pauses import ActivePause
from galley.publishing.job.priority import step_of
from galley.publishing.job.record import JobPhase, JobRecord
from galley.publishing.job.replies import Step
from galley.publishing.job.transitions import doubted
from tests.publishing.making import LOOK_DELAYS, NOW, OK_ABSENT, POST, change, created, job

LATER = NOW + timedelta(minutes=1)
FIRST = job(due_in=600).replace(made_at=NOW)
OF_A_LATER_LIFE = FIRST.replace(made_at=LATER, revision=2)
OF_ANOTHER_REVISION = FIRST.replace(revision=2)
PULLED = (ActivePause(pause=Pause(by="kim", pull_back=True, at=NOW)),)

_WAITING = creation.accept(FIRST)
_TAKEN_BACK = replies.after_change(
    changes.take_change(created(_WAITING), change(ChangeKind.RETRACT), NOW),
    Step.DELETE,
    ChangeReply(kind=ReplyKind.OK),
    NOW,
)
_REFUSED = creation.after_create(_WAITING, CreateReply(kind=ReplyKind.REFUSED), NOW, LOOK_DELAYS)


@pytest.mark.parametrize(
    ("over", "newest"),
    [(_REFUSED, OF_ANOTHER_REVISION), (_REFUSED, OF_A_LATER_LIFE), (_TAKEN_BACK, OF_A_LATER_LIFE)],
)
def test_a_job_in_place_of_one_that_is_over_may_be_forgotten_too(
    over: JobRecord, newest: PublishJob
) -> None:
    known = doubted(outcomes.trimmed(over.replace(news=())))

    record = hand_over.accept_again(known, newest, LATER)

    assert record.receipts_since == newest.made_at
    assert step_of(pauses.apply_pauses(record, PULLED), PULLED, LATER) is Step.LOOK
    retracted = changes.take_change(record, change(ChangeKind.RETRACT, 2), LATER)
    assert (retracted.news, step_of(retracted, (), LATER)) == ((), Step.LOOK)
    named = hand_over.accept_again(known, newest.replace(post_id="b2"), LATER)
    assert (named.post and named.post.id, named.receipts_since) == ("b2", None)


def test_an_account_that_lost_the_words_of_an_edited_post_goes_on_doubting_that_it_is_absent() -> (
    None
):
    lost = changes.accept_change(change(ChangeKind.EDIT), NOW)
    withdrawal = change(ChangeKind.RETRACT, 2, text="").model_copy(update={"is_withdrawal": True})

    record = changes.take_change(outcomes.without_content(lost), withdrawal, NOW)

    assert record.phase is JobPhase.HELD
    assert not record.is_certainly_absent
    rejected = changes.take_change(record.replace(news=()), change(ChangeKind.RETRACT, 3), NOW)
    assert (rejected.news, step_of(rejected, (), NOW)) == ((), Step.LOOK)
    approved = hand_over.accept_again(record, job(), NOW)
    assert step_of(approved, (), NOW) is Step.LOOK


def test_a_lost_account_that_knows_buffers_post_by_now_deletes_it_by_its_id() -> None:
    lost = changes.accept_change(change(ChangeKind.EDIT, text="new"), NOW)
    named = change(ChangeKind.EDIT, text="new", post_id=POST.id)
    there = ChangeReply(kind=ReplyKind.OK, post=POST)
    edited = replies.after_change(changes.take_change(lost, named, NOW), Step.EDIT, there, NOW)

    record = changes.take_change(edited, change(ChangeKind.RETRACT, 2, post_id=POST.id), NOW)

    assert (step_of(record, (), NOW), record.post and record.post.id) == (Step.DELETE, POST.id)


def test_a_pull_back_after_a_reset_allows_no_third_create_without_a_person() -> None:
    lost = creation.after_create(_WAITING, CreateReply(kind=ReplyKind.UNKNOWN), NOW, LOOK_DELAYS)
    waiting = doubted(_absent(lost))
    assert waiting.phase is JobPhase.WAITING

    pulled = _absent(pauses.apply_pauses(waiting, PULLED))
    assert step_of(pulled, (), NOW) is Step.CREATE
    again = creation.after_create(pulled, CreateReply(kind=ReplyKind.UNKNOWN), NOW, LOOK_DELAYS)

    assert _absent(again).phase is JobPhase.HELD


def _absent(record: JobRecord) -> JobRecord:
    """Return the job after a search that does not find its post."""
    for _ in LOOK_DELAYS:
        record = creation.after_look(record, OK_ABSENT, NOW, LOOK_DELAYS)
    return record
