"""Draw results with matplotlib, which is partly untyped: wrapped here alone."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib import pyplot as plt
from matplotlib.axes import Axes

# pyright: reportUnknownMemberType=false


OURS, THEIRS, PALE = "#1b6ca8", "#b0b7be", "#d9822b"


def draw(told: dict[str, Any], others: dict[str, int], file: Path) -> None:
    """Draw what can be compared: cost beside Postiz, growth, memory."""
    mpl.rcParams["svg.hashsalt"] = "galley"
    figure, axes = plt.subplots(1, 3, figsize=(12, 3.6), layout="constrained")
    cost, growth, memory = axes
    _draw_cost(cost, told, others)
    _draw_growth(growth, told)
    _draw_memory(memory, told)
    figure.savefig(file, metadata={"Date": None})


def _draw_cost(axis: Axes, told: dict[str, Any], others: dict[str, int]) -> None:
    names = [*(f"Postiz: {one}" for one in others), "Galley: any network"]
    events = [*others.values(), told["history"]["publishing_events"]]
    axis.barh(names, events, color=[THEIRS] * len(others) + [OURS])
    axis.invert_yaxis()
    axis.set_title("Events to publish one post")


def _draw_growth(axis: Axes, told: dict[str, Any]) -> None:
    found = told.get("throughput", [])
    campaigns = [one["campaigns"] for one in found]
    axis.plot(campaigns, [one["events"] for one in found], "o-", color=OURS)
    axis.set_xscale("log")
    axis.set_ylim(0, 1.1 * axis.get_ylim()[1])
    axis.set_xlabel("campaigns of 11 posts")
    axis.set_title("Events a post, whole path")


def _draw_memory(axis: Axes, told: dict[str, Any]) -> None:
    found = told.get("waiting", [])
    posts = [one["posts"] for one in found]
    for key, name, color in (("worker", "worker", OURS), ("server", "server", PALE)):
        axis.plot(posts, [o[f"{key}_mib"] for o in found], "o-", color=color, label=name)
    axis.set_ylim(0, 1.1 * axis.get_ylim()[1])
    axis.set_xlabel("posts in review")
    axis.set_title("Memory, MiB")
    axis.legend()


def draw_scale(levels: list[dict[str, Any]], file: Path) -> None:
    """Draw campaigns a second, latency and the ratio by number of workers."""
    mpl.rcParams["svg.hashsalt"] = "galley"
    found = [one for one in levels if one["tuning"] == levels[0]["tuning"]]
    workers = [one["workers"] for one in found]
    figure, axes = plt.subplots(1, 3, figsize=(12, 3.2), layout="constrained")
    rate, latency, ratio = axes
    rate.plot(workers, [o["campaigns"] / o["seconds"] for o in found], "o-", color=OURS)
    rate.set_title("Campaigns a second, to review")
    for key, color in (("p50", OURS), ("p99", PALE)):
        latency.plot(workers, [o[key] for o in found], "o-", color=color, label=key)
    latency.set_title("From the source to all drafts, s")
    latency.legend()
    ratio.plot(workers, [o["ratio"] for o in found], "o-", color=OURS)
    ratio.set_title("Of the ceiling of the same run")
    for axis in axes:
        axis.set_ylim(0, 1.1 * axis.get_ylim()[1])
        axis.set_xticks(workers)
        axis.set_xlabel("worker processes on one machine")
    figure.savefig(file, metadata={"Date": None})


ROOT = Path(__file__).parents[1]
RESULTS, PAGE = ROOT / "bench" / "results", ROOT / "docs" / "performance.md"
PLOT = ROOT / "docs" / "performance.svg"
SCALE_PLOT = ROOT / "docs" / "scale.svg"
POSTIZ = {"text, answers at once": (58, 10), "X, LinkedIn": (87, 15), "Instagram": (103, 18)}
"""Events and actions for publishing alone, measured with its own workflow."""


def newest(size: str, kind: str) -> dict[str, Any]:
    """Return the newest results of a size, or nothing."""
    files = sorted(RESULTS.glob(f"*-{kind}-{size}.json"))
    if not files:
        return {}
    found: dict[str, Any] = json.loads(files[-1].read_text(encoding="utf-8"))
    return found


def known() -> dict[str, Any]:
    """Return the newest result of each part: a full one, else a small one.

    ``measured`` says of each part when that was, and where.
    """
    told: dict[str, Any] = {"measured": {}}
    for size in ("smoke", "full"):
        for file in sorted(RESULTS.glob(f"*-bench-{size}.json")):
            found = json.loads(file.read_text(encoding="utf-8"))
            at = f"Measured {found['at']} on {found['machine']}."
            parts = found.keys() & PARTS.keys()
            told |= {part: found[part] for part in parts}
            told["measured"] |= dict.fromkeys(parts, at)
    scale = newest("full", "scale") or newest("smoke", "scale")
    return told | {"scale": scale}


def tables(told: dict[str, Any]) -> str:
    """Return every table that there are results for, each with its date."""
    shown: list[str] = []
    for part, written in PARTS.items():
        if text := written(told):
            shown += [text, told["measured"][part]]
    return "\n\n".join([*shown, _scale(told)]).rstrip()


def _rows(title: str, head: tuple[str, ...], rows: list[tuple[object, ...]]) -> str:
    lines = [f"| {' | '.join(head)} |", f"|{' --- |' * len(head)}"]
    lines += [f"| {' | '.join(map(str, row))} |" for row in rows]
    return f"### {title}\n\n" + "\n".join(lines)


def _history(told: dict[str, Any]) -> str:
    if "history" not in told:
        return ""
    found = told["history"]
    ours = (
        ("from approval to confirmed", "publishing_events", 30, "publishing_actions", 4),
        ("the whole path, from the source", "events", 60, "actions", 8),
    )
    rows: list[tuple[object, ...]] = [
        (f"Galley, {what}", f"{found[e]:.1f}", most_e, f"{found[a]:.1f}", most_a)
        for what, e, most_e, a, most_a in ours
    ]
    rows += [
        (f"Postiz, publishing alone: {what}", events, "", actions, "")
        for what, (events, actions) in POSTIZ.items()
    ]
    head = ("A post", "Events", "Aim", "Actions", "Aim")
    return _rows("What a post costs in Temporal", head, rows)


def _throughput(told: dict[str, Any]) -> str:
    rows: list[tuple[object, ...]] = [
        (
            one["campaigns"],
            f"{one['posts'] / one['seconds']:.1f}",
            f"{one['ratio']:.2f}",
            f"{one['events']:.1f}",
            f"{one['actions']:.1f}",
        )
        for one in told.get("throughput", [])
    ]
    head = ("Campaigns", "Posts a second", "Of the ceiling", "Events a post", "Actions")
    return _rows("Throughput when nothing else takes time", head, rows) if rows else ""


def _waiting(told: dict[str, Any]) -> str:
    rows: list[tuple[object, ...]] = [
        (
            one["posts"],
            f"{one['worker_mib']:.0f} MiB",
            f"{one['server_mib']:.0f} MiB",
            f"{one['started_within']:.0f} s",
            f"{one['list_seconds']:.2f} s",
        )
        for one in told.get("waiting", [])
    ]
    head = ("Posts in review", "Worker", "Temporal server", "All started", "List")
    return _rows("Posts that wait for a person", head, rows) if rows else ""


def _recovery(told: dict[str, Any]) -> str:
    rows: list[tuple[object, ...]] = [
        (number, f"{one['polls']:.1f} s", f"{one['scheduled']:.1f} s")
        for number, one in enumerate(told.get("recovery", []), 1)
    ]
    head = ("Kill", "A new worker polls", "The post is found and known")
    title = "After SIGKILL of the only worker, in the middle of createPost"
    return _rows(title, head, rows) if rows else ""


def _demo(told: dict[str, Any]) -> str:
    if "demo" not in told:
        return ""
    found = told["demo"]
    row = tuple(f"{found[k]:.1f} s" for k in ("stack", "first_draft", "all_published"))
    head = ("Local stack up", "First draft", "All published, stack stopped")
    return _rows("From the command `starter.py demo`", head, [row])


def _quota(told: dict[str, Any]) -> str:
    rows: list[tuple[object, ...]] = [
        (
            one["posts"],
            f"{one['kept']:.0%}",
            f"{one['makespan'] / 86_400:.3f} days",
            f"{one['bound'] / 86_400:.3f} days",
            f"{one['ratio']:.4f}",
            one["refused"],
        )
        for one in told.get("quota", [])
    ]
    head = ("Posts", "Kept for changes", "Took", "Lower bound", "Ratio", "429")
    title = "Through 100 in 15 minutes, 250 in 24 hours, 3,000 in 30 days"
    return _rows(title, head, rows) if rows else ""


def _scale(told: dict[str, Any]) -> str:
    scale = told.get("scale", {})
    rows: list[tuple[object, ...]] = [
        (
            one["workers"],
            one["tuning"],
            f"{one['campaigns'] / one['seconds']:.2f}",
            f"{one['p50']:.1f} s",
            f"{one['p99']:.1f} s",
            f"{one['ratio']:.2f}",
            f"{one['billed']:.0f}",
            f"{one['load']:.0f}",
        )
        for one in scale.get("levels", [])
    ]
    if not rows:
        return ""
    head = (
        *("Workers", "Each with", "Campaigns a second", "p50", "p99"),
        *("Of the ceiling", "Billed actions a campaign", "Load"),
    )
    waiting = scale.get("waiting")
    said = (
        f"While {waiting['posts']:,} posts wait, all are listed in "
        f"{waiting['list_seconds']:.2f} s, and a decision takes "
        f"{waiting['decide_p50'] * 1000:.0f} ms (p50), "
        f"{waiting['decide_p99'] * 1000:.0f} ms (p99)."
        if waiting
        else ""
    )
    table = _rows("From the source to eleven drafts that wait", head, rows)
    ways = _ways(scale.get("turns", []))
    at = f"Measured {scale['at']} on {scale['machine']}."
    return "\n\n".join(filter(None, (table, at, said, ways)))


def _ways(turns: list[dict[str, Any]]) -> str:
    rows: list[tuple[object, ...]] = []
    for way in dict.fromkeys(one["way"] for one in turns):
        rates = [one["rate"] for one in turns if one["way"] == way]
        waits = [one["p50"] for one in turns if one["way"] == way]
        rows.append(
            (
                way,
                len(rates),
                f"{min(rates):.2f} to {max(rates):.2f}",
                f"{min(waits):.1f} to {max(waits):.1f} s",
            )
        )
    head = ("Two workers, each with", "Turns", "Campaigns a second", "p50")
    return _rows("Ways to set workers, in turn", head, rows) if rows else ""


PARTS: dict[str, Callable[[dict[str, Any]], str]] = {
    "history": _history,
    "throughput": _throughput,
    "waiting": _waiting,
    "recovery": _recovery,
    "demo": _demo,
    "quota": _quota,
}


def main() -> None:
    """Write the tables into the page, and the plot beside it."""
    told = known()
    text = PAGE.read_text(encoding="utf-8")
    between = f"<!-- begin: results -->\n\n{tables(told)}\n\n<!-- end: results -->"
    marked = re.compile("<!-- begin: results -->.*<!-- end: results -->", re.DOTALL)
    PAGE.write_text(marked.sub(lambda _: between, text), encoding="utf-8")
    draw(told, {what: events for what, (events, _) in POSTIZ.items()}, PLOT)
    if told["scale"]:
        draw_scale(told["scale"]["levels"], SCALE_PLOT)


if __name__ == "__main__":
    main()
