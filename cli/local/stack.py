"""The local stack: real servers, emulators and a worker as child processes, in order.

``up`` and ``demo`` keep one running.
"""

import asyncio
import os
import signal
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from subprocess import Popen
from types import TracebackType
from typing import Self, cast

import httpx

from cli.errors import CommandError
from cli.local import record
from cli.local.parts import (
    USUAL,
    Part,
    asking,
    choose,
    less_what_is_set,
    local_values,
    make_buckets,
    pages_environment,
    parts_needed,
)
from cli.process import PATIENCE, to_its_end
from emulators import launch
from galley.clients.setup_checks import media_hindrance, refuse_unsafe_set_up
from galley.settings import LOCAL_ENV, LOCAL_TEMPORAL, Settings

_READY_WITHIN = 60.0
"""Seconds; a cold first start on a busy machine takes about ten."""
_SOON, _AGAIN = 2.0, 10.0
"""Seconds until a slow start is explained, and until it is once more."""
Say = Callable[[str], None]

_WORKER = "worker"
_WORKER_READY = b"Worker polling task queue"
_WEB = "web"
_WEB_READY = b"Review pages ready"
_WORKER_LIVES = 5
"""Times that a killed worker is started again."""
_NOT_INSTALLED = (
    "A server of the local stack is not installed: run `uv sync --all-extras`, or set "
    "TEMPORAL_ADDRESS, GALLEY_MEDIA_BUCKET and the keys to use your own services."
)
_FREED_WITHIN = 3.0
"""Seconds until a killed server's ports are free again."""
_STOP_ORDER = (_WEB, _WORKER, Part.BUFFER, Part.ANTHROPIC, Part.REPLICATE, Part.GCS, Part.TEMPORAL)


class StackError(CommandError):
    """A part of the stack did not start, or stopped."""


