"""The queries: posts with filters, order and pages; the account and its channels."""

from typing import Any

import pytest

from tests.emulators.buffer_world import World, in_seconds

Json = dict[str, Any]
POSTS = """
query Posts($first: Int, $after: String, $input: PostsInput!) {
  posts(first: $first, after: $after, input: $input) {
    edges { cursor node { id text } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}
"""


def _list(world: World, given: Json | None = None, **fields: object) -> tuple[list[str], Json]:
    whole = {"organizationId": world.organization, **(given or {})}
    posts = world.ask(POSTS, input=whole, **fields)["posts"]
    return [edge["node"]["text"] for edge in posts["edges"]], posts["pageInfo"]


def _refused(world: World, given: Json, **fields: object) -> str:
    whole = {"organizationId": world.organization, **given}
    answer = world.send(POSTS, input=whole, **fields)
    assert answer.status_code == 200
    return str(answer.json()["errors"][0]["message"])


def _fill(world: World) -> None:
    for number in range(5):
        world.created(
            "twitter" if number % 2 else "threads",
            text=f"Post {number}",
            dueAt=in_seconds(3600 * (10 - number)),
        )


def test_pages_follow_each_other_without_gap_or_repeat(world: World) -> None:
    _fill(world)
    sort = [{"field": "dueAt", "direction": "asc"}]
    seen: list[str] = []
    after = None
    for expected in (True, True, False):
        texts, info = _list(world, {"sort": sort}, first=2, after=after)
        seen += texts
        after = info["endCursor"]
        assert info["hasNextPage"] is expected
        assert info["hasPreviousPage"] is False
    assert seen == ["Post 4", "Post 3", "Post 2", "Post 1", "Post 0"]


def test_a_new_post_does_not_disturb_the_pages_after_it(world: World) -> None:
    _fill(world)
    texts, info = _list(world, first=2)
    world.created("facebook", metadata={"facebook": {"type": "post"}})
    more, _ = _list(world, first=10, after=info["endCursor"])
    assert len({*texts, *more}) == len(texts) + len(more) == 5


def test_filters_must_all_match(world: World) -> None:
    _fill(world)
    world.created("twitter", text="A draft", saveToDraft=True)
    twitter = world.channels["twitter"]["id"]
    chosen = {"channelIds": [twitter], "status": ["scheduled"]}
    texts, _ = _list(world, {"filter": chosen})
    assert sorted(texts) == ["Post 1", "Post 3"]
    assert _list(world, {"filter": {"dueAtPresence": "absent"}})[0] == ["A draft"]
    assert _list(world, {"filter": {"channelIds": []}})[0] == []


def test_a_filter_that_mixes_needs_approval_with_other_states_finds_no_post(world: World) -> None:
    world.patch("twitter", needsApproval=True)
    world.created("twitter", text="A draft", saveToDraft=True)
    world.created("twitter", text="Waiting", needsApproval=True)

    def texts(*states: str) -> list[str]:
        return _list(world, {"filter": {"status": [*states]}})[0]

    assert (texts("draft"), texts("needs_approval")) == (["A draft"], ["Waiting"])
    assert sorted(texts("draft", "error")) == ["A draft"]
    assert texts("draft", "needs_approval") == []


def test_windows_are_inclusive(world: World) -> None:
    post = world.created("twitter", dueAt="2030-01-01T10:00:00.250Z")
    exactly = {"start": "2030-01-01T10:00:00.250Z", "end": "2030-01-01T10:00:00.250Z"}
    assert _list(world, {"filter": {"dueAt": exactly}})[0] == [post["text"]]
    created = {"start": post["createdAt"], "end": post["createdAt"]}
    assert _list(world, {"filter": {"createdAt": created}})[0] == [post["text"]]
    assert _list(world, {"filter": {"createdAt": {"start": in_seconds(60)}}})[0] == []
    either = {"startDate": "2029-12-31T00:00:00Z"}
    assert _list(world, {"filter": either})[0] == [post["text"]]


@pytest.mark.parametrize(
    ("given", "fields", "message"),
    [
        ({}, {"first": 101}, "first must be between 1 and 100"),
        ({}, {"first": 0}, "first must be between 1 and 100"),
        ({}, {"after": "nonsense"}, "Invalid cursor"),
        ({"filter": {"dueAtPresence": "absent", "dueAt": {}}}, {}, None),
        (
            {"filter": {"postTypes": ["thread"]}},
            {},
            "postTypes does not support carousel and thread",
        ),
    ],
)
def test_arguments_that_make_no_sense_are_refused(
    world: World, given: Json, fields: Json, message: str | None
) -> None:
    if message is None:
        given = {"filter": {"dueAtPresence": "absent", "dueAt": {"end": in_seconds(1)}}}
        message = "dueAtPresence absent cannot be combined with dueAt"
    assert _refused(world, given, **fields) == message


def test_a_cursor_of_another_order_is_refused(world: World) -> None:
    _fill(world)
    _, info = _list(world, first=1)
    both = [{"field": "dueAt", "direction": "asc"}, {"field": "createdAt", "direction": "asc"}]
    assert _refused(world, {"sort": both}, after=info["endCursor"]) == "Invalid cursor"


def test_a_post_that_does_not_exist_is_a_top_level_not_found(world: World) -> None:
    query = '{ post(input: {id: "ffffffffffffffffffffffff"}) { id } }'
    body = world.send(query).json()
    assert body["data"] is None
    assert body["errors"][0]["extensions"]["code"] == "NOT_FOUND"


def test_the_account_reaches_one_organization_with_its_limits(lasting_world: World) -> None:
    account = lasting_world.ask(
        "{ account { organizations { id name channelCount"
        " limits { scheduledPosts scheduledThreadsPerChannel } } } }"
    )["account"]
    assert account["organizations"] == [
        {
            "id": lasting_world.organization,
            "name": "Galley Demo",
            "channelCount": 11,
            "limits": {"scheduledPosts": 5000, "scheduledThreadsPerChannel": 2000},
        }
    ]


def test_there_are_eleven_channels_one_a_network(lasting_world: World) -> None:
    channels = lasting_world.ask(
        """query($org: OrganizationId!) { channels(input: {organizationId: $org}) {
        id service timezone isDisconnected postingSchedule { day times paused }
        metadata { ... on PinterestMetadata { boards { serviceId } }
                   ... on MastodonMetadata { maxCharacters } } } }""",
        org=lasting_world.organization,
    )["channels"]
    by_service = {channel["service"]: channel for channel in channels}
    assert len(by_service) == len(channels) == 11
    assert by_service["mastodon"]["metadata"] == {"maxCharacters": 500}
    assert by_service["pinterest"]["metadata"]["boards"]
    assert all(len(channel["id"]) == 24 for channel in channels)
    assert len(by_service["twitter"]["postingSchedule"]) == 7


def test_an_unknown_channel_is_a_top_level_not_found(lasting_world: World) -> None:
    answer = lasting_world.send('{ channel(input: {id: "ffffffffffffffffffffffff"}) { id } }')
    assert answer.status_code == 200
    body = answer.json()
    assert body["data"] is None
    assert body["errors"][0]["message"] == "Channel not found"
    assert body["errors"][0]["extensions"]["code"] == "NOT_FOUND"
