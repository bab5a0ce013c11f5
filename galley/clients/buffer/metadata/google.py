"""Google Business: https://developers.buffer.com/types/GoogleBusinessPostMetadataInput.md.

Buffer's key for it is ``google``, while the service is ``googlebusiness``.
"""

from galley.clients.buffer.generated.enums import (
    GoogleBusinessPostActionType,
    PostTypeGoogleBusiness,
)
from galley.clients.buffer.generated.input_types import (
    AssetInput,
    GoogleBusinessEventMetaDataInput,
    GoogleBusinessOfferMetaDataInput,
    GoogleBusinessPostMetadataInput,
    GoogleBusinessWhatsNewMetaDataInput,
    PostInputMetaData,
)
from galley.clients.buffer.inbound import to_buffer
from galley.clients.buffer.metadata.extras import extras_of
from galley.models import GoogleBusinessExtras, GoogleButton, GooglePostKind, PostRequest
from galley.networks.googlebusiness import LINKED_BUTTONS


def google(request: PostRequest, _: list[AssetInput]) -> PostInputMetaData:
    """Return the kind of post and the details of that kind."""
    extras = extras_of(request, GoogleBusinessExtras)
    own = GoogleBusinessPostMetadataInput(type=PostTypeGoogleBusiness(extras.kind.value))
    match extras.kind:
        case GooglePostKind.OFFER:
            own.details_offer = _offer(request, extras)
        case GooglePostKind.EVENT:
            own.details_event = _event(request, extras)
        case GooglePostKind.WHATS_NEW:
            own.details_whats_new = _whats_new(request, extras)
    return PostInputMetaData(google=own)


def _whats_new(
    request: PostRequest, extras: GoogleBusinessExtras
) -> GoogleBusinessWhatsNewMetaDataInput:
    button, link = _button(request, extras)
    details = GoogleBusinessWhatsNewMetaDataInput(button=button)
    if link:
        details.link = link
    return details


def _event(request: PostRequest, extras: GoogleBusinessExtras) -> GoogleBusinessEventMetaDataInput:
    button, link = _button(request, extras)
    details = GoogleBusinessEventMetaDataInput(
        button=button, title=extras.title, isFullDayEvent=extras.is_full_day
    )
    if extras.starts_at and extras.ends_at:
        details.start_date = to_buffer(extras.starts_at)
        details.end_date = to_buffer(extras.ends_at)
    if link:
        details.link = link
    return details


def _offer(request: PostRequest, extras: GoogleBusinessExtras) -> GoogleBusinessOfferMetaDataInput:
    """Return an offer, which has a link and no button."""
    details = GoogleBusinessOfferMetaDataInput(title=extras.title)
    if extras.starts_at and extras.ends_at:
        details.start_date = to_buffer(extras.starts_at)
        details.end_date = to_buffer(extras.ends_at)
    if request.link:
        details.link = request.link
    if extras.code:
        details.code = extras.code
    if extras.terms:
        details.terms = extras.terms
    return details


def _button(
    request: PostRequest, extras: GoogleBusinessExtras
) -> tuple[GoogleBusinessPostActionType, str]:
    """Return the button and where it leads: by itself, to the link if there is one."""
    usual = GoogleButton.LEARN_MORE if request.link else GoogleButton.NONE
    chosen = extras.button or usual
    link = request.link if chosen in LINKED_BUTTONS else ""
    return GoogleBusinessPostActionType(chosen.value), link
