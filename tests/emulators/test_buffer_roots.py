"""Each field there is answers, or says that it is not modelled; none is forgotten."""

from functools import cache
from typing import Any

import pytest
from graphql import GraphQLInterfaceType, GraphQLObjectType, GraphQLSchema, GraphQLUnionType

from emulators.buffer.schema import extended, object_type
from tests.emulators.buffer_world import World
from tests.emulators.graphql_types import named_type

Json = dict[str, Any]
NOBODY = "f" * 24
MISSING = {"channel", "dailyPostingLimits", "post", "deleteContentItem"}
"""Fields that are asked here for something that is not there."""

UNMODELLED = {
    *("configuration", "createSnippet", "tag", "tagsV2"),
    *("createTag", "updateTag", "deleteTag", "contentItem", "contentItems"),
    *("createContentItem", "updateContentItem", "updateContentItemDraft"),
    *("promoteContentItemDraftToPosts", "addPostToContentItem"),
    "removePostFromContentItem",
}
_ORG: Json = {"organizationId": "ORG"}
_POST: Json = {
    "channelId": NOBODY,
    "schedulingType": "automatic",
    "mode": "addToQueue",
    "text": "a",
}
QUERIES: dict[str, Json | None] = {
    "account": None,
    "aggregatedPostMetrics": {
        **_ORG,
        "startDateTime": "2026-01-01T00:00:00Z",
        "endDateTime": "2026-02-01T00:00:00Z",
    },
    "channel": {"id": NOBODY},
    "channels": _ORG,
    "dailyPostingLimits": {"channelIds": [NOBODY]},
    "ideaGroups": _ORG,
    "ideas": _ORG,
    "post": {"id": NOBODY},
    "posts": _ORG,
    "postTemplate": {"id": NOBODY},
    "postTemplates": _ORG,
    "contentItem": {"id": NOBODY},
    "contentItems": _ORG,
    "configuration": _ORG,
    "tag": {"id": NOBODY},
    "tagsV2": _ORG,
}
MUTATIONS: dict[str, Json] = {
    "createIdea": {**_ORG, "content": {"text": "An idea"}},
    "createPost": _POST,
    "createPostTemplate": {**_ORG, "title": "a", "body": "b", "description": "c"},
    "deletePost": {"id": NOBODY},
    "deletePostTemplate": {"id": NOBODY},
    "editPost": {"id": NOBODY},
    "movePostInQueue": {"id": NOBODY, "position": "top"},
    "updatePostTemplate": {"id": NOBODY},
    "createContentItem": {**_ORG, "posts": [_POST]},
    "createContentItemDraft": {**_ORG, "draft": {"text": "A draft"}},
    "updateContentItemDraft": {"id": NOBODY, "draft": {"text": "A draft"}},
    "updateContentItem": {"id": NOBODY},
    "promoteContentItemDraftToPosts": {"id": NOBODY, "posts": [_POST]},
    "addPostToContentItem": {"id": NOBODY, "postId": NOBODY},
    "removePostFromContentItem": {"id": NOBODY, "postId": NOBODY},
    "deleteContentItem": {"id": NOBODY},
    "createTag": {**_ORG, "tag": {"name": "a", "color": "#aabbcc"}},
    "updateTag": {"id": NOBODY, "tag": {"name": "a", "color": "#aabbcc"}},
    "deleteTag": {"id": NOBODY},
    "createSnippet": {**_ORG, "name": "a", "text": "b"},
}
ROOTS = [("Query", name) for name in QUERIES] + [("Mutation", name) for name in MUTATIONS]


@cache
def schema() -> GraphQLSchema:
    return extended("")


def test_every_root_field_is_tried_here() -> None:
    assert set(QUERIES) == set(object_type(schema(), "Query").fields)
    assert set(MUTATIONS) == set(object_type(schema(), "Mutation").fields)


