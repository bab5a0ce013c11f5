"""Check what stands beside a post's text: title, alt text, link and board."""

from collections.abc import Iterator
from urllib.parse import urlsplit

from galley.models import Channel, Platform, Problem
from galley.platforms.counting import unify_newlines, utf16_units
from galley.platforms.rules import LinkPlacement, PlatformRules

_ALLOWED_CONTROLS = frozenset("\t\n")
_DELETE = "\x7f"


def character_problems(field: str, text: str) -> Iterator[Problem]:
    """Name the characters of a field that no network takes."""
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


def title_problems(rules: PlatformRules, title: str) -> Iterator[Problem]:
    """Check that a title is there where it must be, and fits."""
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


def alt_text_problems(rules: PlatformRules, alt_text: str) -> Iterator[Problem]:
    """Check that the picture's description fits."""
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
    yield from character_problems(field, unify_newlines(value))


def link_problems(rules: PlatformRules, link: str) -> Iterator[Problem]:
    """Check the address, where the network has a field for it."""
    if rules.link is not LinkPlacement.FIELD or not link:
        return
    if not is_web_address(link):
        yield Problem(
            rule="link",
            message="The link is not a web address: give a full one, with https://.",
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


def board_problems(board: str, channel: Channel) -> Iterator[Problem]:
    """Check that a pin has a board to go to."""
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
