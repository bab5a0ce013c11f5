"""What Buffer reports of a post, and what Galley makes of it."""

from datetime import timedelta
from typing import get_args

import pytest

from galley.models.account import ProgressKind
from galley.models.channel import Delivery, SchedulingType, ShareMode
from galley.models.publishing import BufferPost, ChangeReply, ChangeReplyKind, ReplyKind
from galley.models.review import ChangeKind
from galley.publishing.job import changes, creation, outcomes, priority, replies
from galley.publishing.job.outcomes import LINK_WITHIN
from galley.publishing.job.priority import step_of
from galley.publishing.job.record import JobPhase, JobRecord
from galley.publishing.job.replies import Step
from galley.publishing.job.state import AccountPolicy
from tests.publishing.making import NOW, POST, change, created, job

LINKED = {"status": "sent", "external_link": "https://x.com/1"}
REMINDER = Delivery(scheduling_type=SchedulingType.NOTIFICATION)
DRAFT = Delivery(save_to_draft=True)
AT_ONCE = Delivery(mode=ShareMode.SHARE_NOW)


def _outstanding(due_in: float = 0) -> JobRecord:
    return created(creation.accept(job(due_in=due_in)))


def _post(**changes: object) -> BufferPost:
    return POST.model_copy(update={"due_at": NOW, **changes})


def _kinds(record: JobRecord) -> list[ProgressKind]:
    return [one.kind for one in record.news]


def test_a_published_post_with_its_link_is_settled() -> None:
    after = outcomes.after_outcome(_outstanding(), _post(**LINKED), NOW)

    assert after.phase is JobPhase.SETTLED
    assert _kinds(after)[-1] is ProgressKind.SENT


def test_a_published_post_without_a_link_is_told_once_and_asked_for_again() -> None:
    first = outcomes.after_outcome(_outstanding(), _post(status="sent"), NOW)
    again = outcomes.after_outcome(first.model_copy(update={"news": ()}), _post(status="sent"), NOW)

    assert _kinds(first)[-1] is ProgressKind.SENT_WITHOUT_LINK
    assert again.phase is JobPhase.OUTSTANDING
    assert again.news == ()
    assert priority.poll_due_at([again], NOW, AccountPolicy()) is not None


def test_after_a_day_a_post_without_a_link_is_settled_and_says_so() -> None:
    waiting = outcomes.after_outcome(_outstanding(), _post(status="sent"), NOW)

    after = outcomes.after_outcome(waiting, _post(status="sent"), NOW + LINK_WITHIN)

    assert after.phase is JobPhase.SETTLED
    assert after.last is not None
    assert "no link" in after.last.message


def test_asking_for_a_link_costs_less_than_fifty_polls_a_day() -> None:
    waiting = outcomes.after_outcome(_outstanding(), _post(status="sent"), NOW)
    polled_at, polls = NOW, 0
    while polled_at < NOW + LINK_WITHIN:
        at = priority.poll_due_at([waiting], polled_at, AccountPolicy())
        assert at is not None
        polled_at, polls = at, polls + 1

    assert polls < 50


def test_a_reminder_is_never_called_published() -> None:
    reminder = created(creation.accept(job(delivery=REMINDER)))

    after = outcomes.after_outcome(reminder, _post(**LINKED), NOW)

    assert after.phase is JobPhase.SETTLED
    assert _kinds(after)[-1] is ProgressKind.HANDED_TO_PERSON
    assert ProgressKind.SENT not in _kinds(after)


def test_a_draft_is_handed_to_a_person_at_once() -> None:
    draft = _post(status="draft")

    after = created(creation.accept(job(delivery=DRAFT)), draft)

    assert after.phase is JobPhase.SETTLED
    assert _kinds(after) == [ProgressKind.HANDED_TO_PERSON]
    assert after.post == draft


def test_what_waits_for_approval_in_buffer_is_followed() -> None:
    waiting = _post(status="needs_approval")

    after = created(creation.accept(job(delivery=Delivery(needs_approval=True))), waiting)

    assert after.phase is JobPhase.OUTSTANDING


def test_what_is_shared_now_is_asked_for_at_once() -> None:
    sending = _post(status="sending")

    after = created(creation.accept(job(due_in=600, delivery=AT_ONCE)), sending)

    assert after.phase is JobPhase.OUTSTANDING
    assert priority.due_posts([after], NOW) == {sending.id: after}


