"""The status of a running Galley, and the health level of each part; ``status`` prints it."""

from collections.abc import Iterator

from pydantic import BaseModel, ConfigDict
from temporalio.client import Client
from temporalio.service import RPCError

from app.accounts.workflows import buffer_client
from app.connections import Connections
from app.errors import InvalidRequestError, NotAuthorizedError
from app.health.findings import Level, worst
from app.health.notifications import Undelivered, undelivered
from galley.clients.buffer.errors import BufferApiError, ForbiddenError, UnauthorizedError
from galley.models.post import PostState
from galley.publishing.job.state import AccountHealth
from galley.settings import Settings
from observability.findings import Health, Posts, TaskQueue
from observability.inspection import look
from workflows.ids import Queue

STUCK = (PostState.HELD, PostState.ERROR, PostState.LATE)
"""The states in which a post does not go on by itself though it was approved."""
_BACKLOG_SECONDS = 60
"""After so long, a task that no worker takes needs attention."""
_QUOTA_LOW = 0.1
"""Of a window: less is nearly nothing."""
_CEILING_NEAR = 0.8
"""Of a ceiling."""


class Status(BaseModel):
    """What one look found, and which messages to a person did not arrive."""

    model_config = ConfigDict(frozen=True)

    seen: Health
    undelivered: tuple[Undelivered, ...] = ()
    key_refusal: str = ""
    """Why Buffer does not let us in, where no campaign has been there yet."""

    @property
    def is_healthy(self) -> bool:
        """Whether nothing is broken."""
        return worst(*levels(self.seen)) is not Level.FAILED and not self.key_refusal

    @property
    def needs_you(self) -> int | None:
        """How many posts need a person; ``None`` if they could not be counted."""
        posts = self.seen.posts
        return None if posts is None else needing(posts)


async def read_status(connections: Connections) -> Status:
    """Count through Temporal and ask the workers.

    Buffer is called only while no account runs: then nobody else knows if it lets us in.

    Raises:
        ServiceError: Temporal does not answer.
    """
    waiting = "asking Temporal, the workers and the state bucket"
    async with connections.progress.waiting(waiting):
        client = await connections.temporal()
        seen = await look(client, connections.settings)
        refusal = await key_refusal(connections.settings) if seen.accounts == () else ""
        messages = await _undelivered(client)
        return Status(seen=seen, undelivered=messages, key_refusal=refusal)


async def key_refusal(settings: Settings) -> str:
    """Return why Buffer does not let us in; one that does not answer says nothing of that."""
    try:
        client = buffer_client(settings)
    except NotAuthorizedError:
        return ""  # There is no key yet: `doctor` says so.
    except InvalidRequestError as error:
        return str(error)
    try:
        await client.organizations()
    except (UnauthorizedError, ForbiddenError) as error:
        return str(error)
    except BufferApiError:
        return ""
    finally:
        await client.aclose()
    return ""


async def _undelivered(client: Client) -> tuple[Undelivered, ...]:
    """Whoever cannot be asked is missing in what was seen already."""
    try:
        return tuple(await undelivered(client))
    except RPCError:
        return ()


def needing(posts: Posts) -> int:
    """Return how many posts need a person."""
    return posts.of(PostState.IN_REVIEW, *STUCK) + posts.proposals


# The level of each part


def levels(seen: Health) -> Iterator[Level]:
    """Yield the level of every part, once for each thing seen of it."""
    yield from (queue_level(queue) for queue in seen.queues or ())
    for account in seen.accounts or ():
        yield account_level(account.health)
    if seen.posts:
        yield posts_level(seen.posts)
    if seen.runs:
        yield Level.FAILED if seen.runs.stuck else Level.OK
        yield Level.WARNING if seen.runs.feeds else Level.OK
        yield Level.WARNING if seen.runs.failed_campaigns else Level.OK
        yield Level.WARNING if seen.runs.waiting_campaigns else Level.OK
    if money := seen.money:
        yield spending_level(money.taken_micros, money.ceiling_micros)
        for taken in money.brands.values():
            yield spending_level(taken, money.brand_ceiling_micros)
    yield from (Level.FAILED for _ in seen.missing)


def queue_level(queue: TaskQueue) -> Level:
    """Return the level of a task queue: whether somebody polls it, and in time."""
    if not queue.is_polled:
        is_needed = queue.serves in {Queue.POSTS, Queue.PUBLISHING} or queue.backlog
        return Level.FAILED if is_needed else Level.WARNING
    is_late = queue.backlog and queue.backlog_seconds > _BACKLOG_SECONDS
    return Level.WARNING if is_late else Level.OK


def account_level(health: AccountHealth | None) -> Level:
    """Return the level of an organization; of one that does not answer too."""
    if health is None:
        # A dead worker is still listed for a minute: it is known by its silence.
        return Level.FAILED
    if health.is_key_refused or health.unanswered_since is not None:
        return Level.FAILED
    return Level.WARNING if health.pauses else quota_level(health)


def quota_level(health: AccountHealth) -> Level:
    """Return the level of an organization's quota for calls to Buffer."""
    is_low = any(w.remaining <= _QUOTA_LOW * w.limit for w in health.windows)
    return Level.WARNING if health.next_call_at or is_low else Level.OK


def posts_level(posts: Posts) -> Level:
    """Return the level of all posts together."""
    if posts.of(*STUCK) or posts.abandoned:
        return Level.FAILED
    if posts.overdue or posts.expiring or any(posts.ended_today.values()):
        return Level.WARNING
    return Level.NEEDS_YOU if needing(posts) else Level.OK


def spending_level(taken: int, ceiling: int | None) -> Level:
    """Return the level of a day's spending, in millionths of a dollar."""
    is_near = ceiling is not None and taken >= _CEILING_NEAR * ceiling
    return Level.WARNING if is_near else Level.OK
