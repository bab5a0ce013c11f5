from datetime import UTC, datetime

import pytest

from app.accounts.pauses import Reach, channel_named, sort_out, sort_out_resumed
from app.accounts.workflows import scope_words
from app.errors import InvalidRequestError
from app.posts.directory import PostRow
from cli.errors import CommandError, scope_options
from cli.input.words import network_named
from cli.phrases import pause_line
from galley.models.account import Pause, PauseScope
from galley.models.channel import Channel
from galley.models.network import Platform
from galley.models.post import PostState
from galley.publishing.job.pauses import PauseView

AT = datetime(2026, 11, 25, 12, tzinfo=UTC)
CHANNELS = (
    Channel(id="1" * 24, name="Acme", platform=Platform.X),
    Channel(id="2" * 24, name="Acme", platform=Platform.LINKEDIN),
    Channel(id="3" * 24, name="Acme Labs", platform=Platform.X),
)


def row(state: PostState, name: str = "a", platform: str = "x") -> PostRow:
    return PostRow(
        workflow_id=f"post:{name}:c1",
        campaign_id=f"campaign:{name}",
        platform=platform,
        channel_id="c1",
        state=state,
        started_at=AT,
    )


@pytest.mark.parametrize(
    ("scope", "is_covered"),
    [
        (PauseScope(), True),
        (PauseScope(platform=Platform.X), True),
        (PauseScope(platform=Platform.X, channel_id="c1", campaign_key="a"), True),
        (PauseScope(platform=Platform.TIKTOK), False),
        (PauseScope(platform=Platform.X, campaign_key="b"), False),
        (PauseScope(channel_id="c2"), False),
    ],
)
def test_a_pause_covers_what_all_its_fields_agree_on(
    scope: PauseScope, *, is_covered: bool
) -> None:
    assert row(PostState.SCHEDULED).is_covered_by(scope) is is_covered


@pytest.mark.parametrize(
    ("before", "after", "reach"),
    [
        (PostState.PUBLISHING, PostState.PUBLISHING, Reach.KEPT),
        (PostState.HELD, PostState.HELD, Reach.KEPT),
        (PostState.SCHEDULED, PostState.SCHEDULED, Reach.IN_BUFFER),
        (PostState.PUBLISHING, PostState.SCHEDULED, Reach.IN_BUFFER),
        (PostState.SCHEDULED, PostState.PULLED_BACK, Reach.PULLED_BACK),
        (PostState.PULLED_BACK, PostState.SCHEDULED, Reach.PUT_BACK),
        (PostState.SCHEDULED, PostState.PUBLISHED, Reach.TOO_LATE),
        (PostState.SCHEDULED, PostState.RETRACTED, Reach.ENDED),
        (PostState.IN_REVIEW, PostState.REJECTED, Reach.ENDED),
        (PostState.IN_REVIEW, PostState.IN_REVIEW, Reach.UNDECIDED),
        (None, PostState.DRAFTING, Reach.UNDECIDED),
    ],
)
def test_each_post_is_told_by_where_it_was_and_where_it_is(
    before: PostState | None, after: PostState, reach: Reach
) -> None:
    was = [row(before)] if before else []

    assert [post.reach for post in sort_out(was, [row(after)], [])] == [reach]


@pytest.mark.parametrize(
    ("left", "reach"),
    [
        ([], Reach.GOING_BACK),
        ([PauseScope(platform=Platform.TIKTOK)], Reach.GOING_BACK),
        ([PauseScope(platform=Platform.X)], Reach.PULLED_BACK),
    ],
)
def test_after_a_resume_a_post_goes_back_unless_another_pause_keeps_it_out(
    left: list[PauseScope], reach: Reach
) -> None:
    rows = [row(PostState.PULLED_BACK)]

    assert [post.reach for post in sort_out_resumed(rows, rows, left)] == [reach]


@pytest.mark.parametrize(
    ("field", "reach"),
    [
        ("stopped", Reach.KEPT),
        ("pulled_back", Reach.PULLED_BACK),
        ("still_in_buffer", Reach.IN_BUFFER),
        ("too_late", Reach.TOO_LATE),
    ],
)
def test_what_the_account_says_counts_more_than_the_list(field: str, reach: Reach) -> None:
    fields = dict.fromkeys(("stopped", "pulled_back", "still_in_buffer", "too_late"), ())
    told = PauseView.model_validate({**fields, "pause": Pause(by="kim"), field: ("a:c1",)})

    found = sort_out([], [row(PostState.SCHEDULED)], [told])

    assert [post.reach for post in found] == [reach]


@pytest.mark.parametrize(
    ("scope", "words", "options"),
    [
        (PauseScope(), "everything", ""),
        (PauseScope(platform=Platform.X), "platform x", " --platform x"),
        (
            PauseScope(channel_id="c1", campaign_key="a"),
            "channel c1, campaign a",
            " --channel c1 --campaign a",
        ),
    ],
)
def test_a_pause_is_told_with_the_command_that_ends_it(
    scope: PauseScope, words: str, options: str
) -> None:
    line = pause_line(Pause(by="kim", note="wrong price", scope=scope))

    assert (scope_words(scope), scope_options(scope)) == (words, options)
    assert line == (f"Paused: {words}, by kim: wrong price. To go on: galley resume{options}")


@pytest.mark.parametrize("name", ["Acme Labs", "acme labs", "3" * 24])
def test_a_channel_is_found_by_its_name_or_id(name: str) -> None:
    assert channel_named(name, CHANNELS).id == "3" * 24


@pytest.mark.parametrize("name", ["Acme", "Other"])
def test_a_channel_that_is_not_one_lists_the_choices(name: str) -> None:
    with pytest.raises(InvalidRequestError, match=r"1{24}.*2{24}"):
        channel_named(name, CHANNELS)


def test_an_unknown_network_is_refused_before_anybody_is_asked() -> None:
    with pytest.raises(CommandError, match="choose one of"):
        network_named("myspace")
