"""Which steps of a job leave a receipt, and what it says."""

from datetime import timedelta

import pytest

from galley.models.account import Evidence, ProgressKind, Receipt, ReceiptKind
from galley.models.publishing import BufferPost, ChangeReply, CreateReply, ReplyKind
from galley.models.review import ChangeKind
from galley.publishing.job import changes, creation, outcomes, replies
from galley.publishing.job.receipts import receipts_of
from galley.publishing.job.record import JobRecord
from galley.publishing.job.replies import Step
from tests.publishing.making import LOOK_DELAYS, NOW, POST, change, created, job

LATER = NOW + timedelta(minutes=2)
WAITING = creation.accept(job())
THERE = created(WAITING).replace(news=())
DONE = ChangeReply(kind=ReplyKind.OK)


def _kinds(before: JobRecord | None, after: JobRecord, how: Evidence | None = None) -> list[str]:
    return [one.kind for one in receipts_of(before, after, how, LATER)]


def _shown(status: str, link: str | None = None, error: str | None = None) -> JobRecord:
    shown = BufferPost(
        id=POST.id, channel_id="c", status=status, external_link=link, error=error, due_at=NOW
    )
    return outcomes.after_outcome(THERE, shown, LATER)


def test_a_creation_leaves_the_digest_and_whose_words_they_are() -> None:
    (receipt,) = receipts_of(WAITING, created(WAITING), Evidence.REPLY, LATER)

    assert (receipt.kind, receipt.evidence) == (ReceiptKind.CREATED, Evidence.REPLY)
    assert receipt.post == created(WAITING).post
    assert len(receipt.digest) == 64
    assert receipt.recorded_at == LATER


@pytest.mark.parametrize(
    ("after", "kind"),
    [
        (_shown("sent", link="https://x.com/1"), ReceiptKind.SENT),
        (_shown("sent"), ReceiptKind.SENT),
        (_shown("error", error="asleep"), ReceiptKind.ERROR),
        (_shown("draft"), ReceiptKind.HANDED_TO_PERSON),
        (replies.after_pull(THERE, DONE, LATER), ReceiptKind.PULLED_BACK),
    ],
)
def test_what_became_of_a_post_leaves_a_receipt_of_its_own(
    after: JobRecord, kind: ReceiptKind
) -> None:
    (receipt,) = receipts_of(THERE, after, None, LATER)

    assert receipt.kind is kind
    assert receipt.post is not None
    assert receipt.post.id == POST.id
    assert receipt.digest == ""


def test_a_post_that_was_taken_back_leaves_the_id_that_it_had() -> None:
    asked = changes.take_change(THERE, change(ChangeKind.RETRACT), LATER)

    receipts: tuple[Receipt, ...] = receipts_of(
        asked, replies.after_change(asked, Step.DELETE, DONE, LATER), None, LATER
    )

    assert [(one.kind, one.post and one.post.id) for one in receipts] == [
        (ReceiptKind.RETRACTED, POST.id)
    ]


def test_what_buffer_never_had_was_not_changed_there_but_was_taken_back() -> None:
    edited = changes.take_change(WAITING, change(ChangeKind.EDIT, text="other"), LATER)
    retracted = changes.take_change(WAITING, change(ChangeKind.RETRACT), LATER)

    assert _kinds(WAITING, edited) == []
    assert _kinds(WAITING, retracted) == [ReceiptKind.RETRACTED]
    assert receipts_of(WAITING, retracted, None, LATER)[0].post is None


def test_a_post_that_is_found_published_leaves_both_receipts() -> None:
    sent = POST.model_copy(update={"status": "sent", "external_link": "https://x.com/1"})

    assert _kinds(WAITING, created(WAITING, sent), Evidence.FOUND) == ["created", "sent"]


def test_an_edit_in_buffer_leaves_the_digest_of_the_new_words() -> None:
    asked = changes.take_change(THERE, change(ChangeKind.EDIT, text="other"), LATER)
    done = replies.after_change(asked, Step.EDIT, DONE, LATER)

    (receipt,) = receipts_of(asked, done, None, LATER)
    (first,) = receipts_of(WAITING, created(WAITING), Evidence.REPLY, LATER)

    assert receipt.kind is ReceiptKind.CHANGED
    assert receipt.digest not in {"", first.digest}


def _unread() -> JobRecord:
    """Return the job of a post that the receipts alone name, after a reset of the account."""
    reply = CreateReply(kind=ReplyKind.ATTEMPTED, post=POST, is_numbered=False)
    return creation.after_create(WAITING.replace(attempts=1), reply, NOW, LOOK_DELAYS)


def test_a_post_of_which_only_the_id_is_known_leaves_a_receipt_when_it_is_read() -> None:
    unread = _unread()
    assert _kinds(WAITING, unread, Evidence.REPLY) == []

    there = ChangeReply(kind=ReplyKind.OK, post=POST.model_copy(update={"text": "hello"}))
    read = replies.after_read(unread, there, LATER)

    (receipt,) = receipts_of(unread, read, Evidence.FOUND, LATER)
    assert (receipt.kind, receipt.evidence) == (ReceiptKind.CREATED, Evidence.FOUND)
    assert len(receipt.digest) == 64
    assert _kinds(read, read.replace(news=()), Evidence.FOUND) == []


def test_a_post_that_is_gone_when_it_is_first_read_leaves_no_receipt_of_a_creation() -> None:
    unread = _unread()

    gone = replies.after_read(unread, ChangeReply(kind=ReplyKind.GONE), LATER)

    assert _kinds(unread, gone, Evidence.FOUND) == ["error"]


def test_a_receipt_of_other_words_than_those_of_the_job_has_no_digest_of_these() -> None:
    unread = _unread()
    other = ChangeReply(kind=ReplyKind.OK, post=POST.model_copy(update={"text": "other"}))

    read = replies.after_read(unread, other, LATER)

    (receipt,) = receipts_of(unread, read, Evidence.FOUND, LATER)
    assert (receipt.revision, receipt.digest, receipt.provenance) == (0, "", None)


def test_news_that_are_told_again_leave_no_receipt() -> None:
    failed = _shown("error", error="asleep").replace(news=())
    edit = change(ChangeKind.EDIT)
    asked = changes.take_change(THERE, edit, LATER)
    changed = replies.after_change(asked, Step.EDIT, DONE, LATER).replace(news=())

    again = changes.take_change(changed, edit, LATER)

    assert changed.answer in again.news
    assert _kinds(changed, again) == []
    told = changes.told_again(failed)
    assert (told.news, _kinds(failed, told)) == ((failed.last,), [])


def test_news_that_read_as_the_last_ones_did_leave_a_receipt_of_their_own() -> None:
    retracted = outcomes.settled(THERE, ProgressKind.RETRACTED, "", LATER)
    assert retracted.last is not None
    before = THERE.replace(last=retracted.last.model_copy())

    assert retracted.news == (before.last,)
    assert _kinds(before, retracted) == [ReceiptKind.RETRACTED]
