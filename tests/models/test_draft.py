"""Edits change what they name and nothing else."""

from hypothesis import given
from hypothesis import strategies as st

from galley.models.draft import Draft, DraftEdit
from galley.models.network import XExtras

DRAFT = Draft(text="one", thread=("one", "two"), title="t", alt_text="a")


@given(st.none() | st.text(max_size=5), st.none() | st.text(max_size=5).filter(lambda t: t))
def test_an_edit_changes_only_what_it_names(title: str | None, alt_text: str | None) -> None:
    edited = DraftEdit(title=title, alt_text=alt_text).apply(DRAFT)

    wanted = "t" if title is None else title.replace("\r\n", "\n")
    assert edited.title == wanted
    assert edited.text == "one"
    assert edited.thread == DRAFT.thread


def test_a_threads_text_and_its_first_item_stay_the_same() -> None:
    by_text = DraftEdit(text="new").apply(DRAFT)
    by_thread = DraftEdit(thread=("first", "second")).apply(DRAFT)

    assert by_text.thread == ("new", "two")
    assert by_thread.text == "first"


def test_an_editors_line_ends_count_once() -> None:
    assert DraftEdit(text="a\r\nb").apply(Draft(text="x")).text == "a\nb"
    assert DraftEdit(thread=("a\r\nb",)).apply(DRAFT).thread == ("a\nb",)


def test_a_wish_to_split_is_no_part_of_the_draft() -> None:
    assert DraftEdit(split=True).apply(DRAFT) == DRAFT


def test_extras_are_changed_as_a_whole() -> None:
    edited = DraftEdit(extras=XExtras(is_ai_generated=True)).apply(DRAFT)

    assert edited.extras == XExtras(is_ai_generated=True)
    assert DraftEdit(title="t").apply(edited).extras == edited.extras
