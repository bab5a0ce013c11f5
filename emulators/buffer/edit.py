"""editPost, deletePost and movePostInQueue; :mod:`emulators.buffer.schema` maps them."""

from dataclasses import replace

from emulators.buffer.content import content_of_post, edited
from emulators.buffer.core import Emulator
from emulators.buffer.create import (
    NO_APPROVAL,
    UNMEASURED,
    content_problem,
    duplicate_complaint,
    measure_images,
    shorten_links,
    store_content,
    tags_problem,
)
from emulators.buffer.graphql_edge import failed, invalid, invalid_post
from emulators.buffer.networks import NETWORKS
from emulators.buffer.present import present_post
from emulators.buffer.records import Json, Post
from emulators.buffer.schedule import assign_slots, due_problem, limit_reached, place, queue_of

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
    pictures, refusal = await measure_images(emulator, content, network)
    # While the images were fetched the post may have left its state.
    post = emulator.store.post(given["id"])
    refusal = refusal or (_state_problem(post) if post else None)
    if post is None or refusal:
        return refusal or failed("NotFoundError", "Post not found")
    changed = replace(post, updated_at=emulator.clock.now())
    store_content(changed, content, pictures)
    shorten_links(changed, channel)
    # A video that was measured before the edit stays measured.
    before = {asset["url"]: asset for asset in post.all_assets()}
    for asset in changed.all_assets():
        if asset["kind"] == "video":
            asset["video"] = before.get(asset["url"], {}).get("video") or dict(UNMEASURED)
    return _save_edit(emulator, post, changed, channel, given)


def _save_edit(emulator: Emulator, post: Post, changed: Post, channel: Json, given: Json) -> Json:
    now = emulator.clock.now()
    changed.scheduling_type = given.get("schedulingType") or changed.scheduling_type
    changed.mode = given.get("mode") or changed.mode
    changed.idea_id = given.get("ideaId") or changed.idea_id
    moves = bool(given.get("mode") or given.get("saveToDraft"))
    will_be_scheduled = (
        not given.get("saveToDraft")
        and post.status != "needs_approval"
        and (moves or post.status == "scheduled")
    )
    if will_be_scheduled:
        repeat = duplicate_complaint(emulator, changed, now)
        if repeat:
            return invalid_post([repeat])
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
    """Carry out an approval change; return whether no time is to be set.

    A post that waits for approval only remembers its new time: setting one does not get
    around the approval.
    """
    change = given.get("approvalChange")
    if change:
        changed.status = "needs_approval" if change == "request" else "draft"
    waits = changed.status == "needs_approval" and not given.get("saveToDraft")
    if waits and given.get("mode"):
        changed.asked_at = given.get("dueAt")
    return waits or change == "revert"


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
    # The row stays: the control API's ledger shows deleted posts too.
    post.deleted_at = post.updated_at = emulator.clock.now()
    emulator.store.save_post(post)
    emulator.wake.set()
    return {"__typename": "DeletePostSuccess", "id": post.id}


def move_post(emulator: Emulator, given: Json) -> Json:
    """Answer ``movePostInQueue``: first or last of the queue's slots."""
    post = emulator.store.post(given["id"])
    if post is None:
        return failed("VoidMutationError", "Document not found")
    queue = queue_of(emulator.store.posts_on(post.channel_id, "scheduled"))
    if post.id not in {one.id for one in queue}:
        return failed("VoidMutationError", "Post is not in the queue")
    slots = [one.due_at or 0 for one in queue]
    others = [one for one in queue if one.id != post.id]
    moved = next(one for one in queue if one.id == post.id)
    order = [moved, *others] if given["position"] == "top" else [*others, moved]
    assign_slots(order, slots)
    moved.updated_at = emulator.clock.now()
    with emulator.store.transaction():
        for one in order:
            emulator.store.save_post(one)
    emulator.wake.set()
    return {"__typename": "PostActionSuccess", "post": present_post(emulator, moved)}
