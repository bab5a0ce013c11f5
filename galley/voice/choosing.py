"""Which lessons the writer of one draft is given. Pure."""

from collections.abc import Sequence

from galley.models import Lesson, Platform

MOST_CHARACTERS = 3_000
"""Of one draft's lessons: some 750 tokens of English, paid for with every draft."""
MOST_LESSONS = 12
_FRAME = 80
"""Characters of the words around a lesson."""


def chosen(
    lessons: Sequence[Lesson],
    platform: Platform,
    most_characters: int = MOST_CHARACTERS,
) -> tuple[Lesson, ...]:
    """Return the lessons that matter most: of this network first, then the newest.

    One that says the same as one before it is left out, and so is one that there is
    no room for.
    """
    newest = sorted(lessons, key=lambda one: one.learned_at, reverse=True)
    ranked = sorted(newest, key=lambda one: one.platform is not platform)
    kept: list[Lesson] = []
    said: set[tuple[str, str, str]] = set()
    left = most_characters
    for one in ranked:
        words, size = (one.before, one.after, one.reason), size_of(one)
        if words in said or size > left or len(kept) == MOST_LESSONS:
            continue
        said.add(words)
        kept.append(one)
        left -= size
    return tuple(kept)


def size_of(lesson: Lesson) -> int:
    """Return the characters a lesson takes in a prompt, at least."""
    return len(lesson.before) + len(lesson.after) + len(lesson.reason) + _FRAME
