"""Calls to Buffer as AccountWorkflow makes them: one activity each, with a typed reply.

A call that Temporal could not finish (a dead worker, a timeout) becomes a reply too:
*unknown* for a create, *failed* for a read.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import TypeVar

from temporalio import workflow
from temporalio.exceptions import ActivityError, TimeoutType, is_cancelled_exception
from temporalio.exceptions import TimeoutError as TemporalTimeoutError
from temporalio.workflow import ActivityConfig

from activities.interfaces import BufferActivities
from galley.models.account import LimitsReply, PublishJob, ReadLimits
from galley.models.channel import QueuePosition
from galley.models.publishing import (
    ChangeReply,
    ChannelsReply,
    CreatePost,
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

_Task = TypeVar("_Task")
_Reply = TypeVar("_Reply")


async def _ask(
    activity: Callable[[BufferActivities, _Task], Awaitable[_Reply]],
    task: _Task,
    config: ActivityConfig,
    reply: Callable[..., _Reply],
) -> _Reply:
    """Make one call; one that Temporal could not finish is a failed reply like any other."""
    try:
        return await workflow.execute_activity_method(activity, task, **config)
    except ActivityError as error:
        return reply(kind=ReplyKind.FAILED, message=cause(error))


async def list_channels(organization_id: str) -> ChannelsReply:
    """Read the channel map."""
    task = ListChannels(organization_id=organization_id)
    config = options.publishing(options.BUFFER_READ)
    return await _ask(BufferActivities.list_channels, task, config, ChannelsReply)


def attempt_of(record: JobRecord) -> CreatePost:
    """Return the attempt at ``createPost`` that a job is about to make."""
    job = record.job
    return CreatePost(
        job_id=job.job_id,
        attempt=record.attempts,
        request=job.request,
        approval=job.approval,
        provenance=job.provenance,
        receipts_since=record.receipts_since,
        made_at=record.made_at,
    )


async def create_post(record: JobRecord) -> CreateReply:
    """Make one attempt at ``createPost``."""
    job, task = record.job, attempt_of(record)
    summary = f"createPost · {job.request.platform} · {job.job_id}"
    try:
        return await workflow.execute_activity_method(
            BufferActivities.create_post, task, **options.publishing(options.BUFFER_CALL, summary)
        )
    except ActivityError as error:
        if is_cancelled_exception(error):
            # The activity ends so only before its request has left.
            return CreateReply(kind=ReplyKind.WITHHELD, is_numbered=False)
        if never_began(error):
            return CreateReply(kind=ReplyKind.NOT_SENT, message=cause(error), is_numbered=False)
        # A dead worker or a timeout leaves open whether Buffer has the post.
        return CreateReply(kind=ReplyKind.UNKNOWN, message=cause(error))


async def find_post(organization_id: str, record: JobRecord, taken: tuple[str, ...]) -> FindReply:
    """Search for a post that may or may not have been created, and is not ``taken``."""
    job = record.job
    task = FindPost(
        organization_id=organization_id,
        job_id=job.job_id,
        approval=job.approval,
        provenance=job.provenance,
        request=job.request,
        created_since=job.claimed_at,
        after=record.cursor,
        earlier_due=record.earlier_due,
        taken=taken,
    )
    summary = f"look for · {job.request.platform} · {job.job_id}"
    named = options.publishing(options.BUFFER_READ, summary)
    return await _ask(BufferActivities.find_post, task, named, FindReply)


async def read_outcomes(
    organization_id: str, wanted: dict[str, JobRecord], since: datetime, cursor: str | None
) -> OutcomesReply:
    """Read one page of the outcomes of the posts in ``wanted``, by Buffer post id."""
    task = ReadOutcomes(
        organization_id=organization_id,
        post_ids=tuple(wanted),
        # The same from page to page: the cursor belongs to it.
        due_since=since,
        after=cursor,
    )
    named = options.publishing(options.BUFFER_READ, f"outcomes of {len(wanted)} posts")
    return await _ask(BufferActivities.read_outcomes, task, named, OutcomesReply)


async def list_unsent(task: ListUnsent) -> UnsentReply:
    """Read one page of the posts that were not sent."""
    named = options.publishing(options.BUFFER_READ, UNSENT)
    return await _ask(BufferActivities.list_unsent, task, named, UnsentReply)


async def read_limits(task: ReadLimits) -> LimitsReply:
    """Read the limits of one day."""
    named = options.publishing(options.BUFFER_GLANCE, f"limits of {task.day:%Y-%m-%d}")
    return await _ask(BufferActivities.read_limits, task, named, LimitsReply)


async def edit_post(post_id: str, job: PublishJob, *, sets_schedule: bool) -> ChangeReply:
    """Set the post's content in Buffer to the job's; its schedule only if asked."""
    task = EditPost(
        post_id=post_id,
        job_id=job.job_id,
        request=job.request,
        approval=job.approval,
        provenance=job.provenance,
        sets_schedule=sets_schedule,
    )
    return await _ask(BufferActivities.edit_post, task, _change("editPost", job), ChangeReply)


async def delete_post(post_id: str, job: PublishJob) -> ChangeReply:
    """Delete the post from Buffer."""
    task = DeletePost(post_id=post_id)
    return await _ask(BufferActivities.delete_post, task, _change("deletePost", job), ChangeReply)


async def move_post(post_id: str, job: PublishJob, position: QueuePosition) -> ChangeReply:
    """Move the post to the top or bottom of its queue."""
    task = MovePost(post_id=post_id, position=position)
    named = _change("movePostInQueue", job)
    return await _ask(BufferActivities.move_post, task, named, ChangeReply)


async def read_post(post_id: str, job: PublishJob) -> ChangeReply:
    """Read the post by its ID."""
    task = ReadPost(post_id=post_id)
    return await _ask(BufferActivities.read_post, task, _change("read the post", job), ChangeReply)


def _change(what: str, job: PublishJob) -> ActivityConfig:
    summary = f"{what} · {job.request.platform} · {job.job_id}"
    return options.publishing(options.BUFFER_CHANGE, summary)


def never_began(error: ActivityError) -> bool:
    """Return whether no worker took the call, so that it was certainly not made."""
    why = error.cause
    return isinstance(why, TemporalTimeoutError) and why.type is TimeoutType.SCHEDULE_TO_START
