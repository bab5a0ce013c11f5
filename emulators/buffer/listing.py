"""The ``posts`` query: filters, order and forward paging with opaque cursors."""

import base64
import binascii
import json
from collections.abc import Callable
from typing import Any

from emulators.buffer.answers import bad_input, not_found
from emulators.buffer.core import Emulator
from emulators.buffer.present import post_type
from emulators.buffer.records import Json, Post

DEFAULT_FIRST = 20
MAX_FIRST = 100
_DEFAULT_SORT: list[Json] = [{"field": "createdAt", "direction": "desc"}]
_REFUSED_TYPES = {"carousel", "thread"}
Position = list[int | str]


def list_posts(
    emulator: Emulator, given: Json, first: int | None, after: str | None
) -> Json:
    """Answer ``posts`` with one page.

    Raises:
        GraphQLError: Unknown organization, arguments that contradict each other, a
            page size outside 1 to 100, or a cursor that is not ours.
    """
    if given["organizationId"] != emulator.organization_id:
        raise not_found("Organization")
    size = DEFAULT_FIRST if first is None else first
    if not 1 <= size <= MAX_FIRST:
        raise bad_input(f"first must be between 1 and {MAX_FIRST}")
    matches = _matcher(given.get("filter") or {})
    now = emulator.clock.now()
    sort = given.get("sort") or _DEFAULT_SORT
    found = sorted(
        (_position(post, sort), post.id)
        for post in emulator.store.posts_of(emulator.organization_id)
        if post.visible_at <= now and matches(post)
    )
    if after is not None:
        start = _read_cursor(after, len(sort))
        found = [one for one in found if one > start]
    return _page(emulator, found, size)


def _page(emulator: Emulator, found: list[tuple[Position, str]], size: int) -> Json:
    page = found[:size]
    edges: list[Json] = []
    for position, post_id in page:
        post = emulator.store.post(post_id)
        if post is not None:
            edges.append(
                {"cursor": _cursor(position, post_id), "node": emulator.present(post)}
            )
    return {
        "edges": edges,
        "pageInfo": {
            "startCursor": edges[0]["cursor"] if edges else None,
            "endCursor": edges[-1]["cursor"] if edges else None,
            "hasNextPage": len(found) > len(page),
            "hasPreviousPage": False,
        },
    }


def _position(post: Post, sort: list[Json]) -> Position:
    """Sort keys as numbers that grow in the wanted direction; no date comes last."""
    position: Position = []
    for entry in sort:
        instant = post.due_at if entry["field"] == "dueAt" else post.created_at
        if instant is None:
            position += [1, 0]
        else:
            position += [0, -instant if entry["direction"] == "desc" else instant]
    return position


def _cursor(position: Position, post_id: str) -> str:
    plain = json.dumps([position, post_id], separators=(",", ":"))
    return base64.urlsafe_b64encode(plain.encode()).decode()


def _read_cursor(cursor: str, keys: int) -> tuple[Position, str]:
    try:
        position, post_id = json.loads(base64.urlsafe_b64decode(cursor))
        whole = [int(part) for part in position]
    except (binascii.Error, ValueError, TypeError):
        raise bad_input("Invalid cursor") from None
    if len(whole) != 2 * keys or not isinstance(post_id, str):
        raise bad_input("Invalid cursor")
    return list[int | str](whole), post_id


def _matcher(given: Json) -> Callable[[Post], bool]:
    if given.get("dueAtPresence") == "absent" and given.get("dueAt"):
        raise bad_input("dueAtPresence absent cannot be combined with dueAt")
    if _REFUSED_TYPES & set(given.get("postTypes") or []):
        raise bad_input("postTypes does not support carousel and thread")
    tests = [test for name, test in _TESTS.items() if given.get(name) is not None]
    names = [name for name in _TESTS if given.get(name) is not None]
    pairs = list(zip(tests, names, strict=True))
    return lambda post: all(test(post, given[name]) for test, name in pairs)


def _within(instant: int | None, window: Json) -> bool:
    if instant is None:
        return False
    start, end = window.get("start"), window.get("end")
    return (start is None or instant >= start) and (end is None or instant <= end)


def _either(post: Post, window: Json) -> bool:
    return _within(post.created_at, window) or _within(post.due_at, window)


def _kind(post: Post) -> str:
    kind = post_type(post)
    return "post" if kind in _REFUSED_TYPES else kind


def _tags(post: Post, wanted: Json) -> bool:
    untagged = wanted["isEmpty"] and not post.tag_ids
    return untagged or bool(set(wanted["in"]) & set(post.tag_ids))


_TESTS: dict[str, Callable[[Post, Any], bool]] = {
    "channelIds": lambda post, ids: post.channel_id in ids,
    "status": lambda post, wanted: post.status in wanted,
    "dueAt": lambda post, window: _within(post.due_at, window),
    "createdAt": lambda post, window: _within(post.created_at, window),
    "dueAtPresence": lambda post, wanted: (
        (post.due_at is not None) == (wanted == "present")
    ),
    "startDate": lambda post, start: _either(post, {"start": start}),
    "endDate": lambda post, end: _either(post, {"end": end}),
    "postTypes": lambda post, kinds: _kind(post) in kinds,
    "tagIds": lambda post, ids: bool(set(ids) & set(post.tag_ids)),
    "tags": _tags,
}
