"""The activities that call Buffer, one request each; only AccountWorkflow calls them.

An error of Buffer becomes a typed reply, not a failed activity.
"""

import asyncio
from collections.abc import Awaitable
from datetime import UTC, datetime, timedelta
from typing import TypedDict, TypeVar

from temporalio import activity

from activities.edge import heartbeating
from activities.interfaces import BufferActivities
from activities.media.hosting import PublicHosting
from galley.clients.buffer.client import BufferClient
from galley.clients.buffer.connection import Answer
from galley.clients.buffer.errors import (
    BlockedError,
    BufferApiError,
    DuplicateError,
    ForbiddenError,
    NoAnswerError,
    NotFoundError,
    NotSentError,
    RateLimitedError,
    SchemaError,
    UnauthorizedError,
    UnknownOutcomeError,
)
from galley.clients.buffer.matching import CLOCK_SKEW, is_ours
from galley.clients.buffer.queries import PostsQuery
from galley.models.account import LimitsReply, ReadLimits
from galley.models.publishing import (
    BufferPost,
    ChangeReply,
    ChangeReplyKind,
    ChannelsReply,
    CreateKind,
    CreateReply,
    DeletePost,
    EditPost,
    FindPost,
    FindReply,
    ListChannels,
    ListUnsent,
    MovePost,
    OutcomesReply,
    PostRequest,
    RateWindow,
    ReadKind,
    ReadOutcomes,
    ReadPost,
    ReplyKind,
    UnsentReply,
)

T = TypeVar("T")


class Trouble(TypedDict):
    """What every reply says of a failure."""

    message: str
    retry_after: float | None
    windows: tuple[RateWindow, ...]


def trouble(error: BufferApiError) -> Trouble:
    """Return the fields that all replies have for a failure."""
    wait = error.retry_after if isinstance(error, RateLimitedError) else None
    return Trouble(message=error.message, retry_after=wait, windows=error.windows)


def create_kind(error: BufferApiError) -> CreateKind:
    """Return what a failed ``createPost`` means: only two kinds leave it open."""
    match error:
        case NotSentError():
            return ReplyKind.UNREACHABLE
        case UnknownOutcomeError():
            return ReplyKind.UNKNOWN
        case DuplicateError():
            return ReplyKind.DUPLICATE
        case RateLimitedError():
            return ReplyKind.RATE_LIMITED
        case UnauthorizedError() | ForbiddenError() | SchemaError():
            # No post would get through: the way in must be mended, not this post.
            return ReplyKind.UNAUTHORIZED
        case _:
            return ReplyKind.REFUSED


def change_kind(error: BufferApiError) -> ChangeReplyKind:
    """Return what a failed edit, deletion, move or look at one post means."""
    match error:
        case NotFoundError():
            return ReplyKind.GONE
        case RateLimitedError():
            return ReplyKind.RATE_LIMITED
        case UnauthorizedError() | BlockedError():
            return ReplyKind.UNAUTHORIZED
        case NotSentError() | NoAnswerError():
            # All of them may be repeated, so what happened need not be told apart.
            return ReplyKind.UNREACHABLE
        case UnknownOutcomeError():
            return ReplyKind.FAILED
        case _:
            return ReplyKind.REFUSED


def read_kind(error: BufferApiError) -> ReadKind:
    """Return what a failed read means; all but the key's may be tried again."""
    match error:
        case RateLimitedError():
            return ReplyKind.RATE_LIMITED
        case UnauthorizedError() | BlockedError():
            return ReplyKind.UNAUTHORIZED
        case NotSentError() | NoAnswerError():
            return ReplyKind.UNREACHABLE
        case _:
            return ReplyKind.FAILED


async def unbroken(call: asyncio.Task[T]) -> T:
    """Wait for ``call`` to its end, however often the waiting is cancelled.

    Once a write is out, a worker that shuts down waits for its answer, so that what
    happened is recorded. The client's own deadline bounds the wait.
    """
    while True:
        try:
            return await asyncio.shield(call)
        except asyncio.CancelledError:
            if call.cancelled():
                raise


