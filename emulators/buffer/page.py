"""The calendar that a browser sees at ``/``: a month of posts as their readers would see them.

:mod:`emulators.buffer.app` serves it; the template and style sheet are in ``page/``, each
post's card comes from :mod:`emulators.buffer.card`. Drafts may be hostile: they are shown as
text, and the browser loads nothing from elsewhere.
"""

import asyncio
import calendar
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from importlib.resources import files
from typing import IO
from zoneinfo import ZoneInfo

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from emulators.buffer.card import STATUS_WORDS, Card, card_of
from emulators.buffer.core import Emulator
from emulators.buffer.media import FetchError, UnreadableError, measure, probe_video
from emulators.buffer.networks import NETWORKS
from emulators.buffer.records import SECOND, Json, Post

MAX_SHOWN = 100_000_000
_YEARS = (2000, 2100)
_PICTURES = {"image/jpeg", "image/png", "image/gif", "image/webp"}
_STATES = {"isDisconnected": "disconnected", "isLocked": "locked", "isQueuePaused": "paused"}
_PAGE_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; media-src 'self';"
        " base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
_MEDIA_HEADERS = {
    "Cache-Control": "private, max-age=600",
    # An SVG or HTML file that calls itself a picture must not run in the page's origin.
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "X-Content-Type-Options": "nosniff",
}


@dataclass(frozen=True, slots=True)
class Day:
    """One day and its posts, earliest first."""

    date: date
    words: str
    in_month: bool
    today: bool
    cards: list[Card]


@dataclass(frozen=True, slots=True)
class Choice:
    """A network that can be shown alone."""

    service: str
    name: str
    count: int
    chosen: bool
    trouble: str
    """The worst state of its channels; empty if all are well."""


@dataclass(frozen=True, slots=True)
class Month:
    """All values of the template."""

    organization: str
    plan: str
    zone: str
    now: str
    words: str
    this: str
    before: str
    after: str
    service: str
    counts: list[tuple[str, str, int]]
    choices: list[Choice]
    weeks: list[list[Day]]
    days: list[Day]
    undated: list[Card]


def month_of(emulator: Emulator, wanted: str, service: str) -> Month:
    """Lay out one month, ``2026-11``; by default that of the next post or of today."""
    account = emulator.account()
    zone = ZoneInfo(account["timezone"])
    now = datetime.fromtimestamp(emulator.clock.now() / SECOND, zone)
    channels = emulator.store.channels(emulator.organization_id)
    posts = emulator.store.posts_of(emulator.organization_id)
    shown = [post for post in posts if service in {"", post.service}]
    dated, undated = _cards(emulator, shown, zone)
    first = _first_day(wanted) or _month_to_open(dated, now.date())
    weeks = [
        [
            Day(
                date=day,
                words=f"{day:%A, %d %B}",
                in_month=(day.year, day.month) == (first.year, first.month),
                today=day == now.date(),
                cards=dated.get(day, []),
            )
            for day in week
        ]
        for week in calendar.Calendar().monthdatescalendar(first.year, first.month)
    ]
    statuses = Counter(post.status for post in shown)
    return Month(
        organization=emulator.options.organization,
        plan=emulator.options.plan,
        zone=account["timezone"],
        now=f"{now:%A %d %B %Y, %H:%M}",
        words=f"{first:%B %Y}",
        this=f"{first:%Y-%m}",
        before=f"{first - timedelta(days=1):%Y-%m}",
        # The first of a month and 31 days are always in the next month.
        after=f"{first + timedelta(days=31):%Y-%m}",
        service=service,
        counts=[(s, words, statuses[s]) for s, words in STATUS_WORDS.items() if statuses[s]],
        choices=_choices(channels, posts, service),
        weeks=weeks,
        days=[day for week in weeks for day in week if day.cards and day.in_month],
        undated=undated,
    )


def _cards(
    emulator: Emulator, posts: list[Post], zone: ZoneInfo
) -> tuple[dict[date, list[Card]], list[Card]]:
    """Return the cards by day, earliest first, and those of posts without a date."""
    dated: dict[date, list[Card]] = defaultdict(list)
    undated: list[Card] = []
    moments: list[tuple[int, str, Post]] = []
    for post in posts:
        instant = post.sent_at if post.sent_at is not None else post.due_at
        if instant is None:
            undated.append(card_of(post, emulator.channel_of(post), ""))
        else:
            moments.append((instant, post.id, post))
    for instant, _, post in sorted(moments, key=lambda one: one[:2]):
        local = datetime.fromtimestamp(instant / SECOND, zone)
        dated[local.date()].append(card_of(post, emulator.channel_of(post), f"{local:%H:%M}"))
    return dated, undated


