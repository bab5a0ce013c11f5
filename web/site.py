"""The site: what every page needs, templates, forms with their token, and sentences for people.

Each module of pages has ``ROUTES``; :mod:`web.app` joins them. A page's function takes the
request, asks ``app/`` with ``site_of(request).connections``, and returns ``page(...)``.
"""

import asyncio
import secrets
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, cast
from urllib.parse import quote
from zoneinfo import ZoneInfo

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import Message

from app.connections import Connections
from app.errors import NotFoundError, ServiceError
from app.posts.media import MediaFile
from app.posts.views import read_view
from galley.models.post import PostView
from galley.models.review import Decision, DecisionKind
from galley.models.team import Team
from galley.review.signatures import why_no_approval, why_no_right
from galley.settings import Settings
from web import phrases
from web.access import COOKIE, Links, OneTimeToken, Session, Sessions
from web.sending import Sending
from web.text import seen, words
from web.waiting import Waiting

NAVIGATION = [
    ("/", "Inbox"),
    ("/calendar", "Calendar"),
    ("/campaigns", "Campaigns"),
    ("/account", "Account"),
]
"""Address and name of the pages that stand in the head of each page."""

_OLD_FORM = "This form is of an earlier session: load the page again."
_HEAD_BYTES, _HEAD_PIECES = 64 * 1024, 200
"""Each form of ours has the token before all that a person types."""
_MOST_UPLOADS, _MOST_READERS = 3, 4

Handler = Callable[[Request], Awaitable[Response]]
Act = Callable[[Request, FormData], Awaitable[Response]]


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
        team: Who may decide; ``None``: decisions are unverified.
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
    team: Team | None = None
    sending: Sending = field(default_factory=Sending)
    waiting: Waiting = field(init=False)
    readers: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_MOST_READERS))
    medium: tuple[str, str, MediaFile] | None = None
    uploads: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_MOST_UPLOADS))

    def __post_init__(self) -> None:
        self.waiting = Waiting(self.connections)

    def settings_of(self, person: str) -> Settings:
        """Return the settings by which this person's decisions are signed."""
        settings = self.connections.settings
        if self.keys is None:
            return settings
        # No name of a person leads out of the folder.
        file = self.keys / f"{quote(person, safe=' ')}.pem"
        return settings.model_copy(update={"reviewer_key_file": file})

    def why_no_right(self, view: PostView, person: str) -> str:
        """Return why the team's policy does not let this person approve a post now, or ``""``."""
        if self.team is None:
            return ""
        said = Decision(
            kind=DecisionKind.APPROVE, revision=view.revision, digest=view.digest, by=person
        )
        given = [one for one in view.approvals if one.digest == view.digest]
        why = why_no_right(self.team, said, view.channel_id, view.platform)
        why = why or why_no_approval(self.team, said, view.channel_id, given, ())
        return why.message if why else ""

    @asynccontextmanager
    async def lifespan(self, app: object) -> AsyncGenerator[None]:
        """Run while the pages are served; at the end send what is still held."""
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
        ServiceError: No worker answers.
    """
    name, client = post_named(request), await site_of(request).connections.temporal()
    view = await read_view(client, name)
    if view is None:
        raise ServiceError("No worker answers for this post: start one, then load the page again.")
    link = session_of(request).link
    if link is not None and view.campaign_id != link.campaign:
        raise NotFoundError("This link is not about that post.")
    return view


def session_of(request: Request) -> Session:
    """Return the session of a request to a page that needs one."""
    return cast("Session", request.state.session)


_TEMPLATES = Environment(
    loader=PackageLoader("web", "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


_TEMPLATES.filters["network"] = phrases.network
_TEMPLATES.filters["state_words"] = phrases.state_words


def when(at: datetime | None) -> str:
    """Return a time as people read it; the script of the page makes it the browser's own."""
    return f"{at:%d %b %Y, %H:%M} UTC".lstrip("0") if at else ""


_TEMPLATES.filters["seen"] = seen
_TEMPLATES.filters["when"] = when
_TEMPLATES.filters["words"] = words


