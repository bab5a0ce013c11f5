"""What a running stack leaves in its folder, and waiting for it."""

import json
import signal
import time
from collections.abc import Callable
from pathlib import Path
from subprocess import Popen
from typing import Any

import httpx

from tests.end_to_end.waiting import lengthening
from tests.forking import Piped
from tests.loopback import NO_AUTHORITIES

Process = Popen[str] | Piped


def until(condition: Callable[[], object], seconds: float = 90, first: float = 0.1) -> None:
    """Wait until ``condition`` holds; seconds between questions begin with ``first``."""
    deadline = time.monotonic() + seconds
    pauses = lengthening(first)
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(next(pauses))


def record(folder: Path) -> dict[str, Any]:
    """Return what the stack says of itself; empty before it has begun."""
    path = folder / ".galley" / "stack.json"
    return json.loads(path.read_text()) if path.exists() else {}


def comes_up(folder: Path, process: Process, seconds: float = 90) -> None:
    """Wait until the stack of a folder is up; one that ends first says why."""
    until(lambda: record(folder).get("ready") or process.poll() is not None, seconds)
    assert process.poll() is None, process.communicate()


def begins(folder: Path, process: Process, seconds: float = 90) -> None:
    """Wait until the first server of a stack is started; one that ends first says why."""

    def is_decided() -> bool:
        return "temporal" in record(folder).get("parts", {}) or process.poll() is not None

    until(is_decided, seconds)
    assert process.poll() is None, process.communicate()


def alive(folder: Path) -> list[str]:
    """Return the command lines of every process that works in ``folder``."""
    return [*processes(folder).values()]


def processes(folder: Path) -> dict[int, str]:
    """Return the same by the number of each process."""
    found = dict[int, str]()
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = entry.read_bytes().replace(b"\0", b" ").decode()
            where = (entry.parent / "cwd").readlink()
        except OSError:
            continue
        if words and where == folder:
            found[int(entry.parent.name)] = words
    return found


def end(process: Process) -> None:
    """Press Ctrl-C and wait."""
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)


def ledger(folder: Path) -> list[tuple[str, str, str]]:
    """Return id, channel and status of every post that the emulator of Buffer holds."""
    port = record(folder)["ports"]["buffer"]
    url = f"http://127.0.0.1:{port}/_emulator/posts"
    posts = httpx.get(url, verify=NO_AUTHORITIES, trust_env=False).raise_for_status().json()
    return sorted((p["id"], p["channelId"], p["status"]) for p in posts)
