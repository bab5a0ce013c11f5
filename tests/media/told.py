"""An ffmpeg that tells its process id, so that a test can see it end."""

import asyncio
import os
import stat
from pathlib import Path

from galley.media.ffmpeg import find_ffmpeg


class ToldFfmpeg:
    """A program that writes its process id into a file, then becomes ffmpeg."""

    def __init__(self, folder: Path) -> None:
        self._told = folder / "pid"
        program = folder / "ffmpeg"
        program.write_text(
            f'#!/bin/sh\necho $$ > "{self._told}.new"\n'
            f'mv "{self._told}.new" "{self._told}"\n'
            f'exec "{find_ffmpeg(None)}" "$@"\n'
        )
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
        self.path = str(program)

    async def started(self) -> None:
        """Wait until it runs."""
        async with asyncio.timeout(20):
            while not self._told.exists():  # noqa: ASYNC110 - another process makes it
                await asyncio.sleep(0.01)

    def signal(self, number: int) -> None:
        """Send it a signal."""
        os.kill(int(self._told.read_text()), number)

    def is_running(self) -> bool:
        try:
            self.signal(0)
        except ProcessLookupError:
            return False
        return True
