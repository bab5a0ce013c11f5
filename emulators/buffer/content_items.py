"""Drafts of content items: the one path of Buffer's that may be asked twice.

Galley's live trial makes one and deletes it. Items with posts are not modelled.

Rules: https://developers.buffer.com/guides/content-items.md
"""

from emulators.buffer.answers import failed, invalid, not_found
from emulators.buffer.content import content_of_input
from emulators.buffer.core import Emulator
from emulators.buffer.create import look_at_images, stored_asset, tags_problem
from emulators.buffer.networks import Network
from emulators.buffer.present import author, present_asset
from emulators.buffer.records import Json, object_id

KIND = "content item"
_NO_NETWORK = Network("", "Draft", "", 0)


async def create_draft(emulator: Emulator, given: Json) -> Json:
    """Answer ``createContentItemDraft``; a known ``correlationId`` gives its item."""
    emulator.own(given["organizationId"])
    first = _correlated(emulator, given.get("correlationId"))
    draft = None if first else await _draft(emulator, given)
    if draft and "message" in draft:
        failure = failed("CreateContentItemDraftFailure", draft["message"])
        return {**failure, "errors": [draft]}
    # Another request with the same value may have come first meanwhile.
    item = first or _correlated(emulator, given.get("correlationId"))
    if item is None:
        now = emulator.clock.now()
        item = {
            "id": object_id(now),
            "organizationId": emulator.organization_id,
            "correlationId": given.get("correlationId"),
            "draft": draft,
            "targetDate": given.get("targetDate"),
            "title": given.get("title"),
            "createdAt": now,
        }
        emulator.store.shelf.put(KIND, item)
    shown = _present(emulator, item)
    return {"__typename": "CreateContentItemDraftSuccess", "contentItem": shown}


def delete_item(emulator: Emulator, given: Json) -> Json:
    """Answer ``deleteContentItem``."""
    found = emulator.store.shelf.get(KIND, given["id"])
    if found is None or found["organizationId"] != emulator.organization_id:
        raise not_found("Content item")
    emulator.store.shelf.drop(KIND, found["id"])
    return {"__typename": "DeleteContentItemSuccess", "id": found["id"]}


def _correlated(emulator: Emulator, correlation_id: str | None) -> Json | None:
    if correlation_id is None:
        return None
    every = emulator.store.shelf.every(KIND, emulator.organization_id)
    return next((one for one in every if one["correlationId"] == correlation_id), None)


async def _draft(emulator: Emulator, given: Json) -> Json:
    """The draft with its pictures measured, or the complaint about it."""
    wanted: Json = given["draft"]
    content = content_of_input(wanted, _NO_NETWORK)
    if not content.text.strip() and not content.media:
        return invalid("A draft needs text or an asset")
    problem = tags_problem(given)
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


def _present(emulator: Emulator, item: Json) -> Json:
    """An item as GraphQL answers it."""
    owner = emulator.account()
    draft: Json = item["draft"]
    assets = [present_asset(asset) for asset in draft["assets"]]
    return {
        "id": item["id"],
        "accountId": owner["id"],
        "allowedActions": ["updateContentItem", "deleteContentItem"],
        "author": author(owner),
        "body": {**draft, "__typename": "DraftContent", "assets": assets},
        "organizationId": item["organizationId"],
        "tags": [],
        "targetDate": item["targetDate"],
        "title": item["title"],
        "createdAt": item["createdAt"],
    }
