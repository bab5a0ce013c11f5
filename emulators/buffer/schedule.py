"""The posting queue: the due time and status of a post, and the limits on scheduled posts.

``create``, ``edit`` and ``control`` call :func:`place`; the lifecycle starts the sending.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from zoneinfo import ZoneInfo

from emulators.buffer.core import Emulator
from emulators.buffer.graphql_edge import failed, invalid
from emulators.buffer.networks import NETWORKS
from emulators.buffer.records import DAY, EPOCH, HOUR, Json, Post

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_HORIZON_DAYS = 400
_QUEUE_MODES = ("addToQueue", "shareNext")


def place(emulator: Emulator, post: Post, channel: Json, given: Json) -> None:
    """Set status and due time of a post, moving others in the queue where needed."""
    now = emulator.clock.now()
    post.error = None
    post.finish_at = None
    # A new time means a new reminder.
    post.notified = False
    post.asked_at = given.get("dueAt")
    if given.get("needsApproval"):
        post.status, post.due_at = "needs_approval", None
        return
    if given.get("saveToDraft"):
        post.status, post.due_at = "draft", None
        return
    post.status = "scheduled"
    match post.mode:
        case "customScheduled":
            post.due_at = given.get("dueAt")
        case "shareNow":
            post.due_at = now
            if not needs_reminder(post, channel):
                start_sending(emulator, post, now)
        case mode:
            _enqueue(emulator, post, channel, first=mode == "shareNext")


def _enqueue(emulator: Emulator, post: Post, channel: Json, *, first: bool) -> None:
    """Give a post the next free slot, or the first slot and all others the next one."""
    now = emulator.clock.now()
    scheduled = emulator.store.posts_on(post.channel_id, "scheduled")
    others = [other for other in scheduled if other.id != post.id]
    taken = {other.due_at for other in others}
    # Posts with a chosen time occupy the slot they fall on.
    free = next(slot for slot in _slots(channel, now) if slot not in taken)
    queue = queue_of(others) if first else []
    assign_slots([post, *queue], [*(one.due_at or now for one in queue), free])
    for one in queue:
        emulator.store.save_post(one)


def queue_of(scheduled: list[Post]) -> list[Post]:
    """Return the queued posts of a channel, next one first."""
    waiting = [post for post in scheduled if post.mode in _QUEUE_MODES and post.due_at]
    return sorted(waiting, key=lambda post: (post.due_at or 0, post.created_at))


def assign_slots(order: list[Post], slots: list[int]) -> None:
    """Give posts, in their order, the slots from the earliest on."""
    for post, slot in zip(order, sorted(slots), strict=True):
        post.due_at = slot


def _slots(channel: Json, now: int) -> Iterator[int]:
    """Yield the slots of a channel's posting schedule after ``now``."""
    zone = ZoneInfo(channel["timezone"])
    # Times are of the channel's zone, and may move with daylight saving.
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
    # A channel whose schedule is empty still takes posts: one an hour.
    yield from count(now - now % HOUR + HOUR, HOUR)


def due_problem(given: Json, now: int) -> Json | None:
    """Refuse a missing or past due time; drafts and the other modes have none."""
    if given["mode"] != "customScheduled" or given.get("saveToDraft"):
        return None
    due = given.get("dueAt")
    if due is None:
        return invalid("Invalid post input: dueAt is required for customScheduled")
    if due <= now:
        return invalid("Invalid post input: dueAt must be in the future")
    return None


def limit_reached(emulator: Emulator, post: Post, now: int) -> Json | None:
    """Refuse a post that its plan or its network's daily limit has no room for."""
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


def _full(kind: str, used: int, allowed: int) -> Json | None:
    if used < allowed:
        return None
    return failed(
        "LimitReachedError",
        f"Limit reached: Scheduled {kind} limit reached."
        f" You have {used} scheduled {kind} out of {allowed} allowed",
    )


def _day_full(emulator: Emulator, post: Post, now: int) -> Json | None:
    network = NETWORKS[post.service]
    sent = [
        other
        for other in emulator.store.posts_on(post.channel_id, "sending", "sent")
        # A post that is being sent counts as sent now.
        if (other.sent_at or now) > now - DAY
    ]
    if network.per_day is None or len(sent) < network.per_day:
        return None
    return failed(
        "LimitReachedError", f"Limit reached: {network.name} allows {network.per_day} posts a day."
    )


def needs_reminder(post: Post, channel: Json) -> bool:
    """Return whether a person publishes the post by hand, after a reminder."""
    settings: Json = channel.get("metadata") or {}
    return post.scheduling_type == "notification" or bool(settings.get("defaultToReminders"))


def start_sending(emulator: Emulator, post: Post, now: int) -> None:
    """Begin to publish a post; the lifecycle ends it."""
    post.status = "sending"
    post.updated_at = now
    post.finish_at = now + int(emulator.options.publish_after * 1000)
