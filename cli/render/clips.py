"""The clips of a recording, as ``clips`` prints them."""

from app.clips import ClipFiles
from cli.render.proofs import clean
from cli.terminal import say, show, show_json


def print_clips(files: ClipFiles, *, json: bool) -> None:
    """Print the file, the edges and the reasons of each clip."""
    if json:
        show_json(files.model_dump(mode="json", by_alias=True))
        return
    for one in files.clips:
        show(clean(f"{one.file}  {one.begins}-{one.ends}  score {one.score}"))
        for reason in one.reasons:
            show(clean(f"    {reason}"))
        for note in one.notes:
            say(clean(note))
