"""Lessons from reviews: what a decision teaches, what a brand keeps, and what a writer sees.

VoiceWorkflow and PostWorkflow call it, drafts choose their lessons by it; it is pure.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from difflib import SequenceMatcher
from itertools import chain, zip_longest
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
"""Stands for sentences that did not change."""
MOST_CHARACTERS = 3_000
"""Of one draft's lessons: some 750 tokens of English, paid for with every draft."""
MOST_LESSONS = 12
MOST_OF_A_SET = 3 * MOST_CHARACTERS
"""Of the lessons for posts that are written together."""
MOST_BYTES = 48_000
"""Of all lessons as JSON: with the rest of a run's input, below 64 KiB."""
MOST_KEPT = 120
_SEEN = 1_000  # digests, 13 bytes each: a lesson is reported again minutes later, not months
_FRAME = 80  # characters of the words around a lesson
_LENGTHS = 2  # a writer that keeps to a length after two lessons needs no third
_CONTEXT = LESSON_TEXT // 4  # characters before the first difference that a long text keeps
_CUT = "\u2026"
_END = re.compile(r"(?<=[.!?\u2026\u3002\uff01\uff1f])\s+|\n+")
_ADDRESS = re.compile(r"(?i)\b[a-z][a-z0-9+.-]{0,30}://\S+|\bwww\.\S+")
_TAG_LINE = re.compile(r"(?m)^[ \t]*(?:[#\uff03]\w+[ \t]*)+$")
_Change: TypeAlias = tuple[str, str]


def sentences_of(text: str) -> list[str]:
    """Return the sentences and lines of a text."""
    return [one.strip() for one in _END.split(text) if one.strip()]


def essence(lesson: Lesson) -> tuple[str, str]:
    """Return both sides of a lesson; of an edit, only the sentences that changed.

    So one exchanged word in a long post does not take the room of ten lessons.
    """
    if lesson.kind is not LessonKind.EDITED:
        return lesson.before, lesson.after
    before, after = sentences_of(lesson.before), sentences_of(lesson.after)
    # autojunk would ignore frequent words in a text of 200 words or more.
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    old: list[str] = []
    new: list[str] = []
    for kind, a, b, c, d in matcher.get_opcodes():
        old += [KEPT] if kind == "equal" else before[a:b]
        new += [KEPT] if kind == "equal" else after[c:d]
    whole, short = (lesson.before, lesson.after), ("\n".join(old), "\n".join(new))
    is_shorter = sum(map(len, short)) < sum(map(len, whole))
    # Where only white space changed, nothing of the change would be left.
    return short if is_shorter and old != new else whole


