"""Give a post a film of its own words, which may be read aloud."""

from temporalio import workflow
from temporalio.exceptions import ActivityError

from activities.interfaces import FilmingActivities
from galley.models import (
    Draft,
    MadeMedia,
    OrderKind,
    PostInput,
    RenderMedia,
    RenderReply,
    StagedAsset,
)
from galley.platforms.registry import rules_for
from workflows import ids, options, post_steps
from workflows.failures import cause
from workflows.media_generated import Generated, generated

_OPEN, _CLOSE = "\N{LEFT DOUBLE QUOTATION MARK}", "\N{RIGHT DOUBLE QUOTATION MARK}"


async def make_short(post: PostInput, draft: Draft) -> MadeMedia:
    """Return a film of the draft: its hook, then its sentences, each on a card."""
    platform = post.channel.platform
    if rules_for(platform).video is None:
        return MadeMedia(notes=(f"No film was made: {platform} takes no video.",))
    spoken = (
        await _narration(post, draft) if post.options.media.narrate else Generated()
    )
    if spoken.is_stopped:
        return MadeMedia(notes=(spoken.note,), is_stopped=True)
    filmed = await _film(post, draft, spoken.asset)
    fitted = await post_steps.fit_media(post, filmed.assets)
    notes = (*said(spoken), *filmed.notes, *fitted.notes)
    origin = spoken.asset.origin if spoken.asset else None
    assets = tuple(a.model_copy(update={"origin": origin}) for a in fitted.assets)
    return fitted.model_copy(update={"assets": assets, "notes": notes[:40]})


async def _narration(post: PostInput, draft: Draft) -> Generated:
    """Return the speech; a film without one is better than none."""
    try:
        return await generated(post, draft, OrderKind.SPEECH)
    except ActivityError as error:
        return Generated(note=cause(error))


def said(spoken: Generated) -> tuple[str, ...]:
    """Return what the reviewer is told of the speech: its words, and who says them."""
    if spoken.asset is None:
        return (spoken.note,) if spoken.note else ()
    words = " ".join(spoken.asset.alt_text.split())
    by = f" by {spoken.asset.origin.model}" if spoken.asset.origin else ""
    return (f"Read aloud{by}: {_OPEN}{words}{_CLOSE}",)


@post_steps.step
async def _film(
    post: PostInput, draft: Draft, narration: StagedAsset | None
) -> RenderReply:
    named = options.named(options.FILM_SHORT, f"short · {post.channel.platform}")
    return await workflow.execute_activity_method(
        FilmingActivities.film_short,
        RenderMedia(
            source=post.source,
            channel=post.channel,
            draft=draft,
            options=post.options,
            narration=narration,
        ),
        **options.queued(named, ids.media_queue),
    )
