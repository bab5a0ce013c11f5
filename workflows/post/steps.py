"""The activities of a post, each with its options and its name in the timeline."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from temporalio import workflow
from temporalio.exceptions import ActivityError, is_cancelled_exception

from activities.interfaces import (
    AccountActivities,
    DraftingActivities,
    FittingActivities,
    HostingActivities,
    MediaActivities,
    VoiceActivities,
)
from galley.models.account import HandOver, HandOverReply, PublishJob
from galley.models.brand import Lesson, TeachVoice
from galley.models.draft import CheckDraft, Draft, DraftReply, Problem, WriteDraft
from galley.models.media import MadeMedia, PublicAsset, StagedAsset
from galley.models.media_orders import FitMedia, RehostAssets, RenderMedia, RenderReply
from galley.models.post import PostInput
from galley.models.review import Change, HandChange
from galley.review.decisions import MEDIA_LOST
from workflows import ids, options

_P = ParamSpec("_P")
_T = TypeVar("_T")


def step(work: Callable[_P, Awaitable[_T]]) -> Callable[_P, Awaitable[_T]]:
    """Let a cancelled run end, where any other failure of a step is told and mended."""

    @wraps(work)
    async def run(*args: _P.args, **kwargs: _P.kwargs) -> _T:
        try:
            return await work(*args, **kwargs)
        except ActivityError as error:
            if is_cancelled_exception(error):
                raise asyncio.CancelledError from error
            raise

    return run


def _task(post: PostInput, previous: Draft | None, note: str) -> WriteDraft:
    return WriteDraft(
        source=post.source,
        channel=post.channel,
        options=post.options,
        lessons=post.lessons,
        previous=previous,
        note=note,
        # Later ones are written when a person asks, and the cache has forgotten.
        is_later=post.is_later and previous is None and not note,
        post_key=ids.post_key(post.key, post.channel.id),
        allowance=post.allowance,
    )


@step
async def write_draft(post: PostInput, previous: Draft | None, note: str) -> DraftReply:
    """Have a draft written, or a new one by a reviewer's note."""
    return await workflow.execute_activity_method(
        DraftingActivities.write_draft,
        _task(post, previous, note),
        **options.named(options.WRITE_DRAFT, f"draft · {post.channel.platform}"),
    )


@step
async def check_draft(
    post: PostInput, draft: Draft, *, split: bool | None
) -> tuple[Draft, tuple[Problem, ...]]:
    """Return an edited draft, as a thread where it is split, and the rules it breaks.

    ``split`` is what the reviewer asks for; ``None`` leaves it to the campaign.
    """
    reply = await workflow.execute_activity_method(
        DraftingActivities.check_draft,
        CheckDraft(
            draft=draft,
            channel=post.channel,
            split=post.options.makes_threads if split is None else split,
            options=post.options,
        ),
        **options.CHECK_DRAFT,
    )
    return reply.draft or draft, reply.problems


@step
async def render_media(post: PostInput, draft: Draft) -> RenderReply:
    """Have cards drawn into private staging: what is required, or was asked for."""
    return await workflow.execute_activity_method(
        MediaActivities.render_media,
        RenderMedia(source=post.source, channel=post.channel, draft=draft, options=post.options),
        **options.named(options.RENDER_MEDIA, f"media · {post.channel.platform}"),
    )


@step
async def fit_media(post: PostInput, raw: tuple[StagedAsset, ...]) -> MadeMedia:
    """Have staged media made what the post's network takes; what cannot be is left out.

    With no assets left, the notes say why.
    """
    platform = post.channel.platform
    named = options.named(options.FIT_MEDIA, f"fit media · {platform}")
    return await workflow.execute_activity_method(
        FittingActivities.fit_media,
        FitMedia(platform=platform, assets=raw),
        **options.queued(named, ids.Queue.MEDIA),
    )


@step
async def rehost_assets(
    post: PostInput, staged: tuple[StagedAsset, ...]
) -> tuple[PublicAsset, ...]:
    """Have staged media put where Buffer can fetch it."""
    reply = await workflow.execute_activity_method(
        HostingActivities.rehost_assets,
        RehostAssets(assets=staged),
        **options.named(options.REHOST, f"re-host · {post.channel.platform}"),
    )
    return reply.assets


@step
async def hand_over(
    post: PostInput,
    job: PublishJob,
    staged: tuple[StagedAsset, ...] = (),
    *,
    look_first: bool,
    is_question: bool = False,
) -> HandOverReply:
    """Claim the key and pass the job to AccountWorkflow, with media if any."""
    return await workflow.execute_activity_method(
        AccountActivities.hand_over,
        HandOver(
            organization_id=post.organization_id,
            job=job.replace(look_first=look_first, is_question=is_question),
            staged=staged,
            despite_claim=look_first,
        ),
        **options.named(options.HAND_OVER, "claim the key, hand over to Buffer"),
    )


@step
async def hand_change(post: PostInput, change: Change) -> None:
    """Pass a change of the post to AccountWorkflow."""
    await workflow.execute_activity_method(
        AccountActivities.hand_change,
        HandChange(organization_id=post.organization_id, change=change),
        **options.named(options.HAND_OVER, f"{change.kind}: hand over to Buffer"),
    )


@step
async def teach_voice(post: PostInput, lessons: tuple[Lesson, ...]) -> None:
    """Hand what the review taught to the voice of the brand."""
    name = post.options.brand
    await workflow.execute_activity_method(
        VoiceActivities.teach_voice,
        TeachVoice(
            brand=ids.brand_of(name or None, post.organization_id), name=name, lessons=lessons
        ),
        **options.named(options.TEACH_VOICE, "what the review teaches"),
    )


def is_lost(error: ActivityError) -> bool:
    """Tell whether what was staged of media is gone, which no attempt mends."""
    return getattr(error.cause, "type", None) == MEDIA_LOST
