"""The one ``createPost`` that an approved draft becomes."""

import hashlib
from datetime import datetime

from galley.models import (
    Channel,
    Delivery,
    Draft,
    PostRequest,
    PostView,
    PublicAsset,
)


def request_for(
    view: PostView, channel: Channel, delivery: Delivery, due_at: datetime
) -> PostRequest:
    """Return what Buffer is asked for.

    Raises:
        ValueError: the post has no draft; no approval gets that far.
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


def _alt_text(draft: Draft, asset: PublicAsset, at: int) -> str:
    """Return what a picture is said to show: the draft speaks of the first one."""
    if draft.slides or at > 0:
        return asset.alt_text
    return draft.alt_text or asset.alt_text


def digest(request: PostRequest) -> str:
    """Return the SHA-256 of what was approved: all but when it goes out."""
    content = request.model_dump_json(exclude={"due_at", "delivery"})
    return hashlib.sha256(content.encode()).hexdigest()
