"""Drafts of content items, which may be sent twice."""

import uuid
from typing import Any

from pytest_httpserver import HTTPServer

from tests.emulators.buffer_media import picture
from tests.emulators.buffer_world import World
from tests.emulators.conftest import serve

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
