"""YAML or JSON files read into a model; an error names the line of the mistake.

Personas and files of options are read so, and the extras of a draft in the editor.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TypeVar, cast, get_args

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from app.errors import InvalidRequestError
from galley.redaction import terminal_safe
from galley.sources import bounded_yaml

_LARGEST = 100_000
"""Bytes; the longest texts of all networks together are far below."""
_TIME = "a time with its zone, such as 2026-12-01T18:00:00+01:00"
_WANTED = {
    "bool_parsing": "true or false",
    "bool_type": "true or false",
    "string_type": "a text; write it in quotes",
    "timezone_aware": _TIME,
    "datetime_type": _TIME,
    "datetime_parsing": _TIME,
    "datetime_from_date_parsing": _TIME,
    "missing": "given",
    "tuple_type": "a list",
    "float_type": "a number",
    "float_parsing": "a number",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
}

_Path = tuple[int | str, ...]
M = TypeVar("M", bound=BaseModel)
T = TypeVar("T")


def read_options(file: Path, shape: type[M]) -> M:
    """Return the model that the file describes.

    Raises:
        InvalidRequestError: It cannot be read, or a value cannot be used. The
            text names file, line, field and the values that are allowed.
    """
    text = _text_of(file)
    data, lines = _parsed(file, text)
    try:
        return shape.model_validate(data)
    except ValidationError as error:
        raise _mistake(file, error.errors()[0], shape, lines) from None


def value_problem(error: ValidationError, shape: type[BaseModel]) -> str:
    """Return the first mistake of a value as ``field: what is wrong``."""
    first = error.errors()[0]
    named = ".".join(map(str, first["loc"]))
    told = _told(first, shape)
    return terminal_safe(f"{named}: {told}" if named else told)


def _text_of(file: Path) -> str:
    try:
        with file.expanduser().open("rb") as opened:
            data = opened.read(_LARGEST + 1)
        if len(data) > _LARGEST:
            raise InvalidRequestError(
                f"{file} is over {_LARGEST:,} bytes: that is no options file."
            )
        return data.decode("utf-8-sig")
    except OSError as error:
        raise InvalidRequestError(f"{file} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise InvalidRequestError(f"{file} is not UTF-8 text.") from error


def _parsed(file: Path, text: str) -> tuple[object, dict[_Path, int]]:
    """Return the values, and the line of each."""
    try:
        data, node = bounded_yaml.load_with_nodes(text)
    except bounded_yaml.UnreadableYamlError as error:
        where = f", line {error.line}" if error.line else ""
        if error.why:
            why = terminal_safe(error.why)
            raise InvalidRequestError(f"{file}{where}: this is no YAML: {why}.") from error
        raise InvalidRequestError(
            f"{file}{where}: a value cannot be read: put it in quotes, or write it without aliases."
        ) from error
    if node is None:
        return {}, {}
    _refuse_twice(file, node)
    return data, dict(_lines(node, ()))


def _lines(node: yaml.Node, path: _Path) -> Iterator[tuple[_Path, int]]:
    yield path, node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        for key, value in _pairs(node):
            here = (*path, str(key.value))
            yield from _lines(value, here)
            yield here, key.start_mark.line + 1
    elif isinstance(node, yaml.SequenceNode):
        for place, item in enumerate(cast("list[yaml.Node]", node.value)):
            yield from _lines(item, (*path, place))


def _pairs(node: yaml.MappingNode) -> list[tuple[yaml.Node, yaml.Node]]:
    return cast("list[tuple[yaml.Node, yaml.Node]]", node.value)


def _refuse_twice(file: Path, node: yaml.Node) -> None:
    """Refuse a key that stands twice: YAML silently takes the last one."""
    if isinstance(node, yaml.SequenceNode):
        for item in cast("list[yaml.Node]", node.value):
            _refuse_twice(file, item)
    if not isinstance(node, yaml.MappingNode):
        return
    seen: set[str] = set()
    for key, value in _pairs(node):
        name = str(key.value)
        if name in seen:
            line = key.start_mark.line + 1
            raise InvalidRequestError(
                terminal_safe(f"{file}, line {line}: {name} stands there twice.")
            )
        seen.add(name)
        _refuse_twice(file, value)


def _mistake(
    file: Path, error: ErrorDetails, shape: type[BaseModel], lines: Mapping[_Path, int]
) -> InvalidRequestError:
    path = error["loc"]
    known = next((path[:n] for n in range(len(path), -1, -1) if path[:n] in lines), ())
    line = f", line {lines[known]}" if known in lines else ""
    named = ".".join(map(str, path))
    told = _told(error, shape)
    return InvalidRequestError(
        terminal_safe(f"{file}{line}: {named + ': ' if named else ''}{told}")
    )


def _told(error: ErrorDetails, shape: type[BaseModel]) -> str:
    """Return what is wrong with a value, and what would be right."""
    kind, path, context = error["type"], error["loc"], error.get("ctx", {})
    match kind:
        case "extra_forbidden":
            told = f"there is no such field; there are {_fields(shape, path[:-1])}"
        case "model_type" | "dict_type":
            fields = _fields(shape, path)
            told = f"write each of its fields on a line with its value: {fields}"
        case "enum" | "literal_error":
            told = f"choose {context['expected']}"
        case "string_too_long":
            told = f"at most {context['max_length']:,} characters are allowed"
        case "too_long":
            told = f"at most {context['max_length']:,} of them are allowed"
        case "string_too_short":
            told = "write something"
        case "value_error":
            told = str(context["error"])
        case _:
            wanted = _WANTED.get(kind)
            told = f"this must be {wanted}" if wanted else error["msg"]
    return f"{told}."


def _fields(shape: type[BaseModel], path: Sequence[int | str]) -> str:
    """Return the names of the fields of what stands at ``path``."""
    found: type[BaseModel] = shape
    for name in path:
        if isinstance(name, str) and name in found.model_fields:
            annotation = found.model_fields[name].annotation
            found = next(models_in(annotation, BaseModel), found)
    return ", ".join(name for name in found.model_fields if name != "platform")


def models_in(annotation: object, kind: type[T]) -> Iterator[type[T]]:
    """Yield the classes of a kind that an annotation is made of."""
    if isinstance(annotation, type) and issubclass(annotation, kind):
        yield annotation
    for part in get_args(annotation):
        yield from models_in(part, kind)
