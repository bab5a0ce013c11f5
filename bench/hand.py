"""A worker as a process of its own, whose world is memory: ``ADDRESS QUEUE``."""

import asyncio
import sys

from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter

from bench.machine import leave
from bench.throughput import desk_at


async def main(address: str, queue: str) -> None:
    """Poll until the process is ended."""
    client = await Client.connect(address, data_converter=pydantic_data_converter)
    desk = desk_at(client)
    desk.queue = queue
    async with desk.worker():
        print("polling", flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:3]))
    leave()
