"""Whatever fits the schema gets an answer that the schema has; nothing falls over."""

import json
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLScalarType,
    GraphQLSchema,
    is_required_input_field,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from emulators.buffer.core import Options
from emulators.buffer.schema import extended
from tests.emulators.buffer_world import World

# pyright: reportUnknownVariableType=false, reportUnknownMemberType=false
# pyright: reportUnknownArgumentType=false
# graphql-core's generic types (lists, non-null) come without arguments.

Json = dict[str, Any]
DEPTH = 5
TEXTS = st.one_of(
    st.text(max_size=8),
    st.sampled_from(["", " ", "http://127.0.0.1:9/a", "javascript:alert(1)", "\ud800", "a" * 600]),
)
DATES = st.sampled_from(
    ["2020-01-01T00:00:00Z", "2035-06-01T12:00:00+02:00", "0002-01-01", "9998-12-31"]
)
SCALARS: dict[str, st.SearchStrategy[object]] = {
    "Boolean": st.booleans(),
    "DateTime": DATES,
    "Float": st.floats(-2, 2),
    "ID": st.text(max_size=4),
    "Int": st.integers(-(2**31), 2**31 - 1),
    "String": TEXTS,
}
IDS = st.sampled_from(["f" * 24, "", "x"])


@cache
def schema() -> GraphQLSchema:
    return extended("")


def values(kind: object, depth: int = DEPTH) -> st.SearchStrategy[Any]:
    """Values of an input type, null included where it may be."""
    if isinstance(kind, GraphQLNonNull):
        return certain(kind.of_type, depth)
    return st.one_of(st.none(), certain(kind, depth))


def certain(kind: object, depth: int) -> st.SearchStrategy[Any]:
    """Values of an input type that are not null."""
    if isinstance(kind, GraphQLList):
        return st.lists(values(kind.of_type, depth - 1), max_size=3)
    if isinstance(kind, GraphQLEnumType):
        return st.sampled_from(sorted(kind.values))
    if isinstance(kind, GraphQLScalarType):
        return SCALARS.get(kind.name, IDS)
    assert isinstance(kind, GraphQLInputObjectType)
    fields = kind.fields
    if kind.is_one_of:
        one = [
            certain(field.type, depth - 1).map(lambda value, name=name: {name: value})
            for name, field in fields.items()
        ]
        return st.one_of(one)
    required = {
        name: values(field.type, depth - 1)
        for name, field in fields.items()
        if is_required_input_field(field)
    }
    optional = {
        name: values(field.type, depth - 1)
        for name, field in fields.items()
        if name not in required and depth > 0
    }
    return st.fixed_dictionaries(required, optional=optional)


SELECTED = {
    "createPost": """{ __typename ... on MutationError { message }
      ... on PostActionSuccess { post { id status text assets { source }
        metadata { ... on CommonPostMetadata { type annotations { text } } } } } }""",
    "deletePost": "{ __typename }",
}


def _send(world: World, field: str, value: Json) -> Json:
    kind = f"{field[0].upper()}{field[1:]}Input"
    selected = SELECTED.get(field, SELECTED["createPost"])
    query = f"mutation($i: {kind}!) {{ {field}(input: $i) {selected} }}"
    content = json.dumps({"query": query, "variables": {"i": value}})
    headers = {"Content-Type": "application/json"}
    answer = world.client.post("/", content=content, headers=headers)
    body: Json = answer.json()
    assert answer.status_code == 200, answer.text
    assert "errors" not in body, body
    found: Json = body["data"][field]
    return found


@pytest.fixture(scope="module")
def patient() -> Iterator[World]:
    """Run one emulator that takes thousands of requests in its stride."""
    world = World(Options(plan="team", quota_times=1000))
    yield world
    world.close()


@settings(max_examples=60)
@given(st.data())
def test_any_new_post_is_taken_or_refused(patient: World, data: st.DataObject) -> None:
    given_value: Json = data.draw(values(GraphQLNonNull(_kind("CreatePostInput"))))
    service = data.draw(st.sampled_from(sorted(patient.channels)))
    given_value["channelId"] = patient.channels[service]["id"]
    found = _send(patient, "createPost", given_value)
    if found.get("__typename") == "PostActionSuccess":
        _send(patient, "deletePost", {"id": found["post"]["id"]})


@settings(max_examples=60)
@given(st.data())
def test_any_edit_is_taken_or_refused(patient: World, data: st.DataObject) -> None:
    service = data.draw(st.sampled_from(["twitter", "linkedin", "threads", "bluesky"]))
    made = patient.create(service, saveToDraft=True)
    given_value: Json = data.draw(values(GraphQLNonNull(_kind("EditPostInput"))))
    given_value["id"] = made["post"]["id"]
    _send(patient, "editPost", given_value)
    _send(patient, "deletePost", {"id": made["post"]["id"]})


def _kind(name: str) -> GraphQLInputObjectType:
    kind = schema().type_map[name]
    assert isinstance(kind, GraphQLInputObjectType)
    return kind
