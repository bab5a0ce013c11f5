"""The whole system as processes of its own, each of which can be killed or halted."""

import asyncio
import json
import os
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from temporalio.client import Client

from emulators import launch
from emulators import launch as gcs
from galley.clients.payloads import converter_of, parse_keyring
from galley.clients.stores.google import GoogleStore, connect_storage
from galley.settings import Settings
from tests.end_to_end.control import AnthropicControl, BufferControl
from tests.end_to_end.waiting import until
from tests.forking import Forked, Order, run, start
from tests.loopback import NO_AUTHORITIES
from tests.ports import free_port

ROOT = Path(__file__).parents[2]
BUFFER_KEY = "buffer-marker-5bd1f0c47a"
ANTHROPIC_KEY = "anthropic-marker-9c02e6b3d8"
SECRETS = (BUFFER_KEY, ANTHROPIC_KEY)
_PORTS = ("temporal", "temporal_ui", "gcs", "buffer", "anthropic")
_LONGEST = 200.0
"""Seconds that a command may take."""
_ALWAYS = ("PATH", "LANG", "TMPDIR")


Process = subprocess.Popen[bytes] | Forked


@dataclass(frozen=True)
class Told:
    """What a command answered."""

    code: int
    out: str
    err: str

    @property
    def said(self) -> str:
        """What it wrote beside the result, without how long it waits."""
        lines = self.err.splitlines(keepends=True)
        return "".join(
            line for line in lines if not line.startswith("… ") and not line.endswith(" …\n")
        )

    @property
    def json(self) -> Any:  # noqa: ANN401 - any JSON value
        return json.loads(self.out)


