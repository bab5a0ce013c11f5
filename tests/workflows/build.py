"""A worker of one build, as a forked process: ``ADDRESS QUEUE old|new [DEPLOYMENT]``.

Its world is memory alone: what has to live on when it ends is in Temporal.
"""

import asyncio
import signal
import sys

from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter

from galley.settings import Settings
from tests.memory_store import MemoryStore
from tests.workflows.changed_post import ChangedPost
from tests.workflows.harness import Harness
from tests.workflows.world import Buffer, channel
from workers.queues import WORKFLOWS, deployment_of
from workflows.post.workflow import PostWorkflow

CHANNELS = (channel("one"),)
OLD, NEW = "old", "new"
_NEW = tuple(ChangedPost if one is PostWorkflow else one for one in WORKFLOWS)


def main() -> None:
    """Run the build that the arguments name."""
    asyncio.run(serve(*sys.argv[1:]))


async def serve(address: str, queue: str, build: str, deployment: str = "") -> None:
    """Poll until told to stop."""
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    client = await Client.connect(address, data_converter=pydantic_data_converter)
    harness = Harness(client, MemoryStore(), Buffer(CHANNELS), queue=queue)
    settings = Settings.model_construct(deployment=deployment, build_id=build)
    worker = harness.worker(
        workflows=_NEW if build == NEW else WORKFLOWS, deployment=deployment_of(settings)
    )
    async with worker:
        sys.stdout.write("polling\n")
        sys.stdout.flush()
        await stop.wait()
