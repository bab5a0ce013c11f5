"""The media of a post, by maker: source pictures, clip, film, avatar, generated, card.

PostDrafting calls :func:`make`; ClipsWorkflow chooses and cuts clips.
"""

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import cast

from temporalio.exceptions import ActivityError

from activities.interfaces import ClippingActivities, FilmingActivities, SourcePictureActivities
from galley.models.brand import PersonaRef
from galley.models.draft import Draft
from galley.models.media import (
    CardKind,
    ChooseClips,
    ChosenClips,
    Clip,
    ClipReply,
    CutClip,
    Framing,
    MadeMedia,
    MediaKind,
    MediaMaker,
    clock,
)
from galley.models.media_orders import FetchPictures, OrderKind, RenderMedia
from galley.models.network import Extras, Platform, extras_for
from galley.models.post import PostInput
from galley.networks.registry import rules_for
from workflows import ids, options
from workflows.post import steps
from workflows.post.generated_media import Generated, fitted, generated, make_generated
from workflows.runtime import cause

_MOST_NOTES = 30  # of them all; they go into the history


async def from_source(post: PostInput, draft: Draft) -> MadeMedia:
    """Return the pictures of the source, fitted; they do not depend on the draft."""
    del draft
    found = await _fetched(post)
    if not found.assets:
        return found
    fitted = await steps.fit_media(post, found.assets)
    notes = (*found.notes, *fitted.notes)[:40]
    return fitted.model_copy(update={"notes": notes, "claims": found.claims})


async def _fetched(post: PostInput, *, for_card: bool = False) -> MadeMedia:
    platform = post.channel.platform
    return await steps.run(
        SourcePictureActivities.fetch_pictures,
        FetchPictures(source=post.source, platform=platform, for_card=for_card),
        options.queued(options.FETCH_PICTURES, ids.Queue.MEDIA, f"pictures · {platform}"),
    )


async def drawn(post: PostInput, draft: Draft) -> MadeMedia:
    """Return the card of a draft, or its slides: on photographs of the source, if asked for.

    Raises:
        ActivityError: It cannot be drawn.
    """
    photos = MadeMedia() if draft.slides else await _photos(post)
    card = await steps.render_media(post, draft, photos.assets)
    return MadeMedia(assets=card.assets, notes=(*photos.notes, *card.notes)[:_MOST_NOTES])


async def _photos(post: PostInput) -> MadeMedia:
    """Return the photographs of the source, if they were asked for; without any, notes."""
    if post.options.media.card is not CardKind.PHOTO:
        return MadeMedia()
    try:
        photos = await _fetched(post, for_card=True)
    except ActivityError as error:
        # A picture without a photograph is better than none.
        return MadeMedia(notes=(cause(error),))
    if photos.claims:
        # Words of the page that nobody proved describe no picture.
        bare = tuple(one.model_copy(update={"alt_text": ""}) for one in photos.assets)
        return photos.model_copy(update={"assets": bare})
    return photos


async def from_person(post: PostInput, draft: Draft) -> MadeMedia:
    """Return the files that a person attached to the post, or else to the campaign, fitted."""
    platform = post.channel.platform
    given = draft.attached or post.options.media.attached_for(platform)
    if not given:
        return MadeMedia(notes=(f"No file is attached for {platform}.",))
    return await steps.fit_media(post, given)


async def make_clip(post: PostInput, draft: Draft) -> MadeMedia:
    """Return a clip of the moment that a person gave, or of the one that fits the draft."""
    platform = post.channel.platform
    if rules_for(platform).video is None:
        return MadeMedia(notes=(f"No clip was cut: {platform} takes no video.",))
    clip = draft.clip
    if clip is None:
        texts = (*(draft.thread or (draft.text,)), draft.headline, draft.title)
        chosen = await choose(ChooseClips(source=post.source.sha256, texts=texts))
        if not chosen.clips:
            return MadeMedia(notes=(chosen.note,))
        clip = chosen.clips[0]
    cut_out = await cut(post.source.sha256, clip, post.options.persona)
    fitted = await steps.fit_media(post, (cut_out.asset,))
    notes = (told(cut_out.clip), *cut_out.notes, *fitted.notes)
    return fitted.model_copy(update={"notes": notes[:40]})


