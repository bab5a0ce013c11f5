"""Show stored media as members of Buffer's interface ``Asset``."""

from collections.abc import Callable
from typing import Any

from emulators.buffer.answers import not_modelled
from emulators.buffer.core import Emulator
from emulators.buffer.networks import NETWORKS
from emulators.buffer.records import Json, Post, iso


def present_asset(asset: Json) -> Json:
    """An asset as a member of the interface ``Asset``."""
    kind: str = asset["kind"]
    fields: Json = asset["fields"]
    return {
        "__typename": f"{kind.capitalize()}Asset",
        # Null in every answer that was seen of Buffer.
        "id": None,
        "mimeType": asset["mime"],
        "source": asset["url"],
        "thumbnail": fields.get("thumbnailUrl") or asset["url"],
        "type": kind,
        kind: _ASSET_DETAILS[kind](asset, fields.get("metadata") or {}),
    }


def _image(asset: Json, metadata: Json) -> Json:
    return {
        "altText": metadata.get("altText") or "",
        "animatedThumbnail": metadata.get("animatedThumbnail"),
        "height": asset["height"],
        "isAnimated": asset["animated"],
        "userTags": metadata.get("userTags"),
        "width": asset["width"],
    }


def _video(asset: Json, metadata: Json) -> Json:
    found: Json = asset["video"]
    return {
        "audioCodec": None,
        "rotationDegree": 0,
        "videoBitRate": None,
        "isTranscodingRequired": False,
        "thumbnailOffset": metadata.get("thumbnailOffset"),
        "title": metadata.get("title"),
        **found,
    }


def _document(asset: Json, _metadata: Json) -> Json:
    fields: Json = asset["fields"]
    return {
        "filesize": None,
        "numPages": 0,
        "thumbnails": [fields["thumbnailUrl"]],
        "title": fields["title"],
    }


_ASSET_DETAILS: dict[str, Callable[[Json, Json], Json]] = {
    "image": _image,
    "video": _video,
    "document": _document,
}


def _link(link: Json | None) -> Json | None:
    if link is None:
        return None
    picture: Json = link.get("thumbnail") or {}
    thumbnail: str | None = picture.get("url")
    return {
        "expandedUrl": link["url"],
        "text": link.get("description") or "",
        "thumbnail": thumbnail,
        "thumbnails": [thumbnail] if thumbnail else [],
        "title": link.get("title") or "",
        "url": link["url"],
    }


def _thread(post: Post) -> list[Json]:
    key = NETWORKS[post.service].key
    shown: list[Json] = []
    for item in post.thread:
        card = _link(item["link"])
        shown.append(
            {
                "assets": [present_asset(asset) for asset in item["assets"]],
                "linkAttachment": card,
                "metadata": {key: {"linkAttachment": card}} if card else None,
                "text": item["text"],
            }
        )
    return shown


def present_metadata(post: Post, channel: Json) -> Json:
    """The settings of a post as a member of ``PostMetadata``."""
    own = post.metadata
    shown: Json = {
        **own,
        "__typename": _METADATA_TYPES[post.service],
        "annotations": _annotations(post),
        "type": post_type(post),
        "linkAttachment": _link(post.link),
        "thread": _thread(post),
        "threadCount": len(post.thread),
        "isAiGenerated": bool(own.get("isAiGenerated")),
        "retweet": _retweet(own.get("retweet")),
    }
    match post.service:
        case "pinterest":
            shown["board"] = _board(own, channel)
        case "youtube":
            shown |= _youtube(own)
        case "googlebusiness":
            shown["details"] = _google_details(own)
        case _:
            pass
    return shown


_METADATA_TYPES = {
    "bluesky": "BlueskyPostMetadata",
    "facebook": "FacebookPostMetadata",
    "googlebusiness": "GoogleBusinessPostMetadata",
    "instagram": "InstagramPostMetadata",
    "linkedin": "LinkedInPostMetadata",
    "mastodon": "MastodonPostMetadata",
    "pinterest": "PinterestPostMetadata",
    "substack": "SubstackPostMetadata",
    "threads": "ThreadsPostMetadata",
    "tiktok": "TiktokPostMetadata",
    "twitter": "TwitterPostMetadata",
    "youtube": "YoutubePostMetadata",
}


def post_type(post: Post) -> str:
    """The format of a post; ``post`` where the network has no others."""
    if post.service == "youtube":
        return "short"
    if post.thread:
        return "thread"
    return post.metadata.get("type") or "post"


def _annotations(post: Post) -> list[Json]:
    """The mentions a caller marked in the text, on Facebook and LinkedIn."""
    given: list[Json] = post.metadata.get("annotations") or []
    return [_MENTIONS[post.service](one) for one in given]


def _facebook_mention(given: Json) -> Json:
    return {**given, "type": "mention"}


def _linkedin_mention(given: Json) -> Json:
    start: int = given["start"]
    return {
        "content": given["entity"],
        "indices": [start, start + given["length"]],
        "text": given["localizedName"],
        "type": "mention",
        "url": given["link"],
    }


_MENTIONS: dict[str, Callable[[Json], Json]] = {
    "facebook": _facebook_mention,
    "linkedin": _linkedin_mention,
}


def _retweet(given: Json | None) -> Json | None:
    """The post that is quoted: its id is known, who wrote what and when is not."""
    if given is None:
        return None
    unknown = ("text", "user", "createdAt")
    return {
        "id": given["id"],
        "url": f"https://x.example/i/status/{given['id']}",
        "thumbnails": [],
        **{name: _unknown(f"RetweetMetadata.{name}") for name in unknown},
    }


def _unknown(field: str) -> Callable[[object], object]:
    def refuse(_info: object) -> object:
        raise not_modelled(field)

    return refuse


def _board(own: Json, channel: Json) -> Json | None:
    wanted = own.get("boardServiceId")
    boards: list[Json] = channel["metadata"]["boards"]
    return next((board for board in boards if board["serviceId"] == wanted), None)


def _youtube(own: Json) -> Json:
    defaults: dict[str, Any] = {
        "embeddable": True,
        "license": "youtube",
        "madeForKids": False,
        "notifySubscribers": True,
        "privacy": "public",
    }
    category = own.get("categoryId")
    return {
        name: value if own.get(name) is None else own[name] for name, value in defaults.items()
    } | {"category": {"categoryId": category, "title": category} if category else None}


def _google_details(own: Json) -> Json | None:
    name = {"whats_new": "WhatsNew", "offer": "Offer", "event": "Event"}.get(own.get("type") or "")
    details: Json | None = own.get(f"details{name}")
    if name is None or details is None:
        return None
    return {
        "__typename": f"GoogleBusiness{name}MetaData",
        **details,
        "button": details.get("button") or "none",
    }


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
