"""The rules that a due time keeps, and the search for the first time they all allow."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from galley.models import Channel, Move, Timing, TimingRule
from galley.schedule.channel_rules import after_gap, after_limit, next_slot
from galley.schedule.quiet import after_quiet
from galley.schedule.room import ChannelRoom, zone_of
from galley.schedule.timeline import Placed

HORIZON = timedelta(days=90)
"""How far ahead of the time wanted a free one is looked for."""


@dataclass(frozen=True, slots=True)
class Rule:
    """What moves a due time: ``allowed`` gives the first instant that may be used."""

    kind: TimingRule
    why: str
    allowed: Callable[[datetime], datetime]


def earliest(place: Placed, rules: Sequence[Rule]) -> Placed | None:
    """Return the first time every rule allows; ``None``: none within the horizon."""
    horizon = place.at + HORIZON
    is_moving = True
    while is_moving:
        is_moving = False
        for rule in rules:
            at = rule.allowed(place.at)
            if at > horizon:
                return None
            if at > place.at:
                place, is_moving = place.moved(at, rule.kind, rule.why), True
    return place


def hours(timing: Timing, channel: Channel | None) -> Iterator[Rule]:
    """The rules that need no knowledge of other posts."""
    quiet, zone = timing.quiet, ZoneInfo(timing.timezone)
    own = zone_of(channel) if channel is not None else None
    if timing.slots and channel is not None and own and channel.posting_schedule:
        schedule = channel.posting_schedule
        why = f"next posting slot of the channel, in {own.key}"
        yield Rule(TimingRule.SLOT, why, lambda at: next_slot(at, schedule, own) or at)
    if quiet is not None:
        why = f"quiet hours {quiet}"
        yield Rule(TimingRule.QUIET, why, lambda at: after_quiet(at, quiet, zone))


def load(
    timing: Timing,
    channel: Channel,
    taken: Sequence[datetime],
    limit: int,
    room: ChannelRoom,
) -> Iterator[Rule]:
    """The rules that look at the channel's other posts."""
    gap = _spoken(timing.gap)
    least = f"{gap} from" if gap else "not in the minute of"
    why = f"{least} another post of the channel"
    yield Rule(TimingRule.GAP, why, lambda at: after_gap(at, taken, timing.gap))
    why = network_limit(channel, limit)
    yield Rule(TimingRule.LIMIT, why, lambda at: after_limit(at, taken, limit))
    if room.per_day is not None:
        why = daily_limit(channel, room.per_day)
        yield Rule(TimingRule.LIMIT, why, lambda at: room.after_full_days(at, taken))


def full_channel(
    channel: Channel,
    taken: Sequence[datetime],
    limit: int,
    room: ChannelRoom,
    now: datetime,
) -> Iterator[Move]:
    """Warn of a full channel where a post goes out as soon as it is approved."""
    free = after_limit(now, taken, limit)
    if free > now:
        why = f"{network_limit(channel, limit)}: room from {free:%Y-%m-%d %H:%M} UTC on"
        yield Move(rule=TimingRule.LIMIT, why=why)
    day = room.after_full_days(now, taken)
    if day > now and room.per_day is not None:
        local = day.astimezone(room.zone)
        why = f"{daily_limit(channel, room.per_day)}: room from {local:%Y-%m-%d} on"
        yield Move(rule=TimingRule.LIMIT, why=why)


def unused_slots(channel: Channel) -> tuple[Move, ...]:
    """Say why posting slots cannot be used, if they cannot."""
    why = ""
    if not channel.posting_schedule:
        why = "the channel has no posting slots in Buffer: they are not used"
    elif zone_of(channel) is None:
        why = "the channel's time zone is unknown: its posting slots are not used"
    return (Move(rule=TimingRule.SLOT, why=why),) if why else ()


def network_limit(channel: Channel, limit: int) -> str:
    """Return the network's own limit in a sentence."""
    return f"{channel.platform} takes at most {limit} posts in 24 hours"


def daily_limit(channel: Channel, limit: int) -> str:
    """Return Buffer's daily limit in a sentence."""
    return f"Buffer takes at most {limit} posts a day on {channel.platform}"


def _spoken(span: timedelta) -> str:
    whole, minutes = divmod(int(span.total_seconds()) // 60, 60)
    return " ".join(f"{n} {unit}" for n, unit in ((whole, "h"), (minutes, "min")) if n)
