"""Hand the media of a post on to the page, so that a browser loads nothing foreign."""

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

from emulators.buffer.core import Emulator
from emulators.buffer.media import FetchError, UnreadableError, measure, probe_video
from emulators.buffer.networks import NETWORKS
from emulators.buffer.page_card import STATUS_WORDS, Card, card_of
from emulators.buffer.records import SECOND, Json, Post

MAX_SHOWN = 100_000_000
_PICTURES = {"image/jpeg", "image/png", "image/gif", "image/webp"}
_HEADERS = {
    "Cache-Control": "private, max-age=600",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "X-Content-Type-Options": "nosniff",
}


async def show_media(emulator: Emulator, request: Request) -> Response:
    """Fetch an asset's file as a network would; pass on pictures and videos only."""
    asset = _asset(emulator, request.path_params["post"], request.path_params["asset"])
    if asset is None or asset["kind"] == "document":
        return PlainTextResponse("no such media", 404)
    try:
        async with emulator.media.fetch(asset["url"], MAX_SHOWN) as file:
            return await asyncio.to_thread(_passed_on, file, asset["kind"])
    except (FetchError, UnreadableError) as error:
        return PlainTextResponse(f"this media cannot be had: {error}", 404)


def _asset(emulator: Emulator, post_id: str, asset_id: str) -> Json | None:
    post = emulator.store.post(post_id)
    assets = [] if post is None else post.all_assets()
    return next((asset for asset in assets if asset["id"] == asset_id), None)


def _passed_on(file: IO[bytes], kind: str) -> Response:
    mime = _video_type(file) if kind == "video" else _picture_type(file)
    file.seek(0)
    return Response(file.read(), media_type=mime, headers=_HEADERS)


def _picture_type(file: IO[bytes]) -> str:
    mime = measure(file).mime
    if mime not in _PICTURES:
        raise UnreadableError(f"{mime} is not shown here")
    return mime


def _video_type(file: IO[bytes]) -> str:
    found: str = probe_video(file)["containerFormat"]
    return "video/webm" if "webm" in found else "video/mp4"


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
    """A network to look at alone."""

    service: str
    name: str
    count: int
    chosen: bool
    trouble: str


@dataclass(frozen=True, slots=True)
class Month:
    """All that the page shows."""

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
    now = _local(emulator.clock.now(), zone)
    channels = emulator.store.channels(emulator.organization_id)
    posts = emulator.store.posts_of(emulator.organization_id)
    mine = [post for post in posts if service in {"", post.service}]
    dated = _by_day(emulator, mine, zone)
    first = _first_day(wanted) or _nearest(dated, now.date())
    weeks = [
        [_day(day, first, now.date(), dated.get(day, [])) for day in week]
        for week in calendar.Calendar().monthdatescalendar(first.year, first.month)
    ]
    return Month(
        organization=emulator.options.organization,
        plan=emulator.options.plan,
        zone=account["timezone"],
        now=f"{now:%A %d %B %Y, %H:%M}",
        words=f"{first:%B %Y}",
        this=f"{first:%Y-%m}",
        before=f"{first - timedelta(days=1):%Y-%m}",
        after=f"{first + timedelta(days=31):%Y-%m}",
        service=service,
        counts=_counts(mine),
        choices=_choices(channels, posts, service),
        weeks=weeks,
        days=[day for week in weeks for day in week if day.cards and day.in_month],
        undated=[_card(emulator, post, zone) for post in mine if _instant(post) is None],
    )


def _instant(post: Post) -> int | None:
    return post.sent_at if post.sent_at is not None else post.due_at


def _local(instant: int, zone: ZoneInfo) -> datetime:
    return datetime.fromtimestamp(instant / SECOND, zone)


def _by_day(emulator: Emulator, posts: list[Post], zone: ZoneInfo) -> dict[date, list[Card]]:
    days: dict[date, list[Card]] = defaultdict(list)
    for post in sorted(posts, key=lambda post: (_instant(post) or 0, post.id)):
        instant = _instant(post)
        if instant is not None:
            day = _local(instant, zone).date()
            days[day].append(_card(emulator, post, zone))
    return days


