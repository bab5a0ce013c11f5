"""The parts of graphql-core whose types are left open, and its sentences.

graphql-core is graphql-js, which Buffer runs, in Python: it says the same of a query,
but for the quotes.
"""

import json
import re
from collections.abc import Callable
from typing import cast

from graphql import (
    DocumentNode,
    ExecutionResult,
    GraphQLError,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    OperationDefinitionNode,
    StringValueNode,
    ValueNode,
    VariableDefinitionNode,
    execute,
    get_named_type,
    type_from_ast,
)
from graphql.execution.values import get_variable_values

from emulators.buffer.records import Json, iso, parse_instant

# pyright: reportUnknownVariableType=false, reportUnknownMemberType=false
# pyright: reportUnknownArgumentType=false
# graphql-core's generic types (lists, non-null) come without arguments.


_QUOTED = re.compile(r'"(?:\\.|[^"\\])*"' + r"|'([^']*)'")


async def run(
    schema: GraphQLSchema, document: DocumentNode, variables: Json, name: str | None
) -> ExecutionResult:
    """Execute one operation of a valid document."""
    outcome = execute(schema, document, variable_values=variables, operation_name=name)
    if isinstance(outcome, ExecutionResult):
        return outcome
    return await outcome


def variable_errors(
    schema: GraphQLSchema, operation: OperationDefinitionNode, variables: Json
) -> list[GraphQLError]:
    """Say what is wrong with the variables of an operation; empty if nothing is."""
    found = get_variable_values(schema, operation.variable_definitions or (), variables)
    return found if isinstance(found, list) else []


def reword(message: str) -> str:
    """Put double quotes where graphql-core puts apostrophes."""
    return _QUOTED.sub(
        lambda found: found[0] if found[1] in {None, '"'} else f'"{found[1]}"', message
    )


def declared_type(schema: GraphQLSchema, definition: VariableDefinitionNode) -> object:
    """The type a variable is declared with."""
    return cast("object", type_from_ast(schema, definition.type))


def named_type(wanted: object) -> object:
    """The type inside all lists and exclamation marks."""
    return cast("object", get_named_type(cast("GraphQLScalarType", wanted)))


def object_type(schema: GraphQLSchema, name: str) -> GraphQLObjectType:
    """An object type of the schema by its name."""
    return cast("GraphQLObjectType", schema.type_map[name])


_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_NO_DATE = "DateTime cannot represent non string or Date type"
BUILT_IN = {"Boolean", "Float", "ID", "Int", "String"}


def give_scalars_meaning(schema: GraphQLSchema) -> None:
    """Set how each scalar of the schema is read and written."""
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
    # Values come through the one, literals through the other.
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
    return iso(value) if isinstance(value, int) else str(value)
