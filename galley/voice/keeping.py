"""What a voice keeps of what it hears: never twice, and within bounds. Pure."""

import hashlib
from collections import Counter
from collections.abc import Iterable

from galley.models import Lesson, VoiceState

MOST_BYTES = 48_000
"""Of JSON, of all lessons: with what else a run is handed, below 64 KiB."""
MOST_LESSONS = 120
_SEEN = 1_000
"""Digests, 13 bytes each: a lesson comes again minutes later, not months."""


def learned(state: VoiceState, told: Iterable[Lesson]) -> VoiceState:
    """Return what is known after being told; what was heard before changes nothing."""
    lessons, seen = list(state.lessons), list(state.seen)
    known = set(seen)
    for lesson in told:
        name = _digest(lesson.id)
        if name not in known:
            known.add(name)
            seen.append(name)
            lessons.append(lesson)
    return VoiceState(lessons=tuple(_bounded(lessons)), seen=tuple(seen[-_SEEN:]))


def forgotten(state: VoiceState, post_key: str = "") -> VoiceState:
    """Return what is known without the lessons of a post, or without any.

    They stay heard: told again, they are not learned again.
    """
    kept = tuple(one for one in state.lessons if post_key and one.post_key != post_key)
    return state.model_copy(update={"lessons": kept})


def _bounded(lessons: list[Lesson]) -> list[Lesson]:
    """Drop the oldest of the network that takes most room, until all fits.

    So a busy network does not push out what was learned on the others. The newest
    always stays.
    """
    kept = [(one, len(one.model_dump_json().encode()) + 1) for one in lessons]
    while len(kept) > MOST_LESSONS or sum(size for _, size in kept) > MOST_BYTES:
        room = Counter[str]()
        for one, size in kept[:-1]:
            room[one.platform] += size
        fullest = max(sorted(room), key=lambda name: room[name])
        places = (n for n, (one, _) in enumerate(kept) if one.platform == fullest)
        kept.pop(next(places))
    return [one for one, _ in kept]


def _digest(lesson_id: str) -> str:
    return hashlib.sha256(lesson_id.encode()).hexdigest()[:10]
