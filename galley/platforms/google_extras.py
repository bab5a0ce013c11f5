"""Check the details of a Google Business post: news, offer or event."""

from collections.abc import Iterator

from galley.models import GoogleBusinessExtras, GooglePostKind, Problem
from galley.platforms.counting import utf16_units
from galley.platforms.fields import character_problems
from galley.platforms.googlebusiness import DETAIL_LIMIT, LINKED_BUTTONS

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
        yield _problem(
            f"The {_name(extras)} does not end after it starts: mend its dates."
        )


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
