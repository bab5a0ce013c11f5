"""Ideas, post templates and drafts of content items: what an organization keeps beside posts.

:mod:`emulators.buffer.schema` maps the root fields to these functions. Types:
https://developers.buffer.com/types/CreateIdeaInput.md and IdeasInput.md; content items:
https://developers.buffer.com/guides/content-items.md
"""

from emulators.buffer.content import content_of_input
from emulators.buffer.core import Emulator
from emulators.buffer.graphql_edge import failed, invalid, not_found
from emulators.buffer.media import measure_images, stored_asset
from emulators.buffer.networks import Network
from emulators.buffer.posts import tags_problem
from emulators.buffer.present import author, present_asset
from emulators.buffer.queries import page
from emulators.buffer.records import Json, object_id

_IDEA, _TEMPLATE, _ITEM = "idea", "post template", "content item"
# A draft of no channel is held to no network's rules.
_NO_NETWORK = Network("", "Draft", "", 0)


def list_ideas(
    emulator: Emulator, given: Json, first: int | None = None, after: str | None = None
) -> Json:
    """Answer ``ideas``, from the top of the board."""
    emulator.require_organization(given["organizationId"])
    entries = [
        ((idea["position"], idea["id"]), idea)
        for idea in emulator.store.documents(_IDEA, emulator.organization_id)
        if _matches(idea, given)
    ]
    return page(entries, _present_idea, first, after)


def list_groups(emulator: Emulator, given: Json) -> list[Json]:
    """Answer ``ideaGroups``: none, because only Buffer's app can create them."""
    emulator.require_organization(given["organizationId"])
    return []


def create_idea(emulator: Emulator, given: Json) -> Json:
    """Answer ``createIdea`` with a member of ``CreateIdeaPayload``."""
    emulator.require_organization(given["organizationId"])
    content: Json = given["content"]
    place: Json = given.get("group") or {}
    media: list[Json] = content.get("media") or []
    words = (content.get("title") or "") + (content.get("text") or "")
    if not words.strip() and not media:
        return invalid("An idea needs a title, text or media")
    if any(one["type"] == "video" for one in media):
        return invalid("Idea media of type video is not supported")
    if place.get("groupId"):
        return invalid("Idea group not found")
    ideas = emulator.store.documents(_IDEA, emulator.organization_id)
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
        # The schema has these as Int, in seconds.
        "createdAt": now // 1000,
        "updatedAt": now // 1000,
    }
    emulator.store.save_document(_IDEA, idea)
    return {"__typename": "Idea", **_present_idea(idea)}


def _position(ideas: list[Json], after_id: str | None) -> float:
    """Return a position at the top of the board, or right after another idea."""
    places = sorted(float(idea["position"]) for idea in ideas)
    before = next((i["position"] for i in ideas if i["id"] == after_id), None)
    if before is None:
        return places[0] - 1 if places else 0.0
    later = [place for place in places if place > before]
    # Halfway between its neighbours, so that no other idea moves.
    return (before + later[0]) / 2 if later else before + 1


def _matches(idea: Json, given: Json) -> bool:
    groups: Json = given.get("groupFilter") or {}
    if groups.get("membership") == "grouped" or groups.get("groups") is not None:
        return False
    tags: Json | None = given.get("tagsFilter")
    if tags is None:
        return True
    carried: list[Json] = idea["content"].get("tags") or []
    own = {str(tag["id"]) for tag in carried}
    return (tags["isEmpty"] and not own) or bool(own & set(tags["in"]))


def _present_idea(idea: Json) -> Json:
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


def list_templates(
    emulator: Emulator, given: Json, first: int | None = None, after: str | None = None
) -> Json:
    """Answer ``postTemplates``, newest first."""
    emulator.require_organization(given["organizationId"])
    chosen: Json = given.get("filter") or {}
    only = chosen.get("visibility")
    entries = [
        ((-template["createdAt"], template["id"]), template)
        for template in emulator.store.documents(_TEMPLATE, emulator.organization_id)
        if only in {None, template["visibility"]}
    ]
    return page(entries, lambda template: template, first, after)


def find_template(emulator: Emulator, given: Json) -> Json | None:
    """Answer ``postTemplate``; null for an unknown ID."""
    return emulator.store.document(_TEMPLATE, given["id"])


def create_template(emulator: Emulator, given: Json) -> Json:
    """Answer ``createPostTemplate``."""
    emulator.require_organization(given["organizationId"])
    used = len(emulator.store.documents(_TEMPLATE, emulator.organization_id))
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
    emulator.store.save_document(_TEMPLATE, template)
    return {"__typename": "CreatePostTemplateSuccess", "postTemplate": template}


