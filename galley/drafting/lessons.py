"""What of a lesson is shown to a writer: the sentences that changed. Pure."""

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from difflib import SequenceMatcher
from typing import TypeAlias

from galley.models.brand import (
    LESSON_REASON,
    LESSON_TEXT,
    Lesson,
    LessonKind,
    LessonPart,
    VoiceState,
)
from galley.models.draft import Draft
from galley.models.network import Platform

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


MOST_CHARACTERS = 3_000
"""Of one draft's lessons: some 750 tokens of English, paid for with every draft."""
MOST_LESSONS = 12
_FRAME = 80  # Characters of the words around a lesson
_LENGTHS = 2  # Once a writer keeps to a length, no newer lesson teaches it
_Change: TypeAlias = tuple[str, str]


def chosen(
    lessons: Sequence[Lesson], platform: Platform, most_characters: int = MOST_CHARACTERS
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


MOST_BYTES = 48_000
"""Of JSON, of all lessons: with what else a run is handed, below 64 KiB."""
MOST_KEPT = 120
_SEEN = 1_000  # Digests, 13 bytes each: a lesson comes again minutes later, not months


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
    while len(kept) > MOST_KEPT or sum(size for _, size in kept) > MOST_BYTES:
        room = Counter[str]()
        for one, size in kept[:-1]:
            room[one.platform] += size
        fullest = max(sorted(room), key=lambda name: room[name])
        places = (n for n, (one, _) in enumerate(kept) if one.platform == fullest)
        kept.pop(next(places))
    return [one for one, _ in kept]


def _digest(lesson_id: str) -> str:
    return hashlib.sha256(lesson_id.encode()).hexdigest()[:10]


_ADDRESS = re.compile(r"(?i)\b[a-z][a-z0-9+.-]{0,30}://\S+|\bwww\.\S+")
_TAG_LINE = re.compile(r"(?m)^[ \t]*(?:[#\uff03]\w+[ \t]*)+$")
_CONTEXT = LESSON_TEXT // 4  # Characters before the first difference that are kept of a long text
_CUT = "\u2026"


@dataclass(frozen=True)
class Occasion:
    """The decision that teaches."""

    platform: Platform
    post_key: str
    revision: int
    at: datetime


def edited(occasion: Occasion, before: Draft, after: Draft) -> tuple[Lesson, ...]:
    """Return what an edit teaches, one lesson a field that differs.

    Links and hashtags are put in by rules, so a change of them alone teaches nothing.
    """
    return tuple(
        _lesson(occasion, LessonKind.EDITED, part, *excerpts(was, now))
        for part, was, now in _word_changes(before, after)
    )


def rejected(occasion: Occasion, draft: Draft, reason: str) -> tuple[Lesson, ...]:
    """Return what a refusal teaches; without a reason, nothing."""
    said = " ".join(reason.split())
    if not said:
        return ()
    before, _ = excerpts(words_of(draft), "")
    kind, part = LessonKind.REJECTED, LessonPart.TEXT
    lesson = _lesson(occasion, kind, part, before, "")
    return (lesson.model_copy(update={"reason": _shortened(said, LESSON_REASON)}),)


def picked(
    occasion: Occasion, taken: Draft, others: Sequence[Draft], reason: str = ""
) -> tuple[Lesson, ...]:
    """Return what the choice of one draft among several teaches."""
    left = [words_of(other) for other in others]
    before = "\n\n".join(text for text in left if text != words_of(taken))
    if not before:
        return ()
    sides = (_shortened(before), _shortened(words_of(taken)))
    lesson = _lesson(occasion, LessonKind.PICKED, LessonPart.TEXT, *sides)
    said = _shortened(" ".join(reason.split()), LESSON_REASON)
    return (lesson.model_copy(update={"reason": said}),)


def words_of(draft: Draft) -> str:
    """Return the words of a post, without what is put in by rules."""
    text = "\n\n".join(draft.thread or (draft.text,))
    return _tidied(_TAG_LINE.sub("", _ADDRESS.sub("", text)))


def excerpts(before: str, after: str, limit: int = LESSON_TEXT) -> tuple[str, str]:
    """Return both texts within ``limit``, around the first place where they differ.

    Two texts that differ stay different.
    """
    if max(len(before), len(after)) <= limit:
        return before, after
    differ = (at for at, (a, b) in enumerate(zip(before, after, strict=False)) if a != b)
    first = next(differ, min(len(before), len(after)))
    start = max(0, first - min(_CONTEXT, limit // 4))
    if start:
        start = before.rfind(" ", 0, start) + 1
        start = max(start, first - limit // 2)
    lead = _CUT if start else ""
    return tuple(  # pyright: ignore[reportReturnType] -- two in, two out
        f"{lead}{_shortened(text[start:], limit - len(lead))}" for text in (before, after)
    )


def _word_changes(before: Draft, after: Draft) -> Iterator[tuple[LessonPart, str, str]]:
    for part, was, now in (
        (LessonPart.TEXT, words_of(before), words_of(after)),
        (LessonPart.TITLE, before.title.strip(), after.title.strip()),
        (LessonPart.HEADLINE, before.headline.strip(), after.headline.strip()),
    ):
        if was and now and was != now:
            yield part, was, now


def _lesson(
    occasion: Occasion, kind: LessonKind, part: LessonPart, before: str, after: str
) -> Lesson:
    return Lesson(
        kind=kind,
        platform=occasion.platform,
        post_key=occasion.post_key,
        revision=occasion.revision,
        part=part,
        before=before,
        after=after,
        learned_at=occasion.at,
    )


def _tidied(text: str) -> str:
    text = re.sub(r"[^\S\n]+", " ", text)
    return re.sub(r"\s*\n\s*\n\s*", "\n\n", text).strip()


def _shortened(text: str, limit: int = LESSON_TEXT) -> str:
    return text if len(text) <= limit else f"{text[: limit - 1]}{_CUT}"
