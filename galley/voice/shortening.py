"""What of a lesson is shown to a writer: the sentences that changed. Pure."""

import re
from difflib import SequenceMatcher

from galley.models import Lesson, LessonKind

KEPT = "[\u2026]"
"""Stands for sentences that stayed as they were."""
_END = re.compile(r"(?<=[.!?\u2026\u3002\uff01\uff1f])\s+|\n+")


def sentences_of(text: str) -> list[str]:
    """Return the sentences and lines of a text."""
    return [one.strip() for one in _END.split(text) if one.strip()]


def essence(lesson: Lesson) -> tuple[str, str]:
    """Return both sides of a lesson; of an edit, what stayed is left out.

    So a word that was exchanged in a long post does not take the room of ten lessons.
    """
    if lesson.kind is not LessonKind.EDITED:
        return lesson.before, lesson.after
    before, after = sentences_of(lesson.before), sentences_of(lesson.after)
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    old: list[str] = []
    new: list[str] = []
    for kind, a, b, c, d in matcher.get_opcodes():
        old += [KEPT] if kind == "equal" else before[a:b]
        new += [KEPT] if kind == "equal" else after[c:d]
    whole, short = (lesson.before, lesson.after), ("\n".join(old), "\n".join(new))
    is_shorter = sum(map(len, short)) < sum(map(len, whole))
    # Where the gaps alone changed, nothing of the change would be left.
    return short if is_shorter and old != new else whole
