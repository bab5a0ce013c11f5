"""Give a post a clip out of the recording it is written from."""

from temporalio import workflow

from activities.interfaces import ClippingActivities
from galley.models import Draft, MadeMedia, PostInput
from galley.models.clip import (
    ChooseClips,
    ChosenClips,
    Clip,
    ClipReply,
    CutClip,
    Framing,
    clock,
)
from galley.platforms.registry import rules_for
from workflows import ids, options, post_steps


async def make_clip(post: PostInput, draft: Draft) -> MadeMedia:
    """Return the moment that a person named, or the one that suits the draft best."""
    platform = post.channel.platform
    if rules_for(platform).video is None:
        return MadeMedia(notes=(f"No clip was cut: {platform} takes no video.",))
    clip = draft.clip
    if clip is None:
        chosen = await choose(
            ChooseClips(source=post.source.sha256, texts=_words_of(draft))
        )
        if not chosen.clips:
            return MadeMedia(notes=(chosen.note,))
        clip = chosen.clips[0]
    cut_out = await cut(post.source.sha256, clip)
    fitted = await post_steps.fit_media(post, (cut_out.asset,))
    notes = (told(cut_out.clip), *cut_out.notes, *fitted.notes)
    return fitted.model_copy(update={"notes": notes[:40]})


def told(clip: Clip) -> str:
    """Return where a clip is from and why, in a sentence for the reviewer."""
    edges = f"{clock(clip.start)}-{clock(clip.end)}"
    if not clip.reasons:
        return f"Clip {edges} of the recording, as a person gave it."
    why = "; ".join(clip.reasons)
    return (
        f"Clip {edges} of the recording, score {clip.score} ({why}). "
        f"To move its edges: edit --clip {edges}"
    )


@post_steps.step
async def choose(task: ChooseClips) -> ChosenClips:
    """Have the moments chosen."""
    return await workflow.execute_activity_method(
        ClippingActivities.choose_clips,
        task,
        **options.queued(options.CHOOSE_CLIPS, ids.media_queue),
    )


@post_steps.step
async def cut(source: str, clip: Clip, framing: Framing = Framing.AUTO) -> ClipReply:
    """Have a clip cut out of the recording of a document, by its SHA-256."""
    named = options.named(options.CUT_CLIP, f"clip from {clock(clip.start)}")
    return await workflow.execute_activity_method(
        ClippingActivities.cut_clip,
        CutClip(source=source, clip=clip, framing=framing),
        **options.queued(named, ids.media_queue),
    )


def _words_of(draft: Draft) -> tuple[str, ...]:
    return (*(draft.thread or (draft.text,)), draft.headline, draft.title)
