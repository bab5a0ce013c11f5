"""Count what activities know: the SDK's meter exports it beside its own metrics.

Without ``GALLEY_METRICS_ADDRESS`` the meter does nothing.
"""

from temporalio import activity

from galley.metrics.known import COST, DUPLICATES_PREVENTED, Metric
from galley.models import HandOverKind

_HOW = {
    HandOverKind.ALREADY_PUBLISHED: "published",
    HandOverKind.CLAIMED_ELSEWHERE: "claimed",
}


def not_handed_over(kind: HandOverKind) -> None:
    """Count a key that was not this run's to use."""
    _add(DUPLICATES_PREVENTED, 1, {"how": _HOW[kind]})


def paid(provider: str, micros: int | None) -> None:
    """Count what a call cost, where that is known."""
    if micros is not None:
        _add(COST, micros, {"provider": provider})


def _add(metric: Metric, by: int, labels: dict[str, str]) -> None:
    if activity.in_activity():  # A purse may be used by itself, too.
        meter = activity.metric_meter()
        meter.create_counter(metric.name, metric.about).add(by, labels)
