"""The duplicate guard: the same thing does not go to the same channel twice."""

import asyncio
import hashlib
import re
from dataclasses import dataclass

from emulators.buffer.answers import failed, invalid, invalid_post
from emulators.buffer.content import (
    TEXT_REQUIRED,
    Content,
    Media,
    complaints,
    content_of_input,
    lacks_text,
)
from emulators.buffer.core import Emulator
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
_SPACE = re.compile(r"\s+")


def twin_complaint(emulator: Emulator, post: Post, now: int) -> str | None:
    """Say that a post repeats another one of its channel, if it does.

    A twin has the same text but for case and spacing, or shows one of the same images.
    Waiting twins always count, sent and failed ones for the duplicate window; with a
    window below 0 nothing counts.
    """
    if emulator.options.duplicate_window < 0:
        return None
    since = now - int(emulator.options.duplicate_window * 1000)
    text, images = _text(post), _images(post)
    for other in emulator.store.posts_on(post.channel_id, "scheduled", "sending", "sent", "error"):
        if other.id == post.id or not ((text and text == _text(other)) or images & _images(other)):
            continue
        if other.status in {"scheduled", "sending"}:
            return SCHEDULED
        if (other.sent_at or other.updated_at) > since:
            return POSTED
    return None


def _text(post: Post) -> str:
    whole = "\n".join([post.text, *(item["text"] for item in post.thread[1:])])
    return _SPACE.sub(" ", whole).strip().casefold()


def _images(post: Post) -> set[str]:
    return {asset["url"] for asset in post.all_assets() if asset["kind"] == "image"}


_URL = re.compile(r"https?://[^\s<>\"]+[^\s<>\".,;:!?)\]}']")
_DOMAIN = "buff.example"
_SHOWN = 7


def shorten_links(post: Post, channel: Json) -> None:
    """Put short addresses in the texts of a post, if its channel has that."""
    settings: Json = channel["linkShortening"]
    if not settings["isEnabled"]:
        return
    config: Json = settings["config"] or {}
    domain = f"https://{config.get('domain') or _DOMAIN}/"
    post.text = _shortened(post.text, domain)
    for item in post.thread:
        item["text"] = _shortened(item["text"], domain)


def _shortened(text: str, domain: str) -> str:
    def short(found: re.Match[str]) -> str:
        if found[0].startswith(domain):
            return found[0]
        return (
            domain + hashlib.sha256(found[0].encode("utf-8", "surrogatepass")).hexdigest()[:_SHOWN]
        )

    return _URL.sub(short, text)


NO_APPROVAL = "This channel does not require approval"
MAX_IMAGE_BYTES = 16_000_000
Pictures = dict[str, Picture]


@dataclass(frozen=True, slots=True)
class Prepared:
    """A post that its channel would take, with its pictures looked at."""

    post: Post
    channel: Json
    given: Json


async def create_post(emulator: Emulator, given: Json) -> Json:
    """Answer ``createPost`` with a member of ``PostActionPayload``."""
    prepared = await prepare(emulator, given)
    if not isinstance(prepared, Prepared):
        return prepared
    # Nothing is awaited from here on, so that checks and write are one step.
    refusal = room_problem(emulator, prepared)
    if refusal:
        return refusal
    with emulator.store.transaction():
        write(emulator, prepared)
    emulator.wake.set()
    return {"__typename": "PostActionSuccess", "post": present_post(emulator, prepared.post)}


async def prepare(emulator: Emulator, given: Json) -> Prepared | Json:
    """Check a ``CreatePostInput`` and fetch its images; a refusal, or what to write."""
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
    pictures, refusal = await look_at_images(emulator, content, network)
    if refusal:
        return refusal
    post = _new_post(given, channel, emulator.clock.now())
    store_content(post, content, pictures)
    shorten_links(post, channel)
    return Prepared(post, channel, given)


def room_problem(emulator: Emulator, prepared: Prepared) -> Json | None:
    """Refuse a repeat, and a post that its plan or network has no room for."""
    given, now = prepared.given, emulator.clock.now()
    if given.get("saveToDraft") or given["needsApproval"]:
        return None
    twin = twin_complaint(emulator, prepared.post, now)
    if twin:
        return invalid_post([twin])
    return limit_reached(emulator, prepared.post, now)


def write(emulator: Emulator, prepared: Prepared) -> None:
    """Put the post in its place in time and keep it; inside a transaction."""
    post = prepared.post
    hidden = emulator.faults.take(("createPost",), ("hidden_for",), post.channel_id)
    if hidden:
        wait = int(float(hidden.details.get("seconds", 5)) * SECOND)
        post.visible_at = emulator.clock.now() + wait
    place(emulator, post, prepared.channel, prepared.given)
    emulator.store.save_post(post)


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
        return invalid(NO_APPROVAL)
    return None


def content_problem(content: Content, network: Network, channel: Json) -> Json | None:
    """Refuse content that the network would not take."""
    if lacks_text(content, network):
        return invalid(TEXT_REQUIRED)
    found = complaints(content, network, channel)
    return invalid_post(found) if found else None


def tags_problem(given: Json) -> Json | None:
    """Refuse every tag: the organization has none, and cannot make any here."""
    return invalid("Tag not found") if given.get("tagIds") else None


async def look_at_images(
    emulator: Emulator, content: Content, network: Network | None
) -> tuple[Pictures, Json | None]:
    """Fetch and decode every image; returns them by URL, or why one is refused.

    Without a network, as for drafts of no channel, any picture will do.
    """
    images = [media for media in content.all_media() if media.kind == "image"]
    urls = list(dict.fromkeys(media.url for media in images))
    try:
        found = await asyncio.gather(*(_measure(emulator, url) for url in urls))
    except TooLargeError:
        return {}, _unfetched("image exceeds the file size limit")
    except (FetchError, UnreadableError) as error:
        return {}, _unfetched(str(error))
    kind = content.metadata.get("type")
    pictures = dict(zip(urls, found, strict=True))
    if network is None:
        return pictures, None
    said = [c for one in found for c in picture_complaints(one, network, kind)]
    return pictures, invalid_post(list(dict.fromkeys(said))) if said else None


async def _measure(emulator: Emulator, url: str) -> Picture:
    async with emulator.media.fetch(url, MAX_IMAGE_BYTES) as file:
        return await asyncio.to_thread(measure, file)


def _unfetched(reason: str) -> Json:
    return invalid(f"Failed to create post: Failed to fetch image dimensions: {reason}")


def _new_post(given: Json, channel: Json, now: int) -> Post:
    return Post(
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


def store_content(post: Post, content: Content, pictures: Pictures) -> None:
    """Put content into a post, with its images' measures; videos start unmeasured."""
    post.text = content.text
    post.metadata = content.metadata
    post.link = content.link
    post.assets = [stored_asset(one, pictures, post.updated_at) for one in content.media]
    post.thread = [
        {
            "text": item.text,
            "assets": [stored_asset(one, pictures, post.updated_at) for one in item.media],
            "metadata": item.metadata,
            "link": item.link,
        }
        for item in content.thread
    ]


def stored_asset(media: Media, pictures: Pictures, now: int) -> Json:
    """Media as it is kept: with a picture's measures, a video still unread."""
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
