"""The activities that call Buffer, one request each; only AccountWorkflow calls them.

An error of Buffer becomes a typed reply, not a failed activity.
"""

import asyncio
from collections.abc import Awaitable
from datetime import timedelta
from typing import TypedDict, TypeVar

from temporalio import activity

from activities.edge import heartbeating
from activities.interfaces import BufferActivities
from activities.media.hosting import PublicHosting
from activities.publishing.fence import AttemptFence, WithheldError, last_look
from activities.publishing.team import TeamGate
from activities.publishing.used_keys import not_of_others
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
    RefusedError,
    SchemaError,
    UnauthorizedError,
    UnknownOutcomeError,
)
from galley.clients.buffer.matching import CLOCK_SKEW, is_near, is_ours
from galley.clients.buffer.queries import PostsQuery
from galley.models.account import LimitsReply, ReadLimits
from galley.models.publishing import (
    BufferPost,
    ChangeReply,
    ChangeReplyKind,
    ChannelsReply,
    CreateKind,
    CreatePost,
    CreateReply,
    DeletePost,
    EditPost,
    FindPost,
    FindReply,
    HoldReason,
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
    """The fields that every reply has for a failure."""

    message: str
    reason: HoldReason | None
    retry_after: float | None
    windows: tuple[RateWindow, ...]


def trouble(error: BufferApiError) -> Trouble:
    """Return the fields that all replies have for a failure."""
    wait = error.retry_after if isinstance(error, RateLimitedError) else None
    reason: HoldReason | None = None
    match error:
        case UnauthorizedError():
            reason = HoldReason.ACCESS_LOST
        case NotFoundError():
            # Of a new post: its channel.
            reason = HoldReason.CHANNEL_LOST
        case RefusedError():
            reason = error.reason
        case _:
            pass
    return Trouble(message=error.message, reason=reason, retry_after=wait, windows=error.windows)


def create_kind(error: BufferApiError) -> CreateKind:
    """Return the meaning of a failed ``createPost``; two kinds leave its outcome unknown."""
    kind: CreateKind = ReplyKind.REFUSED
    match error:
        case NotSentError():
            kind = ReplyKind.UNREACHABLE
        case UnknownOutcomeError():
            kind = ReplyKind.UNKNOWN
        case DuplicateError():
            kind = ReplyKind.DUPLICATE
        case RateLimitedError():
            kind = ReplyKind.RATE_LIMITED
        case UnauthorizedError() | ForbiddenError() | SchemaError():
            # No post would get through: a person must mend the access, not this post.
            kind = ReplyKind.UNAUTHORIZED
        case NotFoundError():
            kind = ReplyKind.NOT_NOW
        case RefusedError() if error.reason is not None:
            kind = ReplyKind.NOT_NOW
        case _:
            pass
    return kind


def change_kind(error: BufferApiError) -> ChangeReplyKind:
    """Return the meaning of a failed edit, deletion, move or read of one post."""
    match error:
        case NotFoundError():
            return ReplyKind.GONE
        case RateLimitedError():
            return ReplyKind.RATE_LIMITED
        case UnauthorizedError() | BlockedError():
            return ReplyKind.UNAUTHORIZED
        case NotSentError() | NoAnswerError():
            # Each may be repeated, so lost replies need not be told from lost requests.
            return ReplyKind.UNREACHABLE
        case UnknownOutcomeError():
            return ReplyKind.FAILED
        case _:
            return ReplyKind.REFUSED


def read_kind(error: BufferApiError) -> ReadKind:
    """Return the meaning of a failed read; all but a refused key may be tried again."""
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
    """Wait for ``call`` to its end, however often the wait is cancelled.

    A worker that shuts down waits for the answer to a write that is out, so that its outcome
    is recorded. The client's own deadline bounds the wait.
    """
    while True:
        try:
            return await asyncio.shield(call)
        except asyncio.CancelledError:
            if call.cancelled():
                raise


PAGE = 50  # Buffer suggests 20 to 50; the maximum is not documented.
# A clock set to another zone's time differs by hours. Where an exact due time is part of the
# evidence, looking back farther costs nothing and takes no other post for ours.
_MOST_SKEW = timedelta(days=1)
# A post that is due later than this from now cannot have gone out by any clock.
_UPCOMING = timedelta(hours=1)


class BufferPublishing(BufferActivities):
    """The requests of AccountWorkflow, each a single attempt.

    Reads and changes are safe to repeat. ``create_post`` is not: after ``UNKNOWN`` or
    ``DUPLICATE`` the post must be searched for before it is created again.
    """

    def __init__(
        self,
        buffer: BufferClient,
        fence: AttemptFence,
        hosting: PublicHosting | None = None,
        team: TeamGate | None = None,
    ) -> None:
        self._buffer = buffer
        # Without a team it still asks whether another worker has one.
        self._team = team or TeamGate(lambda: None, fence.state)
        self._fence = fence
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
    async def create_post(self, task: CreatePost) -> CreateReply:
        """Create one post, after its media were fetched as Buffer would."""
        is_numbered = False
        try:
            async with heartbeating():
                if (stopped := await self._why_not_numbered(task)) is not None:
                    return stopped
                is_numbered = True
                if why := await self._why_other_media(task.request):
                    return CreateReply(kind=ReplyKind.NOT_SENT, message=why)
        except asyncio.CancelledError:
            return CreateReply(kind=ReplyKind.WITHHELD, is_numbered=is_numbered)
        async with heartbeating():
            try:
                return await unbroken(asyncio.create_task(self._create(task)))
            except WithheldError as stopped_late:
                return CreateReply(kind=stopped_late.kind, message=stopped_late.message)

    async def _why_not_numbered(self, task: CreatePost) -> CreateReply | None:
        """Return the reply of a creation that does not get its number, or ``None``."""
        if (why_not := await self._team.why_not(task)) is not None:
            return why_not.reply
        try:
            if (there := await self._team.used_up(task, self._buffer)) is not None:
                return there
        except BufferApiError as error:
            # A read, so an answer that was lost leaves no doubt about a creation.
            is_lost = isinstance(error, UnknownOutcomeError)
            kind: CreateKind = ReplyKind.UNREACHABLE if is_lost else create_kind(error)
            return CreateReply(kind=kind, is_numbered=False, **trouble(error))
        return await self._fence.enter(task)

    async def _why_other_media(self, request: PostRequest) -> str:
        """Put back what vanished from the bucket; return why Buffer would fetch something else."""
        why = ""
        if self._hosting is not None and request.assets:
            why = await self._hosting.mend(request.assets)
        return why or await self._why_other_bytes(request)

    @activity.defn
    async def find_post(self, task: FindPost) -> FindReply:
        """Search one page of the posts that were created on the channel since then."""
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
        page, request = answer.value, task.request
        # Ours by any due time that we may have given it.
        wanted = [request.replace(due_at=at) for at in (request.due_at, *task.earlier_due)]
        found = next(
            (
                post
                for post in page.posts
                if post.id not in task.taken and any(is_ours(post, one) for one in wanted)
            ),
            None,
        )
        if found is not None and (why := await self._team.made(task, found.id)):
            return FindReply(kind=ReplyKind.FAILED, message=why, windows=answer.windows)
        near = [
            post
            for post in page.posts
            if post.id not in task.taken
            and post.created_at is not None
            and post.created_at >= task.created_since - CLOCK_SKEW
            and any(is_near(post, one) for one in wanted)
        ]
        if near and not found:
            near = await not_of_others(self._fence.state, task, near)
        return FindReply(
            kind=ReplyKind.OK,
            post=found,
            near=near[0] if near and not found else None,
            next_page=None if found else page.next_page,
            windows=answer.windows,
        )

    @activity.defn
    async def read_outcomes(self, task: ReadOutcomes) -> OutcomesReply:
        """Read one page of the posts due since then, without their texts."""
        query = PostsQuery(organization_id=task.organization_id, due_since=task.due_since)
        try:
            async with heartbeating():
                answer = await self._buffer.posts(query, first=PAGE, after=task.after)
        except BufferApiError as error:
            return OutcomesReply(kind=read_kind(error), **trouble(error))
        page, wanted = answer.value, set(task.post_ids)
        # Every poll would add their texts to the history.
        found = tuple(one.without_text() for one in page.posts if one.id in wanted)
        # By the clock of AccountWorkflow, which decides what is due.
        now = max(activity.info().scheduled_time, task.due_since)
        # The list is by due time and ends with the posts that are due by now. One that is not
        # among them was moved or deleted: it is read by its ID, not searched for in the rest.
        latest = page.posts[-1].due_at if page.posts else None
        is_upcoming = latest is not None and latest > now + _UPCOMING
        is_all = len(found) >= len(wanted) or is_upcoming
        return OutcomesReply(
            kind=ReplyKind.OK,
            posts=found,
            next_page=None if is_all else page.next_page,
            windows=answer.windows,
        )

    @activity.defn
    async def edit_post(self, task: EditPost) -> ChangeReply:
        """Set the post's content in Buffer; its schedule only if the task says so."""
        async with heartbeating():
            if (why_not := await self._team.why_not(task)) is not None:
                final, away = ReplyKind.REFUSED, ReplyKind.STORE_AWAY
                kind: ChangeReplyKind = final if why_not.is_final else away
                return ChangeReply(kind=kind, message=why_not.message)
            if why := await self._why_other_bytes(task.request):
                return ChangeReply(kind=ReplyKind.FAILED, message=why)
        try:
            return await _write(self._buffer.edit_post(task, last_look))
        except WithheldError as stopped:
            return ChangeReply(kind=ReplyKind.FAILED, message=stopped.message)

    @activity.defn
    async def delete_post(self, task: DeletePost) -> ChangeReply:
        """Delete the post from Buffer; ``GONE`` if it was not there."""
        return await _write(self._buffer.delete_post(task.post_id))

    @activity.defn
    async def move_post(self, task: MovePost) -> ChangeReply:
        """Put the post first or last in the queue of its channel."""
        return await _write(self._buffer.move_post(task.post_id, task.position))

    @activity.defn
    async def read_post(self, task: ReadPost) -> ChangeReply:
        """Read one post with its text: the evidence after a lost reply."""
        async with heartbeating():
            return await _change(self._buffer.post(task.post_id))

    @activity.defn
    async def read_limits(self, task: ReadLimits) -> LimitsReply:
        """Read the daily limits, the limits of the plan, and the posts that Buffer holds."""
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

    async def _why_other_bytes(self, request: PostRequest) -> str:
        """Return why what Buffer would fetch is not what the team approved."""
        if self._hosting is None or not self._team.has_team:
            return ""
        return await self._hosting.why_other_bytes(request.assets)

    async def _create(self, task: CreatePost) -> CreateReply:
        try:
            answer = await self._buffer.create_post(task.request, last_look)
        except BufferApiError as error:
            return CreateReply(kind=create_kind(error), **trouble(error))
        if why := await self._team.made(task, answer.value.id):
            # The search for it tries again to remember it: an edit goes to no other post.
            return CreateReply(kind=ReplyKind.UNKNOWN, message=why, windows=answer.windows)
        return CreateReply(kind=ReplyKind.OK, post=answer.value, windows=answer.windows)


async def _write(call: Awaitable[Answer[BufferPost | None]]) -> ChangeReply:
    async with heartbeating():
        return await unbroken(asyncio.create_task(_change(call)))


async def _change(call: Awaitable[Answer[BufferPost | None]]) -> ChangeReply:
    try:
        answer = await call
    except BufferApiError as error:
        return ChangeReply(kind=change_kind(error), **trouble(error))
    return ChangeReply(kind=ReplyKind.OK, post=answer.value, windows=answer.windows)
