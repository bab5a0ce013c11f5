"""What becomes of a change, by where the post is when it is read."""

from datetime import timedelta

import pytest

from galley.models.account import Progress, ProgressKind
from galley.models.channel import Delivery
from galley.models.publishing import BufferPost, ChangeReply, CreateReply, FindReply, ReplyKind
from galley.models.review import ChangeKind
from galley.publishing.job import changes, creation, hand_over, outcomes, replies
from galley.publishing.job.priority import step_of
from galley.publishing.job.record import JobPhase, JobRecord
from galley.publishing.job.replies import Step
from tests.publishing.making import LOOK_DELAYS, NOW, OK_ABSENT, POST, change, created, doubt, job

DONE = ChangeReply(
    kind=ReplyKind.OK, post=POST.model_copy(update={"due_at": NOW + timedelta(minutes=1)})
)
GONE = ChangeReply(kind=ReplyKind.GONE)
LOST = ChangeReply(kind=ReplyKind.FAILED, message="no answer")
REFUSED = ChangeReply(kind=ReplyKind.REFUSED, message="Text is too long.")
FAILED = POST.model_copy(update={"status": "error", "error": "Media is gone."})


def _quiet(record: JobRecord) -> JobRecord:
    return record.model_copy(update={"news": ()})


def _outstanding() -> JobRecord:
    return _quiet(created(creation.accept(job())))


def _in_error() -> JobRecord:
    return _quiet(outcomes.trimmed(outcomes.after_outcome(_outstanding(), FAILED, NOW)))


def _take(record: JobRecord, kind: ChangeKind, text: str = "new words") -> JobRecord:
    said = change(kind, record.heard + 1, text=text, due_in=600)
    return changes.take_change(record, said, NOW)


def _step(record: JobRecord) -> Step | None:
    return step_of(record, (), NOW)


def _shown(status: str) -> ChangeReply:
    link = "https://x.com/1" if status == "sent" else None
    post = POST.model_copy(update={"status": status, "external_link": link})
    return ChangeReply(kind=ReplyKind.OK, post=post)


def _kinds(record: JobRecord) -> list[ProgressKind]:
    return [one.kind for one in record.news]


def _only(record: JobRecord) -> Progress:
    (news,) = record.news
    return news


# Not created yet


@pytest.mark.parametrize("kind", [ChangeKind.EDIT, ChangeKind.RESCHEDULE])
def test_what_was_not_created_is_changed_without_a_call(kind: ChangeKind) -> None:
    after = _take(creation.accept(job()), kind)

    assert _only(after).kind is ProgressKind.CHANGED
    assert _step(after) is Step.CREATE
    assert after.job.request.text == "new words"


def test_an_edit_leaves_the_time_and_a_reschedule_sets_it() -> None:
    waiting = creation.accept(job(due_in=60))

    edited = _take(waiting, ChangeKind.EDIT)
    moved = _take(waiting, ChangeKind.RESCHEDULE)

    assert edited.job.request.due_at == NOW + timedelta(seconds=60)
    assert moved.job.request.due_at == NOW + timedelta(seconds=600)


def test_what_was_not_created_and_is_retracted_never_is() -> None:
    after = _take(creation.accept(job()), ChangeKind.RETRACT)

    assert _only(after).kind is ProgressKind.RETRACTED
    assert _only(after).change_id == 1
    assert (after.phase, _step(after)) == (JobPhase.SETTLED, None)


# Buffer may have it


def test_a_change_waits_until_it_is_known_whether_buffer_has_the_post() -> None:
    looking = _take(doubt(ReplyKind.UNKNOWN), ChangeKind.EDIT)
    assert (looking.news, looking.phase) == ((), JobPhase.LOOKING)
    assert looking.job.request.text == "hello", "it is looked for as it was sent"

    found = creation.after_look(looking, FindReply(kind=ReplyKind.OK, post=POST), NOW, LOOK_DELAYS)
    absent = looking
    for _ in LOOK_DELAYS:
        absent = creation.after_look(absent, OK_ABSENT, NOW, LOOK_DELAYS)

    assert _step(found) is Step.EDIT
    assert (_step(absent), absent.job.request.text) == (Step.CREATE, "new words")


