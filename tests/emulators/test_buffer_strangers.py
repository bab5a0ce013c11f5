"""Requests as other people's clients write them, each in a style of its own."""

import json
from typing import Any

import httpx
import pytest
from graphql import (
    build_client_schema,
    get_introspection_query,
    lexicographic_sort_schema,
    print_schema,
)

from emulators.buffer.graphql_edge import TOO_HEAVY
from tests.emulators.buffer_world import TOKEN, World, in_seconds

HEADERS = {"Authorization": f"Bearer {TOKEN}"}


def test_literals_in_the_query_and_no_variables_at_all(world: World) -> None:
    """A script that glues its query together from strings."""
    channel = json.dumps(world.channels["linkedin"]["id"])
    text = json.dumps('Line one\nLine "two" \u2713')
    body = {
        "query": f"""mutation {{
          createPost(input: {{
            text: {text}, channelId: {channel}, schedulingType: automatic,
            mode: customScheduled, dueAt: "2030-03-26T10:28:47.545Z"
          }}) {{
            ... on PostActionSuccess {{ post {{ id text dueAt assets {{ id }} }} }}
            ... on MutationError {{ message }}
          }}
        }}"""
    }
    answer = httpx.post(world.url, json=body, headers=HEADERS).json()
    post = answer["data"]["createPost"]["post"]
    assert post["text"] == 'Line one\nLine "two" \u2713'
    assert post["dueAt"] == "2030-03-26T10:28:47.545Z"


def test_one_document_with_many_operations_names_the_one_it_means(world: World) -> None:
    document = """
      query Who { account { ...Owner } }
      query Where { account { organizations { ...Place } } }
      fragment Owner on Account { email }
      fragment Place on Organization { id name }
    """
    body = {"query": document, "operationName": "Where", "variables": None}
    answer = httpx.post(f"{world.url}/graphql", json=body, headers=HEADERS).json()
    assert answer["data"]["account"]["organizations"][0]["id"] == world.organization
    unnamed = httpx.post(world.url, json={"query": document}, headers=HEADERS)
    assert unnamed.status_code == 400


def test_aliases_directives_and_fragments_on_interfaces(world: World) -> None:
    world.created("twitter", mode="addToQueue")
    query = """
      query Overview($org: OrganizationId!, $deep: Boolean = false) {
        soon: posts(first: 1, input: {organizationId: $org,
            sort: [{field: dueAt, direction: asc}]}) {
          edges { node { ...Short channel @include(if: $deep) { name } } }
        }
        failed: posts(first: 1, input: {organizationId: $org,
            filter: {status: [error]}}) { edges { node { ...Short } } }
      }
      fragment Short on Post {
        __typename id when: dueAt
        metadata { ... on CommonPostMetadata { kind: type annotations { text } } }
        assets { ... on Asset { source } ... on VideoAsset { video { durationMs } } }
      }
    """
    shallow = world.ask(query, org=world.organization)
    deep = world.ask(query, org=world.organization, deep=True)
    assert shallow["failed"]["edges"] == []
    (edge,) = shallow["soon"]["edges"]
    assert edge["node"]["metadata"] == {"kind": "post", "annotations": []}
    assert "channel" not in edge["node"]
    assert deep["soon"]["edges"][0]["node"]["channel"]["name"]


def test_a_code_generator_reads_the_whole_schema(lasting_world: World) -> None:
    query = get_introspection_query(
        descriptions=True,
        specified_by_url=True,
        directive_is_repeatable=True,
        schema_description=True,
        input_value_deprecation=True,
    )
    schema = build_client_schema(lasting_world.ask(query))  # type: ignore[arg-type] - what introspection gives
    printed = print_schema(lexicographic_sort_schema(schema))
    for word in ("scalar ContentItemId", "union PostActionPayload", "@deprecated"):
        assert word in printed


