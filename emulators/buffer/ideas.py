"""Ideas, and the groups they can lie in.

Types: https://developers.buffer.com/types/CreateIdeaInput.md and IdeasInput.md
"""

from typing import Any

from emulators.buffer.answers import invalid
from emulators.buffer.core import Emulator
from emulators.buffer.paging import page
from emulators.buffer.records import Json, object_id
from emulators.buffer.tags import carries, tags_of

KIND = "idea"
GROUP = "idea group"


def list_ideas(
    emulator: Emulator, given: Json, first: int | None, after: str | None
) -> Json:
    """Answer ``ideas``: as they lie on the board, from the top."""
    emulator.own(given["organizationId"])
    entries = [
        ((idea["position"], idea["id"]), idea)
        for idea in _every(emulator)
        if _wanted(idea, given)
    ]
    return page(entries, lambda idea: _present(emulator, idea), first, after)


def list_groups(emulator: Emulator, given: Json) -> list[Json]:
    """Answer ``ideaGroups``; groups are made in Buffer's app, here by the control."""
    emulator.own(given["organizationId"])
    return emulator.store.shelf.every(GROUP, emulator.organization_id)


def create_group(emulator: Emulator, name: str) -> Json:
    """Make a group, as a person would in Buffer's app."""
    group: Json = {
        "id": object_id(emulator.clock.now()),
        "organizationId": emulator.organization_id,
        "name": name,
        "isLocked": False,
    }
    emulator.store.shelf.put(GROUP, group)
    return group


def create_idea(emulator: Emulator, given: Json) -> Json:
    """Answer ``createIdea`` with a member of ``CreateIdeaPayload``."""
    emulator.own(given["organizationId"])
    content: Json = given["content"]
    place: Json = given.get("group") or {}
    ideas = _every(emulator)
    problem = _problem(emulator, content, place)
    if problem:
        return invalid(problem)
    full = emulator.plan_full("ideas", len(ideas))
    if full:
        return full
    now = emulator.clock.now()
    idea: Json = {
        "id": object_id(now),
        "organizationId": emulator.organization_id,
        "content": content,
        "groupId": place.get("groupId"),
        "position": _position(ideas, place.get("placeAfterId")),
        "createdAt": now // 1000,
        "updatedAt": now // 1000,
    }
    emulator.store.shelf.put(KIND, idea)
    return {"__typename": "Idea", **_present(emulator, idea)}


def _every(emulator: Emulator) -> list[Json]:
    return emulator.store.shelf.every(KIND, emulator.organization_id)


def _problem(emulator: Emulator, content: Json, place: Json) -> str | None:
    media: list[Json] = content.get("media") or []
    words = (content.get("title") or "") + (content.get("text") or "")
    if not words.strip() and not media:
        return "An idea needs a title, text or media"
    if any(one["type"] == "video" for one in media):
        return "Idea media of type video is not supported"
    group_id = place.get("groupId")
    if group_id and emulator.store.shelf.get(GROUP, group_id) is None:
        return "Idea group not found"
    return None


def _position(ideas: list[Json], after_id: str | None) -> float:
    """The top of the board, or the place behind another idea."""
    places = sorted(float(idea["position"]) for idea in ideas)
    before = next((i["position"] for i in ideas if i["id"] == after_id), None)
    if before is None:
        return places[0] - 1 if places else 0.0
    later = [place for place in places if place > before]
    return (before + later[0]) / 2 if later else before + 1


def _wanted(idea: Json, given: Json) -> bool:
    groups: dict[str, Any] = given.get("groupFilter") or {}
    membership = groups.get("membership")
    if membership and (membership == "grouped") != bool(idea["groupId"]):
        return False
    if groups.get("groups") is not None and idea["groupId"] not in groups["groups"]:
        return False
    tags: Json | None = given.get("tagsFilter")
    given_tags: list[Json] = idea["content"].get("tags") or []
    own: list[str] = [tag["id"] for tag in given_tags]
    return tags is None or carries(own, tags)


def _present(emulator: Emulator, idea: Json) -> Json:
    content: Json = idea["content"]
    tags: list[Json] = content.get("tags") or []
    live = {tag["id"]: tag for tag in tags_of(emulator, [tag["id"] for tag in tags])}
    media: list[Json] = content.get("media") or []
    return {
        **idea,
        "content": {
            **content,
            "aiAssisted": bool(content.get("aiAssisted")),
            "services": content.get("services") or [],
            "tags": [live.get(tag["id"], {**tag, "colorName": None}) for tag in tags],
            "media": [
                {**one, "id": f"{idea['id']}-{number}"}
                for number, one in enumerate(media)
            ],
        },
    }
