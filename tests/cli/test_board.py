"""What a person sees of the demo: drafts whole, and the table below them."""

import pytest

from app.campaigns.follow import Watch
from cli.local.board import Board
from cli.proofs import proof
from cli.terminal import wrapped
from galley.models.draft import Draft
from galley.models.media import MediaKind, StagedAsset
from galley.models.network import Platform
from galley.models.post import PostState, PostView
from tests.cli.screen import Screen
from tests.cli.test_outcome import watch, watched

PARAGRAPHS = tuple(
    f"Paragraph {number} of the draft, with words enough that a line of eighty columns breaks "
    "somewhere in the middle of them."
    for number in range(1, 7)
)
NETWORKS = tuple(Platform)
ANSWERS = 3


def view(platform: Platform) -> PostView:
    return PostView(
        workflow_id=f"post:k:{platform}",
        campaign_id="campaign:k",
        platform=platform,
        channel_id=str(platform),
        channel_name=platform.title(),
        state=PostState.IN_REVIEW,
        revision=1,
        draft=Draft(
            text="\n\n".join(f"{platform}: {paragraph}" for paragraph in PARAGRAPHS),
            headline=f"A card for {platform}",
        ),
        staged=(
            StagedAsset(
                kind=MediaKind.IMAGE,
                mime="image/png",
                sha256="ab" * 32,
                size=48_000,
                width=1080,
                height=1080,
                staged_as=f"staging/{platform}.png",
            ),
        ),
    )


def eleven() -> Watch:
    return watch(*(watched(PostState.IN_REVIEW, platform=one) for one in NETWORKS))


@pytest.mark.parametrize("rows", [24, 60])
def test_each_draft_that_is_asked_about_stays_whole_on_the_terminal(
    monkeypatch: pytest.MonkeyPatch, rows: int
) -> None:
    # As Rich learns the size of a terminal that is no file.
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("LINES", str(rows))
    monkeypatch.setenv("TERM", "xterm")
    screen, campaign = Screen(80, rows), eleven()

    with Board(screen) as board:
        board.update(campaign)
        for platform in NETWORKS:
            board.draft(view(platform))
            for _ in range(ANSWERS):
                board.clear()
                screen.write("[a]pprove  [s]kip > no such answer\n")
                board.say("That was refused.")
            board.update(campaign)

    seen = screen.lines
    for platform in NETWORKS:
        shown = [
            line for line in wrapped(proof(view(platform), is_asked=True), 80).splitlines() if line
        ]
        first = seen.index(shown[0])
        below = [line for line in seen[first:] if line][: len(shown)]
        assert below == shown
        assert sum(f"A card for {platform}" in line for line in seen) == 1
    assert sum("That was refused." in line for line in seen) == ANSWERS * len(NETWORKS)


def test_the_lines_of_a_draft_call_it_by_its_short_name() -> None:
    screen = Screen()

    with Board(screen) as board:
        board.draft(view(Platform.X), "k/x")

    assert "galley show k/x --open" in screen.text


def test_the_table_leaves_nothing_behind_when_it_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("LINES", "24")
    screen = Screen()

    with Board(screen) as board:
        board.update(eleven())
        shown = screen.text
        board.clear()

    assert "Stage" in shown
    assert not screen.text