def update_template(emulator: Emulator, given: Json) -> Json:
    """Answer ``updatePostTemplate``; an omitted or null field stays as it is."""
    template = emulator.store.document(_TEMPLATE, given["id"])
    if template is None:
        return failed("VoidMutationError", "Post template not found")
    # The ID among them is the template's own.
    template |= {name: value for name, value in given.items() if value is not None}
    template["updatedAt"] = emulator.clock.now()
    problem = _template_problem(template)
    if problem:
        return failed("VoidMutationError", problem)
    emulator.store.save_document(_TEMPLATE, template)
    return {"__typename": "UpdatePostTemplateSuccess", "postTemplate": template}


def delete_template(emulator: Emulator, given: Json) -> Json:
    """Answer ``deletePostTemplate``."""
    if emulator.store.document(_TEMPLATE, given["id"]) is None:
        return failed("VoidMutationError", "Post template not found")
    emulator.store.delete_document(_TEMPLATE, given["id"])
    # GraphQL has no type without fields.
    return {"__typename": "EmptySuccess", "_empty": ""}


def _template_problem(template: Json) -> str | None:
    for name in ("title", "body", "description"):
        if not template[name].strip():
            return f"A post template needs a {name}"
    # Buffer's own team publishes those.
    if template["visibility"] == "public":
        return "Post templates cannot be made public through the API"
    return None


async def create_item_draft(emulator: Emulator, given: Json) -> Json:
    """Answer ``createContentItemDraft``; a known ``correlationId`` returns its first item.

    It is Buffer's only idempotent mutation. Galley's live trial creates one and deletes it;
    items with posts are not modelled.
    """
    emulator.require_organization(given["organizationId"])
    item = _correlated(emulator, given.get("correlationId"))
    if item is None:
        draft = await _draft(emulator, given)
        if "message" in draft:
            failure = failed("CreateContentItemDraftFailure", draft["message"])
            return {**failure, "errors": [draft]}
        # While the pictures were fetched, a request with the same value may have come first.
        item = _correlated(emulator, given.get("correlationId"))
        if item is None:
            now = emulator.clock.now()
            item: Json | None = {
                "id": object_id(now),
                "organizationId": emulator.organization_id,
                "correlationId": given.get("correlationId"),
                "draft": draft,
                "targetDate": given.get("targetDate"),
                "title": given.get("title"),
                "createdAt": now,
            }
            emulator.store.save_document(_ITEM, item)
    owner = emulator.account()
    assets = [present_asset(asset) for asset in item["draft"]["assets"]]
    shown = {
        "id": item["id"],
        "accountId": owner["id"],
        "allowedActions": ["updateContentItem", "deleteContentItem"],
        "author": author(owner),
        "body": {**item["draft"], "__typename": "DraftContent", "assets": assets},
        "organizationId": item["organizationId"],
        "tags": [],
        "targetDate": item["targetDate"],
        "title": item["title"],
        "createdAt": item["createdAt"],
    }
    return {"__typename": "CreateContentItemDraftSuccess", "contentItem": shown}


def delete_item(emulator: Emulator, given: Json) -> Json:
    """Answer ``deleteContentItem``."""
    found = emulator.store.document(_ITEM, given["id"])
    if found is None or found["organizationId"] != emulator.organization_id:
        raise not_found("Content item")
    emulator.store.delete_document(_ITEM, found["id"])
    return {"__typename": "DeleteContentItemSuccess", "id": found["id"]}


def _correlated(emulator: Emulator, correlation_id: str | None) -> Json | None:
    if correlation_id is None:
        return None
    every = emulator.store.documents(_ITEM, emulator.organization_id)
    return next((one for one in every if one["correlationId"] == correlation_id), None)


async def _draft(emulator: Emulator, given: Json) -> Json:
    """Return the draft with its measured pictures, or the refusal."""
    wanted: Json = given["draft"]
    content = content_of_input(wanted, _NO_NETWORK)
    if not content.text.strip() and not content.media:
        return invalid("A draft needs text or an asset")
    problem = tags_problem(given)
    if problem:
        return problem
    pictures, problem = await measure_images(emulator.media, content, None)
    if problem:
        return problem
    now = emulator.clock.now()
    return {
        "id": object_id(now),
        "aiAssisted": wanted["aiAssisted"],
        "text": content.text,
        "assets": [stored_asset(one, pictures, now) for one in content.media],
    }
