"""Numbers for sent posts. They are this emulator's own: nobody has read the posts.

Each follows from the post's id and its age in days alone, so that a test or a demo sees
the same twice, and grows as Buffer's daily refresh would let it.

Rules: https://developers.buffer.com/guides/post-metrics.md
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable

from emulators.buffer.answers import bad_input
from emulators.buffer.core import Emulator
from emulators.buffer.records import Json, Post
from emulators.buffer.tags import carries
from emulators.buffer.times import DAY

BASELINE = ("reactions", "comments")
MAX_DAYS = 365
_RATE = "engagementRate"
_SEEN = ("impressions", "views", "reach")
_ACTIONS = ("reactions", "comments", "shares", "reposts", "saves", "clicks", "quotes")
_TYPICAL = {
    "impressions": 900,
    "views": 800,
    "reach": 600,
    "reactions": 40,
    "comments": 8,
    "shares": 6,
    "reposts": 7,
    "quotes": 3,
    "saves": 9,
    "clicks": 15,
    "follows": 2,
}
METRICS: dict[str, tuple[str, ...]] = {
    "twitter": ("impressions", *BASELINE, "reposts", "clicks", _RATE),
    "instagram": ("views", "reach", *BASELINE, "saves", "shares", "follows", _RATE),
    "facebook": ("impressions", "reach", *BASELINE, "shares", "clicks", _RATE),
    "linkedin": ("impressions", "reach", *BASELINE, "shares", "clicks", _RATE),
    "threads": ("views", *BASELINE, "reposts", "quotes", "shares"),
    "bluesky": (*BASELINE, "reposts", "quotes"),
    "mastodon": (*BASELINE, "reposts"),
    "tiktok": ("views", *BASELINE, "shares"),
    "youtube": ("views", *BASELINE),
    "pinterest": ("impressions", *BASELINE, "saves", "clicks"),
    "googlebusiness": ("views", *BASELINE, "clicks"),
    "substack": BASELINE,
}
"""What each network reports. Which does what at Buffer is partly a guess."""


def post_metrics(post: Post, now: int) -> list[Json] | None:
    """The metrics of a post; null until it is sent."""
    values = _values(post, now)
    return None if values is None else [_metric(*one) for one in values.items()]


def refreshed_at(post: Post, now: int) -> int | None:
    """When the numbers last changed: as the post was sent, then daily."""
    if post.status != "sent" or post.sent_at is None:
        return None
    return post.sent_at + _age(post.sent_at, now) * DAY


def aggregate(emulator: Emulator, given: Json) -> Json:
    """Answer ``aggregatedPostMetrics``.

    Beside postCount, reactions and comments it holds what every channel of the set
    reports. The last day of the window counts whole.

    Raises:
        GraphQLError: The window is over 365 days, or ends before it starts.
    """
    emulator.own(given["organizationId"])
    start, end = given["startDateTime"], given["endDateTime"]
    if not 0 <= end - start <= MAX_DAYS * DAY:
        raise bad_input(f"The date range must have 0 to {MAX_DAYS} days")
    chosen: list[str] | None = given.get("channelIds")
    channels = [
        channel
        for channel in emulator.store.channels(emulator.organization_id)
        if chosen is None or channel["id"] in chosen
    ]
    ids = {channel["id"] for channel in channels}
    last = end - end % DAY + DAY
    posts = [
        post
        for post in emulator.store.posts_of(emulator.organization_id)
        if post.status == "sent"
        and post.channel_id in ids
        and start <= (post.sent_at or 0) < last
        and (given.get("tags") is None or carries(post.tag_ids, given["tags"]))
    ]
    return _rolled_up(posts, _shared(channels), emulator.clock.now())


def _rolled_up(posts: list[Post], types: Iterable[str], now: int) -> Json:
    sums: dict[str, float] = defaultdict(float)
    for post in posts:
        for name, value in (_values(post, now) or {}).items():
            sums[name] += value
    found: dict[str, float] = {"postCount": len(posts)}
    for name in types:
        found[name] = sums[name]
    if _RATE in found:
        found[_RATE] = round(found[_RATE] / max(1, len(posts)), 2)
    refreshed = [refreshed_at(post, now) or 0 for post in posts]
    return {
        "metrics": [_metric(name, value) for name, value in found.items()],
        "metricsUpdatedAt": max(refreshed) if refreshed else None,
    }


def _shared(channels: list[Json]) -> list[str]:
    """What all channels report, in the order of the first; never less than the base."""
    kinds = [METRICS[channel["service"]] for channel in channels]
    common = (
        [name for name in kinds[0] if all(name in k for k in kinds)] if kinds else []
    )
    return [*BASELINE, *(name for name in common if name not in BASELINE)]


def _values(post: Post, now: int) -> dict[str, float] | None:
    if post.status != "sent" or post.sent_at is None:
        return None
    grown = 1 - 0.5 ** (_age(post.sent_at, now) + 1)
    types = METRICS[post.service]
    found: dict[str, float] = {
        name: round(_typical(post.id, name) * grown) for name in types if name != _RATE
    }
    if _RATE in types:
        seen = next(found[name] for name in _SEEN if name in found)
        acted = sum(found.get(name, 0) for name in _ACTIONS)
        found[_RATE] = round(100 * acted / seen, 2) if seen else 0.0
    return found


def _age(sent_at: int, now: int) -> int:
    return max(0, now - sent_at) // DAY


def _typical(post_id: str, name: str) -> float:
    """A number around the typical one, from half of it to twice."""
    chance = int.from_bytes(hashlib.sha256(f"{post_id} {name}".encode()).digest()[:4])
    return _TYPICAL[name] * (0.5 + 1.5 * chance / 2**32)


def _metric(name: str, value: float) -> Json:
    words = "".join(f" {c.lower()}" if c.isupper() else c for c in name)
    return {
        "type": name,
        "name": words.capitalize(),
        "description": f"{words.capitalize()}, made up by the emulator.",
        "value": float(value),
        "unit": "percentage" if name == _RATE else "count",
    }
