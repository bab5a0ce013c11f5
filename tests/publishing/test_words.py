"""An edit that got no answer, and its post that went out: its words decide."""

import pytest

from galley.models.account import ProgressKind
from galley.models.publishing import ChangeReply, ReplyKind
from galley.models.review import ChangeKind
from galley.publishing.job import changes, creation, outcomes, priority, replies
from galley.publishing.job.outcomes import EARLIER, UNCLEAR
from galley.publishing.job.record import JobRecord
from galley.publishing.job.replies import Step
from galley.publishing.job.transitions import TOO_LATE
from tests.publishing.making import NOW, POST, change, created, job

OLD, NEW = "Hello.\n\nhttps://example.com/a", "Hello you.\n\nhttps://example.com/a"
LOST = ChangeReply(kind=ReplyKind.FAILED, message="No answer.")
SENT = POST.model_copy(update={"status": "sent", "due_at": NOW, "external_link": "https://x.com/1"})


def in_doubt(text: str = NEW) -> JobRecord:
    """Return a job whose edit got no answer."""
    edit = change(ChangeKind.EDIT, text=text)
    pending = changes.take_change(created(creation.accept(job(text=OLD))), edit, NOW)
    lost = replies.after_change(pending, Step.EDIT, LOST, NOW)
    return lost.model_copy(update={"news": ()})


def read(record: JobRecord, text: str, status: str = "sent") -> JobRecord:
    post = SENT.model_copy(update={"text": text, "status": status})
    reply = ChangeReply(kind=ReplyKind.OK, post=post)
    return replies.after_read(record, reply, NOW)


def told(record: JobRecord) -> list[tuple[ProgressKind, str]]:
    return [(one.kind, one.message) for one in record.news]


def test_a_published_post_whose_edit_is_in_doubt_is_read_before_anything_is_told() -> None:
    seen = outcomes.after_outcome(in_doubt(), SENT, NOW)

    assert told(seen) == []
    assert priority.step_of(seen, (), NOW) is Step.READ
    assert seen.not_before is None


def test_an_edit_that_went_out_is_told_as_made() -> None:
    seen = outcomes.after_outcome(in_doubt(), SENT, NOW)

    # Buffer may have made a short link of it.
    after = read(seen, NEW.replace("https://example.com/a", "https://buff.ly/3xYz"))

    assert told(after) == [(ProgressKind.CHANGED, ""), (ProgressKind.SENT, "")]
    assert after.job.request.text == NEW


@pytest.mark.parametrize("went_out", [OLD, "What somebody wrote in Buffer."])
def test_an_edit_that_did_not_go_out_came_too_late(went_out: str) -> None:
    after = read(outcomes.after_outcome(in_doubt(), SENT, NOW), went_out)

    assert told(after) == [(ProgressKind.CHANGE_REFUSED, TOO_LATE), (ProgressKind.SENT, "")]
    assert after.job.request.text == OLD


def test_what_the_words_do_not_tell_is_said_so() -> None:
    after = read(outcomes.after_outcome(in_doubt(text=OLD), SENT, NOW), OLD)

    assert told(after)[0] == (ProgressKind.CHANGE_REFUSED, UNCLEAR)


def test_a_post_that_is_going_out_with_the_edit_is_told_as_changed() -> None:
    after = read(outcomes.after_outcome(in_doubt(), SENT, NOW), NEW, "sending")

    assert (ProgressKind.CHANGED, "") in told(after)


def test_an_edit_that_was_never_tried_came_too_late() -> None:
    edit = change(ChangeKind.EDIT, text=NEW)
    pending = changes.take_change(created(creation.accept(job(text=OLD))), edit, NOW)

    after = outcomes.after_outcome(pending, SENT, NOW)

    assert (ProgressKind.CHANGE_REFUSED, TOO_LATE) in told(after)
    assert told(after)[-1] == (ProgressKind.SENT, "")


def test_that_an_edit_was_tried_is_not_forgotten_by_a_change_of_its_time() -> None:
    later = change(ChangeKind.RESCHEDULE, 2, text=NEW, due_in=3600)
    replaced = changes.take_change(in_doubt(), later, NOW)

    after = read(outcomes.after_outcome(replaced, SENT, NOW), NEW)

    assert told(after) == [(ProgressKind.CHANGED, ""), (ProgressKind.SENT, "")]
    assert after.job.request.text == NEW


@pytest.mark.parametrize(("went_out", "said"), [(NEW, EARLIER), (OLD, TOO_LATE), ("Newest.", "")])
def test_an_edit_that_replaced_a_tried_one_is_told_by_the_words_that_went_out(
    went_out: str, said: str
) -> None:
    newest = change(ChangeKind.EDIT, 2, text="Newest.")
    replaced = changes.take_change(in_doubt(), newest, NOW)

    after = read(outcomes.after_outcome(replaced, SENT, NOW), went_out)

    kind = ProgressKind.CHANGE_REFUSED if said else ProgressKind.CHANGED
    assert told(after)[0] == (kind, said)
