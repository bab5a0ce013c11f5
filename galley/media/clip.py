"""Cut a vertical clip out of a long recording, by ffmpeg.

The recording is sought in, never decoded from its beginning. The picture stands whole
before a blurred copy of itself, because nobody knows where in it the subject is; one
that would lose little is cropped instead. Sound without a picture gets a plain ground.
"""

import asyncio
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import av
from av.error import FFmpegError

from galley.media.captions import Frame
from galley.media.errors import MediaError, MediaMemoryError, MediaTimeoutError
from galley.media.ffmpeg import PALE, can_make_ordinary, hdr_of, ordinary, run_ffmpeg
from galley.media.recording import demuxer_of
from galley.media.sound import amplified, gain_for, measuring
from galley.media.typefaces import FONTS
from galley.models.media import Framing

END_SECONDS = 2.0
"""How long the end card is shown."""
FPS = 30
_THREADS = "2"  # Of each part of ffmpeg. A fixed number gives the same bytes on every machine.
_WITHIN = 1200  # Seconds for a clip. Half a minute of 1080p takes some 20 on two idle cores.
_HEARD_WITHIN = 120
# 4K; a frame of it is decoded into some 14 MB, and there are a few at a time.
_MOST_PIXELS = 4096 * 2304
# Bytes in one piece, that a hostile file may make ffmpeg ask for.
_MOST_ALLOCATED = 512 * 1024 * 1024
_HEAD = 4096
_GROUND = "0x17181c"
_KEPT = 0.75  # Part of the picture that must be left for it to be cropped unasked
_BROKEN = "The recording cannot be decoded: give an MP4, MOV, WebM or MKV file."


@dataclass(frozen=True)
class ClipPlan:
    """What to cut.

    ``captions`` are those of :func:`galley.media.captions.captions_of`, or empty;
    ``end_card`` is a PNG of the frame's size, or ``None``.
    """

    start: float
    seconds: float
    captions: str = ""
    end_card: bytes | None = None
    framing: Framing = Framing.AUTO
    frame: Frame = field(default_factory=Frame)

    @property
    def whole_seconds(self) -> float:
        """With the end card."""
        return self.seconds + (END_SECONDS if self.end_card else 0)


async def cut_clip(ffmpeg: str, recording: Path, plan: ClipPlan, film: Path) -> str:
    """Write an MP4 of the frame's size: H.264 at 30 frames, AAC at -14 LUFS.

    The same input and the same ffmpeg give the same bytes. Cancelling kills ffmpeg.

    Returns:
        What to know of its colours, in a sentence; mostly nothing.

    Args:
        ffmpeg: The program.
        recording: A stranger's file, by its whole path; its name is not believed.
        plan: What to cut.
        film: The file to write, by its whole path.

    Raises:
        MediaError: It is no recording, broken, too large, or ends before the clip.
        MediaTimeoutError: ffmpeg took too long.
    """
    demuxer, has_picture, hdr = await asyncio.to_thread(_looked_at, recording, plan)
    is_pale = bool(hdr) and not await can_make_ordinary(ffmpeg)
    with tempfile.TemporaryDirectory(prefix="galley-clip-") as name:
        folder = Path(name)
        cut = _Cut(ffmpeg, recording, demuxer, plan, folder)
        (folder / "fonts").symlink_to(FONTS)
        (folder / "captions.ass").write_text(plan.captions, encoding="utf-8")
        if plan.end_card:
            (folder / "end.png").write_bytes(plan.end_card)
        gain = await _gain(cut)
        command = cut.command(film, gain, has_picture=has_picture, hdr="" if is_pale else hdr)
        await _run(command, _WITHIN, folder)
    return f"{PALE[:1].upper()}{PALE[1:]}." if is_pale else ""


