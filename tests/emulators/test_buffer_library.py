"""Tags, ideas, templates and metrics, asked for as strangers' clients ask."""

import json
from typing import Any

import pytest

from tests.emulators.buffer_world import World, until
from tests.emulators.conftest import Emulate

CREATE_TAG = """
mutation($o: OrganizationId!, $n: String!, $c: String!) {
  createTag(input: {organizationId: $o, tag: {name: $n, color: $c}}) {
    __typename
    ... on TagActionSuccess { tag { id name color colorName isLocked } }
    ... on MutationError { message }
  }
}"""


def make_tag(world: World, name: str, color: str = "#F523F1") -> dict[str, Any]:
    answer: dict[str, Any] = world.ask(
        CREATE_TAG, o=world.organization, n=name, c=color
    )["createTag"]
    return answer


def tag_id(world: World, name: str) -> str:
    made = make_tag(world, name)
    assert made["__typename"] == "TagActionSuccess", made
    return str(made["tag"]["id"])


def test_tags_are_paged_by_name(world: World) -> None:
    for name in ("Summer sales", "summer sales", "Autumn"):
        tag_id(world, name)
    query = """query($o: OrganizationId!, $after: String) {
      tagsV2(first: 2, after: $after, input: {organizationId: $o}) {
        edges { node { name } } pageInfo { hasNextPage endCursor } } }"""

    first = world.ask(query, o=world.organization)["tagsV2"]
    rest = world.ask(query, o=world.organization, after=first["pageInfo"]["endCursor"])[
        "tagsV2"
    ]

    assert [edge["node"]["name"] for edge in first["edges"] + rest["edges"]] == [
        "Autumn",
        "Summer sales",
        "summer sales",
    ]
    assert not rest["pageInfo"]["hasNextPage"]


@pytest.mark.parametrize(
    ("name", "color", "typename"),
    [
        ("Taken", "#000000", "DuplicateError"),
        ("", "#000000", "InvalidInputError"),
        ("n" * 101, "#000000", "InvalidInputError"),
        ("Short colour", "#F51", "InvalidInputError"),
    ],
)
def test_a_tag_needs_a_name_of_its_own_and_six_digits(
    world: World, name: str, color: str, typename: str
) -> None:
    tag_id(world, "Taken")
    assert make_tag(world, name, color)["__typename"] == typename


def test_a_free_plan_has_three_tags(emulate: Emulate) -> None:
    world = emulate(plan="free")
    for number in range(3):
        tag_id(world, f"Tag {number}")
    assert make_tag(world, "One more")["__typename"] == "LimitReachedError"


def test_a_missing_tag_is_null_with_an_error_beside_it(lasting_world: World) -> None:
    body = lasting_world.send(
        '{ tag(input: {id: "ffffffffffffffffffffffff"}) { id } }'
    ).json()
    assert body["data"] == {"tag": None}
    assert body["errors"][0]["extensions"]["code"] == "NOT_FOUND"


def test_posts_carry_tags_until_the_tag_is_deleted(world: World) -> None:
    mine, other = tag_id(world, "Mine"), tag_id(world, "Beta")
    post = world.created("twitter", tagIds=[mine, other])
    world.created("twitter", text="Untagged")
    query = """query($o: OrganizationId!, $filter: PostsFiltersInput) {
      posts(input: {organizationId: $o, filter: $filter}) {
        edges { node { id text tags { name } } } } }"""

    def found(**chosen: object) -> list[Any]:
        page = world.ask(query, o=world.organization, filter=chosen)["posts"]
        return [edge["node"] for edge in page["edges"]]

    (tagged,) = found(tagIds=[mine])
    assert tagged["id"] == post["id"]
    assert [tag["name"] for tag in tagged["tags"]] == ["Beta", "Mine"]
    assert len(found(tags={"in": [mine], "isEmpty": True})) == 2
    world.edit(post["id"], tagIds=[other])
    assert found(tagIds=[mine]) == []
    world.ask(
        'mutation { deleteTag(input: {id: "%s"}) { __typename } }' % other  # noqa: UP031 - GraphQL is full of braces
    )
    assert len(found(tags={"in": [], "isEmpty": True})) == 2


