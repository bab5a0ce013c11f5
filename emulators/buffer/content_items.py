"""Content items: one piece of content, as a draft of no channel or as posts.

Rules: https://developers.buffer.com/guides/content-items.md
"""

from collections.abc import Callable, Iterable
from typing import Any

from emulators.buffer.answers import bad_input, failed, invalid, not_found
from emulators.buffer.content import content_of_input
from emulators.buffer.core import Emulator
from emulators.buffer.create import look_at_images, stored_asset
from emulators.buffer.networks import Network
from emulators.buffer.paging import Key, instant_key, page
from emulators.buffer.present import author, present_post
from emulators.buffer.present_assets import present_asset
from emulators.buffer.records import Json, Post, object_id
from emulators.buffer.tags import carries, tags_of, tags_problem

KIND = "content item"
_NO_NETWORK = Network("", "Draft", "", 0)
_DEFAULT_SORT: list[Json] = [{"field": "createdAt", "direction": "desc"}]


def find_item(emulator: Emulator, given: Json) -> Json:
    """Answer ``contentItem``."""
    item = item_of(emulator, given["id"])
    if item is None:
        raise not_found("Content item")
    return present_item(emulator, item)


def list_items(
    emulator: Emulator, given: Json, first: int | None, after: str | None
) -> Json:
    """Answer ``contentItems``: newest first unless sorted otherwise."""
    emulator.own(given["organizationId"])
    matches = _matcher(given.get("filter") or {})
    sort = given.get("sort") or _DEFAULT_SORT
    entries = [(_key(item, sort), item) for item in _every(emulator) if matches(item)]
    return page(entries, lambda item: present_item(emulator, item), first, after)


async def create_draft(emulator: Emulator, given: Json) -> Json:
    """Answer ``createContentItemDraft``; a known ``correlationId`` gives its item."""
    emulator.own(given["organizationId"])
    first = _correlated(emulator, given.get("correlationId"))
    draft = None if first else await _draft(emulator, given)
    if draft and "message" in draft:
        return _failure("CreateContentItemDraftFailure", [draft])
    # Another request with the same value may have come first meanwhile.
    item = first or _correlated(emulator, given.get("correlationId"))
    if item is None:
        item = new_item(emulator, given)
        item["draft"] = draft
        emulator.store.shelf.put(KIND, item)
    return _success("CreateContentItemDraftSuccess", emulator, item)


async def update_draft(emulator: Emulator, given: Json) -> Json:
    """Answer ``updateContentItemDraft``: the draft is replaced whole."""
    item = item_of(emulator, given["id"])
    if item is None:
        raise not_found("Content item")
    if item["draft"] is None:
        return _failure("UpdateContentItemDraftFailure", [no_draft()])
    draft = await _draft(emulator, given)
    item = item_of(emulator, given["id"])
    if item is None or item["draft"] is None:
        return _failure("UpdateContentItemDraftFailure", [no_draft()])
    if "message" in draft:
        return _failure("UpdateContentItemDraftFailure", [draft])
    item["draft"] = {**draft, "id": item["draft"]["id"]}
    set_fields(item, given)
    emulator.store.shelf.put(KIND, item)
    return _success("UpdateContentItemDraftSuccess", emulator, item)


def update_item(emulator: Emulator, given: Json) -> Json:
    """Answer ``updateContentItem``: what is omitted stays, null clears."""
    item = item_of(emulator, given["id"])
    if item is None:
        raise not_found("Content item")
    set_fields(item, given)
    emulator.store.shelf.put(KIND, item)
    return _success("UpdateContentItemSuccess", emulator, item)


def new_item(emulator: Emulator, given: Json) -> Json:
    """An item with neither draft nor posts, not kept yet."""
    now = emulator.clock.now()
    return {
        "id": object_id(now),
        "organizationId": emulator.organization_id,
        "correlationId": given.get("correlationId"),
        "draft": None,
        "tagIds": list(dict.fromkeys(given.get("tagIds") or [])),
        "targetDate": given.get("targetDate"),
        "title": given.get("title"),
        "createdAt": now,
    }


