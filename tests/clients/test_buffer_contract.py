"""All that Galley can say to Buffer fits Buffer's schema and is taken by the emulator.

The emulator states each network's rules on its own, so these tests also hold
:mod:`galley.networks` to it.
"""

from pathlib import Path
from typing import cast

import pytest
from graphql import (
    FragmentDefinitionNode,
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLSchema,
    OperationDefinitionNode,
    build_schema,
    is_required_input_field,
    parse,
    print_ast,
    validate,
)
from pytest_httpserver import HTTPServer

import galley.clients.buffer as client_room
from galley.clients.buffer.client import BufferClient
from galley.clients.buffer.post_input import create_input
from galley.models.network import Platform
from galley.networks.registry import rules_for
from tests.clients.contract_posts import NUMBERS, Gallery, literal, request_of, shapes
from tests.emulators.buffer_world import Json, World, in_seconds, until
from tests.emulators.graphql_types import declared_type

pytestmark = pytest.mark.usefixtures("key")

ROOM = Path(client_room.__file__).parent
DOCUMENT = parse((ROOM / "operations.graphql").read_text())
ENDED = {"sent", "error"}
FRAGMENTS = [d for d in DOCUMENT.definitions if isinstance(d, FragmentDefinitionNode)]
OPERATIONS = [
    definition
    for definition in DOCUMENT.definitions
    if isinstance(definition, OperationDefinitionNode)
]


@pytest.fixture(scope="module")
def schema() -> GraphQLSchema:
    """Read the schema that the emulator answers by."""
    sdl = ROOM.parents[2] / "emulators" / "buffer" / "schema.graphql"
    return build_schema(sdl.read_text())


def name_of(operation: OperationDefinitionNode) -> str:
    return operation.name.value if operation.name else ""


def text_of(operation: OperationDefinitionNode) -> str:
    """One operation with the fragments it uses, the way the client sends it."""
    needed: dict[str, str] = {}
    whole = print_ast(operation)
    while True:
        found = {
            one.name.value: print_ast(one)
            for one in FRAGMENTS
            if f"...{one.name.value}" in "".join([whole, *needed.values()]).replace(" ", "")
        }
        if found == needed:
            return "\n".join([whole, *needed.values()])
        needed = found


@pytest.mark.parametrize("operation", OPERATIONS, ids=name_of)
def test_an_operation_fits_the_emulated_schema(
    schema: GraphQLSchema, operation: OperationDefinitionNode
) -> None:
    assert validate(schema, parse(text_of(operation))) == []


class Sample:
    """Variables for any operation: what is required, and a text."""

    def __init__(self, world: World) -> None:
        post = world.created("linkedin", mode="addToQueue", text=f"Queued {next(NUMBERS)}")
        self._scalars: dict[str, object] = {
            "OrganizationId": world.organization,
            "ChannelId": world.channels["linkedin"]["id"],
            "PostId": post["id"],
            "DateTime": in_seconds(7200),
            "String": f"Text {next(NUMBERS)}",
            "Int": 10,
            "Boolean": False,
            "ID": world.organization,
        }

    def of(self, wanted: object) -> object:
        match wanted:
            case GraphQLNonNull():
                return self.of(cast("object", wanted.of_type))
            case GraphQLList():
                return [self.of(cast("object", wanted.of_type))]
            case GraphQLEnumType():
                return next(iter(wanted.values))
            case GraphQLInputObjectType():
                return {
                    name: self.of(field.type)
                    for name, field in wanted.fields.items()
                    if is_required_input_field(field) or name in {"text", "dueAt"}
                }
            case _:
                return self._scalars[str(wanted)]


@pytest.mark.parametrize("operation", OPERATIONS, ids=name_of)
def test_an_operation_is_carried_out(
    world: World, schema: GraphQLSchema, operation: OperationDefinitionNode
) -> None:
    sample = Sample(world)
    variables = {
        definition.variable.name.value: sample.of(declared_type(schema, definition))
        for definition in operation.variable_definitions or ()
        if isinstance(declared_type(schema, definition), GraphQLNonNull)
    }

    data = world.ask(text_of(operation), **variables)

    assert [field for field in data.values() if "message" in field] == []


@pytest.mark.parametrize(("platform", "shape"), shapes())
async def test_every_shape_of_post_that_our_rules_allow_is_taken(
    world: World, buffer: BufferClient, httpserver: HTTPServer, platform: Platform, shape: str
) -> None:
    request = request_of(world, Gallery(httpserver), platform, shape)

    created = (await buffer.create_post(request)).value

    kept = world.post(created.id)
    assert (kept["status"], kept["text"]) == ("scheduled", request.text)
    sent = [asset.url for asset in request.assets]
    if shape == "document":
        sent = sent[:1]  # the second is its cover
    assert [asset["source"] for asset in kept["assets"]] == sent
    metadata: Json = kept["metadata"] or {}
    thread: list[Json] = metadata.get("thread") or []
    assert tuple(item["text"] for item in thread) == request.thread


@pytest.mark.parametrize(("platform", "shape"), shapes())
def test_every_payload_fits_the_schema_as_literals(
    world: World, httpserver: HTTPServer, platform: Platform, shape: str
) -> None:
    """A stranger would write the same payload into the query, with no variables."""
    request = request_of(world, Gallery(httpserver), platform, shape)
    given = create_input(request).model_dump(
        mode="json", by_alias=True, exclude_unset=True, exclude_none=True
    )
    query = "mutation { createPost(input: %s) { __typename } }" % literal(given)  # noqa: UP031 - GraphQL is full of braces

    assert world.ask(query) == {"createPost": {"__typename": "PostActionSuccess"}}


async def test_a_post_of_every_network_is_sent(
    world: World, buffer: BufferClient, httpserver: HTTPServer
) -> None:
    world.reset()  # else the posts of all tests before become due, too
    gallery = Gallery(httpserver)
    ids: list[str] = []
    for platform in Platform:
        kind = rules_for(platform).required_media
        shape = "text" if kind is None else kind.value
        request = request_of(world, gallery, platform, shape)
        ids.append((await buffer.create_post(request)).value.id)

    world.pass_time(86_400 * 365)

    # To ask Buffer again and again would end at its limits.
    until(lambda: {one["status"] for one in world.ledger() if one["id"] in ids} <= ENDED)
    ends = {one: world.post(one) for one in ids}
    assert {one: end["error"] for one, end in ends.items() if end["error"]} == {}
