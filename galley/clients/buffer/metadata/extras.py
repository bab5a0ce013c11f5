"""What the networks' metadata share: their extras, and the card of a link."""

from typing import TypeVar

from galley.clients.buffer.generated.input_types import (
    LinkAttachmentInput,
    LinkAttachmentThumbnailInput,
)
from galley.models import LinkCard, MediaKind, Model, PostRequest

E = TypeVar("E", bound=Model)


def extras_of(request: PostRequest, kind: type[E]) -> E:
    """Return the extras of a post's network, its defaults where none are given."""
    return request.extras if isinstance(request.extras, kind) else kind()


def card_input(card: LinkCard) -> LinkAttachmentInput:
    """Return a card; what it does not say is left to Buffer, which reads the page."""
    attachment = LinkAttachmentInput(url=card.url)
    if card.title:
        attachment.title = card.title
    if card.description:
        attachment.description = card.description
    if card.thumbnail_url:
        attachment.thumbnail = LinkAttachmentThumbnailInput(url=card.thumbnail_url)
    return attachment


def has_video(request: PostRequest) -> bool:
    """Whether one of the post's media is a video."""
    return any(asset.kind is MediaKind.VIDEO for asset in request.assets)
