"""A job whose words were dropped to save room: no search is begun that can never be made."""

import pytest

from galley.models.account import ProgressKind
from galley.models.publishing import ChangeReply, HoldReason, ReplyKind
from galley.models.review import ChangeKind
from galley.publishing.job import changes, creation, hand_over, outcomes, replies
from galley.publishing.job.priority import step_of
from galley.publishing.job.record import JobPhase, JobRecord
from galley.publishing.job.replies import Step
from galley.publishing.job.transitions import doubted
from tests.publishing.making import LOOK_DELAYS, NOW, OK_ABSENT, POST, change, created, doubt, job
from tests.publishing.test_reset_posts import LATER, SECOND

LOST = doubt(ReplyKind.UNKNOWN)
WITHDRAWAL = change(ChangeKind.RETRACT, 7, text="").model_copy(update={"is_withdrawal": True})
IN_DOUBT = [
    doubted(creation.accept(job())),
    doubted(creation.accept(job()).replace(phase=JobPhase.PULLED_BACK)),
    LOST,
    LOST.replace(phase=JobPhase.HELD),
]


@pytest.mark.parametrize("known", IN_DOUBT)
def test_a_withdrawal_of_what_cannot_be_looked_for_is_told_and_not_waited_for(
    known: JobRecord,
) -> None:
    record = changes.take_change(outcomes.without_content(known), WITHDRAWAL, NOW)

    told = {one.kind: one for one in record.news}
    assert told[ProgressKind.CHANGE_REFUSED].change_id == 7
    assert told[ProgressKind.HELD].reason is HoldReason.WORDS_DROPPED
    assert (record.phase, record.pending) == (JobPhase.HELD, None)


@pytest.mark.parametrize("known", IN_DOUBT)
def test_a_withdrawal_of_what_has_its_words_is_looked_for(known: JobRecord) -> None:
    assert step_of(changes.take_change(known, WITHDRAWAL, NOW), (), NOW) is Step.LOOK


@pytest.mark.parametrize("phase", [JobPhase.WAITING, JobPhase.PULLED_BACK])
def test_a_withdrawal_of_what_is_certainly_absent_is_done_without_words(phase: JobPhase) -> None:
    known = outcomes.without_content(creation.accept(job()).replace(phase=phase))

    record = changes.take_change(known, WITHDRAWAL, NOW)

    assert [(one.kind, one.change_id) for one in record.news] == [(ProgressKind.RETRACTED, 7)]


def test_a_retract_brings_the_words_for_its_search() -> None:
    known = outcomes.without_content(LOST)

    assert step_of(known, (), NOW) is None
    retracted = changes.take_change(known, change(ChangeKind.RETRACT), NOW)
    assert step_of(retracted, (), NOW) is Step.LOOK


def test_a_search_for_dropped_words_waits_for_the_question_of_their_post() -> None:
    known = outcomes.without_content(LOST)

    record = hand_over.accept_again(known, job().replace(is_question=True), NOW)

    assert step_of(record, (), NOW) is Step.LOOK


def test_the_newest_words_take_the_place_of_dropped_ones_once_a_person_has_looked() -> None:
    lost = LOST.replace(phase=JobPhase.HELD, job=job().replace(made_at=NOW))
    asked = hand_over.accept_again(outcomes.without_content(lost), SECOND, LATER)

    assert (asked.phase, step_of(asked, (), LATER)) == (JobPhase.HELD, None)
    assert ProgressKind.HELD in {one.kind for one in asked.news}
    record = hand_over.accept_again(asked.replace(news=()), SECOND, LATER)
    for _ in LOOK_DELAYS:
        assert step_of(record, (), LATER) is Step.LOOK
        record = creation.after_look(record, OK_ABSENT, LATER, LOOK_DELAYS)
    assert step_of(record, (), LATER) is Step.CREATE
    assert record.job.request.text == "new words"


def test_a_post_without_words_that_is_gone_after_a_reset_is_looked_for_before_it_is_rejected() -> (
    None
):
    known = doubted(outcomes.without_content(created(creation.accept(job()))))

    record = replies.after_read(known, ChangeReply(kind=ReplyKind.GONE), NOW)

    assert record.phase is JobPhase.HELD
    assert record.last is not None
    assert record.last.reason is HoldReason.WORDS_DROPPED
    for asked in (change(ChangeKind.RETRACT), change(ChangeKind.RETRACT, post_id=POST.id)):
        rejected = changes.take_change(record.replace(news=()), asked, NOW)
        assert (rejected.news, step_of(rejected, (), NOW)) == ((), Step.LOOK)
    approved = hand_over.accept_again(record, job().replace(post_id=POST.id), NOW)
    assert step_of(approved, (), NOW) is Step.LOOK


def test_an_unanswered_deletion_of_a_post_that_is_gone_after_a_reset_says_nothing_of_the_next() -> (
    None
):
    known = doubted(outcomes.without_content(created(creation.accept(job()))))
    asked = known.replace(may_be_retracted=True, renewed_at=LATER)

    record = replies.after_read(asked, ChangeReply(kind=ReplyKind.GONE), NOW)

    assert (record.phase, record.may_be_retracted) == (JobPhase.HELD, False)


@pytest.mark.parametrize("kind", [ChangeKind.REDRIVE, ChangeKind.RESCHEDULE, ChangeKind.EDIT])
def test_a_search_for_dropped_words_goes_on_when_its_post_repeats_its_change(
    kind: ChangeKind,
) -> None:
    asked = change(kind, text="new", post_id="b1")
    searched = changes.take_change(LOST.replace(gone=("b1",)), asked, NOW)

    record = changes.take_change(outcomes.without_content(searched), asked, NOW)

    assert step_of(record, (), NOW) is Step.LOOK
    assert record.job.request.text == "new"
