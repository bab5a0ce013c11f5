"""What is kept of posts: ``why``, ``costs``, ``export``, ``erase`` and ``media gc``."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from cli.commands.options import Json, Name
from cli.errors import CommandError
from cli.process import run
from cli.terminal import say, show, show_json

media = typer.Typer(name="media", no_args_is_help=True)


def why(name: Name, *, json: Json = False) -> None:
    """Say all that is known of one post, and what can be done.

    Reads and changes nothing. Without a worker it tells what Temporal and the state
    bucket know.

    Example: uv run starter.py why 3f2a/linkedin
    """
    from app.records.inquiry import inquire
    from cli.connections import connections
    from cli.render.dossier import as_json, dossier

    found = run(inquire(connections(), name))
    if json:
        show_json(as_json(found))
    else:
        show(dossier(found))


def costs(
    name: Annotated[
        str,
        typer.Argument(metavar="CAMPAIGN", help="A campaign, for each of its posts. Missing: all."),
    ] = "",
    *,
    json: Json = False,
) -> None:
    """Show what drafts cost, and what is left of the ceilings.

    By campaign and by published post; of one campaign, by post. A call whose reply was
    lost counts with the most it can have cost.

    Example: uv run starter.py costs
    """
    from app.records.costs import all_costs, post_costs
    from cli.connections import connections
    from cli.render.records import print_cost_rows, print_costs

    if name:
        rows = run(post_costs(connections(), name))
        if json:
            show_json([row.model_dump(mode="json") for row in rows])
        else:
            print_cost_rows("Post", rows)
        return
    report = run(all_costs(connections()))
    if json:
        show_json(report.model_dump(mode="json"))
    else:
        print_costs(report)


def export(
    campaign: Annotated[
        str, typer.Argument(metavar="CAMPAIGN", help="A campaign's ID, or the start of one.")
    ] = "",
    *,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", metavar="FILE", help="The file. Missing: galley-<key>.zip, here."
        ),
    ] = None,
    check: Annotated[
        Path | None,
        typer.Option(metavar="PACK", help="Export nothing: see whether this pack is whole."),
    ] = None,
    json: Json = False,
) -> None:
    """Put all that is known of a campaign into an audit pack.

    A zip that proves itself: who approved which words when, every revision with its
    model, prompt and cost, decisions, media by their hashes, claims, receipts and what
    was told. From the histories while Temporal has them, and from the state bucket
    after that.

    Example: uv run starter.py export 3f2a -o audit.zip
    """
    from app.records.audit_pack import check_pack, export_campaign
    from cli.connections import connections

    if check is not None:
        _print_check(check, check_pack(check), json=json)
        return
    pack = run(export_campaign(connections(), campaign))
    path = output or Path(f"galley-{pack.key}.zip")
    path.write_bytes(pack.data)
    if json:
        told = {"pack": str(path), "campaign": pack.campaign_id, "gaps": pack.gaps}
        show_json(told)
    else:
        show(f"{path}: {len(pack.data)} bytes")
    for gap in pack.gaps:
        say(gap)


def _print_check(path: Path, faults: list[str], *, json: bool) -> None:
    if json:
        show_json({"pack": str(path), "is_whole": not faults, "faults": faults})
    elif not faults:
        show(f"{path} is whole.")
    if faults:
        raise CommandError(f"{path} is not whole: {' '.join(faults)}")


def erase(
    name: Name,
    *,
    yes: Annotated[
        bool, typer.Option("--yes", help="Erase it; without it you see what would go.")
    ] = False,
    note: Annotated[
        str, typer.Option(metavar="TEXT", help="Why; it is kept in the tombstone, so name nobody.")
    ] = "",
    json: Json = False,
) -> None:
    """Erase the words and media that are kept of a campaign or post.

    Sources, transcripts, briefs, staged and public media, drafts and notes in records,
    lessons, words in receipts and notifications. What another campaign or post was made
    from stays, and so do claims and receipts, without words: nothing is posted twice
    afterwards. Refuses while anything of it goes on, waits in Buffer or is held.

    Example: uv run starter.py erase 3f2a --yes --note "asked for on 2 May"
    """
    from app.records.erasure import erase_named
    from cli.connections import connections, reviewer
    from cli.render.records import print_erasure
    from galley.models.records import Erasure

    opened, erasure = connections(), None
    if yes:
        by = reviewer(opened.settings)
        erasure = Erasure(at=datetime.now(UTC), by=by, note=note)
    print_erasure(run(erase_named(opened, name, erasure)), name, done=yes, json=json)


@media.callback()
def _media() -> None:
    """Delete media that no post needs any more."""


@media.command()
def gc(
    *,
    yes: Annotated[
        bool, typer.Option("--yes", help="Delete them; without it they are listed.")
    ] = False,
    json: Json = False,
) -> None:
    """List the media that no post can need any more; with --yes, delete them.

    Kept are those of every post that is not at its end, or was not
    GALLEY_MEDIA_KEEP_DAYS ago, of every run of clips alike, of every post that Buffer
    has and did not send, and all that are younger than two days. What is known of
    orders at a model goes with its post. If any of that cannot be found out, nothing is
    deleted.

    Example: uv run starter.py media gc --yes
    """
    from app.records.media_collection import collect_media
    from cli.connections import connections
    from cli.render.records import print_collection

    found = run(collect_media(connections(), delete=yes))
    print_collection(found, deleted=yes, json=json)