def _first_day(wanted: str) -> date | None:
    """Return the first day of a month of the years 2000 to 2100; None if it is none."""
    try:
        # Also refuses what is no month, such as 2026-13.
        first = date.fromisoformat(f"{wanted}-01")
    except ValueError:
        return None
    return first if _YEARS[0] <= first.year <= _YEARS[1] else None


def _month_to_open(dated: dict[date, list[Card]], today: date) -> date:
    """Return the month of the next post, or of the last one, or this one."""
    later = [day for day in dated if day >= today]
    day = min(later) if later else max(dated, default=today)
    return day.replace(day=1)


def _choices(channels: list[Json], posts: list[Post], service: str) -> list[Choice]:
    counts = Counter(post.service for post in posts)
    choices: list[Choice] = []
    for one in dict.fromkeys(channel["service"] for channel in channels):
        mine = [channel for channel in channels if channel["service"] == one]
        troubles = (words for state, words in _STATES.items() if any(c[state] for c in mine))
        name = NETWORKS[one].name
        choices.append(Choice(one, name, counts[one], one == service, next(troubles, "")))
    return choices


class Page:
    """Serves the calendar, its style sheet and the media on it."""

    def __init__(self, emulator: Emulator) -> None:
        self._emulator = emulator
        self._pages = Environment(
            loader=PackageLoader("emulators.buffer", "page"),
            autoescape=True,
            # A misspelt name in the template must fail, not show nothing.
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    def routes(self) -> list[Route]:
        return [
            Route("/_emulator/calendar.css", self.style),
            Route("/_emulator/media/{post}/{asset}", self.media),
        ]

    async def show(self, request: Request) -> Response:
        """Show the month ``?month=2026-11``, of ``?network=`` alone if given."""
        service = request.query_params.get("network", "")
        wanted = request.query_params.get("month", "")
        month = month_of(self._emulator, wanted, service if service in NETWORKS else "")
        page = self._pages.get_template("calendar.html").render(month=month)
        # Halves of surrogate pairs have no UTF-8.
        return HTMLResponse(page.encode("utf-8", "replace"), headers=_PAGE_HEADERS)

    async def style(self, _request: Request) -> Response:
        sheet = files("emulators.buffer").joinpath("page", "calendar.css").read_text()
        return Response(sheet, media_type="text/css", headers=_PAGE_HEADERS)

    async def media(self, request: Request) -> Response:
        """Fetch an asset's file as a network would; pass on pictures and videos only."""
        post = self._emulator.store.post(request.path_params["post"])
        assets = [] if post is None else post.all_assets()
        asset = next((a for a in assets if a["id"] == request.path_params["asset"]), None)
        if asset is None or asset["kind"] == "document":
            return PlainTextResponse("no such media", 404)
        try:
            async with self._emulator.media.fetch(asset["url"], MAX_SHOWN) as file:
                # Decoding takes long, and the API answers meanwhile.
                mime = await asyncio.to_thread(_media_type, file, asset["kind"])
                file.seek(0)
                return Response(file.read(), media_type=mime, headers=_MEDIA_HEADERS)
        except (FetchError, UnreadableError) as error:
            return PlainTextResponse(f"this media cannot be shown: {error}", 404)


def _media_type(file: IO[bytes], kind: str) -> str:
    """Return the type found by decoding the file; its server may name any type.

    Raises:
        UnreadableError: It is no picture or video that browsers show.
    """
    if kind == "video":
        found: str = probe_video(file)["containerFormat"]
        return "video/webm" if "webm" in found else "video/mp4"
    mime = measure(file).mime
    if mime not in _PICTURES:
        raise UnreadableError(f"{mime} is not shown here")
    return mime


class PageOrApi:
    """Shows the page to browsers at ``/``, and leaves every other client to the API.

    A client that accepts no HTML or sends a token gets what Buffer would answer.
    """

    def __init__(self, page: Page, graphql: ASGIApp) -> None:
        self._page = page
        self._graphql = graphql

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        wants_page = (
            request.method == "GET"
            and "text/html" in request.headers.get("accept", "")
            # Some API clients accept text/html too.
            and "authorization" not in request.headers
        )
        answer = await self._page.show(request) if wants_page else self._graphql
        await answer(scope, receive, send)
