"""The calendar: month, week and list of all posts, moves of a post, and what Buffer takes."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import Response
from temporalio.client import Client

from app.accounts.workflows import ChannelMap, read_channels, read_outlook
from app.connections import Connections
from app.errors import AppError, InvalidRequestError
from app.posts.directory import PostRow, list_posts, reach
from app.posts.views import first_input, read_view
from galley.models.account import AskLimits
from galley.models.campaign import CampaignInput
from galley.models.network import Platform
from galley.models.schedule import Timing
from galley.review.proof import proof_of
from web.calendar_days import Planner, Span, moved_to, span_of
from web.rendering import page
from web.routes import shown
from web.site import site_of, zone_of

_MOST = 2000
_KNOWN: dict[str, Timing] = {}
"""Rules of campaigns: a campaign's input never changes."""
_MOST_KNOWN = 2000
_ROOMS: dict[int, tuple[float, list[dict[str, object]]]] = {}
"""When and what was last read of Buffer's room, by the connections of a site."""
_ROOM_SECONDS = 600.0


async def calendar(request: Request) -> Response:
    """Show the posts of a month, a week or a list: ``?span=week&day=2026-12-01&network=x``."""
    asked = request.query_params
    zone = zone_of(request)
    today = datetime.now(zone).date()
    span, first, until = span_of(asked.get("span", ""), asked.get("day", ""), today)
    network = asked.get("network", "")
    connections = site_of(request).connections
    # A week of a month begins before it, and its last one ends after.
    rows = await due_between(
        connections, first - timedelta(days=7), until + timedelta(days=7), zone
    )
    rows = await _with_moved(connections, rows, asked.get("moved", ""))
    planner = Planner(zone, today, await _timings(await connections.temporal(), rows))
    in_span = planner.page(span, first, until, rows).rows
    laid = planner.page(span, first, until, [row for row in rows if network in {"", row.platform}])
    counts = {one: sum(row.platform == one for row in in_span) for one in Platform}
    quiet = sorted(
        {f"{one.quiet} ({one.timezone})" for one in planner.timings.values() if one.quiet}
    )
    return page(
        request,
        "calendar.html",
        calendar=laid,
        spans=list(Span),
        network=network,
        counts={name: count for name, count in counts.items() if count},
        total=len(in_span),
        quiet=quiet,
        zone=zone.key,
        today=today,
    )


async def _with_moved(connections: Connections, rows: list[PostRow], name: str) -> list[PostRow]:
    """Return the posts with the time of one that was just moved: Temporal's list learns it later.

    Args:
        connections: Temporal.
        rows: As Temporal lists them.
        name: The ID of the post; empty: none.
    """
    if not name.startswith("post:"):
        return rows
    client = await connections.temporal()
    found = [row for row in rows if row.workflow_id == name]
    found = found or await list_posts(client, f'WorkflowId="{_quoted(name)}"', 1)
    view = await read_view(client, name) if found else None
    proof = proof_of(view) if view else None
    if proof is None:
        return rows
    others = [row for row in rows if row.workflow_id != name]
    return [*others, found[0].model_copy(update={"due_at": proof.due_at})]


def _quoted(text: str) -> str:
    return "".join(one for one in text if one.isalnum() or one in ":-_")


async def room(request: Request) -> Response:
    """Show what Buffer's plan and the networks still take; a part of the page, read on demand.

    Each reading costs calls of Buffer's quota, so an answer is shown for some minutes.
    """
    connections = site_of(request).connections
    read_at, rooms = _ROOMS.get(id(connections), (0.0, []))
    if not rooms or time.monotonic() - read_at > _ROOM_SECONDS:
        try:
            channels = await read_channels(connections, refresh=False)
            rooms = await _room(connections, channels)
        except AppError as error:
            return page(request, "parts/room.html", rooms=(), why=str(error))
        _ROOMS[id(connections)] = (time.monotonic(), rooms)
    return page(request, "parts/room.html", rooms=rooms, why="")


