"""Pictures, videos and documents as Buffer takes them: an ordered list, one key each.

https://developers.buffer.com/types/AssetInput.md. The older shape, one object with
lists inside, was refused from May 2026 on and cannot be written here.
"""

from galley.clients.buffer.generated.input_types import (
    AssetInput,
    DocumentAssetInput,
    ImageAssetInput,
    ImageMetadataInput,
    UserTagInput,
    VideoAssetInput,
    VideoMetadataInput,
)
from galley.models import (
    InstagramExtras,
    MediaKind,
    PinterestExtras,
    Platform,
    PostForm,
    PostRequest,
    PublicAsset,
    TikTokExtras,
)

# https://support.buffer.com/article/618-adding-alt-text-to-your-images
_WITHOUT_ALT_TEXT = {Platform.TIKTOK, Platform.YOUTUBE, Platform.GOOGLEBUSINESS}


def asset_inputs(request: PostRequest) -> list[AssetInput]:
    """Return the post's media in order; empty for none, which an edit clears with."""
    if request.assets and request.assets[0].kind is MediaKind.DOCUMENT:
        return [_document(request.assets)]
    return [
        _video(request, asset) if asset.kind is MediaKind.VIDEO else _image(request, asset, place)
        for place, asset in enumerate(request.assets)
    ]


def _video(request: PostRequest, asset: PublicAsset) -> AssetInput:
    """Return a video; Buffer refuses its ``thumbnailUrl`` and takes a frame instead."""
    video = VideoAssetInput(url=asset.url)
    offset = (
        request.extras.thumbnail_offset_ms
        if isinstance(request.extras, InstagramExtras | TikTokExtras | PinterestExtras)
        else None
    )
    if offset is not None:
        video.metadata = VideoMetadataInput(thumbnailOffset=offset)
    return AssetInput(video=video)


def _document(assets: tuple[PublicAsset, ...]) -> AssetInput:
    """Return a document; the picture behind it is its cover, its alt text its title."""
    document, *covers = assets
    cover = covers[0] if covers else document
    return AssetInput(
        document=DocumentAssetInput(
            url=document.url, title=document.alt_text, thumbnailUrl=cover.url
        )
    )


def _image(request: PostRequest, asset: PublicAsset, place: int) -> AssetInput:
    """Return a picture; its alt text must stand there as soon as anything else does."""
    tags = _user_tags(request, place)
    alt_text = asset.alt_text if _takes_alt_text(request) else ""
    image = ImageAssetInput(url=asset.url)
    if alt_text or tags:
        image.metadata = ImageMetadataInput(altText=alt_text)
    if image.metadata is not None and tags:
        image.metadata.user_tags = tags
    return AssetInput(image=image)


def _user_tags(request: PostRequest, place: int) -> list[UserTagInput]:
    if not isinstance(request.extras, InstagramExtras):
        return []
    return [
        UserTagInput(handle=tag.handle.removeprefix("@"), x=tag.x, y=tag.y)
        for tag in request.extras.user_tags
        if tag.asset == place
    ]


def _takes_alt_text(request: PostRequest) -> bool:
    form = getattr(request.extras, "form", None)
    return request.platform not in _WITHOUT_ALT_TEXT and form is not PostForm.STORY
