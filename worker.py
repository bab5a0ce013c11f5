"""The entry point of a worker: serves task queues until it is told to stop."""

import asyncio
import logging
import os
import signal
import sys
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from types import FrameType
from typing import Annotated

import typer
from temporalio.client import Client

from galley.clients import tracing
from galley.clients.payloads import KeyGuard, MissingKeyError, PayloadKeyError
from galley.clients.setup_checks import SetUpError, refuse_unsafe_set_up
from galley.clients.storage import StoreError
from galley.clients.temporal import connect, describe_namespace
from galley.settings import SECRETS, Settings
from galley.settings.env_file import load_env_file
from galley.settings.secret_files import wrong_setting
from observability.exporter import exporter_of, runtime_of
from observability.logs import logging_of_the_sdk, set_up_logging
from observability.metrics import collecting
from workers.liveness import MARGIN, Watchdog, telling_health
from workers.queues import (
    deployment_of,
    grace_of,
    refuse_unreadable_runs,
    refuse_without_team,
    start_background_workflows,
    worker_of,
)
from workers.wiring import activities_of, buffer_client, needed_settings
from workflows.ids import Queue, queues_named


async def run(settings: Settings, queues: tuple[Queue, ...]) -> None:
    """Poll until SIGINT or SIGTERM, then let what is running finish."""
    refuse_unsafe_set_up(settings)
    deployment = deployment_of(settings)
    stop = asyncio.Event()
    watchdog = Watchdog(grace_of(queues) + MARGIN, asyncio.get_running_loop())
    _stop_on_signals(stop, watchdog)
    guard = KeyGuard(stop.set)
    exporter = exporter_of(settings)
    runtime = runtime_of(exporter, logging_of_the_sdk())
    client = await connect(runtime=runtime, on_missing_key=guard)
    # Both before anything polls: a worker of a wrong namespace or key would take work.
    await describe_namespace(client)
    await refuse_unreadable_runs(client, settings)
    await refuse_without_team(settings, queues)
    # A worker that reads strangers' bytes has no key to Buffer.
    buffer = buffer_client(settings) if Queue.PUBLISHING in queues else None
    try:
        activities = activities_of(client, settings, queues, buffer)
        async with AsyncExitStack() as running:
            if exporter is not None:
                await running.enter_async_context(exporter.serving())
            serving = [
                worker_of(client, activities, queue, deployment, settings.build_id)
                for queue in queues
            ]
            for worker in serving:
                await running.enter_async_context(worker)
            await running.enter_async_context(_looking(client, settings, queues))
            named = ", ".join(queue.task_queue for queue in queues)
            typer.echo(f"Worker polling task queue {named}")  # whoever started it waits
            await stop.wait()
            watchdog.start()  # a missing key stops the worker without a signal
            # All at once: one after the other, their grace periods would add up.
            await asyncio.gather(*(worker.shutdown() for worker in serving))
    finally:
        if buffer is not None:
            await buffer.aclose()
    guard.check()


@asynccontextmanager
async def _looking(
    client: Client, settings: Settings, queues: tuple[Queue, ...]
) -> AsyncGenerator[None]:
    """Run what goes on beside the work: background workflows, gauges, the health file."""
    if Queue.NOTIFICATIONS in queues:
        await start_background_workflows(client, settings)
    async with AsyncExitStack() as looks:
        if Queue.POSTS in queues:
            await looks.enter_async_context(collecting(client, settings))
        told = telling_health(client, queues, settings.health_file)
        await looks.enter_async_context(told)
        yield


def _stop_on_signals(stop: asyncio.Event, watchdog: Watchdog) -> None:
    def watch(_number: int, _frame: FrameType | None) -> None:
        watchdog.start()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
        # A handler outside the loop too, because the loop may be what hangs.
        signal.signal(number, watch)


def serve(
    *,
    queues: Annotated[
        str | None,
        typer.Option(
            help="What to serve: posts, publishing, media, speech, generation, notifications, "
            "separated by commas, or all. Not given: GALLEY_QUEUES, which is all "
            "unless it is set.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Carry out workflows and activities until SIGINT or SIGTERM.

    Several workers share the work of a queue; each queue needs one at least. Example:
    galley-worker --queues posts,publishing,generation
    """
    settings = Settings()
    set_up_logging(settings)
    try:
        chosen = queues_named(settings.queues if queues is None else queues)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--queues") from error
    needed = needed_settings(settings, chosen)
    for name, variable in SECRETS.items():
        if getattr(needed, name) is None:
            os.environ.pop(variable, None)
    asyncio.run(run(needed, chosen))


def main() -> None:
    """Run the worker; expected trouble is one sentence and an exit code."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(message)s")
    # At DEBUG the SDK logs request bodies: the source and the drafts.
    os.environ.pop("ANTHROPIC_LOG", None)
    code = _code_of(sys.argv[1:])
    tracing.flush()
    # The SDK may abort at interpreter exit after success:
    # https://github.com/temporalio/sdk-python/issues/300
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def _code_of(arguments: list[str]) -> int:
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)
    app.command()(serve)
    try:
        load_env_file()
        app(arguments, prog_name="worker.py")
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 1
    except MissingKeyError as error:
        typer.echo(f"The worker stops: {error}", err=True)
        return 1
    except (SetUpError, StoreError, PayloadKeyError, RuntimeError) as error:
        typer.echo(f"The worker cannot start: {error}", err=True)
        return 1
    except ValueError as error:
        if (said := wrong_setting(error)) is None:
            raise
        typer.echo(f"The worker cannot start: {said}", err=True)
        return 2
    return 0


if __name__ == "__main__":
    main()