def test_introspection_needs_a_key(lasting_world: World) -> None:
    body = {"query": "{ __schema { queryType { name } } }"}
    assert httpx.post(lasting_world.url, json=body).status_code == 401


def test_a_query_in_the_address_is_refused(lasting_world: World) -> None:
    answer = httpx.get(lasting_world.url, params={"query": "{ account { id } }"}, headers=HEADERS)
    assert answer.status_code == 400
    assert "data" not in answer.json()


def test_a_batch_is_refused(lasting_world: World) -> None:
    body = [{"query": "{ account { id } }"}, {"query": "{ account { id } }"}]
    answer = httpx.post(lasting_world.url, json=body, headers=HEADERS)
    assert answer.status_code == 400
    assert "batching" in answer.json()["errors"][0]["message"]


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded"])
def test_a_body_that_is_not_json_by_its_type_is_refused(lasting_world: World, kind: str) -> None:
    answer = httpx.post(
        lasting_world.url,
        content='{"query": "{ account { id } }"}',
        headers={**HEADERS, "Content-Type": kind},
    )
    assert answer.status_code == 400


def nested(levels: int, inner: str) -> str:
    return "ofType { " * levels + inner + " }" * levels


@pytest.mark.parametrize(
    "query",
    [
        f'{{ __type(name: "Post") {{ {nested(24, "name")} }} }}',
        f'{{ __type(name: "Post") {{ {nested(20, "name " * 100)} }} }}',
    ],
    ids=["deeper than 25 levels", "costlier than 175,000"],
)
def test_a_query_that_is_too_deep_or_too_dear_is_refused(lasting_world: World, query: str) -> None:
    assert lasting_world.send(query).json() == {"errors": [{"message": TOO_HEAVY}]}


def test_a_query_at_the_edge_of_the_limits_passes(lasting_world: World) -> None:
    deep = f'{{ __type(name: "Post") {{ {nested(23, "name")} }} }}'
    aliases = "{" + " ".join(f"a{n}: account {{ id }}" for n in range(30)) + "}"
    assert lasting_world.ask(deep) == {"__type": {"ofType": None}}
    assert len(lasting_world.ask(aliases)) == 30


LEGACY = {"images": [{"url": "https://example.com/a.jpg"}]}


def test_media_in_the_shape_of_last_year_is_a_400(lasting_world: World) -> None:
    """As variables: the query alone cannot tell."""
    query = """mutation($input: CreatePostInput!) {
      createPost(input: $input) { __typename } }"""
    given = {
        "channelId": lasting_world.channels["twitter"]["id"],
        "schedulingType": "automatic",
        "mode": "addToQueue",
        "text": "With a picture",
        "assets": LEGACY,
    }
    answer = lasting_world.send(query, input=given)
    assert answer.status_code == 400
    messages = [error["message"] for error in answer.json()["errors"]]
    assert any('not to include unknown field "images"' in m for m in messages)


EXAMPLES = [
    "query { account { id email timezone currentOrg: organizations { id name } } }",
    (
        "query Channels($org: OrganizationId!) { channels(input: {organizationId: $org,"
        " filter: {isLocked: false, product: publish}}) { id service isDisconnected } }"
    ),
    (
        "query Lost($org: OrganizationId!, $from: DateTime!) { posts(first: 9, input: {"
        " organizationId: $org, filter: {createdAt: {start: $from}},"
        " sort: [{field: createdAt, direction: desc}]}) { edges { node { id text status"
        " dueAt createdAt via ideaId tags { id } error { message } } }"
        " pageInfo { hasNextPage endCursor } } }"
    ),
]


@pytest.mark.parametrize("query", EXAMPLES)
def test_what_buffers_guides_show_works(lasting_world: World, query: str) -> None:
    given: dict[str, Any] = {"org": lasting_world.organization, "from": in_seconds(-60)}
    used = {name: value for name, value in given.items() if f"${name}" in query}
    assert lasting_world.ask(query, **used)
