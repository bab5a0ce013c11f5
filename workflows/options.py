"""Activity options: timeouts, retry policies and cancellation, one set a kind of work."""

from collections.abc import Callable
from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.workflow import ActivityCancellationType, ActivityConfig

_PATIENT = RetryPolicy(
    initial_interval=timedelta(seconds=1), maximum_interval=timedelta(minutes=2), maximum_attempts=8
)
_ELSEWHERE = RetryPolicy(
    initial_interval=timedelta(seconds=2),
    maximum_interval=timedelta(minutes=1),
    maximum_attempts=20,
)
"""What was ordered of a provider goes on there, whoever asks for it."""
_ONCE = RetryPolicy(maximum_attempts=1)

_A_WORKER_LIVES = timedelta(seconds=10)
"""A killed worker is noticed by a heartbeat missing for this long."""
_A_BUSY_WORKER_LIVES = timedelta(seconds=20)
"""The same of work that keeps its worker busy: it may beat late."""
_A_FULL_CORE_LIVES = timedelta(seconds=30)
"""The same of encoders and models, which fill the machine."""


def _attempts(most: int, first_pause: int = 2) -> RetryPolicy:
    """Return so many attempts; the pauses, the first one in seconds, double."""
    return RetryPolicy(initial_interval=timedelta(seconds=first_pause), maximum_attempts=most)


# A page that does not answer in a minute of tries is a person's problem.
READ_SOURCE = ActivityConfig(
    start_to_close_timeout=timedelta(minutes=2),
    heartbeat_timeout=_A_WORKER_LIVES,
    retry_policy=_attempts(4, first_pause=1),
)

# Each attempt goes on with the parts that are not done yet; four hours of speech take a
# minute or two, 500 pages some minutes.
CONDENSE_SOURCE = ActivityConfig(
    start_to_close_timeout=timedelta(minutes=30),
    heartbeat_timeout=_A_BUSY_WORKER_LIVES,
    retry_policy=_PATIENT,
)

# Two gigabytes of video take their time; a recording that cannot be had or read is a
# person's problem.
CUT_RECORDING = ActivityConfig(
    start_to_close_timeout=timedelta(hours=1),
    heartbeat_timeout=_A_BUSY_WORKER_LIVES,
    retry_policy=_attempts(4),
)

# Five minutes of sound; a large model on a small machine is slower than speech. The
# machine is busy, so its heartbeats may be late.
TRANSCRIBE_PART = ActivityConfig(
    start_to_close_timeout=timedelta(hours=2),
    heartbeat_timeout=_A_FULL_CORE_LIVES,
    retry_policy=_attempts(5),
)

# An order is made once, whatever is retried; whether a lost one was made is known after
# two minutes.
ORDER_TRANSCRIPT = ActivityConfig(
    start_to_close_timeout=timedelta(minutes=4),
    heartbeat_timeout=_A_BUSY_WORKER_LIVES,
    retry_policy=_ELSEWHERE,
)

# Replicate ends an order by itself after five minutes, or half an hour at the latest.
AWAIT_TRANSCRIPT = ActivityConfig(
    start_to_close_timeout=timedelta(minutes=40),
    heartbeat_timeout=_A_BUSY_WORKER_LIVES,
    retry_policy=_ELSEWHERE,
    cancellation_type=ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
)

STORE_TRANSCRIPT = ActivityConfig(
    start_to_close_timeout=timedelta(minutes=2),
    heartbeat_timeout=_A_BUSY_WORKER_LIVES,
    retry_policy=_PATIENT,
)

JOIN_TRANSCRIPT = ActivityConfig(
    start_to_close_timeout=timedelta(minutes=5),
    heartbeat_timeout=_A_BUSY_WORKER_LIVES,
    retry_policy=_PATIENT,
)

# Each attempt is billed by the model: few of them, and more patience with a worker
# that is busy.
WRITE_DRAFT = ActivityConfig(
    start_to_close_timeout=timedelta(minutes=5),
    heartbeat_timeout=_A_BUSY_WORKER_LIVES,
    retry_policy=RetryPolicy(
        initial_interval=timedelta(seconds=2),
        maximum_interval=timedelta(minutes=2),
        maximum_attempts=5,
    ),
)

CHECK_DRAFT = ActivityConfig(start_to_close_timeout=timedelta(seconds=30), retry_policy=_PATIENT)

