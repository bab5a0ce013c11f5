"""The media of a post as bytes, for faces that show or save them before the approval."""

import asyncio
import hashlib
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from pathlib import PurePosixPath

from activities.staging import is_staged, staged_name
from app.connections import Connections
from app.errors import AppError
from galley.models.media import MediaKind, PublicAsset, StagedAsset
from galley.models.post import PostView
from galley.review.decisions import own_media


@dataclass(frozen=True)
class MediaFile:
    """A picture, film or document of a post.

    Attributes:
        name: Of a file, unique by content: ``instagram-1-f72e74b6.jpg``.
        kind: Picture, film or document.
        data: The bytes that the network would get.
        alt_text: The alt text, if it has one.
    """

    name: str
    kind: MediaKind
    data: bytes
    alt_text: str


async def media_of(
    connections: Connections, view: PostView, *kinds: MediaKind
) -> AsyncGenerator[MediaFile]:
    """Yield the media of a post, one at a time: a film may have hundreds of megabytes.

    Args:
        connections: Where they are.
        view: The post.
        kinds: Those that are wanted; without any, all.

    Raises:
        AppError: The bytes are gone, or are not those that were staged.
        StoreError: The store does not answer.
    """
    for number, asset in enumerate(view.media or view.staged, 1):
        if not kinds or asset.kind in kinds:
            yield await read_medium(connections, view, number, asset)


async def one_of(connections: Connections, view: PostView, sha256: str) -> MediaFile | None:
    """Return the medium of a post, or of its proposal, with this SHA-256; ``None``: it has none.

    Raises:
        AppError: The bytes are gone, or are not those that were staged.
        StoreError: The store does not answer.
    """
    proposed = view.proposal.staged if view.proposal else ()
    # The fitted ones first; a person's files as they were given are shown where they are cropped.
    of_post = (*(view.media or view.staged), *proposed, *own_media(view))
    for number, asset in enumerate(of_post, 1):
        if asset.sha256 == sha256:
            return await read_medium(connections, view, number, asset)
    return None


async def read_medium(
    connections: Connections, view: PostView, number: int, asset: StagedAsset | PublicAsset
) -> MediaFile:
    """Return an asset of a post as bytes, with its number in the name.

    Raises:
        AppError: The bytes are gone, or are not those that were staged.
        StoreError: The store does not answer.
    """
    name = _staged_as(asset)
    data = await connections.state.get(name) if is_staged(name) else None
    if data is None:
        raise AppError(f"{name} is no longer in staging: make the post's media anew.")
    # A reviewer must not be shown other bytes than those that would go out.
    found = await asyncio.to_thread(hashlib.sha256, data)
    if found.hexdigest() != asset.sha256:
        raise AppError(f"{name} holds other bytes than the post was given: nothing is shown.")
    suffix = PurePosixPath(name).suffix
    file = f"{view.platform}-{number}-{asset.sha256[:8]}{suffix}"
    return MediaFile(name=file, kind=asset.kind, data=data, alt_text=asset.alt_text)


def _staged_as(asset: StagedAsset | PublicAsset) -> str:
    if isinstance(asset, StagedAsset):
        return asset.staged_as
    return staged_name(asset.sha256, PurePosixPath(asset.url).suffix)
