"""Ideas, templates, drafts of content items, metrics and daily limits."""

import json
import uuid
from typing import Any

import pytest
from pytest_httpserver import HTTPServer

from tests.emulators.buffer_media import picture
from tests.emulators.buffer_world import World, until
from tests.emulators.conftest import serve


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
    assert [one["title"] or one["text"] for one in contents] == ["On top", "First", "Behind"]
    assert isinstance(first["createdAt"], int)


@pytest.mark.parametrize(
    "content", [{}, {"title": " "}, {"media": [{"url": "https://example.com/v", "type": "video"}]}]
)
def test_an_idea_needs_content_that_is_no_video(
    lasting_world: World, content: dict[str, Any]
) -> None:
    assert make_idea(lasting_world, content)["__typename"] == "InvalidInputError"


def test_ideas_lie_in_no_group(world: World) -> None:
    tag = {"id": "t" * 24, "name": "Big", "color": "#F523F1"}
    make_idea(world, {"title": "Tagged", "tags": [tag]})
    make_idea(world, {"title": "Plain"})
    query = """query($i: IdeasInput!) { ideas(input: $i) {
      edges { node { content { title } } } } }"""

    def titles(**chosen: object) -> list[str]:
        given = {"organizationId": world.organization, **chosen}
        edges = world.ask(query, i=given)["ideas"]["edges"]
        return [edge["node"]["content"]["title"] for edge in edges]

    groups = '{ ideaGroups(input: {organizationId: "%s"}) { id } }'
    assert world.ask(groups % world.organization) == {"ideaGroups": []}
    refused = make_idea(world, {"title": "In"}, group={"groupId": "f" * 24})
    assert refused["message"] == "Idea group not found"
    assert titles(groupFilter={"membership": "ungrouped"}) == ["Plain", "Tagged"]
    assert titles(groupFilter={"membership": "grouped"}) == []
    assert titles(tagsFilter={"in": [tag["id"]]}) == ["Tagged"]


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


AGGREGATE = """query($i: AggregatedPostMetricsInput!) {
  aggregatedPostMetrics(input: $i) { metrics { type value } metricsUpdatedAt } }"""


def test_an_aggregate_counts_sent_posts_that_nobody_reads(world: World) -> None:
    posts = [world.created(one, mode="shareNow") for one in ("twitter", "bluesky")]
    for post in posts:
        until(lambda post=post: world.post(post["id"])["status"] == "sent")
    today = str(posts[0]["createdAt"])[:10] + "T00:00:00Z"

    def counts(*services: str) -> dict[str, float]:
        given = {
            "organizationId": world.organization,
            "startDateTime": today,
            "endDateTime": today,
            "channelIds": [world.channels[one]["id"] for one in services],
        }
        found = world.ask(AGGREGATE, i=given)["aggregatedPostMetrics"]
        return {one["type"]: one["value"] for one in found["metrics"]}

    assert counts("twitter", "bluesky") == {"postCount": 2, "reactions": 0, "comments": 0}
    assert counts() == {"postCount": 0, "reactions": 0, "comments": 0}


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


ITEM = """
fragment Item on ContentItem {
  id title targetDate createdAt tags { name } author { name }
  body {
    __typename
    ... on DraftContent {
      id text aiAssisted assets { source ... on ImageAsset { image { width } } }
    }
  }
}
"""
DRAFT = """
mutation Draft($input: CreateContentItemDraftInput!) {
  createContentItemDraft(input: $input) {
    __typename
    ... on CreateContentItemDraftSuccess { contentItem { ...Item } }
    ... on CreateContentItemDraftFailure { message errors { message } }
  }
}
"""


def draft(world: World, text: str = "An idea", **more: object) -> dict[str, Any]:
    given = {"organizationId": world.organization, "draft": {"text": text}, **more}
    answer: dict[str, Any] = world.ask(DRAFT + ITEM, input=given)
    made: dict[str, Any] = answer["createContentItemDraft"]
    return made


def test_a_draft_sent_twice_with_one_correlation_id_is_one_item(world: World) -> None:
    key = str(uuid.uuid4())
    first = draft(world, correlationId=key)
    again = draft(world, "", correlationId=key.upper())
    other = draft(world, correlationId=str(uuid.uuid4()))

    assert first == again
    assert other["contentItem"]["id"] != first["contentItem"]["id"]


def test_a_lost_answer_to_a_draft_is_found_by_sending_it_again(world: World) -> None:
    key = str(uuid.uuid4())
    world.order("createContentItemDraft", "http_502", carried_out=True)
    given = {"organizationId": world.organization, "draft": {"text": "Once"}, "correlationId": key}
    assert world.send(DRAFT + ITEM, input=given).status_code == 502

    assert draft(world, "Once", correlationId=key)["contentItem"]
    body = world.ask(DRAFT + ITEM, input=given)["createContentItemDraft"]["contentItem"]
    assert body["body"]["text"] == "Once"


def test_a_draft_needs_text_or_an_asset_and_no_network_rule_applies(
    world: World, httpserver: HTTPServer
) -> None:
    assert draft(world, " ")["errors"] == [{"message": "A draft needs text or an asset"}]
    url = serve(httpserver, "/a.png", picture(10, 900, "PNG"), "image/png")
    made = draft(world, "x" * 9000, draft={"text": "", "assets": [{"image": {"url": url}}]})
    assert made["contentItem"]["body"]["assets"] == [{"source": url, "image": {"width": 10}}]


def test_a_correlation_id_must_be_a_uuid(world: World) -> None:
    given = {
        "organizationId": world.organization,
        "draft": {"text": "a"},
        "correlationId": "campaign-7",
    }
    assert world.send(DRAFT + ITEM, input=given).status_code == 400


def test_an_item_is_deleted_once(world: World) -> None:
    item_id = draft(world)["contentItem"]["id"]
    delete = """mutation($id: ContentItemId!) {
      deleteContentItem(input: {id: $id}) { __typename } }"""

    gone = world.ask(delete, id=item_id)["deleteContentItem"]
    again = world.send(delete, id=item_id).json()

    assert gone == {"__typename": "DeleteContentItemSuccess"}
    assert again["errors"][0]["extensions"]["code"] == "NOT_FOUND"
