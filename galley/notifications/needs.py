"""The needs of a post, from its state in Temporal's visibility and its view.

The activities of notifications call this with every post that a look found.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from galley.models.notification import Need, NotificationKind, NotifiedItem, Watched
from galley.models.post import PostState
from galley.models.publishing import HoldReason
from galley.notifications.messages import key_of

_KIND = NotificationKind
_SOON = timedelta(days=1)
"""Before a review expires; the view of the post says so from the same time on."""
LATE_BY = timedelta(hours=1)
"""After the due time: the limit that makes a post in Buffer late, too."""
_WHY = {
    PostState.HELD: "Galley cannot tell whether Buffer has it.",
    PostState.ERROR: "Buffer could not publish it.",
    PostState.LATE: "Its time has passed and Buffer has not published it.",
    PostState.PUBLISHING: "Its time has passed and Galley could not hand it to Buffer yet.",
    PostState.PULLED_BACK: "Its time has passed while a pause keeps it out of Buffer: "
    "resume, reschedule it, or retract it.",
}


@dataclass(frozen=True)
class SeenPost:
    """A post as Temporal's visibility shows it."""

    workflow_id: str
    state: str
    campaign_id: str = ""
    platform: str = ""
    title: str = ""
    choices: int = 0
    due_at: datetime | None = None
    link: str = ""
    page: str = ""


def needs_of(post: SeenPost, known: Watched, now: datetime, *, is_settling: bool) -> Iterator[Need]:
    """Yield what this post needs of a person now.

    Args:
        post: As the look found it.
        known: Its view when it was last read.
        now: The time of the look.
        is_settling: Whether more posts of its campaign are being drafted.
    """
    is_state = post.state in {state.value for state in PostState}
    usual = _WHY.get(PostState(post.state), "") if is_state else ""
    item = NotifiedItem(
        workflow_id=post.workflow_id,
        platform=post.platform,
        channel=known.channel,
        title=post.title,
        state=post.state,
        revision=known.revision,
        due_at=post.due_at,
        expires_at=known.expires_at,
        why=known.why or usual,
        text=known.text,
        link=post.link,
        page=post.page,
        digest=known.digest,
    )

    for kind in _kinds(post, known, now):
        if kind is _KIND.ACCESS_LOST:
            # One key for all posts: a revoked key holds every one of them.
            undated = item.model_copy(update={"due_at": None})
            yield Need(key=key_of("buffer", kind), kind=kind, item=undated)
        else:
            yield Need(
                key=key_of(post.workflow_id, kind, known.revision),
                kind=kind,
                group=post.campaign_id,
                item=item,
                is_settling=is_settling and kind is _KIND.REVIEW_WAITING,
            )


def _kinds(post: SeenPost, known: Watched, now: datetime) -> Iterator[NotificationKind]:
    is_overdue = post.due_at is not None and now - post.due_at >= LATE_BY
    is_late = post.state == PostState.LATE or is_overdue
    match post.state:
        case PostState.IN_REVIEW:
            yield _KIND.REVIEW_WAITING
            if known.expires_at and known.expires_at - now <= _SOON:
                yield _KIND.REVIEW_EXPIRING
        case PostState.HELD:
            is_lost = known.held_for is HoldReason.ACCESS_LOST
            yield _KIND.ACCESS_LOST if is_lost else _KIND.POST_HELD
        case PostState.ERROR:
            yield _KIND.POST_FAILED
        case PostState.LATE | PostState.PULLED_BACK | PostState.PUBLISHING if is_late:
            yield _KIND.POST_LATE
        case PostState.SCHEDULED if known.why:
            yield _KIND.MEDIA_LOST
        case _:
            pass
    if post.choices and post.state != PostState.IN_REVIEW:
        yield _KIND.EDIT_PROPOSED
