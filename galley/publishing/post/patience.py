"""Silence in the life of a post: when it asks again, counts as late, or checks its media.

PostWorkflow calls this to set its timer, and when that fires.
"""

from datetime import datetime, timedelta

from galley.models.media import PublicAsset
from galley.models.post import PostSnapshot, PostState, Proposal
from galley.models.review import Decision, DecisionKind
from galley.publishing.post.change_requests import ask_edit, is_change_for_account, with_view

LATE_AFTER = timedelta(hours=1)
MEDIA_BEFORE = timedelta(minutes=30)
"""Before the due time: media are fetched once more then, as Buffer fetches them to publish."""
_MEDIA_AGAIN = timedelta(minutes=5)
_FIRST = timedelta(minutes=10)
_MOST = timedelta(hours=6)
"""First and longest wait for news before the post asks again."""
_UNTIL = {
    PostState.DRAFTING: "once it is written and approved",
    PostState.IN_REVIEW: "once it is approved",
    PostState.PUBLISHING: "as soon as Buffer takes it",
    PostState.HELD: "once a person has decided",
}
"""When a post goes out whose time passed in this state."""
_LINK_WITHIN = timedelta(days=3)
"""Then a published post ends without a link."""
# Also while it is pulled back: the account that is to put it back may be lost.
_ASKING = {PostState.PUBLISHING, PostState.LATE, PostState.SENT, PostState.PULLED_BACK}


def alarm_at(snapshot: PostSnapshot) -> datetime | None:
    """Return when the post acts without news; ``None``: it waits for a person."""
    view = snapshot.view
    if view.state is PostState.ERROR and snapshot.change is None:
        return view.review_expires_at
    if snapshot.asked_at is None:
        return None
    again = snapshot.asked_at + snapshot.patience
    is_change_told = snapshot.is_told and is_change_for_account(snapshot)
    if view.state in _ASKING or is_change_told:
        return again
    if view.state is PostState.SCHEDULED:
        late_at = again if view.due_at is None else max(again, view.due_at + LATE_AFTER)
        return min(late_at, media_check_at(snapshot) or late_at)
    return None


def media_check_at(snapshot: PostSnapshot) -> datetime | None:
    """Return the time of the next check of its media, if there is time to act.

    A check that failed is repeated until the post is due.
    """
    view, seen_at = snapshot.view, snapshot.media_seen_at
    if view.state is not PostState.SCHEDULED or not view.staged or seen_at is None:
        return None
    due_at, tried_at = view.due_at, snapshot.media_tried_at
    # Media that were seen in the last hour before the due time are not fetched again.
    if due_at is None or due_at - seen_at <= 2 * MEDIA_BEFORE:
        return None
    at = due_at - MEDIA_BEFORE
    if tried_at is not None:
        at = max(at, tried_at + _MEDIA_AGAIN)
    return at if at < due_at else None


def asked_first(snapshot: PostSnapshot, now: datetime) -> PostSnapshot:
    """Return the post right after its hand-over, or that of a change."""
    return snapshot.replace(asked_at=now, patience=_FIRST)


def asked_again(snapshot: PostSnapshot, now: datetime) -> PostSnapshot:
    """Return the post after it asked again; it waits twice as long before the next time."""
    patience = min(snapshot.patience * 2, _MOST)
    return snapshot.replace(asked_at=now, patience=patience)


def is_media_check_due(snapshot: PostSnapshot, now: datetime) -> bool:
    """Whether its media are to be fetched again now."""
    at = media_check_at(snapshot)
    return at is not None and now >= at


def is_late(snapshot: PostSnapshot, now: datetime) -> bool:
    """Whether its due time passed an hour ago."""
    due_at = snapshot.view.due_at
    waits = snapshot.view.state in {PostState.PUBLISHING, PostState.SCHEDULED}
    return waits and due_at is not None and now >= due_at + LATE_AFTER


def with_passed_time(snapshot: PostSnapshot, now: datetime) -> PostSnapshot:
    """Return the post with a notice if its due time passed before Buffer had it; told once."""
    view = snapshot.view
    due_at = view.due_at
    if due_at is None or now < due_at or snapshot.passed == due_at or view.buffer_post_id:
        return snapshot
    until = _UNTIL.get(view.state)
    if until is None:
        return snapshot
    notice = f"Its time, {due_at:%Y-%m-%d %H:%M %Z}, passed: it goes out {until}."
    told = " ".join(filter(None, (notice, view.notice)))
    return with_view(snapshot, notice=told).replace(passed=due_at)


def late(snapshot: PostSnapshot, account_id: str) -> PostSnapshot:
    """Return the post as late, with a message that says where to look."""
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
    """Return the post as published, although Buffer gave no link to it."""
    why = "Buffer gives no link to it: find it on the network."
    return with_view(snapshot, state=PostState.PUBLISHED, waiting_for="", notice=why)


def with_moved_media(
    snapshot: PostSnapshot, media: tuple[PublicAsset, ...], now: datetime
) -> PostSnapshot:
    """Return the post after a check of its media, with an edit if their URLs changed.

    A change or a proposal under way carries the URLs of its own media.
    """
    view = snapshot.view
    is_same = [asset.url for asset in media] == [asset.url for asset in view.media]
    is_under_way = view.proposal is not None or snapshot.change is not None
    if view.state is not PostState.SCHEDULED or view.draft is None or is_same or is_under_way:
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
    approval = snapshot.job.approval if snapshot.job else None
    return ask_edit(with_view(snapshot, proposal=same), said, media, now, approval)
