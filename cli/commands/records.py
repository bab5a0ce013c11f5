"""The commands ``costs``, ``export``, ``erase`` and ``media gc``: what is kept of posts."""

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from app.records.audit_pack import check_pack, export_campaign
from app.records.costs import CostReport, CostRow, all_costs, post_costs
from app.records.erasure import ErasureReport, erase_named
from app.records.erasure_scope import NOTHING_ERASED
from app.records.media_collection import Collection, collect_media
from cli.commands.options import Json, Name
from cli.errors import CommandError
from cli.process import connections, reviewer, run
from cli.terminal import list_rows, say, show, show_json, table
from galley.budget.prices import dollars, known_prices
from galley.models.records import Erasure
from galley.records.collection import Verdict

media = typer.Typer(name="media", no_args_is_help=True)
_ALWAYS = 3
"""Columns that stand in each table of costs: what it is, and what it cost."""


def costs(
    name: Annotated[
        str,
        typer.Argument(metavar="CAMPAIGN", help="A campaign, for each of its posts. Missing: all."),
    ] = "",
    *,
    json: Json = False,
) -> None:
    """Show the costs of drafts and media, and what is left of the ceilings.

    By campaign and by published post; of one campaign, by post. A call whose reply was
    lost counts with the most it can have cost.

    Example: galley costs
    """
    if name:
        rows = run(post_costs(connections(), name))
        if json:
            show_json([row.model_dump(mode="json") for row in rows])
        else:
            _print_rows("Post", rows)
        return
    report = run(all_costs(connections()))
    if json:
        show_json(report.model_dump(mode="json"))
    else:
        _print_costs(report)


def _print_costs(report: CostReport) -> None:
    def of(ceiling: int | None) -> str:
        return "no ceiling" if ceiling is None else f"of {dollars(ceiling)}"

    day = report.today
    _print_rows("Campaign", report.campaigns)
    say(f"Set aside or spent today (UTC): {dollars(day.taken_micros)}, {of(day.ceiling_micros)}")
    for brand, taken in day.brands.items():
        say(f"  {brand}: {dollars(taken)}, {of(day.brand_ceiling_micros)}")
    say(f"Prices of {known_prices().as_of}; GALLEY_BUDGET_DAY_USD sets the ceiling.")


def _print_rows(first_column: str, rows: list[CostRow]) -> None:
    """Print a table of costs, and the drafts that the model's cache did not help."""
    if not rows:
        show("Nothing has been paid for yet.")
        return
    columns = (first_column, "Calls", "Cost", "Lost", "Published", "Per post", "Title")
    cells = [
        (
            # Commands take the names of campaigns and posts without their kind.
            row.id.removeprefix("campaign:").removeprefix("post:"),
            str(row.calls),
            dollars(row.micros) + (" and more" if row.has_unknown else ""),
            dollars(row.lost_micros) if row.lost_micros else "",
            str(row.published or ""),
            "" if not row.published else dollars(row.micros_per_published),
            row.title,
        )
        for row in rows
    ]
    # IDs are long: what no row has would take the room of 80 columns.
    kept = [at for at in range(len(columns)) if at < _ALWAYS or any(row[at] for row in cells)]
    list_rows([columns[at] for at in kept], [[row[at] for at in kept] for row in cells])


def cost_lines(row: CostRow) -> list[str]:
    """Return a campaign's cost in a line, none if nothing was paid.

    ``show`` prints it below the campaign.
    """
    more = " and more" if row.has_unknown else ""
    each = row.micros_per_published
    published = "" if each is None else f", {dollars(each)} a published post"
    cost = f"Cost: {dollars(row.micros)}{more} in {row.calls} calls{published}"
    return [cost] if row.calls else []


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
        typer.Option(metavar="PACK", help="Export nothing: check that this pack is whole."),
    ] = None,
    team: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="With --check: verify each approval with the keys of this team."
        ),
    ] = None,
    json: Json = False,
) -> None:
    """Write an audit pack of all that is known of a campaign.

    A zip that proves itself: who approved which words when, every revision with its
    model, prompt and cost, decisions, media by their hashes, claims, receipts and
    notifications. Read from the histories while Temporal has them, and from the state
    bucket after that. --check proves offline that what Buffer got is what was approved,
    and with --team by people who may.

    Example: galley export 3f2a -o audit.zip
    """
    if check is not None:
        faults = check_pack(check, team)
        if json:
            show_json({"pack": str(check), "is_whole": not faults, "faults": faults})
        elif not faults:
            proven = "each approval is of this team" if team else "approvals are unverified"
            show(f"{check} is whole; {proven}.")
        if faults:
            raise CommandError(f"{check} is not whole: {' '.join(faults)}")
        return
    pack = run(export_campaign(connections(), campaign))
    path = output or Path(f"galley-{pack.key}.zip")
    path.write_bytes(pack.data)
    if json:
        show_json({"pack": str(path), "campaign": pack.campaign_id, "gaps": pack.gaps})
    else:
        show(f"{path}: {len(pack.data)} bytes")
    for gap in pack.gaps:
        say(gap)


