"""Calls to Buffer as AccountWorkflow makes them: one activity each, with a typed reply.

A call that Temporal could not finish (a dead worker, a timeout) becomes a reply too:
*unknown* for a create, *failed* for a read.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import TypeVar

from temporalio import workflow
from temporalio.exceptions import ActivityError, TimeoutType
from temporalio.exceptions import TimeoutError as TemporalTimeoutError

from activities.interfaces import BufferActivities
from galley.models.account import LimitsReply, PublishJob, ReadLimits
from galley.models.channel import QueuePosition
from galley.models.publishing import (
    ChangeReply,
    ChannelsReply,
    CreateReply,
    DeletePost,
    EditPost,
    FindPost,
    FindReply,
    ListChannels,
    ListUnsent,
    MovePost,
    OutcomesReply,
    ReadOutcomes,
    ReadPost,
    ReplyKind,
    UnsentReply,
)
from galley.publishing.job.record import JobRecord
from workflows import options
from workflows.runtime import cause

UNSENT = "posts that were not sent"

_Task = TypeVar("_Task", EditPost, DeletePost, MovePost, ReadPost)


async def list_channels(organization_id: str) -> ChannelsReply:
    """Read the channel map."""
    try:
        return await workflow.execute_activity_method(
            BufferActivities.list_channels,
            ListChannels(organization_id=organization_id),
            **options.BUFFER_READ,
        )
    except ActivityError as error:
        return ChannelsReply(kind=ReplyKind.FAILED, message=cause(error))


async def create_post(job: PublishJob) -> CreateReply:
    """Make one attempt at ``createPost``."""
    platform = job.request.platform
    try:
        return await workflow.execute_activity_method(
            BufferActivities.create_post,
            job.request,
            **options.named(options.BUFFER_CALL, f"createPost · {platform} · {job.job_id}"),
        )
    except ActivityError as error:
        kind = ReplyKind.NOT_SENT if never_began(error) else ReplyKind.UNKNOWN
        return CreateReply(kind=kind, message=cause(error))


async def find_post(organization_id: str, record: JobRecord, taken: tuple[str, ...]) -> FindReply:
    """Look for a post that may or may not have been created, and is not ``taken``."""
    job = record.job
    try:
        return await workflow.execute_activity_method(
            BufferActivities.find_post,
            FindPost(
                organization_id=organization_id,
                request=job.request,
                created_since=job.claimed_at,
                after=record.cursor,
                earlier_due=record.earlier_due,
                taken=taken,
            ),
            **options.named(
                options.BUFFER_READ, f"look for · {job.request.platform} · {job.job_id}"
            ),
        )
    except ActivityError as error:
        return FindReply(kind=ReplyKind.FAILED, message=cause(error))


async def read_outcomes(
    organization_id: str, wanted: dict[str, JobRecord], since: datetime, cursor: str | None
) -> OutcomesReply:
    """Read one page of the outcomes of the posts in ``wanted``, by Buffer post id.

    ``since`` stays the same from page to page, because the cursor belongs to it.
    """
    try:
        return await workflow.execute_activity_method(
            BufferActivities.read_outcomes,
            ReadOutcomes(
                organization_id=organization_id,
                post_ids=tuple(wanted),
                due_since=since,
                after=cursor,
            ),
            **options.named(options.BUFFER_READ, f"outcomes of {len(wanted)} posts"),
        )
    except ActivityError as error:
        return OutcomesReply(kind=ReplyKind.FAILED, message=cause(error))


async def list_unsent(task: ListUnsent) -> UnsentReply:
    """Read one page of the posts that were not sent."""
    try:
        return await workflow.execute_activity_method(
            BufferActivities.list_unsent, task, **options.named(options.BUFFER_READ, UNSENT)
        )
    except ActivityError as error:
        return UnsentReply(kind=ReplyKind.FAILED, message=cause(error))


async def read_limits(task: ReadLimits) -> LimitsReply:
    """Read what Buffer still takes on one day."""
    try:
        return await workflow.execute_activity_method(
            BufferActivities.read_limits,
            task,
            **options.named(options.BUFFER_GLANCE, f"limits of {task.day:%Y-%m-%d}"),
        )
    except ActivityError as error:
        return LimitsReply(kind=ReplyKind.FAILED, message=cause(error))


async def edit_post(post_id: str, job: PublishJob, *, sets_schedule: bool) -> ChangeReply:
    """Let Buffer have the post as the job says; the schedule only if asked."""
    task = EditPost(post_id=post_id, request=job.request, sets_schedule=sets_schedule)
    return await _change(BufferActivities.edit_post, task, "editPost", job)


async def delete_post(post_id: str, job: PublishJob) -> ChangeReply:
    """Take the post out of Buffer."""
    task = DeletePost(post_id=post_id)
    return await _change(BufferActivities.delete_post, task, "deletePost", job)


async def move_post(post_id: str, job: PublishJob, position: QueuePosition) -> ChangeReply:
    """Put the post at the top or bottom of its queue."""
    task = MovePost(post_id=post_id, position=position)
    return await _change(BufferActivities.move_post, task, "movePostInQueue", job)


async def read_post(post_id: str, job: PublishJob) -> ChangeReply:
    """Read the post by its id."""
    task = ReadPost(post_id=post_id)
    return await _change(BufferActivities.read_post, task, "read the post", job)


async def _change(
    call: Callable[[BufferActivities, _Task], Awaitable[ChangeReply]],
    task: _Task,
    what: str,
    job: PublishJob,
) -> ChangeReply:
    """Make one call that may be repeated: what it says is how the post shall be."""
    summary = f"{what} · {job.request.platform} · {job.job_id}"
    try:
        return await workflow.execute_activity_method(
            call, task, **options.named(options.BUFFER_CHANGE, summary)
        )
    except ActivityError as error:
        return ChangeReply(kind=ReplyKind.FAILED, message=cause(error))


def never_began(error: ActivityError) -> bool:
    """Return whether no worker took the call, so that it was certainly not made."""
    why = error.cause
    return isinstance(why, TemporalTimeoutError) and why.type is TimeoutType.SCHEDULE_TO_START
