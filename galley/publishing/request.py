"""The ``createPost`` request that an approved draft becomes, and its digest.

Called by PostWorkflow when it hands a post over, and for claims and receipts.
"""

import hashlib
from datetime import datetime

from galley.models.account import PublishJob
from galley.models.channel import Channel, Delivery
from galley.models.draft import Draft
from galley.models.media import PublicAsset, StagedAsset
from galley.models.post import PostSnapshot, PostSnapshotChanges, PostView
from galley.models.publishing import PostRequest


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
        assets=tuple(
            asset.model_copy(update={"alt_text": _alt_text(draft, asset, at)})
            for at, asset in enumerate(view.media)
        ),
        extras=draft.extras,
        delivery=delivery,
        due_at=due_at,
    )


def worded(draft: Draft, staged: tuple[StagedAsset, ...]) -> tuple[StagedAsset, ...]:
    """Return staged media with the alt text that the draft gives them."""
    return tuple(
        asset.model_copy(update={"alt_text": _alt_text(draft, asset, at)})
        for at, asset in enumerate(staged)
    )


def with_media(snapshot: PostSnapshot, media: tuple[PublicAsset, ...]) -> PostSnapshot:
    """Return the post with public media, in its job and in an unanswered change too.

    A change that was asked for while the media were made public carries all content.
    """
    view = snapshot.view.replace(media=media)
    changes: PostSnapshotChanges = {"view": view}
    if snapshot.job is not None:
        changes["job"] = _carrying(snapshot.job, media)
    if snapshot.change is not None:
        job = _carrying(snapshot.change.job, media)
        changes["change"] = snapshot.change.with_job(job)
    return snapshot.replace(**changes)


def _carrying(job: PublishJob, media: tuple[PublicAsset, ...]) -> PublishJob:
    request = job.request.replace(assets=media)
    return job.replace(request=request)


def _alt_text(draft: Draft, asset: PublicAsset | StagedAsset, at: int) -> str:
    """Return the alt text of a medium: for the first one, unless there are slides, the draft's."""
    if draft.slides or at > 0:
        return asset.alt_text
    return draft.alt_text or asset.alt_text


def digest(request: PostRequest) -> str:
    """Return the SHA-256 of the approved content: all but when and how it goes out."""
    content = request.model_dump_json(exclude={"due_at", "delivery"})
    return hashlib.sha256(content.encode()).hexdigest()
