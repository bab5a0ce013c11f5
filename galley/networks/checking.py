"""Check texts and drafts against the rules of their network."""

from collections.abc import Iterator, Sequence

from galley.models import Channel, Draft, MediaKind, Model, Platform, Problem
from galley.networks.extras import extras_problems
from galley.networks.fields import (
    alt_text_problems,
    board_problems,
    character_problems,
    link_problems,
    title_problems,
)
from galley.networks.forms import media_of, slide_problems
from galley.networks.registry import counts_for, own_limit, rules_for
from galley.networks.rules import NetworkRules, TextCount, unify_newlines
from galley.networks.text import hashtags_in

_INVISIBLE = "\u00ad\u200b\u200c\u200d\u2060\ufeff"


class TextReport(Model):
    """How a text fares on a network. ``length`` and ``limit`` are the network's own."""

    platform: Platform
    length: int
    limit: int
    counted_as: str
    ok: bool
    problems: tuple[Problem, ...] = ()


def check_text(platform: Platform, text: str, *, limit: int | None = None) -> TextReport:
    """Count a final text and name each rule it breaks.

    Args:
        platform: The network the text is for.
        text: The text as it would go out, hashtags and link included.
        limit: What the network lets this channel have instead of its usual limit:
            a Mastodon server's own, or a paid X account's.
    """
    rules = rules_for(platform)
    counts = counts_for(platform, limit)
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
    counts = counts_for(channel.platform, own_limit(channel))
    return (
        *_text_problems(rules, counts, unify_newlines(draft.text)),
        *_thread_problems(rules, counts, draft),
        *title_problems(rules, draft.title),
        *alt_text_problems(rules, draft.alt_text),
        *link_problems(rules, draft.link),
        *board_problems(draft.board, channel),
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
        if length - count.limit <= asked:
            continue
        asked = length - count.limit
        by = f" {count.by}" if count.by else ""
        yield Problem(
            rule="text_length",
            message=f"The text is {length:,} of {count.limit:,} {count.unit}{by}: "
            f"shorten it by {asked:,}.",
        )


def _hashtag_problems(rules: NetworkRules, text: str) -> Iterator[Problem]:
    tags = hashtags_in(text)
    if rules.max_hashtags is not None and len(tags) > rules.max_hashtags:
        yield Problem(
            rule="hashtags",
            message=f"The text has {len(tags)} hashtags and {rules.name} allows "
            f"{rules.max_hashtags}: remove {len(tags) - rules.max_hashtags}.",
        )
    for tag in tags if rules.hashtag_limit is not None else ():
        if len(tag) > (rules.hashtag_limit or 0):
            yield Problem(
                rule="hashtag_length",
                message=f"The hashtag #{tag[:20]}… has {len(tag)} of "
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
