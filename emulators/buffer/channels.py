"""The emulated account as GraphQL shows it: one organization, its plan limits, its channels.

:class:`emulators.buffer.core.Emulator` creates the channels; the control API connects more.
"""

import hashlib
import re
from typing import NamedTuple

from emulators.buffer.gate import Plan
from emulators.buffer.records import Json, iso

TIMEZONE = "Europe/London"
SWITCHES = ("isDisconnected", "isLocked", "isQueuePaused", "isNew")
_WORKDAY = ["09:00", "12:30", "17:00"]
_WEEKEND = ["11:00", "16:00"]


class _Service(NamedTuple):
    """The type of a network's channels, and the addresses of its profiles and posts."""

    type: str
    profile: str
    post: str


_SERVICES = {
    "twitter": _Service("profile", "https://x.example/{handle}", "/status/{number}"),
    "instagram": _Service("business", "https://instagram.example/{handle}", "/p/{number}"),
    "facebook": _Service("page", "https://facebook.example/{handle}", "/posts/{number}"),
    "linkedin": _Service("page", "https://linkedin.example/company/{handle}", "/posts/{number}"),
    "threads": _Service("profile", "https://threads.example/@{handle}", "/post/{number}"),
    "bluesky": _Service(
        "profile", "https://bsky.example/profile/{handle}.bsky.example", "/post/{number}"
    ),
    "mastodon": _Service("profile", "https://mastodon.example/@{handle}", "/{number}"),
    "tiktok": _Service("business", "https://tiktok.example/@{handle}", "/video/{number}"),
    "youtube": _Service("channel", "https://youtube.example/@{handle}", "/shorts/{number}"),
    "pinterest": _Service("business", "https://pinterest.example/{handle}", "/pin/{number}"),
    "googlebusiness": _Service("business", "https://maps.example/{handle}", "/posts/{number}"),
    "substack": _Service("profile", "https://{handle}.substack.example", "/p/{number}"),
}
CONNECTABLE = frozenset(_SERVICES)


def stable_id(*parts: str) -> str:
    """Return the same 24 hex digits for the same names, on every machine."""
    return hashlib.sha256("\n".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:24]


def organization_id(name: str) -> str:
    """Return the ID of the organization of that name."""
    return stable_id("organization", name)


def post_address(channel: Json, post_id: str) -> str:
    """Return the address of a published post, on a host that cannot exist."""
    number = int(post_id[:16], 16) % 10**18
    return channel["externalLink"] + _SERVICES[channel["service"]].post.format(number=number)


def first_channels(organization: str, now: int) -> list[Json]:
    """Return the channels of a fresh organization, one on each of eleven networks."""
    # Galley does not publish to Substack; the control API can connect it.
    services = [service for service in _SERVICES if service != "substack"]
    return [new_channel(organization, service, organization, now) for service in services]


def new_channel(organization: str, service: str, name: str, now: int) -> Json:
    """Return a channel of an organization, with its display name on the network."""
    handle = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "organization"
    kind = _SERVICES[service].type
    workdays = ("mon", "tue", "wed", "thu", "fri")
    return {
        "id": stable_id("channel", organization, service),
        "allowedActions": [],
        "avatar": f"https://avatars.example/{service}/{handle}.png",
        "descriptor": f"{service.capitalize()} {kind}",
        "displayName": name,
        "externalLink": _SERVICES[service].profile.format(handle=handle),
        "hasActiveMemberDevice": False,
        "isDisconnected": False,
        "isLocked": False,
        "isNew": False,
        "isQueuePaused": False,
        "linkShortening": {"config": None, "isEnabled": False},
        "metadata": _metadata(organization, service, handle),
        "name": handle,
        "organizationId": organization_id(organization),
        "postingGoal": None,
        "postingSchedule": [
            *({"day": day, "paused": False, "times": _WORKDAY} for day in workdays),
            *({"day": day, "paused": False, "times": _WEEKEND} for day in ("sat", "sun")),
        ],
        "products": ["publish", "analyze"],
        "scopes": [],
        "service": service,
        "serviceId": str(int(stable_id("account", organization, service)[:14], 16)),
        "showTrendingTopicSuggestions": False,
        "timezone": TIMEZONE,
        "type": kind,
        "weeklyPostingLimit": None,
        "createdAt": iso(now),
        "updatedAt": iso(now),
        "needsApproval": False,
    }


def _metadata(organization: str, service: str, handle: str) -> Json | None:
    boards = [
        {
            "id": stable_id("board", organization, title),
            "avatar": None,
            "description": None,
            "name": title,
            "serviceId": str(int(stable_id("pinterest", organization, title)[:14], 16)),
            "url": f"https://pinterest.example/{handle}/{title.lower()}",
        }
        for title in ("Articles", "Ideas")
    ]
    reminders = {"defaultToReminders": False}
    mastodon = {"maxCharacters": 500, "serverUrl": "https://mastodon.example"}
    known: dict[str, tuple[str, Json]] = {
        "instagram": ("InstagramMetadata", reminders),
        "tiktok": ("TiktokMetadata", reminders),
        "youtube": ("YoutubeMetadata", reminders),
        "pinterest": ("PinterestMetadata", {"boards": boards}),
        "mastodon": ("MastodonMetadata", mastodon),
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


def account(name: str, plan: Plan, channels: list[Json]) -> Json:
    """Return the owner of every accepted token, with the one organization."""
    organization = {
        "id": organization_id(name),
        "channelCount": len(channels),
        "limits": plan_limits(plan, len(channels)),
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


def plan_limits(plan: Plan, channels: int) -> Json:
    """Return the limits of a plan, as Buffer's API was seen to answer them."""
    free = plan == "free"
    return {
        # A free organization has three channels at Buffer. Here it has all of them, so that
        # every network can be tried on the tightest plan.
        "channels": max(channels, 3 if free else 50),
        "generateContent": 5000 if free else 45_000,
        "ideaGroups": 3 if free else 100,
        "ideas": 100 if free else 5000,
        "members": 0,
        "postTemplates": 3 if free else 500,
        "savedReplies": 1 if free else 250,
        # Scheduled posts and threads count for each channel on its own.
        "scheduledPosts": 10 if free else 5000,
        "scheduledStoriesPerChannel": 2000,
        "scheduledThreadsPerChannel": 1 if free else 2000,
        "tags": 3 if free else 250,
    }
