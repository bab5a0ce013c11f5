"""The files by which the commands of a folder find the local stack that runs there."""

import fcntl
import os
import secrets
import signal
import subprocess
from pathlib import Path
from typing import IO

from pydantic import BaseModel, ConfigDict, ValidationError

from galley.settings import LOCAL_ENV, WEB_TOKEN

HOME = LOCAL_ENV.parent


class RunningPart(BaseModel):
    """One process of the stack; ``log`` is the file its output goes to."""

    pid: int
    log: str
    command: str


class StackRecord(BaseModel):
    """Content of ``.galley/stack.json``; kept after a stop for its ports."""

    model_config = ConfigDict(extra="ignore")

    pid: int = 0
    ready: bool = False
    ports: dict[str, int] = {}
    parts: dict[str, RunningPart] = {}
    web_address: str | None = None
    """Where a team signs in, if its review pages serve one."""

    @property
    def temporal_ui(self) -> str | None:
        """Address of the Temporal UI, if this stack has one."""
        return self._page("temporal_ui")

    @property
    def buffer(self) -> str | None:
        """Address of the emulated Buffer's calendar, if this stack has one."""
        return self._page("buffer")

    def _page(self, part: str) -> str | None:
        port = self.ports.get(part)
        return f"http://127.0.0.1:{port}" if port else None

    @property
    def pages(self) -> dict[str, str]:
        """The pages that a person may open in a browser, by name."""
        pages = {"Temporal UI": self.temporal_ui, "Calendar of the posts": self.buffer}
        return {name: address for name, address in pages.items() if address}

    @property
    def addresses(self) -> dict[str, object]:
        """What ``up --json`` prints."""
        return {
            "pid": self.pid,
            "temporal_ui": self.temporal_ui,
            "buffer": self.buffer,
            "ports": self.ports,
            "settings": str(LOCAL_ENV),
        }


def read_record(home: Path = HOME) -> StackRecord:
    """Return what the last stack of this folder wrote; empty if there is none."""
    try:
        return StackRecord.model_validate_json((home / "stack.json").read_bytes())
    except (OSError, ValidationError):
        return StackRecord()


def write_record(record: StackRecord, home: Path = HOME) -> None:
    """Leave word of the stack for other commands."""
    _replace(home / "stack.json", record.model_dump_json(indent=2) + "\n")


def issue_web_token(home: Path = HOME) -> str:
    """Return a new token for the review pages; an earlier one is worth nothing any more."""
    token = secrets.token_urlsafe(32)
    home.mkdir(parents=True, exist_ok=True)
    _replace(home / WEB_TOKEN.name, token)
    return token


def review_address(record: StackRecord, home: Path = HOME) -> str | None:
    """Return where this stack serves the pages, if it does.

    For one person it is a new address, which signs a browser in, once.
    """
    if record.web_address:
        return record.web_address
    port = record.ports.get("web")
    return f"http://127.0.0.1:{port}/sign-in?token={issue_web_token(home)}" if port else None


def write_local_env(values: dict[str, str], path: Path = LOCAL_ENV) -> None:
    """Write the settings that point at the stack; readable by the user alone."""
    lines = ["# Written by the local stack; removed when it stops."]
    lines += [f"{name}={value}" for name, value in values.items()]
    _replace(path, "\n".join(lines) + "\n")


def _replace(path: Path, text: str) -> None:
    beside = path.with_suffix(".new")
    beside.touch(mode=0o600)
    beside.write_text(text)
    beside.replace(path)


class StackLock:
    """Held for as long as a stack lives; freed by the system however it ends."""

    def __init__(self, home: Path = HOME) -> None:
        self._path = home / "stack.lock"
        self._file: IO[str] | None = None

    def take(self) -> bool:
        """Return whether the lock is now ours: no other stack runs here."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        # Drafts, sources and histories are nobody else's on this machine.
        self._path.parent.chmod(0o700)
        file = self._path.open("w")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            return False
        self._file = file
        return True

    def release(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None


def is_running(home: Path = HOME) -> bool:
    """Whether a stack of this folder lives, in whatever process."""
    lock = StackLock(home)
    if not (home / "stack.lock").exists():
        return False
    taken = lock.take()
    lock.release()
    return not taken


def end_leftovers(record: StackRecord) -> bool:
    """Kill parts of a stack whose launcher was killed; return whether there were any.

    A process is ours only if its command line still is what we started: its number
    may have been given to another since.
    """
    left = [p for p in record.parts.values() if command_of(p.pid) == p.command]
    for part in left:
        # Each leads a group; behind a front door stands another program.
        os.killpg(part.pid, signal.SIGKILL)
    return bool(left)


def command_of(pid: int) -> str | None:
    """Return the command line of a living process."""
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        return b" ".join(words).decode(errors="replace").strip() or None
    except FileNotFoundError:
        if Path("/proc/self").exists():
            return None
    done = subprocess.run(  # noqa: S603 -- a number we wrote ourselves
        ["/bin/ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return done.stdout.strip() or None
