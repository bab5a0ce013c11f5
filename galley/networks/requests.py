"""Check media, and the whole of what Buffer is asked for, against a network's rules.

``file_problems`` is asked of each file before and after it is fitted; ``request_problems``
and ``due_problems`` by the Buffer client, just before a post is sent.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from galley.models.channel import Channel
from galley.models.draft import Draft, Problem
from galley.models.media import MediaKind
from galley.models.network import Platform
from galley.models.publishing import PostRequest
from galley.networks.checks import alt_text_problems, check_draft
from galley.networks.registry import rules_for
from galley.networks.rules import DocumentRules, ImageRules, NetworkRules, VideoRules

_PDF = "application/pdf"
_RATIO_SLACK = 0.01
_FOR_ONE = "wide for 1 high"


@dataclass(frozen=True, slots=True)
class Measures:
    """The measures of a file: bytes, pixels, seconds. ``None`` is not checked."""

    kind: MediaKind
    mime: str
    size: int
    width: int | None = None
    height: int | None = None
    duration: float | None = None
    fps: float | None = None
    pages: int | None = None

    @property
    def ratio(self) -> float | None:
        """Width by height."""
        return self.width / self.height if self.width and self.height else None


def file_problems(
    file: Measures, platform: Platform, *, any_shape: bool = False
) -> tuple[Problem, ...]:
    """Return the limits of a network that a file breaks; empty when it suits.

    ``any_shape`` leaves the ratio out: a story has another one than a post.
    """
    rules = rules_for(platform)
    if file.kind is MediaKind.IMAGE and rules.image:
        return tuple(_image_problems(file, rules.image, any_shape=any_shape))
    if file.kind is MediaKind.VIDEO and rules.video:
        return tuple(_video_problems(file, rules.video))
    if file.kind is MediaKind.DOCUMENT and rules.document:
        return tuple(_document_problems(file, rules.document))
    return (
        Problem(
            rule="media_kind",
            message=f"{rules.name} takes no {file.kind}: use another kind of file.",
        ),
    )


def _image_problems(file: Measures, rules: ImageRules, *, any_shape: bool) -> Iterator[Problem]:
    yield from _format_problems(file, rules)
    widths = (rules.min_width, rules.max_width)
    heights = (rules.min_height, rules.max_height)
    yield from _outside("width", file.width, widths, "px wide")
    yield from _outside("height", file.height, heights, "px high")
    pixels = (file.width or 0) * (file.height or 0)
    yield from _outside("pixels", pixels, (None, rules.max_pixels), "pixels")
    shapes = (None, None) if any_shape else (rules.min_ratio, rules.max_ratio)
    yield from _outside("ratio", file.ratio, shapes, _FOR_ONE)


def _video_problems(file: Measures, rules: VideoRules) -> Iterator[Problem]:
    yield from _format_problems(file, rules)
    ratio = file.ratio
    is_reel = ratio is not None and abs(ratio - 9 / 16) <= _RATIO_SLACK
    lengths = (rules.min_seconds, rules.max_seconds)
    if is_reel and rules.reel_seconds:
        lengths = rules.reel_seconds
    yield from _outside("duration", file.duration, lengths, "s long")
    yield from _outside("rate", file.fps, (rules.min_fps, rules.max_fps), "frames/s")
    if file.duration and rules.max_bits:
        bits = round(file.size * 8 / file.duration)
        yield from _outside("bits", bits, (None, rules.max_bits), "bits/s")
    if file.width and file.height:
        yield from _side_problems(file.width, file.height, rules, is_reel=is_reel)
    yield from _outside("ratio", ratio, (rules.min_ratio, rules.max_ratio), _FOR_ONE)
    if ratio is None or not rules.ratios:
        return
    if not any(abs(ratio - width / height) <= _RATIO_SLACK for width, height in rules.ratios):
        allowed = " or ".join(f"{width}:{height}" for width, height in rules.ratios)
        yield Problem(
            rule="media_ratio",
            message=f"The video is {file.width}x{file.height}: crop it to {allowed}.",
        )


def _side_problems(
    width: int, height: int, rules: VideoRules, *, is_reel: bool
) -> Iterator[Problem]:
    narrow, low = rules.reel_size if is_reel and rules.reel_size else (None, None)
    yield from _outside("width", width, (narrow, rules.max_width), "px wide")
    yield from _outside("height", height, (low, None), "px high")
    sides = sorted((width, height))
    yield from _outside("side", sides[0], (rules.min_side, None), "px on a side")
    yield from _outside("side", sides[1], (None, rules.max_side), "px on a side")


def _document_problems(file: Measures, rules: DocumentRules) -> Iterator[Problem]:
    if file.mime != _PDF:
        yield Problem(
            rule="media_format", message=f"The document is {file.mime}: convert it to {_PDF}."
        )
    yield from _outside("bytes", file.size, (1, rules.max_bytes), "bytes")
    yield from _outside("pages", file.pages, (1, rules.most_pages), "pages")


def _format_problems(file: Measures, rules: ImageRules | VideoRules) -> Iterator[Problem]:
    if file.mime not in rules.formats:
        yield Problem(
            rule="media_format",
            message=f"The file is {file.mime}: convert it to {' or '.join(rules.formats)}.",
        )
    sizes = (rules.min_bytes, rules.max_bytes)
    yield from _outside("bytes", file.size, sizes, "bytes")


def _outside(
    rule: str, found: float | None, allowed: tuple[float | None, float | None], unit: str
) -> Iterator[Problem]:
    low, high = allowed
    if found is None:
        return
    if low is not None and found < low:
        limit = f"at least {low:,}"
    elif high is not None and found > high:
        limit = f"at most {high:,}"
    else:
        return
    shown = f"{found:,.3f}" if isinstance(found, float) else f"{found:,}"
    yield Problem(rule=f"media_{rule}", message=f"The file is {shown} {unit}: make it {limit}.")


_NO_LIMIT = 1_000_000
"""A Mastodon server's own limit was held to when the draft was checked."""
_MOST_VIDEOS = 1
_PAST_FOR_CERTAIN = timedelta(minutes=1)


