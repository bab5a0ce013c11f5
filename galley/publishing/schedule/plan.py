"""The plan of a campaign: its channels, and the due time of each of its posts.

The campaign calls this when it plans; ``settle`` is also called when a post goes to Buffer.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from galley.models.account import Outlook
from galley.models.base import Model
from galley.models.campaign import CampaignInput, SkippedChannel
from galley.models.channel import Channel, Delivery, ShareMode
from galley.models.network import Platform
from galley.models.options import CampaignOptions
from galley.models.schedule import Move, Timing, TimingRule
from galley.publishing.schedule.clock import Placed, is_timed, timeline
from galley.publishing.schedule.rules import (
    HORIZON,
    ChannelRoom,
    earliest,
    full_channel,
    hours,
    load,
    room_of,
    unused_slots,
)

_DECIDES = {
    ShareMode.ADD_TO_QUEUE: "Buffer's queue decides when: the next free slot",
    ShareMode.SHARE_NEXT: "Buffer's queue decides when: before all others in it",
    ShareMode.SHARE_NOW: "goes out at once when it is approved",
}
_DRAFT = "a draft in Buffer has no time: a person schedules it there"


def refuse_times(options: CampaignOptions) -> str:
    """Return why the campaign's times cannot be kept, or ``""``."""
    delivery = options.posting.delivery
    if delivery.has_due_time or not is_timed(options.timing):
        return ""
    why = "a draft in Buffer has no time of its own"
    if not delivery.save_to_draft:
        why = f"with the mode {delivery.mode} Buffer decides when posts go out"
    return f"No start, stagger or slots can be kept, for {why}: leave either out."


def left_to_buffer(options: CampaignOptions) -> tuple[Move, ...]:
    """Return a note on who decides when a post goes out, and on the times that are not kept."""
    delivery, timing = options.posting.delivery, options.timing
    why = _DRAFT if delivery.save_to_draft else _DECIDES[delivery.mode]
    asked = ("quiet hours", timing.quiet), ("the gap between posts", timing.gap)
    if unkept := " and ".join(name for name, value in asked if value):
        why = f"{why}; {unkept} cannot be kept"
    return (Move(rule=TimingRule.QUEUE, why=why),)


def counts_as_scheduled(delivery: Delivery) -> bool:
    """Whether Buffer counts such a post towards the plan's limit of scheduled posts."""
    return not delivery.save_to_draft and delivery.mode is not ShareMode.SHARE_NOW


class PlanError(ValueError):
    """The campaign has no due times; the message says why."""


@dataclass(frozen=True, slots=True)
class Planned:
    """A post and its due time, in UTC; ``None`` means right after approval.

    ``misfit`` is the reason why there is no time for it at all, or empty.
    """

    channel: Channel
    due_at: datetime | None
    moves: tuple[Move, ...] = ()
    misfit: str = ""


@dataclass(slots=True)
class _Load:
    """The posts of a channel, and the room that it has left."""

    taken: list[datetime]
    room: ChannelRoom
    limit: int
    waiting: int = 0
    """Posts of other campaigns that Buffer does not hold yet."""
    planned: int = 0


def plan(
    start: CampaignInput,
    channels: Sequence[Channel],
    now: datetime,
    limit_of: Callable[[Channel], int],
    outlook: Outlook | None = None,
) -> tuple[Planned, ...]:
    """Return each post with its due time, and every reason why it was moved.

    The timeline of the campaign keeps order and stagger. A post that its channel does not
    take at that time moves to the earliest time that all rules allow, on that channel alone,
    so that one full channel does not delay the others.

    Args:
        start: The campaign, with the existing posts of its channels in ``busy``.
        channels: One entry for each post, in order; a channel may come several times.
        now: The present, aware.
        limit_of: Most posts of a channel in 24 hours, by the network.
        outlook: The room that Buffer has, as far as it was read.

    Raises:
        PlanError: The times lie beyond the calendar, or Buffer is to choose them.
    """
    if why := refuse_times(start.options):
        raise PlanError(why)
    places: tuple[Placed | None, ...] = (None,) * len(channels)
    if start.options.posting.delivery.has_due_time:
        try:
            places = timeline(start.options.timing, len(channels), now)
            # Every search for a free time looks ahead of the wanted one.
            _ = [place.at + 2 * HORIZON for place in places if place is not None]
        except OverflowError:
            raise PlanError("The due times lie beyond the year 9999.") from None
    loads = {
        channel.id: _load_of(start, channel, now, limit_of, outlook or Outlook())
        for channel in channels
    }
    posts: list[Planned] = []
    for channel, place in zip(channels, places, strict=True):
        mine = loads[channel.id]
        post = _plan_one(place, channel, start, mine, now)
        posts.append(post)
        mine.planned += not post.misfit
        if post.due_at is not None:
            mine.taken = sorted([*mine.taken, post.due_at])
    return tuple(posts)


def settle(
    due_at: datetime | None,
    now: datetime,
    lead: timedelta,
    timing: Timing | None = None,
    channel: Channel | None = None,
) -> datetime:
    """Return the exact due time to give Buffer, on a whole second.

    A time that passed during review becomes the earliest one possible: ``lead`` leaves
    Buffer time to take the post. Quiet hours and posting slots bind a late post too; leave
    ``timing`` out for a time that a person named for this very post.
    """
    soonest = now.astimezone(UTC) + lead
    due = max(due_at.astimezone(UTC), soonest) if due_at else soonest
    # Whole seconds survive every clock on the way, so the due time can serve as evidence.
    rounded = due.replace(microsecond=0)
    whole = rounded if rounded == due else rounded + timedelta(seconds=1)
    if timing is None:
        return whole
    found = earliest(Placed(whole), list(hours(timing, channel)))
    # Without a fitting time the post goes out all the same: its campaign was planned so.
    return whole if found is None else found.at


