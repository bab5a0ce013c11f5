"""How graphql-core calls us, and how our answers to one argument fit that."""

from collections.abc import Awaitable, Callable
from typing import Any, cast

from emulators.buffer.answers import Key, bad_input, instant_key, not_found, page
from emulators.buffer.core import Emulator
from emulators.buffer.library import find_template, list_groups, list_ideas, list_templates
from emulators.buffer.metrics import aggregate
from emulators.buffer.present import post_type, present_post
from emulators.buffer.records import Json, Post
from emulators.buffer.schedule import daily_status

Resolver = Callable[..., object]
Answer = Callable[[Emulator, Json], object]
"""Answers a field from its ``input``."""
Write = Callable[[Emulator, Json], Json | Awaitable[Json]]
Listing = Callable[[Emulator, Json, int | None, str | None], Json]
"""Answers a connection from its ``input``, ``first`` and ``after``."""


def on_input(emulator: Emulator, answer: Answer) -> Resolver:
    """Resolve a field whose only argument is ``input``."""

    def resolve(_source: object, _info: object, **arguments: Json) -> object:
        return answer(emulator, arguments["input"])

    return resolve


def on_page(emulator: Emulator, answer: Listing) -> Resolver:
    """Resolve a connection."""

    def resolve(_source: object, _info: object, **arguments: object) -> object:
        return answer(
            emulator,
            cast("Json", arguments["input"]),
            cast("int | None", arguments.get("first")),
            cast("str | None", arguments.get("after")),
        )

    return resolve


_DEFAULT_SORT: list[Json] = [{"field": "createdAt", "direction": "desc"}]
_REFUSED_TYPES = {"carousel", "thread"}


def list_posts(emulator: Emulator, given: Json, first: int | None, after: str | None) -> Json:
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
    "dueAtPresence": lambda post, wanted: (post.due_at is not None) == (wanted == "present"),
    "startDate": lambda post, start: _either(post, {"start": start}),
    "endDate": lambda post, end: _either(post, {"end": end}),
    "postTypes": lambda post, kinds: _kind(post) in kinds,
    # No post carries a tag.
    "tagIds": lambda _post, _ids: False,
    "tags": lambda _post, wanted: wanted["isEmpty"],
}


def queries(emulator: Emulator) -> dict[str, Resolver]:
    """Each modelled field of ``Query`` with its resolver."""

    def account(*_: object) -> Json:
        return emulator.account()

    return {
        "account": account,
        **{name: on_input(emulator, answer) for name, answer in _FIELDS.items()},
        **{name: on_page(emulator, answer) for name, answer in _LISTS.items()},
    }


def organizations(account: Json, _info: object, **arguments: Json | None) -> list[Json]:
    """Resolve ``Account.organizations`` with its filter."""
    chosen: Json = arguments.get("filter") or {}
    only = chosen.get("organizationId")
    every: list[Json] = account["organizations"]
    return [one for one in every if only in {None, one["id"]}]


def _channel(emulator: Emulator, given: Json) -> Json:
    found = emulator.store.channel(given["id"])
    if found is None:
        raise not_found("Channel")
    return found


def _channels(emulator: Emulator, given: Json) -> list[Json]:
    emulator.own(given["organizationId"])
    chosen: Json = given.get("filter") or {}
    locked, product = chosen.get("isLocked"), chosen.get("product")
    return [
        channel
        for channel in emulator.store.channels(emulator.organization_id)
        if locked in {None, channel["isLocked"]}
        and (product is None or product in channel["products"])
    ]


def _post(emulator: Emulator, given: Json) -> Json:
    found = emulator.store.post(given["id"])
    if found is None or emulator.faults.take(("post",), ("not_found_once",), found.channel_id):
        raise not_found("Post")
    return present_post(emulator, found)


def _daily(emulator: Emulator, given: Json) -> list[Json]:
    channels = [_channel(emulator, {"id": one}) for one in given["channelIds"]]
    return [daily_status(emulator, channel, given.get("date")) for channel in channels]


_FIELDS = {
    "aggregatedPostMetrics": aggregate,
    "channel": _channel,
    "channels": _channels,
    "dailyPostingLimits": _daily,
    "ideaGroups": list_groups,
    "post": _post,
    "postTemplate": find_template,
}
_LISTS = {"ideas": list_ideas, "posts": list_posts, "postTemplates": list_templates}
