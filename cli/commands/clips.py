"""``clips``."""

from pathlib import Path
from typing import Annotated

import typer

from cli.commands.options import Edition, Json
from galley.models.clip import MOST_CLIPS


def clips(  # noqa: PLR0913 -- the options of a cut
    source: Annotated[
        str,
        typer.Argument(
            metavar="SOURCE", help="A video or audio file, or the URL of one."
        ),
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
        bool,
        typer.Option(
            "--transcribe", help="Hear the recording, whatever lies beside it."
        ),
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
    from cli.starting.clipping import ClipWishes, cut_and_print

    wishes = ClipWishes(
        source=source,
        count=count,
        seconds=seconds,
        crop=crop,
        edges=tuple(clip or ()),
        transcript=transcript,
        is_heard=transcribe,
        out=out,
        edition=edition,
    )
    cut_and_print(wishes, json=json)
