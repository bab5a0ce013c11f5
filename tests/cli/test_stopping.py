"""A command that is asked to stop, however often and at whatever moment."""

import asyncio
import os
import signal
from collections.abc import Iterator
from math import inf
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from cli.local.stack import Child
from cli.process import InterruptedCommand, run
from emulators.launch import launch

PARTS = 3
STUBBORN = ["sh", "-c", "trap '' TERM; echo ready; while :; do sleep 1; done"]


class Parts:
    """Started one by one and ended in order, as the local stack does.

    Args:
        folder: Of their logs.
        asked: Whether a signal comes at each step; at every one after the last.
    """

    def __init__(self, folder: Path, asked: Iterator[bool]) -> None:
        self._folder = folder
        self._asked = asked
        self.children: list[Child] = []

    async def keep_up(self) -> None:
        try:
            for name in map(str, range(PARTS)):
                self.adopt(name, ["sleep", "60"])
                await self.step()
            while True:
                await self.step()
        finally:
            await self.end()

    def adopt(self, name: str, command: list[str]) -> Child:
        log = self._folder / name
        self.children.append(Child(name, launch(command, log), log, patience=inf))
        return self.children[-1]

    async def end(self) -> None:
        for child in self.children:
            await self.step()
            await child.end()
            await self.step()

    async def step(self) -> None:
        if next(self._asked, True):
            os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.sleep(0)


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(asked=st.lists(st.booleans(), max_size=12))
@example(asked=[True] * 12)
@example(asked=[False] * 5 + [True, False, True])
def test_no_part_is_left_however_often_and_whenever_a_command_is_asked_to_stop(
    tmp_path: Path, asked: list[bool]
) -> None:
    parts = Parts(tmp_path, iter(asked))

    with pytest.raises(InterruptedCommand):
        run(parts.keep_up())

    assert None not in [child.process.poll() for child in parts.children]


def test_who_asks_again_does_not_wait_for_a_part_that_takes_its_time(tmp_path: Path) -> None:
    parts = Parts(tmp_path, iter([True, True]))

    async def keep_up() -> None:
        child = parts.adopt("stubborn", STUBBORN)
        await child.says(b"ready")
        try:
            await parts.step()
            await asyncio.Event().wait()
        finally:
            await parts.end()

    with pytest.raises(InterruptedCommand):
        run(keep_up())

    assert parts.children[0].process.returncode == -signal.SIGKILL