RENDER_MEDIA = ActivityConfig(
    start_to_close_timeout=timedelta(minutes=10),
    heartbeat_timeout=_A_BUSY_WORKER_LIVES,
    retry_policy=_attempts(5),
)

# Ten pictures of a page; one that does not answer is left out.
FETCH_PICTURES = ActivityConfig(
    start_to_close_timeout=timedelta(minutes=5),
    heartbeat_timeout=_A_BUSY_WORKER_LIVES,
    retry_policy=_attempts(3),
)

# A long video is encoded anew; a limit on ffmpeg's time lies below it.
FIT_MEDIA = ActivityConfig(
    start_to_close_timeout=timedelta(hours=1),
    heartbeat_timeout=_A_FULL_CORE_LIVES,
    retry_policy=_attempts(3),
    cancellation_type=ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
)

CHOOSE_CLIPS = ActivityConfig(
    start_to_close_timeout=timedelta(minutes=5),
    heartbeat_timeout=_A_FULL_CORE_LIVES,
    retry_policy=_attempts(5),
)

# One clip is cut at a time, and the others wait; each takes minutes on a busy machine.
CUT_CLIP = ActivityConfig(
    start_to_close_timeout=timedelta(hours=2),
    heartbeat_timeout=_A_FULL_CORE_LIVES,
    retry_policy=_attempts(4),
    cancellation_type=ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
)

# An order is made once, whatever is retried; whether a lost one was made is known after
# two minutes.
ORDER_MEDIA = ActivityConfig(
    start_to_close_timeout=timedelta(minutes=4),
    heartbeat_timeout=_A_BUSY_WORKER_LIVES,
    retry_policy=RetryPolicy(
        initial_interval=timedelta(seconds=2),
        maximum_interval=timedelta(minutes=1),
        maximum_attempts=10,
    ),
    cancellation_type=ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
)

# Replicate ends an order by itself at the deadline we give it: after 20 minutes for a
# video.
AWAIT_MEDIA = ActivityConfig(
    start_to_close_timeout=timedelta(minutes=40),
    heartbeat_timeout=_A_BUSY_WORKER_LIVES,
    retry_policy=_ELSEWHERE,
    cancellation_type=ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
)

STORE_MEDIA = ActivityConfig(
    start_to_close_timeout=timedelta(minutes=6),
    heartbeat_timeout=_A_BUSY_WORKER_LIVES,
    retry_policy=_PATIENT,
)

FILM_SHORT = ActivityConfig(
    start_to_close_timeout=timedelta(minutes=30),
    heartbeat_timeout=_A_FULL_CORE_LIVES,
    retry_policy=_attempts(4),
    cancellation_type=ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
)

REHOST = ActivityConfig(
    start_to_close_timeout=timedelta(minutes=5),
    heartbeat_timeout=_A_WORKER_LIVES,
    retry_policy=_PATIENT,
)

# Harmless to repeat, and an approved post must not be lost: tried for as long as a
# store or the Temporal server may be away.
HAND_OVER = ActivityConfig(
    start_to_close_timeout=timedelta(minutes=5),
    heartbeat_timeout=_A_WORKER_LIVES,
    retry_policy=RetryPolicy(
        initial_interval=timedelta(seconds=1), maximum_interval=timedelta(minutes=1)
    ),
)

OPEN_ACCOUNT = ActivityConfig(
    start_to_close_timeout=timedelta(minutes=2),
    heartbeat_timeout=_A_WORKER_LIVES,
    retry_policy=_PATIENT,
)

# A campaign is planned without an answer rather than late.
ASK_LIMITS = ActivityConfig(
    start_to_close_timeout=timedelta(seconds=45),
    heartbeat_timeout=_A_WORKER_LIVES,
    retry_policy=_attempts(2, first_pause=1),
)

RESERVE_BUDGET = ActivityConfig(
    start_to_close_timeout=timedelta(minutes=1),
    heartbeat_timeout=_A_WORKER_LIVES,
    retry_policy=_PATIENT,
)

# A campaign is written without what a voice knows rather than late.
RECALL_LESSONS = ActivityConfig(
    start_to_close_timeout=timedelta(seconds=30),
    heartbeat_timeout=_A_WORKER_LIVES,
    retry_policy=_attempts(2, first_pause=1),
)

