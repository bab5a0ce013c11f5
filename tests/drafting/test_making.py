"""What a decision teaches."""

from hypothesis import example, given
from hypothesis import strategies as st

from galley.drafting.lessons import Occasion, edited, excerpts, picked, rejected, words_of
from galley.models.brand import LESSON_REASON, LESSON_TEXT, Lesson, LessonKind, LessonPart
from galley.models.draft import Draft
from galley.models.network import Platform
from tests.drafting.making import NOON

WHEN = Occasion(Platform.X, "key:x", 2, NOON)


def _joined(lead: str, text: str, times: int, tail: str) -> str:
    return lead + text * times + tail


_TEXTS = st.builds(
    _joined,
    st.sampled_from(("", "a b ", "word " * 600, "x" * 3000)),
    st.text(max_size=8),
    st.sampled_from((1, 400)),
    st.text(max_size=8),
)


def edit(before: str, after: str) -> tuple[Lesson, ...]:
    return edited(WHEN, Draft(text=before), Draft(text=after))


def test_an_edit_teaches_each_field_that_differs() -> None:
    before = Draft(text="We leverage boats.", title="Boats", headline="All of it")
    after = Draft(text="We use boats.", title="Boats", headline="Boats, all of them")

    text, headline = edited(WHEN, before, after)

    assert (text.kind, text.part) == (LessonKind.EDITED, LessonPart.TEXT)
    assert (text.before, text.after) == ("We leverage boats.", "We use boats.")
    assert headline.part is LessonPart.HEADLINE
    assert text.id != headline.id


def test_links_and_lines_of_hashtags_teach_nothing() -> None:
    told = edit("Boats go.\n\n#Boats #Sea\n\nhttps://example.com/a?b=c", "Boats go.\n\n#Boats")

    assert told == ()


def test_a_thread_teaches_all_its_posts() -> None:
    before = Draft(text="One.", thread=("One.", "Two."))
    after = Draft(text="One.", thread=("One.", "Two!"))

    (lesson,) = edited(WHEN, before, after)

    assert (lesson.before, lesson.after) == ("One.\n\nTwo.", "One.\n\nTwo!")


def test_a_rejection_teaches_by_its_reason_alone() -> None:
    draft = Draft(text="Boats go.")

    assert rejected(WHEN, draft, " \n ") == ()
    (lesson,) = rejected(WHEN, draft, "too\nsmooth " + "y" * 900)
    assert lesson.reason.startswith("too smooth y")
    assert len(lesson.reason) == LESSON_REASON
    assert (lesson.before, lesson.after) == ("Boats go.", "")


def test_a_pick_teaches_what_was_taken_and_what_was_not() -> None:
    one, two, three = (Draft(text=f"Hook {n}.") for n in range(3))

    (lesson,) = picked(WHEN, two, (one, two, three))

    assert lesson.kind is LessonKind.PICKED
    assert (lesson.before, lesson.after) == ("Hook 0.\n\nHook 2.", "Hook 1.")
    assert picked(WHEN, two, (two,)) == ()


@given(_TEXTS, _TEXTS)
@example("w" * 4000 + "a", "w" * 4000 + "b")
@example("w " * 4000, "w " * 4000 + "b")
def test_excerpts_are_bounded_and_keep_the_difference(one: str, other: str) -> None:
    before, after = excerpts(one, other)

    assert max(len(before), len(after)) <= LESSON_TEXT
    assert (before == after) == (one == other)


@given(_TEXTS, _TEXTS)
def test_what_an_edit_teaches_fits_whatever_was_written(one: str, other: str) -> None:
    before, after = Draft(text=one, title=one[:90]), Draft(text=other, title=other[:90])

    for lesson in edited(WHEN, before, after):
        assert Lesson.model_validate(lesson.model_dump()) == lesson
        assert lesson.before != lesson.after


@given(_TEXTS)
def test_no_address_is_kept(text: str) -> None:
    assert "://evil.example" not in words_of(Draft(text=f"{text} http://evil.example/"))
