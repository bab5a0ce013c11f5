"""Requests read against the schema, also as other people's clients write them."""

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
from tests.emulators.buffer_world import CREATE, TOKEN, WHOLE, World, in_seconds

NOTHING: dict[str, Any] = {}


def _create(fields: str) -> str:
    return "mutation { createPost(input: {" + fields + "}) { __typename } }"


@pytest.mark.parametrize(
    ("query", "message"),
    [
        (
            _create('channelId: "a", schedulingType: automatic_publishing, mode: x'),
            'Value "automatic_publishing" does not exist in "SchedulingType" enum.',
        ),
        (
            _create('channelId: "a", mode: addToQueue'),
            (
                'Expected value of type "CreatePostInput" to include required field'
                ' "schedulingType", found: { channelId: "a", mode: addToQueue }.'
            ),
        ),
        (
            _create(
                'channelId: "a", schedulingType: automatic, mode: addToQueue,'
                ' assets: {images: [{url: "x"}]}'
            ),
            (
                'Expected value of type "AssetInput" not to include unknown field'
                ' "images". Did you mean "image"? Found: { images: [{ url: "x" }] }.'
            ),
        ),
        (
            _create(
                'channelId: "a", schedulingType: automatic, mode: addToQueue,'
                ' assets: [{image: {url: "x"}, video: {url: "y"}}]'
            ),
            (
                'Within OneOf Input Object type "AssetInput", exactly one field must be'
                " specified, and the value for that field must be non-null."
            ),
        ),
        (
            "{ accont { id } }",
            'Cannot query field "accont" on type "Query". Did you mean "account"?',
        ),
        (
            "{ posts { edges { cursor } } }",
            (
                'Argument "Query.posts(input:)" of type "PostsInput!" is required,'
                " but it was not provided."
            ),
        ),
        (
            ('mutation { deletePost(input: {id: "a"}) { ... on NotFoundError { message } } }'),
            (
                'Fragment cannot be spread here as objects of type "DeletePostPayload"'
                ' can never be of type "NotFoundError".'
            ),
        ),
        (
            'query Q($i: PostCreateInput) { post(input: {id: "a"}) { id } }',
            (
                'Unknown type "PostCreateInput". Did you mean "TagToCreateInput",'
                ' "PostSortInput", "PostTemplateInput", "PostContent", or "PostInput"?'
            ),
        ),
    ],
)
def test_a_wrong_query_is_explained_with_double_quotes(
    lasting_world: World, query: str, message: str
) -> None:
    answer = lasting_world.send(query)
    assert answer.status_code == 400
    errors = answer.json()["errors"]
    assert message in [error["message"] for error in errors]
    assert errors[0]["extensions"] == {"code": "GRAPHQL_VALIDATION_FAILED"}
    assert set(errors[0]["locations"][0]) == {"line", "column"}


def test_a_syntax_error_has_its_own_code(lasting_world: World) -> None:
    answer = lasting_world.send("{ account { id }")
    assert answer.status_code == 400
    (error,) = answer.json()["errors"]
    assert error["message"] == "Syntax Error: Expected Name, found <EOF>."
    assert error["extensions"]["code"] == "GRAPHQL_PARSE_FAILED"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"mode": "now"},
            (
                'Variable "$input" has invalid value at .mode:'
                ' Value "now" does not exist in "ShareMode" enum.'
            ),
        ),
        (
            {"assets": [{"image": {"url": "a"}, "document": None}]},
            (
                'Variable "$input" has invalid value at .assets[0]: Within OneOf Input'
                ' Object type "AssetInput", exactly one field must be specified, and'
                " the value for that field must be non-null."
            ),
        ),
        (
            {"assets": [{"image": {"url": "a", "metadata": NOTHING}}]},
            (
                'Variable "$input" has invalid value at .assets[0].image.metadata:'
                ' Expected value of type "ImageMetadataInput" to include required'
                ' field "altText", found: {}.'
            ),
        ),
        (
            {"dueAt": "2030-01-01T10:00:00"},
            (
                'Variable "$input" has invalid value at .dueAt: DateTime cannot'
                " represent an invalid date-time-string 2030-01-01T10:00:00."
            ),
        ),
    ],
)
def test_a_wrong_variable_is_explained(
    lasting_world: World, change: dict[str, Any], message: str
) -> None:
    given: dict[str, Any] = {
        "channelId": "a",
        "schedulingType": "automatic",
        "mode": "customScheduled",
        "dueAt": in_seconds(60),
        **change,
    }
    answer = lasting_world.send(CREATE + WHOLE, input=given)
    assert answer.status_code == 400
    (error,) = answer.json()["errors"]
    assert error["message"] == message
    assert error["extensions"]["code"] == "BAD_USER_INPUT"


