"""X, Threads, Bluesky and Mastodon, where a post may be the first of a thread.

https://developers.buffer.com/types/ThreadedPostInput.md: the list holds every post of
the thread, the first included, which carries the media; it decides what is published.
"""

from galley.clients.buffer.generated.input_types import (
    AssetInput,
    BlueskyPostMetadataInput,
    LinkAttachmentInput,
    MastodonPostMetadataInput,
    PostInputMetaData,
    ThreadedPostInput,
    ThreadItemBlueskyMetadataInput,
    ThreadItemMetadataInput,
    ThreadItemThreadsMetadataInput,
    ThreadsPostMetadataInput,
    TwitterPostMetadataInput,
)
from galley.clients.buffer.metadata.extras import card_input, extras_of
from galley.models import (
    BlueskyExtras,
    MastodonExtras,
    Platform,
    PostRequest,
    ThreadsExtras,
    XExtras,
)


def x(request: PostRequest, assets: list[AssetInput]) -> PostInputMetaData | None:
    """Return the AI disclosure and the thread, under X's old name."""
    own = TwitterPostMetadataInput()
    if extras_of(request, XExtras).is_ai_generated:
        own.is_ai_generated = True
    if request.thread:
        own.thread = _items(request, assets)
    return PostInputMetaData(twitter=own) if own.model_fields_set else None


def threads(request: PostRequest, assets: list[AssetInput]) -> PostInputMetaData | None:
    """Return topic, card and thread; the card stands on the first post of a thread."""
    extras = extras_of(request, ThreadsExtras)
    own = ThreadsPostMetadataInput()
    if extras.topic:
        own.topic = extras.topic
    card = card_input(extras.link_card) if extras.link_card else None
    if card is not None:
        own.link_attachment = card
    if request.thread:
        own.thread = _items(request, assets)
        _add_card(own.thread[0], Platform.THREADS, card)
    return PostInputMetaData(threads=own) if own.model_fields_set else None


def bluesky(request: PostRequest, assets: list[AssetInput]) -> PostInputMetaData | None:
    """Return card and thread; the card stands on the first post of a thread."""
    extras = extras_of(request, BlueskyExtras)
    own = BlueskyPostMetadataInput()
    card = card_input(extras.link_card) if extras.link_card else None
    if card is not None:
        own.link_attachment = card
    if request.thread:
        own.thread = _items(request, assets)
        _add_card(own.thread[0], Platform.BLUESKY, card)
    return PostInputMetaData(bluesky=own) if own.model_fields_set else None


def mastodon(request: PostRequest, assets: list[AssetInput]) -> PostInputMetaData | None:
    """Return the content warning over the first post, and the thread."""
    spoiler = extras_of(request, MastodonExtras).spoiler
    own = MastodonPostMetadataInput()
    if spoiler:
        own.spoiler_text = spoiler
    if request.thread:
        own.thread = _items(request, assets)
    return PostInputMetaData(mastodon=own) if own.model_fields_set else None


def _items(request: PostRequest, assets: list[AssetInput]) -> list[ThreadedPostInput]:
    first, *rest = request.thread
    items = [ThreadedPostInput(text=first, assets=assets)]
    return items + [ThreadedPostInput(text=text, assets=[]) for text in rest]


def _add_card(
    item: ThreadedPostInput, platform: Platform, card: LinkAttachmentInput | None
) -> None:
    """Put the card under the item's own key too, which must be the network's."""
    if card is None:
        return
    if platform is Platform.THREADS:
        own = ThreadItemThreadsMetadataInput(linkAttachment=card)
        item.metadata = ThreadItemMetadataInput(threads=own)
    else:
        bluesky_item = ThreadItemBlueskyMetadataInput(linkAttachment=card)
        item.metadata = ThreadItemMetadataInput(bluesky=bluesky_item)