def chosen(
    lessons: Sequence[Lesson], platform: Platform, most_characters: int = MOST_CHARACTERS
) -> tuple[Lesson, ...]:
    """Return the lessons that matter most: of this network first, then the newest.

    The two newest of this network that changed the length come before all others. A lesson that
    only repeats changes of those before it comes last: a writer who keeps to a lesson gives no
    new one, so an old lesson must not be pushed out by a new one of the same kind. A lesson
    without room is left out.
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

    newest = sorted(lessons, key=lambda one: one.learned_at, reverse=True)
    own = [one for one in newest if one.platform is platform]
    edits = [one for one in own if one.kind is LessonKind.EDITED and one.part is LessonPart.TEXT]
    lengths = [
        one for one in edits if len(sentences_of(one.before)) != len(sentences_of(one.after))
    ][:_LENGTHS]
    rest = [one for one in own if one not in lengths]
    others = [one for one in newest if one.platform is not platform]
    for one in (*lengths, *rest, *others):
        changes = _changes(one)
        if changes and changes <= told:
            repeating.append(one)
        elif take(one):
            told |= changes
    for one in repeating:
        take(one)
    return tuple(kept)


def chosen_for(
    lessons: Sequence[Lesson], platforms: Iterable[Platform], most_characters: int = MOST_OF_A_SET
) -> tuple[Lesson, ...]:
    """Return the lessons that matter most for posts on several networks, each once.

    Each network in turn gives its next one, so that all have some where there is no room for all.
    """
    of_each = [chosen(lessons, platform) for platform in dict.fromkeys(platforms)]
    kept: dict[str, Lesson] = {}
    left = most_characters
    for one in filter(None, chain.from_iterable(zip_longest(*of_each))):
        if one.id not in kept and size_of(one) <= left:
            kept[one.id] = one
            left -= size_of(one)
    return tuple(kept.values())


def _changes(lesson: Lesson) -> set[_Change]:
    """Return the words removed and added by an edit; of any other lesson, its reason."""
    if lesson.kind is not LessonKind.EDITED:
        return {(lesson.reason or lesson.id, "")}
    before, after = (re.findall(r"\w+", one.casefold()) for one in (lesson.before, lesson.after))
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    return {
        (" ".join(before[a:b]), " ".join(after[c:d]))
        for kind, a, b, c, d in matcher.get_opcodes()
        if kind != "equal"
    }


def size_of(lesson: Lesson) -> int:
    """Return the least characters of a lesson in a prompt."""
    return sum(map(len, essence(lesson))) + len(lesson.reason) + len(lesson.angle) + _FRAME


def learned(state: VoiceState, told: Iterable[Lesson]) -> VoiceState:
    """Return the state with new lessons; one that was reported before changes nothing.

    Above the limits, the oldest lesson of the network that takes most room is dropped, so that
    a busy network does not push out the others. The newest always stays.
    """
    lessons, seen = list(state.lessons), dict.fromkeys(state.seen)
    for lesson in told:
        digest = hashlib.sha256(lesson.id.encode()).hexdigest()[:10]
        if digest not in seen:
            seen[digest] = None
            lessons.append(lesson)
    # With the comma that follows it in the list.
    kept = [(one, len(one.model_dump_json().encode()) + 1) for one in lessons]
    while len(kept) > MOST_KEPT or sum(size for _, size in kept) > MOST_BYTES:
        room = Counter[str]()
        for one, size in kept[:-1]:
            room[one.platform] += size
        # Sorted, so that a tie is decided the same way in a replay.
        fullest = max(sorted(room), key=lambda name: room[name])
        places = (n for n, (one, _) in enumerate(kept) if one.platform == fullest)
        kept.pop(next(places))
    return VoiceState(lessons=tuple(one for one, _ in kept), seen=tuple(seen)[-_SEEN:])


def forgotten(state: VoiceState, post_key: str = "") -> VoiceState:
    """Return the state without the lessons of a post, or without any.

    They stay among the seen ones: reported again, they are not learned again.
    """
    kept = tuple(one for one in state.lessons if post_key and one.post_key != post_key)
    return state.model_copy(update={"lessons": kept})


@dataclass(frozen=True)
class Occasion:
    """The decision that teaches."""

    platform: Platform
    post_key: str
    revision: int
    at: datetime
    angle: str = ""
    """Of the draft that is decided on."""


def edited(occasion: Occasion, before: Draft, after: Draft) -> tuple[Lesson, ...]:
    """Return the lessons of an edit, one for each field whose words differ.

    Links and hashtags are added by rules, so a change of them alone teaches nothing.
    """
    sides = (
        (LessonPart.TEXT, words_of(before), words_of(after)),
        (LessonPart.TITLE, before.title.strip(), after.title.strip()),
        (LessonPart.HEADLINE, before.headline.strip(), after.headline.strip()),
    )
    return tuple(
        _lesson(occasion, LessonKind.EDITED, part, *excerpts(was, now))
        for part, was, now in sides
        if was and now and was != now
    )


def rejected(occasion: Occasion, draft: Draft, reason: str) -> tuple[Lesson, ...]:
    """Return the lesson of a rejection; without a reason there is none."""
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
    """Return the lesson of a choice of one draft among several."""
    left = [words_of(other) for other in others]
    before = "\n\n".join(text for text in left if text != words_of(taken))
    if not before:
        return ()
    sides = (_shortened(before), _shortened(words_of(taken)))
    lesson = _lesson(occasion, LessonKind.PICKED, LessonPart.TEXT, *sides)
    said = _shortened(" ".join(reason.split()), LESSON_REASON)
    return (lesson.model_copy(update={"reason": said}),)


def words_of(draft: Draft) -> str:
    """Return the words of a post, without the parts that rules add."""
    text = "\n\n".join(draft.thread or (draft.text,))
    text = re.sub(r"[^\S\n]+", " ", _TAG_LINE.sub("", _ADDRESS.sub("", text)))
    return re.sub(r"(?<!\s)\s*\n\s*\n\s*", "\n\n", text).strip()


def excerpts(before: str, after: str, limit: int = LESSON_TEXT) -> tuple[str, str]:
    """Return both texts within ``limit``, around their first difference, so that they differ."""
    if max(len(before), len(after)) <= limit:
        return before, after
    differ = (at for at, (a, b) in enumerate(zip(before, after, strict=False)) if a != b)
    first = next(differ, min(len(before), len(after)))
    start = max(0, first - min(_CONTEXT, limit // 4))
    if start:
        # At the beginning of a word, but a text without spaces must not begin far before.
        start = before.rfind(" ", 0, start) + 1
        start = max(start, first - limit // 2)
    lead = _CUT if start else ""
    return tuple(  # pyright: ignore[reportReturnType] -- two in, two out
        f"{lead}{_shortened(text[start:], limit - len(lead))}" for text in (before, after)
    )


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
        angle=_shortened(occasion.angle, LESSON_REASON),
        learned_at=occasion.at,
    )


def _shortened(text: str, limit: int = LESSON_TEXT) -> str:
    return text if len(text) <= limit else f"{text[: limit - 1]}{_CUT}"