@pytest.mark.parametrize(
    "date",
    [
        "2030-01-01 10:00:00Z",
        "20300101T100000Z",
        "2030-W01-1T10:00:00Z",
        "2030-02-30T10:00:00Z",
        "2030-01-01T24:00:00Z",
        "2030-01-01T10:00:00+99:99",
        "9999-12-31T23:00:00-12:00",
        "0001-01-01",
    ],
)
def test_a_date_of_another_form_is_refused(lasting_world: World, date: str) -> None:
    given = {"channelId": "a", "schedulingType": "automatic", "mode": "addToQueue"}
    answer = lasting_world.send(CREATE + WHOLE, input={**given, "dueAt": date})
    assert answer.status_code == 400
    (error,) = answer.json()["errors"]
    assert f"invalid date-time-string {date}." in error["message"]


@pytest.mark.parametrize(
    ("date", "instant"),
    [
        ("2031-01-01", "2031-01-01T00:00:00.000Z"),
        ("2031-01-01T10:00Z", "2031-01-01T10:00:00.000Z"),
        ("2031-01-01t10:00:00.123456z", "2031-01-01T10:00:00.123Z"),
        ("2031-01-01T10:00:00+0530", "2031-01-01T04:30:00.000Z"),
        ("9998-12-31T23:00:00-12:00", "9999-01-01T11:00:00.000Z"),
    ],
)
def test_a_date_comes_back_in_buffers_form(world: World, date: str, instant: str) -> None:
    assert world.created("twitter", dueAt=date)["dueAt"] == instant


def test_a_missing_variable_is_named(lasting_world: World) -> None:
    (error,) = lasting_world.send(CREATE + WHOLE).json()["errors"]
    assert error["message"] == (
        'Variable "$input" has invalid value: Expected a value of non-null type'
        ' "CreatePostInput!" to be provided.'
    )


@pytest.mark.parametrize("body", ["nonsense", "{}", '{"query": 5}'])
def test_a_body_that_is_no_query_is_a_400(lasting_world: World, body: str) -> None:
    headers = {"Content-Type": "application/json"}
    answer = lasting_world.client.post("/", content=body, headers=headers)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["extensions"]["code"] == "BAD_REQUEST"


def test_a_field_without_behaviour_says_so(lasting_world: World) -> None:
    answer = lasting_world.send(
        '{ configuration(input: {organizationId: "a"}) { channels { service } } }'
    )
    assert answer.status_code == 200
    body = answer.json()
    assert body["data"] is None
    assert body["errors"][0]["extensions"]["code"] == "UNEXPECTED"
    assert "does not model the field configuration" in body["errors"][0]["message"]


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
        "{" + " ".join(f"a{n}: account {{ id }}" for n in range(31)) + "}",
        "{ account { " + "id @include(if: true) " * 51 + "} }",
        "{ account { " + "id " * 16_000 + "} }",
    ],
    ids=["depth", "cost", "aliases", "directives", "tokens"],
)
def test_a_query_that_is_too_heavy_is_refused(lasting_world: World, query: str) -> None:
    assert lasting_world.send(query).json() == {"errors": [{"message": TOO_HEAVY}]}


def test_a_query_at_the_edge_of_the_limits_passes(lasting_world: World) -> None:
    deep = f'{{ __type(name: "Post") {{ {nested(23, "name")} }} }}'
    aliases = "{" + " ".join(f"a{n}: account {{ id }}" for n in range(30)) + "}"
    assert lasting_world.ask(deep) == {"__type": {"ofType": None}}
    assert len(lasting_world.ask(aliases)) == 30


LEGACY = {"images": [{"url": "https://example.com/a.jpg"}]}


def test_media_in_the_old_shape_are_a_400(lasting_world: World) -> None:
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
