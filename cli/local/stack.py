"""The local stack: real servers, emulators and a worker, in order."""

import asyncio
import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from subprocess import Popen
from types import TracebackType
from typing import Self

from cli.local import record
from cli.local.children import Child, StackError
from cli.local.parts import USUAL, Part, choose, less_what_is_set, local_values, parts_needed
from emulators import launch
from emulators import launch as gcs
from galley.clients.setup_checks import refuse_unsafe_set_up
from galley.settings import LOCAL_ENV, Settings

Say = Callable[[str], None]

_WORKER = "worker"
_WORKER_READY = b"Worker polling task queue"
_WORKER_LIVES = 5
_NOT_INSTALLED = (
    "A server of the local stack is not installed: run `uv sync --all-extras`, or set "
    "TEMPORAL_ADDRESS, GALLEY_MEDIA_BUCKET and the keys to use your own."
)
_FREED_WITHIN = 3.0
"""Seconds until a killed server's ports are free again."""
_STOP_ORDER = (_WORKER, Part.BUFFER, Part.ANTHROPIC, Part.REPLICATE, Part.GCS, Part.TEMPORAL)
_SECRETS = ("BUFFER_API_KEY", "BUFFER_CLIENT_SECRET", "ANTHROPIC_API_KEY", "REPLICATE_API_TOKEN")


