"""A vertical clip cut out of a long recording, by ffmpeg.

The clipping activity calls it. ffmpeg seeks in the recording and never decodes it from its
beginning. A wide picture is cropped to the person who speaks (:mod:`galley.media.follow`); one
without a person stands whole before a blurred copy of itself, and one that would lose little is
cropped to its middle. Sound alone gets a plain ground.
"""

import asyncio
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from galley.media.captions import SPOKEN, Frame
from galley.media.confined import confined
from galley.media.errors import MediaError
from galley.media.faces import sees_faces
from galley.media.ffmpeg import (
    BT709_TAGS,
    DECODE_ONLY,
    MP4_OPTIONS,
    PALE,
    TO_BT709,
    can_make_ordinary,
    command_head,
    hdr_of,
    ordinary,
    reading,
    run_ffmpeg,
)
from galley.media.follow import (
    WHOLE,
    Stretch,
    during,
    lefts,
    looking,
    shape_and_lines,
    stretches,
    tops,
    watched,
)
from galley.media.probe import filmed, opened
from galley.media.recording import demuxer_of
from galley.media.sound import amplified, gain_for, measuring
from galley.media.typefaces import FONTS
from galley.models.media import Framing

END_SECONDS = 2.0
"""Seconds of the end card."""
HOOK_SECONDS = 2.4
"""Seconds of the title above: long enough to be read, and gone before the talk needs the room."""
FPS = 30
_HOOK_TOP = 0.135  # of the height is above the title: apps cover that
_LIFT = 0.3  # seconds in which the title goes
_THREADS = "2"  # of each part of ffmpeg; a fixed number gives the same bytes on every machine
_WITHIN = 1200  # seconds of a clip; half a minute of 1080p takes some 20 on two idle cores
_MEASURED_WITHIN = 120
_OPEN_WITHIN = 60  # seconds; a hostile file must not be looked at for ever
_MOST_PIXELS = 4096 * 2304  # 4K; one frame decodes into some 14 MB, and a few are held at a time
_MOST_ALLOCATED = 512 * 1024 * 1024  # bytes of one allocation that a hostile file may ask for
_HEAD = 4096
_GROUND = "0x17181c"
_KEPT = 0.75  # part of the picture that must be left for it to be cropped unasked
_BLUR = "boxblur='min(6,min(w,h)/5)':2:'min(4,min(cw,ch)/5)':2"
_TO = "out_color_matrix=bt709:out_range=tv"
_FRAMES = f"fps={FPS}:start_time=0,scale=trunc(iw*sar/2)*2:ih"
_BROKEN = "The recording cannot be decoded: give an MP4, MOV, WebM or MKV file."


@dataclass(frozen=True)
class ClipPlan:
    """The stretch to cut, and what is laid on it.

    ``captions`` are those of :func:`galley.media.captions.captions_of`, or empty; ``end_card``
    is a PNG of the frame's size, or ``None``. ``hook`` is a PNG as wide as the frame without its
    sides, seen for :data:`HOOK_SECONDS`: above, or with ``hooks_low`` in the captions' place.
    ``font`` is the brand's, in which captions are lettered; ``wave`` colours sound alone.
    """

    start: float
    seconds: float
    captions: str = ""
    end_card: bytes | None = None
    hook: bytes | None = None
    hooks_low: bool = False
    font: Path | None = None
    wave: str = SPOKEN
    framing: Framing = Framing.FOLLOW
    frame: Frame = field(default_factory=Frame)

    @property
    def pictures(self) -> dict[str, bytes]:
        """The pictures that are laid on it, in the order of ffmpeg's inputs."""
        return {name: data for name, data in (("hook", self.hook), ("end", self.end_card)) if data}

    @property
    def whole_seconds(self) -> float:
        """The length with the end card."""
        return self.seconds + (END_SECONDS if self.end_card else 0)


