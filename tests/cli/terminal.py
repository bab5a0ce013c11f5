"""A person at a terminal: what they see, and what they type."""

import os
import pty
import select
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import IO, NoReturn

from typing_extensions import override

from tests.cli.running import clean_environment
from tests.forking import Forked, Order, start


class Terminal:
    """``starter.py`` on a pseudo-terminal of its own."""

    def __init__(self, folder: Path, *arguments: str, **env: str) -> None:
        self._ours, theirs = pty.openpty()
        self._unread = ""
        self.seen = ""
        environment = clean_environment(folder, {"TERM": "xterm", **env})
        order = Order("starter", arguments, folder, environment, leads=True)
        with os.fdopen(theirs, "rb") as end:
            self.process = self._begun(order, end)

    def _begun(self, order: Order, end: IO[bytes]) -> Forked | subprocess.Popen[bytes]:
        return start(order, end, end, stdin=end)

    def sees(self, words: str, seconds: float = 90) -> None:
        """Wait until ``words`` come, after what was waited for before."""
        deadline = time.monotonic() + seconds
        while words not in self._unread:
            if time.monotonic() > deadline:
                self._fail(f"no {words!r} in")
            if not self._read():
                self._fail(f"it ended without {words!r}")
        self._unread = self._unread.partition(words)[2]

    def presses_ctrl_c(self) -> None:
        """Press Ctrl-C at a prompt, then Enter.

        Python notices a signal that came between the prompt and its read only when that ends.
        """
        self.process.send_signal(signal.SIGINT)
        self.types("")

    def types(self, line: str) -> None:
        """Type a line and Enter."""
        os.write(self._ours, f"{line}\n".encode())

    def ends(self, seconds: float = 60) -> int:
        """Read to the end; return the exit code."""
        deadline = time.monotonic() + seconds
        while self._read():
            if time.monotonic() > deadline:
                self._fail("it goes on")
        os.close(self._ours)
        return self.process.wait(timeout=seconds)

    def _fail(self, why: str) -> NoReturn:
        # What is left running would fail another test.
        self.process.kill()
        self.process.wait()
        os.close(self._ours)
        raise AssertionError(f"{why}: {self.seen[-2000:]}")

    def _read(self) -> bool:
        ready, _, _ = select.select([self._ours], [], [], 0.2)
        if not ready:
            return True
        try:
            new = os.read(self._ours, 65536).decode(errors="replace")
        except OSError:
            # Linux says so when the last writer has closed a terminal.
            return False
        self._unread += new
        self.seen += new
        return bool(new)


class Shell(Terminal):
    """One where Python is started, as a shell starts it."""

    @override
    def _begun(self, order: Order, end: IO[bytes]) -> subprocess.Popen[bytes]:
        return subprocess.Popen(  # noqa: S603 -- this very Python
            [sys.executable, "-m", order.module, *order.arguments],
            cwd=order.folder,
            env={**order.environment},
            stdin=end,
            stdout=end,
            stderr=end,
            start_new_session=True,
        )
