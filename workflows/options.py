"""Timeouts and retry policies, one named set per kind of work."""

from datetime import timedelta

from temporalio.common import RetryPolicy
from temporalio.workflow import ActivityCancellationType, ActivityConfig

_PATIENT = RetryPolicy(
    initial_interval=timedelta(seconds=1),
    maximum_interval=timedelta(minutes=2),
    maximum_attempts=8,
)

# A page that does not answer in a minute of tries is a person's problem.
READ_SOURCE = ActivityConfig(
    start_to_close_timeout=timedelta(minutes=2),
    retry_policy=RetryPolicy(initial_interval=timedelta(seconds=1), maximum_attempts=4),
)

# Each attempt is billed by the model: few of them. A worker that dies is noticed by
# its missing heartbeat.
WRITE_DRAFT = ActivityConfig(
    start_to_close_timeout=timedelta(minutes=5),
    heartbeat_timeout=timedelta(seconds=20),
    retry_policy=RetryPolicy(
        initial_interval=timedelta(seconds=2),
        maximum_interval=timedelta(minutes=2),
        maximum_attempts=5,
    ),
)

CHECK_DRAFT = ActivityConfig(
    start_to_close_timeout=timedelta(seconds=30), retry_policy=_PATIENT
)

RENDER_MEDIA = ActivityConfig(
    start_to_close_timeout=timedelta(minutes=10),
    heartbeat_timeout=timedelta(seconds=20),
    retry_policy=RetryPolicy(initial_interval=timedelta(seconds=2), maximum_attempts=5),
)

REHOST = ActivityConfig(
    start_to_close_timeout=timedelta(minutes=5), retry_policy=_PATIENT
)

# Harmless to repeat, and an approved post must not be lost: tried for as long as a
# store or the Temporal server may be away.
HAND_OVER = ActivityConfig(
    start_to_close_timeout=timedelta(minutes=1),
    retry_policy=RetryPolicy(
        initial_interval=timedelta(seconds=1), maximum_interval=timedelta(minutes=5)
    ),
)

OPEN_ACCOUNT = ActivityConfig(
    start_to_close_timeout=timedelta(minutes=2), retry_policy=_PATIENT
)

RECORD_RECEIPTS = HAND_OVER

# One request each, never repeated by Temporal: AccountWorkflow decides what a lost
# reply means. The heartbeat tells a dead worker from a slow Buffer.
BUFFER_CALL = ActivityConfig(
    start_to_close_timeout=timedelta(seconds=90),
    heartbeat_timeout=timedelta(seconds=10),
    retry_policy=RetryPolicy(maximum_attempts=1),
    cancellation_type=ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
)

BUFFER_READ = ActivityConfig(
    start_to_close_timeout=timedelta(seconds=60),
    retry_policy=RetryPolicy(maximum_attempts=1),
)


def named(config: ActivityConfig, summary: str) -> ActivityConfig:
    """Return the options with a line for the Temporal UI's timeline."""
    named_config = config.copy()
    named_config["summary"] = summary
    return named_config
