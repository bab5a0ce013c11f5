"""How long a post waits for news of Buffer, and what it does then: pure."""

from datetime import datetime, timedelta

from galley.models import (
    ChangeKind,
    Channel,
    Decision,
    DecisionKind,
    PostSnapshot,
    PostState,
    Proposal,
    PublicAsset,
)
from galley.publishing.post.change_requests import ask_edit, with_view

LATE_AFTER = timedelta(hours=1)
MEDIA_BEFORE = timedelta(minutes=30)
"""Before it is due, media are fetched once more: Buffer does so when it publishes."""
_MEDIA_AGAIN = timedelta(minutes=5)
_FIRST = timedelta(minutes=10)
_MOST = timedelta(hours=6)
_LINK_WITHIN = timedelta(days=3)
"""After that a post that is published is reported without a link."""
_ASKING = {PostState.PUBLISHING, PostState.LATE, PostState.SENT}


def alarm_at(snapshot: PostSnapshot) -> datetime | None:
    """Return when something is to be done although nobody said anything.

    A post that was pulled back waits for its resume, a held one for a person.
    """
    view = snapshot.view
    if view.state is PostState.ERROR and snapshot.change is None:
        return view.review_expires_at
    if snapshot.asked_at is None:
        return None
    again = snapshot.asked_at + snapshot.patience
    if view.state in _ASKING or _is_answer_owed(snapshot):
        return again
    if view.state is PostState.SCHEDULED:
        late_at = again if view.due_at is None else max(again, view.due_at + LATE_AFTER)
        return min(late_at, media_check_at(snapshot) or late_at)
    return None


def media_check_at(snapshot: PostSnapshot) -> datetime | None:
    """Return when its media should be fetched once more, while there is time to act.

    Not if they were seen in the hour before it is due. A check that failed is made
    again until then.
    """
    view, seen_at = snapshot.view, snapshot.media_seen_at
    if view.state is not PostState.SCHEDULED or not view.staged or seen_at is None:
        return None
    due_at, tried_at = view.due_at, snapshot.media_tried_at
    if due_at is None or due_at - seen_at <= 2 * MEDIA_BEFORE:
        return None
    at = due_at - MEDIA_BEFORE
    if tried_at is not None:
        at = max(at, tried_at + _MEDIA_AGAIN)
    return at if at < due_at else None


def _is_answer_owed(snapshot: PostSnapshot) -> bool:
    """Whether a change was asked for, and nothing else comes first."""
    if snapshot.change is None or not snapshot.is_told:
        return False
    is_held = snapshot.view.state is PostState.HELD
    return not is_held or snapshot.change.kind is ChangeKind.RETRACT


def asked_first(snapshot: PostSnapshot, now: datetime) -> PostSnapshot:
    """Return the post right after something was asked of Buffer for the first time."""
    return snapshot.replace(asked_at=now, patience=_FIRST)


def asked_again(snapshot: PostSnapshot, now: datetime) -> PostSnapshot:
    """Return the post when it asks again, with more patience from now on."""
    patience = min(snapshot.patience * 2, _MOST)
    return snapshot.replace(asked_at=now, patience=patience)


def is_media_check_due(snapshot: PostSnapshot, now: datetime) -> bool:
    """Whether its media are to be fetched once more now."""
    at = media_check_at(snapshot)
    return at is not None and now >= at


def is_late(snapshot: PostSnapshot, now: datetime) -> bool:
    """Whether its time is past by an hour."""
    due_at = snapshot.view.due_at
    waits = snapshot.view.state in {PostState.PUBLISHING, PostState.SCHEDULED}
    return waits and due_at is not None and now >= due_at + LATE_AFTER


def late(snapshot: PostSnapshot, account_id: str) -> PostSnapshot:
    """Return a late post, which says where to look."""
    why = "Late: Buffer has not published it; look at the channel."
    if snapshot.view.buffer_post_id is None:
        why = f"Late: Buffer does not have it yet; {account_id} says what it waits for."
    return with_view(snapshot, state=PostState.LATE, waiting_for="Buffer", error=why)


def is_linkless(snapshot: PostSnapshot, now: datetime) -> bool:
    """Whether a published post has waited long enough for its link."""
    view = snapshot.view
    since = view.sent_at or view.due_at
    if view.state is not PostState.SENT:
        return False
    return snapshot.patience >= _MOST if since is None else now >= since + _LINK_WITHIN


def without_link(snapshot: PostSnapshot) -> PostSnapshot:
    """Return the end of a post that is published, yet nobody gave a link to it."""
    why = "Buffer gives no link to it: find it on the network."
    return with_view(snapshot, state=PostState.PUBLISHED, waiting_for="", notice=why)


def with_moved_media(
    snapshot: PostSnapshot, media: tuple[PublicAsset, ...], channel: Channel, now: datetime
) -> PostSnapshot:
    """Return the post after its media were seen at ``media``.

    Where they are not where Buffer was told, the same content is asked for with the new
    addresses. A change or a proposal that is on its way carries its own.
    """
    view = snapshot.view
    where = [asset.url for asset in media]
    if (
        view.state is not PostState.SCHEDULED
        or where == [asset.url for asset in view.media]
        or view.draft is None
        or view.proposal is not None
        or snapshot.change is not None
    ):
        return snapshot
    said = Decision(
        kind=DecisionKind.APPROVE,
        revision=view.revision,
        by="Galley",
        note="Its media have a new address.",
    )
    same = Proposal(
        draft=view.draft,
        provenance=view.provenance,
        staged=view.staged,
        media_notes=view.media_notes,
        media_by=view.media_by,
    )
    return ask_edit(with_view(snapshot, proposal=same), said, media, channel, now)
