"""The posting queue: which instant a post gets when its caller names none."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from zoneinfo import ZoneInfo

from emulators.buffer.answers import failed, invalid
from emulators.buffer.core import Emulator
from emulators.buffer.networks import NETWORKS
from emulators.buffer.records import DAY, EPOCH, HOUR, Json, Post, date_in, local_day

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


def limit_reached(emulator: Emulator, post: Post, now: int) -> Json | None:
    """Refuse a post that its plan or its network has no room for."""
    if post.mode == "shareNow":
        return _day_full(emulator, post, now)
    limits, store = emulator.limits(), emulator.store
    used = store.count_scheduled(post.channel_id, besides=post.id)
    refusal = _full("posts", used, limits["scheduledPosts"])
    if refusal or not post.thread:
        return refusal
    others = store.posts_on(post.channel_id, "scheduled")
    threads = sum(bool(one.thread) and one.id != post.id for one in others)
    return _full("threads", threads, limits["scheduledThreadsPerChannel"])


def _full(what: str, used: int, allowed: int) -> Json | None:
    if used < allowed:
        return None
    return failed(
        "LimitReachedError",
        f"Limit reached: Scheduled {what} limit reached."
        f" You have {used} scheduled {what} out of {allowed} allowed",
    )


def _day_full(emulator: Emulator, post: Post, now: int) -> Json | None:
    cap = NETWORKS[post.service].per_day
    sent = [
        other
        for other in emulator.store.posts_on(post.channel_id, "sending", "sent")
        if (other.sent_at or now) > now - DAY
    ]
    if cap is None or len(sent) < cap:
        return None
    return failed(
        "LimitReachedError",
        f"Limit reached: {NETWORKS[post.service].name} allows {cap} posts a day.",
    )


def daily_status(emulator: Emulator, channel: Json, day: int | None) -> Json:
    """Use of a channel's daily cap on one day of its own zone.

    ``day`` names the date as it is in UTC, whatever its time; None is today.
    """
    zone: str = channel["timezone"]
    named = date_in(zone, emulator.clock.now()) if day is None else date_in("UTC", day)
    start, end = local_day(zone, named)
    posts = emulator.store.posts_on(channel["id"], "scheduled", "sending", "sent")
    sent = sum(p.sent_at is not None and start <= p.sent_at < end for p in posts)
    scheduled = sum(
        p.sent_at is None and p.due_at is not None and start <= p.due_at < end for p in posts
    )
    cap = NETWORKS[channel["service"]].per_day
    return {
        "channelId": channel["id"],
        "isAtLimit": cap is not None and sent + scheduled >= cap,
        "limit": cap,
        "scheduled": scheduled,
        "sent": sent,
    }


def due_problem(given: Json, now: int) -> Json | None:
    """Refuse a chosen time that is missing or past.

    ``dueAt`` with another mode is ignored. Drafts have no time.
    """
    if given["mode"] != "customScheduled" or given.get("saveToDraft"):
        return None
    due = given.get("dueAt")
    if due is None:
        return invalid("Invalid post input: dueAt is required for customScheduled")
    if due <= now:
        return invalid("Invalid post input: dueAt must be in the future")
    return None


def place(emulator: Emulator, post: Post, channel: Json, given: Json) -> None:
    """Set status and time of a post, moving others in the queue where need be."""
    post.error = None
    post.finish_at = None
    post.notified = False
    post.asked_at = given.get("dueAt")
    if given.get("needsApproval"):
        post.status, post.due_at = "needs_approval", None
    elif given.get("saveToDraft"):
        post.status, post.due_at = "draft", None
    else:
        _schedule(emulator, post, channel, given.get("dueAt"))


def _schedule(emulator: Emulator, post: Post, channel: Json, chosen: int | None) -> None:
    now = emulator.clock.now()
    post.status = "scheduled"
    match post.mode:
        case "customScheduled":
            post.due_at = chosen
        case "shareNow":
            post.due_at = now
            if not by_hand(post, channel):
                start_sending(emulator, post, now)
        case mode:
            _queue(emulator, post, channel, first=mode == "shareNext")


def _queue(emulator: Emulator, post: Post, channel: Json, *, first: bool) -> None:
    """Give a post the next free slot, or the first of all and the others the next."""
    now = emulator.clock.now()
    scheduled = emulator.store.posts_on(post.channel_id, "scheduled")
    others = [other for other in scheduled if other.id != post.id]
    free = free_slot(channel, others, now)
    queue = queue_of(others) if first else []
    slots = [one.due_at or now for one in queue]
    hand_out([post, *queue], [*slots, free])
    for one in queue:
        emulator.store.save_post(one)


def by_hand(post: Post, channel: Json) -> bool:
    """Whether a person publishes it from a reminder, by choice or by necessity."""
    settings: Json = channel.get("metadata") or {}
    return post.scheduling_type == "notification" or bool(settings.get("defaultToReminders"))


def start_sending(emulator: Emulator, post: Post, now: int) -> None:
    """Let publishing begin; the clock ends it."""
    post.status = "sending"
    post.updated_at = now
    post.finish_at = now + int(emulator.options.publish_after * 1000)
