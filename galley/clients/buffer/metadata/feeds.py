"""Instagram, Facebook and LinkedIn.

https://developers.buffer.com/types/InstagramPostMetadataInput.md,
``FacebookPostMetadataInput.md`` and ``LinkedInPostMetadataInput.md``.
"""

from galley.clients.buffer.generated.enums import PostType, PostTypeFacebook
from galley.clients.buffer.generated.input_types import (
    AssetInput,
    FacebookPostMetadataInput,
    InstagramPostMetadataInput,
    LinkedInPostMetadataInput,
    PostInputMetaData,
)
from galley.clients.buffer.metadata.extras import card_input, extras_of, has_video
from galley.models import (
    FacebookExtras,
    InstagramExtras,
    LinkedInExtras,
    MediaKind,
    PostForm,
    PostRequest,
    PublicAsset,
)

_UPRIGHT = 9 / 16
_SLACK = 0.01
_REEL_SECONDS = (3.0, 90.0)
"""https://support.buffer.com/article/616-uploading-and-sharing-links-to-videos"""


def instagram(request: PostRequest, _: list[AssetInput]) -> PostInputMetaData:
    """Return what Instagram demands: a type, and whether it shows in the feed."""
    extras = extras_of(request, InstagramExtras)
    usual = PostForm.REEL if has_video(request) else PostForm.POST
    own = InstagramPostMetadataInput(
        type=PostType((extras.form or usual).value), shouldShareToFeed=extras.share_to_feed
    )
    if extras.first_comment:
        own.first_comment = extras.first_comment
    if extras.is_ai_generated:
        own.is_ai_generated = True
    return PostInputMetaData(instagram=own)


def facebook(request: PostRequest, _: list[AssetInput]) -> PostInputMetaData:
    """Return the type, which Buffer demands although its schema does not."""
    extras = extras_of(request, FacebookExtras)
    own = FacebookPostMetadataInput(
        type=PostTypeFacebook((extras.form or _usual_form(request, extras)).value)
    )
    if extras.first_comment:
        own.first_comment = extras.first_comment
    if extras.link_card is not None:
        own.link_attachment = card_input(extras.link_card)
    return PostInputMetaData(facebook=own)


def linkedin(request: PostRequest, _: list[AssetInput]) -> PostInputMetaData | None:
    """Return the first comment and the link's card, if there are any."""
    extras = extras_of(request, LinkedInExtras)
    own = LinkedInPostMetadataInput()
    if extras.first_comment:
        own.first_comment = extras.first_comment
    if extras.link_card is not None:
        own.link_attachment = card_input(extras.link_card)
    return PostInputMetaData(linkedin=own) if own.model_fields_set else None


def _usual_form(request: PostRequest, extras: FacebookExtras) -> PostForm:
    """Return reel for a video that can be one, unless it needs what only posts have."""
    if extras.first_comment or not any(map(_can_be_reel, request.assets)):
        return PostForm.POST
    return PostForm.REEL


def _can_be_reel(asset: PublicAsset) -> bool:
    """Whether it is a 9:16 video: Buffer refuses a reel of any other shape."""
    if asset.kind is not MediaKind.VIDEO or not (asset.width and asset.height):
        return False
    shortest, longest = _REEL_SECONDS
    lasts = asset.duration is None or shortest <= asset.duration <= longest
    return lasts and abs(asset.width / asset.height - _UPRIGHT) <= _SLACK
