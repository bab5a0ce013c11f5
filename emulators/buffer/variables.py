"""Check variables against their types, in the words of graphql-js 16."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from graphql import (
    GraphQLError,
    GraphQLInputObjectType,
    GraphQLSchema,
    OperationDefinitionNode,
    Undefined,
    VariableDefinitionNode,
    is_required_input_field,
)
from graphql.pyutils import inspect as core_inspect

from emulators.buffer.graphql_edge import (
    LeafType,
    as_input_object,
    as_leaf,
    declared_type,
    item_type,
    without_non_null,
)
from emulators.buffer.records import Json
from emulators.buffer.wording import did_you_mean, inspect, reword

Path = tuple[str | int, ...]


def variable_errors(
    schema: GraphQLSchema, operation: OperationDefinitionNode, variables: Json
) -> list[GraphQLError]:
    """Say what is wrong with the variables of an operation; empty if nothing is."""
    errors: list[GraphQLError] = []
    for definition in operation.variable_definitions or ():
        name = definition.variable.name.value
        expected = declared_type(schema, definition)
        if variables.get(name) is None:
            errors += _absent(name, expected, definition, variables)
        else:
            check = _Check(name, definition, errors)
            check.value(variables[name], expected, ())
    return errors


def _absent(
    name: str, expected: object, definition: VariableDefinitionNode, given: Json
) -> list[GraphQLError]:
    if not without_non_null(expected)[1]:
        return []
    if name in given:
        problem = f'Variable "${name}" of non-null type "{expected}" must not be null.'
    elif definition.default_value is None:
        problem = f'Variable "${name}" of required type "{expected}" was not provided.'
    else:
        return []
    return [GraphQLError(problem, definition)]


@dataclass(frozen=True, slots=True)
class _Check:
    """The check of one variable; problems are added to ``errors``."""

    name: str
    definition: VariableDefinitionNode
    errors: list[GraphQLError]

    def value(self, value: object, expected: object, path: Path) -> None:
        expected, required = without_non_null(expected)
        if value is None:
            if required:
                problem = f'Expected non-nullable type "{expected}!" not to be null.'
                self._report(path, value, problem)
            return
        item = item_type(expected)
        fields = as_input_object(expected)
        leaf = as_leaf(expected)
        if item is not None:
            self._list(value, item, path)
        elif fields is not None:
            self._object(value, fields, path)
        elif leaf is not None:
            self._leaf(value, leaf, path)

    def _list(self, value: object, item: object, path: Path) -> None:
        if not isinstance(value, list):
            self.value(value, item, path)
            return
        for index, entry in enumerate(cast("list[object]", value)):
            self.value(entry, item, (*path, index))

    def _object(
        self, given: object, expected: GraphQLInputObjectType, path: Path
    ) -> None:
        if not isinstance(given, dict):
            problem = f'Expected type "{expected.name}" to be an object.'
            self._report(path, given, problem)
            return
        value = cast("Json", given)
        for name, definition in expected.fields.items():
            if name in value:
                self.value(value[name], definition.type, (*path, name))
            elif is_required_input_field(definition):
                self._report(
                    path,
                    value,
                    f'Field "{name}" of required type "{definition.type}"'
                    " was not provided.",
                )
        self._names(value, expected, path)
        if expected.is_one_of:
            known = {
                name: one for name, one in value.items() if name in expected.fields
            }
            self._one_of(known, value, expected.name, path)

    def _names(self, value: Json, expected: GraphQLInputObjectType, path: Path) -> None:
        known: Sequence[str] = list(expected.fields)
        for name in value:
            if name not in known:
                self._report(
                    path,
                    value,
                    f'Field "{name}" is not defined by type "{expected.name}".'
                    + did_you_mean(name, known),
                )

    def _one_of(self, known: Json, whole: Json, typename: str, path: Path) -> None:
        if len(known) != 1:
            problem = f'Exactly one key must be specified for OneOf type "{typename}".'
            self._report(path, whole, problem)
            return
        ((name, item),) = known.items()
        if item is None:
            self._report((*path, name), item, f'Field "{name}" must be non-null.')

    def _leaf(self, value: object, expected: LeafType, path: Path) -> None:
        try:
            parsed = expected.parse_value(cast("str", value))
        except GraphQLError as error:
            shown = error.message.replace(core_inspect(value), inspect(value))
            self._report(path, value, reword(shown))
        except (TypeError, ValueError) as error:
            self._report(path, value, f'Expected type "{expected.name}". {error}')
        else:
            if parsed is Undefined:
                self._report(path, value, f'Expected type "{expected.name}".')

    def _report(self, path: Path, bad: object, problem: str) -> None:
        steps = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
        at = f' at "{self.name}{"".join(steps)}"' if path else ""
        self.errors.append(
            GraphQLError(
                f'Variable "${self.name}" got invalid value {inspect(bad)}{at};'
                f" {problem}",
                self.definition,
            )
        )
