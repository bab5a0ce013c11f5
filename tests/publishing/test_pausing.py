"""What a pause stops, takes out of Buffer, and puts back."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from galley.models.account import Pause, PauseScope, ProgressKind, Resume
from galley.models.network import Platform
from galley.models.publishing import ChangeReply, FindReply, HoldReason, ReplyKind
from galley.models.review import ChangeKind
from galley.publishing.job import changes, creation, hand_over, priority, replies
from galley.publishing.job import pauses as pausing
from galley.publishing.job.pauses import ActivePause
from galley.publishing.job.priority import step_of
from galley.publishing.job.record import JobPhase, JobRecord
from galley.publishing.job.replies import Step
from galley.publishing.job.transitions import doubted
from tests.publishing.making import LOOK_DELAYS, NOW, OK_ABSENT, POST, change, created, job
from tests.publishing.making import doubt as doubtful

ALL = PauseScope()
DONE = ChangeReply(kind=ReplyKind.OK)
LOST = ChangeReply(kind=ReplyKind.FAILED)
GONE = ChangeReply(kind=ReplyKind.GONE)
REFUSED = ChangeReply(kind=ReplyKind.REFUSED)
SCOPES = st.sampled_from(
    [
        ALL,
        PauseScope(platform=Platform.X),
        PauseScope(platform=Platform.LINKEDIN),
        PauseScope(channel_id="c"),
        PauseScope(campaign_key="key"),
        PauseScope(campaign_key="other", platform=Platform.X),
    ]
)


def _paused(scope: PauseScope = ALL, *, pull_back: bool = False) -> tuple[ActivePause, ...]:
    said = Pause(by="kim", scope=scope, pull_back=pull_back)
    return pausing.paused((), said, NOW)


PULLED = _paused(pull_back=True)


def _outstanding(due_in: float = 600) -> JobRecord:
    return _quiet(created(creation.accept(job(due_in=due_in))))


def _quiet(record: JobRecord) -> JobRecord:
    return record.model_copy(update={"news": ()})


@given(st.lists(st.tuples(st.booleans(), SCOPES), max_size=12))
def test_a_pause_ends_with_the_resume_of_exactly_its_scope(
    said: list[tuple[bool, PauseScope]],
) -> None:
    pauses: tuple[ActivePause, ...] = ()
    expected: set[str] = set()
    for is_pause, scope in said:
        if is_pause:
            pauses = pausing.paused(pauses, Pause(by="kim", scope=scope), NOW)
            expected.add(repr(scope))
        else:
            pauses = pausing.resumed(pauses, Resume(by="kim", scope=scope))
            expected.discard(repr(scope))

    assert sorted(repr(s.pause.scope) for s in pauses) == sorted(expected)
    waiting = creation.accept(job())
    stopped = {
        repr(scope)
        for scope in (
            ALL,
            PauseScope(platform=Platform.X),
            PauseScope(channel_id="c"),
            PauseScope(campaign_key="key"),
        )
    }
    assert (step_of(waiting, pauses, NOW) is None) == bool(stopped & expected)


@pytest.mark.parametrize(
    "record",
    [
        creation.accept(job()),
        doubtful(ReplyKind.UNKNOWN),
        changes.take_change(_outstanding(), change(ChangeKind.EDIT), NOW),
    ],
    ids=["create", "look", "edit"],
)
def test_paused_no_call_is_wanted_whatever_it_is(record: JobRecord) -> None:
    assert step_of(record, (), NOW) is not None
    assert step_of(record, _paused(), NOW) is None


def test_outcomes_of_paused_posts_are_not_asked_for() -> None:
    mine = _outstanding(due_in=0)

    other = _paused(PauseScope(channel_id="another"))

    assert priority.not_covered([mine], _paused()) == []
    assert priority.not_covered([mine], other) == [mine]


def test_a_pull_back_deletes_what_is_not_due_yet_and_remembers_it_whole() -> None:
    record = _outstanding()
    assert step_of(record, PULLED, NOW) is Step.PULL

    after = replies.after_pull(record, DONE, NOW)

    assert after.phase is JobPhase.PULLED_BACK
    assert after.news[-1].kind is ProgressKind.PULLED_BACK
    assert after.job == record.job
    assert step_of(after, PULLED, NOW) is None


def test_a_post_in_doubt_is_looked_for_so_that_it_can_be_pulled_back() -> None:
    assert step_of(doubtful(ReplyKind.UNKNOWN), PULLED, NOW) is Step.LOOK
    assert step_of(creation.accept(job()), PULLED, NOW) is None


def test_what_is_due_or_publishing_is_reported_as_too_late() -> None:
    due = _outstanding(due_in=0)
    sending = _outstanding().model_copy(
        update={"post": POST.model_copy(update={"status": "sending"})}
    )
    refused = replies.after_pull(_outstanding(), REFUSED, NOW)

    for record in (due, sending, refused):
        assert step_of(record, PULLED, NOW) is None
        (pauses,) = pausing.note_too_late(PULLED, [record], NOW)
        assert pauses.too_late == ("key:c",)


def test_what_was_too_late_stays_in_the_report_when_it_is_published() -> None:
    (noted,) = pausing.note_too_late(PULLED, [_outstanding(due_in=0)], NOW)

    view = pausing.pause_view(noted, [], NOW)

    assert view.too_late == ("key:c",)


def test_the_report_says_what_was_reached() -> None:
    pulled = replies.after_pull(_outstanding(), DONE, NOW)
    waiting = creation.accept(job("key:w"))
    waits = _outstanding().model_copy(update={"job": job("key:o", due_in=600)})
    away = creation.accept(job("other:c"))
    (pauses,) = _paused(PauseScope(campaign_key="key"), pull_back=True)

    view = pausing.pause_view(pauses, [pulled, waiting, waits, away], NOW)

    assert view.pulled_back == ("key:c",)
    assert view.stopped == ("key:w",)
    assert view.still_in_buffer == ("key:o",)
    assert view.too_late == ()


def test_a_deletion_without_an_answer_is_tried_again_until_the_post_is_due() -> None:
    record, now, tries = _outstanding(due_in=86_400), NOW, 0
    while step_of(record, PULLED, now) is Step.PULL:
        record = replies.after_pull(record, LOST, now)
        assert record.not_before is not None
        now, tries = record.not_before, tries + 1

    assert now >= NOW + timedelta(days=1)
    assert tries < 40


def test_resumed_what_was_pulled_back_is_looked_for_and_created_once_more() -> None:
    pulled = _quiet(replies.after_pull(_outstanding(due_in=60), DONE, NOW))
    assert pausing.apply_pauses(pulled, PULLED) is pulled

    back = pausing.apply_pauses(pulled, ())
    steps: list[Step | None] = []
    while (step := step_of(back, (), NOW)) is Step.LOOK:
        steps.append(step)
        back = creation.after_look(back, OK_ABSENT, NOW, LOOK_DELAYS)

    assert steps == [Step.LOOK] * len(LOOK_DELAYS)
    assert step_of(back, (), NOW) is Step.CREATE
    late = creation.with_usable_due_time(back, NOW + timedelta(hours=1))
    assert late.job.request.due_at > NOW + timedelta(hours=1)
    assert POST.id in creation.taken_by_others([], back)


def test_another_pause_still_holds_what_was_pulled_back() -> None:
    pulled = replies.after_pull(_outstanding(), DONE, NOW)
    other = _paused(PauseScope(channel_id="c"))

    assert pausing.apply_pauses(pulled, other) is pulled


def test_a_deletion_in_doubt_is_looked_at_when_the_pause_ends() -> None:
    doubted = replies.after_pull(_outstanding(), LOST, NOW)

    after = pausing.apply_pauses(doubted, ())
    assert step_of(after, (), NOW) is Step.READ
    deleted = replies.after_read(after, GONE, NOW)

    assert deleted.phase is JobPhase.PULLED_BACK
    assert pausing.apply_pauses(deleted, ()).phase is JobPhase.LOOKING


def test_a_post_without_words_asks_a_person_when_the_pause_ends() -> None:
    pulled = replies.after_pull(_outstanding(), DONE, NOW)
    wordless = pulled.model_copy(update={"is_content_dropped": True})

    back = pausing.apply_pauses(wordless, ())

    assert back.phase is JobPhase.HELD
    again = hand_over.accept_again(back, job(), NOW)
    assert step_of(again, (), NOW) is Step.LOOK
    assert again.job.request.text == "hello"


def test_what_was_pulled_back_can_be_changed_and_taken_back_without_a_call() -> None:
    pulled = _quiet(replies.after_pull(_outstanding(), DONE, NOW))

    edited = changes.take_change(pulled, change(ChangeKind.EDIT, text="new"), NOW)
    gone = changes.take_change(pulled, change(ChangeKind.RETRACT), NOW)

    assert edited.phase is JobPhase.PULLED_BACK
    assert edited.job.request.text == "new"
    assert edited.news[0].kind is ProgressKind.CHANGED
    assert gone.news[-1].kind is ProgressKind.RETRACTED


def test_what_a_person_deleted_in_buffer_is_not_created_again_after_a_pull_back() -> None:
    record = replies.after_pull(_outstanding(), GONE, NOW)

    assert record.last is not None
    assert (record.phase, record.last.kind) == (JobPhase.SETTLED, ProgressKind.PUBLISH_FAILED)
    assert record.last.reason is HoldReason.CHANGED_IN_BUFFER
    # A deletion without an answer may have been the pause's own.
    doubt = replies.after_pull(_outstanding(), LOST, NOW)
    assert replies.after_pull(doubt, GONE, NOW).phase is JobPhase.PULLED_BACK


def test_a_new_time_that_finds_its_post_gone_by_a_pull_back_is_refused() -> None:
    asked = changes.take_change(_outstanding(), change(ChangeKind.RESCHEDULE, due_in=900), NOW)

    record = replies.after_pull(asked, GONE, NOW)

    told = [one.kind for one in record.news]
    assert told == [ProgressKind.CHANGE_REFUSED, ProgressKind.PUBLISH_FAILED]
    assert (record.phase, record.pending) == (JobPhase.SETTLED, None)


# After a reset of the account

OTHER = POST.model_copy(update={"id": "2" * 24, "due_at": NOW + timedelta(minutes=10)})
FOUND = FindReply(kind=ReplyKind.OK, post=OTHER)


@pytest.mark.parametrize("phase", [JobPhase.WAITING, JobPhase.PULLED_BACK])
def test_a_pull_back_looks_for_what_the_account_may_have_forgotten_to_be_in_buffer(
    phase: JobPhase,
) -> None:
    forgetful = doubted(creation.accept(job(due_in=600)).replace(phase=phase))
    assert pausing.apply_pauses(forgetful, _paused()) is forgetful

    record = pausing.apply_pauses(forgetful, PULLED)
    assert step_of(record, PULLED, NOW) is Step.LOOK
    found = creation.after_look(record, FOUND, NOW, LOOK_DELAYS)
    assert step_of(found, PULLED, NOW) is Step.PULL

    for _ in LOOK_DELAYS:
        record = creation.after_look(record, OK_ABSENT, NOW, LOOK_DELAYS)
    assert pausing.apply_pauses(record, PULLED) is record
    assert step_of(record, PULLED, NOW) is None
    assert step_of(record, (), NOW) is Step.CREATE
    again = pausing.apply_pauses(doubted(record), PULLED)
    assert step_of(again, PULLED, NOW) is Step.LOOK


def test_a_pull_back_takes_out_a_post_whose_id_the_account_forgot() -> None:
    record = replies.after_pull(doubted(_outstanding()), GONE, NOW)

    assert step_of(record, PULLED, NOW) is Step.LOOK
    found = creation.after_look(record, FOUND, NOW, LOOK_DELAYS)
    assert step_of(found, PULLED, NOW) is Step.PULL
    pulled = replies.after_pull(found, DONE, NOW)
    assert pulled.post is None
    assert {POST.id, OTHER.id} == set(pulled.gone)


def test_a_deletion_in_doubt_does_not_hide_a_post_whose_id_the_account_forgot() -> None:
    tried = replies.after_pull(doubted(_outstanding()), LOST, NOW)
    record = pausing.apply_pauses(replies.after_pull(tried, GONE, NOW), PULLED)

    assert step_of(record, PULLED, NOW) is Step.LOOK


def test_what_a_pause_has_taken_out_under_the_id_that_is_known_is_looked_for_no_more() -> None:
    pulled = replies.after_pull(doubted(_outstanding()), DONE, NOW)

    assert pausing.apply_pauses(pulled, PULLED) is pulled
