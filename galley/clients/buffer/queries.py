"""The queries for posts and limits, and their answers as models.

:class:`~galley.clients.buffer.client.BufferClient` and the checks of ``doctor`` use them.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from galley.clients.buffer.generated.enums import PostSortableKey, PostStatus, SortDirection
from galley.clients.buffer.generated.input_types import (
    DailyPostingLimitsInput,
    DateTimeComparator,
    PostsFiltersInput,
    PostsInput,
    PostSortInput,
)
from galley.clients.buffer.generated.list_unsent import ListUnsent as UnsentAnswer
from galley.clients.buffer.generated.read_limits import ReadLimits as LimitsAnswer
from galley.clients.buffer.inbound import from_buffer
from galley.models.account import DailyLimit, PlanLimits, ReadLimits
from galley.models.publishing import BufferPost, UnsentPage, UnsentPost
from galley.models.schedule import BusyTime
from galley.networks.metadata import buffer_time


@dataclass(frozen=True, slots=True)
class PostsQuery:
    """A query for posts of an organization, in any status.

    With ``created_since`` the newest come first; otherwise the order is by due time.
    """

    organization_id: str
    channel_ids: tuple[str, ...] = ()
    created_since: datetime | None = None
    due_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class PostsPage:
    """One page of posts; ``next_page`` is the cursor of the next one, if any."""

    posts: tuple[BufferPost, ...]
    next_page: str | None


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of Buffer; ``scheduled`` counts one page of posts, by channel.

    ``held`` is when the posts of that page are due.
    """

    daily: tuple[DailyLimit, ...]
    plan: PlanLimits
    scheduled: dict[str, int]
    held: tuple[BusyTime, ...]


def posts_input(query: PostsQuery) -> PostsInput:
    """Return the query as Buffer takes it, with an order, for that is no promise."""
    chosen = PostsFiltersInput()
    key, direction = PostSortableKey.dueAt, SortDirection.asc
    if query.channel_ids:
        chosen.channel_ids = list(query.channel_ids)
    if query.due_since:
        chosen.due_at = DateTimeComparator(start=buffer_time(query.due_since))
    if query.created_since:
        chosen.created_at = DateTimeComparator(start=buffer_time(query.created_since))
        key, direction = PostSortableKey.createdAt, SortDirection.desc
    return PostsInput(
        organizationId=query.organization_id,
        filter=chosen,
        sort=[PostSortInput(field=key, direction=direction)],
    )


def scheduled_input(task: ReadLimits) -> PostsInput:
    """Return the posts that fill the plan's limit: those of any day that wait."""
    return PostsInput(
        organizationId=task.organization_id,
        filter=PostsFiltersInput(channelIds=list(task.channel_ids), status=[PostStatus.scheduled]),
        sort=[PostSortInput(field=PostSortableKey.dueAt, direction=SortDirection.asc)],
    )


def daily_input(task: ReadLimits) -> DailyPostingLimitsInput:
    """Return the channels and the day whose network limits are asked for."""
    return DailyPostingLimitsInput(channelIds=list(task.channel_ids), date=buffer_time(task.day))


def limits_of(answer: LimitsAnswer, task: ReadLimits) -> Limits:
    """Return what was answered; a channel without posts counts as zero."""
    plans = {one.id: one.limits for one in answer.account.organizations}
    plan = plans.get(task.organization_id)
    nodes = [edge.node for edge in answer.posts.edges or ()]
    counted = Counter(node.channel_id for node in nodes)
    due = [(node.channel_id, from_buffer(node.due_at)) for node in nodes]
    return Limits(
        daily=tuple(
            DailyLimit(
                channel_id=one.channel_id, sent=one.sent, scheduled=one.scheduled, limit=one.limit
            )
            for one in answer.daily_posting_limits
        ),
        plan=PlanLimits(
            scheduled_posts=plan.scheduled_posts,
            scheduled_threads=plan.scheduled_threads_per_channel,
        )
        if plan
        else PlanLimits(),
        scheduled={channel: counted[channel] for channel in task.channel_ids},
        held=tuple(BusyTime(channel_id=one, at=at) for one, at in due if at),
    )


_WAITING = [PostStatus.needs_approval]
# A filter that names `needs_approval` beside other states is said to find no post at all
# (2026-09-13, docs/buffer.md), so these are looked for apart; twice, because a post that begins
# to wait after the first look is in neither that nor the second.
_LOOKS = (
    _WAITING,
    [PostStatus.draft, PostStatus.scheduled, PostStatus.sending, PostStatus.error],
    _WAITING,
)


def unsent_place(after: str | None) -> tuple[int, str | None]:
    """Return which look goes on, and after which post, of a ``next_page`` of ours."""
    look, is_ours, cursor = (after or "").partition(":")
    if not is_ours or not look.isdecimal() or int(look) >= len(_LOOKS):
        return 0, after
    return int(look), cursor or None


def unsent_input(organization_id: str, look: int) -> PostsInput:
    """Return the posts that were not sent, with an order that stays as they go out."""
    return PostsInput(
        organizationId=organization_id,
        filter=PostsFiltersInput(status=_LOOKS[look]),
        sort=[PostSortInput(field=PostSortableKey.createdAt, direction=SortDirection.asc)],
    )


def unsent_page(answer: UnsentAnswer, look: int) -> UnsentPage:
    """Return one page in our words; the page after the last of a look is the next look's."""
    page = answer.posts.page_info
    following = f"{look + 1}:" if look + 1 < len(_LOOKS) else None
    nodes = [edge.node for edge in answer.posts.edges or ()]
    return UnsentPage(
        posts=tuple(
            UnsentPost(id=node.id, addresses=tuple(one.source for one in node.assets if one.source))
            for node in nodes
        ),
        next_page=f"{look}:{page.end_cursor}" if page.has_next_page else following,
    )
