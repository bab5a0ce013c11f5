"""Costs, as ``costs`` and ``show`` print them."""

from collections.abc import Iterable

from app.records.costs import CostReport, CostRow
from cli.render.proofs import clean
from cli.terminal import say, show, table
from galley.budget.prices import dollars, known_prices


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