async def _room(connections: Connections, channels: ChannelMap) -> list[dict[str, object]]:
    """Return for each channel how many posts Buffer holds, and takes today."""
    client, settings = await connections.temporal(), connections.settings
    rooms: list[dict[str, object]] = []
    for directory in channels.organizations:
        ids = tuple(channel.id for channel in directory.channels)
        if not ids:
            continue
        today = datetime.now(UTC).date()
        task = AskLimits(
            organization_id=directory.organization_id, channel_ids=ids, days=(today,), calls=0
        )
        outlook = await read_outlook(client, settings, task)
        daily = {one.channel_id: one for day in outlook.days for one in day.daily}
        for channel in directory.channels:
            day = daily.get(channel.id)
            rooms.append(
                {
                    "channel": channel,
                    "held": outlook.scheduled.get(channel.id, 0),
                    "most": outlook.plan.scheduled_posts,
                    "today": day.sent + day.scheduled if day else None,
                    "per_day": day.limit if day else None,
                    "missing": outlook.missing,
                }
            )
    return rooms


async def due_between(
    connections: Connections, first: date, until: date, zone: ZoneInfo
) -> list[PostRow]:
    """Return the posts that are due from one day to before another."""
    midnight = datetime.min.time()
    start, end = (moved_to(day, midnight, zone).astimezone(UTC) for day in (first, until))
    query = (
        f'GalleyDueAt >= "{start:%Y-%m-%dT%H:%M:%SZ}" AND GalleyDueAt < "{end:%Y-%m-%dT%H:%M:%SZ}"'
    )
    return await list_posts(await connections.temporal(), query, _MOST)


async def _timings(client: Client, rows: Sequence[PostRow]) -> Mapping[str, Timing]:
    """Return the rules of each post's campaign; one whose input cannot be read has none."""
    campaigns = {row.campaign_id for row in rows if row.campaign_id}
    missing = sorted(campaigns - _KNOWN.keys())[:100]
    found = await asyncio.gather(
        *(first_input(client, one, CampaignInput) for one in missing), return_exceptions=True
    )
    for name, given in zip(missing, found, strict=True):
        while len(_KNOWN) >= _MOST_KNOWN:
            del _KNOWN[next(iter(_KNOWN))]
        _KNOWN[name] = given.options.timing if isinstance(given, CampaignInput) else Timing()
    return {name: _KNOWN[name] for name in campaigns if name in _KNOWN}


# Moving a post


async def move(request: Request) -> Response:
    """Show the form that moves a post, with what speaks against the time it is moved to."""
    post, given = request.query_params.get("post", ""), request.query_params.get("to", "")
    zone, connections = zone_of(request), site_of(request).connections
    target = await reach(connections, post)
    if target.is_campaign:
        raise InvalidRequestError("Name one post: a campaign has no time of its own.")
    row, client = target.posts[0], await connections.temporal()
    view = await read_view(client, row.workflow_id)
    now = row.due_at.astimezone(zone) if row.due_at else datetime.now(zone)
    at = _wall(given, now.replace(tzinfo=None))
    instant = moved_to(at.date(), at.time(), zone)
    rows = await due_between(
        connections, at.date() - timedelta(days=2), at.date() + timedelta(days=3), zone
    )
    taken = [
        one.due_at
        for one in rows
        if one.due_at and one.channel_id == row.channel_id and one.workflow_id != row.workflow_id
    ]
    planner = Planner(zone, now.date(), await _timings(client, [row]))
    warnings = [*planner.warnings(row, instant, taken)]
    if instant < datetime.now(UTC):
        warnings.insert(0, "This time has passed: the post goes out as soon as it is approved.")
    is_part = bool(request.headers.get("fx-request"))
    return page(
        request,
        "parts/move.html" if is_part else "move.html",
        row=row,
        view=view,
        now=now if row.due_at else None,
        at=at,
        warnings=warnings,
        zone=zone.key,
    )


def _wall(text: str, usual: datetime | None) -> datetime:
    """Return the wall clock of a form: a day keeps the usual clock time.

    Raises:
        InvalidRequestError: It is no time.
    """
    try:
        if usual is not None and len(text) == len("2026-12-01"):
            return datetime.combine(date.fromisoformat(text), usual.time())
        found = datetime.fromisoformat(text) if text or usual is None else usual
    except ValueError:
        raise InvalidRequestError("Give the new time as 2026-12-01T09:00.") from None
    return found.replace(tzinfo=None, second=0, microsecond=0)


ROUTES = [
    shown("/calendar", calendar),
    shown("/calendar/room", room),
    shown("/calendar/move", move),
]
