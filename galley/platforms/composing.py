"""Put a post's final text together: the body, then the link and the hashtags."""

from galley.platforms.counting import unify_newlines
from galley.platforms.parsing import links_in
from galley.platforms.rules import LinkPlacement, PlatformRules
from galley.platforms.tags import hashtags_in, write_hashtag

_BETWEEN = "\n\n"


def compose(
    rules: PlatformRules, body: str, hashtags: tuple[str, ...], link: str | None
) -> str:
    """Return the text as it goes out.

    Args:
        rules: Where the network wants the link, and how many hashtags.
        body: What the post says. A link or hashtag already in it is not repeated.
        hashtags: Best first, with or without ``#``; words are joined. Beyond the
            network's limit, or where it has none its custom, they are left out.
        link: The full address, or nothing.

    The result may be too long: :func:`galley.platforms.checking.check_text` says so.
    """
    said = unify_newlines(body).strip()
    address = link.strip() if link and rules.link is LinkPlacement.IN_TEXT else ""
    parts = (
        said,
        "" if address in links_in(said) else address,
        " ".join(f"#{tag}" for tag in _tags(rules, said, hashtags)),
    )
    return _BETWEEN.join(part for part in parts if part)


def _tags(
    rules: PlatformRules, said: str, hashtags: tuple[str, ...]
) -> tuple[str, ...]:
    used = {tag.casefold() for tag in hashtags_in(said)}
    room = _most_hashtags(rules) - len(hashtags_in(said))
    written: list[str] = []
    for words in hashtags:
        tag = write_hashtag(words, camel_case=rules.joins_words_in_camel_case)
        if len(written) >= room:
            break
        if tag and tag.casefold() not in used and _fits(rules, tag):
            used.add(tag.casefold())
            written.append(tag)
    return tuple(written)


def _most_hashtags(rules: PlatformRules) -> int:
    advised = rules.advice.hashtags[1]
    return advised if rules.max_hashtags is None else rules.max_hashtags


def _fits(rules: PlatformRules, tag: str) -> bool:
    return rules.hashtag_limit is None or len(tag) <= rules.hashtag_limit


def body_budget(
    rules: PlatformRules,
    hashtags: tuple[str, ...],
    link: str | None,
    *,
    limit: int | None = None,
) -> int:
    """Return about how many plain characters the body may have.

    ``limit`` stands for the network's usual one, as in ``check_text``. Emoji, other
    scripts and line breaks cost more on some networks, so this is for a prompt; the
    check decides.
    """
    rest = compose(rules, "", hashtags, link)
    tail = _BETWEEN + rest if rest else ""
    own = rules.text_limit if limit is None else limit
    return max(
        0,
        min(
            (own if count.limit == rules.text_limit else count.limit) - count.of(tail)
            for count in rules.counts
        ),
    )
