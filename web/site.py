"""The site: what every page is given, who asks, and about which post.

A page's function takes the request, asks ``app/`` with ``site_of(request).connections``, and
returns :func:`web.rendering.page`.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast
from urllib.parse import quote
from zoneinfo import ZoneInfo

from starlette.requests import Request

from app.connections import Connections
from app.errors import NotFoundError, NoWorkerError, ServiceError
from app.posts.media import MediaFile
from app.posts.views import read_view
from app.records.facts import FactPassage
from galley.clients.team_file import TeamError, TeamFile
from galley.models.post import PostView
from galley.models.team import Team
from galley.settings import Settings
from web.access import Links, OneTimeToken, Session, Sessions
from web.sending import Sending
from web.waiting import Waiting

_log = logging.getLogger(__name__)
_MOST_UPLOADS, _MOST_READERS = 3, 4


@dataclass
class Site:
    """What the pages are given.

    Attributes:
        connections: To Temporal and the buckets, as every face gives them to ``app/``.
        sessions: The browsers that are signed in.
        token: Of the printed address; ``None`` in team mode.
        person: Who decides in local mode.
        is_secure: Whether browsers reach it by TLS.
        address: Under which a team reaches it; empty in local mode.
        keys: Folder of the keys by which it signs for people of the team.
        links: Makes the links of clients; ``None``: there are none.
        sending: Decisions on their way to their posts.
        waiting: The posts that wait for a person.
        readers: How many media are read at a time.
        medium: The one that was read last, with its post and hash: players ask for parts of it.
        uploads: Room for forms with files: each is kept on disk twice while it is read.
    """

    connections: Connections
    sessions: Sessions = field(default_factory=Sessions)
    token: OneTimeToken | None = None
    person: str = ""
    is_secure: bool = False
    address: str = ""
    keys: Path | None = None
    links: Links | None = None
    sending: Sending = field(default_factory=Sending)
    waiting: Waiting = field(init=False)
    team_file: TeamFile = field(init=False)
    readers: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_MOST_READERS))
    medium: tuple[str, str, MediaFile] | None = None
    passages: dict[tuple[str, int, str], tuple[float, list[FactPassage]]] = field(
        default_factory=dict[tuple[str, int, str], tuple[float, list[FactPassage]]]
    )
    """Those of a post's facts by its ID, revision and digest, and when they were read."""
    uploads: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_MOST_UPLOADS))

    def __post_init__(self) -> None:
        self.waiting = Waiting(self.connections)
        self.team_file = TeamFile(self.connections.settings.team)

    @property
    def team(self) -> Team | None:
        """Who may decide, as the team file has it now; ``None``: decisions are unverified.

        Raises:
            ServiceError: The file cannot be used: nobody decides by it meanwhile.
        """
        try:
            return self.team_file.read()
        except TeamError as error:
            # Strangers are told, too: they learn nothing of the file.
            _log.warning("The team file cannot be used: %s", error)
            why = "The team file cannot be used: the log says why."
            raise ServiceError(why) from None

    def has_left(self, session: Session) -> bool:
        """Whether a session is of somebody, or by a link of somebody, who left the team."""
        if self.token is not None or (team := self.team) is None:
            return False
        return team.person(session.link.by if session.link else session.person) is None

    async def view(self, post: str) -> PostView:
        """Return a post by its ID, as it stands.

        Raises:
            NoWorkerError: No worker answers.
        """
        view = await read_view(await self.connections.temporal(), post)
        if view is None:
            raise NoWorkerError("No worker answers for this post: start one, then try again.")
        return view

    def settings_of(self, person: str) -> Settings:
        """Return the settings by which this person's decisions are signed."""
        settings = self.connections.settings
        if self.keys is None:
            return settings
        # No name of a person leads out of the folder.
        file = self.keys / f"{quote(person, safe=' ')}.pem"
        return settings.model_copy(update={"reviewer_key_file": file})

    @asynccontextmanager
    async def lifespan(self, app: object) -> AsyncGenerator[None]:
        """Run while the pages are served; at the end send the decisions that are still pending."""
        del app
        try:
            yield
        finally:
            await self.sending.close()
            await self.waiting.close()


def zone_of(request: Request) -> ZoneInfo:
    """Return the reader's time zone, which the script of the pages tells by a cookie."""
    with suppress(Exception):
        return ZoneInfo(request.cookies.get("zone", "UTC"))
    return ZoneInfo("UTC")


def site_of(request: Request) -> Site:
    """Return the site that a request is made to."""
    return cast("Site", request.app.state.site)


def post_named(request: Request) -> str:
    """Return the ID of the post that an address names.

    Raises:
        NotFoundError: It names a run of another kind.
    """
    name = str(request.path_params["post"])
    if not name.startswith("post:"):
        raise NotFoundError("There is no such post.")
    return name


async def view_of(request: Request) -> PostView:
    """Return the post that an address names, as it stands.

    Raises:
        NotFoundError: There is none.
        NoWorkerError: No worker answers.
    """
    view = await site_of(request).view(post_named(request))
    link = session_of(request).link
    if link is not None and view.campaign_id != link.campaign:
        raise NotFoundError("This link is not about that post.")
    return view


def session_of(request: Request) -> Session:
    """Return the session of a request to a page that needs one."""
    return cast("Session", request.state.session)
