"""Check what a post carries beside its text: first comment, link card, form, tags."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import cast

from galley.models import (
    Channel,
    Draft,
    Extras,
    FacebookExtras,
    GoogleBusinessExtras,
    InstagramExtras,
    LinkCard,
    LinkedInExtras,
    MastodonExtras,
    MediaKind,
    PinterestExtras,
    PostForm,
    Problem,
    ThreadsExtras,
    TikTokExtras,
    UserTag,
    YouTubeExtras,
    extras_for,
)
from galley.networks.fields import character_problems, google_problems, is_web_address
from galley.networks.instagram import HANDLE, MOST_USER_TAGS
from galley.networks.registry import counts_for, own_limit, rules_for
from galley.networks.rules import NetworkRules, unify_newlines, utf16_units
from galley.networks.text import hashtags_in
from galley.networks.threads import NOT_IN_TOPIC, TOPIC_LIMIT
from galley.networks.youtube import CATEGORIES

_Kinds = Sequence[MediaKind]


def extras_problems(
    draft: Draft, channel: Channel, kinds: Sequence[MediaKind]
) -> Iterator[Problem]:
    """Name each rule that the draft's extras break.

    ``kinds`` are the media the post goes out with, in order.
    """
    extras, rules = draft.extras, rules_for(channel.platform)
    if extras is None:
        return
    if extras.platform is not channel.platform:
        yield Problem(
            rule="extras",
            message=f"The post is for {rules.name} and its extras are for "
            f"{rules_for(extras.platform).name}: remove them.",
        )
        return
    yield from _common_problems(draft, extras, rules, kinds)
    yield from _own_problems(draft, extras, channel, kinds)


def _own_problems(
    draft: Draft, extras: Extras, channel: Channel, kinds: _Kinds
) -> Iterator[Problem]:
    """Check what only one network has."""
    match extras:
        case InstagramExtras():
            yield from _tag_problems(extras.user_tags, kinds)
        case TikTokExtras():
            yield from _tiktok_problems(extras, kinds)
        case YouTubeExtras():
            yield from _category_problems(extras)
        case ThreadsExtras():
            yield from _topic_problems(extras.topic)
        case MastodonExtras():
            yield from _warning_problems(draft, extras.spoiler, channel)
        case GoogleBusinessExtras():
            yield from google_problems(extras, draft.link)
        case _:
            pass


def _common_problems(
    draft: Draft, extras: Extras, rules: NetworkRules, kinds: _Kinds
) -> Iterator[Problem]:
    """Check what several networks have."""
    if isinstance(extras, LinkedInExtras | InstagramExtras | FacebookExtras):
        yield from _comment_problems(draft, extras.first_comment, rules)
    if isinstance(extras, InstagramExtras | FacebookExtras):
        yield from _form_problems(extras, rules, kinds)
    if isinstance(extras, InstagramExtras | TikTokExtras | PinterestExtras):
        yield from _thumbnail_problems(extras.thumbnail_offset_ms, rules, kinds)
    card: LinkCard | None = getattr(extras, "link_card", None)
    if card is not None:
        yield from _card_problems(card, kinds)


def _comment_problems(draft: Draft, comment: str, rules: NetworkRules) -> Iterator[Problem]:
    count = rules.first_comment
    if count is None or not comment:
        return
    length = count.of(comment)
    if length > count.limit:
        by = f" {count.by}" if count.by else ""
        yield Problem(
            rule="first_comment_length",
            message=f"The first comment is {length:,} of {count.limit:,} "
            f"{count.unit}{by}: shorten it by {length - count.limit:,}.",
        )
    yield from character_problems("first comment", unify_newlines(comment))
    tags = len(hashtags_in(draft.text)) + len(hashtags_in(comment))
    if rules.max_hashtags is not None and tags > rules.max_hashtags:
        yield Problem(
            rule="first_comment_hashtags",
            message=f"Text and first comment have {tags} hashtags together and "
            f"{rules.name} allows {rules.max_hashtags}: "
            f"remove {tags - rules.max_hashtags}.",
        )


def _form_problems(
    extras: InstagramExtras | FacebookExtras, rules: NetworkRules, kinds: _Kinds
) -> Iterator[Problem]:
    form = extras.form
    if form is PostForm.REEL and MediaKind.VIDEO not in kinds:
        yield Problem(
            rule="form",
            message=f"A reel of {rules.name} needs a video and the post has none: "
            "leave the form away.",
        )
    if form is not PostForm.STORY:
        return
    if not kinds:
        yield Problem(
            rule="form",
            message=f"A story of {rules.name} needs a picture or a video and the post "
            "has none: leave the form away.",
        )
    if extras.first_comment:
        yield Problem(
            rule="first_comment",
            message=f"A story of {rules.name} has no comments: remove the first one.",
        )


def _thumbnail_problems(
    offset: int | None, rules: NetworkRules, kinds: _Kinds
) -> Iterator[Problem]:
    if offset is not None and MediaKind.VIDEO not in kinds:
        yield Problem(
            rule="thumbnail_offset",
            message=f"A thumbnail is a frame of a video and the {rules.name} post has "
            "none: leave thumbnail_offset_ms away.",
        )


def _card_problems(card: LinkCard, kinds: _Kinds) -> Iterator[Problem]:
    if kinds:
        yield Problem(
            rule="link_card",
            message="A link card cannot stand beside pictures or a video: remove one of them.",
        )
    addresses = {"link card": card.url, "thumbnail of the link card": card.thumbnail_url}
    for name, address in addresses.items():
        if not is_web_address(address) and (address or name == "link card"):
            yield Problem(
                rule="link_card",
                message=f"The address of the {name} is no web address: give a full "
                "one, with https://.",
            )
    for name, value in {"title": card.title, "description": card.description}.items():
        yield from character_problems(f"{name} of the link card", unify_newlines(value))


def _tag_problems(tags: tuple[UserTag, ...], kinds: _Kinds) -> Iterator[Problem]:
    if len(tags) > MOST_USER_TAGS:
        yield Problem(
            rule="user_tags",
            message=f"{len(tags)} people are tagged and Instagram allows "
            f"{MOST_USER_TAGS}: remove {len(tags) - MOST_USER_TAGS}.",
        )
    for tag in tags:
        if not HANDLE.fullmatch(tag.handle) or ".." in tag.handle:
            yield Problem(
                rule="user_tags",
                message=f"{tag.handle[:40]!r} is no user name of Instagram: write it "
                "as in the address of the profile.",
            )
        elif tag.asset >= len(kinds) or kinds[tag.asset] is not MediaKind.IMAGE:
            yield Problem(
                rule="user_tags",
                message=f"{tag.handle} is tagged in picture {tag.asset + 1}, counted "
                "from 1, and there is no such picture: name another asset.",
            )


def _tiktok_problems(extras: TikTokExtras, kinds: _Kinds) -> Iterator[Problem]:
    if extras.is_ai_generated and MediaKind.VIDEO not in kinds:
        yield Problem(
            rule="ai_generated",
            message="TikTok takes the AI disclosure of videos only and the post has "
            "none: say it in the text.",
        )


def _category_problems(extras: YouTubeExtras) -> Iterator[Problem]:
    if extras.category not in CATEGORIES:
        yield Problem(
            rule="category",
            message=f"YouTube has no category {extras.category!r}: choose one of "
            f"{', '.join(CATEGORIES)}.",
        )


def _topic_problems(topic: str) -> Iterator[Problem]:
    length = utf16_units(topic)
    if length > TOPIC_LIMIT:
        yield Problem(
            rule="topic",
            message=f"The topic is {length} of {TOPIC_LIMIT} characters: shorten it by "
            f"{length - TOPIC_LIMIT}.",
        )
    bad = sorted(NOT_IN_TOPIC.intersection(topic))
    if bad:
        yield Problem(
            rule="topic",
            message=f"A topic of Threads has no {' and no '.join(bad)}: write it without.",
        )
    yield from character_problems("topic", topic)


def _warning_problems(draft: Draft, spoiler: str, channel: Channel) -> Iterator[Problem]:
    if not spoiler:
        return
    for count in counts_for(channel.platform, own_limit(channel)):
        length = count.of(spoiler + draft.text)
        if length > count.limit >= count.of(draft.text):
            yield Problem(
                rule="spoiler_length",
                message=f"Content warning and text are {length:,} of {count.limit:,} "
                f"{count.unit} together: shorten one by {length - count.limit:,}.",
            )
    yield from character_problems("content warning", unify_newlines(spoiler))


def carried_words(extras: Extras | None) -> tuple[str, ...]:
    """Return each thing that is not as usual, as ``first comment: More below.``."""
    if extras is None:
        return ()
    usual = extras_for(extras.platform)
    return tuple(
        f"{name.replace('_', ' ')}: {words}"
        for name in type(extras).model_fields
        if (value := getattr(extras, name)) != getattr(usual, name) and (words := _words(value))
    )


def _words(value: object) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case LinkCard():
            return " · ".join(filter(None, _card(value)))
        case datetime():
            return f"{value:%Y-%m-%d %H:%M %Z}"
        case tuple():
            tags = cast("tuple[UserTag, ...]", value)
            return ", ".join(f"{t.handle} in picture {t.asset + 1}" for t in tags)
        case _:
            return " ".join(str(value).split())


def _card(card: LinkCard) -> Iterator[str]:
    yield card.url
    yield card.title
    yield card.description
    yield f"picture {card.thumbnail_url}" if card.thumbnail_url else ""
