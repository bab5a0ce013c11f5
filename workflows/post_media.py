"""Get the media of a draft: each maker is a file of its own, a card is the net."""

from collections.abc import Awaitable, Callable, Mapping
from typing import cast

from temporalio.exceptions import ActivityError

from galley.models import (
    Draft,
    Extras,
    MadeMedia,
    MediaKind,
    MediaMaker,
    Platform,
    PostInput,
    extras_for,
)
from workflows import media_generated, post_steps
from workflows.failures import cause
from workflows.media_avatar import make_avatar
from workflows.media_clip import make_clip
from workflows.media_short import make_short
from workflows.media_source import from_source

Make = Callable[[PostInput, Draft], Awaitable[MadeMedia]]
"""Makes the media of a draft and has them fitted to the post's network.

No assets, with notes that say why, where it cannot; an ActivityError where a step of
it failed for good. Either way a card takes their place.
"""

_MAKERS: Mapping[MediaMaker, Make] = {
    MediaMaker.IMAGE: media_generated.make_picture,
    MediaMaker.VIDEO: media_generated.make_video,
    MediaMaker.CLIP: make_clip,
    MediaMaker.SOURCE: from_source,
    MediaMaker.SHORT: make_short,
    MediaMaker.AVATAR: make_avatar,
}
"""Those beside the card. A maker that is not here is refused at the command line."""

BUILT = frozenset({MediaMaker.CARD, MediaMaker.NONE, *_MAKERS})
_CARD = MediaMaker.CARD
_SAYING = frozenset({MediaMaker.SHORT, MediaMaker.AVATAR})
_OF_WORDS = frozenset({MediaMaker.CARD, MediaMaker.NONE, MediaMaker.SHORT})
"""Makers that draw the draft's own words: an edit of those makes the media old."""


def has_media(maker: MediaMaker, *, needs_media: bool) -> bool:
    """Tell whether a post gets media; ``needs_media`` if its draft needs a card."""
    return needs_media or maker in _MAKERS


def is_same(made_by: MediaMaker, before: Draft, after: Draft) -> bool:
    """Tell whether the media made for one draft are right for another one, too."""
    if before.clip != after.clip:
        return False
    if made_by is MediaMaker.AVATAR and _headed(before) != _headed(after):
        return False
    if made_by in _SAYING and _spoken(before) != _spoken(after):
        return False
    return made_by not in _OF_WORDS or _drawn(before) == _drawn(after)


async def make(post: PostInput, draft: Draft, *, needs_media: bool) -> MadeMedia:
    """Return the media of a draft in private staging, fitted to the post's network.

    Raises:
        ActivityError: Not even a card could be drawn.
    """
    wanted = post.options.media.maker
    maker = _MAKERS.get(wanted)
    made = await _tried(maker, post, draft) if maker else MadeMedia()
    if made.assets or made.is_stopped or not needs_media:
        return made.model_copy(update={"by": wanted if made.assets else _CARD})
    card = await post_steps.render_media(post, draft)
    notes = (*made.notes, *card.notes)
    if card.assets and (maker or wanted is MediaMaker.NONE):
        notes = (*notes, "A card was drawn: the network takes no post without media.")
    return MadeMedia(assets=card.assets, notes=notes)


def with_media(draft: Draft, made: MadeMedia, platform: Platform) -> Draft:
    """Return the draft of a post with these media.

    Media and the card of a link exclude each other, and the alt text is that of what
    was made. A video that a model made, or speaks in, is said to be so where the
    network asks.
    """
    if not made.assets:
        return draft
    changes: dict[str, object] = {}
    said = made.assets[0].alt_text
    if said and (made.by not in _OF_WORDS or not (draft.alt_text or draft.slides)):
        changes["alt_text"] = said
    if draft.extras is not None and getattr(draft.extras, "link_card", None):
        changes["extras"] = draft.extras.model_copy(update={"link_card": None})
    if any(one.origin and one.kind is MediaKind.VIDEO for one in made.assets):
        extras = changes.get("extras") or draft.extras or extras_for(platform)
        if hasattr(extras, "is_ai_generated"):
            labelled = {"is_ai_generated": True}
            changes["extras"] = cast("Extras", extras).model_copy(update=labelled)
    return draft.model_copy(update=changes)


async def _tried(maker: Make, post: PostInput, draft: Draft) -> MadeMedia:
    try:
        return await maker(post, draft)
    except ActivityError as error:
        return MadeMedia(notes=(cause(error),))


def _headed(draft: Draft) -> tuple[object, ...]:
    """Return what is said first."""
    return draft.headline, draft.title


def _drawn(draft: Draft) -> tuple[object, ...]:
    """Return what stands on the pictures, and what is said of them."""
    return draft.headline, draft.title, draft.alt_text, draft.slides


def _spoken(draft: Draft) -> tuple[object, ...]:
    """Return the words that a film shows one after the other."""
    return draft.text, draft.thread