def test_a_retraction_is_done_when_every_look_proved_the_post_absent() -> None:
    looking = _take(doubt(ReplyKind.DUPLICATE), ChangeKind.RETRACT)
    for _ in LOOK_DELAYS:
        looking = creation.after_look(looking, OK_ABSENT, NOW, LOOK_DELAYS)

    assert looking.last is not None
    assert looking.last.kind is ProgressKind.RETRACTED


def test_a_held_post_that_is_rejected_is_looked_for_and_deleted_if_it_is_there() -> None:
    held = doubt(ReplyKind.UNKNOWN)
    for _ in range(creation.MAX_FAILED_LOOKS):
        failed = FindReply(kind=ReplyKind.FAILED, message="down")
        held = creation.after_look(held, failed, NOW, LOOK_DELAYS)
    assert held.phase is JobPhase.HELD

    looking = _take(_quiet(held), ChangeKind.RETRACT)
    found = creation.after_look(looking, FindReply(kind=ReplyKind.OK, post=POST), NOW, LOOK_DELAYS)

    assert _step(looking) is Step.LOOK
    assert _step(found) is Step.DELETE
    gone = replies.after_change(found, Step.DELETE, GONE, NOW)
    assert _kinds(gone)[-1] is ProgressKind.RETRACTED


def test_a_held_post_that_was_certainly_not_created_is_retracted_without_a_look() -> None:
    denied = CreateReply(kind=ReplyKind.UNAUTHORIZED)
    held = creation.after_create(creation.accept(job()), denied, NOW, LOOK_DELAYS)

    after = _take(_quiet(held), ChangeKind.RETRACT)

    assert _only(after).kind is ProgressKind.RETRACTED


# Buffer has it


def test_the_last_change_counts_and_holds_what_was_not_done_before() -> None:
    edited = _take(_outstanding(), ChangeKind.EDIT)
    both = _take(edited, ChangeKind.RESCHEDULE)

    assert both.pending is not None
    assert (both.pending.edits, both.pending.schedules) == (True, True)
    after = replies.after_change(both, Step.EDIT, DONE, NOW)
    assert _only(after).change_id == 2
    assert after.pending is None


def test_a_change_that_is_repeated_is_answered_again_and_not_carried_out() -> None:
    done = replies.after_change(_take(_outstanding(), ChangeKind.EDIT), Step.EDIT, DONE, NOW)

    again = changes.take_change(_quiet(done), change(ChangeKind.EDIT, 1), NOW)

    assert _step(again) is None
    assert ProgressKind.CHANGED in _kinds(again)
    assert again.job == done.job


def test_an_older_change_that_arrives_late_is_not_heard() -> None:
    newer = changes.take_change(_outstanding(), change(ChangeKind.EDIT, 7, text="newer"), NOW)

    after = changes.take_change(newer, change(ChangeKind.EDIT, 6, text="older"), NOW)

    assert after.pending == newer.pending


def test_a_lost_reply_is_followed_by_the_same_again_and_at_last_by_a_sentence() -> None:
    record = _take(_outstanding(), ChangeKind.EDIT)
    for _ in range(replies.MAX_TRIES - 1):
        record = replies.after_change(record, Step.EDIT, LOST, NOW)
        assert record.news == ()
        assert record.not_before is not None
        assert record.not_before > NOW
    record = replies.after_change(record, Step.EDIT, LOST, NOW)

    assert _only(record).kind is ProgressKind.CHANGE_REFUSED
    assert "no answer" in _only(record).message
    assert record.phase is JobPhase.OUTSTANDING


