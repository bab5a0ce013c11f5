"""Jobs, posts and answers for the tests of the outbox."""

from datetime import UTC, datetime, timedelta

from galley.models.account import PublishJob
from galley.models.channel import Delivery, QueuePosition
from galley.models.draft import Draft
from galley.models.network import Platform
from galley.models.post import Change, PostSnapshot, PostState, PostView
from galley.models.publishing import BufferPost, CreateReply, FindReply, PostRequest, ReplyKind
from galley.models.review import ChangeKind
from galley.publishing.job import creation
from galley.publishing.job.record import Doubt, JobRecord

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
LOOK_DELAYS = (1, 2, 3)
POST = BufferPost(id="1" * 24, channel_id="c", status="scheduled")
OK_ABSENT = FindReply(kind=ReplyKind.OK)
NOWHERE = Delivery()


def job(
    job_id: str = "key:c",
    due_in: float = 60,
    *,
    look_first: bool = False,
    text: str = "hello",
    delivery: Delivery = NOWHERE,
) -> PublishJob:
    """Return a job due some seconds from :data:`NOW`."""
    return PublishJob(
        job_id=job_id,
        owner="post:key:c/run",
        reply_to="post:key:c",
        claimed_at=NOW,
        look_first=look_first,
        request=PostRequest(
            channel_id="c",
            platform=Platform.X,
            text=text,
            delivery=delivery,
            due_at=NOW + timedelta(seconds=due_in),
        ),
    )


def handed_over(state: PostState, error: str | None = None) -> PostSnapshot:
    """Return a post that AccountWorkflow may know, with the job ``key:c``."""
    view = PostView(
        workflow_id="post:key:c",
        campaign_id="campaign:key",
        platform=Platform.X,
        channel_id="c",
        channel_name="c",
        state=state,
        revision=1,
        approved_revision=1,
        draft=Draft(text="hello"),
        error=error,
        waiting_for="Buffer",
        due_at=NOW + timedelta(seconds=60),
    )
    return PostSnapshot(view=view, job=job(), is_handed_over=True)


def change(
    kind: ChangeKind,
    change_id: int = 1,
    *,
    text: str = "hello",
    due_in: float = 60,
    post_id: str | None = None,
) -> Change:
    """Return a change of the job ``key:c``."""
    is_move = kind is ChangeKind.MOVE
    return Change(
        change_id=change_id,
        kind=kind,
        job=job(text=text, due_in=due_in),
        post_id=post_id,
        position=QueuePosition.TOP if is_move else None,
    )


def created(record: JobRecord, post: BufferPost = POST) -> JobRecord:
    """Return the job after Buffer took it, at the time it was asked for."""
    if post.due_at is None and post.status == "scheduled":
        post = post.model_copy(update={"due_at": record.job.request.due_at})
    reply = CreateReply(kind=ReplyKind.OK, post=post)
    return creation.after_create(record, reply, NOW, LOOK_DELAYS)


def doubt(kind: Doubt) -> JobRecord:
    """Return a job after an attempt that proved nothing."""
    record = creation.accept(job())
    return creation.after_create(record, CreateReply(kind=kind), NOW, LOOK_DELAYS)
