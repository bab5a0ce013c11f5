"""Have the portrait of a brand say the words of a draft: speech, then a video of it."""

from galley.models import Draft, MadeMedia, OrderKind, PostInput
from galley.platforms.registry import rules_for
from workflows.media_generated import fitted, generated
from workflows.media_short import said


async def make_avatar(post: PostInput, draft: Draft) -> MadeMedia:
    """Return a video of a speaking person, fitted; or notes that say why there is none.

    Whether the portrait may speak is asked before anything is paid.
    """
    platform = post.channel.platform
    if rules_for(platform).video is None:
        return MadeMedia(notes=(f"Nobody speaks: {platform} takes no video.",))
    spoken = await generated(post, draft, OrderKind.SPEECH, for_avatar=True)
    if spoken.asset is None:
        return MadeMedia(notes=(spoken.note,), is_stopped=spoken.is_stopped)
    made = await generated(post, draft, OrderKind.AVATAR, narration=spoken.asset)
    if made.asset is None:
        return MadeMedia(notes=(made.note,), is_stopped=made.is_stopped)
    ready = await fitted(post, made.asset)
    return ready.model_copy(update={"notes": (*said(spoken), *ready.notes)[:40]})
