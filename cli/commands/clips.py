"""The command ``clips``: cut a recording into clips, into files on this machine."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from app.brands.personas import find_persona
from app.campaigns.sources import find_recording, read_source, transcript_beside
from app.clips import ClipFiles, ClipsRequest, cut_clips, write_clips
from cli.commands.options import Edition, Json, Persona
from cli.errors import usage
from cli.input.words import choice, edges_of
from cli.process import connections, run
from cli.terminal import say, show, show_json
from galley.models.media import LONGEST, MOST_CLIPS, SHORTEST, Framing

_LENGTHS = "--seconds is like 20-60: the least and the most, between 3 and 180."


def clips(  # noqa: PLR0913 -- the options of a cut
    source: Annotated[
        str, typer.Argument(metavar="SOURCE", help="A video or audio file, or the URL of one.")
    ],
    *,
    count: Annotated[int, typer.Option(min=1, max=MOST_CLIPS, metavar="N", help="Most clips.")] = 3,
    seconds: Annotated[
        str, typer.Option(metavar="LEAST-MOST", help="Length of each clip.")
    ] = "20-60",
    frame: Annotated[
        str,
        typer.Option(
            metavar="FRAMING",
            help="What is shown of a wide picture: follow (who speaks fills the frame; without a "
            "person it is whole), whole (before a blurred ground) or middle.",
        ),
    ] = Framing.FOLLOW.value,
    clip: Annotated[
        list[str] | None,
        typer.Option(
            "--clip",
            metavar="FROM-TO",
            help="Cut exactly here, as in 1:02-1:40, instead of choosing; repeatable.",
        ),
    ] = None,
    persona: Persona = None,
    transcript: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="The transcript, a .vtt or .srt file, so that nothing is transcribed. "
            "Missing: one of the same name beside the recording.",
        ),
    ] = None,
    transcribe: Annotated[
        bool,
        typer.Option(
            "--transcribe", help="Transcribe the recording, even if a transcript lies beside it."
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

    Galley chooses the best moments, and publishes nothing. Beside the clips lies
    clips.json: their edges, their words, and the reasons for the choice. Repeated, the
    command goes on where it was.

    Example: galley clips talk.mp4 --count 3 -o clips
    """
    least, most = _lengths(seconds)
    request = ClipsRequest(
        count=count,
        least=least,
        most=most,
        framing=choice(Framing, frame, "--frame"),
        edges=tuple(map(edges_of, clip or ())),
        edition=edition,
        persona=find_persona(persona, connections().settings),
    )
    if transcript is not None and transcribe:
        raise usage("Give --transcript or --transcribe, not both.")
    _print_clips(run(_cut(source, request, out, transcript, is_heard=transcribe)), json=json)


def _lengths(seconds: str) -> tuple[float, float]:
    """Return the least and the most seconds of a clip.

    Raises:
        CommandError: They are no lengths, or none that a clip may have.
    """
    first, dash, second = seconds.partition("-")
    try:
        least, most = float(first), float(second if dash else first)
    except ValueError:
        raise usage(_LENGTHS) from None
    if not SHORTEST <= least <= most <= LONGEST:
        raise usage(_LENGTHS)
    return least, most


def _print_clips(files: ClipFiles, *, json: bool) -> None:
    if json:
        show_json(files.model_dump(mode="json", by_alias=True))
        return
    for one in files.clips:
        show(f"{one.file}  {one.begins}-{one.ends}  score {one.score}")
        for reason in one.reasons:
            show(f"    {reason}")
        for note in one.notes:
            say(note)


async def _cut(
    named: str, request: ClipsRequest, out: Path, words: Path | None, *, is_heard: bool
) -> ClipFiles:
    recording = find_recording(named)
    if recording is not None and words is None and not is_heard:
        words = transcript_beside(recording)
        if words is not None:
            say(f"The words come from {words.name}; to transcribe anew: --transcribe")
    # Reading a transcript measures the recording, which takes a while.
    source = await asyncio.to_thread(read_source, named, words)
    opened = connections()
    view = await cut_clips(opened, source, request)
    return await write_clips(opened, view, named, out)
