"""The emulated account: one organization with a channel on each of eleven networks."""

import hashlib
import re

from emulators.buffer.rate import Plan
from emulators.buffer.records import Json, iso

TIMEZONE = "Europe/London"
_WORKDAY = ["09:00", "12:30", "17:00"]
_WEEKEND = ["11:00", "16:00"]
_TYPES = {
    "twitter": "profile",
    "instagram": "business",
    "facebook": "page",
    "linkedin": "page",
    "threads": "profile",
    "bluesky": "profile",
    "mastodon": "profile",
    "tiktok": "business",
    "youtube": "channel",
    "pinterest": "business",
    "googlebusiness": "business",
    "substack": "profile",
}
CONNECTABLE = frozenset(_TYPES)
_PROFILES = {
    "twitter": "https://x.example/{handle}",
    "instagram": "https://instagram.example/{handle}",
    "facebook": "https://facebook.example/{handle}",
    "linkedin": "https://linkedin.example/company/{handle}",
    "threads": "https://threads.example/@{handle}",
    "bluesky": "https://bsky.example/profile/{handle}.bsky.example",
    "mastodon": "https://mastodon.example/@{handle}",
    "tiktok": "https://tiktok.example/@{handle}",
    "youtube": "https://youtube.example/@{handle}",
    "pinterest": "https://pinterest.example/{handle}",
    "googlebusiness": "https://maps.example/{handle}",
    "substack": "https://{handle}.substack.example",
}
_POSTS = {
    "twitter": "/status/{number}",
    "instagram": "/p/{number}",
    "facebook": "/posts/{number}",
    "linkedin": "/posts/{number}",
    "threads": "/post/{number}",
    "bluesky": "/post/{number}",
    "mastodon": "/{number}",
    "tiktok": "/video/{number}",
    "youtube": "/shorts/{number}",
    "pinterest": "/pin/{number}",
    "googlebusiness": "/posts/{number}",
    "substack": "/p/{number}",
}
SWITCHES = ("isDisconnected", "isLocked", "isQueuePaused", "isNew")


def stable_id(*parts: str) -> str:
    """The same 24-hex id for the same names, on every machine."""
    return hashlib.sha256("\n".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:24]


def organization_id(name: str) -> str:
    """The id of the organization of that name."""
    return stable_id("organization", name)


def post_address(channel: Json, post_id: str) -> str:
    """Where a published post stands, on a host that cannot exist."""
    number = int(post_id[:16], 16) % 10**18
    return channel["externalLink"] + _POSTS[channel["service"]].format(number=number)


def new_channels(name: str, now: int) -> list[Json]:
    """The channels of a fresh organization, one on each of eleven networks."""
    return [that_connects(name, service, name, now) for service in _TYPES if service != _LATEST]


def that_connects(organization: str, service: str, name: str, now: int) -> Json:
    """A channel of an organization that goes by a name on its network."""
    handle = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "organization"
    channel = _channel(organization, handle, service, now)
    return {**channel, "displayName": name}


_LATEST = "substack"
"""The network that an organization does not have from the start."""


def _channel(name: str, handle: str, service: str, now: int) -> Json:
    profile = _PROFILES[service].format(handle=handle)
    created = iso(now)
    return {
        "id": stable_id("channel", name, service),
        "allowedActions": [],
        "avatar": f"https://avatars.example/{service}/{handle}.png",
        "descriptor": f"{service.capitalize()} {_TYPES[service]}",
        "displayName": name,
        "externalLink": profile,
        "hasActiveMemberDevice": False,
        "isDisconnected": False,
        "isLocked": False,
        "isNew": False,
        "isQueuePaused": False,
        "linkShortening": {"config": None, "isEnabled": False},
        "metadata": _metadata(name, service, handle),
        "name": handle,
        "organizationId": organization_id(name),
        "postingGoal": None,
        "postingSchedule": _schedule(),
        "products": ["publish", "analyze"],
        "scopes": [],
        "service": service,
        "serviceId": str(int(stable_id("account", name, service)[:14], 16)),
        "showTrendingTopicSuggestions": False,
        "timezone": TIMEZONE,
        "type": _TYPES[service],
        "weeklyPostingLimit": None,
        "createdAt": created,
        "updatedAt": created,
        "needsApproval": False,
    }


