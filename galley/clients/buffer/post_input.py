"""A post as the input of ``createPost`` and of ``editPost``, for every network.

https://developers.buffer.com/types/CreatePostInput.md and ``EditPostInput.md``. What
only one network has stands in its file, in :mod:`galley.networks`. What an edit leaves
out may stay as it was, so what the post no longer has is said: no assets, no thread, no
first comment. A post that breaks a rule is refused before anything is sent: a request
costs quota, and Buffer's words name its own rules rather than the network's.
"""

from datetime import datetime

from galley.clients.buffer.errors import RefusedError
from galley.clients.buffer.generated.enums import PostApprovalChange, SchedulingType, ShareMode
from galley.clients.buffer.generated.input_types import (
    AssetInput,
    CreatePostInput,
    DocumentAssetInput,
    EditPostInput,
    ImageAssetInput,
    ImageMetadataInput,
    PostInputMetaData,
    UserTagInput,
    VideoAssetInput,
    VideoMetadataInput,
)
from galley.models.channel import ShareMode as DeliveryMode
from galley.models.draft import Problem
from galley.models.media import MediaKind, PublicAsset
from galley.models.network import (
    FacebookExtras,
    InstagramExtras,
    PinterestExtras,
    PostForm,
    TikTokExtras,
)
from galley.models.publishing import EditPost, HoldReason, PostRequest
from galley.networks.metadata import buffer_time
from galley.networks.registry import rules_for
from galley.networks.requests import due_problems, request_problems


def create_input(request: PostRequest) -> CreatePostInput:
    """Return the input of ``createPost``; the due time only where Buffer is told one.

    Raises:
        RefusedError: The post breaks a rule of Buffer or of its network.
    """
    _refuse(request_problems(request))
    assets = asset_inputs(request)
    delivery = request.delivery
    whole = CreatePostInput(
        channelId=request.channel_id,
        text=request.text,
        assets=assets,
        mode=_mode(request),
        schedulingType=SchedulingType(delivery.scheduling_type.value),
    )
    if delivery.has_due_time:
        whole.due_at = buffer_time(request.due_at)
    if delivery.save_to_draft:
        whole.save_to_draft = True
    if delivery.needs_approval:
        # Never beside saveToDraft: Buffer takes the two for a contradiction.
        whole.needs_approval = True
    said = {name: value for name, value in _metadata(request, assets).items() if value is not None}
    if said:
        whole.metadata = _under_key(request, said)
    return whole


def edit_input(task: EditPost) -> EditPostInput:
    """Return the input of ``editPost``: all of the content, the schedule if asked.

    Raises:
        RefusedError: The post breaks a rule of Buffer or of its network.
    """
    request = task.request
    _refuse(request_problems(request))
    assets = asset_inputs(request)
    edit = EditPostInput(id=task.post_id, text=request.text, assets=assets)
    edit.metadata = _under_key(request, _metadata(request, assets))
    if not task.sets_schedule:
        return edit
    delivery = request.delivery
    edit.mode = _mode(request)
    edit.scheduling_type = SchedulingType(delivery.scheduling_type.value)
    if delivery.has_due_time:
        edit.due_at = buffer_time(request.due_at)
    if delivery.save_to_draft:
        edit.save_to_draft = True
    if delivery.needs_approval:
        # A schedule alone might let the post out without its approval.
        edit.approval_change = PostApprovalChange.request
    return edit


def refuse_late(request: PostRequest, now: datetime) -> None:
    """Check the due time against ``now``.

    Raises:
        RefusedError: Buffer would be told a time that has passed.
    """
    _refuse(due_problems(request, now), HoldReason.TIME_PASSED)


def _refuse(problems: tuple[Problem, ...], reason: HoldReason | None = None) -> None:
    if problems:
        raise RefusedError(" ".join(problem.message for problem in problems), reason=reason)


