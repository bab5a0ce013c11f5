"""Costs, audit packs, erasures, media and keys, as their commands print them."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from app.records.costs import CostReport, CostRow
from app.records.erasure import ErasureReport
from app.records.erasure_scope import NOTHING_ERASED
from app.records.media_collection import Collection, JudgedMedium
from app.records.payload_keys import ListedKey
from cli.render.proofs import clean
from cli.terminal import say, show, show_json, table
from galley.budget.prices import dollars, known_prices
from galley.records.collection import Verdict


def print_keys(keys: list[ListedKey], *, json: bool) -> None:
    """Print the keys by their IDs, never the keys."""
    rows = [_key_row(one) for one in keys]
    if json:
        show_json(rows)
    elif rows:
        columns = [*rows[0]]
        cells = [[str(row[column]) for column in columns] for row in rows]
        table([column.replace("_", " ").capitalize() for column in columns], cells)
    else:
        show("Nothing is encrypted: there are no keys.")


def _key_row(key: ListedKey) -> dict[str, Any]:
    row = {"key_id": key.key_id, "what": key.role.value}
    return row | (asdict(key.use) if key.use else {})


def print_collection(found: Collection, *, deleted: bool, json: bool) -> None:
    """Print the media that are free or deleted, and why the others are kept."""
    freed = found.deleted if deleted else found.free
    size = sum(one.stored.size for one in freed)
    kept = Counter(one.verdict.value for one in found.judged if one.verdict is not Verdict.FREE)
    if json:
        objects = [_medium_json(one) for one in freed]
        show_json({"deleted": deleted, "bytes": size, "objects": objects, "kept": dict(kept)})
        return
    if freed:
        rows = [_medium_row(one) for one in freed]
        table(("Bucket", "Object", "Bytes", "Since"), rows)
    verb = "Deleted" if deleted else "Free to be deleted"
    show(f"{verb}: {len(freed)} objects, {size:,} bytes.")
    reasons = ", ".join(f"{count} {why}" for why, count in sorted(kept.items()))
    show(f"Kept: {reasons or 'nothing'}.")
    put_again = len(found.free) - len(freed)
    if put_again:
        say(f"{put_again} were put again meanwhile, and stay.")
    if found.free and not deleted:
        say("Nothing was deleted: `uv run starter.py media gc --yes` deletes them.")


def _medium_row(one: JudgedMedium) -> tuple[str, str, str, str]:
    since = f"{one.stored.updated_at:%Y-%m-%d}"
    return one.store.name, one.stored.name, f"{one.stored.size:,}", since


def _medium_json(one: JudgedMedium) -> dict[str, Any]:
    return {
        "bucket": one.store.name,
        "name": one.stored.name,
        "bytes": one.stored.size,
        "updated_at": one.stored.updated_at.isoformat(),
    }


def print_erasure(report: ErasureReport, name: str, *, done: bool, json: bool) -> None:
    """Print what is erased, or would be, and what stays.

    Args:
        report: What was found.
        name: As the person wrote it, for the command that erases it.
        done: Whether it was erased.
        json: Whether to print one JSON value.
    """
    if json:
        show_json(_erasure_json(report, erased=done))
        return
    if report.gone:
        rows = [(o.store.name, o.stored.name, f"{o.stored.size:,}") for o in report.gone]
        table(("Bucket", "Object", "Bytes"), rows)
    verb = "Erased" if done else "Would be erased"
    show(
        f"{verb}: whole objects: {len(report.gone)}, words in others: "
        f"{len(report.rewritten)}, records of runs: {report.runs}, lessons: "
        f"{sum(report.lessons.values())}."
    )
    show("What stays:")
    for one in report.stays:
        show(f"- {one.what}: {one.why}.")
    if not done:
        say(f"{NOTHING_ERASED} `uv run starter.py erase {name} --yes` erases it.")


def _erasure_json(report: ErasureReport, *, erased: bool) -> dict[str, Any]:
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


def print_costs(report: CostReport) -> None:
    """Print what each campaign cost, and what is taken of the ceilings today."""
    day = report.today
    print_cost_rows("Campaign", report.campaigns)
    of = _of(day.ceiling_micros)
    say(f"Set aside or spent today (UTC): {dollars(day.taken_micros)}, {of}")
    for brand, taken in day.brands.items():
        of = _of(day.brand_ceiling_micros)
        say(f"  {clean(brand)}: {dollars(taken)}, {of}")
    say(f"Prices of {known_prices().as_of}; GALLEY_BUDGET_DAY_USD sets the ceiling.")


def _of(ceiling: int | None) -> str:
    return "no ceiling" if ceiling is None else f"of {dollars(ceiling)}"


def print_cost_rows(first_column: str, rows: list[CostRow]) -> None:
    """Print a table of costs, and what the model's cache did not save."""
    if not rows:
        show("Nothing was paid for yet.")
        return
    table(
        (first_column, "Calls", "Cost", "Lost of it", "Published", "A published post", ""),
        [
            (
                row.id,
                str(row.calls),
                dollars(row.micros) + (" and more" if row.has_unknown else ""),
                dollars(row.lost_micros),
                str(row.published),
                "" if not row.published else dollars(row.micros_per_published),
                clean(row.title)[:50],
            )
            for row in rows
        ],
    )
    for line in _uncached_lines(rows):
        show(line)


def cost_lines(row: CostRow) -> list[str]:
    """Return a campaign's cost in a line, and one more if the cache did not help."""
    more = " and more" if row.has_unknown else ""
    each = row.micros_per_published
    published = "" if each is None else f", {dollars(each)} a published post"
    cost = f"Cost: {dollars(row.micros)}{more} in {row.calls} calls{published}"
    return [cost, *_uncached_lines([row])] if row.calls else []


def _uncached_lines(rows: Iterable[CostRow]) -> list[str]:
    """Return a sentence for each row whose drafts did not share the source."""
    return [
        f"{row.id}: {row.uncached} of the later drafts did not find the source in the "
        "model's cache and paid its full price; `show` of the post says more."
        for row in rows
        if row.uncached
    ]
