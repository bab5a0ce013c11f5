"""Checks of texts and drafts against the rules of their network.

``check_text`` counts one final text, for the command ``check`` and for the drafters;
``check_draft`` checks all fields of a draft, before a person sees it and before it is sent.
Rules of one network alone are in its file, as its ``draft_check``.
"""

from collections.abc import Iterator, Sequence
from urllib.parse import urlsplit

from galley.models.base import Model
from galley.models.channel import Channel
from galley.models.draft import Draft, Problem
from galley.models.media import MediaKind
from galley.models.network import Extras, LinkCard, Platform, PostForm
from galley.networks.composition import media_of, slide_problems
from galley.networks.graphemes import count_graphemes
from galley.networks.registry import rules_for
from galley.networks.rules import (
    LinkPlacement,
    NetworkRules,
    TextCount,
    character_problems,
    too_long,
    unify_newlines,
    utf16_units,
)
from galley.networks.text import hashtags_in

_INVISIBLE = "\u00ad\u200b\u200c\u200d\u2060\ufeff"


class TextReport(Model):
    """Length and problems of a text on a network, counted the network's own way."""

    platform: Platform
    length: int
    limit: int
    counted_as: str
    ok: bool
    problems: tuple[Problem, ...] = ()

    @property
    def measured(self) -> str:
        """What was counted, and how: ``characters with each link as 23``."""
        return rules_for(self.platform).counts[0].measured


def check_text(platform: Platform, text: str, *, limit: int | None = None) -> TextReport:
    """Count a final text and name each rule it breaks.

    Args:
        platform: The network the text is for.
        text: The text as it would go out, hashtags and link included.
        limit: What the network lets this channel have instead of its usual limit:
            a Mastodon server's own, or a paid X account's.
    """
    rules = rules_for(platform)
    counts = rules.counts_within(limit)
    final = unify_newlines(text)
    problems = tuple(_text_problems(rules, counts, final))
    return TextReport(
        platform=platform,
        length=rules.measure(final),
        limit=counts[0].limit,
        counted_as=rules.counted_as,
        ok=not problems,
        problems=problems,
    )


def check_draft(
    draft: Draft, channel: Channel, media: Sequence[MediaKind] | None = None
) -> tuple[Problem, ...]:
    """Name each rule of the channel's network that ``draft`` breaks.

    Fields the network does not have are not looked at: they are never sent.

    Args:
        draft: The words, and the extras beside them.
        channel: Where they are to go.
        media: What the post carries, in order; missing: what Galley draws for it.
    """
    rules = rules_for(channel.platform)
    if media is None:
        media = media_of(draft, rules)
    counts = rules.counts_on(channel)
    return (
        *_text_problems(rules, counts, unify_newlines(draft.text)),
        *_thread_problems(rules, counts, draft),
        *_title_problems(rules, draft.title),
        *alt_text_problems(rules, draft.alt_text),
        *_link_problems(rules, draft.link),
        *_board_problems(rules, draft.board, channel),
        *slide_problems(draft, rules),
        *extras_problems(draft, channel, media),
    )


def _text_problems(
    rules: NetworkRules, counts: tuple[TextCount, ...], text: str
) -> Iterator[Problem]:
    if not text.strip().strip(_INVISIBLE).strip():
        yield Problem(rule="empty", message="The text is empty: write something.")
        return
    yield from character_problems("text", text)
    yield from _length_problems(counts, text)
    yield from _hashtag_problems(rules, text)
    for check in rules.text_checks:
        if problem := check(text):
            yield problem


def _length_problems(counts: tuple[TextCount, ...], text: str) -> Iterator[Problem]:
    asked = 0
    for count in counts:
        length = count.of(text)
        # A further count is named only if it asks for a shorter text than the last one.
        if length - count.limit > asked:
            asked = length - count.limit
            yield too_long("text_length", "text", length, count.limit, count.measured)


def _hashtag_problems(rules: NetworkRules, text: str) -> Iterator[Problem]:
    tags = hashtags_in(text)
    if rules.max_hashtags is not None and len(tags) > rules.max_hashtags:
        yield Problem(
            rule="hashtags",
            message=f"The text has {len(tags)} hashtags and {rules.name} allows "
            f"{rules.max_hashtags}: remove {len(tags) - rules.max_hashtags}.",
        )
    for tag in tags if rules.hashtag_limit is not None else ():
        length = count_graphemes(tag)
        if length > (rules.hashtag_limit or 0):
            yield Problem(
                rule="hashtag_length",
                message=f"The hashtag #{tag[:20]}… has {length} of "
                f"{rules.hashtag_limit} characters: shorten or remove it.",
            )