def _schedule() -> list[Json]:
    workdays = ("mon", "tue", "wed", "thu", "fri")
    return [{"day": day, "paused": False, "times": _WORKDAY} for day in workdays] + [
        {"day": day, "paused": False, "times": _WEEKEND} for day in ("sat", "sun")
    ]


def _metadata(name: str, service: str, handle: str) -> Json | None:
    boards = [_board(name, handle, title) for title in ("Articles", "Ideas")]
    reminders = {"defaultToReminders": False}
    known: dict[str, tuple[str, Json]] = {
        "instagram": ("InstagramMetadata", reminders),
        "tiktok": ("TiktokMetadata", reminders),
        "youtube": ("YoutubeMetadata", reminders),
        "pinterest": ("PinterestMetadata", {"boards": boards}),
        "mastodon": (
            "MastodonMetadata",
            {"maxCharacters": 500, "serverUrl": "https://mastodon.example"},
        ),
        "bluesky": ("BlueskyMetadata", {"serverUrl": "https://bsky.example"}),
        "facebook": ("FacebookMetadata", {"locationData": None}),
        "googlebusiness": ("GoogleBusinessMetadata", {"locationData": None}),
        "twitter": ("TwitterMetadata", {"subscriptionType": None}),
        "linkedin": ("LinkedInMetadata", {"shouldShowLinkedinAnalyticsRefreshBanner": False}),
    }
    if service not in known:
        # Threads and Substack have no metadata type of their own.
        return None
    typename, settings = known[service]
    return {"__typename": typename, **settings}


def _board(name: str, handle: str, title: str) -> Json:
    return {
        "id": stable_id("board", name, title),
        "avatar": None,
        "description": None,
        "name": title,
        "serviceId": str(int(stable_id("pinterest", name, title)[:14], 16)),
        "url": f"https://pinterest.example/{handle}/{title.lower()}",
    }


def account(name: str, plan: Plan, channels: list[Json]) -> Json:
    """The owner of every accepted token."""
    organization = {
        "id": organization_id(name),
        "channelCount": len(channels),
        "limits": limits(plan, len(channels)),
        "members": {"totalCount": 1},
        "name": name,
        "ownerEmail": "owner@example.com",
        "shouldEnforce2FASetup": False,
    }
    return {
        "id": stable_id("account", name),
        "email": "owner@example.com",
        "backupEmail": None,
        "avatar": "https://avatars.example/owner.png",
        "createdAt": min(channel["createdAt"] for channel in channels),
        "timezone": TIMEZONE,
        "name": name,
        "preferences": {
            "timeFormat": "24",
            "startOfWeek": "Monday",
            "defaultScheduleOption": "Queue",
        },
        "connectedApps": [],
        "organizations": [organization],
    }


def limits(plan: Plan, channels: int) -> Json:
    """Plan ceilings, as they were seen; scheduled posts and threads count per channel.

    A free organization has three channels at Buffer; here it has all, so that every
    network can be tried on the tightest plan.
    """
    free = plan == "free"
    return {
        "channels": max(channels, 3 if free else 50),
        "generateContent": 5000 if free else 45_000,
        "ideaGroups": 3 if free else 100,
        "ideas": 100 if free else 5000,
        "members": 0,
        "postTemplates": 3 if free else 500,
        "savedReplies": 1 if free else 250,
        "scheduledPosts": 10 if free else 5000,
        "scheduledStoriesPerChannel": 2000,
        "scheduledThreadsPerChannel": 1 if free else 2000,
        "tags": 3 if free else 250,
    }