def _mode(request: PostRequest) -> ShareMode:
    """Return the mode; a draft's is one of the queue, which needs no time."""
    delivery = request.delivery
    if delivery.save_to_draft and delivery.mode is not DeliveryMode.SHARE_NEXT:
        return ShareMode.addToQueue
    return ShareMode(delivery.mode.value)


def _metadata(request: PostRequest, assets: list[AssetInput]) -> dict[str, object]:
    """Return what the network's file says of the post, with the thread, where it has any."""
    rules = rules_for(request.platform)
    said = dict(rules.metadata(request))
    if rules.max_thread > 1:
        said["thread"] = _thread(request, assets, said.get("linkAttachment")) or None
    return said


def _thread(
    request: PostRequest, assets: list[AssetInput], card: object
) -> list[dict[str, object]]:
    """Return every post of a thread: the list decides what is published.

    The first post is in it, and carries the media or the card, which stands under the
    network's own key there: https://developers.buffer.com/types/ThreadedPostInput.md.
    """
    items = [dict[str, object](text=text, assets=[]) for text in request.thread]
    if items:
        items[0]["assets"] = assets
        if card is not None:
            key = rules_for(request.platform).buffer_key
            items[0]["metadata"] = {key: {"linkAttachment": card}}
    return items


def _under_key(request: PostRequest, said: dict[str, object]) -> PostInputMetaData:
    return PostInputMetaData.model_validate({rules_for(request.platform).buffer_key: said})


def asset_inputs(request: PostRequest) -> list[AssetInput]:
    """Return the post's media in order, one key each; empty for none.

    https://developers.buffer.com/types/AssetInput.md. The older shape, one object with
    lists inside, was refused from May 2026 on and cannot be written here.
    """
    if request.assets and request.assets[0].kind is MediaKind.DOCUMENT:
        return [_document(request.assets)]
    return [
        _video(request, asset) if asset.kind is MediaKind.VIDEO else _image(request, asset, place)
        for place, asset in enumerate(request.assets)
    ]


def _document(assets: tuple[PublicAsset, ...]) -> AssetInput:
    """Return a document; the picture behind it is its cover, its alt text its title."""
    document, *covers = assets
    cover = covers[0] if covers else document
    return AssetInput(
        document=DocumentAssetInput(
            url=document.url, title=document.alt_text, thumbnailUrl=cover.url
        )
    )


def _video(request: PostRequest, asset: PublicAsset) -> AssetInput:
    """Return a video; Buffer refuses its ``thumbnailUrl`` and takes a frame instead."""
    video = VideoAssetInput(url=asset.url)
    if isinstance(request.extras, InstagramExtras | TikTokExtras | PinterestExtras):
        offset = request.extras.thumbnail_offset_ms
        if offset is not None:
            video.metadata = VideoMetadataInput(thumbnailOffset=offset)
    return AssetInput(video=video)


def _image(request: PostRequest, asset: PublicAsset, place: int) -> AssetInput:
    """Return a picture; its alt text must stand there as soon as anything else does.

    Which networks take one: https://support.buffer.com/article/618-adding-alt-text-to-your-images.
    """
    extras = request.extras
    takes_alt_text = rules_for(request.platform).alt_limit is not None
    has_form = isinstance(extras, InstagramExtras | FacebookExtras)
    is_story = has_form and extras.form is PostForm.STORY
    alt_text = asset.alt_text if takes_alt_text and not is_story else ""
    tags = [
        UserTagInput(handle=tag.handle.removeprefix("@"), x=tag.x, y=tag.y)
        for tag in (extras.user_tags if isinstance(extras, InstagramExtras) else ())
        if tag.asset == place
    ]
    image = ImageAssetInput(url=asset.url)
    if alt_text or tags:
        image.metadata = ImageMetadataInput(altText=alt_text)
    if image.metadata is not None and tags:
        image.metadata.user_tags = tags
    return AssetInput(image=image)
