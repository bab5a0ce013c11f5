"""``clips``."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.commands.options import Edition, Json
from cli.errors import usage
from cli.terminal import say
from galley.models.media import LONGEST, MOST_CLIPS, SHORTEST, Framing

if TYPE_CHECKING:
    from app.clips import ClipFiles, ClipsRequest


def clips(  # noqa: PLR0913 -- the options of a cut
    source: Annotated[
        str, typer.Argument(metavar="SOURCE", help="A video or audio file, or the URL of one.")
    ],
    *,
    count: Annotated[
        int, typer.Option(min=1, max=MOST_CLIPS, metavar="N", help="How many, at most.")
    ] = 3,
    seconds: Annotated[
        str, typer.Option(metavar="LEAST-MOST", help="How long each of them is.")
    ] = "20-60",
    crop: Annotated[
        bool,
        typer.Option(
            "--crop",
            help="Fill the frame with the middle of the picture. Missing: a wide "
            "picture is shown whole, before a blurred ground.",
        ),
    ] = False,
    clip: Annotated[
        list[str] | None,
        typer.Option(
            "--clip",
            metavar="FROM-TO",
            help="Cut here, as in 1:02-1:40, and choose nothing; repeat it for more.",
        ),
    ] = None,
    transcript: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="The .vtt or .srt file of what is said, so that nothing is heard. "
            "Missing: one of the same name beside the recording.",
        ),
    ] = None,
    transcribe: Annotated[
        bool, typer.Option("--transcribe", help="Hear the recording, whatever lies beside it.")
    ] = False,
    out: Annotated[
        Path,
        typer.Option(
            "--output",
            "-o",
            "--out",
            metavar="FOLDER",
            help="The folder for the files; it is made.",
        ),
    ] = Path("clips"),
    edition: Edition = 1,
    json: Json = False,
) -> None:
    """Cut a long video into vertical clips with captions.

    The best moments are chosen, and nothing is published. Beside the clips lies
    clips.json: their edges, what is said in them, and why they were chosen. Repeated,
    it goes on where it was.

    Example: uv run starter.py clips talk.mp4 --count 3 --transcript talk.vtt
    """
    from app.clips import ClipsRequest
    from cli.input.words import edges_of
    from cli.process import run
    from cli.render.campaigns import print_clips

    least, most = _lengths(seconds)
    request = ClipsRequest(
        count=count,
        least=least,
        most=most,
        framing=Framing.CROP if crop else Framing.AUTO,
        edges=tuple(map(edges_of, clip or ())),
        edition=edition,
    )
    if transcript is not None and transcribe:
        raise usage("Give --transcript or --transcribe, not both.")
    files = run(_cut(source, request, out, transcript, is_heard=transcribe))
    print_clips(files, json=json)


async def _cut(
    named: str, request: "ClipsRequest", out: Path, words: Path | None, *, is_heard: bool
) -> "ClipFiles":
    from app.campaigns.sources import find_recording, read_source, transcript_beside
    from app.clips import cut_clips, write_clips
    from cli.connections import connections

    recording = find_recording(named)
    if recording is not None and words is None and not is_heard:
        words = transcript_beside(recording)
        if words is not None:
            say(f"The words are those of {words.name}; to hear it: --transcribe")
    # Reading a transcript measures the recording, which takes a while.
    source = await asyncio.to_thread(read_source, named, words)
    opened = connections()
    view = await cut_clips(opened, source, request)
    return await write_clips(opened, view, named, out)


_LENGTHS = "--seconds is like 20-60: the least and the most, between 3 and 180."


def _lengths(typed: str) -> tuple[float, float]:
    """Return the least and the most seconds of a clip."""
    first, dash, second = typed.partition("-")
    try:
        least, most = float(first), float(second if dash else first)
    except ValueError:
        raise usage(_LENGTHS) from None
    if not SHORTEST <= least <= most <= LONGEST:
        raise usage(_LENGTHS)
    return least, most