def _card(emulator: Emulator, post: Post, zone: ZoneInfo) -> Card:
    instant = _instant(post)
    clock = "" if instant is None else f"{_local(instant, zone):%H:%M}"
    return card_of(post, emulator.channel_of(post), clock)


def _first_day(wanted: str) -> date | None:
    """The first day of a month of the years 2000 to 2100; None if it is none."""
    try:
        first = date.fromisoformat(f"{wanted}-01")
    except ValueError:
        return None
    return first if _YEARS[0] <= first.year <= _YEARS[1] else None


_YEARS = (2000, 2100)


def _nearest(dated: dict[date, list[Card]], today: date) -> date:
    """The month of the next post, or of the last one, or this one."""
    later = [day for day in dated if day >= today]
    day = min(later) if later else max(dated, default=today)
    return day.replace(day=1)


def _day(day: date, first: date, today: date, cards: list[Card]) -> Day:
    inside = (day.year, day.month) == (first.year, first.month)
    return Day(day, f"{day:%A, %d %B}", inside, day == today, cards)


def _counts(posts: list[Post]) -> list[tuple[str, str, int]]:
    found = Counter(post.status for post in posts)
    return [
        (status, words, found[status]) for status, words in STATUS_WORDS.items() if found[status]
    ]


def _choices(channels: list[Json], posts: list[Post], service: str) -> list[Choice]:
    found = Counter(post.service for post in posts)
    services = dict.fromkeys(channel["service"] for channel in channels)
    return [
        Choice(
            one,
            NETWORKS[one].name,
            found[one],
            one == service,
            _trouble([channel for channel in channels if channel["service"] == one]),
        )
        for one in services
    ]


def _trouble(channels: list[Json]) -> str:
    """The worst that is the matter with the channels of a network."""
    states = ("isDisconnected", "isLocked", "isQueuePaused")
    words = ("disconnected", "locked", "paused")
    return next(
        (
            word
            for state, word in zip(states, words, strict=True)
            if any(channel[state] for channel in channels)
        ),
        "",
    )


_PAGE_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; media-src 'self';"
        " base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


class Page:
    """Serves the calendar, its style sheet and the media on it."""

    def __init__(self, emulator: Emulator) -> None:
        self._emulator = emulator
        self._pages = Environment(
            loader=PackageLoader("emulators.buffer", "page"),
            autoescape=True,
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
        """The month ``?month=2026-11``, of ``?network=`` alone if given."""
        wanted = request.query_params.get("network", "")
        month = month_of(
            self._emulator,
            request.query_params.get("month", ""),
            wanted if wanted in NETWORKS else "",
        )
        page = self._pages.get_template("calendar.html").render(month=month)
        return HTMLResponse(_storable(page), headers=_PAGE_HEADERS)

    async def style(self, _request: Request) -> Response:
        sheet = files("emulators.buffer").joinpath("page", "calendar.css").read_text()
        return Response(sheet, media_type="text/css", headers=_PAGE_HEADERS)

    async def media(self, request: Request) -> Response:
        return await show_media(self._emulator, request)


class FrontDoor:
    """Shows the page to browsers at ``/``, and leaves all others to the API.

    A client that accepts no HTML, or brings a token, gets what Buffer would answer.
    """

    def __init__(self, page: Page, graphql: ASGIApp) -> None:
        self._page = page
        self._graphql = graphql

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        wants_page = (
            request.method == "GET"
            and "text/html" in request.headers.get("accept", "")
            and "authorization" not in request.headers
        )
        answer = await self._page.show(request) if wants_page else self._graphql
        await answer(scope, receive, send)


def _storable(page: str) -> str:
    """The page without halves of surrogate pairs, which have no UTF-8."""
    return page.encode("utf-8", "replace").decode()
