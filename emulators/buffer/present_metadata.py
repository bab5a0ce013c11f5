"""Show what a post has for its network alone, as a member of ``PostMetadata``."""

from collections.abc import Callable
from typing import Any

from emulators.buffer.answers import not_modelled
from emulators.buffer.networks import NETWORKS
from emulators.buffer.present_assets import present_asset
from emulators.buffer.records import Json, Post


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
        name: value if own.get(name) is None else own[name]
        for name, value in defaults.items()
    } | {"category": {"categoryId": category, "title": category} if category else None}


def _google_details(own: Json) -> Json | None:
    name = {"whats_new": "WhatsNew", "offer": "Offer", "event": "Event"}.get(
        own.get("type") or ""
    )
    details: Json | None = own.get(f"details{name}")
    if name is None or details is None:
        return None
    return {
        "__typename": f"GoogleBusiness{name}MetaData",
        **details,
        "button": details.get("button") or "none",
    }
