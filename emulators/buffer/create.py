"""createPost: check, look at the images, and take the post in."""

import asyncio

from emulators.buffer.answers import failed, invalid, invalid_post
from emulators.buffer.content import Content, Media, content_of_input
from emulators.buffer.core import Emulator
from emulators.buffer.limits import limit_reached
from emulators.buffer.media import FetchError, TooLargeError
from emulators.buffer.networks import NETWORKS, Network
from emulators.buffer.pictures import (
    Picture,
    UnreadableError,
    measure,
    picture_complaints,
)
from emulators.buffer.records import Json, Post, object_id
from emulators.buffer.rules import TEXT_REQUIRED, complaints, lacks_text
from emulators.buffer.schedule import due_problem, place
from emulators.buffer.twins import twin_complaint

MAX_IMAGE_BYTES = 16_000_000
Pictures = dict[str, Picture]


async def create_post(emulator: Emulator, given: Json) -> Json:
    """Answer ``createPost`` with a member of ``PostActionPayload``."""
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
    pictures, refusal = await look_at_images(emulator, content, network)
    if refusal:
        return refusal
    return _take_in(emulator, given, content, channel, pictures)


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
    if not channel["needsApproval"]:
        return invalid("This channel does not require approval")
    return None


def content_problem(content: Content, network: Network, channel: Json) -> Json | None:
    """Refuse content that the network would not take."""
    if lacks_text(content, network):
        return invalid(TEXT_REQUIRED)
    found = complaints(content, network, channel)
    return invalid_post(found) if found else None


def tags_problem(given: Json) -> Json | None:
    """Refuse tags: none exist, because this emulator does not model them."""
    return invalid("Tag not found") if given.get("tagIds") else None


async def look_at_images(
    emulator: Emulator, content: Content, network: Network
) -> tuple[Pictures, Json | None]:
    """Fetch and decode every image; returns them by URL, or why one is refused."""
    images = [media for media in content.all_media() if media.kind == "image"]
    urls = list(dict.fromkeys(media.url for media in images))
    try:
        found = await asyncio.gather(*(_measure(emulator, url) for url in urls))
    except TooLargeError:
        return {}, _unfetched("image exceeds the file size limit")
    except (FetchError, UnreadableError) as error:
        return {}, _unfetched(str(error))
    kind = content.metadata.get("type")
    said = [c for one in found for c in picture_complaints(one, network, kind)]
    pictures = dict(zip(urls, found, strict=True))
    return pictures, invalid_post(list(dict.fromkeys(said))) if said else None


async def _measure(emulator: Emulator, url: str) -> Picture:
    async with emulator.media.fetch(url, MAX_IMAGE_BYTES) as file:
        return await asyncio.to_thread(measure, file)


def _unfetched(reason: str) -> Json:
    return invalid(f"Failed to create post: Failed to fetch image dimensions: {reason}")


def _take_in(
    emulator: Emulator,
    given: Json,
    content: Content,
    channel: Json,
    pictures: Pictures,
) -> Json:
    """Write the post. Nothing is awaited here, so checks and write are one step."""
    now = emulator.clock.now()
    post = Post(
        id=object_id(now),
        organization_id=channel["organizationId"],
        channel_id=channel["id"],
        service=channel["service"],
        status="draft",
        text=content.text,
        mode=given["mode"],
        scheduling_type=given["schedulingType"],
        created_at=now,
        updated_at=now,
        idea_id=given.get("ideaId"),
    )
    store_content(post, content, pictures)
    if not given.get("saveToDraft") and not given["needsApproval"]:
        twin = twin_complaint(emulator, post, now)
        if twin:
            return invalid_post([twin])
        full = limit_reached(emulator, post, now)
        if full:
            return full
    hidden = emulator.faults.take(("createPost",), ("hidden_for",), post.channel_id)
    if hidden:
        post.visible_at = now + int(float(hidden.details.get("seconds", 5)) * 1000)
    with emulator.store.transaction():
        place(emulator, post, channel, given)
        emulator.store.save_post(post)
    emulator.wake.set()
    return {"__typename": "PostActionSuccess", "post": emulator.present(post)}


def store_content(post: Post, content: Content, pictures: Pictures) -> None:
    """Put content into a post, with its images' measures; videos start unmeasured."""
    post.text = content.text
    post.metadata = content.metadata
    post.link = content.link
    post.assets = [_stored(one, pictures, post.updated_at) for one in content.media]
    post.thread = [
        {
            "text": item.text,
            "assets": [_stored(one, pictures, post.updated_at) for one in item.media],
            "metadata": item.metadata,
            "link": item.link,
        }
        for item in content.thread
    ]


def _stored(media: Media, pictures: Pictures, now: int) -> Json:
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
