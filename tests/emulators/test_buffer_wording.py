"""What is wrong with a query is said in the very words of graphql-js.

``graphql_js.json`` holds mistakes people make and what graphql-js 16.15 really says to
each of them, with the place; ``graphql_js.mjs`` beside it wrote that down.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest

from emulators.buffer.core import Emulator, Options
from emulators.buffer.query import QueryReader, QueryRefusedError
from emulators.buffer.schema import executable_schema

Json = dict[str, Any]
MISTAKES = cast(
    "list[Json]",
    json.loads(Path(__file__).with_name("graphql_js.json").read_text("utf-8")),
)


@pytest.fixture(scope="module")
def reader() -> Iterator[QueryReader]:
    """Read queries as the running emulator does."""
    emulator = Emulator(Options())
    yield QueryReader(executable_schema(emulator, "", {}))
    emulator.store.close()


def _errors(reader: QueryReader, mistake: Json) -> list[Json]:
    body = {
        "query": mistake["query"],
        "variables": mistake.get("variables"),
        "operationName": mistake.get("operation"),
    }
    with pytest.raises(QueryRefusedError) as refused:
        reader.read(body)
    shown: list[Json] = refused.value.body["errors"]
    return [
        {
            "message": error["message"],
            "locations": [
                [place["line"], place["column"]] for place in error.get("locations", [])
            ],
        }
        for error in shown
    ]


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda one: str(one["name"]))
def test_a_mistake_is_answered_as_graphql_js_answers_it(
    reader: QueryReader, mistake: Json
) -> None:
    assert _errors(reader, mistake) == mistake["errors"]


def test_many_kinds_of_mistakes_were_recorded() -> None:
    messages = {error["message"] for one in MISTAKES for error in one["errors"]}
    assert len(MISTAKES) >= 200
    assert len(messages) >= 150
