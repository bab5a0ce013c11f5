"""How many posts a channel may hold: by plan, and by network and day."""

from emulators.buffer.answers import failed
from emulators.buffer.core import Emulator
from emulators.buffer.networks import NETWORKS
from emulators.buffer.records import Json, Post
from emulators.buffer.times import DAY, date_in, local_day


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
        p.sent_at is None and p.due_at is not None and start <= p.due_at < end
        for p in posts
    )
    cap = NETWORKS[channel["service"]].per_day
    return {
        "channelId": channel["id"],
        "isAtLimit": cap is not None and sent + scheduled >= cap,
        "limit": cap,
        "scheduled": scheduled,
        "sent": sent,
    }
