"""editPost, deletePost and movePostInQueue."""

from collections.abc import Awaitable
from dataclasses import replace

from emulators.buffer.answers import failed, invalid, invalid_post
from emulators.buffer.content import content_of_post, edited
from emulators.buffer.content_items import create_draft, delete_item
from emulators.buffer.core import Emulator
from emulators.buffer.create import (
    NO_APPROVAL,
    UNMEASURED,
    content_problem,
    create_post,
    look_at_images,
    shorten_links,
    store_content,
    tags_problem,
    twin_complaint,
)
from emulators.buffer.library import create_idea, create_template, delete_template, update_template
from emulators.buffer.networks import NETWORKS
from emulators.buffer.present import present_post
from emulators.buffer.queries import Resolver, Write, on_input
from emulators.buffer.records import Json, Post
from emulators.buffer.schedule import due_problem, hand_out, limit_reached, place, queue_of

_FINAL = {"sending", "sent"}


async def edit_post(emulator: Emulator, given: Json) -> Json:
    """Answer ``editPost`` with a member of ``PostActionPayload``."""
    post = emulator.store.post(given["id"])
    channel = emulator.store.channel(post.channel_id) if post else None
    if post is None or channel is None:
        return failed("NotFoundError", "Post not found")
    network = NETWORKS[post.service]
    content = edited(content_of_post(post), given, network)
    refusal = (
        _state_problem(post)
        or _approval_problem(post, channel, given)
        or content_problem(content, network, channel)
        or (due_problem(given, emulator.clock.now()) if given.get("mode") else None)
        or tags_problem(given)
    )
    if refusal:
        return refusal
    pictures, refusal = await look_at_images(emulator, content, network)
    # While the images were fetched the post may have left the state it was in.
    post = emulator.store.post(given["id"])
    refusal = refusal or (_state_problem(post) if post else None)
    if post is None or refusal:
        return refusal or failed("NotFoundError", "Post not found")
    before = {asset["url"]: asset for asset in post.all_assets()}
    changed = replace(post, updated_at=emulator.clock.now())
    store_content(changed, content, pictures)
    shorten_links(changed, channel)
    for asset in changed.all_assets():
        known = before.get(asset["url"], {}).get("video")
        if asset["kind"] == "video":
            asset["video"] = known or dict(UNMEASURED)
    return _write(emulator, post, changed, channel, given)


def _write(emulator: Emulator, post: Post, changed: Post, channel: Json, given: Json) -> Json:
    now = emulator.clock.now()
    _set_fields(changed, given)
    moves = bool(given.get("mode") or given.get("saveToDraft"))
    waits = (
        not given.get("saveToDraft")
        and post.status != "needs_approval"
        and (moves or post.status == "scheduled")
    )
    if waits:
        twin = twin_complaint(emulator, changed, now)
        if twin:
            return invalid_post([twin])
        full = limit_reached(emulator, changed, now) if moves else None
        if full:
            return full
    with emulator.store.transaction():
        if not _stays_in_approval(changed, given) and moves:
            place(emulator, changed, channel, given)
        emulator.store.save_post(changed)
    emulator.wake.set()
    return {"__typename": "PostActionSuccess", "post": present_post(emulator, changed)}


def _stays_in_approval(changed: Post, given: Json) -> bool:
    """Carry out an approval change; whether the post waits for a person with that.

    A new time for a post that waits is only what it is wanted for: to set it is no way
    around the policy.
    """
    change = given.get("approvalChange")
    if change:
        changed.status = "needs_approval" if change == "request" else "draft"
    waits = changed.status == "needs_approval" and not given.get("saveToDraft")
    if waits and given.get("mode"):
        changed.asked_at = given.get("dueAt")
    return waits or change == "revert"


def _set_fields(changed: Post, given: Json) -> None:
    if given.get("schedulingType"):
        changed.scheduling_type = given["schedulingType"]
    if given.get("mode"):
        changed.mode = given["mode"]
    if given.get("ideaId"):
        changed.idea_id = given["ideaId"]


def _state_problem(post: Post) -> Json | None:
    if post.status not in _FINAL:
        return None
    return invalid(f"Invalid post: a post that is {post.status} cannot be edited.")


def _approval_problem(post: Post, channel: Json, given: Json) -> Json | None:
    change = given.get("approvalChange")
    if change is None:
        return None
    if post.status not in {"draft", "needs_approval"}:
        return invalid("Only drafts can ask for approval")
    if change == "request" and not channel["needsApproval"]:
        return invalid(NO_APPROVAL)
    return None


def delete_post(emulator: Emulator, given: Json) -> Json:
    """Answer ``deletePost``; a second delete finds nothing."""
    post = emulator.store.post(given["id"])
    if post is None:
        return failed("VoidMutationError", "Document not found")
    if post.status in _FINAL:
        return failed("VoidMutationError", f"A post that is {post.status} cannot be deleted")
    post.deleted_at = post.updated_at = emulator.clock.now()
    emulator.store.save_post(post)
    emulator.wake.set()
    return {"__typename": "DeletePostSuccess", "id": post.id}


def move_post(emulator: Emulator, given: Json) -> Json:
    """Answer ``movePostInQueue``: first or last of the slots the queue has."""
    post = emulator.store.post(given["id"])
    if post is None:
        return failed("VoidMutationError", "Document not found")
    queue = queue_of(emulator.store.posts_on(post.channel_id, "scheduled"))
    if post.id not in {one.id for one in queue}:
        return failed("VoidMutationError", "Post is not in the queue")
    slots = [one.due_at or 0 for one in queue]
    others = [one for one in queue if one.id != post.id]
    mine = next(one for one in queue if one.id == post.id)
    order = [mine, *others] if given["position"] == "top" else [*others, mine]
    hand_out(order, slots)
    mine.updated_at = emulator.clock.now()
    with emulator.store.transaction():
        for one in order:
            emulator.store.save_post(one)
    emulator.wake.set()
    return {"__typename": "PostActionSuccess", "post": present_post(emulator, mine)}


_FIELDS: dict[str, Write] = {
    "createContentItemDraft": create_draft,
    "createIdea": create_idea,
    "createPost": create_post,
    "createPostTemplate": create_template,
    "deleteContentItem": delete_item,
    "deletePost": delete_post,
    "deletePostTemplate": delete_template,
    "editPost": edit_post,
    "movePostInQueue": move_post,
    "updatePostTemplate": update_template,
}


def mutations(emulator: Emulator) -> dict[str, Resolver]:
    """Each modelled field of ``Mutation`` with its resolver."""
    return {
        name: on_input(emulator, _unless_ordered(name, write)) for name, write in _FIELDS.items()
    }


def _unless_ordered(name: str, write: Write) -> Write:
    """Let an ordered ``typed_error`` come first."""

    def answer(emulator: Emulator, given: Json) -> Json | Awaitable[Json]:
        channel_id = given.get("channelId", "")
        fault = emulator.faults.take((name,), ("typed_error",), channel_id)
        if fault is None:
            return write(emulator, given)
        return failed(
            str(fault.details.get("typename", "UnexpectedError")),
            str(fault.details.get("message", "Something went wrong")),
        )

    return answer