@pytest.mark.parametrize(("root", "name"), ROOTS, ids=[name for _, name in ROOTS])
def test_a_root_field_answers_or_says_that_it_does_not(
    lasting_world: World, root: str, name: str
) -> None:
    given = (QUERIES if root == "Query" else MUTATIONS)[name]
    if given is not None and "organizationId" in given:
        given = {**given, "organizationId": lasting_world.organization}
    field = object_type(schema(), root).fields[name]
    if given is None:
        query = f"{{ {name} {{ __typename }} }}"
    else:
        kind = field.args["input"].type
        word = root.lower()
        query = f"{word}($i: {kind}) {{ {name}(input: $i) {{ __typename }} }}"
    answer = lasting_world.send(query, i=given)
    assert answer.status_code == 200, answer.text
    errors = answer.json().get("errors", [])
    codes = {error["extensions"]["code"] for error in errors}
    if name in UNMODELLED:
        assert f"does not model the field {name}" in errors[0]["message"]
    else:
        assert codes == ({"NOT_FOUND"} if name in MISSING else set())


@pytest.mark.parametrize(
    "name", ["snippets", "notes", "createNote", "searchInstagramAudio", "node"]
)
def test_what_the_schema_does_not_have_is_a_400(lasting_world: World, name: str) -> None:
    answer = lasting_world.send(f"{{ {name} {{ id }} }}")
    assert answer.status_code == 400
    message = answer.json()["errors"][0]["message"]
    assert message.startswith(f'Cannot query field "{name}" on type "Query".')


def everything(schema: GraphQLSchema, kind: object, chosen: Json, depth: int = 4) -> str:
    """A selection of every field of a type; of a union, the member that is chosen."""
    if isinstance(kind, GraphQLUnionType):
        member = chosen.get(kind.name)
        if member is None:
            return "{ __typename }"
        inner = everything(schema, schema.type_map[member], chosen, depth)
        return f"{{ __typename ... on {member} {inner} }}"
    if not isinstance(kind, GraphQLObjectType | GraphQLInterfaceType):
        return ""
    names = ["__typename"]
    for name, field in kind.fields.items():
        inner_kind = named_type(field.type)
        leaf = not isinstance(
            inner_kind, GraphQLObjectType | GraphQLInterfaceType | GraphQLUnionType
        )
        if leaf or depth > 0:
            inner = everything(schema, inner_kind, chosen, depth - 1)
            names.append(f"{name} {inner}".strip())
    return "{ " + " ".join(names) + " }"


@pytest.mark.parametrize(
    ("service", "member"),
    [
        ("twitter", "Twitter"),
        ("linkedin", "LinkedIn"),
        ("threads", "Threads"),
        ("bluesky", "Bluesky"),
        ("mastodon", "Mastodon"),
        ("facebook", "Facebook"),
        ("googlebusiness", "GoogleBusiness"),
    ],
)
def test_every_field_of_a_sent_post_answers(world: World, service: str, member: str) -> None:
    settings: Json = {
        "facebook": {"facebook": {"type": "post"}},
        "googlebusiness": {"google": {"type": "whats_new", "detailsWhatsNew": {"button": "none"}}},
    }.get(service, {})
    post = world.created(service, metadata=settings, mode="shareNow")
    world.ends(post["id"])
    chosen = {
        "PostMetadata": f"{member}PostMetadata",
        "ChannelMetadata": None if service == "threads" else f"{member}Metadata",
        "GoogleBusinessPostDetails": "GoogleBusinessWhatsNewMetaData",
    }
    selection = everything(schema(), schema().type_map["Post"], chosen)
    found = world.ask(
        f"query($id: PostId!) {{ post(input: {{id: $id}}) {selection} }}", id=post["id"]
    )["post"]
    assert found["metrics"] is None
    assert found["allowedActions"][0] == "viewPost"
    assert found["notes"] == []
    assert found["metadata"]["__typename"] == f"{member}PostMetadata"
    assert found["channel"]["service"] == service


def test_every_field_of_the_account_answers(lasting_world: World) -> None:
    selection = everything(schema(), schema().type_map["Account"], {})
    account = lasting_world.ask(f"{{ account {selection} }}")["account"]
    assert account["createdAt"].endswith("Z")
    assert account["organizations"][0]["limits"]["scheduledPosts"] == 5000