@dataclass(frozen=True)
class _Cut:
    """Makes the commands of one clip; ``folder`` is where they run."""

    ffmpeg: str
    recording: Path
    demuxer: str
    plan: ClipPlan
    folder: Path

    # fmt: off
    def measuring(self, gain: float, report: str) -> list[str]:
        """Measure the sound of the clip, and nothing else."""
        return [
            *self._reading(_HEARD_WITHIN), "-map", "0:a:0", "-vn", "-sn", "-dn",
            "-af", measuring(gain, report), "-f", "null", "-",
        ]

    def command(
        self, film: Path, gain: float | None, *, has_picture: bool, hdr: str
    ) -> list[str]:
        """Encode the clip, in one go."""
        plan = self.plan
        card = ["-protocol_whitelist", "file", "-f", "png_pipe", "-i", "file:end.png"]
        graph = [
            _picture(plan, hdr) if has_picture else _ground(plan),
            _sound(plan, gain),
            *([_ending(plan)] if plan.end_card else []),
        ]
        mapped = ("[film]", "[sound]") if plan.end_card else ("[clip]", "[said]")
        return [
            *self._reading(_WITHIN), *(card if plan.end_card else []),
            "-filter_complex", ";".join(graph),
            "-map", mapped[0], "-map", mapped[1],
            "-t", f"{plan.whole_seconds:.3f}", "-r", str(FPS),
            "-c:v", "libx264", "-preset", "veryfast", "-crf", "21",
            # 40 MB for a minute and a half, which is the least that a network takes.
            "-maxrate", "3500k", "-bufsize", "7000k",
            "-g", str(2 * FPS), "-pix_fmt", "yuv420p",
            "-c:a", "aac", "-b:a", "128k", "-ar", "48000", "-ac", "2",
            "-threads", _THREADS, "-fflags", "+bitexact",
            "-flags:v", "+bitexact", "-flags:a", "+bitexact",
            "-map_metadata", "-1", "-map_chapters", "-1", "-movflags", "+faststart",
            "-f", "mp4", f"file:{film}",
        ]

    def _reading(self, within: int) -> list[str]:
        plan = self.plan
        return [
            self.ffmpeg, "-nostdin", "-hide_banner", "-loglevel", "fatal", "-y",
            # Outlives a killed worker by this many seconds of CPU at most.
            "-timelimit", str(2 * within), "-max_alloc", str(_MOST_ALLOCATED),
            "-filter_threads", _THREADS, "-filter_complex_threads", _THREADS,
            "-protocol_whitelist", "file", "-f", self.demuxer,
            "-threads", _THREADS, "-max_pixels", str(_MOST_PIXELS),
            "-ss", f"{plan.start:.3f}", "-t", f"{plan.seconds:.3f}",
            "-i", f"file:{self.recording}",
        ]
    # fmt: on


async def _gain(cut: _Cut) -> float | None:
    """Return the gain at which the clip is as loud as it should be; of silence none."""

    async def measure(gain: float, report: str) -> None:
        await _run(cut.measuring(gain, report), _HEARD_WITHIN, cut.folder)

    return await gain_for(measure, cut.folder)


def _looked_at(recording: Path, plan: ClipPlan) -> tuple[str, bool, str]:
    """Return ffmpeg's name for the format, if there is a picture, and its HDR."""
    with recording.open("rb") as file:
        demuxer = demuxer_of(file.read(_HEAD))
    if demuxer is None:
        raise MediaError(_BROKEN)
    return demuxer, *_picture_of(recording, demuxer, plan)


def _picture_of(recording: Path, demuxer: str, plan: ClipPlan) -> tuple[bool, str]:
    """Look at the streams; a cover of an album is no picture that moves."""
    try:
        # A hostile file must not be looked at for ever.
        with av.open(str(recording), format=demuxer, timeout=60) as container:
            seconds = (container.duration or 0) / av.time_base
            if seconds and plan.start >= seconds:
                raise MediaError(
                    f"The recording is {seconds:.0f} s long, and the clip would begin "
                    f"at {plan.start:.0f} s: move its edges."
                )
            streams = [
                stream
                for stream in container.streams.video
                if "ATTACHED_PIC" not in str(stream.disposition).upper()
            ]
            for stream in streams:
                if stream.width * stream.height > _MOST_PIXELS:
                    raise MediaError("The video is larger than 4K: shrink it first.")
            if not streams:
                return False, ""
            return True, hdr_of(streams[0].codec_context.color_trc)
    except (FFmpegError, OSError, ValueError):
        raise MediaError(_BROKEN) from None


