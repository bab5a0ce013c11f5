"""The feed for other calendars: an iCalendar file behind a secret address, without a sign-in."""

import hmac
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import cast
from zoneinfo import ZoneInfo

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from app.connections import Connections
from app.posts.directory import PostRow
from app.posts.states import state_words
from galley.review.links import page_of_post
from web.calendar import due_between
from web.calendar_days import Planner
from web.phrases import network
from web.rendering import page
from web.routes import act, shown, tell, to
from web.site import site_of

_FEED_BACK, _FEED_AHEAD = timedelta(days=30), timedelta(days=120)
_KEY = "web/calendar.key"
"""The object that holds the secret part of the feed's address: no sign-in stands before it."""
_TEXT = "text/plain"


async def _key(connections: Connections) -> str:
    """Return the secret of the feed's address, made on first use."""
    state = connections.state
    await state.put_if_absent(_KEY, _new_key(), _TEXT)
    return (await state.get(_KEY) or b"").decode()


def _new_key() -> bytes:
    return secrets.token_urlsafe(32).encode()


def _root(request: Request) -> str:
    # Not as the request came: behind a proxy that says nothing, the secret would go by plain HTTP.
    own = f"{request.url.scheme}://{request.headers['host']}"
    return site_of(request).address or own


async def subscribe(request: Request) -> Response:
    """Show the secret address of the feed."""
    key = await _key(site_of(request).connections)
    address = f"{_root(request)}/calendar.ics?key={key}"
    return page(request, "subscribe.html", address=address)


async def renew(request: Request, form: FormData) -> Response:
    """Make another address: the old one shows nothing any more."""
    del form
    state = site_of(request).connections.state
    _, version = await state.read_versioned(_KEY)
    await state.replace(_KEY, _new_key(), _TEXT, version)
    tell(request, "The feed has another address now. The old one shows nothing any more.")
    return to("/calendar/subscribe")


async def feed(request: Request) -> Response:
    """Answer calendars that have the secret address: all posts that are due."""
    given = request.query_params.get("key", "")
    connections = site_of(request).connections
    key = await _key(connections)
    if not key or not hmac.compare_digest(given.encode(), key.encode()):
        return PlainTextResponse("There is no such calendar.\n", 404)
    now = datetime.now(UTC)
    first, until = (now - _FEED_BACK).date(), (now + _FEED_AHEAD).date()
    rows = await due_between(connections, first, until, ZoneInfo("UTC"))
    return Response(
        calendar_file(rows, _root(request), now), media_type="text/calendar; charset=utf-8"
    )


def calendar_file(rows: Sequence[PostRow], root: str, now: datetime) -> bytes:
    """Return posts as an iCalendar file (RFC 5545)."""
    from icalendar import Calendar, Event  # it takes long to load, and most people never subscribe

    found = Calendar.new(name="Galley", prodid="-//Galley//Posts//EN")
    for entry in Planner(ZoneInfo("UTC"), now.date()).entries(rows):
        start = cast("datetime", entry.row.due_at).astimezone(UTC)
        state = state_words(entry.row.state)
        event = Event.new(
            uid=f"{entry.row.workflow_id}@galley",
            stamp=now,
            start=start,
            end=start + timedelta(minutes=15),
            summary=f"{network(entry.row.platform)} ({state}): {entry.words}",
            url=page_of_post(root, entry.row.workflow_id),
        )
        found.add_component(event)
    return found.to_ical()


ROUTES = [
    shown("/calendar/subscribe", subscribe),
    act("/calendar/subscribe", renew),
    Route("/calendar.ics", feed, methods=["GET"]),
]
