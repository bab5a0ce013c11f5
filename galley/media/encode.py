"""Make a video what was planned, by ffmpeg.

The same file, plan and ffmpeg give the same bytes. ffmpeg reads one local file by one
named demuxer; it cannot reach the network, and may use so much time and memory.
"""

from pathlib import Path

from galley.media.facts import MediaError
from galley.media.probe import DEMUXERS
from galley.media.video import ordinary, run_ffmpeg
from galley.media.video_plan import VideoPlan

TIME_LIMIT = 3000
"""Seconds; below the activity's own, so that ffmpeg gives up first."""
_MOST_MEMORY = 512_000_000
"""Bytes of one allocation of ffmpeg."""
_LESS = 0.75
"""Of the bits, when a video came out larger than planned."""
_BLUR = 8
"""The background of a padded video is drawn that many times smaller, then blurred."""
_BOX_HEAD = 8


async def fit_video(ffmpeg: str, source: Path, mime: str, plan: VideoPlan, folder: Path) -> Path:
    """Return the MP4 that was planned, as a file in ``folder``.

    Cancelling kills ffmpeg.

    Args:
        ffmpeg: The program.
        source: A stranger's file; its name is not believed.
        mime: What was found in it.
        plan: What it becomes.
        folder: For the result.

    Raises:
        MediaError: It is broken, or does not get small enough.
        MediaTimeoutError: ffmpeg took longer than its limit.
    """
    made = folder / "fitted.mp4"
    for bits in (plan.bits, int(plan.bits * _LESS)):
        command = _command(ffmpeg, source, DEMUXERS[mime], plan, bits)
        await run_ffmpeg([*command, f"file:{made}"], TIME_LIMIT)
        size = made.stat().st_size
        if size <= plan.max_bytes:
            _fill(made, plan.min_bytes - size)
            return made
        if plan.is_copied:
            break
    raise MediaError(f"The video does not get below {plan.max_bytes:,} bytes.")


def _fill(file: Path, missing: int) -> None:
    """Add an empty box to an MP4 that is too small for a network."""
    if missing <= 0:
        return
    size = max(missing, _BOX_HEAD)
    with file.open("ab") as out:
        out.write(size.to_bytes(4, "big") + b"free" + bytes(size - _BOX_HEAD))


def _command(ffmpeg: str, source: Path, demuxer: str, plan: VideoPlan, bits: int) -> list[str]:
    # fmt: off
    start = [
        ffmpeg, "-nostdin", "-hide_banner", "-loglevel", "error", "-y",
        # Outlives a killed worker by this many seconds of CPU at most.
        "-timelimit", str(TIME_LIMIT), "-max_alloc", str(_MOST_MEMORY),
        "-protocol_whitelist", "file,pipe",
    ]
    again = ["-stream_loop", str(plan.repeats - 1)] if plan.repeats > 1 else []
    read = [*again, "-f", demuxer, "-i", f"file:{source}"]
    end = [
        "-sn", "-dn", "-map_chapters", "-1", "-map_metadata", "-1",
        "-fflags", "+bitexact", "-flags:v", "+bitexact", "-flags:a", "+bitexact",
        "-movflags", "+faststart", "-f", "mp4",
    ]
    if plan.is_copied:
        return [
            *start, *read, "-map", "0:v:0", "-map", "0:a:0?", "-c", "copy", *end,
        ]
    return [
        *start, *read, "-filter_complex", f"[0:v:0]{_filters(plan, demuxer)}[film]",
        "-map", "[film]", "-map", "0:a:0?", "-t", f"{plan.seconds:.3f}",
        "-c:v", "libx264", "-preset", "veryfast", "-crf", "20",
        "-maxrate", str(bits), "-bufsize", str(bits),
        "-g", str(round(plan.fps * 2)), "-pix_fmt", "yuv420p",
        "-c:a", "aac", "-b:a", str(plan.sound_bits), "-ac", "2", "-ar", "48000",
        # One thread and no dates or versions: the same bytes each time.
        "-threads", "1", "-filter_threads", "1", "-filter_complex_threads", "1",
        *end,
    ]
    # fmt: on


def _filters(plan: VideoPlan, demuxer: str) -> str:
    """Return the filters from the stream to what is encoded."""
    shape = plan.shape
    fps = f"fps={plan.fps.numerator}/{plan.fps.denominator}"
    square = "scale=iw*sar:ih,setsar=1"
    inner = f"{shape.inner_width}:{shape.inner_height}"
    crop = f"crop={shape.crop_width}:{shape.crop_height}:{shape.left}:{shape.top}"
    ground = "" if demuxer != "gif" else _ON_WHITE
    parts = [f"{ground}{fps}", square, crop, f"scale={inner}:flags=lanczos"]
    if plan.hdr:
        # Of the size it will have: in linear light a pixel takes twelve bytes.
        parts.append(ordinary(plan.hdr))
    whole = f"{shape.width}:{shape.height}"
    if not shape.is_padded:
        return ",".join([*parts, "setsar=1,format=yuv420p"])
    small = f"{max(2, shape.width // _BLUR)}:{max(2, shape.height // _BLUR)}"
    return (
        f"{','.join(parts)},setsar=1,split[front][behind];"
        f"[behind]scale={small}:force_original_aspect_ratio=increase,crop={small},"
        f"boxblur=3:2,scale={whole},setsar=1[ground];"
        "[ground][front]overlay=(W-w)/2:(H-h)/2,format=yuv420p"
    )


_ON_WHITE = (
    "format=rgba,split[over][under];[under]drawbox=c=white:t=fill:replace=1[white];"
    "[white][over]overlay=format=auto,"
)