def test_a_post_cannot_carry_a_tag_that_does_not_exist(world: World) -> None:
    assert world.refused("twitter", tagIds=["f" * 24]) == "Tag not found"


CREATE_IDEA = """
mutation CreateIdea($input: CreateIdeaInput!) {
  createIdea(input: $input) {
    __typename
    ... on Idea { id groupId createdAt content { title services media { url } } }
    ... on IdeaResponse { idea { id } }
    ... on MutationError { message }
  }
}"""


def make_idea(world: World, content: object, **more: object) -> dict[str, Any]:
    given = {"organizationId": world.organization, "content": content, **more}
    answer: dict[str, Any] = world.ask(CREATE_IDEA, input=given)["createIdea"]
    return answer


def test_ideas_lie_where_they_were_put(world: World) -> None:
    first = make_idea(world, {"title": "First", "services": ["twitter"]})
    make_idea(world, {"title": "On top"})
    make_idea(world, {"text": "Behind"}, group={"placeAfterId": first["id"]})
    board = world.ask(
        """query($o: OrganizationId!) { ideas(first: 10, input: {organizationId: $o}) {
        edges { node { content { title text } } } } }""",
        o=world.organization,
    )["ideas"]

    contents = [edge["node"]["content"] for edge in board["edges"]]
    assert [one["title"] or one["text"] for one in contents] == [
        "On top",
        "First",
        "Behind",
    ]
    assert isinstance(first["createdAt"], int)


@pytest.mark.parametrize(
    "content",
    [
        {},
        {"title": " "},
        {"media": [{"url": "https://example.com/v", "type": "video"}]},
    ],
)
def test_an_idea_needs_content_that_is_no_video(
    lasting_world: World, content: dict[str, Any]
) -> None:
    assert make_idea(lasting_world, content)["__typename"] == "InvalidInputError"


def test_ideas_are_filtered_by_group_and_tag(world: World) -> None:
    made = world.client.post("/_emulator/idea-groups", json={"name": "Spring"})
    group = made.json()["id"]
    tag = tag_id(world, "Big")
    make_idea(
        world,
        {"title": "In", "tags": [{"id": tag, "name": "Big", "color": "#F523F1"}]},
        group={"groupId": group},
    )
    make_idea(world, {"title": "Out"})
    query = """query($i: IdeasInput!) { ideas(input: $i) {
      edges { node { content { title tags { name colorName } } } } } }"""

    def titles(**chosen: object) -> list[str]:
        given = {"organizationId": world.organization, **chosen}
        edges = world.ask(query, i=given)["ideas"]["edges"]
        return [edge["node"]["content"]["title"] for edge in edges]

    groups = world.ask(
        '{ ideaGroups(input: {organizationId: "%s"}) { id name isLocked } }'  # noqa: UP031 - GraphQL is full of braces
        % world.organization
    )["ideaGroups"]
    assert groups == [{"id": group, "name": "Spring", "isLocked": False}]
    assert titles(groupFilter={"groups": [group]}) == ["In"]
    assert titles(groupFilter={"membership": "ungrouped"}) == ["Out"]
    assert titles(tagsFilter={"in": [tag]}) == ["In"]


