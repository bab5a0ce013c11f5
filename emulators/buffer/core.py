"""The emulator: its options, its state, and the account that it plays.

:class:`emulators.buffer.app.EmulatorServer` creates one :class:`Emulator`, which resolvers,
lifecycle and control API share. The account has one organization with a channel on each of
eleven networks.
"""

import asyncio
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple, cast

from emulators.buffer.faults import FaultOrder, Faults
from emulators.buffer.gate import Credentials, Plan, RateLimiter, RejectedTokens, windows
from emulators.buffer.graphql_edge import failed, not_found
from emulators.buffer.media import MediaFetcher
from emulators.buffer.records import SECOND, Clock, Json, Post, iso
from emulators.buffer.store import Store


@dataclass(frozen=True, slots=True)
class Options:
    """The options of the program. Durations are in seconds."""

    state: Path | None = None
    plan: Plan = "free"
    organization: str = "Galley Demo"
    publish_after: float = 1.0
    link_after: float = 0.0
    """The time between sending a post and showing its address."""
    ingest_after: float = 0.5
    duplicate_window: float = 3600.0
    allowed_hosts: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    """Host names that it answers to, beside those of this machine."""
    rejected_tokens: tuple[str, ...] = ()
    count_refused: bool = True
    shared_pool: bool = False
    """Whether all tokens use up the same rate windows, as one account's keys may."""
    quota_times: int = 1
    """The factor by which the plan's windows are larger."""
    repeat_headers: bool = False
    """Whether each rate window has header lines of its own, as it may at Buffer."""
    speed: float = 1.0
    """Seconds of the emulator's clock to one of the wall clock."""
    seed: int | None = None
    """Seed of the faults that happen by chance."""
    faults: tuple[FaultOrder, ...] = ()
    """Faults ordered at the start."""
    extension: str = ""
    """SDL that extends the schema from the start."""
    oauth_clients: Mapping[str, str] = field(default_factory=dict[str, str])
    """Secret by client ID, empty for a public app. Without any, every app is known."""
    auto_approve: bool = False
    """Whether every app is authorized at once, without the consent page."""


class SchemaExtension:
    """What the schema has beyond today's, kept across restarts."""

    _KEY = "growth"

    def __init__(self, store: Store) -> None:
        self._store = store
        kept = cast("dict[str, Any]", json.loads(store.meta(self._KEY) or "{}"))
        self.sdl: str = kept.get("extend", "")
        self.answers: Json = kept.get("answers", {})
        """Fixed answers by ``Type.field``, in place of the emulator's own."""
        self.version = 0
        """Changes whenever the extension does, so that the schema is built again."""

    def set(self, sdl: str, answers: Json) -> None:
        """Replace the extension; empty values restore today's schema."""
        self.sdl, self.answers = sdl, answers
        self.version += 1
        self._store.set_meta(self._KEY, json.dumps({"extend": sdl, "answers": answers}))


class Emulator:
    """Store, clock, limiter, faults and media client of one running emulator."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.store = Store(options.state)
        self.clock = Clock(int(self.store.meta("ahead_ms") or 0), options.speed)
        self.limiter = RateLimiter(
            self.store,
            windows(options.plan, options.quota_times),
            count_refused=options.count_refused,
        )
        # One client for all fetches: it keeps connections to media hosts.
        self.media = MediaFetcher(options.allowed_hosts)
        self.organization_id = organization_id(options.organization)
        self.wake = asyncio.Event()
        """Set after a change that the lifecycle should look at."""
        self.extension = SchemaExtension(self.store)
        self.credentials = Credentials(self.store)
        self.rejected = RejectedTokens(
            options.rejected_tokens, self.store, self.credentials, self.clock
        )
        with self.store.transaction():
            self._begin()

    def reset(self) -> None:
        """Forget everything, as if started anew on an empty file."""
        with self.store.transaction():
            self.store.clear()
            # The version changes, so the endpoint builds the schema without it.
            self.extension.set("", {})
            self.rejected.forget_revoked()
            self.clock.restart()
            self._begin()
        self.wake.set()

    def _begin(self) -> None:
        """Apply the options that change the state: faults, schema extension, channels."""
        options = self.options
        self.faults = Faults(self.store, options.seed)
        for order in options.faults:
            self.faults.order(order)
        if options.extension:
            self.extension.set(options.extension, self.extension.answers)
        # A state file of an earlier run has channels already.
        if not self.store.channels(self.organization_id):
            channels = first_channels(options.organization, self.clock.now())
            for position, channel in enumerate(channels):
                self.store.save_channel(channel, position)

    async def close(self) -> None:
        await self.media.close()
        self.store.close()

    def account(self) -> Json:
        channels = self.store.channels(self.organization_id)
        return account(self.options.organization, self.options.plan, channels)

    def limits(self) -> Json:
        limits: Json = self.account()["organizations"][0]["limits"]
        return limits

    def require_organization(self, named: str) -> None:
        """Check that a caller names the one organization.

        Raises:
            GraphQLError: It is another one.
        """
        if named != self.organization_id:
            raise not_found("Organization")

    def channel_of(self, post: Post) -> Json:
        channel = self.store.channel(post.channel_id)
        if channel is None:
            raise LookupError(f"post {post.id} has lost its channel")
        return channel

    def plan_full(self, kind: str, used: int) -> Json | None:
        """Refuse one more of a kind that the plan limits, such as ``ideas``."""
        allowed: int = self.limits()[kind]
        if used < allowed:
            return None
        return failed(
            "LimitReachedError", f"Limit reached: You have {used} {kind} out of {allowed} allowed"
        )

    def move_clock(self, seconds: float) -> None:
        """Skip time, for everything but real sleeping."""
        self.clock.ahead_ms += int(seconds * SECOND)
        self.keep_clock()
        self.wake.set()

    def keep_clock(self) -> None:
        """Save how far the clock is ahead, so that a restart goes on from there."""
        self.store.set_meta("ahead_ms", str(self.clock.ahead_of_wall()))


# The account: one organization, its plan limits, its channels

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
    # Networks number their posts; the same post always has the same number.
    number = int(post_id[:16], 16) % 10**18
    return channel["externalLink"] + _SERVICES[channel["service"]].post.format(number=number)


def first_channels(organization: str, now: int) -> list[Json]:
    """Return the channels of a fresh organization, one on each of eleven networks."""
    # Galley does not publish to Substack; the control API can connect it.
    services = [service for service in _SERVICES if service != "substack"]
    return [new_channel(organization, service, organization, now) for service in services]


def new_channel(organization: str, service: str, name: str, now: int) -> Json:
    """Return a channel of an organization, with its display name on the network."""
    # Names without Latin letters leave nothing.
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
        # The account is as old as its first channel.
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