PAGE = 50  # Buffer suggests 20 to 50; the maximum is not documented.
_MOST_SKEW = timedelta(days=1)
"""A clock set to another zone's time differs by hours. Where an exact due time is part
of the evidence, looking back farther costs nothing and takes no other post for ours."""
_UPCOMING = timedelta(hours=1)
"""What is due later than this from now cannot have gone out by any clock."""
_OVERDUE = (
    "The worker got to it too late: it was frozen, or its clock is not that of the "
    "Temporal server. Nothing was sent."
)


class BufferPublishing(BufferActivities):
    """The requests AccountWorkflow makes, each a single attempt.

    Reads and changes are safe to repeat. ``create_post`` is not: after ``UNKNOWN`` or
    ``DUPLICATE`` the post must be looked for before it is created again.
    """

    def __init__(self, buffer: BufferClient, hosting: PublicHosting | None = None) -> None:
        self._buffer = buffer
        self._hosting = hosting

    @activity.defn
    async def list_channels(self, task: ListChannels) -> ChannelsReply:
        try:
            async with heartbeating():
                answer = await self._buffer.channels(task.organization_id)
        except BufferApiError as error:
            return ChannelsReply(kind=read_kind(error), **trouble(error))
        return ChannelsReply(kind=ReplyKind.OK, directory=answer.value, windows=answer.windows)

    @activity.defn
    async def create_post(self, task: PostRequest) -> CreateReply:
        """Create one post, once a stranger would get its media.

        Once the request is out, a cancellation (a worker shutting down) waits for its
        answer, so that what happened is recorded. A worker that was frozen between
        getting the task and this line sends nothing: it has long been counted as
        lost, and the post may have been looked for and created meanwhile.
        """
        if why := await self._missing_media(task):
            return CreateReply(kind=ReplyKind.NOT_SENT, message=why)
        if _is_overdue(activity.info()):
            return CreateReply(kind=ReplyKind.NOT_SENT, message=_OVERDUE)
        async with heartbeating():
            return await unbroken(asyncio.create_task(self._create(task)))

    @activity.defn
    async def find_post(self, task: FindPost) -> FindReply:
        """Look through one page of what was created on the channel since then."""
        is_exact = task.request.delivery.has_due_time
        skew = _MOST_SKEW if is_exact else CLOCK_SKEW
        query = PostsQuery(
            organization_id=task.organization_id,
            channel_ids=(task.request.channel_id,),
            created_since=task.created_since - skew,
        )
        try:
            async with heartbeating():
                answer = await self._buffer.posts(query, first=PAGE, after=task.after)
        except BufferApiError as error:
            return FindReply(kind=read_kind(error), **trouble(error))
        page = answer.value
        found = next((one for one in page.posts if _is_wanted(one, task)), None)
        return FindReply(
            kind=ReplyKind.OK,
            post=found,
            next_page=None if found else page.next_page,
            windows=answer.windows,
        )

    @activity.defn
    async def read_outcomes(self, task: ReadOutcomes) -> OutcomesReply:
        """Read one page of posts due since then; their texts are left out.

        The list ends with those that are due by now: one that is not among them was
        moved or deleted, and is asked for by its id rather than looked for in all that
        Buffer holds.
        """
        query = PostsQuery(organization_id=task.organization_id, due_since=task.due_since)
        try:
            async with heartbeating():
                answer = await self._buffer.posts(query, first=PAGE, after=task.after)
        except BufferApiError as error:
            return OutcomesReply(kind=read_kind(error), **trouble(error))
        page, wanted = answer.value, set(task.post_ids)
        found = tuple(one.without_text() for one in page.posts if one.id in wanted)
        # By the clock of AccountWorkflow, which says what is due.
        now = max(activity.info().scheduled_time, task.due_since)
        is_all = len(found) >= len(wanted) or _is_upcoming(page.posts, now)
        return OutcomesReply(
            kind=ReplyKind.OK,
            posts=found,
            next_page=None if is_all else page.next_page,
            windows=answer.windows,
        )

    @activity.defn
    async def edit_post(self, task: EditPost) -> ChangeReply:
        """Make the post in Buffer what the request says; the schedule if asked."""
        return await _write(self._buffer.edit_post(task))

    @activity.defn
    async def delete_post(self, task: DeletePost) -> ChangeReply:
        """Take the post out of Buffer; ``GONE`` when it was not there."""
        return await _write(self._buffer.delete_post(task.post_id))

    @activity.defn
    async def move_post(self, task: MovePost) -> ChangeReply:
        """Put the post first or last in the queue of its channel."""
        return await _write(self._buffer.move_post(task.post_id, task.position))

    @activity.defn
    async def read_post(self, task: ReadPost) -> ChangeReply:
        """Look at one post, with its text: the evidence after a lost reply."""
        async with heartbeating():
            return await _change(self._buffer.post(task.post_id))

    @activity.defn
    async def read_limits(self, task: ReadLimits) -> LimitsReply:
        """Read the daily limits, those of the plan, and what Buffer holds."""
        try:
            async with heartbeating():
                answer = await self._buffer.limits(task)
        except BufferApiError as error:
            return LimitsReply(kind=read_kind(error), **trouble(error))
        found = answer.value
        return LimitsReply(
            kind=ReplyKind.OK,
            daily=found.daily,
            plan=found.plan,
            scheduled=found.scheduled,
            held=found.held,
            windows=answer.windows,
        )

    @activity.defn
    async def list_unsent(self, task: ListUnsent) -> UnsentReply:
        """Read one page of the posts that were not sent, with their media."""
        try:
            async with heartbeating():
                answer = await self._buffer.unsent(
                    task.organization_id, first=PAGE, after=task.after
                )
        except BufferApiError as error:
            return UnsentReply(kind=read_kind(error), **trouble(error))
        return UnsentReply(kind=ReplyKind.OK, page=answer.value, windows=answer.windows)

    async def _missing_media(self, request: PostRequest) -> str:
        if self._hosting is None or not request.assets:
            return ""
        async with heartbeating():
            return await self._hosting.mend(request.assets)

    async def _create(self, request: PostRequest) -> CreateReply:
        try:
            answer = await self._buffer.create_post(request)
        except BufferApiError as error:
            return CreateReply(kind=create_kind(error), **trouble(error))
        return CreateReply(kind=ReplyKind.OK, post=answer.value, windows=answer.windows)


def _is_overdue(info: activity.Info) -> bool:
    """Whether the attempt's whole time has passed before it began."""
    whole = info.start_to_close_timeout
    return whole is not None and datetime.now(UTC) - info.started_time > whole


def _is_upcoming(posts: tuple[BufferPost, ...], now: datetime) -> bool:
    """Whether what follows on later pages is not due yet; the list is by due time."""
    latest = posts[-1].due_at if posts else None
    return latest is not None and latest > now + _UPCOMING


def _is_wanted(post: BufferPost, task: FindPost) -> bool:
    """Whether the post is ours by any due time we may have given it."""
    times = (task.request.due_at, *task.earlier_due)
    return post.id not in task.taken and any(
        is_ours(post, task.request.replace(due_at=at)) for at in times
    )


async def _write(call: Awaitable[Answer[BufferPost | None]]) -> ChangeReply:
    async with heartbeating():
        return await unbroken(asyncio.create_task(_change(call)))


async def _change(call: Awaitable[Answer[BufferPost | None]]) -> ChangeReply:
    try:
        answer = await call
    except BufferApiError as error:
        return ChangeReply(kind=change_kind(error), **trouble(error))
    return ChangeReply(kind=ReplyKind.OK, post=answer.value, windows=answer.windows)
