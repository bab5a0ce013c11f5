"""Google Business Profile.

Text: 1,500, and no telephone number in it,
https://support.buffer.com/article/557-using-google-business-profiles-with-buffer
(2025-08-29) and https://docs.zernio.com/platforms/google-business (2026); Buffer's
guide says 4,000, which Google does not take. Title of an offer or event, and coupon:
58, https://developers.buffer.com/guides/character-limits (2026-10). Which detail and
button an offer, event or news has:
https://developers.buffer.com/types/GoogleBusinessPostMetadataInput.md (2026-08). Posts
per day: 50, https://support.buffer.com/article/646-daily-posting-limits (2025-08-29).
Picture: https://support.buffer.com/article/617-ideal-image-sizes-and-formats-for-your-posts
(2025-09-08) and, stricter,
https://www.ayrshare.com/docs/apis/post/social-networks/google (2026).
"""

from collections.abc import Iterator, Sequence
from typing import NotRequired, TypedDict

from galley.models.channel import Channel
from galley.models.draft import Draft, Problem
from galley.models.media import MediaKind
from galley.models.network import GoogleBusinessExtras, GoogleButton, GooglePostKind, Platform
from galley.models.publishing import PostRequest
from galley.networks.metadata import buffer_time, extras_of
from galley.networks.rules import (
    MEGABYTE,
    Advice,
    ImageRules,
    LinkPlacement,
    NetworkRules,
    TextCount,
    character_problems,
    too_long,
    utf16_units,
)
from galley.networks.text import phone_numbers_in

_DETAIL_LIMIT = 58
"""Characters of an offer's or event's title, and of a coupon."""
_LINKED_BUTTONS = frozenset(GoogleButton) - {GoogleButton.NONE, GoogleButton.CALL}
"""Buttons that lead to an address."""


def refuse_phone_numbers(text: str) -> Problem | None:
    """Google rejects a post with a telephone number in its text."""
    found = phone_numbers_in(text)
    if not found:
        return None
    return Problem(
        rule="phone_number",
        message="Google rejects a post with a telephone number and the text has "
        f"{len(found)} ({', '.join(found[:3])}): remove it; the profile shows its own.",
    )


class Details(TypedDict, total=False):
    """The details of one kind of post; those left out it does not have.

    https://developers.buffer.com/types/GoogleBusinessEventMetaDataInput.md; an offer has
    neither a button nor whole days, and news nothing but button and link.
    """

    button: GoogleButton
    link: str
    title: str
    startDate: str
    endDate: str
    isFullDayEvent: bool
    code: str
    terms: str


class Metadata(TypedDict):
    """https://developers.buffer.com/types/GoogleBusinessPostMetadataInput.md."""

    type: GooglePostKind
    detailsWhatsNew: NotRequired[Details]
    detailsOffer: NotRequired[Details]
    detailsEvent: NotRequired[Details]


def metadata(request: PostRequest) -> Metadata:
    """Return the kind of post and the details of that kind."""
    extras = extras_of(request, GoogleBusinessExtras)
    details = _details(request, extras)
    match extras.kind:
        case GooglePostKind.WHATS_NEW:
            return {"type": extras.kind, "detailsWhatsNew": details}
        case GooglePostKind.OFFER:
            return {"type": extras.kind, "detailsOffer": details}
        case GooglePostKind.EVENT:
            return {"type": extras.kind, "detailsEvent": details}


def _details(request: PostRequest, extras: GoogleBusinessExtras) -> Details:
    details, link = Details(), request.link
    if extras.kind is not GooglePostKind.OFFER:
        usual = GoogleButton.LEARN_MORE if request.link else GoogleButton.NONE
        details["button"] = extras.button or usual
        link = request.link if details["button"] in _LINKED_BUTTONS else ""
    if link:
        details["link"] = link
    if extras.kind is GooglePostKind.WHATS_NEW:
        return details
    details["title"] = extras.title
    if extras.starts_at and extras.ends_at:
        details["startDate"] = buffer_time(extras.starts_at)
        details["endDate"] = buffer_time(extras.ends_at)
    if extras.kind is GooglePostKind.EVENT:
        details["isFullDayEvent"] = extras.is_full_day
    if extras.code:
        details["code"] = extras.code
    if extras.terms:
        details["terms"] = extras.terms
    return details


_NAMES = {
    GooglePostKind.WHATS_NEW: "what's-new post",
    GooglePostKind.OFFER: "offer",
    GooglePostKind.EVENT: "event",
}


def check_details(draft: Draft, _: Channel, _media: Sequence[MediaKind]) -> Iterator[Problem]:
    """Name each rule that the details of an offer, event or news break."""
    extras = draft.extras
    if not isinstance(extras, GoogleBusinessExtras):
        return
    yield from _missing(extras)
    yield from _unfitting(extras)
    starts_at, ends_at = extras.starts_at, extras.ends_at
    # A day may be named by its midnight alone.
    is_one_day = extras.is_full_day and starts_at == ends_at
    if starts_at and ends_at and ends_at <= starts_at and not is_one_day:
        yield _problem(f"The {_NAMES[extras.kind]} does not end after it starts: mend its dates.")
    for name, value in {"title": extras.title, "code": extras.code}.items():
        if (length := utf16_units(value)) > _DETAIL_LIMIT:
            what = f"{name} of the {_NAMES[extras.kind]}"
            yield too_long("google_details", what, length, _DETAIL_LIMIT)
        yield from character_problems(name, value)
    yield from character_problems("terms", extras.terms)
    if extras.button in _LINKED_BUTTONS and not draft.link:
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
            f"An {_NAMES[extras.kind]} of Google Business needs title, start and "
            f"end: give {' and '.join(missing)}."
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
            f"The {_NAMES[extras.kind]} of Google Business has no {' and no '.join(unfit)}: "
            "leave it away, or choose another kind."
        )


def _problem(message: str) -> Problem:
    return Problem(rule="google_details", message=message)


GOOGLEBUSINESS = NetworkRules(
    platform=Platform.GOOGLEBUSINESS,
    name="Google Business",
    counts=(TextCount(utf16_units, 1500, "UTF-16 code units (most emoji are two)"),),
    link=LinkPlacement.FIELD,
    advice=Advice(length=(100, 300), hashtags=(0, 0), fold=100),
    posts_per_day=50,
    buffer_key="google",
    metadata=metadata,
    image=ImageRules(
        most=1,
        formats=("image/jpeg", "image/png"),
        min_bytes=10_000,
        max_bytes=5 * MEGABYTE,
        min_width=400,
        min_height=300,
        max_width=10_000,
        max_height=10_000,
        card=(1200, 900),
    ),
    max_hashtags=0,
    text_checks=(refuse_phone_numbers,),
    draft_check=check_details,
)
