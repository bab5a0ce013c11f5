"""Ideas.

Types: https://developers.buffer.com/types/CreateIdeaInput.md and IdeasInput.md
"""

from typing import Any

from emulators.buffer.answers import failed, invalid, page
from emulators.buffer.core import Emulator
from emulators.buffer.records import Json, object_id

KIND = "idea"


def list_ideas(emulator: Emulator, given: Json, first: int | None, after: str | None) -> Json:
    """Answer ``ideas``: as they lie on the board, from the top."""
    emulator.own(given["organizationId"])
    entries = [
        ((idea["position"], idea["id"]), idea) for idea in _every(emulator) if _wanted(idea, given)
    ]
    return page(entries, _present, first, after)


def list_groups(emulator: Emulator, given: Json) -> list[Json]:
    """Answer ``ideaGroups``: none, for they are made in Buffer's app alone."""
    emulator.own(given["organizationId"])
    return []


def create_idea(emulator: Emulator, given: Json) -> Json:
    """Answer ``createIdea`` with a member of ``CreateIdeaPayload``."""
    emulator.own(given["organizationId"])
    content: Json = given["content"]
    place: Json = given.get("group") or {}
    ideas = _every(emulator)
    problem = _problem(content, place)
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
        "groupId": None,
        "position": _position(ideas, place.get("placeAfterId")),
        "createdAt": now // 1000,
        "updatedAt": now // 1000,
    }
    emulator.store.shelf.put(KIND, idea)
    return {"__typename": "Idea", **_present(idea)}


def _every(emulator: Emulator) -> list[Json]:
    return emulator.store.shelf.every(KIND, emulator.organization_id)


def _problem(content: Json, place: Json) -> str | None:
    media: list[Json] = content.get("media") or []
    words = (content.get("title") or "") + (content.get("text") or "")
    if not words.strip() and not media:
        return "An idea needs a title, text or media"
    if any(one["type"] == "video" for one in media):
        return "Idea media of type video is not supported"
    return "Idea group not found" if place.get("groupId") else None


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
    if groups.get("membership") == "grouped" or groups.get("groups") is not None:
        return False
    tags: dict[str, Any] | None = given.get("tagsFilter")
    if tags is None:
        return True
    carried: list[Json] = idea["content"].get("tags") or []
    own = {str(tag["id"]) for tag in carried}
    return (tags["isEmpty"] and not own) or bool(own & set(tags["in"]))


def _present(idea: Json) -> Json:
    content: Json = idea["content"]
    tags: list[Json] = content.get("tags") or []
    media: list[Json] = content.get("media") or []
    return {
        **idea,
        "content": {
            **content,
            "aiAssisted": bool(content.get("aiAssisted")),
            "services": content.get("services") or [],
            "tags": [{**tag, "colorName": None} for tag in tags],
            "media": [{**one, "id": f"{idea['id']}-{number}"} for number, one in enumerate(media)],
        },
    }


TEMPLATE_KIND = "post template"


def list_templates(emulator: Emulator, given: Json, first: int | None, after: str | None) -> Json:
    """Answer ``postTemplates``: newest first; there are no public ones here."""
    emulator.own(given["organizationId"])
    chosen: Json = given.get("filter") or {}
    only = chosen.get("visibility")
    entries = [
        ((-template["createdAt"], template["id"]), template)
        for template in emulator.store.shelf.every(TEMPLATE_KIND, emulator.organization_id)
        if only in {None, template["visibility"]}
    ]
    return page(entries, lambda template: template, first, after)


def find_template(emulator: Emulator, given: Json) -> Json | None:
    """Answer ``postTemplate``: null on a miss."""
    return emulator.store.shelf.get(TEMPLATE_KIND, given["id"])


def create_template(emulator: Emulator, given: Json) -> Json:
    """Answer ``createPostTemplate``."""
    emulator.own(given["organizationId"])
    used = len(emulator.store.shelf.every(TEMPLATE_KIND, emulator.organization_id))
    full = emulator.plan_full("postTemplates", used)
    now = emulator.clock.now()
    template: Json = {
        "id": object_id(now),
        "organizationId": emulator.organization_id,
        "title": given["title"],
        "body": given["body"],
        "description": given.get("description") or "",
        "emoji": given.get("emoji") or "",
        "visibility": given.get("visibility") or "private",
        "createdAt": now,
        "updatedAt": now,
    }
    problem = full["message"] if full else _template_problem(template)
    if problem:
        return failed("VoidMutationError", problem)
    emulator.store.shelf.put(TEMPLATE_KIND, template)
    return {"__typename": "CreatePostTemplateSuccess", "postTemplate": template}


def update_template(emulator: Emulator, given: Json) -> Json:
    """Answer ``updatePostTemplate``; what is omitted or null stays."""
    template = emulator.store.shelf.get(TEMPLATE_KIND, given["id"])
    if template is None:
        return failed("VoidMutationError", "Post template not found")
    template |= {name: value for name, value in given.items() if value is not None}
    template["updatedAt"] = emulator.clock.now()
    problem = _template_problem(template)
    if problem:
        return failed("VoidMutationError", problem)
    emulator.store.shelf.put(TEMPLATE_KIND, template)
    return {"__typename": "UpdatePostTemplateSuccess", "postTemplate": template}


def delete_template(emulator: Emulator, given: Json) -> Json:
    """Answer ``deletePostTemplate``."""
    if emulator.store.shelf.get(TEMPLATE_KIND, given["id"]) is None:
        return failed("VoidMutationError", "Post template not found")
    emulator.store.shelf.drop(TEMPLATE_KIND, given["id"])
    return {"__typename": "EmptySuccess", "_empty": ""}


def _template_problem(template: Json) -> str | None:
    for name in ("title", "body", "description"):
        if not template[name].strip():
            return f"A post template needs a {name}"
    if template["visibility"] == "public":
        return "Post templates cannot be made public through the API"
    return None
