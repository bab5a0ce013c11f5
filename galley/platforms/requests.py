"""Check a whole post as it would be sent to Buffer.

A draft was checked before a person approved it; here its media have become part of it,
and what it combines. Buffer's own rules are those of the type pages under
https://developers.buffer.com/types/ and of
https://developers.buffer.com/guides/posts-and-scheduling.md.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from galley.models import Channel, Draft, MediaKind, Platform, PostRequest, Problem
from galley.platforms.checking import check_draft
from galley.platforms.fields import alt_text_problems
from galley.platforms.files import Measures, file_problems
from galley.platforms.registry import rules_for
from galley.platforms.rules import PlatformRules

_NO_LIMIT = 1_000_000
"""A Mastodon server's own limit was held to when the draft was checked."""
_MOST_VIDEOS = 1
_CLOCK_SKEW = timedelta(minutes=1)


def request_problems(request: PostRequest) -> tuple[Problem, ...]:
    """Return each rule of Buffer or the network that a post breaks."""
    rules = rules_for(request.platform)
    return (
        *_text_problems(request),
        *_board_problems(request),
        *_count_problems(request, rules),
        *_media_problems(request, rules),
        *_thumbnail_problems(request),
    )


def due_problems(request: PostRequest, now: datetime) -> tuple[Problem, ...]:
    """Refuse a due time that has passed, where Buffer is told one.

    ``now`` is a worker's clock, which may be ahead: only what is past for a minute is
    past for certain.
    """
    if not request.delivery.has_due_time or request.due_at > now - _CLOCK_SKEW:
        return ()
    return (
        Problem(
            rule="due_time",
            message=f"The due time {request.due_at:%Y-%m-%d %H:%M %Z} has passed: "
            "reschedule the post.",
        ),
    )


def _text_problems(request: PostRequest) -> Iterator[Problem]:
    """Check words and extras as the draft's were; media alone make a post as well."""
    draft = Draft(
        text=request.text,
        thread=request.thread,
        title=request.title,
        link=request.link,
        extras=request.extras,
    )
    channel = Channel(
        id=request.channel_id,
        name="",
        platform=request.platform,
        max_characters=_NO_LIMIT,
    )
    kinds = [asset.kind for asset in request.assets]
    for problem in check_draft(draft, channel, kinds):
        is_answered = problem.rule == "empty" and request.assets
        if problem.rule != "board" and not is_answered:
            yield problem


def _board_problems(request: PostRequest) -> Iterator[Problem]:
    if request.platform is Platform.PINTEREST and not request.board_service_id:
        yield Problem(
            rule="board",
            message="A pin needs a board of its channel: choose one.",
        )


def _count_problems(request: PostRequest, rules: PlatformRules) -> Iterator[Problem]:
    kinds = [asset.kind for asset in request.assets]
    documents, videos = kinds.count(MediaKind.DOCUMENT), kinds.count(MediaKind.VIDEO)
    pictures = kinds.count(MediaKind.IMAGE) - documents
    if documents:
        yield from _document_problems(rules, kinds)
        return
    if rules.image and pictures > rules.image.most:
        yield _too_many(rules, "pictures", pictures, rules.image.most)
    if rules.video and videos > _MOST_VIDEOS:
        yield _too_many(rules, "videos", videos, _MOST_VIDEOS)
    if pictures and videos and rules.image and rules.video:
        yield Problem(
            rule="media_mix",
            message=f"{rules.name} takes pictures or a video, not both: choose.",
        )
    if rules.required_media is not None and not kinds:
        wanted = "a video" if rules.image is None else "a picture or a video"
        yield Problem(
            rule="media_required",
            message=f"{rules.name} takes no post without {wanted}: add one.",
        )


def _document_problems(
    rules: PlatformRules, kinds: list[MediaKind]
) -> Iterator[Problem]:
    """A document goes alone, with its cover behind it."""
    if rules.document and kinds != [MediaKind.DOCUMENT, MediaKind.IMAGE]:
        yield Problem(
            rule="media_mix",
            message=f"{rules.name} takes a document with its cover and nothing beside "
            "it: choose.",
        )


def _too_many(rules: PlatformRules, what: str, count: int, most: int) -> Problem:
    return Problem(
        rule="media_count",
        message=f"{rules.name} takes {most} {what} and the post has {count}: "
        f"remove {count - most}.",
    )


def _media_problems(request: PostRequest, rules: PlatformRules) -> Iterator[Problem]:
    is_story = getattr(request.extras, "form", None) == "story"
    for asset in request.assets:
        measures = Measures(
            kind=asset.kind,
            mime=asset.mime,
            size=asset.size,
            width=asset.width,
            height=asset.height,
            duration=asset.duration,
        )
        yield from file_problems(measures, request.platform, any_shape=is_story)
        if asset.kind is MediaKind.IMAGE:
            yield from alt_text_problems(rules, asset.alt_text)


def _thumbnail_problems(request: PostRequest) -> Iterator[Problem]:
    offset: int | None = getattr(request.extras, "thumbnail_offset_ms", None)
    lengths = [asset.duration for asset in request.assets if asset.duration]
    if offset is not None and any(offset > seconds * 1000 for seconds in lengths):
        yield Problem(
            rule="thumbnail_offset",
            message="The thumbnail lies after the end of the video: "
            "choose an earlier frame.",
        )