async def cut_clip(ffmpeg: str, recording: Path, plan: ClipPlan, film: Path) -> str:
    """Write an MP4 of the frame's size: H.264 at 30 frames, AAC at -14 LUFS.

    The same input and the same ffmpeg give the same bytes. Cancelling kills ffmpeg.

    Returns:
        A sentence about its colours for the reviewer; mostly empty.

    Args:
        ffmpeg: The program.
        recording: A stranger's file, by its whole path; its name is not believed.
        plan: What to cut.
        film: The file to write, by its whole path.

    Raises:
        MediaError: It is no recording, broken, too large, or ends before the clip.
        MediaTimeoutError: ffmpeg took too long.
    """
    demuxer, colours = await asyncio.to_thread(_inspected, recording, plan)
    is_pale = bool(colours and colours.hdr) and not await can_make_ordinary(ffmpeg)
    if colours and is_pale:
        colours = replace(colours, hdr="")
    with tempfile.TemporaryDirectory(prefix="galley-clip-") as name:
        folder = Path(name)
        cut = _Cut(ffmpeg, recording, demuxer, plan)
        (folder / "fonts").mkdir()
        for font in FONTS.iterdir():
            (folder / "fonts" / font.name).symlink_to(font)
        if plan.font:
            own = folder / "fonts" / f"own{plan.font.suffix}"
            await asyncio.to_thread(shutil.copyfile, plan.font, own)
        (folder / "captions.ass").write_text(plan.captions, encoding="utf-8")
        for picture, data in plan.pictures.items():
            (folder / f"{picture}.png").write_bytes(data)

        async def measure(gain: float, report: str) -> None:
            command = cut.measuring(gain, report)
            await run_ffmpeg(command, _MEASURED_WITHIN, folder, broken=_BROKEN)

        gain = await gain_for(measure, folder)
        parts = list[Stretch]()
        if colours and plan.framing is Framing.FOLLOW and sees_faces():
            thumbs, samples = folder / "thumbs", folder / "samples"
            # Its shape stands in no head: a phone's film lies on its side. One frame tells it.
            await run_ffmpeg(cut.looking(colours, 1), _WITHIN, folder, broken=_BROKEN)
            shape, lines = shape_and_lines(samples, colours.coded)
            narrow = plan.frame.width / plan.frame.height / (shape or 1)
            if narrow < _KEPT:
                await run_ffmpeg(cut.looking(colours), _WITHIN, folder, broken=_BROKEN)
                seen = await confined(watched, thumbs, samples)
                parts = stretches(seen, narrow, lines)
        command = cut.command(film, gain, colours, parts)
        await run_ffmpeg(command, _WITHIN, folder, broken=_BROKEN)
    return f"{PALE[:1].upper()}{PALE[1:]}." if is_pale else ""


@dataclass(frozen=True)
class Colours:
    """The HDR transfer of a picture, and the filter that names its colours; both mostly empty."""

    hdr: str
    reading: str
    coded: tuple[int, int]


@dataclass(frozen=True)
class _Cut:
    """The ffmpeg commands of one clip."""

    ffmpeg: str
    recording: Path
    demuxer: str
    plan: ClipPlan

    # fmt: off
    def measuring(self, gain: float, report: str) -> list[str]:
        """Return the command that measures the sound of the clip, and nothing else."""
        return [
            *self._reading(_MEASURED_WITHIN), "-map", "0:a:0", "-vn", "-sn", "-dn",
            "-af", measuring(gain, report), "-f", "null", "-",
        ]

    def looking(self, colours: Colours, frames: int | None = None) -> list[str]:
        """Return the command that writes the small frames by which the picture is followed."""
        graph = f"[0:v:0]{colours.reading}{_FRAMES},setsar=1[read];{looking(FPS)}"
        few = [] if frames is None else ["-frames:v", str(frames)]
        return [
            *self._reading(_WITHIN), "-filter_complex", graph,
            "-map", "[thumbs]", *few, "-f", "rawvideo", "file:thumbs",
            "-map", "[samples]", *few, "-c:v", "ppm", "-f", "image2pipe", "file:samples",
        ]

    def command(
        self, film: Path, gain: float | None, colours: Colours | None, parts: Sequence[Stretch]
    ) -> list[str]:
        """Return the command that encodes the clip, in one pass."""
        plan = self.plan
        graph, inputs, mapped = [_picture(plan, colours, parts)], list[str](), ("[clip]", "[said]")
        for number, name in enumerate(plan.pictures, 1):
            inputs += ["-protocol_whitelist", "file", "-f", "png_pipe", "-i", f"file:{name}.png"]
            graph.append(_hook(plan, number) if name == "hook" else _ending(plan, number))
        graph.append(_sound(plan, gain))
        if plan.end_card:
            mapped = ("[film]", "[sound]")
        return [
            *self._reading(_WITHIN), *inputs, "-filter_complex", ";".join(graph),
            "-map", mapped[0], "-map", mapped[1],
            "-t", f"{plan.whole_seconds:.3f}", "-r", str(FPS),
            "-c:v", "libx264", "-preset", "veryfast", "-crf", "21",
            # 40 MB for a minute and a half, the smallest limit of any network.
            "-maxrate", "3500k", "-bufsize", "7000k",
            "-g", str(2 * FPS), "-pix_fmt", "yuv420p",
            "-c:a", "aac", "-b:a", "128k", "-ar", "48000", "-ac", "2",
            "-threads", _THREADS, "-map_chapters", "-1", *MP4_OPTIONS, f"file:{film}",
        ]

    def _reading(self, within: int) -> list[str]:
        return [
            *command_head(self.ffmpeg, 2 * within), "-max_alloc", str(_MOST_ALLOCATED),
            "-filter_threads", _THREADS, "-filter_complex_threads", _THREADS,
            "-protocol_whitelist", "file", *DECODE_ONLY, "-f", self.demuxer,
            "-threads", _THREADS, "-max_pixels", str(_MOST_PIXELS),
            "-ss", f"{self.plan.start:.3f}", "-t", f"{self.plan.seconds:.3f}",
            "-i", f"file:{self.recording}",
        ]
    # fmt: on


