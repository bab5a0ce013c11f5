"""A query that does not fit the schema is a 400 that says why."""

from typing import Any

import pytest
from graphql import build_client_schema, get_introspection_query

from tests.emulators.buffer_world import CREATE, WHOLE, World, in_seconds

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


@pytest.mark.parametrize(
    "query",
    [
        "{" + " ".join(f"a{n}: account {{ id }}" for n in range(31)) + "}",
        "{ account { " + "id @include(if: true) " * 51 + "} }",
        "{ account { " + "id " * 16_000 + "} }",
    ],
)
def test_a_query_may_not_be_too_heavy(lasting_world: World, query: str) -> None:
    answer = lasting_world.send(query)
    assert answer.json()["errors"] == [
        {"message": "Query exceeds maximum allowed complexity. Please simplify your query."}
    ]


@pytest.mark.parametrize("body", ["[]", "nonsense", "{}", '{"query": 5}'])
def test_a_body_that_is_no_query_is_a_400(lasting_world: World, body: str) -> None:
    headers = {"Content-Type": "application/json"}
    answer = lasting_world.client.post("/", content=body, headers=headers)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["extensions"]["code"] == "BAD_REQUEST"


def test_introspection_gives_the_schema(lasting_world: World) -> None:
    schema = build_client_schema(lasting_world.ask(get_introspection_query()))  # type: ignore[arg-type] - what introspection gives
    assert "createPost" in getattr(schema.mutation_type, "fields", {})


def test_a_field_without_behaviour_says_so(lasting_world: World) -> None:
    answer = lasting_world.send(
        '{ configuration(input: {organizationId: "a"}) { channels { service } } }'
    )
    assert answer.status_code == 200
    body = answer.json()
    assert body["data"] is None
    assert body["errors"][0]["extensions"]["code"] == "UNEXPECTED"
    assert "does not model the field configuration" in body["errors"][0]["message"]


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