@pytest.mark.parametrize(
    ("status", "said"),
    [
        ("sent", [ProgressKind.CHANGE_REFUSED, ProgressKind.SENT]),
        ("sending", [ProgressKind.CHANGE_REFUSED, ProgressKind.CREATED]),
        ("scheduled", [ProgressKind.CHANGE_REFUSED]),
        ("error", [ProgressKind.CHANGE_REFUSED, ProgressKind.PUBLISH_FAILED]),
    ],
)
@pytest.mark.parametrize("kind", [ChangeKind.EDIT, ChangeKind.RETRACT])
def test_buffers_no_is_followed_by_a_look_that_tells_whether_it_was_too_late(
    kind: ChangeKind, status: str, said: list[ProgressKind]
) -> None:
    record = _take(_outstanding(), kind)
    step = _step(record)
    assert step is not None

    asked = replies.after_change(record, step, REFUSED, NOW)
    assert (asked.news, _step(asked)) == ((), Step.READ)
    after = replies.after_read(asked, _shown(status), NOW)

    assert _kinds(after) == said
    is_late = status in {"sent", "sending"}
    assert ("Too late" in after.news[0].message) == is_late
    assert is_late or after.news[0].message == REFUSED.message


def test_a_published_post_is_not_changed_and_no_call_is_made() -> None:
    sent = {"status": "sent", "external_link": "https://x.com/1"}
    published = outcomes.after_outcome(_outstanding(), POST.model_copy(update=sent), NOW)

    for kind in ChangeKind:
        after = _take(_quiet(published), kind)
        assert _kinds(after) == [ProgressKind.CHANGE_REFUSED, ProgressKind.SENT]
        assert _step(after) is None


def test_a_move_is_one_call_and_waits_for_a_post_that_is_not_created_yet() -> None:
    waiting = _take(creation.accept(job()), ChangeKind.MOVE)
    assert (waiting.news, _step(waiting)) == ((), Step.CREATE)

    there = created(waiting)
    later = POST.model_copy(update={"due_at": NOW + timedelta(hours=5)})
    reply = ChangeReply(kind=ReplyKind.OK, post=later)
    moved = replies.after_change(_quiet(there), Step.MOVE, reply, NOW)

    assert _step(there) is Step.MOVE
    assert _only(moved).kind is ProgressKind.CHANGED
    assert moved.job.request.due_at == later.due_at


# Buffer could not publish it


def test_a_redrive_reschedules_the_same_post_after_a_look_at_it() -> None:
    pending = _take(_in_error(), ChangeKind.REDRIVE)
    assert _step(pending) is Step.READ

    seen = replies.after_read(pending, _shown("error"), NOW)
    assert _step(seen) is Step.EDIT
    assert seen.pending is not None
    assert seen.pending.schedules
    after = replies.after_change(seen, Step.EDIT, _shown("scheduled"), NOW)

    assert after.phase is JobPhase.OUTSTANDING
    assert _kinds(after) == [ProgressKind.CHANGED]
    assert after.post is not None
    assert after.post.id == POST.id


def test_a_redrive_of_what_was_published_after_all_says_so() -> None:
    pending = _take(_in_error(), ChangeKind.REDRIVE)

    after = replies.after_read(pending, _shown("sent"), NOW)

    assert _kinds(after) == [ProgressKind.CHANGE_REFUSED, ProgressKind.SENT]


def test_a_redrive_of_a_post_that_is_gone_creates_only_after_proven_absence() -> None:
    pending = _take(_in_error(), ChangeKind.REDRIVE)

    looking = replies.after_read(pending, GONE, NOW)
    steps: list[Step | None] = []
    for _ in LOOK_DELAYS:
        steps.append(_step(looking))
        looking = creation.after_look(looking, OK_ABSENT, NOW, LOOK_DELAYS)

    assert steps == [Step.LOOK] * len(LOOK_DELAYS)
    assert _step(looking) is Step.CREATE
    assert looking.job.request.text == "new words"
    assert POST.id in looking.gone


