"""Input and output of the commands: results on stdout, everything else on stderr.

Every text is written ``terminal_safe``: a terminal obeys nothing in it, whoever wrote it.
"""

import asyncio
import json
import os
import sys
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any, TextIO

from typer import style

from galley.redaction import terminal_safe, terminal_safe_json

_SOON = 2.0
_AGAIN = 10.0
"""Seconds until a wait is mentioned, and until it is mentioned once more."""
_BETWEEN = "  "
_LEAST_ROOM = 12
"""Columns of the last cell of a row, on however narrow a terminal."""


@dataclass(frozen=True)
class Coloured:
    """A cell of :func:`list_rows` in a colour of the terminal."""

    text: str
    colour: str | None

    def __str__(self) -> str:
        """Return the bare text."""
        return self.text


def say(message: str) -> None:
    """Write a line that is not part of the result."""
    with suppress(OSError):
        # In a log that holds both streams, the lines then stand in order.
        sys.stdout.flush()
    # A terminal that was closed hears nothing, and must not break what cleans up.
    with suppress(OSError):
        sys.stderr.write(f"{wrapped(terminal_safe(message), width_of(sys.stderr))}\n")
        sys.stderr.flush()


def show(message: str = "") -> None:
    """Write a line of the result."""
    sys.stdout.write(f"{wrapped(terminal_safe(message), width_of(sys.stdout))}\n")


def width_of(stream: TextIO) -> int | None:
    """Return the columns of the terminal that a stream writes to; ``None`` for a file."""
    if not stream.isatty():
        return None
    set_by_hand = os.environ.get("COLUMNS", "")  # as Rich has it, and shells export it
    if set_by_hand.isdecimal():
        return int(set_by_hand)
    # A terminal that does not know its width says 0.
    return os.get_terminal_size(stream.fileno()).columns or None


def wrapped(text: str, width: int | None) -> str:
    """Return the text with its lines broken at spaces to fit ``width``; ``None`` breaks none.

    A broken line keeps its indent. A word that is wider than the terminal, such as an
    address, stays whole: the terminal breaks it, and it can still be copied.
    """
    if width is None or (text.isascii() and all(len(line) <= width for line in text.split("\n"))):
        return text
    return "\n".join(part for line in text.split("\n") for part in _broken(line, width))


def _broken(line: str, width: int) -> Iterator[str]:
    from rich.cells import cell_len  # letters of some scripts are two columns wide

    if cell_len(line) <= width:
        yield line
        return
    words = line.lstrip(" ").split(" ")
    indent = line[: len(line) - len(line.lstrip(" "))]
    built = indent + words[0]
    for word in words[1:]:
        if cell_len(built) + 1 + cell_len(word) > width:
            yield built
            built = indent + word
        else:
            built += f" {word}"
    yield built


def show_json(value: Any) -> None:  # noqa: ANN401 -- any JSON value
    """Write the result as one JSON value."""
    written = json.dumps(value, ensure_ascii=False, indent=2)
    sys.stdout.write(terminal_safe_json(written) + "\n")


def table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Write a table: drawn on a terminal, plain columns in full width elsewhere."""
    # Made safe first: an escape that is written out takes more columns.
    lines = [[terminal_safe(cell) for cell in line] for line in (columns, *rows)]
    if sys.stdout.isatty():
        # rich takes a tenth of a second to import; a pipe needs none of it.
        from rich.box import SIMPLE
        from rich.console import Console
        from rich.table import Table
        from rich.text import Text

        drawn = Table(*columns, box=SIMPLE, pad_edge=False)
        for row in lines[1:]:
            drawn.add_row(*(Text(cell, overflow="fold") for cell in row))
        Console(highlight=False).print(drawn)
        return
    widths = [max(len(line[at]) for line in lines) for at in range(len(columns))]
    for line in lines:
        cells = (cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        show("  ".join(cells).rstrip())


def list_rows(columns: Sequence[str], rows: Sequence[Sequence[str | Coloured]]) -> None:
    """Write one line a row: on a terminal, the last column is cut to fit, and colours are used."""
    width = width_of(sys.stdout)
    if width is None:
        table(columns, [[str(cell) for cell in row] for row in rows])
        return
    from rich.cells import cell_len, set_cell_size  # letters of some scripts are two columns wide

    has_colour = not os.environ.get("NO_COLOR")  # https://no-color.org
    lines = [[terminal_safe(str(cell)) for cell in line] for line in (columns, *rows)]
    widths = [max(cell_len(line[at]) for line in lines) for at in range(len(columns) - 1)]
    room = max(_LEAST_ROOM, width - sum(widths) - len(_BETWEEN) * len(widths))
    for at, line in enumerate(lines):
        last = line[-1] if cell_len(line[-1]) <= room else f"{set_cell_size(line[-1], room - 1)}…"
        cells = [*map(set_cell_size, line, widths), last]
        given = rows[at - 1] if at else (Coloured(name, "bright_black") for name in columns)
        drawn = [
            style(text, fg=cell.colour) if isinstance(cell, Coloured) and has_colour else text
            for text, cell in zip(cells, given, strict=True)
        ]
        sys.stdout.write(f"{_BETWEEN.join(drawn).rstrip()}\n")


async def ask(question: str) -> str | None:
    """Return the line that the person types, or ``None`` at the end of the input.

    Other tasks go on meanwhile.
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

    # A thread that reads stdin could not be stopped by Ctrl-C; the event loop can.
    loop.add_reader(sys.stdin.fileno(), take)
    try:
        return await answer
    finally:
        loop.remove_reader(sys.stdin.fileno())


class TerminalProgress:
    """The ``Progress`` of the application layer, on stderr."""

    def note(self, message: str) -> None:
        """Write the line."""
        say(message)

    @asynccontextmanager
    async def waiting(self, what: str) -> AsyncGenerator[None]:
        """Name ``what`` is being waited for, unless the body ends within two seconds.

        A terminal shows a spinner, anything else a line every ten seconds.
        """
        task = asyncio.create_task(_spin(what) if sys.stderr.isatty() else _repeat(what))
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


async def _spin(what: str) -> None:
    await asyncio.sleep(_SOON)
    from rich.console import Console
    from rich.text import Text

    with Console(stderr=True).status(Text(terminal_safe(f"{what} …"))):
        await asyncio.Event().wait()  # never set: the end of the wait cancels this task


async def _repeat(what: str) -> None:
    await asyncio.sleep(_SOON)
    waited = _SOON
    say(f"… {what}")
    while True:
        await asyncio.sleep(_AGAIN)
        waited += _AGAIN
        say(f"… {what}, for {waited:.0f} s now")
