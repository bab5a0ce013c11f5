"""Stored posts in the shapes of Buffer's schema, and of the control API's ledger.

The queries and mutations answer with :func:`present_post`. A shape may hold fields that the
schema does not have; GraphQL leaves them out.
"""

from collections.abc import Callable
from typing import Any

from emulators.buffer.core import Emulator
from emulators.buffer.graphql_edge import not_modelled
from emulators.buffer.networks import NETWORKS
from emulators.buffer.records import Json, Post, iso


def present_asset(asset: Json) -> Json:
    """Return an asset as a member of the interface ``Asset``."""
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


_ASSET_DETAILS: dict[str, Callable[[Json, Json], Json]] = {
    "image": lambda asset, metadata: {
        "altText": metadata.get("altText") or "",
        "animatedThumbnail": metadata.get("animatedThumbnail"),
        "height": asset["height"],
        "isAnimated": asset["animated"],
        "userTags": metadata.get("userTags"),
        "width": asset["width"],
    },
    "video": lambda asset, metadata: {
        "audioCodec": None,
        "rotationDegree": 0,
        "videoBitRate": None,
        "isTranscodingRequired": False,
        "thumbnailOffset": metadata.get("thumbnailOffset"),
        "title": metadata.get("title"),
        **asset["video"],
    },
    "document": lambda asset, _metadata: {
        "filesize": None,
        # The emulator does not open documents.
        "numPages": 0,
        "thumbnails": [asset["fields"]["thumbnailUrl"]],
        "title": asset["fields"]["title"],
    },
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


def _present_metadata(post: Post, channel: Json) -> Json:
    """Return the settings of a post as a member of ``PostMetadata``."""
    own = post.metadata
    marked: list[Json] = own.get("annotations") or []
    shown: Json = {
        **own,
        "__typename": _METADATA_TYPES[post.service],
        # Mentions that a caller marked in the text, on Facebook and LinkedIn.
        "annotations": [_MENTIONS[post.service](one) for one in marked],
        "type": post_type(post),
        "linkAttachment": _link(post.link),
        "thread": _thread(post),
        "threadCount": len(post.thread),
        "isAiGenerated": bool(own.get("isAiGenerated")),
        "retweet": _retweet(own.get("retweet")),
    }
    match post.service:
        case "pinterest":
            boards: list[Json] = channel["metadata"]["boards"]
            wanted = own.get("boardServiceId")
            shown["board"] = next((one for one in boards if one["serviceId"] == wanted), None)
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
    """Return the format of a post; ``post`` where the network has no others."""
    # Buffer publishes every video there as a Short.
    if post.service == "youtube":
        return "short"
    if post.thread:
        return "thread"
    return post.metadata.get("type") or "post"


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
    "facebook": lambda given: {**given, "type": "mention"},
    "linkedin": _linkedin_mention,
}


def _retweet(given: Json | None) -> Json | None:
    """Return the quoted post: its ID is known, its text, author and date are not."""
    if given is None:
        return None

    def unknown(name: str) -> Callable[[object], object]:
        # graphql-core calls a value that is a function, so only a query of the field fails.
        def refuse(_info: object) -> object:
            raise not_modelled(f"RetweetMetadata.{name}")

        return refuse

    return {
        "id": given["id"],
        "url": f"https://x.example/i/status/{given['id']}",
        "thumbnails": [],
        **{name: unknown(name) for name in ("text", "user", "createdAt")},
    }


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
    """Return a post as GraphQL answers it; the DateTime scalar formats the instants."""
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
        "metadata": _present_metadata(post, channel),
        # Nobody reads what the emulator publishes.
        "metrics": None,
        "metricsUpdatedAt": None,
        "notes": [],
        "notificationStatus": "markedAsPublished"
        if post.published_by_hand
        else "notified"
        if post.notified
        else None,
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


def ledger_entry(post: Post) -> Json:
    """Return a post as the control API lists it."""

    def date(instant: int | None) -> str | None:
        return None if instant is None else iso(instant)

    return {
        "id": post.id,
        "channelId": post.channel_id,
        "service": post.service,
        "text": post.text,
        "thread": [item["text"] for item in post.thread],
        "status": post.status,
        "mode": post.mode,
        "dueAt": date(post.due_at),
        "sentAt": date(post.sent_at),
        "assets": list(dict.fromkeys(asset["url"] for asset in post.all_assets())),
        "externalLink": post.external_link,
        "error": post.error["message"] if post.error else None,
        "created_at": iso(post.created_at),
        "deleted_at": date(post.deleted_at),
    }


def author(owner: Json) -> Json:
    """Return the account as the author of a post or item."""
    return {
        "id": owner["id"],
        "avatar": owner["avatar"],
        "email": owner["email"],
        "isDeleted": False,
        "name": owner["name"],
        "urn": f"urn:buffer:account:{owner['id']}",
    }