def page(request: Request, template: str, status: int = 200, **values: object) -> HTMLResponse:
    """Return a page of a template; ``base.html`` gives it head, navigation and what was told."""
    session = cast("Session | None", getattr(request.state, "session", None))
    told: list[str] = []
    # A part of a page, which a script asked for, leaves what was told to the next whole page.
    if session is not None and not template.startswith("parts/"):
        told = session.hear(request.url.path)
    shared: dict[str, Any] = {
        "session": session,
        "told": told,
        "navigation": NAVIGATION,
        "path": request.url.path,
        "is_team": site_of(request).token is None,
        "has_links": site_of(request).links is not None,
    }
    html = _TEMPLATES.get_template(template).render(shared | values)
    return HTMLResponse(html, status)


def shown(
    path: str, handler: Handler, *, for_clients: bool = False, is_polled: bool = False
) -> Route:
    """Return the route of a page for people who are signed in; for clients only if that is said.

    What an open page asks for by itself is no use of a session, which ends after idle hours.
    """

    async def guarded(request: Request) -> Response:
        if not _admit(request, is_use=not is_polled):
            return _to_the_door(request)
        if session_of(request).link and not for_clients:
            return to("/client")
        return await handler(request)

    return Route(path, guarded, methods=["GET"], name=handler.__name__)


def act(path: str, handler: Act, *, for_clients: bool = False) -> Route:
    """Return the route of a form: by POST alone, with the token of the session."""

    async def guarded(request: Request) -> Response:
        if not _admit(request):
            return _to_the_door(request)
        if session_of(request).link and not for_clients:
            raise HTTPException(403, "A client's link does not reach so far.")
        request = await _with_token(request)
        uploads = site_of(request).uploads if request.url.path.endswith("/media") else None
        if uploads and uploads.locked():
            raise HTTPException(503, "Others are sending files just now: try again in a minute.")
        async with uploads or nullcontext(), request.form(max_files=12, max_fields=2000) as form:
            require_token(request, form)
            return await handler(request, form)

    return Route(path, guarded, methods=["POST"], name=handler.__name__)


def _admit(request: Request, *, is_use: bool = True) -> bool:
    cookie = request.cookies.get(COOKIE, "")
    request.state.session = site_of(request).sessions.find(cookie, is_use=is_use)
    return request.state.session is not None


def _to_the_door(request: Request) -> Response:
    if request.headers.get("hx-request"):
        # The script follows it as a whole page; a redirect would put the door into a part.
        return Response(status_code=401, headers={"HX-Redirect": "/sign-in"})
    return page(request, "door.html", 401, why="")


async def _with_token(request: Request) -> Request:
    """Return the request, once its token was seen at its head: no other body is read and parsed.

    Raises:
        HTTPException: Neither the header nor the first bytes of the body have it.
    """
    token = session_of(request).csrf.encode()
    if secrets.compare_digest(request.headers.get("x-csrf-token", "").encode(), token):
        return request
    head, heard = b"", list[Message]()
    while token not in head:
        if (
            len(head) > _HEAD_BYTES
            or len(heard) > _HEAD_PIECES
            or (heard and not heard[-1].get("more_body"))
        ):
            raise HTTPException(403, _OLD_FORM)
        heard.append(await request.receive())
        head += heard[-1].get("body", b"")
    rest = iter(heard)

    async def again() -> Message:
        return next(rest, None) or await request.receive()

    return Request(request.scope, again)


def require_token(request: Request, form: FormData) -> None:
    """Refuse a form without the token of its session.

    Raises:
        HTTPException: It was sent from elsewhere, or before the person signed in again.
    """
    given = str(form.get("csrf") or request.headers.get("x-csrf-token") or "")
    if not secrets.compare_digest(given.encode(), session_of(request).csrf.encode()):
        raise HTTPException(403, _OLD_FORM)


def to(address: str) -> RedirectResponse:
    """Return the answer to a form: look at this page now."""
    return RedirectResponse(address, 303)


def tell(request: Request, sentence: str) -> None:
    """Say something on the next page that this browser opens."""
    session_of(request).tell(sentence)