def erase(
    name: Name,
    *,
    yes: Annotated[
        bool, typer.Option("--yes", help="Erase it; without this you only see what would go.")
    ] = False,
    note: Annotated[
        str,
        typer.Option(
            metavar="TEXT", help="The reason; it is kept in the tombstone, so name nobody."
        ),
    ] = "",
    json: Json = False,
) -> None:
    """Erase the words and media that are kept of a campaign or post.

    Sources, transcripts, briefs, staged and public media, drafts and notes in records,
    lessons, words in receipts and notifications. Sources that another campaign or post
    uses stay, and so do claims and receipts, without words: nothing is posted twice
    afterwards. Refused while anything of it goes on, waits in Buffer or is held.

    Example: galley erase 3f2a --yes --note "asked for on 2 May"
    """
    opened, erasure = connections(), None
    if yes:
        by = reviewer(opened.settings)
        erasure = Erasure(at=datetime.now(UTC), by=by, note=note)
    report = run(erase_named(opened, name, erasure))
    if json:
        show_json(_erasure_json(report, erased=yes))
        return
    if report.gone:
        rows = [(o.store.name, o.stored.name, f"{o.stored.size:,}") for o in report.gone]
        table(("Bucket", "Object", "Bytes"), rows)
    verb = "Erased" if yes else "Would be erased"
    show(
        f"{verb}: whole objects: {len(report.gone)}, words in others: "
        f"{len(report.rewritten)}, records of runs: {report.runs}, lessons: "
        f"{sum(report.lessons.values())}."
    )
    show("What stays:")
    for one in report.stays:
        show(f"- {one.what}: {one.why}.")
    if not yes:
        say(f"{NOTHING_ERASED} `galley erase {name} --yes` erases it.")


def _erasure_json(report: ErasureReport, *, erased: bool) -> dict[str, object]:
    return {
        "erased": erased,
        "of": report.target.workflow_id,
        "objects": [
            {"bucket": o.store.name, "name": o.stored.name, "bytes": o.stored.size}
            for o in report.gone
        ],
        "without_words": report.rewritten,
        "runs": report.runs,
        "lessons": report.lessons,
        "stays": [{"what": one.what, "why": one.why} for one in report.stays],
    }


@media.callback()
def _media() -> None:
    """Delete media that no post needs any more."""


@media.command()
def gc(
    *,
    yes: Annotated[
        bool, typer.Option("--yes", help="Delete them; without this they are only listed.")
    ] = False,
    json: Json = False,
) -> None:
    """List the media that no post can need any more; with --yes, delete them.

    Kept are the media of every post and every run of clips that goes on, or ended less
    than GALLEY_MEDIA_KEEP_DAYS ago; of every post that Buffer has not sent yet; and all
    that are younger than two days. Records of orders at a model go with their post. If
    any of that cannot be found out, nothing is deleted.

    Example: galley media gc --yes
    """
    found = run(collect_media(connections(), delete=yes))
    _print_collection(found, deleted=yes, json=json)


def _print_collection(found: Collection, *, deleted: bool, json: bool) -> None:
    freed = found.deleted if deleted else found.free
    size = sum(one.stored.size for one in freed)
    kept = Counter(one.verdict.value for one in found.judged if one.verdict is not Verdict.FREE)
    if json:
        objects = [
            {
                "bucket": one.store.name,
                "name": one.stored.name,
                "bytes": one.stored.size,
                "updated_at": one.stored.updated_at.isoformat(),
            }
            for one in freed
        ]
        show_json({"deleted": deleted, "bytes": size, "objects": objects, "kept": dict(kept)})
        return
    if freed:
        rows = [
            (o.store.name, o.stored.name, f"{o.stored.size:,}", f"{o.stored.updated_at:%Y-%m-%d}")
            for o in freed
        ]
        table(("Bucket", "Object", "Bytes", "Since"), rows)
    verb = "Deleted" if deleted else "Free to be deleted"
    show(f"{verb}: {len(freed)} objects, {size:,} bytes.")
    reasons = ", ".join(f"{count} {why}" for why, count in sorted(kept.items()))
    show(f"Kept: {reasons or 'nothing'}.")
    if found.free and not deleted:
        say("Nothing was deleted: `galley media gc --yes` deletes them.")
    elif put_again := len(found.free) - len(freed):
        say(f"{put_again} were put again meanwhile, and stay.")
