"""Buffer's scalars: ids are strings, dates carry an offset."""

from typing import Any

from graphql import GraphQLError, GraphQLScalarType, GraphQLSchema

from emulators.buffer.times import iso, parse_instant

BUILT_IN = {"Boolean", "Float", "ID", "Int", "String"}


def give_scalars_meaning(schema: GraphQLSchema) -> None:
    """Set how each scalar of the schema is read and written."""
    for name, scalar in schema.type_map.items():
        if isinstance(scalar, GraphQLScalarType) and name not in BUILT_IN:
            _define(scalar)


def _define(scalar: GraphQLScalarType) -> None:
    if scalar.name == "DateTime":
        scalar.coerce_input_value = _read_date  # pyright: ignore[reportAttributeAccessIssue] - graphql-core's own way to set it after build_schema
        scalar.coerce_output_value = _write_date  # pyright: ignore[reportAttributeAccessIssue] - as above
        return

    def read_id(value: Any) -> str:
        if not isinstance(value, str):
            raise GraphQLError(f"{scalar.name} cannot represent a non string value")
        return value

    scalar.coerce_input_value = read_id  # pyright: ignore[reportAttributeAccessIssue] - as above


def _read_date(value: Any) -> int:
    if not isinstance(value, str):
        raise GraphQLError("DateTime cannot represent non string or Date type")
    try:
        return parse_instant(value)
    except (ValueError, OverflowError):
        raise GraphQLError(
            f"DateTime cannot represent an invalid date-time-string {value}."
        ) from None


def _write_date(value: Any) -> str:
    return iso(value) if isinstance(value, int) else str(value)
