"""Types of Buffer's schema, for tests: graphql-core leaves the types of its wrappers open."""

from typing import cast

from graphql import (
    GraphQLScalarType,
    GraphQLSchema,
    VariableDefinitionNode,
    get_named_type,
    type_from_ast,
)

# pyright: reportUnknownVariableType=false


def declared_type(schema: GraphQLSchema, definition: VariableDefinitionNode) -> object:
    """Return the type that a variable is declared with."""
    return cast("object", type_from_ast(schema, definition.type))


def named_type(wanted: object) -> object:
    """Return the type inside all lists and exclamation marks."""
    return cast("object", get_named_type(cast("GraphQLScalarType", wanted)))