def test_what_is_shared_now_and_has_no_due_time_is_asked_for_by_its_id() -> None:
    sending = _post(status="sending", due_at=None)

    after = created(creation.accept(job(due_in=600, delivery=AT_ONCE)), sending)

    soon = NOW + timedelta(seconds=5)
    assert priority.due_posts([after], soon) == {}
    assert priority.choose([after], (), NOW, {}) is None
    assert priority.choose([after], (), soon, {}) == (after, Step.READ)


def test_a_post_in_the_queue_is_awaited_at_the_time_the_queue_gave_it() -> None:
    queued = _post(due_at=NOW + timedelta(days=3))
    queue = Delivery(mode=ShareMode.ADD_TO_QUEUE)

    after = created(creation.accept(job(delivery=queue)), queued)

    assert after.job.request.due_at == queued.due_at


def test_what_buffer_could_not_publish_says_why_and_what_to_do() -> None:
    failed = _post(status="error", error="Media is gone.")

    after = outcomes.after_outcome(_outstanding(), failed, NOW)

    assert after.last is not None
    assert after.last.kind is ProgressKind.PUBLISH_FAILED
    assert after.last.message.startswith("Media is gone. ")
    assert "redrive" in after.last.message


def test_a_status_buffer_may_add_one_day_is_told_once_and_asked_for_again() -> None:
    strange = _post(status="held_by_moderation")

    first = outcomes.after_outcome(_outstanding(), strange, NOW)
    again = outcomes.after_outcome(first.model_copy(update={"news": ()}), strange, NOW)

    assert first.last is not None
    assert "'held_by_moderation'" in first.last.message
    assert (again.phase, again.news) == (JobPhase.OUTSTANDING, ())


def test_a_post_that_no_list_shows_is_asked_for_by_its_id_after_three_misses() -> None:
    missed = created(creation.accept(job(due_in=0)), _post(due_at=NOW))
    steps: list[Step | None] = []
    for _ in range(3):
        missed = outcomes.after_miss(missed)
        steps.append(step_of(missed, (), NOW))

    assert steps == [None, None, Step.READ]


def test_a_post_that_waits_for_approval_for_weeks_costs_few_requests() -> None:
    waiting = _post(status="needs_approval", due_at=None)
    record = created(creation.accept(job(due_in=30 * 86_400)), waiting)
    now, calls = NOW, 0
    while now < NOW + timedelta(days=14):
        assert record.not_before is not None
        now, calls = record.not_before, calls + 1
        assert step_of(record, (), now) is Step.READ
        reply = ChangeReply(kind=ReplyKind.OK, post=waiting)
        record = replies.after_read(record, reply, now)

    assert calls < 40


@pytest.mark.parametrize("kind", get_args(ChangeReplyKind))
def test_only_a_look_at_the_very_post_proves_it_gone(kind: ChangeReplyKind) -> None:
    missed = _outstanding().model_copy(update={"misses": 3, "reads": True})
    reply = ChangeReply(kind=kind, post=_post(status="sending"))

    after = replies.after_read(missed, reply, NOW)

    is_gone = kind is ReplyKind.GONE
    assert (after.phase is JobPhase.SETTLED) == is_gone
    if is_gone:
        assert after.last is not None
        assert after.last.kind is ProgressKind.PUBLISH_FAILED


def test_a_post_that_stays_stuck_for_a_week_is_given_up_and_told() -> None:
    stuck = _post(status="sending")

    waiting = outcomes.after_outcome(_outstanding(), stuck, NOW + timedelta(days=6))
    ended = outcomes.after_outcome(_outstanding(), stuck, NOW + timedelta(days=8))

    assert waiting.phase is JobPhase.OUTSTANDING
    assert ended.phase is JobPhase.SETTLED
    assert ended.last is not None
    assert "'sending'" in ended.last.message


def test_a_change_that_the_outcome_overtook_is_refused_before_the_outcome() -> None:
    pending = changes.take_change(_outstanding(), change(ChangeKind.EDIT), NOW)
    pending = pending.model_copy(update={"news": ()})

    after = outcomes.after_outcome(pending, _post(**LINKED), NOW)

    assert _kinds(after) == [ProgressKind.CHANGE_REFUSED, ProgressKind.SENT]
    assert after.pending is None