class Stack:
    """Temporal, fake-gcs-server, both emulators and a worker, in one folder."""

    def __init__(self, folder: Path, **settings: str) -> None:
        folder.mkdir(exist_ok=True)
        self.folder = folder
        self.ports = {name: free_port() for name in _PORTS}
        self.environment = {**_inherited(folder), **self._settings(), **settings}
        self.buffer_options: list[str] = []
        self.database: Path | None = None
        """The file from which Temporal goes on after a kill; none: it has all in memory."""
        self.workers = ["worker"]
        self.buffer = BufferControl(self._here("buffer"))
        self.anthropic = AnthropicControl(self._here("anthropic"))
        self.client: Client
        self._running: dict[str, Process] = {}
        self._ended: list[Process] = []
        storage = connect_storage(Settings.model_construct(storage_emulator_host=self._here("gcs")))
        self.state = GoogleStore(storage, "galley-state")
        self.media = GoogleStore(storage, "galley-media")

    def _here(self, name: str) -> str:
        return f"http://127.0.0.1:{self.ports[name]}"

    def _settings(self) -> dict[str, str]:
        return {
            "TEMPORAL_ADDRESS": f"127.0.0.1:{self.ports['temporal']}",
            "STORAGE_EMULATOR_HOST": self._here("gcs"),
            "BUFFER_API_URL": self._here("buffer"),
            "BUFFER_API_KEY": BUFFER_KEY,
            "ANTHROPIC_BASE_URL": self._here("anthropic"),
            "ANTHROPIC_API_KEY": ANTHROPIC_KEY,
            # Less than the least lead of a due time would be put off to its double, ten seconds.
            "GALLEY_PUBLISH_LEAD_SECONDS": "7",
            "GALLEY_POLL_SECONDS": "1",
            # The articles of the tests are much alike.
            "GALLEY_REPEAT_DAYS": "0",
            "GALLEY_POST_GAP_SECONDS": "0",
            "GALLEY_RECONCILE_PAUSES": "[0.2,0.5,1]",
            "GALLEY_REVIEWER": "kim",
            # tests/activities/test_media.py makes one of the usual width.
            "GALLEY_FILM_WIDTH": "540",
        }

    async def start(self) -> None:
        """Start everything; a worker comes last."""
        for name in ("temporal", "gcs", "buffer", "anthropic"):
            self._launch(name)
        await asyncio.gather(
            self._answers("gcs", "/_internal/healthcheck"),
            self._answers("buffer", "/_emulator/health"),
            self._answers("anthropic", "/_emulator/health"),
            self._connect(),
        )
        await asyncio.gather(self.state.ensure_bucket(), self.media.ensure_bucket())
        await asyncio.gather(*(self.revive(name) for name in self.workers))

    def kill(self, name: str) -> None:
        """End a part with SIGKILL and wait until it is gone."""
        process = self._running.pop(name)
        process.kill()
        process.wait()
        self._ended.append(process)

    def pid(self, name: str) -> int:
        """Return the process of a running part."""
        return self._running[name].pid

    def runs(self, name: str) -> bool:
        """Return whether a part was started and has not been killed."""
        return name in self._running

    def halt(self, name: str) -> None:
        """Stop a part in its tracks: connections stay open, nothing is answered."""
        os.kill(self._running[name].pid, signal.SIGSTOP)

    def go_on(self, name: str) -> None:
        """Let a halted part go on."""
        os.kill(self._running[name].pid, signal.SIGCONT)

    async def revive(self, name: str, **settings: str) -> None:
        """Start a killed part again, on its ports and its data."""
        log = self._launch(name, **settings)
        match _kind(name):
            case "worker":
                await until(lambda: _now(b"Worker polling" in log.read_bytes()), self._alive)
            case "temporal":
                await until(self._serves_temporal, self._alive)
            case "gcs":
                await self._answers(name, "/_internal/healthcheck")
            case _:
                await self._answers(name, "/_emulator/health")

    async def ends_by_itself(self, name: str, **settings: str) -> Told:
        """Start a part that is to end, and return what it said."""
        log = self._launch(name, **settings)
        process = self._running[name]
        await until(lambda: _now(process.poll() is not None))
        self._ended.append(self._running.pop(name))
        return Told(process.wait(), "", log.read_text())

    async def restart_worker(self, **settings: str) -> None:
        """Kill the worker and start one with these settings instead."""
        self.kill("worker")
        await self.revive("worker", **settings)

    async def cli(self, *arguments: str, **settings: str) -> Told:
        """Run a command of starter.py as a user would; it must not show secrets."""
        environment = {**self.environment, **settings}
        order = Order("starter", arguments, self.folder, environment)
        done = await asyncio.to_thread(run, order, _LONGEST)
        told = Told(done.returncode, done.stdout, done.stderr)
        assert not any(secret in told.out + told.err for secret in SECRETS)
        return told

    def logs(self) -> bytes:
        """Return all that every process ever wrote."""
        return b"\n".join(file.read_bytes() for file in self.folder.glob("*.log"))

    def close(self) -> None:
        """End every process, and what a killed one may have left running."""
        for process in [*self._running.values(), *self._ended]:
            try:
                os.killpg(process.pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
            finally:
                process.wait()

    def _launch(self, name: str, **settings: str) -> Path:
        log = self.folder / f"{name}-{len(self._ended)}.log"
        environment = {**self.environment, **settings}
        self._running[name] = self._process(name, log, environment)
        return log

    def _process(self, name: str, log: Path, environment: dict[str, str]) -> Process:
        match _kind(name):
            case "temporal":
                return launch.launch_temporal(
                    self.ports[name], self.ports["temporal_ui"], self.database, log
                )
            case "gcs":
                return gcs.launch_gcs(self.ports[name], self.folder / "gcs", log)
            case "worker":
                return self._forked("worker", [], log, environment)
            case _:
                options = ["--port", str(self.ports[name])]
                if name == "buffer":
                    options += ["--state", str(self.folder / "buffer.sqlite")]
                    options += ["--plan", "team", "--publish-after", "0.2"]
                    options += self.buffer_options
                module = f"emulators.{name}.__main__"
                return self._forked(module, options, log, environment)

    def _forked(
        self, module: str, options: list[str], log: Path, environment: dict[str, str]
    ) -> Forked:
        order = Order(module, options, Path.cwd(), environment, leads=True)
        with log.open("wb") as output:
            return start(order, output, output)

    def _alive(self) -> None:
        """Fail at once, with its log, when a part has ended by itself."""
        for name, process in self._running.items():
            assert process.poll() is None, f"{name} ended: {self.logs()[-2000:]!r}"

    async def _answers(self, name: str, path: str) -> None:
        async def healthy() -> bool:
            async with httpx.AsyncClient(
                verify=NO_AUTHORITIES, trust_env=False, timeout=2
            ) as client:
                try:
                    return (await client.get(self._here(name) + path)).is_success
                except httpx.TransportError:
                    return False

        await until(healthy, self._alive)

    async def _connect(self) -> None:
        given = self.environment.get("GALLEY_PAYLOAD_KEYS", "")
        keys = parse_keyring(given, "the stack")

        async def connects() -> bool:
            try:
                self.client = await Client.connect(
                    f"127.0.0.1:{self.ports['temporal']}", data_converter=converter_of(keys)
                )
            except RuntimeError:
                return False
            return True

        await until(connects, self._alive)
        await until(self._serves_temporal, self._alive)

    async def _serves_temporal(self) -> bool:
        try:
            async for _ in self.client.list_workflows("GalleyState IS NOT NULL"):
                break
        except Exception:  # noqa: BLE001 - whatever it says while it starts
            return False
        return True


def _kind(name: str) -> str:
    """Return what a part is: there may be ``worker-1`` and ``worker-2``."""
    return name.partition("-")[0]


def _inherited(folder: Path) -> dict[str, str]:
    """Return what any program needs; keys and profiles of this machine stay out."""
    kept = {name: os.environ[name] for name in _ALWAYS if name in os.environ}
    return {**kept, "HOME": str(folder), "NO_PROXY": "*"}


async def _now(value: bool) -> bool:  # noqa: FBT001 - the value of a condition
    return value