def request_problems(request: PostRequest) -> tuple[Problem, ...]:
    """Return each rule of Buffer or the network that a post breaks."""
    rules = rules_for(request.platform)
    return (
        *_text_problems(request),
        *_board_problems(request, rules),
        *_count_problems(request, rules),
        *_media_problems(request, rules),
        *_thumbnail_problems(request),
    )


def due_problems(request: PostRequest, now: datetime) -> tuple[Problem, ...]:
    """Refuse a due time that has passed, where Buffer is told one.

    ``now`` is a worker's clock, which may be ahead: only what is past for a minute is
    past for certain.
    """
    if not request.delivery.has_due_time or request.due_at > now - _PAST_FOR_CERTAIN:
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
        id=request.channel_id, name="", platform=request.platform, max_characters=_NO_LIMIT
    )
    kinds = [asset.kind for asset in request.assets]
    for problem in check_draft(draft, channel, kinds):
        is_answered = problem.rule == "empty" and request.assets
        if problem.rule != "board" and not is_answered:
            yield problem


def _board_problems(request: PostRequest, rules: NetworkRules) -> Iterator[Problem]:
    if rules.needs_board and not request.board_service_id:
        yield Problem(
            rule="board",
            message=f"A post on {rules.name} needs a board: choose one of its channel.",
        )


def _count_problems(request: PostRequest, rules: NetworkRules) -> Iterator[Problem]:
    kinds = [asset.kind for asset in request.assets]
    documents, videos = kinds.count(MediaKind.DOCUMENT), kinds.count(MediaKind.VIDEO)
    pictures = kinds.count(MediaKind.IMAGE) - documents
    if documents:
        # A document goes alone, with its cover behind it.
        if rules.document and kinds != [MediaKind.DOCUMENT, MediaKind.IMAGE]:
            yield Problem(
                rule="media_mix",
                message=f"{rules.name} takes a document with its cover and nothing beside it: "
                "choose.",
            )
        return
    if rules.image and pictures > rules.image.most:
        yield _too_many(rules, "pictures", pictures, rules.image.most)
    if rules.video and videos > _MOST_VIDEOS:
        yield _too_many(rules, "videos", videos, _MOST_VIDEOS)
    if pictures and videos and rules.image and rules.video:
        yield Problem(
            rule="media_mix", message=f"{rules.name} takes pictures or a video, not both: choose."
        )
    if rules.required_media is not None and not kinds:
        wanted = "a video" if rules.image is None else "a picture or a video"
        yield Problem(
            rule="media_required", message=f"{rules.name} takes no post without {wanted}: add one."
        )


def _too_many(rules: NetworkRules, what: str, count: int, most: int) -> Problem:
    return Problem(
        rule="media_count",
        message=f"{rules.name} takes {most} {what} and the post has {count}: "
        f"remove {count - most}.",
    )


def _media_problems(request: PostRequest, rules: NetworkRules) -> Iterator[Problem]:
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
            message="The thumbnail lies after the end of the video: choose an earlier frame.",
        )
