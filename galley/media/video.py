"""A video fitted to a network: the plan of its shape, length and rate, and the encode by ffmpeg.

The fitting activity calls it. The same file, plan and ffmpeg give the same bytes. ffmpeg reads
one local file by one named demuxer and cannot reach the network.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

from galley.media.errors import MediaError
from galley.media.ffmpeg import (
    BT709_TAGS,
    DECODE_ONLY,
    MP4_OPTIONS,
    TO_BT709,
    command_head,
    ordinary,
    run_ffmpeg,
)
from galley.media.probe import DEMUXERS, Probe
from galley.media.shapes import MOST_CROPPED, Room, Shape, shape
from galley.media.sound import amplified, gain_for, measuring
from galley.models.media import MediaKind
from galley.networks.rules import VideoRules

MP4 = "video/mp4"
LONG_SIDE, SHORT_SIDE = 1920, 1080
"""Pixels of an encoded video. Networks show no more of a post."""
TIME_LIMIT = 3000
"""Seconds; below the activity's own, so that ffmpeg gives up first."""
_RATIO = Fraction(3)  # width by height, or height by width; X's limit, and good for all
_LEAST_SIDE = 64
_REEL = Fraction(9, 16)
_NEAR_REEL = Fraction(1, 100)
_OF_A_PORTRAIT = Fraction(45, 100)  # a square loses 44 % to a phone's screen
_USUAL_FPS = Fraction(30)
_ABSURD_FPS = 1000  # a damaged header may name any rate
_SOUND_BITS = 128_000
_LEAST_SOUND_BITS = 48_000
_MOST_BITS = 8_000_000  # a second of 1080p; a phone shows no difference above
_LEAST_BITS = 200_000  # a second of 360p; a longer video is cut rather than made worse
# From that many bits a second on, the shorter side is worth so many pixels.
_LADDER = ((2_000_000, 1080), (1_000_000, 720), (500_000, 480), (0, 360))
_SPARE = Fraction(9, 10)  # of the bytes and bits allowed: an encoder does not meet its rate exactly
_AN_EDGE = 0.1  # seconds; the sound of a cut video may end a little after its picture
_MOST_ALLOCATED = 512_000_000  # bytes of one allocation of ffmpeg
_LESS = 0.75  # of the bits, in the second try after a video came out too large
_BLUR = 8  # the ground of a padded video is drawn that many times smaller, which costs little
_BOX_HEAD = 8


@dataclass(frozen=True)
class VideoPlan:
    """An MP4 of H.264 and AAC of this shape.

    ``is_copied``: the streams fit and are kept; only the container is made anew. ``seconds`` is
    the wanted length, and ``repeats`` the number of times the whole is shown to reach it.
    ``bits`` is the most of a second of picture, ``sound_bits`` of sound; sizes are in bytes.
    ``hdr`` and ``reading`` as in :class:`~galley.media.probe.Probe`. ``hushed``: it gets a silent
    sound, because a picture that moves has none and some players refuse a film without.
    ``is_levelled``: its sound is brought to the loudness at which networks play.
    """

    shape: Shape
    fps: Fraction
    seconds: float
    repeats: int
    is_copied: bool
    bits: int
    sound_bits: int
    min_bytes: int
    max_bytes: int
    notes: tuple[str, ...]
    hdr: str = ""
    reading: str = ""
    hushed: bool = False
    is_levelled: bool = False


def plan_video(video: Probe, rules: VideoRules, *, speaks: bool = False) -> VideoPlan:
    """Return the plan for a video, or for a picture that moves.

    ``speaks``: it is a portrait that speaks, which fills the screen where a network's app does.
    """
    # A file of one frame may have no length: a 25th of a second stands for it.
    length = max(video.duration or 0, 0.04)
    seconds, bits, sound = _length(length, _shape(video, rules, SHORT_SIDE, speaks=speaks), rules)
    is_copied = not speaks and _fits(video, rules, length)
    if is_copied:
        own = Fraction(video.width, video.height)
        anything = Room(max_width=video.width, max_height=video.height, low=own, high=own)
        planned = shape(video.width, video.height, anything)
    else:
        short = next(short for least, short in _LADDER if bits >= least)
        planned = _shape(video, rules, short, speaks=speaks)
    plan = VideoPlan(
        shape=planned,
        fps=_fps(video.fps, *_rates(rules)),
        seconds=length if is_copied else seconds,
        # A length that is reached but for a rounding error needs no further repeat.
        repeats=1 if is_copied else max(1, math.ceil(seconds / length - 1e-6)),
        is_copied=is_copied,
        bits=bits,
        sound_bits=sound,
        min_bytes=rules.min_bytes,
        max_bytes=rules.max_bytes,
        notes=(),
        hdr=video.hdr,
        reading=video.reading,
        hushed=video.kind is MediaKind.IMAGE,
        is_levelled=speaks and video.has_sound,
    )
    notes = () if is_copied else tuple(_notes(video, plan, length))
    return replace(plan, notes=notes)


