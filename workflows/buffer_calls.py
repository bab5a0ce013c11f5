"""One request to Buffer each, as AccountWorkflow makes them.

A call that Temporal could not finish (a worker died, a timeout) becomes a typed reply
like any other: *unknown* for a create, *failed* for a read.
"""

from datetime import datetime

from temporalio import workflow
from temporalio.exceptions import ActivityError, TimeoutType
from temporalio.exceptions import TimeoutError as TemporalTimeoutError

from activities.interfaces import BufferActivities
from galley.models import (
    ChannelsReply,
    CreateKind,
    CreateReply,
    FindPost,
    FindReply,
    ListChannels,
    OutcomesReply,
    PublishJob,
    ReadKind,
    ReadOutcomes,
)
from galley.outbox.jobs import Tracked
from workflows import options


async def list_channels(organization_id: str) -> ChannelsReply:
    """Read the channel map."""
    try:
        return await workflow.execute_activity_method(
            BufferActivities.list_channels,
            ListChannels(organization_id=organization_id),
            **options.BUFFER_READ,
        )
    except ActivityError as error:
        return ChannelsReply(kind=ReadKind.FAILED, message=_cause(error))


async def create_post(job: PublishJob) -> CreateReply:
    """Make one attempt at ``createPost``."""
    platform = job.request.platform
    try:
        return await workflow.execute_activity_method(
            BufferActivities.create_post,
            job.request,
            **options.named(
                options.BUFFER_CALL, f"createPost · {platform} · {job.job_id}"
            ),
        )
    except ActivityError as error:
        kind = CreateKind.NOT_SENT if never_began(error) else CreateKind.UNKNOWN
        return CreateReply(kind=kind, message=_cause(error))


async def find_post(
    organization_id: str, tracked: Tracked, taken: tuple[str, ...]
) -> FindReply:
    """Look for a post that may or may not have been created, and is not ``taken``."""
    job = tracked.job
    try:
        return await workflow.execute_activity_method(
            BufferActivities.find_post,
            FindPost(
                organization_id=organization_id,
                request=job.request,
                created_since=job.claimed_at,
                after=tracked.cursor,
                earlier_due=tracked.earlier_due,
                taken=taken,
            ),
            **options.named(
                options.BUFFER_READ,
                f"look for · {job.request.platform} · {job.job_id}",
            ),
        )
    except ActivityError as error:
        return FindReply(kind=ReadKind.FAILED, message=_cause(error))


async def read_outcomes(
    organization_id: str,
    wanted: dict[str, Tracked],
    since: datetime,
    cursor: str | None,
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
        return OutcomesReply(kind=ReadKind.FAILED, message=_cause(error))


def never_began(error: ActivityError) -> bool:
    """Return whether no worker took the call, so that it was certainly not made."""
    cause = error.cause
    return (
        isinstance(cause, TemporalTimeoutError)
        and cause.type is TimeoutType.SCHEDULE_TO_START
    )


def _cause(error: ActivityError) -> str:
    return str(error.cause or error)
