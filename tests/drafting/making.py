"""Lessons for the tests."""

from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from galley.models.brand import LESSON_REASON, LESSON_TEXT, Lesson, LessonKind, LessonPart
from galley.models.network import Platform

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)


def lesson(number: int = 1, platform: Platform = Platform.X, **more: object) -> Lesson:
    """Return an edit; a greater number is a later one."""
    base = Lesson(
        kind=LessonKind.EDITED,
        platform=platform,
        post_key=f"key:{number}",
        revision=2,
        before=f"before {number}",
        after=f"after {number}",
        learned_at=NOON + timedelta(minutes=number),
    )
    return base.model_copy(update=more)


# The longest texts are made by repetition: drawing them letter by letter is slow.
def _repeated(text: str, times: int) -> str:
    return (text * times)[:LESSON_TEXT]


def _reason(text: str) -> str:
    return text[:LESSON_REASON]


def _key(number: int) -> str:
    return f"0123456789ab:channel-{number}"


def _instant(number: int) -> datetime:
    return NOON + timedelta(minutes=number)


_WORDS = st.builds(
    _repeated, st.text(min_size=1, max_size=12), st.sampled_from((1, 7, LESSON_TEXT))
)
LESSONS = st.builds(
    Lesson,
    kind=st.sampled_from(LessonKind),
    platform=st.sampled_from(Platform),
    post_key=st.builds(_key, st.integers(0, 200)),
    revision=st.integers(1, 3),
    part=st.sampled_from(LessonPart),
    before=_WORDS,
    after=_WORDS,
    reason=st.builds(_reason, _WORDS),
    learned_at=st.builds(_instant, st.integers(0, 10_000)),
)
