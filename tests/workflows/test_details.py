"""The Temporal UI shows drafts literally."""

from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from galley.models import Draft, Platform, PostState, PostView, Problem
from workflows.details import literal, post_details


def _view(text: str, state: PostState = PostState.IN_REVIEW) -> PostView:
    return PostView(
        workflow_id="post:k:c",
        campaign_id="campaign:k",
        platform=Platform.X,
        channel_id="c",
        channel_name="main",
        state=state,
        revision=3,
        draft=Draft(text=text),
        problems=(Problem(rule="r", message="Too long: shorten it."),),
    )


@given(st.text(alphabet="ab !()[]<>*_`#&;:/.\n-+~|\\{}", max_size=40))
def test_a_draft_can_neither_load_a_picture_nor_become_markup(text: str) -> None:
    html = MarkdownIt("commonmark").render(literal(text))

    for tag in ("<img", "<a ", "<h1", "<strong", "<em", "<code", "<script", "<li"):
        assert tag not in html


def test_the_details_hold_draft_problem_and_how_to_decide() -> None:
    details = post_details(_view("Hello world"))

    assert "> Hello world" in details
    assert "Too long: shorten it." in details
    assert '{"revision": 3, "by": "your name"}' in details


def test_an_ended_post_asks_for_nothing() -> None:
    assert "Send a Signal" not in post_details(_view("x", PostState.PUBLISHED))
