"""The Temporal UI shows drafts literally."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from galley.models.account import Pause, PauseScope
from galley.models.draft import Draft, Fact, FactKind, FactOrigin, Problem
from galley.models.network import Platform
from galley.models.post import PostState, PostView
from galley.models.publishing import RateWindow
from galley.redaction import terminal_safe
from tests.unseen import ATTACKS, OBEYED
from workflows.details import account_details, literal, post_details


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


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS)
def test_the_details_show_what_a_browser_would_hide(attack: str) -> None:
    words = f"Before {attack} after."
    view = _view(words).model_copy(update={"error": words})

    details = post_details(view)

    assert OBEYED.search(details.replace("\n", "")) is None
    assert literal(terminal_safe(attack)) in details
    # Of the draft itself, the part that nobody sees does not leave either.
    assert details.count(literal(terminal_safe(attack))) == 1


def test_the_details_hold_draft_problem_and_how_to_decide() -> None:
    details = post_details(_view("Hello world"))

    assert "> Hello world" in details
    assert "Too long: shorten it." in details
    assert '{"revision": 3, "digest": "' in details


def test_the_details_mark_claims_and_count_what_was_found() -> None:
    claim = Problem(rule="names_from_source", message="Not there: Holm.", is_claim=True)
    facts = (
        Fact(kind=FactKind.NAME, place="text", start=0, end=4),
        Fact(kind=FactKind.NUMBER, place="text", start=5, end=7, origin=FactOrigin.SOURCE),
    )
    view = _view("Holm 12").model_copy(update={"problems": (claim,), "facts": facts})

    details = post_details(view)

    assert "**Claim:** Not there: Holm." in details
    assert "Facts: 1 in the source, 1 nowhere" in details


def test_an_ended_post_asks_for_nothing() -> None:
    assert "Send a Signal" not in post_details(_view("x", PostState.PUBLISHED))


def test_every_pause_stands_in_the_details_with_its_scope_and_who_made_it() -> None:
    window = RateWindow(seconds=900, limit=100, remaining=45, resets_in=9)
    day = RateWindow(seconds=86400, limit=500, remaining=500, resets_in=9)
    part = PauseScope(platform=Platform.X, campaign_key="aa11")
    pauses = (
        Pause(by="kim", note="wrong price", scope=part, pull_back=True),
        Pause(by="<b>lee</b>"),
    )

    html = MarkdownIt().render(account_details("jobs", (window, day), pauses))

    assert (
        "<strong>Paused: platform x, campaign aa11, by kim: wrong price; "
        "what Buffer had is pulled back.</strong>"
    ) in html
    assert "Paused: everything, by &lt;b&gt;lee&lt;/b&gt;." in html
    assert "<li>55 of 100 calls in 15 minutes</li>" in html
    assert "<li>0 of 500 calls in 24 hours</li>" in html
