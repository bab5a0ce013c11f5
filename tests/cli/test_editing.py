import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.editing import as_page, from_page
from cli.editing import given as given_items
from cli.failures import CommandError
from galley.models import Draft, DraftEdit

POST = Draft(text="One.\n\nTwo.", title="A title", alt_text="A card")
THREAD = Draft(text="First", thread=("First", "Second\n\nmore"))

LINES = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp"))
)


@given(LINES, LINES)
def test_a_page_left_as_it_was_changes_nothing(text: str, title: str) -> None:
    draft = Draft(text=text.strip() or "x", title=title)

    assert from_page(as_page(draft), draft) is None


@pytest.mark.parametrize("rule", ["---", "a---", "---\n---\n"])
def test_a_rule_in_the_draft_is_not_taken_for_the_end_of_the_fields(rule: str) -> None:
    draft = Draft(text=f"Above\n{rule}\nbelow", title=rule.strip(), alt_text=rule)

    assert from_page(as_page(draft), draft) is None


def test_a_thread_left_as_it_was_changes_nothing() -> None:
    assert from_page(as_page(THREAD), THREAD) is None


def test_only_what_was_changed_is_sent() -> None:
    page = as_page(POST).replace("Two.", "Three.").replace("A title", "Another")

    assert from_page(page, POST) == DraftEdit(text="One.\n\nThree.", title="Another")


def test_an_item_of_a_thread_can_be_changed_or_taken_away() -> None:
    changed = as_page(THREAD).replace("Second", "Third")
    shortened = as_page(THREAD).partition("\n\n--- next item")[0]

    assert from_page(changed, THREAD) == DraftEdit(thread=("First", "Third\n\nmore"))
    assert from_page(shortened, THREAD) == DraftEdit(thread=("First",))


@pytest.mark.parametrize(
    ("old", "new"),
    [("---\n", ""), ("title:", "headliine:"), ("title: A title", "title: [")],
    ids=["no-rules", "misspelt-field", "broken-yaml"],
)
def test_a_page_that_cannot_be_read_changes_nothing_and_says_so(
    old: str, new: str
) -> None:
    with pytest.raises(CommandError, match="nothing changed"):
        from_page(as_page(POST).replace(old, new), POST)


def test_several_texts_become_a_thread() -> None:
    assert given_items(["a", "b"], POST) == DraftEdit(thread=("a", "b"), text="a")


def test_one_text_takes_the_place_of_a_whole_thread() -> None:
    assert given_items(["a"], THREAD).apply(THREAD).thread == ("a",)
