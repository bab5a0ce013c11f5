"""``up``: keep the local stack running."""

import asyncio
import sys
from typing import Annotated

import typer

from cli.process import InterruptedCommand, run
from cli.terminal import say, show, show_json

FreePorts = Annotated[
    bool, typer.Option("--free-ports", help="Take any free ports instead of the usual ones.")
]


def up(
    *,
    json: Annotated[
        bool, typer.Option("--json", help="Print the addresses as one JSON object.")
    ] = False,
    free_ports: FreePorts = False,
) -> None:
    """Keep the local stack running until Ctrl-C.

    Its data stays in .galley/. Starts whatever you have no settings for: Temporal with
    its UI, a store for media, emulators of Buffer, Anthropic and Replicate, and a
    worker.

    Example: uv run starter.py up
    """
    try:
        run(_keep_up(json=json, free_ports=free_ports))
    except InterruptedCommand:
        say("The local stack has stopped. Its data is kept in .galley/.")


async def _keep_up(*, json: bool, free_ports: bool) -> None:
    from cli.local import record
    from cli.local.stack import LocalStack, running_already

    if record.is_running():
        found = record.read_record()
        say(running_already(found))
        if json:
            show_json(found.addresses)
        return
    async with LocalStack(say, free_ports=free_ports) as stack:
        if json:
            show_json(stack.record.addresses)
        else:
            show(f"Temporal UI: {stack.record.temporal_ui or 'your own'}")
            show(f"Posts in Buffer: {stack.record.buffer or 'your own account'}")
            show("Logs: .galley/logs/   Stop: Ctrl-C")
        sys.stdout.flush()  # whoever reads it through a pipe need not wait for the end
        while True:
            await stack.check()
            await asyncio.sleep(0.3)
