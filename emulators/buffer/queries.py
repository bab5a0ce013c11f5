"""The queries: posts page by page, channels, daily limits, metrics.

:mod:`emulators.buffer.schema` maps the root fields to these functions;
the library of ideas and templates pages its lists with :func:`page`.
"""

import base64
import binascii
import json
from collections.abc import Callable, Iterable
from typing import Any, TypeVar, cast

from emulators.buffer.core import Emulator
from emulators.buffer.graphql_edge import bad_input, not_found
from emulators.buffer.networks import NETWORKS
from emulators.buffer.present import post_type, present_post
from emulators.buffer.records import DAY, Json, Post, date_in, local_day

DEFAULT_FIRST = 20
MAX_FIRST = 100
MAX_METRIC_DAYS = 365
Key = tuple[int | float | str, ...]
"""An entry's position in its list, with its ID last; all keys of a list have one shape."""
T = TypeVar("T")

_DEFAULT_SORT: list[Json] = [{"field": "createdAt", "direction": "desc"}]
_REFUSED_TYPES = {"carousel", "thread"}


def page(
    entries: Iterable[tuple[Key, T]],
    show: Callable[[T], Json],
    first: int | None,
    after: str | None,
) -> Json:
    """Return one page of a connection, in the order of the keys.

    Raises:
        GraphQLError: A page size outside 1 to 100, or a cursor of another list.
    """
    size = DEFAULT_FIRST if first is None else first
    if not 1 <= size <= MAX_FIRST:
        raise bad_input(f"first must be between 1 and {MAX_FIRST}")
    # The ID at the end of each key makes the order total, so pages never overlap.
    found = sorted(entries, key=lambda entry: entry[0])
    total = len(found)
    if after is not None:
        start = _read_cursor(after, found[0][0] if found else None)
        # A cursor is a position, not an index: new posts do not shift the next page.
        found = [entry for entry in found if entry[0] > start]
    shown = [{"cursor": _cursor(key), "node": show(item)} for key, item in found[:size]]
    return {
        "edges": shown,
        "totalCount": total,
        "pageInfo": {
            "startCursor": shown[0]["cursor"] if shown else None,
            "endCursor": shown[-1]["cursor"] if shown else None,
            "hasNextPage": len(found) > size,
            "hasPreviousPage": False,
        },
    }


def _cursor(key: Key) -> str:
    # Opaque to clients, readable in a test.
    plain = json.dumps(key, separators=(",", ":"))
    return base64.urlsafe_b64encode(plain.encode()).decode()


def _read_cursor(cursor: str, like: Key | None) -> Key:
    try:
        read: object = json.loads(base64.urlsafe_b64decode(cursor))
    except (binascii.Error, ValueError):
        raise bad_input("Invalid cursor") from None
    if not isinstance(read, list):
        raise bad_input("Invalid cursor")
    key = tuple(cast("list[int | float | str]", read))
    # A key of another shape cannot be compared with the keys of this list.
    if like is not None and [type(part) for part in key] != [type(part) for part in like]:
        raise bad_input("Invalid cursor")
    return key


def list_posts(
    emulator: Emulator, given: Json, first: int | None = None, after: str | None = None
) -> Json:
    """Answer ``posts`` with one page.

    Raises:
        GraphQLError: Unknown organization, arguments that contradict each other, a
            page size outside 1 to 100, or a cursor that is not ours.
    """
    emulator.require_organization(given["organizationId"])
    chosen: Json = given.get("filter") or {}
    if chosen.get("dueAtPresence") == "absent" and chosen.get("dueAt"):
        raise bad_input("dueAtPresence absent cannot be combined with dueAt")
    if _REFUSED_TYPES & set(chosen.get("postTypes") or []):
        raise bad_input("postTypes does not support carousel and thread")
    states: list[str] = chosen.get("status") or []
    if "needs_approval" in states and len({*states}) > 1:
        # As a public client reports (2026-09-13): silently, no post at all.
        chosen = {**chosen, "status": []}
    tests = [(test, chosen[n]) for n, test in _FILTERS.items() if chosen.get(n) is not None]
    sort = given.get("sort") or _DEFAULT_SORT
    now = emulator.clock.now()
    entries = [
        (_key(post, sort), post)
        for post in emulator.store.posts_of(emulator.organization_id)
        if post.visible_at <= now and all(test(post, wanted) for test, wanted in tests)
    ]
    return page(entries, lambda post: present_post(emulator, post), first, after)


def _key(post: Post, sort: list[Json]) -> Key:
    key: Key = ()
    for entry in sort:
        instant = post.due_at if entry["field"] == "dueAt" else post.created_at
        # Posts without a date come last in either direction.
        if instant is None:
            key = (*key, 1, 0)
        else:
            key = (*key, 0, -instant if entry["direction"] == "desc" else instant)
    return (*key, post.id)


