"""What is drawn for each network, and whether a file suits it.

The limits themselves stand in :mod:`galley.platforms`.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from galley.media.card import CardFormat, CardSpec, Margin
from galley.media.probe import Probe
from galley.models import MediaKind, Platform, Problem
from galley.platforms.registry import rules_for
from galley.platforms.rules import ImageRules, VideoRules

_RATIO_SLACK = 0.01
_TALL = 1.6
"""Height by width from which an app fills the screen and lays buttons over it."""
_UNSIGNED = frozenset({Platform.TIKTOK})
"""TikTok forbids promotional marks in the picture:
https://developers.tiktok.com/doc/content-sharing-guidelines (2026-09-07)."""


@dataclass(frozen=True)
class Rendering:
    """What a network is given when a post has no media of its own.

    ``signed``: whether the channel's name stands on it.
    """

    kind: MediaKind
    card: CardSpec
    signed: bool = True


def rendering_for(platform: Platform) -> Rendering | None:
    """Return what must be drawn for a network; ``None`` where media is optional."""
    rules = rules_for(platform)
    if rules.required_media is MediaKind.IMAGE and rules.image:
        card = picture_for(rules.image)
    elif rules.required_media is MediaKind.VIDEO and rules.video:
        card = _spec(rules.video.clip, rules.video.max_bytes, CardFormat.PNG)
    else:
        return None
    return Rendering(rules.required_media, card, signed=platform not in _UNSIGNED)


def picture_for(rules: ImageRules) -> CardSpec:
    """Return the card that suits a network's rules for pictures.

    JPEG wherever it is taken: Buffer was seen refusing PNG for networks that take it.
    """
    jpeg = "image/jpeg" in rules.formats
    return _spec(
        rules.card, rules.max_bytes, CardFormat.JPEG if jpeg else CardFormat.PNG
    )


def problems_of(asset: Probe, platform: Platform) -> tuple[Problem, ...]:
    """Return the media limits of a network that a file breaks; empty when it suits."""
    rules = rules_for(platform)
    if asset.kind is MediaKind.IMAGE and rules.image:
        return tuple(_image_problems(asset, rules.image))
    if asset.kind is MediaKind.VIDEO and rules.video:
        return tuple(_video_problems(asset, rules.video))
    return (
        Problem(
            rule="media_kind",
            message=f"{rules.name} takes no {asset.kind}: use another kind of file.",
        ),
    )


def _spec(size: tuple[int, int], max_bytes: int, file_format: CardFormat) -> CardSpec:
    width, height = size
    edge = round(min(width, height) * 0.089)
    margin = Margin(edge, edge, edge, edge)
    if height / width >= _TALL:
        margin = Margin(
            top=round(height * 0.135),
            right=round(width * 0.14),
            bottom=round(height * 0.24),
            left=round(width * 0.078),
        )
    return CardSpec(width, height, margin, max_bytes, file_format)


def _image_problems(asset: Probe, rules: ImageRules) -> Iterator[Problem]:
    yield from _file_problems(asset, rules)
    widths = (rules.min_width, rules.max_width)
    heights = (rules.min_height, rules.max_height)
    yield from _outside("width", asset.width, widths, "px wide")
    yield from _outside("height", asset.height, heights, "px high")
    pixels = asset.width * asset.height
    yield from _outside("pixels", pixels, (None, rules.max_pixels), "pixels")
    shapes = (rules.min_ratio, rules.max_ratio)
    yield from _outside("ratio", asset.width / asset.height, shapes, "wide for 1 high")


def _video_problems(asset: Probe, rules: VideoRules) -> Iterator[Problem]:
    yield from _file_problems(asset, rules)
    lengths = (rules.min_seconds, rules.max_seconds)
    yield from _outside("duration", asset.duration or 0, lengths, "s long")
    ratio = asset.width / asset.height
    if rules.ratios and not any(
        abs(ratio - width / height) <= _RATIO_SLACK for width, height in rules.ratios
    ):
        allowed = " or ".join(f"{width}:{height}" for width, height in rules.ratios)
        yield Problem(
            rule="media_ratio",
            message=f"The video is {asset.width}x{asset.height}: crop it to {allowed}.",
        )


def _file_problems(asset: Probe, rules: ImageRules | VideoRules) -> Iterator[Problem]:
    if asset.mime not in rules.formats:
        yield Problem(
            rule="media_format",
            message=f"The file is {asset.mime}: convert it to "
            f"{' or '.join(rules.formats)}.",
        )
    sizes = (rules.min_bytes, rules.max_bytes)
    yield from _outside("bytes", asset.size, sizes, "bytes")


def _outside(
    rule: str, found: float, allowed: tuple[float | None, float | None], unit: str
) -> Iterator[Problem]:
    low, high = allowed
    if low is not None and found < low:
        limit = f"at least {low:,}"
    elif high is not None and found > high:
        limit = f"at most {high:,}"
    else:
        return
    shown = f"{found:,.3f}" if isinstance(found, float) else f"{found:,}"
    yield Problem(
        rule=f"media_{rule}",
        message=f"The file is {shown} {unit}: make it {limit}.",
    )
