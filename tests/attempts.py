"""An attempt at an activity that has just begun, or began some time ago."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from temporalio.testing import ActivityEnvironment


def attempt(ago: timedelta = timedelta(0)) -> ActivityEnvironment:
    """Return its surroundings; it may take 90 seconds."""
    environment = ActivityEnvironment()
    environment.info = replace(
        environment.info,
        started_time=datetime.now(UTC) - ago,
        start_to_close_timeout=timedelta(seconds=90),
    )
    return environment