class LocalStack:
    """The local stack of the current folder, as an asynchronous context manager.

    Data stays in ``.galley/`` and is used again by the next start.
    """

    def __init__(self, say: Say, *, free_ports: bool = False) -> None:
        self._say = say
        self._free_ports = free_ports
        self._home = record.HOME.resolve()
        self._lock = record.StackLock(self._home)
        self._children: dict[str, Child] = {}
        self._environment: dict[str, str] = {}
        self._lives = _WORKER_LIVES
        self.record = record.StackRecord()

    async def __aenter__(self) -> Self:
        if not self._lock.take():
            raise StackError(running_already(record.read_record(self._home)))
        try:
            await self._start()
        except BaseException:
            await self._stop()
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._stop()

    async def check(self) -> None:
        """Start a killed worker again.

        Raises:
            StackError: Another part has stopped, or the worker by its own error.
        """
        while self._is_worker_killed() and self._lives:
            self._lives -= 1
            self._say("The worker was killed; starting it again.")
            try:
                await self._start_worker()
            except StackError:
                # Killed once more, before it was ready.
                if not self._is_worker_killed():
                    raise
        for child in self._children.values():
            child.require_alive()

    def _is_worker_killed(self) -> bool:
        return (self._children[_WORKER].process.poll() or 0) < 0

    async def _start(self) -> None:
        began = time.monotonic()
        settings = Settings(_env_file=".env")  # pyright: ignore[reportCallIssue] -- pydantic-settings takes it
        parts = parts_needed(settings, os.environ)
        last = record.read_record(self._home)
        patience = _FREED_WITHIN if record.end_leftovers(last) else 0
        ports = await self._choose_ports(parts, last, patience)
        (self._home / "logs").mkdir(parents=True, exist_ok=True)
        self.record = record.StackRecord(pid=os.getpid(), ports=ports)
        values = less_what_is_set(local_values(parts, ports), settings)
        os.environ.update(values)
        self._environment = dict(os.environ)
        refuse_unsafe_set_up(Settings())
        self._say(f"Starting {', '.join(parts)} and the worker …")
        try:
            for part in parts:
                self._launch(part, ports)
        except FileNotFoundError as error:
            raise StackError(_NOT_INSTALLED) from error
        await asyncio.gather(*(self._ready(part, ports[part]) for part in parts))
        record.write_local_env(values, self._home / LOCAL_ENV.name)
        if Part.GCS in parts:
            await make_buckets()
        await self._start_worker()
        if Part.TEMPORAL in parts:
            ui = f"{self.record.temporal_ui}/api/v1/namespaces/default"
            await self._children[Part.TEMPORAL].answers(ui)
        self.record.ready = True
        record.write_record(self.record, self._home)
        self._say(f"The local stack is up ({time.monotonic() - began:.1f} s).")

    async def _choose_ports(
        self, parts: list[Part], last: record.StackRecord, patience: float
    ) -> dict[str, int]:
        """Choose ports; wait up to ``patience`` seconds for the wanted ones."""
        names = [name for part in parts for name in part.ports]
        # Public media URLs hold the port, so the last one is kept where it is free.
        wanted = last.ports if self._free_ports else {**USUAL, **last.ports}
        deadline = time.monotonic() + patience
        while True:
            chosen = choose(names, wanted)
            if time.monotonic() > deadline or chosen.items() <= wanted.items():
                return chosen
            await asyncio.sleep(0.05)

    def _launch(self, part: Part, ports: Mapping[str, int]) -> None:
        port, log = ports[part], self._log(part)
        match part:
            case Part.TEMPORAL:
                database = self._home / "temporal.db"
                ui_port = ports["temporal_ui"]
                process = launch.launch_temporal(port, ui_port, database, log)
            case Part.GCS:
                process = gcs.launch_gcs(port, self._home / "gcs", log)
            case Part.BUFFER:
                state = str(self._home / "buffer.sqlite")
                process = self._emulator(part, port, "--state", state, "--plan", "team")
            case Part.ANTHROPIC | Part.REPLICATE:
                process = self._emulator(part, port)
        self._adopt(Child(part, process, log, patience=10))

    def _emulator(self, part: Part, port: int, *options: str) -> Popen[bytes]:
        no_secrets = {k: v for k, v in self._environment.items() if k not in _SECRETS}
        return launch.launch_module(
            f"emulators.{part}", ["--port", str(port), *options], self._log(part), no_secrets
        )

    async def _start_worker(self) -> None:
        log = self._log(_WORKER)
        process = launch.launch_module("worker", [], log, self._environment)
        self._adopt(Child(_WORKER, process, log, patience=110))
        await self._children[_WORKER].says(_WORKER_READY)

    def _adopt(self, child: Child) -> None:
        self._children[child.name] = child
        self.record.parts[child.name] = record.RunningPart(
            pid=child.process.pid, log=str(child.log), command=child.command
        )
        record.write_record(self.record, self._home)

    def _log(self, name: str) -> Path:
        return self._home / "logs" / f"{name}.log"

    async def _ready(self, part: Part, port: int) -> None:
        child, here = self._children[part], f"http://127.0.0.1:{port}"
        match part:
            case Part.TEMPORAL:
                await child.accepts(port)
                await child.until(lambda: self._raise_retention(port))
            case Part.GCS:
                await child.answers(f"{here}/_internal/healthcheck")
            case Part.BUFFER | Part.ANTHROPIC | Part.REPLICATE:
                await child.answers(f"{here}/_emulator/health")

    async def _raise_retention(self, port: int) -> bool:
        process = launch.raise_retention(port, self._log("temporal-setup"))
        try:
            return await asyncio.to_thread(process.wait) == 0
        finally:
            process.kill()

    async def _stop(self) -> None:
        """Stop the worker first, Temporal last; leave nothing behind."""
        for name in _STOP_ORDER:
            if child := self._children.pop(name, None):
                await child.end()
        (self._home / LOCAL_ENV.name).unlink(missing_ok=True)
        if self.record.pid:
            stopped = record.StackRecord(ports=self.record.ports)
            record.write_record(stopped, self._home)
        self._lock.release()


async def make_buckets() -> None:
    """Create the buckets of the settings where they are missing.

    Raises:
        StackError: The store does not let us.
    """
    from galley.clients.storage import StoreError
    from galley.clients.stores.buckets import open_stores

    try:
        stores = open_stores(Settings())
        for bucket in (stores.state, stores.media):
            await bucket.ensure_bucket()
    except StoreError as error:
        raise StackError(str(error)) from error


def running_already(found: record.StackRecord) -> str:
    """Say that a stack runs here, and where."""
    ui = f", Temporal UI {found.temporal_ui}" if found.temporal_ui else ""
    return f"The local stack already runs in this folder (process {found.pid}{ui})."
