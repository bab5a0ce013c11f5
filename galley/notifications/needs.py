"""What a post that is seen needs of a person, if anything."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from galley.models.notification import Need, NotificationKind, NotifiedItem, Watched
from galley.models.post import PostState
from galley.notifications.messages import key_of

_KIND = NotificationKind
_SOON = timedelta(days=1)
"""Before a review expires; posts say so in their view at the same time."""
_LATE_BY = timedelta(hours=1)
"""After its time, as for posts that Buffer has."""
_ACCESS = ("Buffer does not accept the", "starter.py auth login")
"""Stand in what a post says when Buffer refuses the key or the authorization."""
_WHY = {
    PostState.HELD: "Galley cannot tell whether Buffer has it.",
    PostState.ERROR: "Buffer could not publish it.",
    PostState.LATE: "Its time has passed and Buffer has not published it.",
    PostState.PULLED_BACK: "Its time has passed while a pause keeps it out of Buffer: "
    "resume, reschedule it, or retract it.",
}
_NEED_OF_STATE = {
    PostState.HELD: _KIND.POST_HELD,
    PostState.ERROR: _KIND.POST_FAILED,
    PostState.LATE: _KIND.POST_LATE,
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


def needs_of(post: SeenPost, known: Watched, now: datetime, *, is_settling: bool) -> Iterator[Need]:
    """Yield what this post needs of a person now.

    Args:
        post: As it was listed.
        known: What its view said when it was read last.
        now: The time of the look.
        is_settling: Whether more posts of its campaign are being drafted.
    """
    item = _item(post, known)
    match post.state:
        case PostState.IN_REVIEW:
            waiting = _KIND.REVIEW_WAITING
            yield _need(post, known, waiting, item, is_settling=is_settling)
            if known.expires_at and known.expires_at - now <= _SOON:
                yield _need(post, known, _KIND.REVIEW_EXPIRING, item)
        case PostState.HELD if is_access_lost(known.why):
            item = item.model_copy(update={"due_at": None})
            key = key_of("buffer", _KIND.ACCESS_LOST)
            yield Need(key=key, kind=_KIND.ACCESS_LOST, item=item)
        case PostState.HELD | PostState.ERROR | PostState.LATE:
            yield _need(post, known, _NEED_OF_STATE[PostState(post.state)], item)
        case PostState.PULLED_BACK if post.due_at and now - post.due_at >= _LATE_BY:
            yield _need(post, known, _KIND.POST_LATE, item)
        case PostState.SCHEDULED if known.why:
            yield _need(post, known, _KIND.MEDIA_LOST, item)
        case _:
            pass
    if post.choices and post.state != PostState.IN_REVIEW:
        yield _need(post, known, _KIND.EDIT_PROPOSED, item)


def is_access_lost(why: str) -> bool:
    """Whether Buffer takes nothing at all until a person signs in anew."""
    return any(words in why for words in _ACCESS)


def _need(
    post: SeenPost,
    known: Watched,
    kind: NotificationKind,
    item: NotifiedItem,
    *,
    is_settling: bool = False,
) -> Need:
    return Need(
        key=key_of(post.workflow_id, kind, known.revision),
        kind=kind,
        group=post.campaign_id,
        item=item,
        is_settling=is_settling,
    )


def _item(post: SeenPost, known: Watched) -> NotifiedItem:
    usual = _WHY.get(PostState(post.state), "") if post.state in _KNOWN else ""
    return NotifiedItem(
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
    )


_KNOWN = {state.value for state in PostState}
