"""The mutations of posts: createPost, editPost, deletePost, movePostInQueue.

:mod:`emulators.buffer.schema` maps the root fields to them. Each checks in Buffer's order,
then writes the post and its place in time; ``library`` shares the checks of images and tags.
"""

import hashlib
import re
from dataclasses import replace

from emulators.buffer.content import (
    TEXT_REQUIRED,
    Content,
    Media,
    complaints,
    content_of_input,
    content_of_post,
    edited,
    lacks_text,
)
from emulators.buffer.core import Emulator
from emulators.buffer.graphql_edge import failed, invalid, invalid_post
from emulators.buffer.lifecycle import disconnect_if_ordered
from emulators.buffer.media import UNMEASURED, Pictures, measure_images, stored_asset
from emulators.buffer.networks import NETWORKS, Network
from emulators.buffer.present import present_post
from emulators.buffer.records import SECOND, Json, Post, object_id
from emulators.buffer.schedule import assign_slots, due_problem, limit_reached, place, queue_of

POSTED = (
    "Whoops, it looks like you've posted that one recently. Unfortunately, we're not"
    " able to post the same thing again so soon!"
)
SCHEDULED = (
    "Whoops, it looks like you've already got this one scheduled or posted around the"
    " same time. We're not able to post the same thing twice so close together."
)
NO_APPROVAL = "This channel does not require approval"
_FINAL = {"sending", "sent"}
_SPACE = re.compile(r"\s+")
_URL = re.compile(r"https?://[^\s<>\"]+[^\s<>\".,;:!?)\]}']")


async def create_post(emulator: Emulator, given: Json) -> Json:
    """Answer ``createPost`` with a member of ``PostActionPayload``."""
    disconnect_if_ordered(emulator, "createPost", given["channelId"])
    channel = emulator.store.channel(given["channelId"])
    if channel is None:
        return failed("NotFoundError", "Channel not found")
    network = NETWORKS[channel["service"]]
    content = content_of_input(given, network)
    refusal = (
        _channel_problem(channel)
        or _approval_problem(given, channel)
        or _content_problem(content, network, channel)
        or due_problem(given, emulator.clock.now())
        or tags_problem(given)
    )
    if refusal:
        return refusal
    pictures, refusal = await measure_images(emulator.media, content, network)
    if refusal:
        return refusal
    # Nothing is awaited from here on, so that checks and write are one step.
    now = emulator.clock.now()
    post = Post(
        id=object_id(now),
        organization_id=channel["organizationId"],
        channel_id=channel["id"],
        service=channel["service"],
        status="draft",
        text="",
        mode=given["mode"],
        scheduling_type=given["schedulingType"],
        created_at=now,
        updated_at=now,
        idea_id=given.get("ideaId"),
    )
    _store_content(post, content, pictures)
    _shorten_links(post, channel)
    # Neither takes a place in the queue yet.
    if not (given.get("saveToDraft") or given["needsApproval"]):
        repeat = _duplicate_complaint(emulator, post, now)
        refusal = invalid_post([repeat]) if repeat else limit_reached(emulator, post, now)
        if refusal:
            return refusal
    with emulator.store.transaction():
        hidden = emulator.faults.take(("createPost",), ("hidden_for",), post.channel_id)
        if hidden:
            post.visible_at = now + int(float(hidden.details.get("seconds", 5)) * SECOND)
        place(emulator, post, channel, given)
        emulator.store.save_post(post)
    emulator.wake.set()
    return {"__typename": "PostActionSuccess", "post": present_post(emulator, post)}


def _channel_problem(channel: Json) -> Json | None:
    if channel["isDisconnected"]:
        return invalid_post(["Channel is disconnected, please reconnect it."])
    if channel["isLocked"]:
        return invalid_post(["Channel is locked, please upgrade your plan."])
    return None


