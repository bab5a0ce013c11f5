"""The parts of graphql-core whose types are left open, and its sentences.

graphql-core is graphql-js, which Buffer runs, in Python: it says the same of a query,
but for the quotes.
"""

# pyright: reportUnknownVariableType=false, reportUnknownMemberType=false
# pyright: reportUnknownArgumentType=false
# graphql-core's generic types (lists, non-null) come without arguments.

import re
from typing import cast

from graphql import (
    DocumentNode,
    ExecutionResult,
    GraphQLError,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    OperationDefinitionNode,
    VariableDefinitionNode,
    execute,
    get_named_type,
    type_from_ast,
)
from graphql.execution.values import get_variable_values

from emulators.buffer.records import Json

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
