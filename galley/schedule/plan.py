"""Due times: pure functions of the plan and the workflow's clock."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from galley.models import CampaignInput, Channel, Move, Timing, TimingRule
from galley.schedule.channel_rules import after_gap, after_limit, next_slot
from galley.schedule.quiet import after_quiet
from galley.schedule.timeline import Placed, timeline

_HORIZON = timedelta(days=90)
_Rule = tuple[TimingRule, str, Callable[[datetime], datetime]]


class PlanError(ValueError):
    """The campaign has no due times; the message says why."""


@dataclass(frozen=True, slots=True)
class Planned:
    """A post and when it is due, in UTC; ``None`` means as soon as approved.

    ``misfit`` says why there is no time for it at all; it is empty otherwise.
    """

    channel: Channel
    due_at: datetime | None
    moves: tuple[Move, ...] = ()
    misfit: str = ""


def plan(
    start: CampaignInput,
    channels: Sequence[Channel],
    now: datetime,
    limit_of: Callable[[Channel], int],
) -> tuple[Planned, ...]:
    """Give each post its due time, and say every reason why it was moved.

    The timeline of the campaign keeps order and stagger. What one channel does not
    take at that time moves only on that channel, to the earliest time all rules allow,
    so that one full channel does not hold the others up.

    Args:
        start: The campaign, with the posts its channels have already in ``busy``.
        channels: One entry a post, in order; a channel may come several times.
        now: The present, aware.
        limit_of: Most posts of a channel in 24 hours.

    Raises:
        PlanError: The times lie beyond the calendar.
    """
    taken = {channel.id: _busy(start, channel) for channel in channels}
    try:
        wanted = timeline(start, len(channels), now)
        # Every search for a free time looks ahead of the wanted one.
        _ = [place.at + 2 * _HORIZON for place in wanted if place is not None]
    except OverflowError:
        raise PlanError("The due times lie beyond the year 9999.") from None
    posts: list[Planned] = []
    for channel, place in zip(channels, wanted, strict=True):
        mine = taken[channel.id]
        limit = limit_of(channel)
        post = _plan_one(place, channel, start.timing, (mine, limit), now)
        posts.append(post)
        if post.due_at is not None:
            taken[channel.id] = sorted([*mine, post.due_at])
    return tuple(posts)


def settle(
    due_at: datetime | None,
    now: datetime,
    lead: timedelta,
    timing: Timing | None = None,
    channel: Channel | None = None,
) -> datetime:
    """Return the exact due time to give Buffer, on a whole second.

    A time that passed while the draft waited for review becomes the earliest one
    possible: ``lead`` leaves Buffer time to take the post. Whole seconds survive
    every clock on the way, so that the due time can serve as evidence. Quiet hours and
    posting slots bind a late post too.
    """
    earliest = now.astimezone(UTC) + lead
    due = max(due_at.astimezone(UTC), earliest) if due_at else earliest
    rounded = due.replace(microsecond=0)
    whole = rounded if rounded == due else rounded + timedelta(seconds=1)
    if timing is None:
        return whole
    found = _earliest(Placed(whole), list(_hours(timing, channel)))
    # A campaign without a fitting time was planned as far as it went: it goes out.
    return whole if found is None else found.at


def _plan_one(
    place: Placed | None,
    channel: Channel,
    timing: Timing,
    load: tuple[list[datetime], int],
    now: datetime,
) -> Planned:
    taken, limit = load
    if place is None:
        return Planned(channel, None, tuple(_known(channel, taken, limit, now)))
    rules = [*_hours(timing, channel), *_load(timing, channel, taken, limit)]
    found = _earliest(place, rules)
    if found is None:
        told = ", ".join(why for _, why, _ in rules)
        misfit = f"{channel.name} has no free time within {_HORIZON.days} days: {told}"
        return Planned(channel, None, place.moves, misfit)
    notes = _without_slots(channel) if timing.slots else ()
    return Planned(channel, found.at, (*found.moves, *notes))


def _earliest(place: Placed, rules: Sequence[_Rule]) -> Placed | None:
    """Return the earliest time every rule allows; ``None``: none before long."""
    horizon = place.at + _HORIZON
    is_moving = True
    while is_moving:
        is_moving = False
        for rule, why, allowed in rules:
            at = allowed(place.at)
            if at > horizon:
                return None
            if at > place.at:
                place, is_moving = place.moved(at, rule, why), True
    return place


def _hours(timing: Timing, channel: Channel | None) -> Iterator[_Rule]:
    """The rules that need no knowledge of other posts."""
    quiet, zone = timing.quiet, ZoneInfo(timing.timezone)
    if timing.slots and channel is not None and not _without_slots(channel):
        schedule, own = channel.posting_schedule, ZoneInfo(channel.timezone)
        why = f"next posting slot of the channel, in {own.key}"
        yield (
            TimingRule.SLOT,
            why,
            lambda at: next_slot(at, schedule, own) or at,
        )
    if quiet is not None:
        why = f"quiet hours {quiet}"
        yield TimingRule.QUIET, why, lambda at: after_quiet(at, quiet, zone)


def _load(
    timing: Timing, channel: Channel, taken: list[datetime], limit: int
) -> Iterator[_Rule]:
    """The rules that look at the channel's other posts."""
    gap = _spoken(timing.gap)
    least = f"{gap} from" if gap else "not in the minute of"
    why = f"{least} another post of the channel"
    yield TimingRule.GAP, why, lambda at: after_gap(at, taken, timing.gap)
    why = _limit_text(channel, limit)
    yield TimingRule.LIMIT, why, lambda at: after_limit(at, taken, limit)


def _without_slots(channel: Channel) -> tuple[Move, ...]:
    """Say why posting slots cannot be used, if they cannot."""
    why = ""
    if not channel.posting_schedule:
        why = "the channel has no posting slots in Buffer: they are not used"
    else:
        try:
            ZoneInfo(channel.timezone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            why = "the channel's time zone is unknown: its posting slots are not used"
    return (Move(rule=TimingRule.SLOT, why=why),) if why else ()


def _known(
    channel: Channel, taken: list[datetime], limit: int, now: datetime
) -> Iterator[Move]:
    """Warn of a full channel where a post goes out as soon as it is approved."""
    free = after_limit(now, taken, limit)
    if free > now:
        why = f"{_limit_text(channel, limit)}: room from {free:%Y-%m-%d %H:%M} UTC on"
        yield Move(rule=TimingRule.LIMIT, why=why)


def _limit_text(channel: Channel, limit: int) -> str:
    return f"{channel.platform} takes at most {limit} posts in 24 hours"


def _busy(start: CampaignInput, channel: Channel) -> list[datetime]:
    return sorted(
        busy.at.astimezone(UTC) for busy in start.busy if busy.channel_id == channel.id
    )


def _spoken(span: timedelta) -> str:
    hours, minutes = divmod(int(span.total_seconds()) // 60, 60)
    return " ".join(f"{n} {unit}" for n, unit in ((hours, "h"), (minutes, "min")) if n)