def test_a_redrive_that_buffer_calls_a_repeat_is_offered_again_hours_later() -> None:
    looking = replies.after_read(_take(_in_error(), ChangeKind.REDRIVE), GONE, NOW)
    duplicate = CreateReply(kind=ReplyKind.DUPLICATE)
    now, creates = NOW, 0
    while looking.phase is not JobPhase.HELD:
        if looking.phase is JobPhase.WAITING:
            now = max(now, looking.not_before or now)
            looking = creation.after_create(looking, duplicate, now, LOOK_DELAYS)
            creates += 1
        else:
            looking = creation.after_look(looking, OK_ABSENT, now, LOOK_DELAYS)

    assert creates == 1 + len(creation.REPEAT_PAUSES)
    assert now - NOW > timedelta(hours=3)


def test_a_post_in_error_can_be_taken_back() -> None:
    pending = _take(_in_error(), ChangeKind.RETRACT)

    after = replies.after_change(pending, Step.DELETE, DONE, NOW)

    assert _step(pending) is Step.DELETE
    assert _only(after).kind is ProgressKind.RETRACTED


# The account lost its memory


def test_a_change_of_an_unknown_job_is_carried_out_by_buffers_id() -> None:
    said = change(ChangeKind.EDIT, 5, text="new words", post_id="abc")

    known = changes.accept_change(said, NOW)

    assert _step(known) is Step.EDIT
    assert known.post is not None
    assert known.post.id == "abc"
    assert replies.edited(known, NOW, creation.LEAST_LEAD).request.text == "new words"


def test_nothing_is_created_from_an_edit_of_an_unknown_job() -> None:
    known = changes.accept_change(change(ChangeKind.EDIT, 5, text="new words"), NOW)
    assert (_step(known), known.news) == (None, ())

    handed = hand_over.accept_again(known, job(), NOW)

    assert _step(handed) is Step.LOOK
    assert handed.job.request.text == "hello", "what Buffer may have"
    assert handed.pending == known.pending


def test_a_retraction_after_an_edit_of_an_unknown_job_looks_for_what_it_brings() -> None:
    known = changes.accept_change(change(ChangeKind.EDIT, 5, text="new words"), NOW)

    after = changes.take_change(known, change(ChangeKind.RETRACT, 6), NOW)

    assert _step(after) is Step.LOOK
    assert after.job.request.text == "hello"


def test_a_retraction_of_an_unknown_job_looks_for_it() -> None:
    known = changes.accept_change(change(ChangeKind.RETRACT, 5), NOW)
    assert _step(known) is Step.LOOK
    for _ in LOOK_DELAYS:
        known = creation.after_look(known, OK_ABSENT, NOW, LOOK_DELAYS)

    assert _only(known).kind is ProgressKind.RETRACTED


# Drafts


def test_a_draft_is_changed_before_it_is_left_to_a_person() -> None:
    draft = BufferPost(id="d", channel_id="c", status="draft")
    to_draft = Delivery(save_to_draft=True)
    looking = creation.accept(job(delivery=to_draft, look_first=True))
    pending = _take(looking, ChangeKind.EDIT)

    found = creation.after_look(pending, FindReply(kind=ReplyKind.OK, post=draft), NOW, LOOK_DELAYS)
    reply = ChangeReply(kind=ReplyKind.OK, post=draft)
    after = replies.after_change(_quiet(found), Step.EDIT, reply, NOW)

    assert _step(found) is Step.EDIT
    assert _kinds(after) == [ProgressKind.CHANGED, ProgressKind.HANDED_TO_PERSON]
    assert after.phase is JobPhase.SETTLED


@pytest.mark.parametrize("kind", [ChangeKind.EDIT, ChangeKind.RESCHEDULE, ChangeKind.MOVE])
def test_a_change_of_a_post_that_is_gone_from_buffer_is_answered(kind: ChangeKind) -> None:
    asked = changes.take_change(created(creation.accept(job())), change(kind), NOW)

    read = replies.after_change(asked, Step.EDIT, GONE, NOW)
    gone = replies.after_read(read.replace(news=()), GONE, NOW)

    told = {news.kind: news for news in gone.news}
    assert told[ProgressKind.CHANGE_REFUSED].change_id == 1
    assert ProgressKind.PUBLISH_FAILED in told
    assert gone.pending is None
