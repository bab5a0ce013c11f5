"""A writer is shown what changed."""

from hypothesis import given

from galley.drafting.lessons import KEPT, essence
from galley.models.brand import Lesson, LessonKind, LessonPart
from tests.drafting.making import LESSONS, lesson


def test_sentences_that_stayed_are_left_out() -> None:
    told = lesson(
        before="One stays. Two stays.\n\nWe leverage boats. Four stays. Five goes.",
        after="One stays. Two stays.\n\nWe use boats. Four stays.",
    )

    before, after = essence(told)

    assert before == f"{KEPT}\nWe leverage boats.\n{KEPT}\nFive goes."
    assert after == f"{KEPT}\nWe use boats.\n{KEPT}"


def test_gaps_alone_are_shown_as_they_are() -> None:
    told = lesson(before="One. Two.", after="One.\n\nTwo.")

    assert essence(told) == (told.before, told.after)


def test_what_is_no_edit_is_shown_whole() -> None:
    told = lesson(kind=LessonKind.PICKED, before="One. Two.", after="One. Three.")

    assert essence(told) == (told.before, told.after)


@given(LESSONS)
def test_no_lesson_grows_and_what_differs_still_does(told: Lesson) -> None:
    before, after = essence(told.model_copy(update={"part": LessonPart.TEXT}))

    assert (before == after) == (told.before == told.after)
    assert len(before) + len(after) <= len(told.before) + len(told.after)
