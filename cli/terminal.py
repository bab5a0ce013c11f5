"""What a command writes and asks: results on stdout, everything else on stderr.

Nothing in it is obeyed by a terminal, whoever wrote it.
"""

import asyncio
import json
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from galley.redaction import terminal_safe, terminal_safe_json


def say(message: str) -> None:
    """Tell the person something that is not the result."""
    with suppress(OSError):
        sys.stdout.flush()  # what was written before is read before, in a log too
    sys.stderr.write(f"{terminal_safe(message)}\n")
    sys.stderr.flush()


def show(message: str = "") -> None:
    """Write a line of the result."""
    sys.stdout.write(f"{terminal_safe(message)}\n")


def show_json(value: Any) -> None:  # noqa: ANN401 -- any JSON value
    """Write the result as one JSON value."""
    written = json.dumps(value, ensure_ascii=False, indent=2)
    sys.stdout.write(terminal_safe_json(written) + "\n")


def table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Write a table: drawn on a terminal, plain columns in full width elsewhere."""
    if sys.stdout.isatty():
        _draw(columns, rows)
        return
    lines = [list(columns), *([*row] for row in rows)]
    widths = [max(len(line[at]) for line in lines) for at in range(len(columns))]
    for line in lines:
        cells = (cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        show("  ".join(cells).rstrip())


def _draw(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    from rich.box import SIMPLE
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    drawn = Table(*columns, box=SIMPLE, pad_edge=False)
    for row in rows:
        drawn.add_row(*(Text(terminal_safe(cell), overflow="fold") for cell in row))
    Console(highlight=False).print(drawn)


async def ask(question: str) -> str | None:
    """Return the line the person types, or ``None`` at the end of the input.

    Nothing else is kept from running meanwhile.
    """
    sys.stderr.write(terminal_safe(question))
    sys.stderr.flush()
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[str | None] = loop.create_future()
    typed = bytearray()

    def take() -> None:
        read = os.read(sys.stdin.fileno(), 4096)
        typed.extend(read)
        if answer.done():
            return
        if not read:
            answer.set_result(None)
        elif b"\n" in typed:
            answer.set_result(typed.decode(errors="replace").strip())

    loop.add_reader(sys.stdin.fileno(), take)
    try:
        return await answer
    finally:
        loop.remove_reader(sys.stdin.fileno())
