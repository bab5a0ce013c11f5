"""Say in an edit what the post no longer has: what is left out might stay.

https://developers.buffer.com/types/EditPostInput.md documents that for texts and
assets, and for the required fields of some networks; of the rest nothing is said, so
nothing is left to chance. Google's details and YouTube's settings are always whole.
"""

from pydantic import BaseModel

from galley.clients.buffer.generated.input_types import (
    BlueskyPostMetadataInput,
    FacebookPostMetadataInput,
    InstagramPostMetadataInput,
    LinkedInPostMetadataInput,
    MastodonPostMetadataInput,
    PinterestPostMetadataInput,
    PostInputMetaData,
    ThreadsPostMetadataInput,
    TikTokPostMetadataInput,
    TwitterPostMetadataInput,
)
from galley.models import Platform

_OWN: dict[Platform, tuple[str, type[BaseModel]]] = {
    Platform.INSTAGRAM: ("instagram", InstagramPostMetadataInput),
    Platform.FACEBOOK: ("facebook", FacebookPostMetadataInput),
    Platform.TIKTOK: ("tiktok", TikTokPostMetadataInput),
    Platform.LINKEDIN: ("linkedin", LinkedInPostMetadataInput),
    Platform.X: ("twitter", TwitterPostMetadataInput),
    Platform.THREADS: ("threads", ThreadsPostMetadataInput),
    Platform.PINTEREST: ("pinterest", PinterestPostMetadataInput),
    Platform.BLUESKY: ("bluesky", BlueskyPostMetadataInput),
    Platform.MASTODON: ("mastodon", MastodonPostMetadataInput),
}
_MAY_GO = (
    "first_comment",
    "is_ai_generated",
    "link_attachment",
    "spoiler_text",
    "thread",
    "title",
    "topic",
    "url",
)


def said_whole(platform: Platform, written: PostInputMetaData | None) -> PostInputMetaData:
    """Return the metadata with ``null`` for each thing of ours the post has not."""
    whole = written or PostInputMetaData()
    if platform not in _OWN:
        return whole
    key, kind = _OWN[platform]
    own: BaseModel = getattr(whole, key) or kind()
    for name in _MAY_GO:
        if name in kind.model_fields and name not in own.model_fields_set:
            setattr(own, name, None)
    setattr(whole, key, own)
    return whole
