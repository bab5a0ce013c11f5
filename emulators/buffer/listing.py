"""The ``posts`` query: filters, order and forward paging."""

from collections.abc import Callable
from typing import Any

from emulators.buffer.answers import bad_input
from emulators.buffer.core import Emulator
from emulators.buffer.paging import Key, instant_key, page
from emulators.buffer.present import present_post
from emulators.buffer.present_metadata import post_type
from emulators.buffer.records import Json, Post

_DEFAULT_SORT: list[Json] = [{"field": "createdAt", "direction": "desc"}]
_REFUSED_TYPES = {"carousel", "thread"}


def list_posts(
    emulator: Emulator, given: Json, first: int | None, after: str | None
) -> Json:
    """Answer ``posts`` with one page.

    Raises:
        GraphQLError: Unknown organization, arguments that contradict each other, a
            page size outside 1 to 100, or a cursor that is not ours.
    """
    emulator.own(given["organizationId"])
    matches = _matcher(given.get("filter") or {})
    now = emulator.clock.now()
    sort = given.get("sort") or _DEFAULT_SORT
    entries = [
        (_key(post, sort), post)
        for post in emulator.store.posts_of(emulator.organization_id)
        if post.visible_at <= now and matches(post)
    ]
    return page(entries, lambda post: present_post(emulator, post), first, after)


def _key(post: Post, sort: list[Json]) -> Key:
    key: Key = ()
    for entry in sort:
        instant = post.due_at if entry["field"] == "dueAt" else post.created_at
        key = (*key, *instant_key(instant, entry["direction"]))
    return (*key, post.id)


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
    # No post carries a tag.
    "tagIds": lambda _post, _ids: False,
    "tags": lambda _post, wanted: wanted["isEmpty"],
}