def told(clip: Clip) -> str:
    """Return a clip's edges and the reasons for it, in a sentence for the reviewer."""
    edges = f"{clock(clip.start)}-{clock(clip.end)}"
    if not clip.reasons:
        return f"Clip {edges} of the recording, as a person gave it."
    why = "; ".join(clip.reasons)
    return (
        f"Clip {edges} of the recording, score {clip.score} ({why}). "
        f"To move its edges: edit --clip {edges}"
    )


async def choose(task: ChooseClips) -> ChosenClips:
    """Have moments of a recording chosen."""
    return await steps.run(
        ClippingActivities.choose_clips, task, options.queued(options.CHOOSE_CLIPS, ids.Queue.MEDIA)
    )


async def cut(
    source: str, clip: Clip, persona: PersonaRef | None, framing: Framing = Framing.FOLLOW
) -> ClipReply:
    """Have a clip cut out of the recording of a document, by its SHA-256."""
    return await steps.run(
        ClippingActivities.cut_clip,
        CutClip(source=source, clip=clip, framing=framing, persona=persona),
        options.queued(options.CUT_CLIP, ids.Queue.MEDIA, f"clip from {clock(clip.start)}"),
    )


_OPEN, _CLOSE = "\N{LEFT DOUBLE QUOTATION MARK}", "\N{RIGHT DOUBLE QUOTATION MARK}"


async def make_short(post: PostInput, draft: Draft) -> MadeMedia:
    """Return a film of the draft: its hook, then its sentences, each on a card."""
    platform = post.channel.platform
    if rules_for(platform).video is None:
        return MadeMedia(notes=(f"No film was made: {platform} takes no video.",))
    spoken = Generated()
    if post.options.media.narrate:
        try:
            spoken = await generated(post, draft, OrderKind.SPEECH)
        except ActivityError as error:
            # A film that nobody reads aloud is better than none.
            spoken = Generated(note=cause(error))
    if spoken.is_stopped:
        return MadeMedia(notes=(spoken.note,), is_stopped=True)
    photos = await _photos(post)
    filmed = await steps.run(
        FilmingActivities.film_short,
        RenderMedia(
            source=post.source,
            channel=post.channel,
            draft=draft,
            options=post.options,
            narration=spoken.asset,
            photos=photos.assets,
        ),
        options.queued(options.FILM_SHORT, ids.Queue.MEDIA, f"short · {platform}"),
    )
    fitted = await steps.fit_media(post, filmed.assets)
    notes = (*said(spoken), *photos.notes, *filmed.notes, *fitted.notes)
    origin = spoken.asset.origin if spoken.asset else None
    assets = tuple(a.model_copy(update={"origin": origin}) for a in fitted.assets)
    return fitted.model_copy(update={"assets": assets, "notes": notes[:40]})


def said(spoken: Generated) -> tuple[str, ...]:
    """Return the reviewer's note on the speech: its words and its model."""
    if spoken.asset is None:
        return (spoken.note,) if spoken.note else ()
    words = " ".join(spoken.asset.alt_text.split())
    by = f" by {spoken.asset.origin.model}" if spoken.asset.origin else ""
    return (f"Read aloud{by}: {_OPEN}{words}{_CLOSE}",)


async def make_avatar(post: PostInput, draft: Draft) -> MadeMedia:
    """Return a video of a speaking person, fitted; or notes that say why there is none."""
    platform = post.channel.platform
    if rules_for(platform).video is None:
        return MadeMedia(notes=(f"Nobody speaks: {platform} takes no video.",))
    # With for_avatar, consent is asked for before the speech is paid.
    spoken = await generated(post, draft, OrderKind.SPEECH, for_avatar=True)
    if spoken.asset is None:
        return MadeMedia(notes=(spoken.note,), is_stopped=spoken.is_stopped)
    made = await generated(post, draft, OrderKind.AVATAR, narration=spoken.asset)
    if made.asset is None:
        return MadeMedia(notes=(made.note,), is_stopped=made.is_stopped)
    ready = await fitted(post, made.asset, speaks=True)
    return ready.model_copy(update={"notes": (*said(spoken), *ready.notes)[:40]})


