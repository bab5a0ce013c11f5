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

from typing import NotRequired, TypedDict

from galley.models import (
    GoogleBusinessExtras,
    GoogleButton,
    GooglePostKind,
    Platform,
    PostRequest,
    Problem,
)
from galley.networks.metadata import buffer_time, extras_of
from galley.networks.rules import (
    MEGABYTE,
    Advice,
    ImageRules,
    LinkPlacement,
    NetworkRules,
    TextCount,
    utf16_units,
)
from galley.networks.text import phone_numbers_in

DETAIL_LIMIT = 58
"""Characters of an offer's or event's title, and of a coupon."""
LINKED_BUTTONS = frozenset(GoogleButton) - {GoogleButton.NONE, GoogleButton.CALL}
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
    """What a post says of one kind; what is not said it does not have.

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
        link = request.link if details["button"] in LINKED_BUTTONS else ""
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
    title_limit=DETAIL_LIMIT,
    max_hashtags=0,
    text_checks=(refuse_phone_numbers,),
)