def _load_of(
    start: CampaignInput,
    channel: Channel,
    now: datetime,
    limit_of: Callable[[Channel], int],
    outlook: Outlook,
) -> _Load:
    ours, held = (
        [one.at.astimezone(UTC) for one in posts if one.channel_id == channel.id]
        for posts in (start.busy, outlook.held)
    )
    # Some posts that Buffer holds are ours: the same time is the same post.
    taken = sorted((Counter(ours) | Counter(held)).elements())
    upcoming = Counter(at for at in ours if at > now) - Counter(held)
    return _Load(
        taken=taken,
        room=room_of(channel, outlook, start.busy, now),
        limit=limit_of(channel),
        waiting=upcoming.total(),
    )


def _plan_one(
    place: Placed | None, channel: Channel, start: CampaignInput, mine: _Load, now: datetime
) -> Planned:
    room, timing = mine.room, start.options.timing
    delivery = start.options.posting.delivery
    crowded: tuple[Move, ...] = ()
    if counts_as_scheduled(delivery):
        if not room.has_place(mine.planned):
            planned = f" and {mine.planned} planned" if mine.planned else ""
            misfit = (
                f"{channel.name} is full: Buffer's plan takes {room.at_a_time} scheduled "
                f"posts of a channel at a time and holds {room.scheduled}{planned}; wait "
                "until some are published, or delete some in Buffer"
            )
            return Planned(channel, None, misfit=misfit)
        crowded = _crowded(mine)
    if not delivery.has_due_time:
        return Planned(channel, None, (*left_to_buffer(start.options), *crowded))
    if place is None:
        full = full_channel(channel, mine.taken, mine.limit, room, now)
        return Planned(channel, None, (*full, *crowded))
    rules = [*hours(timing, channel), *load(timing, channel, mine.taken, mine.limit, room)]
    found = earliest(place, rules)
    if found is None:
        told = ", ".join(rule.why for rule in rules)
        misfit = f"{channel.name} has no free time within {HORIZON.days} days: {told}"
        return Planned(channel, None, place.moves, misfit)
    notes = unused_slots(channel) if timing.slots else ()
    return Planned(channel, found.at, (*found.moves, *notes, *crowded))


def _crowded(mine: _Load) -> tuple[Move, ...]:
    """Return a warning if posts that wait for approval may take the last places."""
    limit, beside = mine.room.at_a_time, mine.waiting + mine.planned
    if limit is None or mine.room.scheduled + beside < limit:
        return ()
    why = (
        f"Buffer holds {mine.room.scheduled} scheduled posts of the channel, {beside} "
        f"more are planned, and its plan takes {limit} at a time: one may be refused"
    )
    return (Move(rule=TimingRule.LIMIT, why=why),)


class SelectionError(ValueError):
    """The named channels or networks cannot be used; the message lists the choices."""


class Selection(Model):
    """The channels to write for, and those left out with the reason."""

    chosen: tuple[Channel, ...]
    skipped: tuple[SkippedChannel, ...] = ()


def select_channels(
    available: tuple[Channel, ...],
    names: tuple[str, ...],
    platforms: tuple[Platform, ...],
    delivery: Delivery = Delivery(),  # noqa: B008 -- it cannot be changed
    lacking: Mapping[Platform, str] | None = None,
) -> Selection:
    """Return the channels with these IDs, names or networks, or all without any.

    ``lacking`` says what a network needs and does not get here.

    Raises:
        SelectionError: A name is unknown or ambiguous, a network has no channel, or
            no usable channel is left.
    """
    wanted = [_named(available, name) for name in names]
    for platform in platforms:
        on_it = [c for c in available if c.platform is platform]
        if not on_it:
            connected = ", ".join(sorted({c.platform for c in available}))
            raise SelectionError(
                f"No {platform} channel is connected in Buffer; connected are: {connected}."
            )
        wanted += on_it
    if not names and not platforms:
        wanted = list(available)
    unique = list({channel.id: channel for channel in wanted}.values())
    lacks = lacking or {}
    reasons = {c.id: c.unusable_because(delivery) or lacks.get(c.platform) for c in unique}
    chosen = tuple(c for c in unique if reasons[c.id] is None)
    skipped = tuple(
        SkippedChannel(
            channel_id=c.id,
            channel_name=c.name,
            platform=c.platform,
            reason=f"{c.name} {reasons[c.id]}",
        )
        for c in unique
        if reasons[c.id] is not None
    )
    if not chosen:
        told = "; ".join(f"{s.platform} · {s.reason}" for s in skipped)
        why = told or "Buffer has no channels"
        raise SelectionError(f"No channel can be written for: {why}.")
    return Selection(chosen=chosen, skipped=skipped)


def _named(available: tuple[Channel, ...], name: str) -> Channel:
    by_id = [c for c in available if c.id == name]
    found = by_id or [c for c in available if c.name.casefold() == name.casefold()]
    if len(found) == 1:
        return found[0]
    choices = ", ".join(f"{c.name} ({c.platform}, {c.id})" for c in found or available)
    problem = "is the name of several channels" if found else "is not a channel"
    raise SelectionError(f"{name!r} {problem}; choose one of: {choices}.")
