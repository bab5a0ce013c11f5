"""Content items: drafts that may be sent twice, and posts that are made together."""

import uuid
from typing import Any

from pytest_httpserver import HTTPServer

from tests.emulators.buffer_media import picture
from tests.emulators.buffer_world import World, in_seconds
from tests.emulators.conftest import serve

ITEM = """
fragment Item on ContentItem {
  id title targetDate createdAt tags { name } author { name }
  body {
    __typename
    ... on DraftContent {
      id text aiAssisted assets { source ... on ImageAsset { image { width } } }
    }
    ... on PostContent { posts { id text status contentItemId channelId } }
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
PROMOTE = """
mutation Promote($input: PromoteContentItemDraftToPostsInput!) {
  promoteContentItemDraftToPosts(input: $input) {
    __typename
    ... on PromoteContentItemDraftToPostsSuccess { contentItem { ...Item } }
    ... on PromoteContentItemDraftToPostsFailure {
      message
      errors { __typename ... on PostInvalidInputError { channelId }
               ... on MutationError { message } }
    }
  }
}
"""
CREATE_ITEM = """
mutation Create($input: CreateContentItemInput!) {
  createContentItem(input: $input) {
    __typename
    ... on CreateContentItemSuccess { content { ...Item } }
    ... on CreateContentItemFailure { errors { __typename
      ... on CreateContentItemVariantInvalidInputError { channelId message } } }
  }
}
"""


def draft(world: World, text: str = "An idea", **more: object) -> dict[str, Any]:
    given = {"organizationId": world.organization, "draft": {"text": text}, **more}
    answer: dict[str, Any] = world.ask(DRAFT + ITEM, input=given)
    made: dict[str, Any] = answer["createContentItemDraft"]
    return made


def variant(world: World, service: str, text: str, **more: object) -> dict[str, Any]:
    return {
        "channelId": world.channels[service]["id"],
        "schedulingType": "automatic",
        "mode": "customScheduled",
        "dueAt": in_seconds(3600),
        "text": text,
        **more,
    }


def promote(world: World, item_id: str, *posts: dict[str, Any]) -> dict[str, Any]:
    given = {"id": item_id, "posts": posts}
    answer: dict[str, Any] = world.ask(PROMOTE + ITEM, input=given)
    return dict(answer["promoteContentItemDraftToPosts"])


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
    given = {
        "organizationId": world.organization,
        "draft": {"text": "Once"},
        "correlationId": key,
    }
    assert world.send(DRAFT + ITEM, input=given).status_code == 502

    assert draft(world, "Once", correlationId=key)["contentItem"]
    query = """query($o: OrganizationId!) {
      contentItems(input: {organizationId: $o}) { totalCount } }"""
    assert world.ask(query, o=world.organization)["contentItems"]["totalCount"] == 1


def test_a_draft_needs_text_or_an_asset_and_no_network_rule_applies(
    world: World, httpserver: HTTPServer
) -> None:
    assert draft(world, " ")["errors"] == [
        {"message": "A draft needs text or an asset"}
    ]
    url = serve(httpserver, "/a.png", picture(10, 900, "PNG"), "image/png")
    made = draft(
        world, "x" * 9000, draft={"text": "", "assets": [{"image": {"url": url}}]}
    )
    assert made["contentItem"]["body"]["assets"] == [
        {"source": url, "image": {"width": 10}}
    ]


def test_a_correlation_id_must_be_a_uuid(world: World) -> None:
    given = {
        "organizationId": world.organization,
        "draft": {"text": "a"},
        "correlationId": "campaign-7",
    }
    assert world.send(DRAFT + ITEM, input=given).status_code == 400


def test_a_draft_becomes_posts_once(world: World) -> None:
    item_id = draft(world)["contentItem"]["id"]
    posts = [variant(world, one, f"On {one}") for one in ("twitter", "linkedin")]

    promoted = promote(world, item_id, *posts)
    again = promote(world, item_id, *posts)

    body = promoted["contentItem"]["body"]
    assert [post["text"] for post in body["posts"]] == ["On twitter", "On linkedin"]
    assert {post["contentItemId"] for post in body["posts"]} == {item_id}
    assert again["errors"][0]["__typename"] == "ContentItemStateError"
    assert len(world.ledger()) == 2


def test_one_wrong_post_of_an_item_keeps_all_of_them_back(world: World) -> None:
    item_id = draft(world)["contentItem"]["id"]
    posts = [variant(world, one, "Text") for one in ("twitter", "instagram")]

    refused = promote(world, item_id, *posts)

    (error,) = refused["errors"]
    assert error["__typename"] == "PostInvalidInputError"
    assert error["channelId"] == world.channels["instagram"]["id"]
    assert world.ledger() == []
    assert promote(world, item_id, posts[0])["contentItem"]


def test_an_item_is_made_with_its_posts_and_deleted_with_them(world: World) -> None:
    given = {
        "organizationId": world.organization,
        "title": "Spring",
        "targetDate": "2030-03-01T00:00:00Z",
        "posts": [variant(world, "twitter", "A"), variant(world, "bluesky", "B")],
    }
    made = world.ask(CREATE_ITEM + ITEM, input=given)["createContentItem"]["content"]
    assert made["title"] == "Spring"
    assert made["targetDate"] == "2030-03-01T00:00:00.000Z"
    read = world.ask(
        "query($id: ContentItemId!) { contentItem(input: {id: $id}) { ...Item } }"
        + ITEM,
        id=made["id"],
    )["contentItem"]
    assert read == made

    delete = """mutation($id: ContentItemId!) {
      deleteContentItem(input: {id: $id}) { __typename } }"""
    gone = world.ask(delete, id=made["id"])["deleteContentItem"]
    assert gone == {"__typename": "DeleteContentItemSuccess"}
    assert all(entry["deleted_at"] for entry in world.ledger())


def test_an_item_takes_one_post_a_channel(world: World) -> None:
    given = {
        "organizationId": world.organization,
        "posts": [variant(world, "twitter", "A"), variant(world, "twitter", "B")],
    }
    answer = world.ask(CREATE_ITEM + ITEM, input=given)["createContentItem"]
    assert answer["errors"] == [{"__typename": "InvalidInputError"}]
    assert world.ledger() == []


def test_items_are_filtered_and_sorted(world: World) -> None:
    dated = [
        draft(world, day, title=day, targetDate=f"2030-01-{day}T00:00:00Z")
        for day in ("10", "20")
    ]
    draft(world, "none", title="none")
    promote(world, dated[0]["contentItem"]["id"], variant(world, "twitter", "Post"))
    query = """query($i: ContentItemsInput!, $first: Int) {
      contentItems(input: $i, first: $first) { edges { node { title } } } }"""

    def titles(**given: object) -> list[str]:
        given = {"organizationId": world.organization, **given}
        edges = world.ask(query, i=given)["contentItems"]["edges"]
        return [edge["node"]["title"] for edge in edges]

    assert titles(filter={"contentStatus": "draftContent"}) == ["none", "20"]
    assert titles(filter={"targetDate": {"presence": "absent"}}) == ["none"]
    window = {"range": {"start": "2030-01-15T00:00:00Z"}}
    assert titles(filter={"targetDate": window}) == ["20"]
    by_date = [{"field": "targetDate", "direction": "asc"}]
    assert titles(sort=by_date) == ["10", "20", "none"]
    too_many = {"organizationId": world.organization}
    body = world.send(query, i=too_many, first=101).json()
    assert body["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


def test_posts_join_and_leave_an_item(world: World) -> None:
    item_id = draft(world)["contentItem"]["id"]
    promote(world, item_id, variant(world, "twitter", "First"))
    post = world.created("linkedin")
    move = """mutation($i: %sInput!) { %s(input: $i) { __typename
      ... on %sSuccess { contentItem { ...Item } post { contentItemId } } } }"""

    def moved(name: str) -> dict[str, Any]:
        upper = name[0].upper() + name[1:]
        query = move % (upper, name, upper) + ITEM
        given = {"id": item_id, "postId": post["id"]}
        return dict(world.ask(query, i=given)[name])

    added = moved("addPostToContentItem")
    assert len(added["contentItem"]["body"]["posts"]) == 2
    assert added["post"] == {"contentItemId": item_id}
    for _ in range(2):
        removed = moved("removePostFromContentItem")
        assert len(removed["contentItem"]["body"]["posts"]) == 1
        assert removed["post"] == {"contentItemId": None}