# A post waits for it with the decisions and changes that come meanwhile.
TEACH_VOICE = ActivityConfig(
    start_to_close_timeout=timedelta(seconds=20),
    heartbeat_timeout=_A_WORKER_LIVES,
    retry_policy=_attempts(5, first_pause=1),
)

# Harmless to repeat; until it is written, the next check starts nothing twice either.
KEEP_LEDGER = ActivityConfig(
    start_to_close_timeout=timedelta(minutes=1),
    heartbeat_timeout=_A_WORKER_LIVES,
    retry_policy=_PATIENT,
)

# AccountWorkflow goes on meanwhile; a run that ends waits for it. News must arrive, in
# order, so it is tried for as long as the Temporal server may be away.
TELL_POSTS = ActivityConfig(
    start_to_close_timeout=timedelta(minutes=1),
    heartbeat_timeout=_A_WORKER_LIVES,
    retry_policy=RetryPolicy(
        initial_interval=timedelta(seconds=1), maximum_interval=timedelta(seconds=30)
    ),
)

# What needs a person must be found, however long Temporal or the store is away.
LOOK_AROUND = ActivityConfig(
    start_to_close_timeout=timedelta(minutes=5),
    heartbeat_timeout=_A_BUSY_WORKER_LIVES,
    retry_policy=RetryPolicy(
        initial_interval=timedelta(seconds=2), maximum_interval=timedelta(minutes=5)
    ),
)

# After a long pause there may be many runs; each attempt goes on where one stopped.
KEEP_RECORDS = ActivityConfig(
    start_to_close_timeout=timedelta(hours=1),
    heartbeat_timeout=_A_BUSY_WORKER_LIVES,
    retry_policy=RetryPolicy(
        initial_interval=timedelta(seconds=2), maximum_interval=timedelta(minutes=5)
    ),
)

# A receiver may be down for hours; after a day the message is given up, and `list`
# says so.
DELIVER_NOTIFICATION = ActivityConfig(
    start_to_close_timeout=timedelta(minutes=1),
    schedule_to_close_timeout=timedelta(days=1),
    retry_policy=RetryPolicy(
        initial_interval=timedelta(seconds=2), maximum_interval=timedelta(minutes=15)
    ),
)

# One request each, never repeated by Temporal: AccountWorkflow decides what a lost
# reply means. It makes one call at a time, so none may wait long for a dead worker.
# A createPost that no worker took in time was certainly not sent; it is made anew with
# a due time that still lies ahead.
BUFFER_CALL = ActivityConfig(
    schedule_to_start_timeout=timedelta(minutes=1),
    start_to_close_timeout=timedelta(seconds=90),
    heartbeat_timeout=_A_WORKER_LIVES,
    retry_policy=_ONCE,
    cancellation_type=ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
)

# Repeated by AccountWorkflow after a pause, because each says how the post shall be.
BUFFER_CHANGE = ActivityConfig(
    schedule_to_start_timeout=timedelta(minutes=1),
    start_to_close_timeout=timedelta(seconds=90),
    heartbeat_timeout=_A_WORKER_LIVES,
    retry_policy=_ONCE,
    cancellation_type=ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
)

# What a plan can do without is not waited for.
BUFFER_GLANCE = ActivityConfig(
    schedule_to_start_timeout=timedelta(seconds=10),
    start_to_close_timeout=timedelta(seconds=20),
    heartbeat_timeout=_A_WORKER_LIVES,
    retry_policy=_ONCE,
)

BUFFER_READ = ActivityConfig(
    start_to_close_timeout=timedelta(seconds=60),
    heartbeat_timeout=_A_WORKER_LIVES,
    retry_policy=_ONCE,
)


def named(config: ActivityConfig, summary: str) -> ActivityConfig:
    """Return the options with a line for the Temporal UI's timeline."""
    named_config = config.copy()
    named_config["summary"] = summary
    return named_config


def queued(config: ActivityConfig, beside: Callable[[str], str]) -> ActivityConfig:
    """Return the options for a task queue beside the workflow's own.

    ``beside`` names it by the workflow's: one of ``ids``, such as ``ids.media_queue``.
    """
    queued_config = config.copy()
    queued_config["task_queue"] = beside(workflow.info().task_queue)
    return queued_config