Make = Callable[[PostInput, Draft], Awaitable[MadeMedia]]
"""Makes the media of a draft, fitted to the post's network.

Without assets, the notes say why; a step that fails for good raises an ActivityError. A card
takes their place either way.
"""

# Makers beside the card. The command line refuses one that is not here.
_MAKERS: Mapping[MediaMaker, Make] = {
    MediaMaker.IMAGE: partial(make_generated, OrderKind.IMAGE),
    MediaMaker.VIDEO: partial(make_generated, OrderKind.VIDEO),
    MediaMaker.CLIP: make_clip,
    MediaMaker.SOURCE: from_source,
    MediaMaker.SHORT: make_short,
    MediaMaker.AVATAR: make_avatar,
    MediaMaker.ATTACHED: from_person,
}

BUILT = frozenset({MediaMaker.CARD, MediaMaker.NONE, *_MAKERS})
_CARD = MediaMaker.CARD
_SAYING = frozenset({MediaMaker.SHORT, MediaMaker.AVATAR})
# Makers that draw the draft's own words: an edit of them makes the media old.
_OF_WORDS = frozenset({MediaMaker.CARD, MediaMaker.NONE, MediaMaker.SHORT})


def has_media(post: PostInput, draft: Draft, *, needs_media: bool) -> bool:
    """Return whether a post gets media; with ``needs_media`` its draft needs a card."""
    return needs_media or _maker(post, draft) in _MAKERS


def _maker(post: PostInput, draft: Draft) -> MediaMaker:
    if draft.attached is None:
        return post.options.media.maker
    return MediaMaker.ATTACHED if draft.attached else MediaMaker.NONE


def is_same(made_by: MediaMaker, before: Draft, after: Draft) -> bool:
    """Return whether the media made for one draft suit another one, too."""
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
    wanted = _maker(post, draft)
    maker = _MAKERS.get(wanted)
    # A maker that fails leaves notes; the network's own need decides about a card below.
    made = MadeMedia()
    if maker:
        try:
            made = await maker(post, draft)
        except ActivityError as error:
            made = MadeMedia(notes=(cause(error),))
    if made.assets or made.is_stopped or not needs_media:
        return made.model_copy(update={"by": wanted if made.assets else _CARD})
    card = await drawn(post, draft)
    notes = (*made.notes, *card.notes)
    if card.assets and (maker or wanted is MediaMaker.NONE):
        is_asked = post.options.media.card is not None
        why = "it was asked for" if is_asked else "the network takes no post without media"
        notes = (*notes, f"A card was drawn: {why}.")
    return MadeMedia(assets=card.assets, notes=notes)


def with_media(draft: Draft, made: MadeMedia, platform: Platform) -> Draft:
    """Return the draft of a post with these media: alt text, no link card, AI label."""
    if not made.assets:
        return draft
    changes: dict[str, object] = {}
    said = made.assets[0].alt_text
    if made.by is MediaMaker.ATTACHED:
        # No words at all are better than those on a card that nobody sees.
        changes = {"attached": made.given, "alt_text": said}
    elif said and (made.by not in _OF_WORDS or not (draft.alt_text or draft.slides)):
        changes["alt_text"] = said
    # A network shows media or the card of a link, not both.
    if draft.extras is not None and getattr(draft.extras, "link_card", None):
        changes["extras"] = draft.extras.model_copy(update={"link_card": None})
    # A video that a model made, or speaks in, is labelled where the network has a label.
    if any(one.origin and one.kind is MediaKind.VIDEO for one in made.assets):
        extras = changes.get("extras") or draft.extras or extras_for(platform)
        if hasattr(extras, "is_ai_generated"):
            labelled = {"is_ai_generated": True}
            changes["extras"] = cast("Extras", extras).model_copy(update=labelled)
    return draft.model_copy(update=changes)


def _headed(draft: Draft) -> tuple[object, ...]:
    """Return the words that an avatar or a film begins with."""
    return draft.headline, draft.title


def _drawn(draft: Draft) -> tuple[object, ...]:
    """Return the words on the pictures, and their alt text."""
    return draft.headline, draft.title, draft.alt_text, draft.slides


def _spoken(draft: Draft) -> tuple[object, ...]:
    """Return the words that a film shows one after the other."""
    return draft.text, draft.thread