def _inspected(recording: Path, plan: ClipPlan) -> tuple[str, Colours | None]:
    """Return ffmpeg's name for the format, and the colours of its picture; ``None``: no picture."""
    import av
    from av.error import FFmpegError

    with recording.open("rb") as file:
        demuxer = demuxer_of(file.read(_HEAD))
    if demuxer is None:
        raise MediaError(_BROKEN)
    try:
        with opened(str(recording), demuxer, _OPEN_WITHIN) as container:
            seconds = (container.duration or 0) / av.time_base
            if seconds and plan.start >= seconds:
                raise MediaError(
                    f"The recording is {seconds:.0f} s long, and the clip would begin "
                    f"at {plan.start:.0f} s: move its edges."
                )
            streams = filmed(container)
            if any(stream.width * stream.height > _MOST_PIXELS for stream in streams):
                raise MediaError("The video is larger than 4K: shrink it first.")
            if not streams:
                return demuxer, None
            codec = streams[0].codec_context
            look = hdr_of(codec.color_trc), reading(codec.colorspace, codec.height)
            return demuxer, Colours(*look, (codec.width, codec.height))
    except (FFmpegError, OSError, ValueError):
        raise MediaError(_BROKEN) from None


def _picture(plan: ClipPlan, colours: Colours | None, parts: Sequence[Stretch]) -> str:
    """Return the filters from the first video stream, or from nothing, to ``[clip]``."""
    width, height = plan.frame.width, plan.frame.height
    captions = "ass=captions.ass:fontsdir=fonts," if plan.captions else ""
    # The last frame stands on where the picture ends before the sound.
    lasting = f"tpad=stop=-1:stop_mode=clone,trim=duration={plan.seconds:.3f}"
    lettered = f"setsar=1,{captions}{lasting},{BT709_TAGS}[{'bare' if plan.hook else 'clip'}]"
    if colours is None:
        # What is heard is seen, above the captions.
        size, wave = f"{2 * round(width * 0.36)}x{2 * round(height * 0.08)}", plan.wave[1:]
        return (
            f"color=c={_GROUND}:s={width}x{height}:r={FPS},format=yuv420p[plain];"
            "[0:a:0]aresample=async=1:first_pts=0,aformat=channel_layouts=mono,"
            f"showwaves=s={size}:mode=cline:draw=full:rate={FPS}:scale=sqrt:"
            f"colors=0x{wave}[wave];"
            f"[plain][wave]overlay=(W-w)/2:H*0.42-h/2:eof_action=pass,format=yuv420p,{lettered}"
        )
    most = max(width, height)
    # Made smaller first: in linear light a pixel takes twelve bytes.
    plain = (
        f"scale={most}:{most}:force_original_aspect_ratio=decrease:"
        f"force_divisible_by=2,{ordinary(colours.hdr)},"
        if colours.hdr
        else ""
    )
    # Square pixels, one frame rate from the first moment on.
    read = f"[0:v:0]{colours.reading}{_FRAMES},setsar=1,{plain}"
    followed = _followed(plan, parts) if parts else _fixed(plan)
    return f"{read}{';'.join(followed)},{lettered}"


def _fixed(plan: ClipPlan) -> list[str]:
    """Return filters that show a picture whole, or its middle, in each frame alike."""
    shape = f"{plan.frame.width}/{plan.frame.height}"
    kept = 0 if plan.framing is Framing.MIDDLE else _KEPT
    across = f"if(gte(ih*{shape}/iw,{kept}),min(iw,ih*{shape}),iw)"
    down = f"if(gte(iw/({shape})/ih,{kept}),min(ih,iw/({shape})),ih)"
    whole = f"[all]crop='{across}':'{down}',{_fitting(plan)}[whole]"
    return ["split[all][ground]", _blurred(plan), whole, _over("blurred", "whole")]


