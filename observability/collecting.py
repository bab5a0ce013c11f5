"""Look again and again while a worker runs, and set the gauges."""

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from temporalio.client import Client
from temporalio.common import MetricMeter
from temporalio.runtime import Runtime

from galley.settings import Settings
from observability.gauges import Gauges
from observability.looking import look

EVERY = 30.0
"""Seconds between two looks: some thirty questions to Temporal each."""

_log = logging.getLogger(__name__)


@asynccontextmanager
async def collecting(client: Client, settings: Settings) -> AsyncGenerator[None]:
    """Set the gauges while the body runs, if metrics are served at all."""
    if not settings.metrics_address:
        yield
        return
    runtime = client.service_client.config.runtime or Runtime.default()
    task = asyncio.create_task(collect(client, settings, runtime.metric_meter))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def collect(client: Client, settings: Settings, meter: MetricMeter) -> None:
    """Set the gauges until cancelled; a look that fails is said, and taken again."""
    gauges = Gauges(meter)
    gauges.begin()
    while True:
        try:
            gauges.show(await look(client, settings))
        except Exception as error:  # noqa: BLE001 - posts matter more than gauges
            _log.warning("The gauges could not be set: %s", type(error).__name__)
        await asyncio.sleep(EVERY)