@dataclass
class Child:
    """A process of the stack; it leads a process group of its own."""

    name: str
    process: Popen[bytes]
    log: Path
    patience: float
    """Seconds it may take to stop by itself."""
    is_awaited: bool = False
    """Whether its start is being waited for."""

    @property
    def shown_log(self) -> str:
        """Its log's path as a person would type it."""
        return os.path.relpath(self.log)

    @property
    def command(self) -> str:
        """Its command line, by which a later start recognises it."""
        return " ".join(map(str, cast("list[object]", self.process.args)))

    async def until(self, ready: Callable[[], Awaitable[bool]]) -> None:
        """Wait until ``ready``.

        Raises:
            StackError: The process ended instead, or took too long.
        """
        deadline = time.monotonic() + _READY_WITHIN
        self.is_awaited = True
        while not await ready():
            self.require_alive()
            if time.monotonic() > deadline:
                raise StackError(
                    f"The {self.name} was not ready within {_READY_WITHIN:.0f} s: "
                    f"read {self.shown_log}."
                )
            await asyncio.sleep(0.05)
        self.is_awaited = False

    async def answers(self, url: str) -> None:
        """Wait until ``url`` answers with success."""
        async with asking() as client:

            async def healthy() -> bool:
                try:
                    return (await client.get(url)).is_success
                except httpx.TransportError:
                    return False

            await self.until(healthy)

    async def accepts(self, port: int) -> None:
        """Wait until the loopback port takes connections."""

        async def connects() -> bool:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                return False
            writer.close()
            return True

        await self.until(connects)

    async def says(self, words: bytes) -> None:
        """Wait until its log contains ``words``."""

        async def said() -> bool:
            return words in self.log.read_bytes()

        await self.until(said)

    def require_alive(self) -> None:
        """Do nothing while it runs.

        Raises:
            StackError: It has ended; the text names its log and last line.
        """
        code = self.process.poll()
        if code is None:
            return
        how = f"by signal {-code}" if code < 0 else f"with exit code {code}"
        lines = self.log.read_text(errors="replace").strip().splitlines()
        last = f" Its last line: {lines[-1][:300]}" if lines else ""
        raise StackError(f"The {self.name} stopped {how}: read {self.shown_log}.{last}")

    async def end(self) -> None:
        """Ask it to stop, wait, and kill what is left of its group."""
        deadline = time.monotonic() + self.patience
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        while self.process.poll() is None:
            if PATIENCE.is_over or time.monotonic() > deadline:
                self.process.kill()
            await asyncio.sleep(0.03)
        try:
            # A killed worker may leave its ffmpeg running, in the same group.
            os.killpg(self.process.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            return


class LocalStack:
    """The local stack of the current folder, as an asynchronous context manager.

    Data stays in ``.galley/`` and is used again by the next start.
    """

    def __init__(self, say: Say, *, free_ports: bool = False, web_port: int | None = None) -> None:
        self._say = say
        self._free_ports = free_ports
        self._web_port = web_port
        self._home = record.HOME.resolve()
        self._lock = record.StackLock(self._home)
        self._children: dict[str, Child] = {}
        self._environment: dict[str, str] = {}
        self._lives = _WORKER_LIVES
        self.record = record.StackRecord()

    async def __aenter__(self) -> Self:
        if not self._lock.take():
            raise StackError(running_already(record.read_record(self._home)))
        telling = asyncio.create_task(self._tell_what_is_awaited())
        try:
            await self._start()
        except BaseException:
            await self._stop()
            raise
        finally:
            telling.cancel()
        return self

    async def _tell_what_is_awaited(self) -> None:
        """Say which parts a slow start waits for, until this is cancelled."""
        pause = _SOON
        while True:
            await asyncio.sleep(pause)
            pause = _AGAIN
            if names := [name for name, child in self._children.items() if child.is_awaited]:
                self._say(f"… waiting for: {', '.join(names)}")

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await to_its_end(self._stop())

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
                # Killed once more, before it was ready: the loop tries again.
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
        hidden = {part.inside for part in parts}
        shown = {name: port for name, port in ports.items() if name not in hidden}
        self.record = record.StackRecord(
            pid=os.getpid(), ports=shown, web_address=settings.team_address
        )
        started = local_values(parts, ports)
        if (ui := self.record.temporal_ui) and settings.temporal_ui is None:
            started["GALLEY_TEMPORAL_UI"] = ui  # for links in notifications and review pages
        values = less_what_is_set(started, settings)
        os.environ.update(values)
        self._environment = dict(os.environ)
        refuse_unsafe_set_up(Settings())
        if why := media_hindrance(Settings()):
            self._say(f"{why} Until then, only posts without media go out.")
        self._say(f"Starting {', '.join(parts)} and the worker …")
        try:
            for part in parts:
                self._launch(part, ports)
        except FileNotFoundError as error:
            raise StackError(_NOT_INSTALLED) from error
        await asyncio.gather(*(self._ready(part, ports[part]) for part in parts))
        record.write_local_env(values, self._home / LOCAL_ENV.name)
        if Part.GCS in parts:
            await make_buckets(Settings())
        self._launch_web(ports[_WEB])
        await self._start_worker()
        await self._children[_WEB].says(_WEB_READY)
        if Part.TEMPORAL in parts:
            ui = f"{self.record.temporal_ui}/api/v1/namespaces/default"
            await self._children[Part.TEMPORAL].answers(ui)
        self.record.ready = True
        record.write_record(self.record, self._home)
        self._say(f"The local stack is up ({time.monotonic() - began:.1f} s).")

    async def _choose_ports(
        self, parts: list[Part], last: record.StackRecord, patience: float
    ) -> dict[str, int]:
        """Choose ports; wait up to ``patience`` seconds for the wanted ones.

        Raises:
            StackError: The port that the person named for the pages cannot be used.
        """
        names = [name for part in parts for name in (*part.ports, part.inside) if name]
        names.append(_WEB)
        # Public media URLs contain the port: with the last one, those of old posts work on.
        wanted = dict(last.ports) if self._free_ports else {**USUAL, **last.ports}
        if self._web_port:
            wanted[_WEB] = self._web_port
        deadline = time.monotonic() + patience
        while True:
            chosen = choose(names, wanted)
            is_wanted = all(wanted.get(name, port) == port for name, port in chosen.items())
            if is_wanted or time.monotonic() > deadline:
                break
            await asyncio.sleep(0.05)
        if self._web_port not in {None, chosen[_WEB]}:
            raise StackError(
                f"Port {self._web_port} cannot be used for the pages: it is taken, kept for the "
                "system, or that of another part of the stack. Choose another --web-port."
            )
        return chosen

    def _launch(self, part: Part, ports: Mapping[str, int]) -> None:
        port, log = ports[part], self._log(part)
        match part:
            case Part.TEMPORAL:
                database = self._home / LOCAL_TEMPORAL.name
                ui_port, inside = ports["temporal_ui"], ports["temporal_inside"]
                process = launch.launch_temporal(port, ui_port, database, log, inside)
            case Part.GCS:
                inside = ports["gcs_inside"]
                process = launch.launch_gcs(port, self._home / "gcs", log, inside)
            case Part.BUFFER:
                state = str(self._home / "buffer.sqlite")
                process = self._emulator(part, port, "--state", state, "--plan", "team")
            case Part.ANTHROPIC:
                process = self._emulator(part, port, "--recorded")
            case Part.REPLICATE:
                process = self._emulator(part, port)
        self._adopt(Child(part, process, log, patience=10))

    def _emulator(self, part: Part, port: int, *options: str) -> Popen[bytes]:
        return launch.launch_module(
            f"emulators.{part}", ["--port", str(port), *options], self._log(part)
        )

    def _launch_web(self, port: int) -> None:
        log = self._log(_WEB)
        given = pages_environment(self._environment, Settings())
        process = launch.launch_module("web", [f"--port={port}"], log, given)
        self._adopt(Child(_WEB, process, log, patience=10))

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


def running_already(found: record.StackRecord) -> str:
    """Return that a stack runs in this folder, with its addresses."""
    ui = f", Temporal UI {found.temporal_ui}" if found.temporal_ui else ""
    return (
        f"The local stack already runs in this folder (process {found.pid}{ui}). "
        "To review: galley web. To stop it: Ctrl-C in its terminal."
    )
