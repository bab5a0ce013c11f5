"""How graphql-core calls us, and how our answers to one argument fit that."""

from collections.abc import Awaitable, Callable
from typing import cast

from emulators.buffer.core import Emulator
from emulators.buffer.records import Json

Resolver = Callable[..., object]
Answer = Callable[[Emulator, Json], object]
"""Answers a field from its ``input``."""
Write = Callable[[Emulator, Json], Json | Awaitable[Json]]
Listing = Callable[[Emulator, Json, int | None, str | None], Json]
"""Answers a connection from its ``input``, ``first`` and ``after``."""


def on_input(emulator: Emulator, answer: Answer) -> Resolver:
    """Resolve a field whose only argument is ``input``."""

    def resolve(_source: object, _info: object, **arguments: Json) -> object:
        return answer(emulator, arguments["input"])

    return resolve


def on_page(emulator: Emulator, answer: Listing) -> Resolver:
    """Resolve a connection."""

    def resolve(_source: object, _info: object, **arguments: object) -> object:
        return answer(
            emulator,
            cast("Json", arguments["input"]),
            cast("int | None", arguments.get("first")),
            cast("str | None", arguments.get("after")),
        )

    return resolve
