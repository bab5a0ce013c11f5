"""Activity options: timeouts, retry policies and cancellation, one set a kind of work."""

from datetime import timedelta

from temporalio import workflow
from temporalio.common import Priority, RetryPolicy
from temporalio.workflow import ActivityCancellationType, ActivityConfig

from workflows.ids import Queue

_SECOND, _MINUTE, _HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)


def _attempts(
    most: int, first_pause: int = 2, longest_pause: timedelta | None = None
) -> RetryPolicy:
    """Return so many attempts; the pauses, the first one in seconds, double."""
    return RetryPolicy(
        initial_interval=first_pause * _SECOND,
        maximum_interval=longest_pause,
        maximum_attempts=most,
    )


def _until_done(longest_pause: timedelta, first_pause: int = 1) -> RetryPolicy:
    """Return a policy without an end, for work that must not be lost in an outage."""
    return RetryPolicy(
        initial_interval=first_pause * _SECOND, maximum_interval=longest_pause, maximum_attempts=0
    )


# Some minutes: as long as a store or a provider is usually away.
_PATIENT = _attempts(8, first_pause=1, longest_pause=2 * _MINUTE)
# A provider goes on with an order, whoever asks for it: giving up would lose its price.
_ELSEWHERE = _attempts(20, longest_pause=_MINUTE)
# AccountWorkflow decides itself what a failed call means.
_ONCE = RetryPolicy(maximum_attempts=1)

# Before what waits in the same task queue.
_FIRST = Priority(priority_key=1)

# A killed worker is noticed by a heartbeat that is missing for this long.
_A_WORKER_LIVES = 10 * _SECOND
# The same for work that keeps its worker busy: heartbeats may be late.
_A_BUSY_WORKER_LIVES = 20 * _SECOND
# The same for encoders and models, which fill the machine.
_A_FULL_CORE_LIVES = 30 * _SECOND


def _config(
    limit: timedelta, heartbeat: timedelta, retry: RetryPolicy, *, waits_for_end: bool = False
) -> ActivityConfig:
    """Return options: the time of one attempt, its heartbeat timeout, its retries.

    With ``waits_for_end`` a cancelled activity is waited for, because it has something to
    stop: an order at a provider, an encoder, a request to Buffer that is under way.
    """
    config = ActivityConfig(
        start_to_close_timeout=limit, heartbeat_timeout=heartbeat, retry_policy=retry
    )
    if waits_for_end:
        config["cancellation_type"] = ActivityCancellationType.WAIT_CANCELLATION_COMPLETED
    return config


# A page that does not answer in a minute of tries is a person's problem.
READ_SOURCE = _config(2 * _MINUTE, _A_WORKER_LIVES, _attempts(4, first_pause=1))

# Each attempt goes on with the parts that are not done yet; four hours of speech take a
# minute or two, 500 pages some minutes.
CONDENSE_SOURCE = _config(30 * _MINUTE, _A_BUSY_WORKER_LIVES, _PATIENT)

# Two gigabytes of video take their time; a recording that cannot be fetched or read is a
# person's problem.
CUT_RECORDING = _config(_HOUR, _A_BUSY_WORKER_LIVES, _attempts(4))

# Five minutes of sound; a large model on a small machine is slower than speech.
TRANSCRIBE_PART = _config(2 * _HOUR, _A_FULL_CORE_LIVES, _attempts(5))

# An order is made once, however often this is retried; whether a lost one was made is known
# after two minutes.
ORDER_TRANSCRIPT = _config(4 * _MINUTE, _A_BUSY_WORKER_LIVES, _ELSEWHERE)

# Replicate ends an order by itself after five minutes, or half an hour at the latest.
AWAIT_TRANSCRIPT = _config(40 * _MINUTE, _A_BUSY_WORKER_LIVES, _ELSEWHERE, waits_for_end=True)
STORE_TRANSCRIPT = _config(2 * _MINUTE, _A_BUSY_WORKER_LIVES, _PATIENT)
JOIN_TRANSCRIPT = _config(5 * _MINUTE, _A_BUSY_WORKER_LIVES, _PATIENT)

# Few attempts: the model bills each of them. Written, compared with the source and looked at again
# (these two within a limit of their own), then mended.
WRITE_DRAFT = _config(12 * _MINUTE, _A_BUSY_WORKER_LIVES, _attempts(5, longest_pause=2 * _MINUTE))

# Twenty posts in one answer take minutes. After this the posts are asked for one by one.
WRITE_SET = _config(15 * _MINUTE, _A_BUSY_WORKER_LIVES, _attempts(4, longest_pause=2 * _MINUTE))

# Too short for a heartbeat.
CHECK_DRAFT = ActivityConfig(start_to_close_timeout=30 * _SECOND, retry_policy=_PATIENT)

RENDER_MEDIA = _config(10 * _MINUTE, _A_BUSY_WORKER_LIVES, _attempts(5))

# Ten pictures of a page; one that does not answer is left out.
FETCH_PICTURES = _config(5 * _MINUTE, _A_BUSY_WORKER_LIVES, _attempts(3))

# A long video is encoded anew; the limit on ffmpeg's own time is below this one.
FIT_MEDIA = _config(_HOUR, _A_FULL_CORE_LIVES, _attempts(3), waits_for_end=True)

CHOOSE_CLIPS = _config(5 * _MINUTE, _A_FULL_CORE_LIVES, _attempts(5))

