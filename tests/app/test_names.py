from datetime import UTC, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.advice import Action, Advice
from app.errors import InvalidRequestError, NotFoundError
from app.posts.directory import CampaignRow, PostRow, key_prefix, named, resolve
from app.posts.short_names import name_among

AT = datetime(2026, 11, 25, tzinfo=UTC)


def campaign(key: str) -> CampaignRow:
    return CampaignRow(workflow_id=f"campaign:{key}", status="completed", started_at=AT)


def post(key: str, platform: str) -> PostRow:
    return PostRow(
        workflow_id=f"post:{key}:channel-{platform}",
        campaign_id=f"campaign:{key}",
        platform=platform,
        channel_id=f"channel-{platform}",
        started_at=AT,
    )


CAMPAIGNS = [campaign("aa11"), campaign("aa11-2"), campaign("bb22"), campaign("ac33")]
POSTS = [post("aa11", "x"), post("aa11", "linkedin"), post("aa11-2", "x"), post("bb22", "x")]


@pytest.mark.parametrize(
    "text",
    [
        "post:bb22:channel-x",
        "bb22:channel-x",
        "post:bb22:ch",
        "bb22:",
        "bb22/x",
        "bb/x",
        "campaign:bb22/x",
        "bb22/channel-x",
        "bb22/X",
    ],
)
def test_a_post_is_found_by_any_unambiguous_name(text: str) -> None:
    target = resolve(text, CAMPAIGNS, POSTS)

    assert not target.is_campaign
    assert [row.workflow_id for row in target.posts] == ["post:bb22:channel-x"]


@pytest.mark.parametrize("text", ["campaign:bb22", "bb22", "b"])
def test_a_campaign_is_found_with_all_its_posts(text: str) -> None:
    target = resolve(text, CAMPAIGNS, POSTS)

    assert target.campaign == CAMPAIGNS[2]
    assert target.posts == (POSTS[3],)


def test_a_full_key_wins_over_a_longer_one_that_begins_with_it() -> None:
    target = resolve("aa11", CAMPAIGNS, POSTS)

    assert target.campaign == CAMPAIGNS[0]
    assert target.posts == tuple(POSTS[:2])


@pytest.mark.parametrize(("text", "key"), [("aa", "aa11"), ("aa-2", "aa11-2"), ("bb", "bb22")])
def test_a_start_without_an_edition_means_the_first_one(text: str, key: str) -> None:
    target = resolve(text, CAMPAIGNS, POSTS)

    assert target.campaign == campaign(key)
    assert resolve(f"{text}/x", CAMPAIGNS, POSTS).posts[0].campaign_id == f"campaign:{key}"


def test_an_edition_that_is_not_there_is_not_taken_for_another() -> None:
    with pytest.raises(NotFoundError):
        resolve("aa11-3", CAMPAIGNS, POSTS)


@pytest.mark.parametrize("text", ["a", "a/x", "post:aa11:"])
def test_a_name_that_fits_several_is_refused_and_lists_them(text: str) -> None:
    with pytest.raises(InvalidRequestError, match="could be any of 2"):
        resolve(text, CAMPAIGNS, POSTS)


@pytest.mark.parametrize("text", ["cc", "bb22/tiktok", "post:bb22:channel-y"])
def test_a_name_that_fits_nothing_says_where_to_look(text: str) -> None:
    with pytest.raises(NotFoundError, match="There is no post or campaign") as error:
        resolve(text, CAMPAIGNS, POSTS)

    assert error.value.advice == Advice(action=Action.LIST_POSTS)


@pytest.mark.parametrize("text", ["", 'x" OR 1=1', "post:", "a b", "'", "-2", "campaign:-2", "-"])
def test_no_name_reaches_the_query_unless_it_is_plain(text: str) -> None:
    with pytest.raises(InvalidRequestError):
        key_prefix(text)


@given(st.sets(st.from_regex(r"[0-9a-f]{12}(-[2-9])?", fullmatch=True), min_size=1, max_size=6))
@example({"aa11bb22cc33", "aa11bb22cc33-2", "aa11bb22cc33-21", "aa11bb22cc34"})
def test_each_handle_in_a_list_names_its_post_alone(keys: set[str]) -> None:
    rows = [post(key, platform) for key in keys for platform in ("x", "threads")]
    campaigns = [campaign(key) for key in keys]

    for row in named(rows):
        assert resolve(row.handle, campaigns, rows).posts[0].workflow_id == row.workflow_id


def test_the_handle_of_a_later_edition_is_the_start_of_the_key_and_the_edition() -> None:
    rows = [post("3fb6bb22cc33-2", "x"), post("3fb6bb22cc33", "x"), post("3fa0bb22cc33-2", "x")]

    assert [row.handle for row in named(rows)] == ["3fb6-2/x", "3fb6/x", "3fa0-2/x"]
    assert named(rows[:1])[0].handle == "3fb6-2/x"


def test_a_handle_is_short_and_names_the_channel_where_a_network_has_two() -> None:
    key = "3fb6bb22cc33"
    second = post(key, "x").model_copy(
        update={"workflow_id": f"post:{key}:two", "channel_id": "two"}
    )

    handles = [row.handle for row in named([post(key, "linkedin"), post(key, "x"), second])]

    assert handles == ["3fb6/linkedin", "3fb6/channel-x", "3fb6/two"]


def test_a_short_name_means_its_post_among_all_and_not_only_among_those_that_wait() -> None:
    key, alike, unlike = "3fb6bb22cc33", "3fb6cc44dd55", "3fb7ee66ff77"
    waits = post(key, "linkedin")
    decided = waits.model_copy(update={"workflow_id": f"post:{key}:two", "channel_id": "two"})
    posts = [waits, decided, post(alike, "x"), post(unlike, "x")]
    campaigns = [campaign(one) for one in (key, alike, unlike)]

    names = [name_among(one, campaigns, posts) for one in posts]

    assert names == ["3fb6b/channel-linkedin", "3fb6b/two", "3fb6c/x", "3fb7/x"]
    assert [resolve(name, campaigns, posts).posts for name in names] == [(one,) for one in posts]


def test_a_post_whose_short_name_would_be_refused_is_called_by_its_id() -> None:
    waits, without_posts = post("3fb6bb22cc33", "x"), campaign("3fb6cc44dd55")
    campaigns = [campaign("3fb6bb22cc33"), without_posts]

    assert name_among(waits, campaigns, [waits]) == waits.workflow_id
    assert name_among(waits, [], []) == waits.workflow_id


@pytest.mark.parametrize(("typed", "network"), [("twitter", "x"), ("google", "googlebusiness")])
def test_another_name_of_a_network_finds_its_post(typed: str, network: str) -> None:
    rows = [post("bb22", network)]

    assert resolve(f"bb22/{typed}", [campaign("bb22")], rows).posts == tuple(rows)
