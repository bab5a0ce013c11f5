"""The list of posts and of channels, as a person sees it in a terminal."""

from contextlib import redirect_stdout
from datetime import UTC, datetime, timedelta

import pytest

from app.posts.directory import NEEDS_A_PERSON, PostRow, named
from app.review.inbox import PostSearch
from cli.commands.ask import waits
from cli.commands.inbox import print_rows
from galley.models.network import Platform
from galley.models.post import PostState
from tests.cli.screen import Screen

AT = datetime(2026, 11, 28, 9, tzinfo=UTC)
OPENING = "A publishing tool has one job that readers notice: the post appears, once, 漢字も。"


def post(
    campaign: str, platform: str, state: str = "in_review", due_at: datetime | None = AT
) -> PostRow:
    return PostRow(
        workflow_id=f"post:{campaign}:{platform}-0123456789abcdef",
        campaign_id=f"campaign:{campaign}",
        platform=platform,
        channel_id=f"{platform}-0123456789abcdef",
        state=state,
        title="A title that all posts of the source share",
        opening=OPENING,
        due_at=due_at,
        started_at=AT,
    )


def listed(rows: list[PostRow], columns: int = 80, *, wide: bool = False) -> list[str]:
    screen = Screen(columns, 60)
    with pytest.MonkeyPatch.context() as environment, redirect_stdout(screen):
        environment.setenv("COLUMNS", str(columns))
        print_rows(named(rows), wide=wide)
    return screen.text.splitlines()


@pytest.mark.parametrize("columns", [80, 120])
def test_each_post_is_one_line_with_handle_state_time_and_first_words(columns: int) -> None:
    rows = [post("3fb6aabbccdd", network, state) for network in Platform for state in ("held",)]
    head, *lines = listed(rows, columns)

    assert head.split() == ["Post", "State", "Due", "Draft"]
    assert len(lines) == len(Platform)
    for line, network in zip(lines, Platform, strict=True):
        assert line.startswith(f"3fb6/{network} ")
        assert " held " in line
        assert "28 Nov " in line
        assert "A publishing tool has" in line
        assert line.endswith("…")


@pytest.mark.parametrize("state", list(PostState))
def test_no_state_makes_a_line_longer_than_the_terminal(state: PostState) -> None:
    head, line = listed([post("3fb6aabbccdd", "googlebusiness", state)])

    assert head
    assert f" {state} " in line


def test_the_widest_list_has_all_of_a_post_on_one_line() -> None:
    row = post("3fb6aabbccdd", "x")

    line = listed([row], 400, wide=True)[-1]

    assert row.workflow_id in line
    assert row.title in line
    assert OPENING in line


def test_a_list_by_due_time_begins_with_the_next_post() -> None:
    late, soon, never = (
        post("3fb6aabbccdd", "x", due_at=AT + timedelta(days=1)),
        post("3fb6aabbccdd", "threads"),
        post("3fb6aabbccdd", "bluesky", due_at=None),
    )

    assert PostSearch(by_due=True).ordered([never, late, soon]) == [soon, late, never]


def test_a_list_of_one_network_asks_for_no_other_and_takes_no_other() -> None:
    rows = [post("3fb6aabbccdd", "x"), post("3fb6aabbccdd", "threads")]
    search = PostSearch("in_review", platforms=frozenset({Platform.X}))

    assert search.query() == (
        'GalleyState="in_review" AND ExecutionStatus="Running" AND GalleyPlatform IN ("x")'
    )
    assert [row.platform for row in rows if search.takes(row)] == ["x"]
    assert PostSearch().query() == ""


@pytest.mark.parametrize("state", PostState)
def test_a_post_that_ended_is_not_asked_about_though_a_list_still_has_it(state: PostState) -> None:
    needs = state in NEEDS_A_PERSON

    assert waits(state, is_listed=False) == needs
    # An open post is listed for what somebody proposed.
    assert waits(state, is_listed=True) == (not state.is_final)
