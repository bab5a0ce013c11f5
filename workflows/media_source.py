"""The pictures of the source as the media of a post."""

from temporalio import workflow

from activities.interfaces import SourcePictureActivities
from galley.models import Draft, FetchPictures, MadeMedia, PostInput
from workflows import ids, options, post_steps


async def from_source(post: PostInput, draft: Draft) -> MadeMedia:
    """Return the pictures of the source, fitted; they do not depend on the draft."""
    del draft
    found = await _fetch(post)
    if not found.assets:
        return found
    fitted = await post_steps.fit_media(post, found.assets)
    return fitted.model_copy(update={"notes": (*found.notes, *fitted.notes)[:40]})


@post_steps.step
async def _fetch(post: PostInput) -> MadeMedia:
    platform = post.channel.platform
    named = options.named(options.FETCH_PICTURES, f"pictures · {platform}")
    return await workflow.execute_activity_method(
        SourcePictureActivities.fetch_pictures,
        FetchPictures(source=post.source, platform=platform),
        **options.queued(named, ids.media_queue),
    )
