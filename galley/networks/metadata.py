"""The words in which a network's file says a post to Buffer, and reads its extras.

Each file's ``metadata`` returns its network's own part of Buffer's
``PostInputMetaData``, under Buffer's names. What is ``None`` the post does not have: a
new post leaves it out, an edit says so, because what an edit leaves out may stay.
:mod:`galley.clients.buffer.post_input` makes the input of a call of it, and adds what
all networks share.
"""

from datetime import UTC, datetime
from typing import NotRequired, TypedDict, TypeVar

from galley.models.base import Model
from galley.models.media import MediaKind
from galley.models.network import LinkCard
from galley.models.publishing import PostRequest

E = TypeVar("E", bound=Model)


class LinkThumbnail(TypedDict):
    """The picture of a link's card."""

    url: str


class LinkAttachment(TypedDict):
    """The card of a link: https://developers.buffer.com/types/LinkAttachmentInput.md."""

    url: str
    title: NotRequired[str]
    description: NotRequired[str]
    thumbnail: NotRequired[LinkThumbnail]


def link_attachment(card: LinkCard | None) -> LinkAttachment | None:
    """Return a card; what it does not say is left to Buffer, which reads the page."""
    if card is None:
        return None
    attachment = LinkAttachment(url=card.url)
    if card.title:
        attachment["title"] = card.title
    if card.description:
        attachment["description"] = card.description
    if card.thumbnail_url:
        attachment["thumbnail"] = {"url": card.thumbnail_url}
    return attachment


def extras_of(request: PostRequest, kind: type[E]) -> E:
    """Return the extras of a post's network, its defaults where none are given."""
    return request.extras if isinstance(request.extras, kind) else kind()


def has_video(request: PostRequest) -> bool:
    """Whether one of the post's media is a video."""
    return any(asset.kind is MediaKind.VIDEO for asset in request.assets)


def buffer_time(moment: datetime) -> str:
    """Return an aware instant as Buffer writes it: ``2026-04-02T03:50:10.896Z``."""
    text = moment.astimezone(UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")
