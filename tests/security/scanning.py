"""Look for secrets with Kingfisher: 488 rules, also inside of Base64."""

import fcntl
import json
import subprocess
import sysconfig
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

MADE_UP = {
    ("betterleaks.generic-credential-uri", "secret"),
    ("betterleaks.generic-credential-uri", "password"),
    ("betterleaks.generic-credential-uri", "hunter22"),
}
"""What the scanner takes for a secret: the words that examples of addresses have."""
_NOTHING_FOUND, _FOUND = 0, 200
_COMPILED = Path(sysconfig.get_path("data")) / ".kingfisher"
"""Its rules, which take five seconds to compile: once for each environment."""
_SCAN = (
    *("scan", "--format", "json", "--confidence", "low"),
    # Nothing is asked of the network: whether a key works, or for a newer version.
    *("--no-validate", "--no-update-check"),
    *("--rule-cache-dir", str(_COMPILED)),
)


@dataclass(frozen=True, order=True)
class Finding:
    """What looks like a secret: which rule says so, and where it stands."""

    rule: str
    path: str
    words: str


def scanned(folder: Path, *options: str) -> set[Finding]:
    """Return what is found in a folder, or in a repository and its history."""
    program = Path(sysconfig.get_path("scripts")) / "kingfisher"
    with _one_compiles():
        done = subprocess.run(  # noqa: S603 - a program of the environment's
            [program, *_SCAN, *options, str(folder)],
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
    assert done.returncode in {_NOTHING_FOUND, _FOUND}, done.stderr[-1000:]
    report: dict[str, Any]
    report, _ = json.JSONDecoder().raw_decode(done.stdout)
    assert report["audit"]["summary"]["scan_succeeded"] == 1
    return {_finding(one, folder) for one in report["findings"]}


@contextmanager
def _one_compiles() -> Generator[None]:
    """Have other processes wait until one has compiled the rules with what it scans."""
    with _COMPILED.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if _COMPILED.exists() and any(_COMPILED.iterdir()):
            fcntl.flock(lock, fcntl.LOCK_UN)
        yield


def secrets_in(found: set[Finding]) -> list[Finding]:
    """Return what is none of the words that examples have."""
    return sorted(one for one in found if (one.rule, one.words) not in MADE_UP)


def _finding(one: dict[str, Any], folder: Path) -> Finding:
    path = Path(one["finding"]["path"])
    inside = path.relative_to(folder) if path.is_relative_to(folder) else path
    return Finding(one["rule"]["id"], str(inside), one["finding"]["snippet"])
