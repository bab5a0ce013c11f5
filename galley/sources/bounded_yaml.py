"""YAML read within bounds, whoever wrote it: front matter, prompt lists, tables, personas, options.

A few hundred bytes of aliases may stand for billions of values, and a long number takes the
square of its digits to read. PyYAML's own parser is used up to its nodes, which are counted
with their aliases before any value is made of them.
"""

from typing import Any, cast

import yaml

MOST_VALUES = 50_000
"""Aliases counted as what they stand for: a table of 500 campaigns has 24,000."""
_DEEPEST = 50
_LONGEST_NUMBER = 40  # characters; a longer one is a text
_LONGEST_REASON = 200
_NUMBERS = frozenset({"tag:yaml.org,2002:int", "tag:yaml.org,2002:float"})
_Loader = cast("type[yaml.SafeLoader]", getattr(yaml, "CSafeLoader", yaml.SafeLoader))


class UnreadableYamlError(Exception):
    """The text is no YAML, or more than may be read.

    Attributes:
        line: Where, from 1; ``None`` if nobody knows.
        why: The parser's words about broken syntax; empty for a value that cannot be read.
    """

    def __init__(self, line: int | None = None, why: str = "") -> None:
        super().__init__(why)
        self.line = line
        self.why = why


def load(text: str) -> object:
    """Return the value of a YAML text; ``None`` of an empty one.

    Raises:
        UnreadableYamlError: It has none.
    """
    return load_with_nodes(text)[0]


def load_with_nodes(text: str) -> tuple[object, yaml.Node | None]:
    """Return the value of a YAML text, and its tree, whose nodes know their lines.

    Raises:
        UnreadableYamlError: It has none.
    """
    try:
        loader = _Loader(text)
        try:
            node = loader.get_single_node()
            if node is None:
                return None, None
            _measured(node, {}, 0)
            return cast("Any", loader).construct_document(node), node
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        why = " ".join((error.problem or "it cannot be read").split())[:_LONGEST_REASON]
        raise UnreadableYamlError(mark.line + 1 if mark else None, why) from error
    except yaml.YAMLError as error:
        raise UnreadableYamlError(why="it cannot be read") from error
    # What PyYAML raises over a date such as 2026-02-31, "!!timestamp x", or half a character.
    except (ValueError, TypeError, AttributeError, LookupError, ArithmeticError) as error:
        raise UnreadableYamlError from error
    except RecursionError as error:
        raise UnreadableYamlError from error


def _measured(node: yaml.Node, known: dict[int, int], depth: int) -> int:
    """Return how many values a node stands for.

    Raises:
        UnreadableYamlError: More than may be read, too deep, or itself.
    """
    size = known.get(id(node), 1)
    if id(node) in known:
        if not size:  # an alias inside of what it stands for
            raise UnreadableYamlError(node.start_mark.line + 1)
        return size
    if isinstance(node, yaml.ScalarNode):
        if node.tag in _NUMBERS and len(node.value) > _LONGEST_NUMBER:
            node.tag = "tag:yaml.org,2002:str"
        return 1
    known[id(node)] = 0
    children = cast("list[Any]", node.value)
    flat = (
        [one for pair in children for one in pair]
        if isinstance(node, yaml.MappingNode)
        else children
    )
    for child in flat:
        size += _measured(child, known, depth + 1)
    if size > MOST_VALUES or depth > _DEEPEST:
        raise UnreadableYamlError(node.start_mark.line + 1)
    known[id(node)] = size
    return size
