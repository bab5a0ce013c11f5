"""The ``createPost`` request that an approved draft becomes, and its digest.

Called by PostWorkflow when it hands a post over, and for claims and receipts.
"""

import hashlib
from datetime import datetime
from typing import TypeVar

from galley.models.account import PublishJob
from galley.models.channel import Channel, Delivery
from galley.models.draft import Draft
from galley.models.media import PublicAsset, StagedAsset
from galley.models.post import PostSnapshot, PostView
from galley.models.publishing import PostRequest

_Asset = TypeVar("_Asset", PublicAsset, StagedAsset)


def request_for(
    view: PostView, channel: Channel, delivery: Delivery, due_at: datetime
) -> PostRequest:
    """Return the request for an approved post.

    Raises:
        ValueError: The post has no draft; no approval gets that far.
    """
    if view.draft is None:
        raise ValueError("an approved post has no draft")
    draft = view.draft
    boards = {board.name: board.service_id for board in channel.boards}
    return PostRequest(
        channel_id=channel.id,
        platform=channel.platform,
        text=draft.text,
        thread=draft.thread,
        title=draft.title,
        link=draft.link,
        board_service_id=boards.get(draft.board, ""),
        assets=worded(draft, view.media),
        extras=draft.extras,
        delivery=delivery,
        due_at=due_at,
    )


def worded(draft: Draft, assets: tuple[_Asset, ...]) -> tuple[_Asset, ...]:
    """Return the assets, the first one with the alt text of a draft that has no slides."""
    if draft.slides or not draft.alt_text or not assets:
        return assets
    return (assets[0].model_copy(update={"alt_text": draft.alt_text}), *assets[1:])


def with_media(snapshot: PostSnapshot, media: tuple[PublicAsset, ...]) -> PostSnapshot:
    """Return the post with public media, also in its job and in an unanswered change.

    A change that was requested while the media were made public carries all content.
    """
    job, change = snapshot.job, snapshot.change
    return snapshot.replace(
        view=snapshot.view.replace(media=media),
        job=job and _carrying(job, media),
        change=change and change.with_job(_carrying(change.job, media)),
    )


def _carrying(job: PublishJob, media: tuple[PublicAsset, ...]) -> PublishJob:
    return job.replace(request=job.request.replace(assets=media))


def digest(request: PostRequest) -> str:
    """Return the SHA-256 of the approved content, without due time and delivery."""
    content = request.model_dump_json(exclude={"due_at", "delivery"})
    return hashlib.sha256(content.encode()).hexdigest()
