"""Buffer's scalars: ids are strings, dates carry an offset."""

import json
import re
from collections.abc import Callable

from graphql import (
    GraphQLError,
    GraphQLScalarType,
    GraphQLSchema,
    StringValueNode,
    ValueNode,
)

from emulators.buffer.times import iso, parse_instant

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
