"""Which words went out, where an edit got no answer before its post was published."""

import re
import unicodedata

from galley.models import BufferPost, ProgressKind
from galley.outbox.tracked import TOO_LATE, Tracked, answered, as_wanted, refused

UNCLEAR = (
    "It was published before Buffer said whether it took the change, and its words do "
    "not tell: look at the post."
)
EARLIER = (
    "Too late: it was published with the words of an earlier edit, which Buffer had "
    "not confirmed: look at the post."
)
_LINK = re.compile(r"https?://\S+", re.IGNORECASE)


def is_in_doubt(tracked: Tracked) -> bool:
    """Whether Buffer may have taken an edit that it did not confirm."""
    wanted = tracked.wanted
    if wanted is None or wanted.retracts or wanted.is_changed:
        return False
    is_tried = wanted.tries > 0 or bool(wanted.tried)
    return is_tried and (wanted.edits or wanted.schedules)


def to_be_read(tracked: Tracked) -> Tracked:
    """Return a job whose post is read with its words next."""
    wanted = tracked.wanted
    if wanted is None:
        return tracked
    reading = wanted.model_copy(update={"reads": True})
    return tracked.model_copy(update={"wanted": reading, "not_before": None})


def decided(tracked: Tracked, post: BufferPost, too_late: str = TOO_LATE) -> Tracked:
    """Return a job in doubt with its change answered by the words that went out.

    Args:
        tracked: The job, in doubt.
        post: Its post, out or on its way, with its text.
        too_late: What is said where the words are those from before the edit.
    """
    job = as_wanted(tracked)
    if not _tells(post, job.request.text):
        return refused(tracked, EARLIER if _is_earlier(tracked, post) else too_late)
    if not tracked.is_wordless and _tells(post, tracked.job.request.text):
        return refused(tracked, UNCLEAR)
    edited = tracked.model_copy(update={"job": job, "is_wordless": False})
    return answered(edited, ProgressKind.CHANGED)


def _is_earlier(tracked: Tracked, post: BufferPost) -> bool:
    """Whether the words are those of an edit that a newer change replaced."""
    tried = tracked.wanted.tried if tracked.wanted else ()
    if not tracked.is_wordless and _tells(post, tracked.job.request.text):
        return False
    return any(_tells(post, text) for text in tried)


def _tells(post: BufferPost, text: str) -> bool:
    """Compare without links, which Buffer rewrites, and without white space."""
    return _bare(post.text) == _bare(text)


def _bare(text: str) -> list[str]:
    return _LINK.sub(" ", unicodedata.normalize("NFC", text)).split()
