"""Give a post a film of its own words."""

from temporalio import workflow

from activities.interfaces import FilmingActivities
from galley.models import Draft, MadeMedia, PostInput, RenderMedia, RenderReply
from galley.platforms.registry import rules_for
from workflows import ids, options, post_steps


async def make_short(post: PostInput, draft: Draft) -> MadeMedia:
    """Return a film of the draft: its hook, then its sentences, each on a card."""
    platform = post.channel.platform
    if rules_for(platform).video is None:
        return MadeMedia(notes=(f"No film was made: {platform} takes no video.",))
    filmed = await _film(post, draft)
    fitted = await post_steps.fit_media(post, filmed.assets)
    notes = (*filmed.notes, *fitted.notes)
    return fitted.model_copy(update={"notes": notes[:40]})


@post_steps.step
async def _film(post: PostInput, draft: Draft) -> RenderReply:
    named = options.named(options.FILM_SHORT, f"short · {post.channel.platform}")
    return await workflow.execute_activity_method(
        FilmingActivities.film_short,
        RenderMedia(
            source=post.source, channel=post.channel, draft=draft, persona=post.persona
        ),
        **options.queued(named, ids.media_queue(workflow.info().task_queue)),
    )
