"""The operations, the schema, and the client generated from both."""

import inspect

import pytest
from graphql import OperationDefinitionNode, parse, print_ast, separate_operations, validate

from galley.clients.buffer.generated.client import GeneratedClient
from tests.clients.buffer_answers import ROOM, schema

OPERATIONS = separate_operations(parse((ROOM / "operations.graphql").read_text()))


@pytest.mark.parametrize("name", sorted(OPERATIONS))
def test_an_operation_fits_the_schema(name: str) -> None:
    assert validate(schema(), OPERATIONS[name]) == []


@pytest.mark.parametrize("name", sorted(OPERATIONS))
def test_the_generated_client_sends_the_operation(name: str) -> None:
    source = inspect.getsource(GeneratedClient)
    written = [part for part in source.split('"""')[1::2] if f" {name}" in part]

    sent = parse(written[0])

    assert validate(schema(), sent) == []
    assert _without_typenames(print_ast(sent)) == _without_typenames(print_ast(OPERATIONS[name]))


def test_no_operation_is_forgotten() -> None:
    source = inspect.getsource(GeneratedClient)
    sent = {
        node.name.value
        for part in source.split('"""')[1::2]
        for node in parse(part).definitions
        if isinstance(node, OperationDefinitionNode) and node.name
    }

    assert sent == set(OPERATIONS)


def _without_typenames(document: str) -> list[str]:
    """Return the words of a document, in no order: fragments may come first."""
    return sorted(word for word in document.split() if word != "__typename")
