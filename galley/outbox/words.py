"""Which words went out, where an edit got no answer before its post was published."""

import re
import unicodedata

from galley.models import BufferPost, ProgressKind
from galley.outbox.tracked import TOO_LATE, JobRecord, answered, as_requested, refused

UNCLEAR = (
    "It was published before Buffer said whether it took the change, and its words do "
    "not tell: look at the post."
)
EARLIER = (
    "Too late: it was published with the words of an earlier edit, which Buffer had "
    "not confirmed: look at the post."
)
_LINK = re.compile(r"https?://\S+", re.IGNORECASE)


def is_in_doubt(record: JobRecord) -> bool:
    """Whether Buffer may have taken an edit that it did not confirm."""
    pending = record.pending
    if pending is None or pending.retracts or pending.is_changed:
        return False
    is_tried = pending.tries > 0 or bool(pending.tried)
    return is_tried and (pending.edits or pending.schedules)


def to_be_read(record: JobRecord) -> JobRecord:
    """Return a job whose post is read with its words next."""
    pending = record.pending
    if pending is None:
        return record
    reading = pending.model_copy(update={"reads": True})
    return record.model_copy(update={"pending": reading, "not_before": None})


def decided(record: JobRecord, post: BufferPost, too_late: str = TOO_LATE) -> JobRecord:
    """Return a job in doubt with its change answered by the words that went out.

    Args:
        record: The job, in doubt.
        post: Its post, out or on its way, with its text.
        too_late: What is said where the words are those from before the edit.
    """
    job = as_requested(record)
    if not _tells(post, job.request.text):
        return refused(record, EARLIER if _is_earlier(record, post) else too_late)
    if not record.is_wordless and _tells(post, record.job.request.text):
        return refused(record, UNCLEAR)
    edited = record.model_copy(update={"job": job, "is_wordless": False})
    return answered(edited, ProgressKind.CHANGED)


def _is_earlier(record: JobRecord, post: BufferPost) -> bool:
    """Whether the words are those of an edit that a newer change replaced."""
    tried = record.pending.tried if record.pending else ()
    if not record.is_wordless and _tells(post, record.job.request.text):
        return False
    return any(_tells(post, text) for text in tried)


def _tells(post: BufferPost, text: str) -> bool:
    """Compare without links, which Buffer rewrites, and without white space."""
    return _bare(post.text) == _bare(text)


def _bare(text: str) -> list[str]:
    return _LINK.sub(" ", unicodedata.normalize("NFC", text)).split()
