"""The month that the page shows, and what lies in it."""

import calendar
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from emulators.buffer.core import Emulator
from emulators.buffer.networks import NETWORKS
from emulators.buffer.page_card import STATUS_WORDS, Card, card_of
from emulators.buffer.records import Json, Post
from emulators.buffer.times import SECOND


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
        undated=[
            _card(emulator, post, zone) for post in mine if _instant(post) is None
        ],
    )


def _instant(post: Post) -> int | None:
    return post.sent_at if post.sent_at is not None else post.due_at


def _local(instant: int, zone: ZoneInfo) -> datetime:
    return datetime.fromtimestamp(instant / SECOND, zone)


def _by_day(
    emulator: Emulator, posts: list[Post], zone: ZoneInfo
) -> dict[date, list[Card]]:
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
        (status, words, found[status])
        for status, words in STATUS_WORDS.items()
        if found[status]
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