def _shape(video: Probe, rules: VideoRules, short: int, *, speaks: bool) -> Shape:
    room, most = _room(rules, short), MOST_CROPPED
    if speaks and rules.fills_screen:
        # A face is in the middle: its sides may go, and no blurred copy of it stands above.
        room, most = replace(room, ratios=((_REEL.numerator, _REEL.denominator),)), _OF_A_PORTRAIT
    planned = shape(video.width, video.height, room, most)
    if rules.reel_size is None or not is_reel(planned.width, planned.height):
        return planned
    width, height = rules.reel_size
    reel = replace(
        room,
        min_width=width,
        min_height=height,
        max_width=max(width, room.max_width),
        max_height=max(height, room.max_height),
        max_pixels=max(width * height, room.max_pixels or 0),
        ratios=((_REEL.numerator, _REEL.denominator),),
    )
    return shape(video.width, video.height, reel, most)


def _room(rules: VideoRules, short: int) -> Room:
    least = max(rules.min_side or 0, _LEAST_SIDE)
    longest = min(LONG_SIDE * short // SHORT_SIDE, rules.max_side or LONG_SIDE)
    return Room(
        min_width=least,
        min_height=least,
        max_width=min(longest, rules.max_width or longest),
        max_height=longest,
        max_pixels=longest * short,
        low=1 / _RATIO,
        high=_RATIO,
        ratios=rules.ratios,
        even=True,
    )


def _length(length: float, planned: Shape, rules: VideoRules) -> tuple[float, int, int]:
    """Return the seconds, and the bits a second of picture and of sound, that fit together."""
    reel = is_reel(planned.width, planned.height)
    least_seconds, most = _lengths(rules, reel=reel)
    seconds = min(length, most - _AN_EDGE)
    if length < least_seconds + _AN_EDGE:
        seconds = least_seconds + 2 * _AN_EDGE
    whole = rules.max_bytes * 8 * _SPARE
    least = _LEAST_BITS + _LEAST_SOUND_BITS
    seconds = min(seconds, float(whole / least))
    budget = int(whole / Fraction(seconds))
    if rules.max_bits:
        budget = min(budget, int(rules.max_bits * _SPARE))
    # The better sound only where it is less than a tenth of all bits.
    sound = _SOUND_BITS if budget > 10 * _SOUND_BITS else _LEAST_SOUND_BITS
    return seconds, min(budget - sound, _MOST_BITS), sound


def _lengths(rules: VideoRules, *, reel: bool) -> tuple[float, float]:
    """Return the fewest and the most seconds of a video."""
    if reel and rules.reel_seconds:
        return rules.reel_seconds
    return rules.min_seconds, rules.max_seconds or math.inf


def is_reel(width: int, height: int) -> bool:
    """Return whether Facebook takes a video of this size for a reel."""
    return abs(Fraction(width, height) - _REEL) <= _NEAR_REEL


def _rates(rules: VideoRules) -> tuple[Fraction, Fraction]:
    low = Fraction(str(rules.min_fps)) if rules.min_fps else Fraction(1)
    high = Fraction(str(rules.max_fps)) if rules.max_fps else Fraction(60)
    return low, high


def _fps(found: float | None, low: Fraction, high: Fraction) -> Fraction:
    """Return the frame rate: the video's own, halved or multiplied until it fits.

    Whole factors keep the movement even, because no frame is shown longer than another.
    """
    if not found or not math.isfinite(found) or found > _ABSURD_FPS:
        return min(max(_USUAL_FPS, low), high)
    # 29.97 is 30000/1001, and so are its relatives.
    own = Fraction(found).limit_denominator(1001)
    fps = own
    while fps > high:
        fps /= 2
    if fps < low:
        fps = own * math.ceil(low / own)
    return fps if low <= fps <= high else min(max(_USUAL_FPS, low), high)


def _fits(video: Probe, rules: VideoRules, length: float) -> bool:
    """Return whether the streams of a video may stay as they are."""
    low, high = _rates(rules)
    reel = bool(rules.reel_seconds) and is_reel(video.width, video.height)
    shortest, longest = _lengths(rules, reel=reel)
    ratio = Fraction(video.width, video.height)
    room = _room(rules, SHORT_SIDE)
    reel_width, reel_height = rules.reel_size or (0, 0)
    bits = video.size * 8 / length
    return (
        video.kind is MediaKind.VIDEO
        and video.mime == MP4
        and (video.codec, video.is_plain, video.hdr) == ("h264", True, "")
        and video.sound_codec in {"", "aac"}
        and video.fps is not None
        and low <= Fraction(video.fps) <= high
        and shortest + _AN_EDGE <= length <= longest - _AN_EDGE
        and rules.min_bytes / _SPARE <= video.size <= rules.max_bytes * _SPARE
        and bits <= (rules.max_bits or math.inf) * _SPARE
        and (not rules.ratios or ratio in {Fraction(*one) for one in rules.ratios})
        and room.low <= ratio <= room.high
        and min(video.width, video.height) >= room.min_width
        and (not reel or (video.width >= reel_width and video.height >= reel_height))
        and max(video.width, video.height) <= (rules.max_side or math.inf)
        and video.width <= (rules.max_width or math.inf)
    )


def _notes(video: Probe, plan: VideoPlan, length: float) -> Iterator[str]:
    if video.kind is MediaKind.IMAGE:
        yield "what moves became a silent video"
    if plan.repeats > 1:
        yield f"shown {plan.repeats} times, to {clock(plan.seconds)}"
    elif plan.seconds < length:
        yield f"cut to {clock(plan.seconds)}"
    if plan.hdr:
        yield "its HDR colours became ordinary ones, as all screens show them"
    yield from plan.shape.notes()
    if plan.shape.inner_width < plan.shape.crop_width:
        yield f"made smaller, to {plan.shape.width}x{plan.shape.height}"
    if video.fps and plan.fps < Fraction(video.fps) - 1:
        yield f"frames dropped, from {video.fps:.3g} to {float(plan.fps):.3g} a second"


def clock(seconds: float) -> str:
    """Return a length as people write it: ``60 s``, ``2 min 20 s``."""
    whole = round(seconds)
    if whole <= 90:  # noqa: PLR2004 -- a minute and a half is said in seconds
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    return f"{minutes} min {rest} s" if rest else f"{minutes} min"


async def fit_video(ffmpeg: str, source: Path, mime: str, plan: VideoPlan, folder: Path) -> Path:
    """Return the planned MP4, as a file in ``folder``.

    Cancelling kills ffmpeg.

    Args:
        ffmpeg: The program.
        source: A stranger's file; its name is not believed.
        mime: The type found in its bytes.
        plan: The result to make.
        folder: For the result.

    Raises:
        MediaError: It is broken, or does not get small enough.
        MediaTimeoutError: ffmpeg took longer than its limit.
    """
    made = folder / "fitted.mp4"

    async def measure(gain: float, report: str) -> None:
        heard = ["-map", "0:a:0", "-vn", "-af", measuring(gain, report), "-f", "null", "-"]
        read = _reading(ffmpeg, source, DEMUXERS[mime], plan)
        await run_ffmpeg([*read, *heard], TIME_LIMIT, folder)

    gain = await gain_for(measure, folder) if plan.is_levelled else None
    for bits in (plan.bits, int(plan.bits * _LESS)):
        command = _command(ffmpeg, source, DEMUXERS[mime], plan, bits, gain)
        await run_ffmpeg([*command, f"file:{made}"], TIME_LIMIT)
        size = made.stat().st_size
        if size <= plan.max_bytes:
            if size < plan.min_bytes:
                # An empty box at the end, which players skip, makes up for the missing bytes.
                box = max(plan.min_bytes - size, _BOX_HEAD)
                with made.open("ab") as out:
                    out.write(box.to_bytes(4, "big") + b"free" + bytes(box - _BOX_HEAD))
            return made
        if plan.is_copied:
            break
    raise MediaError(f"The video does not get below {plan.max_bytes:,} bytes.")


def _reading(ffmpeg: str, source: Path, demuxer: str, plan: VideoPlan) -> list[str]:
    # fmt: off
    return [
        *command_head(ffmpeg, TIME_LIMIT, "error"), "-max_alloc", str(_MOST_ALLOCATED),
        "-protocol_whitelist", "file,pipe",
        *(["-stream_loop", str(plan.repeats - 1)] if plan.repeats > 1 else []),
        *DECODE_ONLY, "-f", demuxer, "-i", f"file:{source}",
    ]
    # fmt: on


def _command(
    ffmpeg: str, source: Path, demuxer: str, plan: VideoPlan, bits: int, gain: float | None
) -> list[str]:
    # fmt: off
    read = _reading(ffmpeg, source, demuxer, plan)
    hush = ["-f", "lavfi", "-i", "anullsrc=sample_rate=48000:channel_layout=stereo"]
    end = ["-sn", "-dn", "-map_chapters", "-1", *MP4_OPTIONS]
    if plan.is_copied:
        return [*read, "-map", "0:v:0", "-map", "0:a:0?", "-c", "copy", *end]
    return [
        *read, *(hush if plan.hushed else []),
        "-filter_complex", f"[0:v:0]{_filters(plan, demuxer)}[film]",
        "-map", "[film]", "-map", "1:a:0" if plan.hushed else "0:a:0?", "-t", f"{plan.seconds:.3f}",
        *([] if gain is None else ["-af", f"{amplified(gain)},aresample=48000"]),
        "-c:v", "libx264", "-preset", "veryfast", "-crf", "20",
        "-maxrate", str(bits), "-bufsize", str(bits),
        "-g", str(round(plan.fps * 2)), "-pix_fmt", "yuv420p",
        "-c:a", "aac", "-b:a", str(plan.sound_bits), "-ac", "2", "-ar", "48000",
        # One thread: the same bytes each time.
        "-threads", "1", "-filter_threads", "1", "-filter_complex_threads", "1",
        *end,
    ]
    # fmt: on


def _filters(plan: VideoPlan, demuxer: str) -> str:
    """Return the filters from the video stream to the encoder."""
    shape = plan.shape
    # A GIF shows through; on white it looks as it does in a browser.
    ground = (
        # drawbox ends ffmpeg 5.1 here.
        "format=rgba,split[over][under];"
        "[under]lutrgb=r=maxval:g=maxval:b=maxval:a=maxval[white];"
        "[white][over]overlay=format=auto,"
    )
    rate = f"fps={plan.fps.numerator}/{plan.fps.denominator}"
    parts = [
        f"{plan.reading}{ground if demuxer == 'gif' else ''}{rate}",
        "scale=iw*sar:ih,setsar=1",
        f"crop={shape.crop_width}:{shape.crop_height}:{shape.left}:{shape.top}",
        f"scale={shape.inner_width}:{shape.inner_height}:flags=lanczos",
    ]
    if plan.hdr:
        # After scaling: in linear light a pixel takes twelve bytes.
        parts.append(ordinary(plan.hdr))
    else:
        parts.append(f"{TO_BT709},format=yuv420p")
    if not shape.is_padded:
        return ",".join([*parts, f"setsar=1,format=yuv420p,{BT709_TAGS}"])
    small = f"{max(2, shape.width // _BLUR)}:{max(2, shape.height // _BLUR)}"
    return (
        f"{','.join(parts)},setsar=1,split[front][behind];"
        f"[behind]scale={small}:force_original_aspect_ratio=increase,crop={small},"
        f"boxblur=3:2,scale={shape.width}:{shape.height},setsar=1[ground];"
        f"[ground][front]overlay=(W-w)/2:(H-h)/2,format=yuv420p,{BT709_TAGS}"
    )