def _within(instant: int | None, window: Json) -> bool:
    if instant is None:
        return False
    start, end = window.get("start"), window.get("end")
    return (start is None or instant >= start) and (end is None or instant <= end)


def _either_within(post: Post, window: Json) -> bool:
    return _within(post.created_at, window) or _within(post.due_at, window)


_FILTERS: dict[str, Callable[[Post, Any], bool]] = {
    "channelIds": lambda post, ids: post.channel_id in ids,
    "status": lambda post, wanted: post.status in wanted,
    "dueAt": lambda post, window: _within(post.due_at, window),
    "createdAt": lambda post, window: _within(post.created_at, window),
    "dueAtPresence": lambda post, wanted: (post.due_at is not None) == (wanted == "present"),
    "startDate": lambda post, start: _either_within(post, {"start": start}),
    "endDate": lambda post, end: _either_within(post, {"end": end}),
    # This filter does not know threads.
    "postTypes": lambda post, kinds: (
        ("post" if post_type(post) in _REFUSED_TYPES else post_type(post)) in kinds
    ),
    # No post carries a tag.
    "tagIds": lambda _post, _ids: False,
    "tags": lambda _post, wanted: wanted["isEmpty"],
}


def find_post(emulator: Emulator, given: Json) -> Json:
    """Answer ``post``."""
    found = emulator.store.post(given["id"])
    # The fault plays an index that lags behind createPost.
    if found is None or emulator.faults.take(("post",), ("not_found_once",), found.channel_id):
        raise not_found("Post")
    return present_post(emulator, found)


def organizations(account: Json, _info: object, **arguments: Json | None) -> list[Json]:
    """Resolve ``Account.organizations`` with its filter."""
    chosen: Json = arguments.get("filter") or {}
    only = chosen.get("organizationId")
    every: list[Json] = account["organizations"]
    return [one for one in every if only in {None, one["id"]}]


def find_channel(emulator: Emulator, given: Json) -> Json:
    """Answer ``channel``."""
    found = emulator.store.channel(given["id"])
    if found is None:
        raise not_found("Channel")
    return found


def list_channels(emulator: Emulator, given: Json) -> list[Json]:
    """Answer ``channels``."""
    emulator.require_organization(given["organizationId"])
    chosen: Json = given.get("filter") or {}
    locked, product = chosen.get("isLocked"), chosen.get("product")
    return [
        channel
        for channel in emulator.store.channels(emulator.organization_id)
        if locked in {None, channel["isLocked"]}
        and (product is None or product in channel["products"])
    ]


def daily_limits(emulator: Emulator, given: Json) -> list[Json]:
    """Answer ``dailyPostingLimits``: the use of each channel's daily limit on one day.

    The UTC date of ``date`` names a day of the channel's own zone; null is today.
    """
    return [
        _daily_use(emulator, find_channel(emulator, {"id": channel_id}), given.get("date"))
        for channel_id in given["channelIds"]
    ]


def _daily_use(emulator: Emulator, channel: Json, day: int | None) -> Json:
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


def metrics(emulator: Emulator, given: Json) -> Json:
    """Answer ``aggregatedPostMetrics``: the number of sent posts, and no reactions.

    Nobody reads what the emulator publishes. The last day of the window counts whole.
    Rules: https://developers.buffer.com/guides/post-metrics.md

    Raises:
        GraphQLError: The window is over 365 days, or ends before it starts.
    """
    emulator.require_organization(given["organizationId"])
    start, end = given["startDateTime"], given["endDateTime"]
    if not 0 <= end - start <= MAX_METRIC_DAYS * DAY:
        raise bad_input(f"The date range must have 0 to {MAX_METRIC_DAYS} days")
    chosen: list[str] | None = given.get("channelIds")
    last = end - end % DAY + DAY
    sent = [
        post
        for post in emulator.store.posts_of(emulator.organization_id)
        if post.status == "sent"
        and (chosen is None or post.channel_id in chosen)
        and start <= (post.sent_at or 0) < last
    ]
    counts = {"postCount": len(sent), "reactions": 0, "comments": 0}
    names = {"postCount": "Posts", "reactions": "Reactions", "comments": "Comments"}
    return {
        "metrics": [
            {
                "type": kind,
                "name": names[kind],
                "description": names[kind],
                "value": float(count),
                "unit": "count",
            }
            for kind, count in counts.items()
        ],
        "metricsUpdatedAt": max((post.sent_at or 0 for post in sent), default=None),
    }
