"""The emulator's options and its state, which resolvers, clock and control API share.

:class:`emulators.buffer.app.EmulatorServer` creates one :class:`Emulator` and passes it on.
"""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from emulators.buffer.channels import account, first_channels, organization_id
from emulators.buffer.credentials import Credentials
from emulators.buffer.faults import FaultOrder, Faults
from emulators.buffer.gate import Plan, RateLimiter, RejectedTokens, windows
from emulators.buffer.graphql_edge import failed, not_found
from emulators.buffer.media import MediaFetcher
from emulators.buffer.records import SECOND, Clock, Json, Post
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
