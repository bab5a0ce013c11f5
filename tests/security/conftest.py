"""One local stack for the tests that attack its doors, and a browser where there is one."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.running import begin
from tests.cli.stacks import comes_up, end

# With a key of Buffer, Anthropic or Replicate the stack starts no stand-in for them.
CANARIES = {
    name: f"whsec_canary-{number}"
    for number, name in enumerate(
        (
            *("GALLEY_NOTIFY_WEBHOOK_SECRET", "GALLEY_CODEC_TOKEN", "AWS_SECRET_ACCESS_KEY"),
            *("AWS_SESSION_TOKEN", "GOOGLE_API_KEY", "BUFFER_CLIENT_SECRET", "A_KEY_OF_SOMEBODY"),
        )
    )
}

# No package of Python brings a browser.
collect_ignore = [] if shutil.which("chromium") else ["test_browser.py"]


@pytest.fixture(scope="package")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Give the folder of a running local stack, whose shell holds secrets."""
    folder = tmp_path_factory.mktemp("stack").resolve()
    process = begin(folder, "up", "--free-ports", **CANARIES)
    try:
        comes_up(folder, process, 200)
        yield folder
    finally:
        end(process)
