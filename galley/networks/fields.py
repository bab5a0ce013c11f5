"""Check what stands beside a post's text: title, alt text, link and board."""

from collections.abc import Iterator
from urllib.parse import urlsplit

from galley.models import Channel, GoogleBusinessExtras, GooglePostKind, Platform, Problem
from galley.networks.googlebusiness import DETAIL_LIMIT, LINKED_BUTTONS
from galley.networks.rules import LinkPlacement, NetworkRules, unify_newlines, utf16_units

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


def title_problems(rules: NetworkRules, title: str) -> Iterator[Problem]:
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


def alt_text_problems(rules: NetworkRules, alt_text: str) -> Iterator[Problem]:
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


def link_problems(rules: NetworkRules, link: str) -> Iterator[Problem]:
    """Check the address, where the network has a field for it."""
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
            message=f"There is no board {board[:60]!r}: choose one of {', '.join(names[:10])}.",
        )


_NAMES = {
    GooglePostKind.WHATS_NEW: "what's-new post",
    GooglePostKind.OFFER: "offer",
    GooglePostKind.EVENT: "event",
}


def google_problems(extras: GoogleBusinessExtras, link: str) -> Iterator[Problem]:
    """Name each rule that the details break; ``link`` is where the button leads."""
    yield from _missing(extras)
    yield from _unfitting(extras)
    yield from _backwards(extras)
    for name, value in {"title": extras.title, "code": extras.code}.items():
        length = utf16_units(value)
        if length > DETAIL_LIMIT:
            yield _problem(
                f"The {name} of the {_name(extras)} is {length} of "
                f"{DETAIL_LIMIT} characters: shorten it by {length - DETAIL_LIMIT}."
            )
        yield from character_problems(name, value)
    yield from character_problems("terms", extras.terms)
    if extras.button in LINKED_BUTTONS and not link:
        yield Problem(
            rule="button",
            message=f"The button {extras.button} leads nowhere: give the post a link, "
            "or choose none or call.",
        )


def _missing(extras: GoogleBusinessExtras) -> Iterator[Problem]:
    if extras.kind is GooglePostKind.WHATS_NEW:
        return
    needed = {
        "title": extras.title.strip(),
        "starts_at": extras.starts_at,
        "ends_at": extras.ends_at,
    }
    missing = [name for name, value in needed.items() if not value]
    if missing:
        yield _problem(
            f"An {_name(extras)} of Google Business needs title, start and "
            f"end: give {' and '.join(missing)}."
        )


def _backwards(extras: GoogleBusinessExtras) -> Iterator[Problem]:
    starts_at, ends_at = extras.starts_at, extras.ends_at
    if starts_at is None or ends_at is None:
        return
    # A day may be named by its midnight alone.
    is_one_day = extras.is_full_day and starts_at == ends_at
    if ends_at <= starts_at and not is_one_day:
        yield _problem(f"The {_name(extras)} does not end after it starts: mend its dates.")


def _unfitting(extras: GoogleBusinessExtras) -> Iterator[Problem]:
    """Name what is only for another kind of post, and would be lost."""
    is_news = extras.kind is GooglePostKind.WHATS_NEW
    is_offer = extras.kind is GooglePostKind.OFFER
    given = {
        "title": is_news and bool(extras.title),
        "starts_at": is_news and extras.starts_at is not None,
        "ends_at": is_news and extras.ends_at is not None,
        "is_full_day": extras.kind is not GooglePostKind.EVENT and extras.is_full_day,
        "button": is_offer and extras.button is not None,
        "code": not is_offer and bool(extras.code),
        "terms": not is_offer and bool(extras.terms),
    }
    unfit = [name for name, is_given in given.items() if is_given]
    if unfit:
        yield _problem(
            f"The {_name(extras)} of Google Business has no {' and no '.join(unfit)}: "
            "leave it away, or choose another kind."
        )


def _name(extras: GoogleBusinessExtras) -> str:
    return _NAMES[extras.kind]


def _problem(message: str) -> Problem:
    return Problem(rule="google_details", message=message)
