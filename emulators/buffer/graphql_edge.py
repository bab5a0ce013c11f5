"""The parts of graphql-core whose types are left open, behind closed types."""

# pyright: reportUnknownVariableType=false, reportUnknownMemberType=false
# pyright: reportUnknownArgumentType=false
# graphql-core's generic types (lists, non-null) come without arguments.

from typing import cast

from graphql import (
    DocumentNode,
    ExecutionResult,
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    StringValueNode,
    ValueNode,
    VariableDefinitionNode,
    execute,
    get_named_type,
    type_from_ast,
)
from graphql.validation import ValidationContext

from emulators.buffer.records import Json

LeafType = GraphQLScalarType | GraphQLEnumType


async def run(
    schema: GraphQLSchema, document: DocumentNode, variables: Json, name: str | None
) -> ExecutionResult:
    """Execute one operation of a valid document."""
    outcome = execute(schema, document, variable_values=variables, operation_name=name)
    if isinstance(outcome, ExecutionResult):
        return outcome
    return await outcome


def declared_type(schema: GraphQLSchema, definition: VariableDefinitionNode) -> object:
    """The type a variable is declared with."""
    return cast("object", type_from_ast(schema, definition.type))


def without_non_null(wanted: object) -> tuple[object, bool]:
    """A type without its exclamation mark, and whether it had one."""
    if isinstance(wanted, GraphQLNonNull):
        return cast("object", wanted.of_type), True
    return wanted, False


def item_type(wanted: object) -> object | None:
    """The type of a list's items; None for a type that is no list."""
    if isinstance(wanted, GraphQLList):
        return cast("object", wanted.of_type)
    return None


def named_type(wanted: object) -> object:
    """The type inside all lists and exclamation marks."""
    return cast("object", get_named_type(cast("GraphQLScalarType", wanted)))


def as_input_object(wanted: object) -> GraphQLInputObjectType | None:
    """The type, if it is an input object."""
    return wanted if isinstance(wanted, GraphQLInputObjectType) else None


def as_leaf(wanted: object) -> LeafType | None:
    """The type, if it is a scalar or an enum."""
    return wanted if isinstance(wanted, LeafType) else None


def read_literal(wanted: LeafType, node: ValueNode) -> object:
    """The value of a literal; ``Undefined`` where it is none of the type.

    Raises:
        GraphQLError: The type says itself what is wrong.
    """
    read = wanted.coerce_input_literal or wanted.parse_literal
    return cast("object", read(cast("StringValueNode", node)))


def object_type(schema: GraphQLSchema, name: str) -> GraphQLObjectType:
    """An object type of the schema by its name."""
    return cast("GraphQLObjectType", schema.type_map[name])


def expected_type(context: ValidationContext) -> object | None:
    """The input type at the place a validation visitor stands."""
    return cast("object | None", context.get_input_type())


def expected_parent_type(context: ValidationContext) -> object | None:
    """The input type around the place a validation visitor stands."""
    return cast("object | None", context.get_parent_input_type())
