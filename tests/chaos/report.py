"""What a run says of itself, as a page of Markdown."""

from collections import Counter
from datetime import datetime

from tests.chaos.book import Fault
from tests.chaos.run import Outcome
from tests.chaos.steps import WHERE


def told(outcome: Outcome, machine: str, at: datetime) -> str:
    """Return the figures of a run, good or bad."""
    plan, verdict, scanned = outcome.plan, outcome.verdict, outcome.scanned
    duplicates = verdict.count(Fault.DUPLICATE)
    lost = verdict.count(Fault.LOST, Fault.STUCK)
    others = len(outcome.findings) - duplicates - lost
    how = " OPERATOR=1" if plan.is_operated else ""
    command = f"POSTS={plan.posts} SEED={plan.seed} WORKERS={plan.workers}{how} make chaos"
    steps = {step: outcome.steps[step] for step in WHERE}
    lines = [
        f"# Chaos, {at:%Y-%m-%d}: {plan.posts} posts, seed {plan.seed}",
        "",
        f"{duplicates} duplicates, {lost} lost or stuck, {others} other findings.",
        "",
        f"`{command}`, {outcome.seconds:.0f} s on {machine}.",
        "",
        *_table("How the runs ended", verdict.endings),
        *_table("What went wrong meanwhile", outcome.mishaps),
        *_table("Workers killed at a named step", Counter(steps)),
        *_table("What people did", outcome.people),
        *_table("Starts", outcome.starts),
        *(_table("Resets, by what woke the task", outcome.resets) if outcome.resets else ()),
        *_table("Histories", scanned.runs),
        *_table("Longest history, events", Counter(scanned.longest)),
        *_table("Events in all", scanned.events),
    ]
    if outcome.findings:
        lines += ["## Findings", "", *(f"- {one}" for one in outcome.findings), ""]
    return "\n".join(lines)


def _table(title: str, counts: Counter[str]) -> list[str]:
    rows = [f"| {name} | {count} |" for name, count in counts.most_common()]
    return [f"| {title} | |", "| --- | --- |", *rows, ""]
