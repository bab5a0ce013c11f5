"""Arguments and options that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

from galley.models.draft import MOST_VARIANTS

Json = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]
Name = Annotated[
    str,
    typer.Argument(
        metavar="ID",
        help="A post's or campaign's ID, the unique start of one, or "
        "<campaign>/<platform>.",
    ),
]
Note = Annotated[str, typer.Option(help="Why; it is kept with the decision.")]
Revision = Annotated[
    int | None,
    typer.Option(
        min=0,
        help="Decide only if this revision is still the current one. Also works "
        "with no worker running.",
    ),
]
Pick = Annotated[
    int | None,
    typer.Option(
        min=1,
        metavar="N",
        help="The variant that is meant, as `show` numbers them. Missing: the first.",
    ),
]
Variants = Annotated[
    int,
    typer.Option(
        min=1,
        max=MOST_VARIANTS,
        metavar="N",
        help="Drafts of each post to pick from: approve --pick 2.",
    ),
]
FormOption = Annotated[
    str,
    typer.Option(
        "--form",
        help="What is drafted: post, thread, question (with answers in the text) or "
        "carousel (slides; pictures where a network takes several).",
    ),
]
MediaOption = Annotated[
    str,
    typer.Option(
        "--media",
        metavar="MAKER",
        help="Who makes pictures and videos: card (drawn here, where the network "
        "requires media), source (the pictures of the source), clip (cut "
        "out of the recording it is), short (a film of the post's words), or none.",
    ),
]
CardOption = Annotated[
    str,
    typer.Option(
        "--card",
        metavar="CARD",
        help="Draw this card wherever a network takes a picture: quote, title, list, "
        "chart or code; the last three from what the source has. Missing: quote, where "
        "media is required.",
    ),
]
Economy = Annotated[
    bool,
    typer.Option(
        "--economy",
        help="Ask for all first drafts in one batch: half the price, and it may take "
        "hours.",
    ),
]
NoWait = Annotated[
    bool,
    typer.Option("--no-wait", help="Do not wait until Buffer has confirmed it."),
]
FreePorts = Annotated[
    bool,
    typer.Option("--free-ports", help="Take any free ports instead of the usual ones."),
]
Platforms = Annotated[
    list[str] | None,
    typer.Option("--platform", help="Only this network; may be repeated."),
]
Channels = Annotated[
    list[str] | None,
    typer.Option("--channel", help="Only this channel, by ID or name; repeatable."),
]
Edition = Annotated[
    int,
    typer.Option(min=1, help="2, 3, … to post the same source once more."),
]
TextFile = Annotated[
    Path | None,
    typer.Option("--file", dir_okay=False, exists=True, help="Read the text from it."),
]
