"""Three captioned vertical clips of an hour of 1080p, beside the same filters by hand.

``python -m bench.clips [SECONDS]``, the length of a clip, 30 if not given; the figures are
cited in docs/how-to-clips.md. By hand is the one ffmpeg run whose gain is known already. The
two take turns, clip by clip, so that a busy machine slows both; compare the CPU time there.
"""

import asyncio
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from bench.report import keep, leave, machine
from galley.media.captions import Frame, captions_of
from galley.media.card import CardFormat, CardSpec, Margin, draw_card
from galley.media.card_words import CardText
from galley.media.clip import ClipPlan, cut_clip
from galley.media.ffmpeg import find_ffmpeg
from galley.sources.spoken_words import Said

SPEECH = Path(__file__).parents[1] / "tests" / "recordings" / "ferry.ogg"
STARTS = (300.0, 1800.0, 3300.0)
_FILM = "testsrc2=s=1920x1080:r=30"


class Spent(NamedTuple):
    """Seconds by the clock, and of CPU by ffmpeg."""

    wall: float
    cpu: float


def film(ffmpeg: str, folder: Path) -> Path:
    """Make an hour of moving pictures and speech: a short loop, copied."""
    quiet = [ffmpeg, "-nostdin", "-loglevel", "error", "-y"]
    loop, hour = folder / "loop.mp4", folder / "hour.mp4"
    # fmt: off
    made = [
        *quiet, "-f", "lavfi", "-i", _FILM, "-stream_loop", "-1", "-i", str(SPEECH),
        "-t", "20", "-c:v", "libx264", "-preset", "ultrafast", "-crf", "32",
        "-g", "60", "-c:a", "aac", str(loop),
    ]
    copied = [
        *quiet, "-stream_loop", "179", "-i", str(loop), "-c", "copy", "-t", "3600",
        str(hour),
    ]
    # fmt: on
    for command in (made, copied):
        subprocess.run(command, check=True)  # noqa: S603 -- fixed commands
    return hour


def plan_at(start: float, seconds: float) -> ClipPlan:
    """Return a plan with a word each 0.4 seconds, and an end card."""
    frame = Frame()
    words = [
        Said(start + at * 0.4, start + at * 0.4 + 0.35, f"word{at % 7}")
        for at in range(round(seconds / 0.4))
    ]
    captions = captions_of(words, start, start + seconds, frame)
    edge = Margin(260, frame.side, frame.foot, frame.side)
    spec = CardSpec(1080, 1920, edge, 20_000_000, CardFormat.PNG)
    card = draw_card(spec, CardText("Night ferry", origin="example.com"))
    return ClipPlan(start, seconds, captions, card)


def spent(work: Callable[[], object]) -> Spent:
    """Run it, and return the time of the clock and of its child processes."""
    began, before = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN)
    work()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Spent(time.monotonic() - began, cpu)


class RecordedFFmpeg:
    """An ffmpeg that records its last command and folder, then runs."""

    def __init__(self, ffmpeg: str, folder: Path) -> None:
        self.ffmpeg = ffmpeg
        self._kept = folder / "kept"
        self.program = folder / "recorded-ffmpeg"
        self.program.write_text(
            "#!/bin/sh\n"
            f'rm -rf "{self._kept}"; cp -rL . "{self._kept}"\n'
            f'printf "%s\\0" "$@" > "{self._kept}/command"\n'
            f'exec "{ffmpeg}" "$@"\n'
        )
        self.program.chmod(0o755)

    def by_hand(self) -> None:
        """Run the same command once more, in a copy of its folder."""
        command = (self._kept / "command").read_bytes().decode().split("\0")[:-1]
        subprocess.run([self.ffmpeg, *command], cwd=self._kept, check=True)  # noqa: S603


def measure(seconds: float) -> dict[str, object]:
    """Cut the three clips, each by Galley and by hand."""
    ours, hand = list[Spent](), list[Spent]()
    with tempfile.TemporaryDirectory(prefix="galley-bench-") as name:
        folder = Path(name)
        recorded = RecordedFFmpeg(find_ffmpeg(None), folder)
        hour, size = film(recorded.ffmpeg, folder), 0
        for start in STARTS:
            plan, out = plan_at(start, seconds), folder / "clip.mp4"
            program = str(recorded.program)
            ours.append(
                spent(lambda: asyncio.run(cut_clip(program, hour, plan, out)))  # noqa: B023 -- run at once
            )
            size = out.stat().st_size
            hand.append(spent(recorded.by_hand))
        hour_bytes = hour.stat().st_size
    # Linux gives kilobytes.
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
    return {
        "seconds_of_a_clip": seconds,
        "hour_bytes": hour_bytes,
        "last_clip_bytes": size,
        "wall": {"galley": _sum(ours, 0), "by_hand": _sum(hand, 0)},
        "cpu": {"galley": _sum(ours, 1), "by_hand": _sum(hand, 1)},
        "wall_ratio": round(_sum(ours, 0) / _sum(hand, 0), 3),
        "cpu_ratio": round(_sum(ours, 1) / _sum(hand, 1), 3),
        "most_memory_of_one_process_bytes": peak,
    }


def _sum(spent_each: list[Spent], which: int) -> float:
    return round(sum(one[which] for one in spent_each), 1)


def main() -> None:
    """Measure, print, and keep the result."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 30.0
    measured_on = machine()
    keep("clips", measure(seconds), measured_on)


if __name__ == "__main__":
    main()
    leave()
