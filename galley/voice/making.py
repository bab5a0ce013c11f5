"""Make lessons of what a reviewer did. Pure."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from galley.models import Draft, Lesson, LessonKind, LessonPart, Platform
from galley.models.voice import LESSON_REASON, LESSON_TEXT

_ADDRESS = re.compile(r"(?i)\b[a-z][a-z0-9+.-]{0,30}://\S+|\bwww\.\S+")
_TAG_LINE = re.compile(r"(?m)^[ \t]*(?:[#\uff03]\w+[ \t]*)+$")
_CONTEXT = LESSON_TEXT // 4
"""Characters before the first difference that are kept of a long text."""
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
        for part, was, now in _changes(before, after)
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
    differ = (
        at for at, (a, b) in enumerate(zip(before, after, strict=False)) if a != b
    )
    first = next(differ, min(len(before), len(after)))
    start = max(0, first - min(_CONTEXT, limit // 4))
    if start:
        start = before.rfind(" ", 0, start) + 1
        start = max(start, first - limit // 2)
    lead = _CUT if start else ""
    return tuple(  # pyright: ignore[reportReturnType] -- two in, two out
        f"{lead}{_shortened(text[start:], limit - len(lead))}"
        for text in (before, after)
    )


def _changes(before: Draft, after: Draft) -> Iterator[tuple[LessonPart, str, str]]:
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
