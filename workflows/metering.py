"""Count what workflows know. The SDK's meter is silent while a history is replayed."""

from datetime import datetime, timedelta

from temporalio import workflow

from galley.metrics.known import CONFIRM, DUPLICATES_PREVENTED, POST_STATES
from galley.models import Platform, PostState

_AT_ONCE = timedelta(0)


def entered(platform: Platform, state: PostState) -> None:
    """Count a post that came into a state."""
    counter = workflow.metric_meter().create_counter(
        POST_STATES.name, POST_STATES.about
    )
    counter.add(1, {"platform": platform.value, "state": state.value})


def adopted() -> None:
    """Count a post that was found in Buffer, and not made a second time."""
    counter = workflow.metric_meter().create_counter(
        DUPLICATES_PREVENTED.name, DUPLICATES_PREVENTED.about
    )
    counter.add(1, {"how": "adopted"})


def confirmed(platform: Platform, due_at: datetime, now: datetime) -> None:
    """Record for how long a post was waited for; one that was early counts as none."""
    histogram = workflow.metric_meter().create_histogram_timedelta(
        CONFIRM.name, CONFIRM.about
    )
    histogram.record(max(_AT_ONCE, now - due_at), {"platform": platform.value})
