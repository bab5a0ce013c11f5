"""TikTok and YouTube.

https://developers.buffer.com/types/TikTokPostMetadataInput.md and
``YoutubePostMetadataInput.md``.
"""

from galley.clients.buffer.generated.enums import YoutubeLicense, YoutubePrivacy
from galley.clients.buffer.generated.input_types import (
    AssetInput,
    PostInputMetaData,
    TikTokPostMetadataInput,
    YoutubePostMetadataInput,
)
from galley.clients.buffer.metadata.extras import extras_of, has_video
from galley.models import PostRequest, TikTokExtras, YouTubeExtras


def tiktok(request: PostRequest, _: list[AssetInput]) -> PostInputMetaData | None:
    """Return a title, which photo posts alone have, or a video's AI disclosure."""
    extras = extras_of(request, TikTokExtras)
    own = TikTokPostMetadataInput()
    if has_video(request):
        if extras.is_ai_generated:
            own.is_ai_generated = True
    elif request.title:
        own.title = request.title
    return PostInputMetaData(tiktok=own) if own.model_fields_set else None


def youtube(request: PostRequest, _: list[AssetInput]) -> PostInputMetaData:
    """Return all of a video's settings: an edit keeps what is left out."""
    extras = extras_of(request, YouTubeExtras)
    own = YoutubePostMetadataInput(
        title=request.title,
        categoryId=extras.category,
        privacy=YoutubePrivacy(extras.privacy.value),
        license=YoutubeLicense(extras.license.value),
        madeForKids=extras.made_for_kids,
        notifySubscribers=extras.notify_subscribers,
        embeddable=extras.embeddable,
        isAiGenerated=extras.is_ai_generated,
    )
    return PostInputMetaData(youtube=own)