def _thread_problems(
    rules: NetworkRules, counts: tuple[TextCount, ...], draft: Draft
) -> Iterator[Problem]:
    thread = draft.thread
    if not thread:
        return
    if rules.max_thread == 1:
        yield Problem(
            rule="thread", message=f"{rules.name} has no threads: put everything into the text."
        )
        return
    if len(thread) > rules.max_thread:
        rest = thread[rules.max_thread :]
        yield Problem(
            rule="thread",
            message=f"The thread has {len(thread)} of {rules.max_thread} posts: "
            f"remove {len(rest)}, or about {sum(map(len, rest)):,} characters.",
        )
    if draft.text != thread[0]:
        yield Problem(
            rule="thread_start",
            message="The text differs from the thread's first post: make them the same.",
        )
    for number, text in enumerate(thread[1:], start=2):
        for problem in _text_problems(rules, counts, unify_newlines(text)):
            message = f"Post {number} of the thread: {problem.message}"
            yield problem.model_copy(update={"message": message})


def _title_problems(rules: NetworkRules, title: str) -> Iterator[Problem]:
    if rules.title_limit is None:
        return
    if not title.strip():
        if rules.needs_title:
            yield Problem(
                rule="title",
                message=f"{rules.name} needs a title: write one of at most "
                f"{rules.title_limit} characters.",
            )
        return
    yield from _field_problems("title", title, rules.title_limit)
    for check in rules.title_checks:
        if problem := check(title):
            yield problem.model_copy(update={"message": f"Title: {problem.message}"})


def alt_text_problems(rules: NetworkRules, alt_text: str) -> Iterator[Problem]:
    """Check the description of a picture."""
    if rules.alt_limit is not None and alt_text:
        yield from _field_problems("alt text", alt_text, rules.alt_limit)


def _field_problems(field: str, value: str, limit: int) -> Iterator[Problem]:
    length = utf16_units(unify_newlines(value))
    if length > limit:
        yield too_long(f"{field.replace(' ', '_')}_length", field, length, limit)
    yield from character_problems(field, unify_newlines(value))


def _link_problems(rules: NetworkRules, link: str) -> Iterator[Problem]:
    if rules.link is not LinkPlacement.FIELD or not link:
        return
    if not is_web_address(link):
        yield Problem(
            rule="link", message="The link is not a web address: give a full one, with https://."
        )
    if rules.link_limit is not None:
        yield from _field_problems("link", link, rules.link_limit)


def is_web_address(link: str) -> bool:
    """Whether ``link`` is a whole http or https address."""
    try:
        parts = urlsplit(link)
    except ValueError:
        return False
    has_space = any(character.isspace() for character in link)
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and not has_space


def _board_problems(rules: NetworkRules, board: str, channel: Channel) -> Iterator[Problem]:
    if not rules.needs_board:
        return
    names = [known.name for known in channel.boards]
    if not names:
        yield Problem(
            rule="board",
            message=f"The {rules.name} channel {channel.name} has no board: "
            f"create one on {rules.name} and refresh the channel in Buffer.",
        )
    elif board and board not in names:
        yield Problem(
            rule="board",
            message=f"There is no board {board[:60]!r}: choose one of {', '.join(names[:10])}.",
        )


def extras_problems(
    draft: Draft, channel: Channel, media: Sequence[MediaKind]
) -> Iterator[Problem]:
    """Name each rule that the draft's extras break, beside ``media`` in order."""
    extras, rules = draft.extras, rules_for(channel.platform)
    if extras is not None and extras.platform is not channel.platform:
        yield Problem(
            rule="extras",
            message=f"The post is for {rules.name} and its extras are for "
            f"{rules_for(extras.platform).name}: remove them.",
        )
        return
    if extras is not None:
        yield from _common_problems(draft, extras, rules, media)
    yield from rules.draft_check(draft, channel, media)


def _common_problems(
    draft: Draft, extras: Extras, rules: NetworkRules, kinds: Sequence[MediaKind]
) -> Iterator[Problem]:
    """Check the extras that several networks have."""
    comment: str = getattr(extras, "first_comment", "")
    form: PostForm | None = getattr(extras, "form", None)
    offset: int | None = getattr(extras, "thumbnail_offset_ms", None)
    card: LinkCard | None = getattr(extras, "link_card", None)
    yield from _comment_problems(draft, comment, rules)
    yield from _form_problems(form, comment, rules, kinds)
    if offset is not None and MediaKind.VIDEO not in kinds:
        yield Problem(
            rule="thumbnail_offset",
            message=f"A thumbnail is a frame of a video and the {rules.name} post has "
            "none: leave out thumbnail_offset_ms.",
        )
    if card is not None:
        yield from _card_problems(card, kinds)


def _comment_problems(draft: Draft, comment: str, rules: NetworkRules) -> Iterator[Problem]:
    count = rules.first_comment
    if count is None or not comment:
        return
    length = count.of(comment)
    if length > count.limit:
        yield too_long("first_comment_length", "first comment", length, count.limit, count.measured)
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
    form: PostForm | None, comment: str, rules: NetworkRules, kinds: Sequence[MediaKind]
) -> Iterator[Problem]:
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
    if comment:
        yield Problem(
            rule="first_comment",
            message=f"A story of {rules.name} has no comments: remove the first one.",
        )


def _card_problems(card: LinkCard, kinds: Sequence[MediaKind]) -> Iterator[Problem]:
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
