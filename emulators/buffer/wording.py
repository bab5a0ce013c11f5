"""Say what is wrong with a query in the words of graphql-js 16, as Buffer does.

graphql-core quotes with apostrophes and has moved to newer sentences in places.
"""

import json
import re
from collections.abc import Sequence
from typing import cast

from graphql import (
    ListValueNode,
    ObjectValueNode,
    ValueNode,
    print_ast,
)
from graphql.pyutils import suggestion_list

from emulators.buffer.records import Json

_QUOTED = re.compile(r'"(?:\\.|[^"\\])*"' + r"|'([^']*)'")
_ARGUMENT = re.compile(
    r'^Argument "(?:\w+\.)?(@?\w+)\((\w+):\)" of type "([^"]+)" is required,'
)
_PLACE = re.compile(r'^(Directive "@\w+" may not be used on )([\w ]+)\.$')
_DOTS = re.compile(
    r'^Syntax Error: (Invalid number, expected digit before ".", did you mean .*'
    r'|Unexpected "\.\.", did you mean "\.\.\."\?)$'
)
_MAX_ITEMS = 10
_MAX_DEPTH = 2


def reword(message: str) -> str:
    """Turn a sentence of graphql-core into that of graphql-js."""
    quoted = _QUOTED.sub(
        lambda m: m[0] if m[1] in {None, '"'} else f'"{m[1]}"',
        message,
    )
    placed = _PLACE.sub(lambda m: f"{m[1]}{m[2].replace(' ', '_').upper()}.", quoted)
    argued = _ARGUMENT.sub(_required, placed)
    return _DOTS.sub('Syntax Error: Unexpected character: ".".', argued)


def _required(found: re.Match[str]) -> str:
    kind = "Directive" if found[1].startswith("@") else "Field"
    return (
        f'{kind} "{found[1]}" argument "{found[2]}" of type "{found[3]}" is required,'
    )


def print_literal(node: ValueNode) -> str:
    """Print a value of a query the way graphql-js 16 does: no space inside braces."""
    if isinstance(node, ObjectValueNode):
        fields = (
            f"{one.name.value}: {print_literal(one.value)}" for one in node.fields
        )
        return "{" + ", ".join(fields) + "}"
    if isinstance(node, ListValueNode):
        return "[" + ", ".join(print_literal(one) for one in node.values) + "]"
    return print_ast(node)


def did_you_mean(wrong: str, known: Sequence[str]) -> str:
    """`` Did you mean "a" or "b"?``, or nothing when no name comes close."""
    close = [f'"{name}"' for name in suggestion_list(wrong, list(known))[:5]]
    if not close:
        return ""
    *most, last = close
    if not most:
        return f" Did you mean {last}?"
    joint = ", ".join(most) + ("," if len(most) > 1 else "")
    return f" Did you mean {joint} or {last}?"


def inspect(value: object, depth: int = 0) -> str:
    """Show a JSON value the way graphql-js does in its messages."""
    if isinstance(value, dict):
        return _inspect_object(cast("Json", value), depth)
    if isinstance(value, list):
        return _inspect_list(cast("list[object]", value), depth)
    return json.dumps(value, ensure_ascii=False)


def _inspect_object(value: Json, depth: int) -> str:
    if not value:
        return "{}"
    if depth >= _MAX_DEPTH:
        return "[Object]"
    pairs = (f"{key}: {inspect(item, depth + 1)}" for key, item in value.items())
    return "{ " + ", ".join(pairs) + " }"


def _inspect_list(value: list[object], depth: int) -> str:
    if not value:
        return "[]"
    if depth >= _MAX_DEPTH:
        return "[Array]"
    items = [inspect(item, depth + 1) for item in value[:_MAX_ITEMS]]
    rest = len(value) - _MAX_ITEMS
    if rest > 0:
        items.append("... 1 more item" if rest == 1 else f"... {rest} more items")
    return "[" + ", ".join(items) + "]"
