"""``export``: an audit pack of a campaign."""

from pathlib import Path
from typing import Annotated

import typer

from cli.commands.options import Json
from cli.errors import CommandError
from cli.process import run
from cli.terminal import say, show, show_json


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
