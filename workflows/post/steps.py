"""The activities of a post, each with its options and its name in the timeline."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from temporalio import workflow
from temporalio.exceptions import ActivityError, is_cancelled_exception
from temporalio.workflow import ActivityConfig

from activities.interfaces import (
    AccountActivities,
    DraftingActivities,
    FittingActivities,
    HostingActivities,
    MediaActivities,
    TeamActivities,
    VoiceActivities,
)
from galley.models.account import HandOver, HandOverReply, PublishJob
from galley.models.brand import Lesson, TeachVoice
from galley.models.draft import CheckDraft, CheckReply, Draft, DraftReply, WriteDraft
from galley.models.media import MadeMedia, PublicAsset, StagedAsset
from galley.models.media_orders import FitMedia, RehostAssets, RenderMedia, RenderReply
from galley.models.post import Change, HandChange, PostInput, PostView
from galley.models.review import Decision
from galley.models.team import EndApprovals, ReadTeam, Team
from galley.review.decisions import MEDIA_LOST
from galley.review.proposals import is_by_agent
from workflows import ids, options

_Room = TypeVar("_Room")
_Task = TypeVar("_Task")
_Reply = TypeVar("_Reply")


async def run(
    activity: Callable[[_Room, _Task], Awaitable[_Reply]], task: _Task, config: ActivityConfig
) -> _Reply:
    """Execute an activity; its cancellation ends the run, its failure is the caller's to mend.

    Raises:
        ActivityError: It failed for good.
    """
    try:
        return await workflow.execute_activity_method(activity, task, **config)
    except ActivityError as error:
        # The SDK reports a cancelled run as a failed activity while one is awaited.
        if is_cancelled_exception(error):
            raise asyncio.CancelledError from error
        raise


async def write_draft(
    post: PostInput, view: PostView, note: str, *, is_by_agent: bool = False
) -> DraftReply:
    """Have a draft written, or a new one by a reviewer's note."""
    previous = view.draft
    return await run(
        DraftingActivities.write_draft,
        WriteDraft(
            source=post.source,
            channel=post.channel,
            options=post.options,
            lessons=post.lessons,
            previous=previous,
            note=note,
            is_noted_by_agent=is_by_agent,
            # What a person asks for is written anew.
            draft_set=None if previous is not None or note else post.draft_set,
            post_key=ids.post_key(post.key, post.channel.id),
            due_at=view.due_at,
            allowance=post.allowance,
        ),
        options.named(options.WRITE_DRAFT, f"draft · {post.channel.platform}"),
    )


async def check_draft(
    post: PostInput, view: PostView, draft: Draft, decision: Decision
) -> CheckReply:
    """Return an edited draft, as a thread where it is split, the rules it breaks and its facts.

    Without a word of the reviewer on splitting, the campaign's options decide.
    """
    split = decision.edit.split if decision.edit else None
    return await run(
        DraftingActivities.check_draft,
        CheckDraft(
            draft=draft,
            channel=post.channel,
            post_key=ids.post_key(post.key, post.channel.id),
            due_at=view.due_at,
            split=post.options.makes_threads if split is None else split,
            options=post.options,
            source=post.source,
            editor="" if is_by_agent(decision) else decision.by,
            note=view.own_note,
        ),
        options.CHECK_DRAFT,
    )


async def render_media(
    post: PostInput, draft: Draft, photos: tuple[StagedAsset, ...] = ()
) -> RenderReply:
    """Have cards drawn into private staging: what is required, or was asked for."""
    return await run(
        MediaActivities.render_media,
        RenderMedia(
            source=post.source,
            channel=post.channel,
            draft=draft,
            options=post.options,
            photos=photos,
        ),
        options.named(options.RENDER_MEDIA, f"media · {post.channel.platform}"),
    )


async def fit_media(
    post: PostInput, raw: tuple[StagedAsset, ...], *, speaks: bool = False
) -> MadeMedia:
    """Have staged media made what the post's network takes; what cannot be is left out.

    With no assets left, the notes say why. ``speaks``: it is a portrait that speaks.
    """
    platform = post.channel.platform
    return await run(
        FittingActivities.fit_media,
        FitMedia(platform=platform, assets=raw, speaks=speaks),
        options.queued(options.FIT_MEDIA, ids.Queue.MEDIA, f"fit media · {platform}"),
    )


async def rehost_assets(
    post: PostInput, staged: tuple[StagedAsset, ...]
) -> tuple[PublicAsset, ...]:
    """Have staged media put where Buffer can fetch it."""
    reply = await run(
        HostingActivities.rehost_assets,
        RehostAssets(assets=staged),
        options.named(options.REHOST, f"re-host · {post.channel.platform}"),
    )
    return reply.assets


async def read_team() -> Team:
    """Have a worker read the roster and the policies of its team file."""
    return await run(TeamActivities.read_team, ReadTeam(), options.READ_TEAM)


async def end_approvals(post: PostInput) -> None:
    """Have it remembered, beside Temporal, that what was approved of the post ends with it."""
    key = ids.post_key(post.key, post.channel.id)
    await run(TeamActivities.end_approvals, EndApprovals(job_id=key), options.READ_TEAM)


async def hand_over(
    post: PostInput,
    job: PublishJob,
    staged: tuple[StagedAsset, ...] = (),
    *,
    look_first: bool,
    is_question: bool = False,
) -> HandOverReply:
    """Claim the key and pass the job to AccountWorkflow, with media if any."""
    return await run(
        AccountActivities.hand_over,
        HandOver(
            organization_id=post.organization_id,
            job=job.replace(look_first=look_first, is_question=is_question),
            staged=staged,
            despite_claim=look_first,
        ),
        options.publishing(options.HAND_OVER, "claim the key, hand over to Buffer"),
    )


async def hand_change(post: PostInput, change: Change) -> HandOverReply | None:
    """Pass a change to AccountWorkflow; return how a post ended that was reset since."""
    return await run(
        AccountActivities.hand_change,
        HandChange(organization_id=post.organization_id, change=change),
        options.publishing(options.HAND_CHANGE, f"{change.kind}: hand over to Buffer"),
    )


async def teach_voice(post: PostInput, lessons: tuple[Lesson, ...]) -> None:
    """Hand what the review taught to the voice of the brand."""
    name = post.options.brand
    await run(
        VoiceActivities.teach_voice,
        TeachVoice(
            brand=ids.brand_of(name or None, post.organization_id), name=name, lessons=lessons
        ),
        options.named(options.TEACH_VOICE, "what the review teaches"),
    )


def is_lost(error: ActivityError) -> bool:
    """Return whether staged media are gone, which no attempt mends."""
    return getattr(error.cause, "type", None) == MEDIA_LOST
