"""What reviewers taught, in the words given to the model."""

import hashlib
from collections.abc import Iterator, Sequence

from galley.grounding.cleaning import grounded_text
from galley.grounding.grounds import Grounds
from galley.models import Lesson, LessonKind
from galley.platforms.registry import rules_for
from galley.prompts.loader import load_prompts
from galley.voice.shortening import essence, sentences_of

_NOBODYS = Grounds(())
"""Addresses, mentions and hashtags of earlier posts are not shown to the writer."""
_SIDES = {
    LessonKind.EDITED: ("Proposed", "Went out instead"),
    LessonKind.REJECTED: ("Proposed", ""),
    LessonKind.PICKED: ("Not taken", "Taken"),
}


def lessons_block(lessons: Sequence[Lesson]) -> str:
    """Return the lessons inside their fence, or nothing if there are none.

    The fence is made from the words themselves, so no text can hold it. Each line of a
    lesson begins with a sign of its own, so none can look like another lesson.
    """
    if not lessons:
        return ""
    text = "\n".join(
        line for number, one in enumerate(lessons, 1) for line in _lines(number, one)
    )
    digest = hashlib.sha256(f"galley lessons fence {text}".encode()).hexdigest()
    fence = f"=== lessons {digest[:24]} ==="
    return load_prompts().lessons.substitute(fence=fence, lessons=text)


def _lines(number: int, lesson: Lesson) -> Iterator[str]:
    network = rules_for(lesson.platform).name
    part = "" if lesson.part == "text" else f", the {lesson.part}"
    yield f"Lesson {number} ({lesson.kind} on {network}{part})"
    said = " ".join(grounded_text(lesson.reason, _NOBODYS).split())
    if said:
        yield f"Reason: {said}"
    if lesson.kind is LessonKind.EDITED and not part:
        counts = (len(sentences_of(one)) for one in (lesson.before, lesson.after))
        yield "Length: {} sentences, then {}".format(*counts)
    for label, text in zip(_SIDES[lesson.kind], essence(lesson), strict=True):
        if label and text:
            yield f"{label}:"
            clean = grounded_text(text, _NOBODYS)
            yield from (f"> {line}".rstrip() for line in clean.splitlines())
