"""The whole system with several workers, and room in Buffer for a long run."""

import asyncio
import shutil
import subprocess
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

from temporalio.client import WorkflowHandle
from temporalio.service import RPCError
from typing_extensions import override

from galley.settings import Settings
from tests.chaos.disk import Disk
from tests.end_to_end.stack import ROOT, Process, Stack
from tests.end_to_end.waiting import until

LOOKS = (0.5, 2.0, 4.0)
"""Seconds before each look after a lost reply."""
HIDDEN_AT_MOST = 4.0
"""A post that is hidden for longer than all looks take cannot be found by them."""

_OF_A_BUILD = ("activities", "app", "galley", "observability", "workers", "workflows")
_NEWER = (
    ("galley/models/publishing.py", '    OK = "ok"\n', '    OK = "ok"\n    MADE = "made"\n'),
    (
        "galley/models/publishing.py",
        "Literal[\n    ReplyKind.OK,\n",
        "Literal[\n    ReplyKind.OK,\n    ReplyKind.MADE,\n",
    ),
    (
        "galley/publishing/job/creation.py",
        "case ReplyKind.OK if reply.post is not None:\n            after =",
        "case ReplyKind.OK | ReplyKind.MADE if reply.post is not None:\n            after =",
    ),
    (
        "activities/publishing/requests.py",
        "CreateReply(kind=ReplyKind.OK,",
        "CreateReply(kind=ReplyKind.MADE,",
    ),
)
"""Each file of the newer build that differs: what stands here, and there instead."""


class Fleet(Stack):
    """A stack in which every part has a lock: one mishap at a time befalls it."""

    def __init__(self, folder: Path, workers: int, *, has_disk: bool = False) -> None:
        pauses = f"[{','.join(map(str, LOOKS))}]"
        super().__init__(folder, GALLEY_RECONCILE_PAUSES=pauses)
        self.workers = [f"worker-{n}" for n in range(1, workers + 1)]
        # No guard against repeats: a second createPost makes a second post.
        self.buffer_options = ["--quota-times", "1000", "--duplicate-window", "-1"]
        self.disk = Disk(folder / "disk") if has_disk else None
        """That of the Temporal server."""
        self.database = (folder / "disk" if has_disk else folder) / "temporal.db"
        self._locks: dict[str, asyncio.Lock] = {}
        self.build: Path | None = None
        """The folder of the build that workers are started with; missing: this one."""

    @property
    def settings(self) -> Settings:
        """What `starter.py` would be told."""
        host = self.environment["STORAGE_EMULATOR_HOST"]
        return Settings.model_construct(storage_emulator_host=host)

    @asynccontextmanager
    async def hold(self, name: str) -> AsyncGenerator[None]:
        """Have a part to oneself, running."""
        async with self._locks.setdefault(name, asyncio.Lock()):
            yield

    async def revive(self, name: str, **settings: str) -> None:
        """Start a part again; a worker that finds no server ends, and is tried again.

        So does whoever keeps workers running in earnest.
        """
        if not name.startswith("worker"):
            await super().revive(name, **settings)
            return
        while True:
            log = self._launch(name, **settings)
            await until(partial(self._polls_or_ended, name, log))
            if self._running[name].poll() is None:
                return
            self.kill(name)
            await asyncio.sleep(0.5)

    def newer_build(self) -> Path:
        """Return a build that answers with a member of an enumeration that this one lacks."""
        folder = self.folder / "newer"
        for name in _OF_A_BUILD:
            shutil.copytree(ROOT / name, folder / name)
        shutil.copy(ROOT / "worker.py", folder)
        for name, before, after in _NEWER:
            path = folder / name
            text = path.read_text()
            assert before in text, f"{name} changed: mend the newer build"
            path.write_text(text.replace(before, after, 1))
        return folder

    @override
    def _process(self, name: str, log: Path, environment: dict[str, str]) -> Process:
        # No fork has another clock than what it was forked from.
        is_plain = self.build is None and "FAKETIME" not in environment
        if is_plain or not name.startswith("worker"):
            return super()._process(name, log, environment)
        command = [sys.executable, "worker.py"]
        with log.open("wb") as output:
            return subprocess.Popen(  # noqa: S603 - this very build
                command,
                cwd=self.build or ROOT,
                env=environment,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    async def _polls_or_ended(self, name: str, log: Path) -> bool:
        ended = self._running[name].poll() is not None
        return ended or b"Worker polling" in await asyncio.to_thread(log.read_bytes)

    def _alive(self) -> None:
        """Let nothing but a worker end by itself."""
        for name, process in self._running.items():
            is_well = name.startswith("worker") or process.poll() is None
            assert is_well, f"{name} ended: {self.logs()[-2000:]!r}"

    async def crash(self, name: str, seconds: float) -> None:
        """Kill a part with SIGKILL, and start it again after a while."""
        async with self.hold(name):
            self.kill(name)
            await asyncio.sleep(seconds)
            await self.revive(name)

    async def freeze(self, name: str, seconds: float) -> None:
        """Stop a part in its tracks for a while, and let it go on."""
        async with self.hold(name):
            self.halt(name)
            try:
                await asyncio.sleep(seconds)
            finally:
                self.go_on(name)

    @override
    def close(self) -> None:
        super().close()
        if self.disk is not None:
            self.disk.close()

    async def account(self) -> WorkflowHandle[Any, Any] | None:
        """Return the AccountWorkflow that runs, once there is one."""
        query = 'ExecutionStatus="Running" AND WorkflowType="AccountWorkflow"'
        try:
            async for run in self.client.list_workflows(query):
                return self.client.get_workflow_handle(run.id)
        except RPCError:
            return None
        return None

    def worker_of(self, pid: int) -> str | None:
        """Return the worker with this process id."""
        found = (one for one in self.workers if self.runs(one))
        return next((one for one in found if self.pid(one) == pid), None)