def test_a_template_is_made_changed_found_and_deleted(world: World) -> None:
    made = world.ask(
        """mutation($o: OrganizationId!) { createPostTemplate(input: {
        organizationId: $o, title: "T", body: "Hello {{name}}", description: "D"}) {
        ... on CreatePostTemplateSuccess { postTemplate { id visibility createdAt } }
        ... on VoidMutationError { message } } }""",
        o=world.organization,
    )["createPostTemplate"]["postTemplate"]
    assert made["visibility"] == "private"
    world.ask(
        """mutation($id: PostTemplateId!) { updatePostTemplate(
        input: {id: $id, title: "New", visibility: internal}) { __typename } }""",
        id=made["id"],
    )
    query = "query($id: PostTemplateId!) { postTemplate(input: {id: $id}) { title } }"
    assert world.ask(query, id=made["id"]) == {"postTemplate": {"title": "New"}}
    delete = """mutation($id: PostTemplateId!) { deletePostTemplate(input: {id: $id}) {
        __typename ... on VoidMutationError { message } } }"""
    assert world.ask(delete, id=made["id"]) == {
        "deletePostTemplate": {"__typename": "EmptySuccess"}
    }
    assert world.ask(query, id=made["id"]) == {"postTemplate": None}
    assert world.ask(delete, id=made["id"])["deletePostTemplate"]["message"]


METRICS = """query($id: PostId!) { post(input: {id: $id}) {
  status metricsUpdatedAt metrics { type name value unit description } } }"""


def test_metrics_come_once_a_post_is_sent_and_grow_by_the_day(world: World) -> None:
    post = world.created("linkedin", mode="shareNow")
    assert world.ask(METRICS, id=post["id"])["post"]["metrics"] is None
    until(lambda: world.post(post["id"])["status"] == "sent")

    first = world.ask(METRICS, id=post["id"])["post"]
    again = world.ask(METRICS, id=post["id"])["post"]
    world.pass_time(86_400)
    later = world.ask(METRICS, id=post["id"])["post"]

    assert first == again
    values = {one["type"]: one["value"] for one in first["metrics"]}
    grown = {one["type"]: one["value"] for one in later["metrics"]}
    assert {"impressions", "reactions", "comments", "engagementRate"} <= set(values)
    assert grown["impressions"] > values["impressions"]
    assert later["metricsUpdatedAt"] > first["metricsUpdatedAt"]
    assert all("emulator" in one["description"] for one in first["metrics"])


AGGREGATE = """query($i: AggregatedPostMetricsInput!) {
  aggregatedPostMetrics(input: $i) { metrics { type value } metricsUpdatedAt } }"""


def test_an_aggregate_holds_what_every_channel_reports(world: World) -> None:
    posts = [world.created(one, mode="shareNow") for one in ("twitter", "bluesky")]
    for post in posts:
        until(lambda post=post: world.post(post["id"])["status"] == "sent")
    today = str(posts[0]["createdAt"])[:10] + "T00:00:00Z"

    def types(*services: str) -> dict[str, float]:
        given = {
            "organizationId": world.organization,
            "startDateTime": today,
            "endDateTime": today,
            "channelIds": [world.channels[one]["id"] for one in services],
        }
        found = world.ask(AGGREGATE, i=given)["aggregatedPostMetrics"]
        return {one["type"]: one["value"] for one in found["metrics"]}

    both = types("twitter", "bluesky")
    assert both["postCount"] == 2
    assert set(both) == {"postCount", "reactions", "comments", "reposts"}
    assert "impressions" in types("twitter")
    assert types() == {"postCount": 0, "reactions": 0, "comments": 0}


def test_an_aggregate_spans_a_year_at_most(lasting_world: World) -> None:
    given = {
        "organizationId": lasting_world.organization,
        "startDateTime": "2025-01-01T00:00:00Z",
        "endDateTime": "2026-02-01T00:00:00Z",
    }
    body = lasting_world.send(AGGREGATE, i=given).json()
    assert body["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


def test_a_daily_limit_is_of_the_channels_own_day(world: World) -> None:
    world.patch("twitter", timezone="Pacific/Auckland")
    world.created("twitter", dueAt="2030-06-01T13:00:00Z")
    channel = json.dumps(world.channels["twitter"]["id"])

    def scheduled(day: str) -> int:
        limits = world.ask(
            f'{{ dailyPostingLimits(input: {{channelIds: [{channel}], date: "{day}"}})'
            " { scheduled } }"
        )["dailyPostingLimits"]
        return int(limits[0]["scheduled"])

    assert (scheduled("2030-06-01"), scheduled("2030-06-02")) == (0, 1)
