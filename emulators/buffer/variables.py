"""Check variables against their types, in the words of graphql-js 16."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

from graphql import (
    GraphQLEnumType,
    GraphQLError,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLScalarType,
    GraphQLSchema,
    OperationDefinitionNode,
    Undefined,
    is_input_object_type,
    is_list_type,
    is_non_null_type,
    is_required_input_field,
    type_from_ast,
)

from emulators.buffer.records import Json
from emulators.buffer.wording import did_you_mean, inspect, reword

Path = tuple[str | int, ...]
Report = Callable[[Path, Any, str], None]


def variable_errors(
    schema: GraphQLSchema, operation: OperationDefinitionNode, variables: Json
) -> list[GraphQLError]:
    """Say what is wrong with the variables of an operation; empty if nothing is."""
    errors: list[GraphQLError] = []
    for definition in operation.variable_definitions or ():
        name = definition.variable.name.value
        expected = cast("GraphQLInputType", type_from_ast(schema, definition.type))
        value = variables.get(name, Undefined)
        if value is Undefined or value is None:
            problem = _absent(name, expected, value)
            if problem and (value is None or definition.default_value is None):
                errors.append(GraphQLError(problem, definition))
            continue

        def report(
            path: Path, bad: Any, problem: str, name: str = name, node: Any = definition
        ) -> None:
            at = f' at "{name}{_show(path)}"' if path else ""
            errors.append(
                GraphQLError(
                    f'Variable "${name}" got invalid value {inspect(bad)}{at};'
                    f" {problem}",
                    node,
                )
            )

        _check(value, expected, (), report)
    return errors


def _absent(name: str, expected: GraphQLInputType, value: Any) -> str | None:
    if not is_non_null_type(expected):
        return None
    if value is Undefined:
        return f'Variable "${name}" of required type "{expected}" was not provided.'
    return f'Variable "${name}" of non-null type "{expected}" must not be null.'


def _show(path: Path) -> str:
    return "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in path)


def _check(value: Any, expected: GraphQLInputType, path: Path, report: Report) -> None:
    if is_non_null_type(expected):
        if value is None:
            problem = f'Expected non-nullable type "{expected}" not to be null.'
            report(path, value, problem)
            return
        expected = cast("GraphQLInputType", expected.of_type)
    if value is None:
        return
    if is_list_type(expected):
        if isinstance(value, list):
            for index, item in enumerate(cast("list[Any]", value)):
                _check(item, expected.of_type, (*path, index), report)
        else:
            _check(value, expected.of_type, path, report)
    elif is_input_object_type(expected):
        if isinstance(value, dict):
            _check_object(cast("Json", value), expected, path, report)
        else:
            problem = f'Expected type "{expected.name}" to be an object.'
            report(path, value, problem)
    else:
        _check_leaf(value, cast("GraphQLScalarType", expected), path, report)


def _check_object(
    value: Json, expected: GraphQLInputObjectType, path: Path, report: Report
) -> None:
    for name, definition in expected.fields.items():
        if name in value:
            _check(value[name], definition.type, (*path, name), report)
        elif is_required_input_field(definition):
            report(
                path,
                value,
                f'Field "{name}" of required type "{definition.type}"'
                " was not provided.",
            )
    _check_names(value, expected, path, report)
    if expected.is_one_of:
        _check_one_of(value, expected.name, path, report)


def _check_names(
    value: Json, expected: GraphQLInputObjectType, path: Path, report: Report
) -> None:
    known: Sequence[str] = list(expected.fields)
    for name in value:
        if name not in known:
            report(
                path,
                value,
                f'Field "{name}" is not defined by type "{expected.name}".'
                + did_you_mean(name, known),
            )


def _check_one_of(
    value: Mapping[str, Any], typename: str, path: Path, report: Report
) -> None:
    if len(value) != 1:
        problem = f'Exactly one key must be specified for OneOf type "{typename}".'
        report(path, value, problem)
        return
    ((name, item),) = value.items()
    if item is None:
        report((*path, name), item, f'Field "{name}" must be non-null.')


def _check_leaf(
    value: Any,
    expected: GraphQLScalarType | GraphQLEnumType,
    path: Path,
    report: Report,
) -> None:
    try:
        parsed = expected.parse_value(value)
    except GraphQLError as error:
        report(path, value, reword(error.message))
    except Exception as error:  # noqa: BLE001 - a scalar may raise anything
        report(path, value, f'Expected type "{expected.name}". {error}')
    else:
        if parsed is Undefined:
            report(path, value, f'Expected type "{expected.name}".')
