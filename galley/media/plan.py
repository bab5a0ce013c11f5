"""What the media of a post must become for a network, and what to say of it. Pure.

The limits stand in :mod:`galley.platforms`; what is measured, in
:mod:`galley.media.facts`. Nothing here opens a file.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from galley.media.facts import Probe
from galley.media.picture_plan import PicturePlan, plan_picture
from galley.media.shapes import Room
from galley.media.video_plan import VideoPlan, plan_video
from galley.models import MediaKind, Platform
from galley.platforms.registry import rules_for
from galley.platforms.rules import PlatformRules


@dataclass(frozen=True)
class Step:
    """One medium that goes out: ``at`` is its place among those given, from 0."""

    at: int
    plan: PicturePlan | VideoPlan


@dataclass(frozen=True)
class PostPlan:
    """What goes out of a post's media, in order, and sentences for the reviewer.

    Without steps, no medium can be used on this network; the notes say why.
    """

    steps: tuple[Step, ...]
    notes: tuple[str, ...]


def plan_post(
    media: Sequence[Probe], platform: Platform, numbers: Sequence[int] = ()
) -> PostPlan:
    """Return what a network is given of these media, in their order.

    ``numbers`` is what to call them in notes, where some were left out before.

    Pictures or one video, as the first medium that can be used says; what is beyond
    the network's count is left out. What moves becomes a video where the network takes
    one, and otherwise shows its first frame.
    """
    if not media:
        return PostPlan((), ())
    return _Planning(media, rules_for(platform), numbers).plan()


class _Planning:
    def __init__(
        self, media: Sequence[Probe], rules: PlatformRules, numbers: Sequence[int]
    ) -> None:
        self._media = media
        self._rules = rules
        self._numbers = numbers or range(1, len(media) + 1)
        self._notes: list[str] = []

    def plan(self) -> PostPlan:
        rules = self._rules
        kind, places = self._chosen()
        steps: list[Step] = []
        room: Room | None = None
        for at in places:
            if kind is MediaKind.VIDEO and rules.video:
                plan = plan_video(self._media[at], rules.video)
            elif rules.image:
                plan = plan_picture(self._media[at], rules.image, room)
                room = plan.room_for_next(rules.image)
            else:
                continue
            steps.append(Step(at, plan))
            self._notes += (self._said(at, note) for note in plan.notes)
        return PostPlan(tuple(steps), tuple(self._notes))

    def _chosen(self) -> tuple[MediaKind, list[int]]:
        """Return the kind that goes out, and the places of what does."""
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

    def _said(self, at: int, note: str) -> str:
        """Return a note as a sentence that names its medium, if there are several."""
        name = "Video" if self._media[at].kind is MediaKind.VIDEO else "Picture"
        number = f" {self._numbers[at]}" if max(self._numbers) > 1 else ""
        return f"{name}{number}: {note}."
