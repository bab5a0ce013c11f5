"""A worker as a process of its own, whose world is memory: ``ADDRESS QUEUE [TUNING]``.

:mod:`bench.scale` starts it. It serves the ceiling's workflows too, on ``QUEUE-plain``.
``TUNING`` is one of :data:`TUNINGS`.
"""

import asyncio
import sys
from typing import Any

from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.worker import PollerBehaviorAutoscaling, Worker

from bench.ceiling import Plain, nothing
from bench.report import leave
from bench.throughput import harness_at

_SCALED = {
    "workflow_task_poller_behavior": PollerBehaviorAutoscaling(),
    "activity_task_poller_behavior": PollerBehaviorAutoscaling(),
}
TUNINGS: dict[str, dict[str, Any]] = {
    "5 pollers": {},
    "autoscaled": _SCALED,
    "autoscaled, 20 slots": {**_SCALED, "max_concurrent_activities": 20},
    "autoscaled, 5 slots": {**_SCALED, "max_concurrent_activities": 5},
}
"""The SDK's defaults, and ways to change them; the third is that of workers/queues.py."""


async def main(address: str, queue: str, tuning: str = "5 pollers") -> None:
    """Poll until the process is ended."""
    client = await Client.connect(address, data_converter=pydantic_data_converter)
    harness = harness_at(client)
    harness.queue = queue
    plain = Worker(
        client,
        task_queue=f"{queue}-plain",
        workflows=[Plain],
        activities=[nothing],
        max_cached_workflows=100,
        **TUNINGS[tuning],
    )
    async with harness.worker(**TUNINGS[tuning]), plain:
        # The parent waits for this line.
        print("polling", flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
    leave()
