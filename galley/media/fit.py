"""What is drawn for each network, and whether a file suits it.

The limits themselves stand in :mod:`galley.platforms`.
"""

from dataclasses import dataclass

from galley.media.card import CardFormat, CardSpec, Margin
from galley.media.probe import Probe
from galley.models import MediaKind, Platform, Problem
from galley.platforms.files import Measures, file_problems
from galley.platforms.registry import rules_for
from galley.platforms.rules import ImageRules

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


def rendering_for(
    platform: Platform, *, slides: bool = False, wanted: bool = False
) -> Rendering | None:
    """Return what must be drawn for a network; ``None`` where media is optional.

    ``slides`` are pictures wherever a network takes several. What is ``wanted`` is
    drawn though media is optional.
    """
    rules = rules_for(platform)
    if slides and rules.document:
        size, most = rules.document.page, rules.document.max_bytes
        return Rendering(MediaKind.DOCUMENT, _spec(size, most, CardFormat.JPEG))
    if (slides or (wanted and rules.required_media is None)) and rules.image:
        card = picture_for(rules.image)
        return Rendering(MediaKind.IMAGE, card, signed=is_signed(platform))
    if rules.required_media is MediaKind.IMAGE and rules.image:
        card = picture_for(rules.image)
    elif rules.required_media is MediaKind.VIDEO and rules.video:
        card = _spec(rules.video.clip, rules.video.max_bytes, CardFormat.PNG)
    else:
        return None
    return Rendering(rules.required_media, card, signed=is_signed(platform))


def is_signed(platform: Platform) -> bool:
    """Return whether a network lets the channel's name stand in the picture."""
    return platform not in _UNSIGNED


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
    measures = Measures(
        kind=asset.kind,
        mime=asset.mime,
        size=asset.size,
        width=asset.width,
        height=asset.height,
        pages=asset.pages,
        # A video of unknown length has none that would do.
        duration=(asset.duration or 0) if asset.kind is MediaKind.VIDEO else None,
        fps=asset.fps if asset.kind is MediaKind.VIDEO else None,
    )
    return file_problems(measures, platform)


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
