"""Check what stands beside a post's text against its media and its network."""

from collections.abc import Iterator

from galley.models import (
    Extras,
    FacebookExtras,
    GoogleBusinessExtras,
    GoogleButton,
    GooglePostKind,
    InstagramExtras,
    MediaKind,
    PinterestExtras,
    PostForm,
    PostRequest,
    Problem,
    TikTokExtras,
    YouTubeExtras,
)
from galley.platforms.fields import is_web_address
from galley.platforms.registry import rules_for

YOUTUBE_CATEGORIES = frozenset(
    {"1", "2", "10", "15", "17", "19", "20", *map(str, range(22, 30))}
)
"""https://developers.buffer.com/types/YoutubePostMetadataInput.md"""

LINKED_BUTTONS = frozenset(GoogleButton) - {GoogleButton.NONE, GoogleButton.CALL}
"""The buttons that lead to an address; the others need none."""


def addition_problems(request: PostRequest) -> Iterator[Problem]:
    """Name each rule that the extras break, together with the post's media."""
    extras = request.extras
    if extras is None:
        return
    if extras.platform is not request.platform:
        theirs, ours = rules_for(extras.platform).name, rules_for(request.platform).name
        yield Problem(
            rule="extras",
            message=f"The post is for {ours} and its extras are for {theirs}: "
            "remove them.",
        )
        return
    yield from _card_problems(request)
    yield from _own_problems(request, extras)
    if isinstance(extras, InstagramExtras | TikTokExtras | PinterestExtras):
        yield from _thumbnail_problems(request, extras.thumbnail_offset_ms)


def _own_problems(request: PostRequest, extras: Extras) -> Iterator[Problem]:
    match extras:
        case InstagramExtras():
            yield from _form_problems(request, extras)
            yield from _tag_problems(request, extras)
        case FacebookExtras():
            yield from _form_problems(request, extras)
        case TikTokExtras():
            yield from _tiktok_problems(request, extras)
        case YouTubeExtras():
            yield from _youtube_problems(extras)
        case GoogleBusinessExtras():
            yield from _google_problems(request, extras)
        case _:
            return


def _card_problems(request: PostRequest) -> Iterator[Problem]:
    card = getattr(request.extras, "link_card", None)
    if card is None:
        return
    if request.assets:
        yield Problem(
            rule="link_card",
            message="A link card cannot stand beside pictures or a video: remove one.",
        )
    addresses = (card.url, card.thumbnail_url or card.url)
    if not all(map(is_web_address, addresses)):
        yield Problem(
            rule="link_card",
            message="The link card needs full web addresses, with https://.",
        )


def _form_problems(
    request: PostRequest, extras: InstagramExtras | FacebookExtras
) -> Iterator[Problem]:
    name = rules_for(request.platform).name
    if extras.form is PostForm.REEL and not _has(request, MediaKind.VIDEO):
        yield Problem(rule="form", message=f"A reel of {name} needs a video: add one.")
    if extras.form is PostForm.STORY and not request.assets:
        yield Problem(
            rule="form",
            message=f"A story of {name} needs a picture or a video: add one.",
        )
    if extras.form is PostForm.STORY and extras.first_comment:
        yield Problem(
            rule="first_comment",
            message=f"A story of {name} has no first comment: remove it.",
        )


def _tag_problems(request: PostRequest, extras: InstagramExtras) -> Iterator[Problem]:
    for tag in extras.user_tags:
        if tag.asset >= len(request.assets):
            message = f"there are {len(request.assets)} pictures: name one of them"
        elif request.assets[tag.asset].kind is not MediaKind.IMAGE:
            message = "it is a video: tag people in pictures alone"
        else:
            continue
        yield Problem(
            rule="user_tags",
            message=f"@{tag.handle.removeprefix('@')} is tagged in picture "
            f"{tag.asset + 1} and {message}.",
        )


def _thumbnail_problems(request: PostRequest, offset: int | None) -> Iterator[Problem]:
    if offset is None:
        return
    videos = [one for one in request.assets if one.kind is MediaKind.VIDEO]
    if not videos:
        yield Problem(
            rule="thumbnail_offset",
            message="A thumbnail is a frame of a video and there is none: remove it.",
        )
    elif any(one.duration and offset > one.duration * 1000 for one in videos):
        yield Problem(
            rule="thumbnail_offset",
            message="The thumbnail lies after the end of the video: choose an earlier "
            "frame.",
        )


def _tiktok_problems(request: PostRequest, extras: TikTokExtras) -> Iterator[Problem]:
    if extras.is_ai_generated and not _has(request, MediaKind.VIDEO):
        yield Problem(
            rule="ai_generated",
            message="TikTok takes the AI disclosure through Buffer for videos only: "
            "say it in the text, or use a video.",
        )


def _youtube_problems(extras: YouTubeExtras) -> Iterator[Problem]:
    if extras.category not in YOUTUBE_CATEGORIES:
        known = ", ".join(sorted(YOUTUBE_CATEGORIES, key=int))
        yield Problem(
            rule="category",
            message=f"YouTube has no category {extras.category!r}: use one of {known}.",
        )


def _google_problems(
    request: PostRequest, extras: GoogleBusinessExtras
) -> Iterator[Problem]:
    if extras.kind is not GooglePostKind.WHATS_NEW:
        needed = {
            "a title": extras.title.strip(),
            "a start": extras.starts_at,
            "an end": extras.ends_at,
        }
        missing = [name for name, value in needed.items() if not value]
        if missing:
            yield Problem(
                rule="google_details",
                message=f"A Google Business {extras.kind} needs {', '.join(missing)}: "
                "give what is missing.",
            )
        if extras.starts_at and extras.ends_at and extras.ends_at < extras.starts_at:
            yield Problem(
                rule="google_details",
                message=f"The {extras.kind} ends before it starts: mend its dates.",
            )
    if extras.button in LINKED_BUTTONS and not request.link:
        yield Problem(
            rule="button",
            message="The button of the Google Business post leads nowhere: "
            "give a link, or choose none.",
        )


def _has(request: PostRequest, kind: MediaKind) -> bool:
    return any(asset.kind is kind for asset in request.assets)
