"""Post templates: reusable texts, private or shared in the organization.

Types: https://developers.buffer.com/types/CreatePostTemplateInput.md
"""

from emulators.buffer.answers import failed
from emulators.buffer.core import Emulator
from emulators.buffer.paging import page
from emulators.buffer.records import Json, object_id

KIND = "post template"


def list_templates(
    emulator: Emulator, given: Json, first: int | None, after: str | None
) -> Json:
    """Answer ``postTemplates``: newest first; there are no public ones here."""
    emulator.own(given["organizationId"])
    chosen: Json = given.get("filter") or {}
    only = chosen.get("visibility")
    entries = [
        ((-template["createdAt"], template["id"]), template)
        for template in emulator.store.shelf.every(KIND, emulator.organization_id)
        if only in {None, template["visibility"]}
    ]
    return page(entries, lambda template: template, first, after)


def find_template(emulator: Emulator, given: Json) -> Json | None:
    """Answer ``postTemplate``: null on a miss."""
    return emulator.store.shelf.get(KIND, given["id"])


def create_template(emulator: Emulator, given: Json) -> Json:
    """Answer ``createPostTemplate``."""
    emulator.own(given["organizationId"])
    used = len(emulator.store.shelf.every(KIND, emulator.organization_id))
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
    problem = full["message"] if full else _problem(template)
    if problem:
        return failed("VoidMutationError", problem)
    emulator.store.shelf.put(KIND, template)
    return {"__typename": "CreatePostTemplateSuccess", "postTemplate": template}


def update_template(emulator: Emulator, given: Json) -> Json:
    """Answer ``updatePostTemplate``; what is omitted or null stays."""
    template = emulator.store.shelf.get(KIND, given["id"])
    if template is None:
        return failed("VoidMutationError", "Post template not found")
    template |= {name: value for name, value in given.items() if value is not None}
    template["updatedAt"] = emulator.clock.now()
    problem = _problem(template)
    if problem:
        return failed("VoidMutationError", problem)
    emulator.store.shelf.put(KIND, template)
    return {"__typename": "UpdatePostTemplateSuccess", "postTemplate": template}


def delete_template(emulator: Emulator, given: Json) -> Json:
    """Answer ``deletePostTemplate``."""
    if emulator.store.shelf.get(KIND, given["id"]) is None:
        return failed("VoidMutationError", "Post template not found")
    emulator.store.shelf.drop(KIND, given["id"])
    return {"__typename": "EmptySuccess", "_empty": ""}


def _problem(template: Json) -> str | None:
    for name in ("title", "body", "description"):
        if not template[name].strip():
            return f"A post template needs a {name}"
    if template["visibility"] == "public":
        return "Post templates cannot be made public through the API"
    return None
