"""Check texts and drafts against the rules of their network."""

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from urllib.parse import urlsplit

from galley.models import Channel, Draft, Model, Platform, Problem
from galley.platforms.counting import unify_newlines, utf16_units
from galley.platforms.registry import rules_for
from galley.platforms.rules import LinkPlacement, PlatformRules, TextCount
from galley.platforms.tags import hashtags_in

_INVISIBLE = "\u00ad\u200b\u200c\u200d\u2060\ufeff"
_ALLOWED_CONTROLS = frozenset("\t\n")
_DELETE = "\x7f"


class TextReport(Model):
    """How a text fares on a network. ``length`` and ``limit`` are the network's own."""

    platform: Platform
    length: int
    limit: int
    counted_as: str
    ok: bool
    problems: tuple[Problem, ...] = ()


def check_text(
    platform: Platform, text: str, *, limit: int | None = None
) -> TextReport:
    """Count a final text and name each rule it breaks.

    Args:
        platform: The network the text is for.
        text: The text as it would go out, hashtags and link included.
        limit: What the network lets this channel have instead of its usual limit:
            a Mastodon server's own, or a paid X account's.
    """
    rules = rules_for(platform)
    counts = _counts(platform, limit)
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


def check_draft(draft: Draft, channel: Channel) -> tuple[Problem, ...]:
    """Name each rule of the channel's network that ``draft`` breaks.

    Fields the network does not have are not looked at: they are never sent.
    """
    rules = rules_for(channel.platform)
    counts = _counts(channel.platform, _own_limit(channel))
    return (
        *_text_problems(rules, counts, unify_newlines(draft.text)),
        *_thread_problems(rules, counts, draft),
        *_title_problems(rules, draft.title),
        *_alt_text_problems(rules, draft.alt_text),
        *_link_problems(rules, draft.link),
        *_board_problems(draft.board, channel),
    )


def _own_limit(channel: Channel) -> int | None:
    """Only Mastodon's servers set their own; Buffer reports it with the channel."""
    if channel.platform is Platform.MASTODON and (channel.max_characters or 0) > 0:
        return channel.max_characters
    return None


@cache
def _counts(platform: Platform, limit: int | None) -> tuple[TextCount, ...]:
    rules = rules_for(platform)
    if limit is None:
        return rules.counts
    return tuple(
        replace(count, limit=limit) if count.limit == rules.text_limit else count
        for count in rules.counts
    )


def _text_problems(
    rules: PlatformRules, counts: tuple[TextCount, ...], text: str
) -> Iterator[Problem]:
    if not text.strip().strip(_INVISIBLE).strip():
        yield Problem(rule="empty", message="The text is empty: write something.")
        return
    yield from _character_problems("text", text)
    yield from _length_problems(counts, text)
    yield from _hashtag_problems(rules, text)
    for check in rules.text_checks:
        if problem := check(text):
            yield problem


def _character_problems(field: str, text: str) -> Iterator[Problem]:
    bad = {character for character in text if not _may_be_sent(character)}
    if bad:
        codes = ", ".join(f"U+{ord(character):04X}" for character in sorted(bad)[:5])
        yield Problem(
            rule="control_characters",
            message=f"The {field} has characters that cannot be sent: remove {codes}.",
        )


def _may_be_sent(character: str) -> bool:
    """Neither a control character nor half of a surrogate pair."""
    if character < " ":
        return character in _ALLOWED_CONTROLS
    return character != _DELETE and not "\ud800" <= character <= "\udfff"


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


def _hashtag_problems(rules: PlatformRules, text: str) -> Iterator[Problem]:
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
    rules: PlatformRules, counts: tuple[TextCount, ...], draft: Draft
) -> Iterator[Problem]:
    thread = draft.thread
    if not thread:
        return
    if rules.max_thread == 1:
        yield Problem(
            rule="thread",
            message=f"{rules.name} has no threads: put everything into the text.",
        )
        return
    if len(thread) > rules.max_thread:
        yield Problem(
            rule="thread",
            message=f"The thread has {len(thread)} of {rules.max_thread} posts: "
            f"remove {len(thread) - rules.max_thread}.",
        )
    if draft.text != thread[0]:
        yield Problem(
            rule="thread_start",
            message="The text differs from the thread's first post: "
            "make them the same.",
        )
    for number, text in enumerate(thread[1:], start=2):
        for problem in _text_problems(rules, counts, unify_newlines(text)):
            message = f"Post {number} of the thread: {problem.message}"
            yield problem.model_copy(update={"message": message})


def _title_problems(rules: PlatformRules, title: str) -> Iterator[Problem]:
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


def _alt_text_problems(rules: PlatformRules, alt_text: str) -> Iterator[Problem]:
    if rules.alt_limit is not None and alt_text:
        yield from _field_problems("alt text", alt_text, rules.alt_limit)


def _field_problems(field: str, value: str, limit: int) -> Iterator[Problem]:
    length = utf16_units(unify_newlines(value))
    if length > limit:
        yield Problem(
            rule=f"{field.replace(' ', '_')}_length",
            message=f"The {field} is {length:,} of {limit:,} characters: "
            f"shorten it by {length - limit:,}.",
        )
    yield from _character_problems(field, unify_newlines(value))


def _link_problems(rules: PlatformRules, link: str) -> Iterator[Problem]:
    if rules.link is not LinkPlacement.FIELD or not link:
        return
    if not _is_web_address(link):
        yield Problem(
            rule="link",
            message="The link is not a web address: give a full one, with https://.",
        )
    if rules.link_limit is not None:
        yield from _field_problems("link", link, rules.link_limit)


def _is_web_address(link: str) -> bool:
    try:
        parts = urlsplit(link)
    except ValueError:
        return False
    has_space = any(character.isspace() for character in link)
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and not has_space


def _board_problems(board: str, channel: Channel) -> Iterator[Problem]:
    if channel.platform is not Platform.PINTEREST:
        return
    names = [known.name for known in channel.boards]
    if not names:
        yield Problem(
            rule="board",
            message=f"The Pinterest channel {channel.name} has no board: "
            "create one on Pinterest and refresh the channel in Buffer.",
        )
    elif board and board not in names:
        yield Problem(
            rule="board",
            message=f"There is no board {board[:60]!r}: choose one of "
            f"{', '.join(names[:10])}.",
        )
