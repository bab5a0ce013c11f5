"""The posting queue: which instant a post gets when its caller names none."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from zoneinfo import ZoneInfo

from emulators.buffer.records import Json, Post
from emulators.buffer.times import EPOCH, HOUR

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_HORIZON_DAYS = 400
QUEUED = ("addToQueue", "shareNext")


def free_slot(channel: Json, scheduled: list[Post], now: int) -> int:
    """The first slot of the channel's schedule after ``now`` that no post has."""
    taken = {post.due_at for post in scheduled}
    return next(slot for slot in _slots(channel, now) if slot not in taken)


def queue_of(scheduled: list[Post]) -> list[Post]:
    """The queued posts of a channel, next one first."""
    waiting = [post for post in scheduled if post.mode in QUEUED and post.due_at]
    return sorted(waiting, key=lambda post: (post.due_at or 0, post.created_at))


def hand_out(order: list[Post], slots: list[int]) -> None:
    """Give posts, in their order, the slots from the earliest on."""
    for post, slot in zip(order, sorted(slots), strict=True):
        post.due_at = slot


def _slots(channel: Json, now: int) -> Iterator[int]:
    zone = ZoneInfo(channel["timezone"])
    times = {
        entry["day"]: sorted(entry["times"])
        for entry in channel["postingSchedule"]
        if not entry["paused"]
    }
    today = datetime.fromtimestamp(now / 1000, UTC).astimezone(zone).date()
    for ahead in range(_HORIZON_DAYS):
        day = today + timedelta(days=ahead)
        for time in times.get(_DAYS[day.weekday()], []):
            local = datetime.fromisoformat(f"{day}T{time}").replace(tzinfo=zone)
            instant = (local - EPOCH) // timedelta(milliseconds=1)
            if instant > now:
                yield instant
    # A channel without slots takes posts all the same.
    yield from count(now - now % HOUR + HOUR, HOUR)