def _followed(plan: ClipPlan, parts: Sequence[Stretch]) -> list[str]:
    """Return filters that show a part of the picture for a while, then another."""
    width, height = plan.frame.width, plan.frame.height
    shown = dict[str, list[Stretch]]()
    for part in parts:
        name = "all" if part.wide == WHOLE else f"one{part.tall:.2f}" if part.fills else "some"
        shown.setdefault(name.replace(".", "_"), []).append(part)
    # Around one person alone there is no ground.
    has_ground = not all(part.fills for part in parts)
    layers = [*shown, *(["ground"] if has_ground else [])]
    filters = [f"split={len(layers)}{''.join(f'[{name}]' for name in layers)}"]
    filters += [_blurred(plan)] if has_ground else []
    last = "blurred" if has_ground else ""
    for name, those in shown.items():
        wide = max(part.wide for part in those)
        # Exact: rounded to pairs of pixels, a slow pan would tremble.
        crop = (
            f"crop=w='trunc({{}}/2)*2':h='trunc(ih*{those[0].tall:g}/2)*2':"
            f"x='iw*({lefts(those, wide)})':y='ih*({tops(those)})':exact=1,"
        )
        match name:
            case "all":
                shape = _fitting(plan)
            case "some":
                shape = crop.format(f"iw*{wide:.5f}") + _fitting(plan)
            case _:
                crop = crop.format(f"ih*{those[0].tall:g}*{width}/{height}")
                shape = f"{crop}scale={width}:{height}:{_TO},format=yuv420p"
        filters.append(f"[{name}]{shape}[{name}shown]")
        over = _over(last, f"{name}shown", those) if last else f"[{name}shown]null"
        filters.append(f"{over}[{name}over]")
        last = f"{name}over"
    return [*filters, f"[{last}]null"]


def _blurred(plan: ClipPlan) -> str:
    """Return filters from ``[ground]`` to ``[blurred]``, which fills the frame."""
    width, height = plan.frame.width, plan.frame.height
    small = ":".join(str(max(2, 2 * round(side / 16))) for side in (width, height))
    return (
        # Blurred at an eighth of the size, which looks the same and costs little.
        f"[ground]scale={small}:force_original_aspect_ratio=increase:"
        f"flags=fast_bilinear:{_TO},crop={small},{_BLUR},"
        f"scale={width}:{height}:flags=bilinear,lutyuv=y=val*0.6,format=yuv420p[blurred]"
    )


def _fitting(plan: ClipPlan) -> str:
    """Return filters that make a picture as large as the frame has room for."""
    return (
        f"scale={plan.frame.width}:{plan.frame.height}:force_original_aspect_ratio=decrease:"
        f"force_divisible_by=2:{_TO},format=yuv420p"
    )


def _over(ground: str, name: str, parts: Sequence[Stretch] = ()) -> str:
    """Return the filter that lays a picture over another, at all times or while it is shown."""
    enabled = f":enable='{during(parts)}'" if parts else ""
    return f"[{ground}][{name}]overlay=(W-w)/2:(H-h)/2{enabled}"


def _sound(plan: ClipPlan, gain: float | None) -> str:
    """Return the filters from the first sound stream to ``[said]``."""
    loud = "aformat=channel_layouts=stereo" if gain is None else amplified(gain)
    fade = max(0.0, plan.seconds - 0.12)
    return (
        f"[0:a:0]aresample=async=1:first_pts=0,{loud},aresample=48000,apad,"
        # Short fades, because a sound that is cut in the middle of a wave clicks.
        f"atrim=duration={plan.seconds:.3f},afade=t=in:d=0.03,"
        f"afade=t=out:st={fade:.3f}:d=0.12[said]"
    )


def _hook(plan: ClipPlan, number: int) -> str:
    """Return the filters that lay the title over the beginning of the clip, and take it away."""
    gone, up = HOOK_SECONDS - _LIFT, round(plan.frame.height * _HOOK_TOP)
    left = f"max(0,t-{gone:g})/{_LIFT:g}"
    # Never across the face: upwards from above it, and aside from below it.
    x, y = "(W-w)/2", f"{up}-({up}+h)*{left}"
    if plan.hooks_low:
        x, y = f"(W-w)/2-W*{left}", f"H-{plan.frame.foot}-h"
    return (
        f"[{number}:v]{TO_BT709},format=yuv420p,setsar=1,loop=loop=-1:size=1,fps={FPS},"
        f"trim=duration={HOOK_SECONDS:g},setpts=PTS-STARTPTS,fps={FPS}[hook];"
        f"[bare][hook]overlay=x='{x}':y='{y}':eof_action=pass,{BT709_TAGS}[clip]"
    )


def _ending(plan: ClipPlan, number: int) -> str:
    """Return the filters that put the end card behind the clip."""
    size = f"{plan.frame.width}:{plan.frame.height}"
    return (
        f"[{number}:v]scale={size}:out_color_matrix=bt709:out_range=tv,format=yuv420p,setsar=1,"
        f"loop=loop=-1:size=1,fps={FPS},trim=duration={END_SECONDS:g},"
        # Since ffmpeg 7.1 setpts forgets the frame rate.
        f"setpts=PTS-STARTPTS,fps={FPS},{BT709_TAGS}[end];"
        f"anullsrc=r=48000:cl=stereo,atrim=duration={END_SECONDS:g}[hush];"
        "[clip][said][end][hush]concat=n=2:v=1:a=1[film][sound]"
    )
