"""The plan of a post's media for a network: its own files, or the card drawn when it has none.

The media activities call it; it reads and writes no file.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from galley.media.card import CardFormat, CardSpec, Margin
from galley.media.pictures import PicturePlan, carousel_room, plan_picture
from galley.media.probe import Probe
from galley.media.shapes import Room
from galley.media.video import VideoPlan, plan_video
from galley.models.draft import Problem
from galley.models.media import MediaKind
from galley.models.network import Platform
from galley.networks.registry import rules_for
from galley.networks.requests import Measures, file_problems
from galley.networks.rules import ImageRules, NetworkRules


@dataclass(frozen=True)
class Step:
    """One medium to publish; ``at`` is its place among those given, from 0."""

    at: int
    plan: PicturePlan | VideoPlan


@dataclass(frozen=True)
class PostPlan:
    """The media to publish, in order, and sentences for the reviewer.

    Without steps, no medium can be used on this network; the notes say why.
    """

    steps: tuple[Step, ...]
    notes: tuple[str, ...]


def plan_post(
    media: Sequence[Probe], platform: Platform, numbers: Sequence[int] = (), *, speaks: bool = False
) -> PostPlan:
    """Return the media that a network gets of these, in their order.

    A post takes pictures or one video; the first medium that can be used decides. Those beyond
    the network's count are left out. A picture that moves becomes a video where the network
    takes one, and otherwise shows its first frame. ``numbers`` are their names in notes, where
    some were left out before. ``speaks``: a video is a portrait that speaks.
    """
    if not media:
        return PostPlan((), ())
    return _Planning(media, rules_for(platform), numbers, speaks=speaks).plan()


class _Planning:
    def __init__(
        self, media: Sequence[Probe], rules: NetworkRules, numbers: Sequence[int], *, speaks: bool
    ) -> None:
        self._media = media
        self._speaks = speaks
        self._rules = rules
        self._numbers = numbers or range(1, len(media) + 1)
        self._notes: list[str] = []

    def plan(self) -> PostPlan:
        rules = self._rules
        kind, places = self._chosen()
        steps: list[Step] = []
        room: Room | None = None
        if rules.image and rules.image.one_ratio and kind is MediaKind.IMAGE and len(places) > 1:
            sizes = [(self._media[at].width, self._media[at].height) for at in places]
            room = carousel_room(sizes, rules.image)
        for at in places:
            if kind is MediaKind.VIDEO and rules.video:
                plan = plan_video(self._media[at], rules.video, speaks=self._speaks)
            elif rules.image:
                plan = plan_picture(self._media[at], rules.image, room)
            else:
                continue
            steps.append(Step(at, plan))
            name = "Video" if self._media[at].kind is MediaKind.VIDEO else "Picture"
            number = f" {self._numbers[at]}" if max(self._numbers) > 1 else ""
            self._notes += (f"{name}{number}: {note}." for note in plan.notes)
        return PostPlan(tuple(steps), tuple(self._notes))

    def _chosen(self) -> tuple[MediaKind, list[int]]:
        """Return the kind to publish, and the places of the media of that kind."""
        media, rules = self._media, self._rules
        videos = [at for at, one in enumerate(media) if one.kind is MediaKind.VIDEO]
        pictures = [at for at in range(len(media)) if at not in videos]
        decides = not pictures or videos[:1] == [0] or rules.image is None
        if rules.video and videos and decides:
            self._leave_out(pictures, "takes pictures or a video")
            self._leave_out(videos[1:], "takes one video")
            return MediaKind.VIDEO, videos[:1]
        if rules.video and len(media) == 1 and media[0].is_film:
            return MediaKind.VIDEO, [0]
        if rules.image is None:
            self._leave_out(pictures, "takes videos alone")
            return MediaKind.VIDEO, []
        takes = "takes pictures or a video" if rules.video else "takes no video"
        self._leave_out(videos, takes)
        most = rules.image.most
        self._leave_out(pictures[most:], f"takes {most} of them at most")
        return MediaKind.IMAGE, pictures[:most]

    def _leave_out(self, places: Sequence[int], why: str) -> None:
        if places:
            numbers = ", ".join(str(self._numbers[at]) for at in places)
            self._notes.append(
                f"{self._rules.name} {why}: number {numbers} of the media is left out."
            )


_TALL = 1.6  # height by width from which an app fills the screen and lays buttons over it


@dataclass(frozen=True)
class Rendering:
    """The card that a network gets when a post has no media of its own.

    ``signed``: whether the channel's name stands on it.
    """

    kind: MediaKind
    card: CardSpec
    signed: bool = True


def rendering_for(
    platform: Platform, *, slides: bool = False, wanted: bool = False
) -> Rendering | None:
    """Return the card that must be drawn for a network; ``None`` where media is optional.

    ``slides`` are pictures wherever a network takes several. A ``wanted`` card is drawn
    although media is optional.
    """
    rules = rules_for(platform)
    if slides and rules.document:
        size, most = rules.document.page, rules.document.max_bytes
        return Rendering(MediaKind.DOCUMENT, _spec(size, most, CardFormat.JPEG))
    if (slides or (wanted and rules.required_media is None)) and rules.image:
        card = picture_for(rules.image)
        return Rendering(MediaKind.IMAGE, card, signed=rules.lets_sign)
    if rules.required_media is MediaKind.IMAGE and rules.image:
        card = picture_for(rules.image)
    elif rules.required_media is MediaKind.VIDEO and rules.video:
        card = _spec(rules.video.clip, rules.video.max_bytes, CardFormat.PNG)
    else:
        return None
    return Rendering(rules.required_media, card, signed=rules.lets_sign)


def picture_for(rules: ImageRules) -> CardSpec:
    """Return the card that suits a network's rules for pictures."""
    # JPEG wherever it is taken: Buffer was seen refusing PNG for networks that take it.
    jpeg = "image/jpeg" in rules.formats
    return _spec(rules.card, rules.max_bytes, CardFormat.JPEG if jpeg else CardFormat.PNG)


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
        # 24 % at the foot and 14 % at the right lie under the apps' captions and buttons.
        margin = Margin(
            top=round(height * 0.135),
            right=round(width * 0.14),
            bottom=round(height * 0.24),
            left=round(width * 0.078),
        )
    return CardSpec(width, height, margin, max_bytes, file_format)
