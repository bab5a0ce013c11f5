"""Record what a newcomer sees: ``python -m bench.session CHECKOUT [--out FILE]``.

Runs the commands of README and tutorial in a terminal of 80 by 24 with an empty home folder, as
they stand on the pages: the demo without questions, then the tutorial. CHECKOUT is a clean clone.
Waits where a page says that something takes a moment, and writes each screen with its
scrollback, and the seconds of each command.
"""

import argparse
import datetime as dt
import json
import os
import pty
import re
import select
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.cli.screen import Screen
from tests.documents.shell import ROOT, shown_on

_PROMPT = "galley-reader$ "
_QUESTION = "[y/N] "
_WITHIN = 600
_TUTORIAL = ROOT / "docs" / "tutorial.md"


class Session:
    """A shell in a terminal of 80 by 24, and what its screen showed of each command."""

    def __init__(self, checkout: Path, home: Path) -> None:
        self.told = list[str]()
        self._ours, theirs = pty.openpty()
        # Proxies and certificates of the machine, and nothing else of the caller's environment.
        kept = {"LANG", "PIP_INDEX_URL", "PIP_CERT", "SSL_CERT_FILE", "UV_DEFAULT_INDEX"}
        env = {name: os.environ[name] for name in kept & set(os.environ)}
        env |= {"HOME": str(home), "PATH": "/usr/local/bin:/usr/bin:/bin", "TERM": "xterm-256color"}
        env |= {"COLUMNS": "80", "LINES": "24", "PS1": _PROMPT, "VIRTUAL_ENV_DISABLE_PROMPT": "1"}
        self.shell = subprocess.Popen(
            ["/bin/bash", "--norc", "--noediting"],
            cwd=checkout,
            env=env,
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
        )
        os.close(theirs)
        self._read_until(_PROMPT)

    def run(self, line: str, until: str = "\n" + _PROMPT) -> None:
        """Type a line; keep what its screen shows when ``until`` has come."""
        begun = time.monotonic()
        os.write(self._ours, f"{line}\n".encode())
        screen = Screen()
        screen.write(self._read_until(until).partition("\n")[2])
        text = screen.text.removesuffix(_PROMPT.strip()).rstrip()
        self.told.append(f"$ {line}\n{text}\n[{time.monotonic() - begun:.1f} s]\n")
        sys.stderr.write(f"{time.monotonic() - begun:6.1f} s  {line}\n")

    def close(self) -> None:
        """End the shell and what runs in it, as Ctrl-C and closing the window do."""
        os.write(self._ours, b"\x03")
        self._read_until(_PROMPT)
        os.close(self._ours)
        self.shell.wait(timeout=_WITHIN)

    def _read_until(self, words: str) -> str:
        seen, deadline = "", time.monotonic() + _WITHIN
        while words not in seen.replace("\r", ""):
            if time.monotonic() > deadline:
                raise TimeoutError(f"No {words!r} within {_WITHIN} s: {seen[-2000:]}")
            if select.select([self._ours], [], [], 1)[0]:
                seen += os.read(self._ours, 65536).decode(errors="replace")
                if seen.endswith(_QUESTION):
                    # A reader who was shown the post agrees.
                    os.write(self._ours, b"y\n")
        return seen


def main() -> None:
    """Record README's and the tutorial's commands."""
    parser = argparse.ArgumentParser(prog="python -m bench.session", description=__doc__)
    parser.add_argument("checkout", type=Path)
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    checkout = given.checkout.resolve()
    with tempfile.TemporaryDirectory(prefix="galley-home-") as home:
        told = _demo(checkout, Path(home)) + _tutorial(checkout, Path(home))
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"],  # noqa: S607 -- the caller's git
        cwd=checkout,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.strip()
    head = f"# A newcomer's terminal, 80 by 24, {dt.date.today().isoformat()}, {commit}\n\n"  # noqa: DTZ011
    # The word that signs a browser in, and the place of the clone, are of this run alone.
    text = re.sub(r"token=[\w-]+", "token=…", head + "\n".join(told)).replace(
        str(checkout), "~/galley"
    )
    if given.out:
        given.out.write_text(text)
    else:
        sys.stdout.write(text)


def _demo(checkout: Path, home: Path) -> list[str]:
    session = Session(checkout, home)
    session.run('make demo ARGS="--approve all --free-ports"')
    session.close()
    return session.told


def _tutorial(checkout: Path, home: Path) -> list[str]:
    up, reader = Session(checkout, home), Session(checkout, home)
    for one in shown_on(_TUTORIAL):
        if one.line.startswith("galley up"):
            up.run(". .venv/bin/activate")
            up.run(one.line + " --free-ports", until="Ctrl-C")
            continue
        if one.line.startswith("galley list"):
            _wait(checkout, settled=not one.line.endswith("--needs-me"))
        reader.run(one.line.partition("#")[0].strip())
    reader.close()
    up.close()
    return up.told[1:] + reader.told


def _wait(checkout: Path, *, settled: bool) -> None:
    """Wait as the page does: until drafts are there, or until decided posts have ended."""
    # Those of the demo before it are published already.
    wanted = {"published", "rejected"} if settled else {"in_review", "published"}
    deadline, told = time.monotonic() + _WITHIN, ""
    while time.monotonic() < deadline:
        told = subprocess.run(
            [".venv/bin/galley", "list", "--json"],
            cwd=checkout,
            capture_output=True,
            text=True,
            check=False,
        ).stdout
        if told.strip() and {post["state"] for post in json.loads(told)} <= wanted:
            return
        time.sleep(1)
    raise TimeoutError(f"No state of {wanted}: {told}")


if __name__ == "__main__":
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    main()
