"""The disk of the Temporal server: a real one, which fills up.

It is a tmpfs, which only root can mount.
"""

import os
import subprocess
from pathlib import Path

_ROOMY = "4g"


class Disk:
    """A disk of its own for one folder, which can be full."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.is_own = os.geteuid() == 0 and self._mount(f"size={_ROOMY}", "tmpfs")

    def fill(self) -> None:
        """Leave no room: what is written from now on fails as on any full disk."""
        space = os.statvfs(self._folder)
        used = (space.f_blocks - space.f_bfree) * space.f_frsize
        self._mount(f"remount,size={used}")

    def empty(self) -> None:
        """Give it room again."""
        self._mount(f"remount,size={_ROOMY}")

    def close(self) -> None:
        """Take it away, once nothing runs on it."""
        if self.is_own:
            subprocess.run(["umount", "--lazy", self._folder], check=False)  # noqa: S603, S607 - our own folder

    def _mount(self, options: str, *source: str) -> bool:
        kind = ["-t", "tmpfs"] if source else []
        command = ["mount", *kind, "-o", options, *source, str(self._folder)]
        return subprocess.run(command, check=False, capture_output=True).returncode == 0  # noqa: S603 - our own folder
