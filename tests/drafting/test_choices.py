"""What an editor may do to drafts: take one, and mend it without making it longer."""

from hypothesis import given
from hypothesis import strategies as st

from galley.drafting.answers import ChangeAnswer, ChoiceAnswer, PartAnswer, PostAnswer
from galley.drafting.choices import as_shown, chosen, in_turn


def post(body: str, **fields: object) -> PostAnswer:
    empty = PostAnswer(
        network="x",
        skip="",
        body=body,
        thread=[],
        title="",
        headline="",
        alt_text="",
        hashtags=[],
        parts=[],
    )
    return empty.model_copy(update=fields)


def choice(draft: int, *changes: tuple[str, str]) -> ChoiceAnswer:
    told = [ChangeAnswer(find=find, replace=replace) for find, replace in changes]
    return ChoiceAnswer(network="x", draft=draft, changes=told)


def test_the_chosen_draft_is_mended_in_every_field_where_the_words_stand() -> None:
    parts = [PartAnswer(title="Always open", text="We are always open.")]
    draft = post("We are always open.", title="Always", thread=["We are always open."], parts=parts)

    mended = chosen([post("Other."), draft], choice(2, ("always open", "open"), ("Always", "Now")))

    assert mended.body == "We are open."
    assert mended.thread == ["We are open."]
    assert mended.title == "Now"
    assert mended.parts == [PartAnswer(title="Now open", text="We are open.")]


def test_a_change_that_makes_a_text_longer_is_left_out() -> None:
    draft = post("A third came on Fridays.")

    assert chosen([draft], choice(1, ("A third", "A third of each week"))) == draft


def test_changes_that_leave_no_text_are_left_out_together() -> None:
    draft = post("All of it is invented.")

    assert chosen([draft], choice(1, ("All of it is invented.", ""))) == draft


@given(st.integers())
def test_an_answer_that_names_no_draft_takes_the_first(number: int) -> None:
    drafts = [post("One."), post("Two.")]

    assert chosen(drafts, choice(number)) in drafts
    assert chosen(drafts, None) == drafts[0]
    if number not in {1, 2}:
        assert chosen(drafts, choice(number)) == drafts[0]


@given(
    st.lists(st.text(min_size=1, max_size=8), min_size=1, max_size=4),
    st.lists(st.tuples(st.text(max_size=4), st.text(max_size=8)), max_size=4),
    st.integers(0, 30),
)
def test_no_change_makes_a_post_longer_or_empty(
    bodies: list[str], changes: list[tuple[str, str]], place: int
) -> None:
    shown = in_turn([post(body) for body in bodies], place)

    for number, draft in enumerate(shown, start=1):
        mended = chosen(shown, choice(number, *changes))
        assert len(mended.body) <= len(draft.body)
        assert mended.is_empty <= draft.is_empty


def test_each_set_comes_first_for_some_posts() -> None:
    drafts = [post("One."), post("Two.")]

    first = [in_turn(drafts, place)[0].body for place in range(4)]

    assert first == ["One.", "Two.", "One.", "Two."]


def test_an_editor_is_shown_words_alone() -> None:
    draft = post("Text.", headline="Words", alt_text="A card", hashtags=["Tag"])

    assert as_shown(draft) == '{"body":"Text.","headline":"Words"}'
