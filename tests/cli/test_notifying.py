"""``notify test``, as a person runs it."""

import asyncio
import json
import subprocess
from pathlib import Path

import pytest

from tests.cli.running import starter
from tests.receivers import Receiver, receiving
from tests.workflows.attention_harness import SECRET


async def tried(
    folder: Path, receiver: Receiver, gcs: str, *options: str
) -> subprocess.CompletedProcess[str]:
    return await asyncio.to_thread(
        lambda: starter(
            folder,
            "notify",
            "test",
            *options,
            STORAGE_EMULATOR_HOST=gcs,
            GALLEY_NOTIFY_WEBHOOK_URL=receiver.url,
            GALLEY_NOTIFY_WEBHOOK_SECRET=SECRET,
            GALLEY_NOTIFY_SLACK_URL=receiver.url,
        )
    )


@pytest.mark.usefixtures("media_store")
async def test_a_test_goes_to_every_channel_and_what_came_back_is_printed(
    tmp_path: Path, gcs: str
) -> None:
    async with receiving(Receiver()) as receiver:
        ended = await tried(tmp_path, receiver, gcs, "--json")

    said = json.loads(ended.stdout)
    assert ended.returncode == 0, ended.stderr
    assert [(one["channel"], one["ok"]) for one in said] == [("webhook", True), ("slack", True)]
    assert len(receiver.taken) == 2
    assert SECRET not in ended.stdout + ended.stderr


async def test_a_channel_that_took_nothing_ends_it_with_the_code_of_a_refusal(
    tmp_path: Path, gcs: str
) -> None:
    async with receiving(Receiver(["500 Broken", "500 Broken"])) as receiver:
        ended = await tried(tmp_path, receiver, gcs)

    assert ended.returncode == 3
    assert "answered 500" in ended.stdout


def test_without_a_channel_it_says_what_to_set(tmp_path: Path) -> None:
    ended = starter(tmp_path, "notify", "test")

    assert ended.returncode == 2
    assert "GALLEY_NOTIFY_WEBHOOK_URL" in ended.stderr