def _picture(plan: ClipPlan, hdr: str) -> str:
    """Return the filters from the first video stream to ``[clip]``."""
    width, height = plan.frame.width, plan.frame.height
    shape = f"{width}/{height}"
    kept = 0 if plan.framing is Framing.CROP else _KEPT
    across = f"if(gte(ih*{shape}/iw,{kept}),min(iw,ih*{shape}),iw)"
    down = f"if(gte(iw/({shape})/ih,{kept}),min(ih,iw/({shape})),ih)"
    small = f"{_even(width / 8)}:{_even(height / 8)}"
    to = "out_color_matrix=bt709:out_range=tv"
    return (
        # Square pixels, one rhythm from the first moment on.
        f"[0:v:0]fps={FPS}:start_time=0,scale=trunc(iw*sar/2)*2:ih,setsar=1,"
        f"{_smaller(plan, hdr)}"
        "split[wide][ground];"
        # Blurred at an eighth of the size, which looks the same and costs little.
        f"[ground]scale={small}:force_original_aspect_ratio=increase:"
        f"flags=fast_bilinear:{to},crop={small},{_BLUR},"
        f"scale={width}:{height}:flags=bilinear,lutyuv=y=val*0.6,format=yuv420p[blurred];"
        f"[wide]crop='{across}':'{down}',scale={width}:{height}:"
        f"force_original_aspect_ratio=decrease:force_divisible_by=2:{to},"
        "format=yuv420p[whole];"
        f"[blurred][whole]overlay=(W-w)/2:(H-h)/2,setsar=1,{_lettered(plan)}"
    )


def _smaller(plan: ClipPlan, hdr: str) -> str:
    """Return the filters that make HDR ordinary; in linear light, pixels are large."""
    if not hdr:
        return ""
    most = max(plan.frame.width, plan.frame.height)
    return (
        f"scale={most}:{most}:force_original_aspect_ratio=decrease:"
        f"force_divisible_by=2,{ordinary(hdr)},"
    )


def _ground(plan: ClipPlan) -> str:
    """Return the filters that stand in for a picture."""
    size = f"{plan.frame.width}x{plan.frame.height}"
    return f"color=c={_GROUND}:s={size}:r={FPS},format=yuv420p,{_lettered(plan)}"


def _lettered(plan: ClipPlan) -> str:
    captions = "ass=captions.ass:fontsdir=fonts," if plan.captions else ""
    return f"{captions}tpad=stop=-1:stop_mode=clone,trim=duration={plan.seconds:.3f},{_TAGS}[clip]"


_BLUR = "boxblur='min(6,min(w,h)/5)':2:'min(4,min(cw,ch)/5)':2"
_TAGS = "setparams=range=tv:colorspace=bt709:color_primaries=bt709:color_trc=bt709"


def _sound(plan: ClipPlan, gain: float | None) -> str:
    loud = "aformat=channel_layouts=stereo" if gain is None else amplified(gain)
    out = max(0.0, plan.seconds - 0.12)
    return (
        f"[0:a:0]aresample=async=1:first_pts=0,{loud},aresample=48000,apad,"
        f"atrim=duration={plan.seconds:.3f},afade=t=in:d=0.03,"
        f"afade=t=out:st={out:.3f}:d=0.12[said]"
    )


def _ending(plan: ClipPlan) -> str:
    """Return the filters that put the end card behind the clip."""
    size = f"{plan.frame.width}:{plan.frame.height}"
    return (
        f"[1:v]scale={size}:out_color_matrix=bt709:out_range=tv,format=yuv420p,setsar=1,"
        f"loop=loop=-1:size=1,fps={FPS},trim=duration={END_SECONDS:g},"
        # Since ffmpeg 7.1 setpts forgets the frame rate.
        f"setpts=PTS-STARTPTS,fps={FPS},{_TAGS}[end];"
        f"anullsrc=r=48000:cl=stereo,atrim=duration={END_SECONDS:g}[hush];"
        "[clip][said][end][hush]concat=n=2:v=1:a=1[film][sound]"
    )


def _even(size: float) -> int:
    return max(2, 2 * round(size / 2))


async def _run(command: list[str], within: int, folder: Path) -> None:
    try:
        await run_ffmpeg(command, within, folder)
    except (MediaMemoryError, MediaTimeoutError):
        raise
    except MediaError:
        # What ffmpeg says of a stranger's file may hold words of the stranger's.
        raise MediaError(_BROKEN) from None
