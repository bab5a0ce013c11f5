"""Tags: labels of an organization, on posts, ideas and content items.

Rules: https://developers.buffer.com/guides/tags.md
"""

import re
from collections.abc import Iterable
from typing import Any

from emulators.buffer.answers import failed, invalid, not_found
from emulators.buffer.core import Emulator
from emulators.buffer.paging import page
from emulators.buffer.records import Json, object_id

KIND = "tag"
MAX_NAME = 100
_COLOR = re.compile(r"#[0-9A-Fa-f]{6}")


def list_tags(
    emulator: Emulator, given: Json, first: int | None, after: str | None
) -> Json:
    """Answer ``tagsV2``: by name, ascending."""
    emulator.own(given["organizationId"])
    entries = [((tag["name"], tag["id"]), tag) for tag in _every(emulator)]
    return page(entries, present_tag, first, after)


def find_tag(emulator: Emulator, given: Json) -> Json:
    """Answer ``tag``: null and NOT_FOUND on a miss."""
    return present_tag(_tag(emulator, given["id"]))


def create_tag(emulator: Emulator, given: Json) -> Json:
    """Answer ``createTag`` with a member of ``CreateTagPayload``."""
    emulator.own(given["organizationId"])
    wanted: Json = given["tag"]
    problem = _problem(emulator, wanted, None)
    if problem:
        return problem
    full = emulator.plan_full("tags", len(_every(emulator)))
    if full:
        return full
    tag: Json = {
        "id": object_id(emulator.clock.now()),
        "organizationId": emulator.organization_id,
        "name": wanted["name"],
        "color": wanted["color"],
    }
    emulator.store.shelf.put(KIND, tag)
    return {"__typename": "TagActionSuccess", "tag": present_tag(tag)}


def update_tag(emulator: Emulator, given: Json) -> Json:
    """Answer ``updateTag``; name and colour are both replaced."""
    tag = _tag(emulator, given["id"])
    wanted: Json = given["tag"]
    problem = _problem(emulator, wanted, tag["id"])
    if problem:
        return problem
    tag |= {"name": wanted["name"], "color": wanted["color"]}
    emulator.store.shelf.put(KIND, tag)
    return {"__typename": "TagActionSuccess", "tag": present_tag(tag)}


def delete_tag(emulator: Emulator, given: Json) -> Json:
    """Answer ``deleteTag``; what carried the tag goes on without it."""
    tag_id: str = _tag(emulator, given["id"])["id"]
    store = emulator.store
    with store.transaction():
        for post in store.posts_of(emulator.organization_id):
            if tag_id in post.tag_ids:
                post.tag_ids.remove(tag_id)
                store.save_post(post)
        store.shelf.drop(KIND, tag_id)
    return {"__typename": "DeleteTagActionSuccess", "id": tag_id}


def present_tag(tag: Json) -> Json:
    """A tag as GraphQL answers it.

    Buffer's palette is not published, so every colour counts as a custom one.
    """
    return {
        "id": tag["id"],
        "name": tag["name"],
        "color": tag["color"],
        "colorName": None,
        "isLocked": False,
    }


def tags_problem(emulator: Emulator, given: Json) -> Json | None:
    """Refuse ids of tags that the organization does not have."""
    unknown = set(given.get("tagIds") or []) - {tag["id"] for tag in _every(emulator)}
    return invalid("Tag not found") if unknown else None


def tags_of(emulator: Emulator, tag_ids: Iterable[str]) -> list[Json]:
    """The tags of these ids that still exist, in the order of the ids."""
    known = {tag["id"]: tag for tag in _every(emulator)} if tag_ids else {}
    return [present_tag(known[tag_id]) for tag_id in tag_ids if tag_id in known]


def carries(tag_ids: Iterable[str], wanted: dict[str, Any]) -> bool:
    """Whether a ``TagComparator`` matches something with these tags."""
    ids = set(tag_ids)
    return (wanted["isEmpty"] and not ids) or bool(ids & set(wanted["in"]))


def _every(emulator: Emulator) -> list[Json]:
    return emulator.store.shelf.every(KIND, emulator.organization_id)


def _tag(emulator: Emulator, tag_id: str) -> Json:
    found = emulator.store.shelf.get(KIND, tag_id)
    if found is None or found["organizationId"] != emulator.organization_id:
        raise not_found("Tag")
    return found


def _problem(emulator: Emulator, wanted: Json, own_id: str | None) -> Json | None:
    if not wanted["name"].strip() or len(wanted["name"]) > MAX_NAME:
        return invalid(f"Tag name must have 1 to {MAX_NAME} characters")
    if not _COLOR.fullmatch(wanted["color"]):
        return invalid("Tag color must be # and six hex digits")
    names = {tag["name"] for tag in _every(emulator) if tag["id"] != own_id}
    if wanted["name"] in names:
        return failed("DuplicateError", "A tag with this name already exists")
    return None
