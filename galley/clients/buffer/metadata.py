"""Our post into Buffer's ``CreatePostInput``, with what each network demands.

Required fields: https://developers.buffer.com/types/ (``InstagramPostMetadataInput``
and so on). Limits are not checked here: :mod:`galley.platforms` did so before a person
approved.
"""

from collections.abc import Callable

from galley.clients.buffer.errors import RefusedError
from galley.clients.buffer.generated.enums import (
    GoogleBusinessPostActionType,
    PostType,
    PostTypeFacebook,
    PostTypeGoogleBusiness,
    SchedulingType,
    ShareMode,
    YoutubePrivacy,
)
from galley.clients.buffer.generated.input_types import (
    AssetInput,
    BlueskyPostMetadataInput,
    CreatePostInput,
    EditPostInput,
    FacebookPostMetadataInput,
    GoogleBusinessPostMetadataInput,
    GoogleBusinessWhatsNewMetaDataInput,
    ImageAssetInput,
    ImageMetadataInput,
    InstagramPostMetadataInput,
    MastodonPostMetadataInput,
    PinterestPostMetadataInput,
    PostInputMetaData,
    ThreadedPostInput,
    ThreadsPostMetadataInput,
    TikTokPostMetadataInput,
    TwitterPostMetadataInput,
    VideoAssetInput,
    YoutubePostMetadataInput,
)
from galley.clients.buffer.instants import to_buffer
from galley.models import EditPost, MediaKind, Platform, PostRequest, PublicAsset

_PEOPLE_AND_BLOGS = "22"  # YouTube's category for what fits no other.
# https://support.buffer.com/article/618-adding-alt-text-to-your-images
_WITHOUT_ALT_TEXT = {Platform.TIKTOK, Platform.YOUTUBE, Platform.GOOGLEBUSINESS}
_THREADS = {Platform.X, Platform.THREADS, Platform.BLUESKY, Platform.MASTODON}


def create_input(request: PostRequest) -> CreatePostInput:
    """Return the input of ``createPost`` for one post at its due time.

    Raises:
        RefusedError: The thread does not fit the network or its own first post.
    """
    _check_thread(request)
    assets = [_asset(asset, request.platform) for asset in request.assets]
    plain = CreatePostInput(
        channelId=request.channel_id,
        text=request.text,
        assets=assets,
        mode=ShareMode.customScheduled,
        dueAt=to_buffer(request.due_at),
        schedulingType=SchedulingType.automatic,
    )
    metadata = _metadata(request, assets)
    if metadata is not None:
        plain.metadata = metadata
    return plain


def edit_input(task: EditPost) -> EditPostInput:
    """Return the input of ``editPost``: all of the content, the schedule if asked.

    Raises:
        RefusedError: The thread does not fit the network or its own first post.
    """
    request = task.request
    whole = create_input(request)
    edit = EditPostInput(id=task.post_id, text=whole.text, assets=whole.assets)
    edit.metadata = whole.metadata or PostInputMetaData()
    if task.sets_schedule:
        edit.mode, edit.due_at = whole.mode, whole.due_at
        edit.scheduling_type = whole.scheduling_type
    return edit


def _check_thread(request: PostRequest) -> None:
    if not request.thread:
        return
    if request.platform not in _THREADS:
        raise RefusedError(
            f"{request.platform.value} has no threads: edit the draft into one post"
        )
    if request.thread[0] != request.text:
        raise RefusedError(
            "The text differs from the first post of the thread: edit the draft"
        )


def _asset(asset: PublicAsset, platform: Platform) -> AssetInput:
    """Return an asset under its one key; Buffer refuses a video's ``thumbnailUrl``."""
    if asset.kind is MediaKind.VIDEO:
        return AssetInput(video=VideoAssetInput(url=asset.url))
    takes_alt_text = platform not in _WITHOUT_ALT_TEXT and asset.mime != "image/gif"
    if not asset.alt_text or not takes_alt_text:
        return AssetInput(image=ImageAssetInput(url=asset.url))
    described = ImageMetadataInput(altText=asset.alt_text)
    return AssetInput(image=ImageAssetInput(url=asset.url, metadata=described))


def _metadata(
    request: PostRequest, assets: list[AssetInput]
) -> PostInputMetaData | None:
    demanded = _DEMANDED.get(request.platform)
    if demanded is not None:
        return demanded(request)
    return _thread(request, assets) if request.thread else None


def _instagram(request: PostRequest) -> PostInputMetaData:
    return PostInputMetaData(
        instagram=InstagramPostMetadataInput(
            type=PostType.reel if _has_video(request) else PostType.post,
            shouldShareToFeed=True,
        )
    )


def _facebook(_: PostRequest) -> PostInputMetaData:
    """Return ``post``, which fits all: a 9:16 video becomes a Reel by itself."""
    plain = FacebookPostMetadataInput(type=PostTypeFacebook.post)
    return PostInputMetaData(facebook=plain)


def _tiktok(request: PostRequest) -> PostInputMetaData | None:
    """Return the title, which TikTok has for photo posts only."""
    if _has_video(request) or not request.title:
        return None
    return PostInputMetaData(tiktok=TikTokPostMetadataInput(title=request.title))


def _youtube(request: PostRequest) -> PostInputMetaData:
    return PostInputMetaData(
        youtube=YoutubePostMetadataInput(
            title=request.title,
            categoryId=_PEOPLE_AND_BLOGS,
            privacy=YoutubePrivacy.public,
            madeForKids=False,
        )
    )


def _pinterest(request: PostRequest) -> PostInputMetaData:
    pin = PinterestPostMetadataInput(boardServiceId=request.board_service_id)
    if request.title:
        pin.title = request.title
    if request.link:
        pin.url = request.link
    return PostInputMetaData(pinterest=pin)


def _google(request: PostRequest) -> PostInputMetaData:
    button = GoogleBusinessWhatsNewMetaDataInput(
        button=GoogleBusinessPostActionType.none
    )
    if request.link:
        button = GoogleBusinessWhatsNewMetaDataInput(
            button=GoogleBusinessPostActionType.learn_more, link=request.link
        )
    plain = GoogleBusinessPostMetadataInput(
        type=PostTypeGoogleBusiness.whats_new, detailsWhatsNew=button
    )
    return PostInputMetaData(google=plain)


_DEMANDED: dict[Platform, Callable[[PostRequest], PostInputMetaData | None]] = {
    Platform.INSTAGRAM: _instagram,
    Platform.FACEBOOK: _facebook,
    Platform.TIKTOK: _tiktok,
    Platform.YOUTUBE: _youtube,
    Platform.PINTEREST: _pinterest,
    Platform.GOOGLEBUSINESS: _google,
}


def _has_video(request: PostRequest) -> bool:
    return any(asset.kind is MediaKind.VIDEO for asset in request.assets)


def _thread(request: PostRequest, assets: list[AssetInput]) -> PostInputMetaData:
    """Return every post of the thread, the first included, which carries the media."""
    first, *rest = request.thread
    items = [ThreadedPostInput(text=first, assets=assets)]
    items += [ThreadedPostInput(text=text, assets=[]) for text in rest]
    match request.platform:
        case Platform.THREADS:
            return PostInputMetaData(threads=ThreadsPostMetadataInput(thread=items))
        case Platform.BLUESKY:
            return PostInputMetaData(bluesky=BlueskyPostMetadataInput(thread=items))
        case Platform.MASTODON:
            return PostInputMetaData(mastodon=MastodonPostMetadataInput(thread=items))
        case _:
            return PostInputMetaData(twitter=TwitterPostMetadataInput(thread=items))
