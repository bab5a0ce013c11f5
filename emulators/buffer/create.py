"""createPost: the checks in Buffer's order, then the post and its place in time.

:mod:`emulators.buffer.edit` and ``library`` share the checks of content, images and tags.
"""

import asyncio
import hashlib
import re

from emulators.buffer.content import (
    TEXT_REQUIRED,
    Content,
    Media,
    complaints,
    content_of_input,
    lacks_text,
)
from emulators.buffer.core import Emulator
from emulators.buffer.graphql_edge import failed, invalid, invalid_post
from emulators.buffer.lifecycle import disconnect_if_ordered
from emulators.buffer.media import (
    FetchError,
    Picture,
    TooLargeError,
    UnreadableError,
    measure,
    picture_complaints,
)
from emulators.buffer.networks import NETWORKS, Network
from emulators.buffer.present import present_post
from emulators.buffer.records import SECOND, Json, Post, object_id
from emulators.buffer.schedule import due_problem, limit_reached, place

POSTED = (
    "Whoops, it looks like you've posted that one recently. Unfortunately, we're not"
    " able to post the same thing again so soon!"
)
SCHEDULED = (
    "Whoops, it looks like you've already got this one scheduled or posted around the"
    " same time. We're not able to post the same thing twice so close together."
)
NO_APPROVAL = "This channel does not require approval"
MAX_IMAGE_BYTES = 16_000_000
UNMEASURED: Json = {
    "containerFormat": None,
    "durationMs": 0,
    "width": 0,
    "height": 0,
    "videoCodec": None,
    "frameRate": None,
    "fileSize": None,
    "isVideoProcessing": True,
}
"""Details of a video before the lifecycle has read it."""
Pictures = dict[str, Picture]
"""Measured images by URL."""
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
        or content_problem(content, network, channel)
        or due_problem(given, emulator.clock.now())
        or tags_problem(given)
    )
    if refusal:
        return refusal
    pictures, refusal = await measure_images(emulator, content, network)
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
    store_content(post, content, pictures)
    shorten_links(post, channel)
    if not (given.get("saveToDraft") or given["needsApproval"]):
        repeat = duplicate_complaint(emulator, post, now)
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


def content_problem(content: Content, network: Network, channel: Json) -> Json | None:
    """Refuse content that the network would not take."""
    if lacks_text(content, network):
        return invalid(TEXT_REQUIRED)
    found = complaints(content, network, channel)
    return invalid_post(found) if found else None


def tags_problem(given: Json) -> Json | None:
    """Refuse every tag: the organization has none, and cannot create any here."""
    return invalid("Tag not found") if given.get("tagIds") else None


async def measure_images(
    emulator: Emulator, content: Content, network: Network | None
) -> tuple[Pictures, Json | None]:
    """Fetch and decode every image; return them by URL, and the refusal of one.

    Without a network, as for drafts of no channel, any picture will do.
    """

    async def measured(url: str) -> Picture:
        async with emulator.media.fetch(url, MAX_IMAGE_BYTES) as file:
            return await asyncio.to_thread(measure, file)

    images = [media for media in content.all_media() if media.kind == "image"]
    urls = list(dict.fromkeys(media.url for media in images))
    try:
        found = await asyncio.gather(*map(measured, urls))
    except TooLargeError:
        return {}, _unfetched("image exceeds the file size limit")
    except (FetchError, UnreadableError) as error:
        return {}, _unfetched(str(error))
    pictures = dict(zip(urls, found, strict=True))
    if network is None:
        return pictures, None
    kind = content.metadata.get("type")
    said = [c for one in found for c in picture_complaints(one, network, kind)]
    return pictures, invalid_post(list(dict.fromkeys(said))) if said else None


def _unfetched(reason: str) -> Json:
    return invalid(f"Failed to create post: Failed to fetch image dimensions: {reason}")


def store_content(post: Post, content: Content, pictures: Pictures) -> None:
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


def stored_asset(media: Media, pictures: Pictures, now: int) -> Json:
    """Return an asset as the store keeps it: an image measured, a video not yet."""
    stored: Json = {
        "id": object_id(now),
        "kind": media.kind,
        "url": media.url,
        "fields": media.fields,
        "mime": "application/pdf",
    }
    if media.kind == "image":
        picture = pictures[media.url]
        stored |= {
            "mime": picture.mime,
            "width": picture.width,
            "height": picture.height,
            "animated": picture.animated,
        }
    elif media.kind == "video":
        stored |= {"mime": "video/mp4", "video": dict(UNMEASURED)}
    return stored


def shorten_links(post: Post, channel: Json) -> None:
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


def duplicate_complaint(emulator: Emulator, post: Post, now: int) -> str | None:
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
        if other.id == post.id or not (same_text or images & _compared_images(other)):
            continue
        if other.status in {"scheduled", "sending"}:
            return SCHEDULED
        if (other.sent_at or other.updated_at) > since:
            return POSTED
    return None


def _compared_text(post: Post) -> str:
    whole = "\n".join([post.text, *(item["text"] for item in post.thread[1:])])
    return _SPACE.sub(" ", whole).strip().casefold()


def _compared_images(post: Post) -> set[str]:
    return {asset["url"] for asset in post.all_assets() if asset["kind"] == "image"}
