"""Which lessons the writer of one draft is given. Pure."""

import re
from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import TypeAlias

from galley.models import Lesson, LessonKind, LessonPart, Platform
from galley.voice.shortening import essence, sentences_of

MOST_CHARACTERS = 3_000
"""Of one draft's lessons: some 750 tokens of English, paid for with every draft."""
MOST_LESSONS = 12
_FRAME = 80
"""Characters of the words around a lesson."""
_LENGTHS = 2
"""Once a writer keeps to a length, no newer lesson teaches it."""
_Change: TypeAlias = tuple[str, str]


def chosen(
    lessons: Sequence[Lesson],
    platform: Platform,
    most_characters: int = MOST_CHARACTERS,
) -> tuple[Lesson, ...]:
    """Return the lessons that matter most: of this network first, then the newest.

    The two newest of this network that changed the length stand before all others.
    One that makes no change that those before it do not make comes after all that
    do: a writer who keeps to a lesson is not taught it again, so what is old must not
    be pushed out by what is only new. One that there is no room for is left out.
    """
    kept: list[Lesson] = []
    repeating: list[Lesson] = []
    told: set[_Change] = set()
    left = most_characters

    def take(one: Lesson) -> bool:
        nonlocal left
        is_taken = size_of(one) <= left and len(kept) < MOST_LESSONS
        if is_taken:
            kept.append(one)
            left -= size_of(one)
        return is_taken

    for one in _ranked(lessons, platform):
        changes = _changes(one)
        if changes and changes <= told:
            repeating.append(one)
        elif take(one):
            told |= changes
    for one in repeating:
        take(one)
    return tuple(kept)


def _ranked(lessons: Sequence[Lesson], platform: Platform) -> list[Lesson]:
    newest = sorted(lessons, key=lambda one: one.learned_at, reverse=True)
    own = [one for one in newest if one.platform is platform]
    lengths = [one for one in own if _changes_length(one)][:_LENGTHS]
    return [*lengths, *(one for one in own if one not in lengths)] + [
        one for one in newest if one.platform is not platform
    ]


def _changes_length(lesson: Lesson) -> bool:
    is_text = lesson.kind is LessonKind.EDITED and lesson.part is LessonPart.TEXT
    sides = (lesson.before, lesson.after)
    return is_text and len(set(map(len, map(sentences_of, sides)))) > 1


def _changes(lesson: Lesson) -> set[_Change]:
    """Return what was taken out and put in; of what is no edit, its reason."""
    if lesson.kind is not LessonKind.EDITED:
        return {(lesson.reason or lesson.id, "")}
    before, after = _words(lesson.before), _words(lesson.after)
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    return {
        (" ".join(before[a:b]), " ".join(after[c:d]))
        for kind, a, b, c, d in matcher.get_opcodes()
        if kind != "equal"
    }


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())


def size_of(lesson: Lesson) -> int:
    """Return the characters a lesson takes in a prompt, at least."""
    return sum(map(len, essence(lesson))) + len(lesson.reason) + _FRAME
