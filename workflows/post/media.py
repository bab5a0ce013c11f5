"""The media of a post, by maker: source pictures, clip, film, avatar, generated, card.

PostDrafting calls :func:`make`; ClipsWorkflow chooses and cuts clips.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import cast

from temporalio import workflow
from temporalio.exceptions import ActivityError

from activities.interfaces import ClippingActivities, FilmingActivities, SourcePictureActivities
from galley.models.draft import Draft
from galley.models.media import (
    ChooseClips,
    ChosenClips,
    Clip,
    ClipReply,
    CutClip,
    Framing,
    MadeMedia,
    MediaKind,
    MediaMaker,
    StagedAsset,
    clock,
)
from galley.models.media_orders import FetchPictures, OrderKind, RenderMedia, RenderReply
from galley.models.network import Extras, Platform, extras_for
from galley.models.post import PostInput
from galley.networks.registry import rules_for
from workflows import ids, options
from workflows.post import generated_media, steps
from workflows.post.generated_media import Generated, fitted, generated
from workflows.runtime import cause


async def from_source(post: PostInput, draft: Draft) -> MadeMedia:
    """Return the pictures of the source, fitted; they do not depend on the draft."""
    del draft
    found = await _fetch(post)
    if not found.assets:
        return found
    fitted = await steps.fit_media(post, found.assets)
    return fitted.model_copy(update={"notes": (*found.notes, *fitted.notes)[:40]})


@steps.step
async def _fetch(post: PostInput) -> MadeMedia:
    platform = post.channel.platform
    named = options.named(options.FETCH_PICTURES, f"pictures · {platform}")
    return await workflow.execute_activity_method(
        SourcePictureActivities.fetch_pictures,
        FetchPictures(source=post.source, platform=platform),
        **options.queued(named, ids.Queue.MEDIA),
    )


async def make_clip(post: PostInput, draft: Draft) -> MadeMedia:
    """Return the moment that a person named, or the one that suits the draft best."""
    platform = post.channel.platform
    if rules_for(platform).video is None:
        return MadeMedia(notes=(f"No clip was cut: {platform} takes no video.",))
    clip = draft.clip
    if clip is None:
        chosen = await choose(ChooseClips(source=post.source.sha256, texts=_words_of(draft)))
        if not chosen.clips:
            return MadeMedia(notes=(chosen.note,))
        clip = chosen.clips[0]
    cut_out = await cut(post.source.sha256, clip)
    fitted = await steps.fit_media(post, (cut_out.asset,))
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


@steps.step
async def choose(task: ChooseClips) -> ChosenClips:
    """Have the moments chosen."""
    return await workflow.execute_activity_method(
        ClippingActivities.choose_clips,
        task,
        **options.queued(options.CHOOSE_CLIPS, ids.Queue.MEDIA),
    )


@steps.step
async def cut(source: str, clip: Clip, framing: Framing = Framing.AUTO) -> ClipReply:
    """Have a clip cut out of the recording of a document, by its SHA-256."""
    named = options.named(options.CUT_CLIP, f"clip from {clock(clip.start)}")
    return await workflow.execute_activity_method(
        ClippingActivities.cut_clip,
        CutClip(source=source, clip=clip, framing=framing),
        **options.queued(named, ids.Queue.MEDIA),
    )


def _words_of(draft: Draft) -> tuple[str, ...]:
    return (*(draft.thread or (draft.text,)), draft.headline, draft.title)


_OPEN, _CLOSE = "\N{LEFT DOUBLE QUOTATION MARK}", "\N{RIGHT DOUBLE QUOTATION MARK}"


async def make_short(post: PostInput, draft: Draft) -> MadeMedia:
    """Return a film of the draft: its hook, then its sentences, each on a card."""
    platform = post.channel.platform
    if rules_for(platform).video is None:
        return MadeMedia(notes=(f"No film was made: {platform} takes no video.",))
    spoken = await _narration(post, draft) if post.options.media.narrate else Generated()
    if spoken.is_stopped:
        return MadeMedia(notes=(spoken.note,), is_stopped=True)
    filmed = await _film(post, draft, spoken.asset)
    fitted = await steps.fit_media(post, filmed.assets)
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


@steps.step
async def _film(post: PostInput, draft: Draft, narration: StagedAsset | None) -> RenderReply:
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
        **options.queued(named, ids.Queue.MEDIA),
    )


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


Make = Callable[[PostInput, Draft], Awaitable[MadeMedia]]
"""Makes the media of a draft and has them fitted to the post's network.

No assets, with notes that say why, where it cannot; an ActivityError where a step of
it failed for good. Either way a card takes their place.
"""

_MAKERS: Mapping[MediaMaker, Make] = {
    MediaMaker.IMAGE: generated_media.make_picture,
    MediaMaker.VIDEO: generated_media.make_video,
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
    card = await steps.render_media(post, draft)
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
