"""The executable schema: Buffer's SDL, its scalars, and the function behind each root field.

:mod:`emulators.buffer.app` builds it anew whenever the control API extends it.
"""

import json
import re
from collections.abc import Awaitable, Callable
from functools import cache
from importlib.resources import files
from typing import cast

from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    StringValueNode,
    ValueNode,
    build_ast_schema,
    build_schema,
    parse,
)

from emulators.buffer import library, posts, queries
from emulators.buffer.core import Emulator
from emulators.buffer.graphql_edge import failed, not_modelled
from emulators.buffer.records import Json, iso, parse_instant

# pyright: reportUnknownVariableType=false, reportUnknownMemberType=false
# graphql-core's generic types (lists, non-null) come without arguments.

Answer = Callable[..., object]
"""Answers a root field from the emulator, its ``input``, and for lists ``first`` and ``after``."""
_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_NO_DATE = "DateTime cannot represent non string or Date type"
BUILT_IN = {"Boolean", "Float", "ID", "Int", "String"}

_QUERIES: dict[str, Answer] = {
    "aggregatedPostMetrics": queries.metrics,
    "channel": queries.find_channel,
    "channels": queries.list_channels,
    "dailyPostingLimits": queries.daily_limits,
    "ideaGroups": library.list_groups,
    "ideas": library.list_ideas,
    "post": queries.find_post,
    "posts": queries.list_posts,
    "postTemplate": library.find_template,
    "postTemplates": library.list_templates,
}
_MUTATIONS: dict[str, Callable[[Emulator, Json], Json | Awaitable[Json]]] = {
    "createContentItemDraft": library.create_item_draft,
    "createIdea": library.create_idea,
    "createPost": posts.create_post,
    "createPostTemplate": library.create_template,
    "deleteContentItem": library.delete_item,
    "deletePost": posts.delete_post,
    "deletePostTemplate": library.delete_template,
    "editPost": posts.edit_post,
    "movePostInQueue": posts.move_post,
    "updatePostTemplate": library.update_template,
}


def executable_schema(emulator: Emulator, extension: str, answers: Json) -> GraphQLSchema:
    """Build Buffer's schema with this emulator behind it.

    Args:
        emulator: The emulator that answers.
        extension: SDL that extends the schema.
        answers: Fixed answers by ``Type.field``.

    Raises:
        GraphQLError: The extension is no SDL.
        TypeError: It does not fit the schema.
        LookupError: An answer is for a field that does not exist.
    """
    schema = extended(extension)
    _define_scalars(schema)
    resolvers: dict[str, Answer] = {
        "account": lambda *_: emulator.account(),
        **{name: _query(emulator, answer) for name, answer in _QUERIES.items()},
        **{name: _mutation(emulator, name) for name in _MUTATIONS},
    }
    for root in ("Query", "Mutation"):
        for name, field in object_type(schema, root).fields.items():
            # Every other field of the schema answers with an error that says so.
            field.resolve = resolvers.get(name) or _unmodelled(name)
    object_type(schema, "Account").fields["organizations"].resolve = queries.organizations
    for name, answer in answers.items():
        typename, _, field_name = name.partition(".")
        field = object_type(schema, typename).fields[field_name]
        field.resolve = _fixed(answer)
    return schema


def extended(extension: str) -> GraphQLSchema:
    """Return Buffer's schema with SDL added and no resolvers.

    Raises:
        GraphQLError: The extension is no SDL.
        TypeError: It does not fit the schema.
    """
    if not extension:
        # It is valid: tests/clients/test_buffer_contract.py reads it as any schema.
        return build_ast_schema(_document(), assume_valid_sdl=True)
    # As one document, the extension may also define types.
    return build_schema(f"{_sdl()}\n{extension}")


@cache
def _document() -> DocumentNode:
    return parse(_sdl())


def _sdl() -> str:
    return files("emulators.buffer").joinpath("schema.graphql").read_text("utf-8")


def object_type(schema: GraphQLSchema, name: str) -> GraphQLObjectType:
    """Return an object type of the schema by its name."""
    return cast("GraphQLObjectType", schema.type_map[name])


def _query(emulator: Emulator, answer: Answer) -> Answer:
    def resolve(_source: object, _info: object, **arguments: object) -> object:
        return answer(emulator, arguments.pop("input"), **arguments)

    return resolve


def _mutation(emulator: Emulator, name: str) -> Answer:
    def resolve(_source: object, _info: object, **arguments: Json) -> object:
        given = arguments["input"]
        fault = emulator.faults.take((name,), ("typed_error",), given.get("channelId", ""))
        if fault is None:
            return _MUTATIONS[name](emulator, given)
        return failed(
            str(fault.details.get("typename", "UnexpectedError")),
            str(fault.details.get("message", "Something went wrong")),
        )

    return resolve


def _fixed(answer: object) -> Answer:
    def resolve(*_: object, **__: object) -> object:
        return answer

    return resolve


def _unmodelled(name: str) -> Answer:
    def refuse(_source: object, _info: object, **_arguments: object) -> object:
        raise not_modelled(name)

    return refuse


def _define_scalars(schema: GraphQLSchema) -> None:
    """Set the coercion of each custom scalar."""
    for name, scalar in schema.type_map.items():
        if not isinstance(scalar, GraphQLScalarType) or name in BUILT_IN:
            continue
        if name == "DateTime":
            _read_with(scalar, _read_date)
            scalar.coerce_input_literal = _read_date_literal
            scalar.serialize = scalar.coerce_output_value = _write_date
        else:
            _read_with(scalar, _read_uuid if name == "Uuid" else _id_reader(name))


def _read_with(scalar: GraphQLScalarType, read: Callable[[object], object]) -> None:
    # graphql-core reads variables through the one attribute and literals through the other.
    scalar.coerce_input_value = read
    vars(scalar)["parse_value"] = read


def _id_reader(name: str) -> Callable[[object], object]:
    def read(value: object) -> str:
        if not isinstance(value, str):
            raise GraphQLError(f"{name} cannot represent a non string value")
        return value

    return read


def _read_uuid(value: object) -> str:
    if not isinstance(value, str) or not _UUID.fullmatch(value):
        raise GraphQLError(f"Value is not a valid UUID: {value}")
    # So that one UUID in two spellings is the same correlation ID.
    return value.lower()


def _read_date(value: object) -> int:
    if not isinstance(value, str):
        raise GraphQLError(f"{_NO_DATE} {json.dumps(value)}")
    try:
        return parse_instant(value)
    except (ValueError, OverflowError):
        raise GraphQLError(
            f"DateTime cannot represent an invalid date-time-string {value}."
        ) from None


def _read_date_literal(node: ValueNode) -> int:
    if isinstance(node, StringValueNode):
        return _read_date(node.value)
    shown = getattr(node, "value", False)
    written = shown if isinstance(shown, str) else json.dumps(shown)
    raise GraphQLError(f"{_NO_DATE} {written}", node)


def _write_date(value: object) -> str:
    # Channels keep their dates as text already.
    return iso(value) if isinstance(value, int) else str(value)
