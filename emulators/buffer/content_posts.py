"""Content items made of posts: several posts at once, all of them or none.

Rules: https://developers.buffer.com/guides/content-items.md
"""

from collections.abc import Mapping

from emulators.buffer.answers import failed, invalid, not_found
from emulators.buffer.content_items import (
    KIND,
    item_of,
    new_item,
    no_draft,
    posts_of_item,
    present_item,
    set_fields,
)
from emulators.buffer.core import Emulator
from emulators.buffer.create import Prepared, prepare, room_problem, write
from emulators.buffer.present import present_post
from emulators.buffer.records import Json
from emulators.buffer.tags import tags_problem

_UNDELETABLE = {"sending", "sent"}
_CREATE_ERRORS = {
    "NotFoundError": "CreateContentItemVariantNotFoundError",
    "InvalidInputError": "CreateContentItemVariantInvalidInputError",
    "LimitReachedError": "CreateContentItemVariantInvalidInputError",
}
_PROMOTE_ERRORS = {
    "NotFoundError": "PostChannelNotFoundError",
    "InvalidInputError": "PostInvalidInputError",
    "LimitReachedError": "PostLimitReachedError",
}


async def create_item(emulator: Emulator, given: Json) -> Json:
    """Answer ``createContentItem``."""
    emulator.own(given["organizationId"])
    prepared, errors = await _prepare(emulator, given, _CREATE_ERRORS)
    if errors:
        return _failure("CreateContentItemFailure", errors)
    item = new_item(emulator, given)
    _write(emulator, item, prepared)
    content = present_item(emulator, item)
    return {"__typename": "CreateContentItemSuccess", "content": content}


async def promote_draft(emulator: Emulator, given: Json) -> Json:
    """Answer ``promoteContentItemDraftToPosts``: once, and there is no way back."""
    failure = "PromoteContentItemDraftToPostsFailure"
    if item_of(emulator, given["id"]) is None:
        raise not_found("Content item")
    prepared, errors = await _prepare(emulator, given, _PROMOTE_ERRORS)
    item = item_of(emulator, given["id"])
    if item is None or item["draft"] is None:
        return _failure(failure, [no_draft()])
    if errors:
        return _failure(failure, errors)
    item["draft"] = None
    set_fields(item, {name: given[name] for name in ("tagIds",) if name in given})
    _write(emulator, item, prepared)
    return {
        "__typename": "PromoteContentItemDraftToPostsSuccess",
        "contentItem": present_item(emulator, item),
    }


def add_post(emulator: Emulator, given: Json) -> Json:
    """Answer ``addPostToContentItem``."""
    item = item_of(emulator, given["id"])
    if item is None or item["draft"] is not None:
        return failed("VoidMutationError", "Content item with posts not found")
    return _attach(emulator, given, item, item["id"], "AddPostToContentItemSuccess")


def remove_post(emulator: Emulator, given: Json) -> Json:
    """Answer ``removePostFromContentItem``; a second time succeeds too."""
    item = item_of(emulator, given["id"])
    if item is None:
        return failed("VoidMutationError", "Content item not found")
    return _attach(emulator, given, item, None, "RemovePostFromContentItemSuccess")


def delete_item(emulator: Emulator, given: Json) -> Json:
    """Answer ``deleteContentItem``: the item with all its posts, or nothing."""
    item = item_of(emulator, given["id"])
    if item is None:
        raise not_found("Content item")
    posts = posts_of_item(emulator, item["id"])
    errors = [
        _of_channel(
            "PostNotDeletableError",
            post.channel_id,
            f"A post that is {post.status} cannot be deleted",
        )
        for post in posts
        if post.status in _UNDELETABLE
    ]
    if errors:
        return _failure("DeleteContentItemFailure", errors)
    with emulator.store.transaction():
        for post in posts:
            post.deleted_at = post.updated_at = emulator.clock.now()
            emulator.store.save_post(post)
        emulator.store.shelf.drop(KIND, item["id"])
    emulator.wake.set()
    return {"__typename": "DeleteContentItemSuccess", "id": item["id"]}


async def _prepare(
    emulator: Emulator, given: Json, names: Mapping[str, str]
) -> tuple[list[Prepared], list[Json]]:
    """Check every post; what is to be written, or all complaints."""
    wanted: list[Json] = given["posts"]
    problem = _list_problem(wanted) or tags_problem(emulator, given)
    if problem:
        return [], [problem]
    found = [await prepare(emulator, one) for one in wanted]
    prepared: list[Prepared] = []
    errors: list[Json] = []
    # Nothing is awaited from here on, so that checks and write are one step.
    for one, post in zip(wanted, found, strict=True):
        refusal = room_problem(emulator, post) if isinstance(post, Prepared) else post
        if refusal:
            typename = names[refusal["__typename"]]
            errors.append(_of_channel(typename, one["channelId"], refusal["message"]))
        elif isinstance(post, Prepared):
            prepared.append(post)
    return prepared, errors


def _list_problem(posts: list[Json]) -> Json | None:
    if not posts:
        return invalid("A content item needs at least one post")
    if len({post["channelId"] for post in posts}) < len(posts):
        return invalid("A content item takes one post for each channel")
    return None


def _write(emulator: Emulator, item: Json, prepared: list[Prepared]) -> None:
    with emulator.store.transaction():
        for one in prepared:
            one.post.content_item_id = item["id"]
            write(emulator, one)
        emulator.store.shelf.put(KIND, item)
    emulator.wake.set()


def _attach(
    emulator: Emulator, given: Json, item: Json, target: str | None, typename: str
) -> Json:
    post = emulator.store.post(given["postId"])
    if post is None or post.organization_id != emulator.organization_id:
        return failed("VoidMutationError", "Post not found")
    if target is not None or post.content_item_id == item["id"]:
        post.content_item_id = target
        emulator.store.save_post(post)
    return {
        "__typename": typename,
        "contentItem": present_item(emulator, item),
        "post": present_post(emulator, post),
    }


def _of_channel(typename: str, channel_id: str, message: str) -> Json:
    return {**failed(typename, message), "channelId": channel_id}


def _failure(typename: str, errors: list[Json]) -> Json:
    return {"__typename": typename, "message": errors[0]["message"], "errors": errors}
