"""Ask Buffer: one request each, and a typed reply whatever Buffer answers."""

import asyncio
from datetime import timedelta
from typing import TypedDict

from temporalio import activity

from activities.beating import beating
from activities.interfaces import BufferActivities
from galley.clients.buffer.client import BufferClient, PostsQuery
from galley.clients.buffer.errors import (
    BlockedError,
    BufferApiError,
    DuplicateError,
    NotSentError,
    RateLimitedError,
    UnauthorizedError,
    UnknownOutcomeError,
)
from galley.clients.buffer.matching import is_ours
from galley.models import (
    BufferPost,
    ChannelsReply,
    CreateKind,
    CreateReply,
    FindPost,
    FindReply,
    ListChannels,
    OutcomesReply,
    PostRequest,
    RateWindow,
    ReadKind,
    ReadOutcomes,
)

PAGE = 50  # Buffer suggests 20 to 50; the maximum is not documented.
_CLOCK_SKEW = timedelta(minutes=5)


class _Trouble(TypedDict):
    """What every reply says of a failure."""

    message: str
    retry_after: float | None
    windows: tuple[RateWindow, ...]


class BufferPublishing(BufferActivities):
    """The requests AccountWorkflow makes, each a single attempt.

    Reads are safe to repeat. ``create_post`` is not: after ``UNKNOWN`` or
    ``DUPLICATE`` the post must be looked for before it is created again.
    """

    def __init__(self, buffer: BufferClient) -> None:
        self._buffer = buffer

    @activity.defn
    async def list_channels(self, task: ListChannels) -> ChannelsReply:
        try:
            async with beating():
                answer = await self._buffer.channels(task.organization_id)
        except BufferApiError as error:
            return ChannelsReply(kind=_read_kind(error), **_trouble(error))
        return ChannelsReply(
            kind=ReadKind.OK, directory=answer.value, windows=answer.windows
        )

    @activity.defn
    async def create_post(self, task: PostRequest) -> CreateReply:
        """Create one post.

        Once the request is out, a cancellation (a worker shutting down) waits for its
        answer, so that what happened is recorded.
        """
        async with beating():
            return await _unbroken(asyncio.create_task(self._create(task)))

    @activity.defn
    async def find_post(self, task: FindPost) -> FindReply:
        """Look through one page of what was created on the channel since then."""
        query = PostsQuery(
            organization_id=task.organization_id,
            channel_ids=(task.request.channel_id,),
            created_since=task.created_since - _CLOCK_SKEW,
        )
        try:
            async with beating():
                answer = await self._buffer.posts(query, first=PAGE, after=task.after)
        except BufferApiError as error:
            return FindReply(kind=_read_kind(error), **_trouble(error))
        page = answer.value
        found = next((one for one in page.posts if _is_wanted(one, task)), None)
        return FindReply(
            kind=ReadKind.OK,
            post=found,
            next_page=None if found else page.next_page,
            windows=answer.windows,
        )

    @activity.defn
    async def read_outcomes(self, task: ReadOutcomes) -> OutcomesReply:
        """Read one page of posts due since then; their texts are left out."""
        query = PostsQuery(
            organization_id=task.organization_id, due_since=task.due_since
        )
        try:
            async with beating():
                answer = await self._buffer.posts(query, first=PAGE, after=task.after)
        except BufferApiError as error:
            return OutcomesReply(kind=_read_kind(error), **_trouble(error))
        page, wanted = answer.value, set(task.post_ids)
        found = tuple(_without_text(one) for one in page.posts if one.id in wanted)
        return OutcomesReply(
            kind=ReadKind.OK,
            posts=found,
            next_page=page.next_page if len(found) < len(wanted) else None,
            windows=answer.windows,
        )

    async def _create(self, request: PostRequest) -> CreateReply:
        try:
            answer = await self._buffer.create_post(request)
        except BufferApiError as error:
            return CreateReply(kind=_create_kind(error), **_trouble(error))
        return CreateReply(
            kind=CreateKind.CREATED, post=answer.value, windows=answer.windows
        )


def _is_wanted(post: BufferPost, task: FindPost) -> bool:
    """Whether the post is ours by any due time we may have given it."""
    times = (task.request.due_at, *task.earlier_due)
    return post.id not in task.taken and any(
        is_ours(post, task.request.model_copy(update={"due_at": at})) for at in times
    )


def _create_kind(error: BufferApiError) -> CreateKind:
    """Return what a failed ``createPost`` means: only two kinds leave it open."""
    match error:
        case NotSentError():
            return CreateKind.NOT_SENT
        case UnknownOutcomeError():
            return CreateKind.UNKNOWN
        case DuplicateError():
            return CreateKind.DUPLICATE
        case RateLimitedError():
            return CreateKind.RATE_LIMITED
        case UnauthorizedError() | BlockedError():
            # No post would get through: the way in must be mended, not this post.
            return CreateKind.UNAUTHORIZED
        case _:
            return CreateKind.REFUSED


def _read_kind(error: BufferApiError) -> ReadKind:
    match error:
        case RateLimitedError():
            return ReadKind.RATE_LIMITED
        case UnauthorizedError() | BlockedError():
            return ReadKind.UNAUTHORIZED
        case _:
            return ReadKind.FAILED


def _trouble(error: BufferApiError) -> _Trouble:
    wait = error.retry_after if isinstance(error, RateLimitedError) else None
    return _Trouble(message=error.message, retry_after=wait, windows=error.windows)


def _without_text(post: BufferPost) -> BufferPost:
    """Return the post without its words, which every poll would add to the history."""
    return post.model_copy(update={"text": ""})


async def _unbroken(call: asyncio.Task[CreateReply]) -> CreateReply:
    """Wait for ``call`` to its end, however often the waiting is cancelled.

    The client's own deadline bounds the wait.
    """
    while True:
        try:
            return await asyncio.shield(call)
        except asyncio.CancelledError:
            if call.cancelled():
                raise
