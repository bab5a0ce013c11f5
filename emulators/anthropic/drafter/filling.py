"""Fill a JSON schema with what was written."""

from typing import Any, cast

_Schema = dict[str, Any]


def fill(schema: _Schema, known: dict[str, Any]) -> object:
    """Return a value valid for ``schema``.

    Properties that bear a known name and type take the known value; the rest get the
    plainest value their type allows.
    """
    return _fill(schema, known, schema.get("$defs", {}), known)


def _fill(schema: _Schema, value: object, defs: _Schema, known: _Schema) -> object:
    if "$ref" in schema:
        target = cast("_Schema", defs[str(schema["$ref"]).rsplit("/", 1)[-1]])
        return _fill(target, value, defs, known)
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        choices = cast("list[object]", schema["enum"])
        return value if value in choices else choices[0]
    if "anyOf" in schema:
        return _fill(cast("_Schema", schema["anyOf"][0]), value, defs, known)
    return _of_type(schema, value, defs, known)


def _of_type(schema: _Schema, value: object, defs: _Schema, known: _Schema) -> object:
    match schema.get("type"):
        case "object":
            own = cast("_Schema", value) if isinstance(value, dict) else known
            properties = cast("dict[str, _Schema]", schema.get("properties", {}))
            own = cast("_Schema", value) if isinstance(value, dict) else known
            return {
                name: _fill(part, own.get(name), defs, known)
                for name, part in properties.items()
            }
        case "array":
            return _list(schema, value, defs, known)
        case "string":
            return value if isinstance(value, str) else ""
        case "integer" | "number":
            is_number = isinstance(value, int | float) and not isinstance(value, bool)
            return value if is_number else 0
        case "boolean":
            return False
        case _:
            return None


def _list(schema: _Schema, value: object, defs: _Schema, known: _Schema) -> object:
    items = cast("_Schema", schema.get("items", {"type": "string"}))
    given = cast("list[object]", value) if isinstance(value, list) else []
    least = int(schema.get("minItems", 0))
    padded = [*given, *[None] * (least - len(given))]
    return [_fill(items, item, defs, known) for item in padded]
