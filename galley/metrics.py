"""The definition of every metric of Galley's own; those of Temporal's SDK begin with ``temporal_``.

Workflows, activities and ``observability`` record them. Dashboards and rules use the names: add,
do not rename. Labels have few values: never an ID of a post, a campaign or a channel, no text.
"""

from dataclasses import dataclass
from enum import StrEnum


class MetricKind(StrEnum):
    """Prometheus's type of a metric."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


@dataclass(frozen=True)
class Metric:
    """One metric; ``name`` is the SDK's, without the suffix that it adds."""

    name: str
    kind: MetricKind
    labels: tuple[str, ...]
    about: str

    @property
    def exported_as(self) -> str:
        """The name in a scrape."""
        match self.kind:
            case MetricKind.COUNTER:
                return f"{self.name}_total"
            case MetricKind.HISTOGRAM:
                return f"{self.name}_seconds"
            case MetricKind.GAUGE:
                return self.name


def _counter(name: str, labels: tuple[str, ...], about: str) -> Metric:
    return Metric(f"galley_{name}", MetricKind.COUNTER, labels, about)


def _gauge(name: str, labels: tuple[str, ...], about: str) -> Metric:
    return Metric(f"galley_{name}", MetricKind.GAUGE, labels, about)


# Recorded where they happen

POST_STATES = _counter("post_states", ("platform", "state"), "Times a post came into a state.")
DUPLICATES_PREVENTED = _counter(
    "duplicates_prevented",
    ("how",),
    "Posts that were not made a second time: `adopted` were found in Buffer after a "
    "lost reply, `published` had a receipt, `claimed` were another run's.",
)
COST = _counter(
    "cost_micro_usd",
    ("provider",),
    "What calls cost that were paid for, in millionths of a US dollar.",
)
CONFIRM = Metric(
    "galley_confirm",
    MetricKind.HISTOGRAM,
    ("platform",),
    "From the due time of a post until Buffer confirmed it, with its link.",
)
LOOKS_FAILED = _counter("looks_failed", ("part",), "Looks at a part that could not be taken.")

# Looked up at intervals by the inspection

POSTS = _gauge("posts", ("state",), "Posts in each state that Temporal keeps.")
POSTS_OVERDUE = _gauge("posts_overdue", (), "Posts due over ten minutes ago and not confirmed.")
POSTS_ABANDONED = _gauge(
    "posts_abandoned", (), "Posts ended from outside while Buffer may have had them."
)
REVIEWS_EXPIRING = _gauge(
    "reviews_expiring", (), "Posts in review for six days of the usual seven."
)
PROPOSALS = _gauge("proposals", (), "Posts on their way of which an edit waits for approval.")
ENDED_TODAY = _gauge("posts_ended_today", ("state",), "Refused, failed or expired within 24 hours.")
QUOTA_LIMIT = _gauge(
    "quota_limit", ("organization", "window_seconds"), "Calls a window of Buffer takes."
)
QUOTA_REMAINING = _gauge(
    "quota_remaining", ("organization", "window_seconds"), "Calls that are left of it."
)
QUOTA_WAIT = _gauge(
    "quota_wait_seconds", ("organization",), "Until the next post may go out; 0: now."
)
QUEUE_JOBS = _gauge(
    "queue_jobs", ("organization", "phase"), "Jobs of the AccountWorkflow, by phase."
)
QUEUE_AGE = _gauge(
    "queue_age_seconds",
    ("organization",),
    "For how long the post waits that waits longest to be created in Buffer.",
)
CHANGES_WANTED = _gauge(
    "changes_wanted", ("organization",), "Changes that Buffer has not confirmed."
)
PAUSES = _gauge("pauses", ("organization",), "Pauses in force.")
KEY_REFUSED = _gauge(
    "buffer_key_refused", ("organization",), "1 if Buffer refused the key last time."
)
UNANSWERED = _gauge(
    "buffer_unanswered",
    ("organization",),
    "1 while Buffer gives no answer, and is left alone for a while.",
)
ACCOUNT_ANSWERS = _gauge("account_answers", ("organization",), "0 if no worker answers for it.")
POLLERS = _gauge("task_queue_pollers", ("queue",), "Workers that poll a task queue.")
BACKLOG = _gauge("task_queue_backlog", ("queue",), "Tasks that wait for a worker.")
BACKLOG_AGE = _gauge(
    "task_queue_backlog_age_seconds", ("queue",), "For how long the task waits that waits longest."
)
COST_TODAY = _gauge("cost_today_usd", (), "Spent or set aside today (UTC), in US dollars.")
COST_CEILING = _gauge("cost_ceiling_usd", (), "The ceiling of a day, in US dollars; missing: none.")
BRAND_COST_TODAY = _gauge(
    "brand_cost_today_usd", ("brand",), "The same of each brand, of 50 at most."
)
BRAND_COST_CEILING = _gauge(
    "brand_cost_ceiling_usd", (), "The ceiling of a brand and day; missing: none."
)
FEEDS_IN_TROUBLE = _gauge("feeds_in_trouble", (), "Feeds whose last check failed or does not end.")
CAMPAIGNS_FAILED = _gauge("campaigns_failed_today", (), "Campaigns that failed within 24 hours.")
CAMPAIGNS_WAITING = _gauge(
    "campaigns_waiting", (), "Campaigns that wait for Buffer, their account or the state bucket."
)
RUNS_STUCK = _gauge(
    "runs_stuck", (), "Runs whose code fails again and again, as Temporal reports it."
)
LOOKED_AT = _gauge("looked_at_seconds", (), "When these gauges were looked up, as Unix time.")

ALL = tuple(one for one in list(globals().values()) if isinstance(one, Metric))