def set_fields(item: Json, given: Json) -> None:
    """Take over title, target date and tags where they are given, null too."""
    for name in ("title", "targetDate"):
        if name in given:
            item[name] = given[name]
    if "tagIds" in given:
        item["tagIds"] = list(dict.fromkeys(given["tagIds"] or []))


def item_of(emulator: Emulator, item_id: str) -> Json | None:
    """The item as it is kept, if there is one."""
    found = emulator.store.shelf.get(KIND, item_id)
    if found is None or found["organizationId"] != emulator.organization_id:
        return None
    return found


def no_draft() -> Json:
    """The complaint about an item that has become posts."""
    return failed("ContentItemStateError", "The content item is no longer a draft")


def posts_of_item(emulator: Emulator, item_id: str) -> list[Post]:
    """The posts that belong to an item, oldest first."""
    posts = emulator.store.posts_of(emulator.organization_id)
    return [post for post in posts if post.content_item_id == item_id]


def present_item(emulator: Emulator, item: Json) -> Json:
    """An item as GraphQL answers it."""
    owner = emulator.account()
    return {
        "id": item["id"],
        "accountId": owner["id"],
        "allowedActions": ["updateContentItem", "deleteContentItem"],
        "author": author(owner),
        "body": _body(emulator, item),
        "organizationId": item["organizationId"],
        "tags": tags_of(emulator, item["tagIds"]),
        "targetDate": item["targetDate"],
        "title": item["title"],
        "createdAt": item["createdAt"],
    }


def _body(emulator: Emulator, item: Json) -> Json:
    draft: Json | None = item["draft"]
    if draft is None:
        posts = posts_of_item(emulator, item["id"])
        shown = [present_post(emulator, post) for post in posts]
        return {"__typename": "PostContent", "posts": shown}
    assets = [present_asset(asset) for asset in draft["assets"]]
    return {**draft, "__typename": "DraftContent", "assets": assets}


def _every(emulator: Emulator) -> list[Json]:
    return emulator.store.shelf.every(KIND, emulator.organization_id)


def _correlated(emulator: Emulator, correlation_id: str | None) -> Json | None:
    if correlation_id is None:
        return None
    every = _every(emulator)
    return next((one for one in every if one["correlationId"] == correlation_id), None)


async def _draft(emulator: Emulator, given: Json) -> Json:
    """The draft with its pictures measured, or the complaint about it."""
    wanted: Json = given["draft"]
    content = content_of_input(wanted, _NO_NETWORK)
    if not content.text.strip() and not content.media:
        return invalid("A draft needs text or an asset")
    problem = tags_problem(emulator, given)
    if problem:
        return problem
    pictures, problem = await look_at_images(emulator, content, None)
    if problem:
        return problem
    now = emulator.clock.now()
    return {
        "id": object_id(now),
        "aiAssisted": wanted["aiAssisted"],
        "text": content.text,
        "assets": [stored_asset(one, pictures, now) for one in content.media],
    }


def _success(typename: str, emulator: Emulator, item: Json) -> Json:
    return {"__typename": typename, "contentItem": present_item(emulator, item)}


def _failure(typename: str, errors: list[Json]) -> Json:
    return {"__typename": typename, "message": errors[0]["message"], "errors": errors}


def _key(item: Json, sort: Iterable[Json]) -> Key:
    key: Key = ()
    for entry in sort:
        key = (*key, *instant_key(item[entry["field"]], entry["direction"]))
    return (*key, item["id"])


def _matcher(given: Json) -> Callable[[Json], bool]:
    status, tags = given.get("contentStatus"), given.get("tags")
    target: dict[str, Any] = given.get("targetDate") or {}
    presence, window = target.get("presence"), target.get("range")
    if presence == "absent" and window:
        raise bad_input("presence absent cannot be combined with a range")

    def matches(item: Json) -> bool:
        has = "postContent" if item["draft"] is None else "draftContent"
        date: int | None = item["targetDate"]
        return (
            status in {None, has}
            and (tags is None or carries(item["tagIds"], tags))
            and (presence is None or (presence == "present") == (date is not None))
            and (window is None or _within(date, window))
        )

    return matches


def _within(date: int | None, window: Json) -> bool:
    start, end = window.get("start"), window.get("end")
    return date is not None and (start or date) <= date <= (end or date)
