"""Freeze the histories of a release: ``python -m tests.workflows.released 0.2.0``.

Copies ``tests/histories/*.json`` to ``tests/histories/<version>/`` with a file of
digests, ``SHA256SUMS``. Done once, at a release, after recording anew for the last
time. From then on those files are neither edited nor dropped: runs of that code may
live, and each later build must replay them.
"""

import hashlib
import re
import shutil
import sys
from pathlib import Path

HISTORIES = Path(__file__).parents[1] / "histories"
SUMS = "SHA256SUMS"
"""In the form of ``sha256sum``, which checks it too: ``sha256sum -c SHA256SUMS``."""


def freeze(version: str, histories: Path = HISTORIES) -> Path:
    """Copy the histories of today for this release, and return the folder.

    Raises:
        ValueError: It is no version, or has been frozen before.
    """
    if not re.fullmatch(r"\d+(\.\d+)+\S*", version):
        raise ValueError(f"{version!r} is no version: give one such as 0.2.0.")
    folder = histories / version
    if folder.exists():
        raise ValueError(f"The histories of {version} are frozen: they stay as they are.")
    folder.mkdir()
    for file in sorted(histories.glob("*.json")):
        shutil.copyfile(file, folder / file.name)
    lines = [f"{_digest(file)}  {file.name}\n" for file in sorted(folder.glob("*.json"))]
    (folder / SUMS).write_text("".join(lines))
    return folder


def broken(histories: Path = HISTORIES) -> list[str]:
    """Return what was edited, dropped or added among frozen histories, in words."""
    return [trouble for sums in sorted(histories.glob(f"*/{SUMS}")) for trouble in _broken(sums)]


def _broken(sums: Path) -> list[str]:
    folder = sums.parent
    listed = dict(line.split("  ")[::-1] for line in sums.read_text().splitlines())
    there = {file.name for file in folder.glob("*.json")}
    found = [f"{folder.name}/{name} was dropped" for name in sorted(set(listed) - there)]
    found += [f"{folder.name}/{name} was added" for name in sorted(there - set(listed))]
    found += [
        f"{folder.name}/{name} was edited"
        for name in sorted(there & set(listed))
        if _digest(folder / name) != listed[name]
    ]
    return found


def _digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def main() -> None:
    """Freeze the version that was given."""
    try:
        folder = freeze(sys.argv[1] if len(sys.argv) > 1 else "")
    except ValueError as error:
        sys.exit(str(error))
    count = len(list(folder.glob("*.json")))
    sys.stdout.write(f"{count} histories are frozen in {folder}.\n")


if __name__ == "__main__":
    main()
