"""Show stored posts in the shape of Buffer's ``Post`` type."""

from emulators.buffer.core import Emulator
from emulators.buffer.present_assets import present_asset
from emulators.buffer.present_metadata import present_metadata
from emulators.buffer.records import Json, Post
from emulators.buffer.times import iso

_DRAFT_ACTIONS = [
    "addPostToQueue",
    "publishPostNow",
    "updatePost",
    "publishPostNext",
    "updatePostSchedule",
    "updatePostTags",
    "addPostNote",
    "duplicatePost",
    "deletePost",
    "updateShopGridLink",
]
_SENT_ACTIONS = [
    "viewPost",
    "sharePostLink",
    "copyPostLink",
    "updatePostTags",
    "addPostNote",
    "duplicatePost",
    "updateShopGridLink",
]
_ACTIONS = {
    "draft": _DRAFT_ACTIONS,
    "needs_approval": [*_DRAFT_ACTIONS, "approvePost", "rejectPost"],
    "scheduled": [*_DRAFT_ACTIONS, "movePostToDraft"],
    "error": _DRAFT_ACTIONS,
    "sending": [],
    "sent": _SENT_ACTIONS,
}


def present_post(emulator: Emulator, post: Post) -> Json:
    """One post as GraphQL answers it; dates are instants, written by the scalar."""
    channel = emulator.channel_of(post)
    now = emulator.clock.now()
    return {
        "__typename": "Post",
        "id": post.id,
        "allowedActions": _ACTIONS[post.status],
        "assets": [present_asset(asset) for asset in post.assets],
        "author": author(emulator.account()),
        "channel": channel,
        "channelId": post.channel_id,
        "channelService": post.service,
        "contentItemId": None,
        "dueAt": post.due_at,
        "error": post.error,
        "externalLink": post.external_link if post.link_at <= now else None,
        "ideaId": post.idea_id,
        "isCustomScheduled": post.mode == "customScheduled",
        "metadata": present_metadata(post, channel),
        "metrics": None,
        "metricsUpdatedAt": None,
        "notes": [],
        "notificationStatus": _notification(post),
        # Drafts were seen to come back without it.
        "schedulingType": None if post.status == "draft" else post.scheduling_type,
        "sentAt": post.sent_at,
        "sharedNow": post.mode == "shareNow",
        "shareMode": post.mode,
        "status": post.status,
        "tags": [],
        "text": post.text,
        "via": "buffer",
        "createdAt": post.created_at,
        "updatedAt": post.updated_at,
    }


def _notification(post: Post) -> str | None:
    if post.published_by_hand:
        return "markedAsPublished"
    return "notified" if post.notified else None


def ledger_entry(post: Post) -> Json:
    """One post as the control API lists it."""
    return {
        "id": post.id,
        "channelId": post.channel_id,
        "service": post.service,
        "text": post.text,
        "thread": [item["text"] for item in post.thread],
        "status": post.status,
        "mode": post.mode,
        "dueAt": _date(post.due_at),
        "sentAt": _date(post.sent_at),
        "assets": list(dict.fromkeys(asset["url"] for asset in post.all_assets())),
        "externalLink": post.external_link,
        "error": post.error["message"] if post.error else None,
        "created_at": iso(post.created_at),
        "deleted_at": _date(post.deleted_at),
    }


def _date(instant: int | None) -> str | None:
    return None if instant is None else iso(instant)


def author(owner: Json) -> Json:
    """The account as the author of something."""
    return {
        "id": owner["id"],
        "avatar": owner["avatar"],
        "email": owner["email"],
        "isDeleted": False,
        "name": owner["name"],
        "urn": f"urn:buffer:account:{owner['id']}",
    }