# One clip is cut at a time, and the others wait; each takes minutes on a busy machine.
CUT_CLIP = _config(2 * _HOUR, _A_FULL_CORE_LIVES, _attempts(4), waits_for_end=True)

# As ORDER_TRANSCRIPT.
ORDER_MEDIA = _config(
    4 * _MINUTE, _A_BUSY_WORKER_LIVES, _attempts(10, longest_pause=_MINUTE), waits_for_end=True
)

# Replicate ends an order by itself at the deadline we give it: after 20 minutes for a video.
AWAIT_MEDIA = _config(40 * _MINUTE, _A_BUSY_WORKER_LIVES, _ELSEWHERE, waits_for_end=True)
STORE_MEDIA = _config(6 * _MINUTE, _A_BUSY_WORKER_LIVES, _PATIENT)

FILM_SHORT = _config(30 * _MINUTE, _A_FULL_CORE_LIVES, _attempts(4), waits_for_end=True)

REHOST = _config(5 * _MINUTE, _A_WORKER_LIVES, _PATIENT)

# Safe to repeat, and an approved post must not be lost: tried for as long as a store or
# the Temporal server may be away.
HAND_OVER = _config(5 * _MINUTE, _A_WORKER_LIVES, _until_done(_MINUTE))

# As HAND_OVER; it needs no bucket, and a person waits.
HAND_CHANGE = HAND_OVER.copy()
HAND_CHANGE["priority"] = _FIRST

# Twice as long as the activity itself waits for AccountWorkflow.
OPEN_ACCOUNT = _config(2 * _MINUTE, _A_WORKER_LIVES, _PATIENT)

# A campaign is planned without an answer rather than late.
ASK_LIMITS = _config(45 * _SECOND, _A_WORKER_LIVES, _attempts(2, first_pause=1))

RESERVE_BUDGET = _config(_MINUTE, _A_WORKER_LIVES, _PATIENT)

# A campaign is written without the lessons of a voice rather than late.
RECALL_LESSONS = _config(30 * _SECOND, _A_WORKER_LIVES, _attempts(2, first_pause=1))

# Short: a post takes no decisions and changes meanwhile.
# Until a worker is configured with it: the post says what it waits for.
READ_TEAM = _config(20 * _SECOND, _A_WORKER_LIVES, _until_done(_MINUTE))

TEACH_VOICE = _config(20 * _SECOND, _A_WORKER_LIVES, _attempts(5, first_pause=1))

# Until it is written, the next check starts nothing twice either.
KEEP_LEDGER = _config(_MINUTE, _A_WORKER_LIVES, _PATIENT)

# News must arrive, in order, so it is tried for as long as the Temporal server may be away.
# AccountWorkflow goes on meanwhile; only the end of its run waits for it.
TELL_POSTS = _config(_MINUTE, _A_WORKER_LIVES, _until_done(30 * _SECOND))

# Until the bucket answers nothing is created, so it is tried for as long as that takes.
REMEMBER_ACCOUNT = ActivityConfig(
    start_to_close_timeout=_MINUTE, retry_policy=_until_done(30 * _SECOND)
)

# What needs a person must be found, however long Temporal or the store is away.
LOOK_AROUND = _config(5 * _MINUTE, _A_BUSY_WORKER_LIVES, _until_done(5 * _MINUTE, first_pause=2))

# After a long pause there may be many runs; each attempt goes on where one stopped.
KEEP_RECORDS = _config(_HOUR, _A_BUSY_WORKER_LIVES, _until_done(5 * _MINUTE, first_pause=2))

# A receiver may be down for hours; after a day the message is given up, and `list` says so.
DELIVER_NOTIFICATION = ActivityConfig(
    start_to_close_timeout=_MINUTE,
    schedule_to_close_timeout=timedelta(days=1),
    retry_policy=_until_done(15 * _MINUTE, first_pause=2),
)

# One request each, never repeated by Temporal: AccountWorkflow decides what a lost reply
# means. It makes one call at a time, so none may wait long for a dead worker. A createPost
# that no worker took within a minute was certainly not sent: it is made anew, with a due
# time that still lies ahead.
BUFFER_CALL = _config(90 * _SECOND, _A_WORKER_LIVES, _ONCE, waits_for_end=True)
BUFFER_CALL["schedule_to_start_timeout"] = _MINUTE

# Repeated by AccountWorkflow after a pause, because each says how the post shall be.
BUFFER_CHANGE = BUFFER_CALL.copy()
BUFFER_CHANGE["priority"] = _FIRST

# What a plan can do without is not waited for.
BUFFER_GLANCE = _config(20 * _SECOND, _A_WORKER_LIVES, _ONCE)
BUFFER_GLANCE["schedule_to_start_timeout"] = 10 * _SECOND

BUFFER_READ = _config(_MINUTE, _A_WORKER_LIVES, _ONCE)


def named(config: ActivityConfig, summary: str) -> ActivityConfig:
    """Return the options with a line for the Temporal UI's timeline."""
    named_config = config.copy()
    named_config["summary"] = summary
    return named_config


def publishing(config: ActivityConfig, summary: str = "") -> ActivityConfig:
    """Return the options for the task queue of publishing, apart from drafts and media."""
    return queued(config, Queue.PUBLISHING, summary)


def queued(config: ActivityConfig, queue: Queue, summary: str = "") -> ActivityConfig:
    """Return the options for a task queue beside the workflow's own, named if that is given."""
    queued_config = named(config, summary) if summary else config.copy()
    queued_config["task_queue"] = queue.beside(workflow.info().task_queue)
    return queued_config
