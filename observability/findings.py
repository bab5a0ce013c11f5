"""The figures of one look at a running Galley: Health and its parts.

``status`` and the gauges show them. A part that could not be read is ``None``,
and ``missing`` says why, so nothing unread is reported as well.
"""

from pydantic import AwareDatetime, BaseModel, ConfigDict

from galley.models.post import PostState
from galley.publishing.job.state import AccountHealth


class Seen(BaseModel):
    """A part of Health; it does not change after the look."""

    model_config = ConfigDict(frozen=True)


class Poller(Seen):
    """A worker that asks for tasks."""

    identity: str
    """``<process>@<host>``, unless the worker has a name of its own."""
    seen_at: AwareDatetime


class TaskQueue(Seen):
    """A task queue, and the tasks that wait there for a free worker."""

    name: str
    serves: str = ""
    """Its name in ``worker.py --queues``."""
    pollers: tuple[Poller, ...] = ()
    backlog: int = 0
    backlog_seconds: float = 0
    """The age of the oldest waiting task."""

    @property
    def is_polled(self) -> bool:
        """Whether any worker is alive there."""
        return bool(self.pollers)


class Account(Seen):
    """An AccountWorkflow that runs; without a worker it does not answer."""

    workflow_id: str
    health: AccountHealth | None = None


class Posts(Seen):
    """Posts, counted by Temporal's visibility; ended ones within its retention."""

    by_state: dict[PostState, int]
    proposals: int = 0
    """Scheduled posts with an edit that waits for approval."""
    overdue: int = 0
    """Running posts that are due for ten minutes or more, and not confirmed."""
    abandoned: int = 0
    """Ended in Temporal while Buffer may have had them."""
    expiring: int = 0
    """In review for six of the usual seven days."""
    ended_today: dict[PostState, int] = {}
    """Refused, failed or expired within the last 24 hours."""

    def of(self, *states: PostState) -> int:
        """Return how many posts are in these states."""
        return sum(self.by_state.get(state, 0) for state in states)


class Feed(Seen):
    """A feed whose last check failed, or does not end."""

    feed_id: str
    said: str
    since: AwareDatetime


class Runs(Seen):
    """What is wrong with runs that are not posts."""

    feeds: tuple[Feed, ...] = ()
    failed_campaigns: int = 0
    """Within the last 24 hours."""
    waiting_campaigns: int = 0
    """Campaigns that wait for Buffer, their account or the state bucket."""
    stuck: int = 0
    """Runs whose workflow tasks keep failing: a bug, or a build that does not fit."""


class Money(Seen):
    """What of the ceilings is taken today (UTC), in millionths of a US dollar."""

    taken_micros: int
    ceiling_micros: int | None = None
    brands: dict[str, int] = {}
    brand_ceiling_micros: int | None = None


class Health(Seen):
    """Everything one look found."""

    at: AwareDatetime
    namespace: str = ""
    queues: tuple[TaskQueue, ...] | None = None
    accounts: tuple[Account, ...] | None = None
    posts: Posts | None = None
    runs: Runs | None = None
    money: Money | None = None
    missing: dict[str, str] = {}
    """By part: the reason that it could not be read."""