def _approval_problem(given: Json, channel: Json) -> Json | None:
    if not given["needsApproval"]:
        return None
    if given.get("saveToDraft") is False:
        return invalid("needsApproval cannot be combined with saveToDraft: false")
    return None if channel["needsApproval"] else invalid(NO_APPROVAL)


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
        or _approval_change_problem(post, channel, given)
        or _content_problem(content, network, channel)
        or (due_problem(given, emulator.clock.now()) if given.get("mode") else None)
        or tags_problem(given)
    )
    if refusal:
        return refusal
    pictures, refusal = await measure_images(emulator.media, content, network)
    # While the images were fetched the post may have left its state.
    post = emulator.store.post(given["id"])
    refusal = refusal or (_state_problem(post) if post else None)
    if post is None or refusal:
        return refusal or failed("NotFoundError", "Post not found")
    changed = replace(post, updated_at=emulator.clock.now())
    _store_content(changed, content, pictures)
    _shorten_links(changed, channel)
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
        repeat = _duplicate_complaint(emulator, changed, now)
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


def _approval_change_problem(post: Post, channel: Json, given: Json) -> Json | None:
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
    # The slots stay; only their owners change.
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


# Checks and content, shared by the mutations


def _content_problem(content: Content, network: Network, channel: Json) -> Json | None:
    """Refuse content that the network would not take."""
    if lacks_text(content, network):
        return invalid(TEXT_REQUIRED)
    found = complaints(content, network, channel)
    return invalid_post(found) if found else None


def tags_problem(given: Json) -> Json | None:
    """Refuse every tag: the organization has none, and cannot create any here."""
    return invalid("Tag not found") if given.get("tagIds") else None


def _store_content(post: Post, content: Content, pictures: Pictures) -> None:
    """Put content into a post, with its images' sizes; videos start unmeasured."""

    def stored(media: tuple[Media, ...]) -> list[Json]:
        return [stored_asset(one, pictures, post.updated_at) for one in media]

    post.text = content.text
    post.metadata = content.metadata
    post.link = content.link
    post.assets = stored(content.media)
    post.thread = [
        {
            "text": item.text,
            "assets": stored(item.media),
            "metadata": item.metadata,
            "link": item.link,
        }
        for item in content.thread
    ]


def _shorten_links(post: Post, channel: Json) -> None:
    """Replace the addresses in a post's texts with short ones, if its channel does that."""
    settings: Json = channel["linkShortening"]
    if not settings["isEnabled"]:
        return
    config: Json = settings["config"] or {}
    domain = f"https://{config.get('domain') or 'buff.example'}/"

    def short(found: re.Match[str]) -> str:
        # An edit sends texts whose links are short already.
        if found[0].startswith(domain):
            return found[0]
        return domain + hashlib.sha256(found[0].encode("utf-8", "surrogatepass")).hexdigest()[:7]

    post.text = _URL.sub(short, post.text)
    for item in post.thread:
        item["text"] = _URL.sub(short, item["text"])


def _duplicate_complaint(emulator: Emulator, post: Post, now: int) -> str | None:
    """Return Buffer's complaint about a post that repeats another one of its channel.

    A repeat has the same text but for case and spacing, or shows one of the same images.
    Posts that wait always count, sent and failed ones for the duplicate window; with a
    window below 0 nothing counts.
    """
    if emulator.options.duplicate_window < 0:
        return None
    since = now - int(emulator.options.duplicate_window * 1000)
    text, images = _compared_text(post), _compared_images(post)
    for other in emulator.store.posts_on(post.channel_id, "scheduled", "sending", "sent", "error"):
        same_text = text and text == _compared_text(other)
        # An edited post is no repeat of itself.
        if other.id == post.id or not (same_text or images & _compared_images(other)):
            continue
        if other.status in {"scheduled", "sending"}:
            return SCHEDULED
        # A failed post was never sent; it counts from its failure.
        if (other.sent_at or other.updated_at) > since:
            return POSTED
    return None


def _compared_text(post: Post) -> str:
    # The first item of a thread repeats the post's text.
    whole = "\n".join([post.text, *(item["text"] for item in post.thread[1:])])
    return _SPACE.sub(" ", whole).strip().casefold()


def _compared_images(post: Post) -> set[str]:
    return {asset["url"] for asset in post.all_assets() if asset["kind"] == "image"}
