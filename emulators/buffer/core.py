"""Open connections, so that a fault can cut one without an answer."""

import asyncio
from dataclasses import dataclass
from pathlib import Path

from uvicorn.protocols.http.h11_impl import H11Protocol

from emulators.buffer.answers import failed, not_found
from emulators.buffer.channels import account, new_channels, organization_id
from emulators.buffer.faults import FaultOrder, Faults, Growth, Keys
from emulators.buffer.media import MediaFetcher
from emulators.buffer.rate import Plan, RateLimiter, windows
from emulators.buffer.records import SECOND, Clock, Json, Post
from emulators.buffer.store import Store

ClientAddress = tuple[str, int]


class Connections:
    """Knows the transport of each client by its address."""

    def __init__(self) -> None:
        self._open: dict[ClientAddress, asyncio.Transport] = {}

    def cut(self, client: ClientAddress) -> None:
        """Reset a connection at once; what was not sent is lost."""
        transport = self._open.get(client)
        if transport is not None:
            transport.abort()

    def protocol(self) -> type[H11Protocol]:
        """The HTTP protocol for uvicorn that tells us of its connections."""
        known = self._open

        class KnownProtocol(H11Protocol):
            """uvicorn's own HTTP/1.1, with its connections written down."""

            def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] - uvicorn declares it so
                super().connection_made(transport)
                if self.client is not None:
                    known[self.client] = transport

            def connection_lost(self, exc: Exception | None) -> None:
                if self.client is not None:
                    known.pop(self.client, None)
                super().connection_lost(exc)

        return KnownProtocol


@dataclass(frozen=True, slots=True)
class Options:
    """What the emulator is told at its start. Durations are in seconds."""

    state: Path | None = None
    plan: Plan = "free"
    organization: str = "Galley Demo"
    publish_after: float = 1.0
    link_after: float = 0.0
    """How long a sent post has no address yet."""
    ingest_after: float = 0.5
    duplicate_window: float = 3600.0
    allowed_hosts: tuple[str, ...] = ()
    rejected_tokens: tuple[str, ...] = ()
    count_refused: bool = True
    shared_pool: bool = False
    """Whether all tokens use up the same rate windows, as one account's keys may."""
    quota_times: int = 1
    """The plan's windows, as many times larger."""
    repeat_headers: bool = False
    """Whether each rate window has header lines of its own, as it may at Buffer."""
    speed: float = 1.0
    """Seconds of the emulator's clock to one of the wall's."""
    seed: int | None = None
    """For the faults that happen by chance."""
    faults: tuple[FaultOrder, ...] = ()
    """Ordered at the start."""
    extension: str = ""
    """SDL that the schema has gained at the start."""


class Emulator:
    """Everything the resolvers, the clock and the control API work on."""

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
        """Set when something changed that the clock should look at."""
        self.growth = Growth(self.store)
        self.keys = Keys(self.store)
        with self.store.transaction():
            self._begin()

    def reset(self) -> None:
        """Forget everything that was done, as if started anew on an empty file."""
        with self.store.transaction():
            self.store.clear()
            self.growth.set("", {})
            self.keys.restore_all()
            self.clock.restart()
            self._begin()
        self.wake.set()

    def _begin(self) -> None:
        """Order what was asked for, and make the channels."""
        options = self.options
        self.faults = Faults(self.store, options.seed)
        for order in options.faults:
            self.faults.order(order)
        if options.extension:
            self.growth.set(options.extension, self.growth.answers)
        if not self.store.channels(self.organization_id):
            self._create_channels()

    async def close(self) -> None:
        await self.media.close()
        self.store.close()

    def account(self) -> Json:
        channels = self.store.channels(self.organization_id)
        return account(self.options.organization, self.options.plan, channels)

    def limits(self) -> Json:
        limits: Json = self.account()["organizations"][0]["limits"]
        return limits

    def own(self, organization_id: str) -> None:
        """Hold an organization named by a caller to the one there is.

        Raises:
            GraphQLError: It is another one.
        """
        if organization_id != self.organization_id:
            raise not_found("Organization")

    def channel_of(self, post: Post) -> Json:
        channel = self.store.channel(post.channel_id)
        if channel is None:
            raise LookupError(f"post {post.id} has lost its channel")
        return channel

    def plan_full(self, what: str, used: int) -> Json | None:
        """Refuse one more of what the plan limits, such as ``ideas``."""
        allowed: int = self.limits()[what]
        if used < allowed:
            return None
        return failed(
            "LimitReachedError", f"Limit reached: You have {used} {what} out of {allowed} allowed"
        )

    def move_clock(self, seconds: float) -> None:
        """Let time pass at once, for everything but real sleeping."""
        self.clock.ahead_ms += int(seconds * SECOND)
        self.keep_clock()
        self.wake.set()

    def keep_clock(self) -> None:
        """Remember how far the clock is ahead, so that a restart goes on from there."""
        self.store.set_meta("ahead_ms", str(self.clock.ahead_of_wall()))

    def _create_channels(self) -> None:
        made = new_channels(self.options.organization, self.clock.now())
        for position, channel in enumerate(made):
            self.store.save_channel(channel, position)
