"""A terminal's screen: what a person sees of the bytes that a program writes."""

import io

import pyte
from pyte import modes

_SCROLLBACK = 5_000


class Screen(io.StringIO):
    """A stream that is a terminal of this size, with its scrollback."""

    def __init__(self, columns: int = 80, rows: int = 24) -> None:
        super().__init__()
        self._screen = pyte.HistoryScreen(columns, rows, history=_SCROLLBACK, ratio=0.5)
        self._screen.set_mode(modes.LNM)  # as a terminal's driver does: "\n" begins a line
        self._stream = pyte.Stream(self._screen)

    def isatty(self) -> bool:
        """Say that it is a terminal."""
        return True

    def write(self, text: str, /) -> int:
        """Obey the text as a terminal does."""
        self._stream.feed(text)
        return len(text)

    @property
    def lines(self) -> list[str]:
        """The scrollback, then the screen, without the empty end."""
        width = self._screen.columns
        above = ["".join(line[at].data for at in range(width)) for line in self._screen.history.top]
        return [line.rstrip() for line in (*above, *self._screen.display)]

    @property
    def text(self) -> str:
        """All lines as one text."""
        return "\n".join(self.lines).rstrip()
