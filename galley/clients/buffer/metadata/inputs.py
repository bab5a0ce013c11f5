"""The whole input of ``createPost`` and of ``editPost``.

https://developers.buffer.com/types/CreatePostInput.md and ``EditPostInput.md``.
"""

from collections.abc import Callable

from galley.clients.buffer.generated.enums import PostApprovalChange, SchedulingType, ShareMode
from galley.clients.buffer.generated.input_types import (
    AssetInput,
    CreatePostInput,
    EditPostInput,
    PostInputMetaData,
)
from galley.clients.buffer.inbound import to_buffer
from galley.clients.buffer.metadata.assets import asset_inputs
from galley.clients.buffer.metadata.feeds import facebook, instagram, linkedin
from galley.clients.buffer.metadata.google import google
from galley.clients.buffer.metadata.pinterest import pinterest
from galley.clients.buffer.metadata.threaded import bluesky, mastodon, threads, x
from galley.clients.buffer.metadata.videos import tiktok, youtube
from galley.clients.buffer.metadata.whole import said_whole
from galley.clients.buffer.refusals import refuse_misfit
from galley.models import EditPost, Platform, PostRequest
from galley.models import ShareMode as DeliveryMode

_Writer = Callable[[PostRequest, list[AssetInput]], PostInputMetaData | None]
_WRITERS: dict[Platform, _Writer] = {
    Platform.INSTAGRAM: instagram,
    Platform.FACEBOOK: facebook,
    Platform.TIKTOK: tiktok,
    Platform.LINKEDIN: linkedin,
    Platform.X: x,
    Platform.YOUTUBE: youtube,
    Platform.THREADS: threads,
    Platform.PINTEREST: pinterest,
    Platform.GOOGLEBUSINESS: google,
    Platform.BLUESKY: bluesky,
    Platform.MASTODON: mastodon,
}


def create_input(request: PostRequest) -> CreatePostInput:
    """Return the input of ``createPost``; the due time only where Buffer is told one.

    Raises:
        RefusedError: The post breaks a rule of Buffer or of its network.
    """
    refuse_misfit(request)
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
        whole.due_at = to_buffer(request.due_at)
    if delivery.save_to_draft:
        whole.save_to_draft = True
    if delivery.needs_approval:
        # Never beside saveToDraft: Buffer takes the two for a contradiction.
        whole.needs_approval = True
    metadata = _WRITERS[request.platform](request, assets)
    if metadata is not None:
        whole.metadata = metadata
    return whole


def edit_input(task: EditPost) -> EditPostInput:
    """Return the input of ``editPost``: all of the content, the schedule if asked.

    What is left out of an edit may stay as it was, so what the post no longer has is
    said: no assets, no thread.

    Raises:
        RefusedError: The post breaks a rule of Buffer or of its network.
    """
    request = task.request
    refuse_misfit(request)
    assets = asset_inputs(request)
    edit = EditPostInput(id=task.post_id, text=request.text, assets=assets)
    written = _WRITERS[request.platform](request, assets)
    edit.metadata = said_whole(request.platform, written)
    if not task.sets_schedule:
        return edit
    delivery = request.delivery
    edit.mode = _mode(request)
    edit.scheduling_type = SchedulingType(delivery.scheduling_type.value)
    if delivery.has_due_time:
        edit.due_at = to_buffer(request.due_at)
    if delivery.save_to_draft:
        edit.save_to_draft = True
    if delivery.needs_approval:
        # A schedule alone might let the post out without its approval.
        edit.approval_change = PostApprovalChange.request
    return edit


def _mode(request: PostRequest) -> ShareMode:
    """Return the mode; a draft's is one of the queue, which needs no time."""
    delivery = request.delivery
    if delivery.save_to_draft and delivery.mode is not DeliveryMode.SHARE_NEXT:
        return ShareMode.addToQueue
    return ShareMode(delivery.mode.value)
