"""The tables and plots of docs/performance.md: ``python -m bench.page``.

It shows the newest result of each part of ``make bench`` and of ``bench.scale``, with its date
and machine. ``make bench`` runs it at its end.
"""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib import pyplot as plt

from bench.report import RESULTS

# pyright: reportUnknownMemberType=false
# matplotlib is partly untyped.

_Results = dict[str, Any]
DOCS = Path(__file__).parents[1] / "docs"
PAGE, PLOT, SCALE_PLOT = (
    DOCS / name for name in ("performance.md", "performance.svg", "scale.svg")
)
POSTIZ = {"text, answers at once": (58, 10), "X, LinkedIn": (87, 15), "Instagram": (103, 18)}
"""Postiz' events and actions for publishing alone, measured with its own workflow."""
OURS, THEIRS, PALE = "#1b6ca8", "#b0b7be", "#d9822b"


def draw(results: _Results, file: Path) -> None:
    """Draw the cost beside Postiz, the growth of a post's cost, and memory."""
    # Without a fixed salt and date every run would change the file.
    mpl.rcParams["svg.hashsalt"] = "galley"
    figure, axes = plt.subplots(1, 3, figsize=(12, 3.6), layout="constrained")
    cost, growth, memory = axes
    names = [*(f"Postiz: {one}" for one in POSTIZ), "Galley: any network"]
    events = [*(one[0] for one in POSTIZ.values()), results["history"]["publishing_events"]]
    cost.barh(names, events, color=[THEIRS] * len(POSTIZ) + [OURS])
    cost.invert_yaxis()
    cost.set_title("Events to publish one post")
    found = results.get("throughput", [])
    campaigns = [one["campaigns"] for one in found]
    growth.plot(campaigns, [one["events"] for one in found], "o-", color=OURS)
    growth.set_xscale("log")
    growth.set_xlabel("campaigns of 11 posts")
    growth.set_title("Events a post, whole path")
    found = results.get("waiting", [])
    posts = [one["posts"] for one in found]
    for name, color in (("worker", OURS), ("server", PALE)):
        memory.plot(posts, [o[f"{name}_mib"] for o in found], "o-", color=color, label=name)
    memory.set_xlabel("posts in review")
    memory.set_title("Memory, MiB")
    memory.legend()
    for axis in (growth, memory):
        axis.set_ylim(0, 1.1 * axis.get_ylim()[1])
    figure.savefig(file, metadata={"Date": None})


def draw_scale(levels: list[_Results], file: Path) -> None:
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


def newest_results() -> _Results:
    """Return the newest result of each part: a full one, else a small one.

    ``measured`` holds the date and machine of each part.
    """
    results: _Results = {"measured": {}, "scale": {}}
    # Later files overwrite earlier ones, and full results small ones.
    for size in ("smoke", "full"):
        for file in sorted(RESULTS.glob(f"*-bench-{size}.json")):
            found = json.loads(file.read_text(encoding="utf-8"))
            parts = found.keys() & PARTS.keys()
            results |= {part: found[part] for part in parts}
            results["measured"] |= dict.fromkeys(parts, _measured(found))
        for file in sorted(RESULTS.glob(f"*-scale-{size}.json")):
            results["scale"] = json.loads(file.read_text(encoding="utf-8"))
    return results


def _measured(found: _Results) -> str:
    return f"Measured {found['at']} on {found['machine']}."


def tables(results: _Results) -> str:
    """Return every table that has results, each with its date."""
    shown: list[str] = []
    for part, table in PARTS.items():
        if part in results:
            shown += [table(results[part]), results["measured"][part]]
    return "\n\n".join([*shown, _scale(results["scale"])]).rstrip()


def _rows(title: str, head: tuple[str, ...], rows: list[tuple[object, ...]]) -> str:
    lines = [f"| {' | '.join(head)} |", f"|{' --- |' * len(head)}"]
    lines += [f"| {' | '.join(map(str, row))} |" for row in rows]
    return f"### {title}\n\n" + "\n".join(lines)


def _history(found: _Results) -> str:
    ours = (
        ("from approval to confirmed", "publishing_", 30, 4),
        ("the whole path, from the source", "", 60, 8),
    )
    rows: list[tuple[object, ...]] = [
        (
            f"Galley, {path}",
            *(f"{found[f'{part}events']:.1f}", most_events),
            *(f"{found[f'{part}actions']:.1f}", most_actions),
            f"{found[f'{part}billed']:.1f}",
        )
        for path, part, most_events, most_actions in ours
    ]
    rows += [
        (f"Postiz, publishing alone: {case}", events, "", actions, "", "")
        for case, (events, actions) in POSTIZ.items()
    ]
    head = ("A post", "Events", "Aim", "Starts, activities, timers", "Aim", "Billed in all")
    return _rows("What a post costs in Temporal", head, rows)


def _throughput(levels: list[_Results]) -> str:
    rows: list[tuple[object, ...]] = [
        (
            one["campaigns"],
            f"{one['posts'] / one['seconds']:.1f}",
            f"{one['ratio']:.2f}",
            f"{one['events']:.1f}",
            f"{one['actions']:.1f}",
        )
        for one in levels
    ]
    head = ("Campaigns", "Posts a second", "Of the ceiling", "Events a post", "Actions")
    return _rows("Throughput when nothing else takes time", head, rows)


def _waiting(piles: list[_Results]) -> str:
    rows: list[tuple[object, ...]] = [
        (
            one["posts"],
            f"{one['worker_mib']:.0f} MiB",
            f"{one['server_mib']:.0f} MiB",
            f"{one['started_within']:.0f} s",
            f"{one['list_seconds']:.2f} s",
        )
        for one in piles
    ]
    head = ("Posts in review", "Worker", "Temporal server", "All started", "List")
    return _rows("Posts that wait for a person", head, rows)


def _recovery(kills: list[_Results]) -> str:
    rows: list[tuple[object, ...]] = [
        (number, f"{one['polls']:.1f} s", f"{one['scheduled']:.1f} s")
        for number, one in enumerate(kills, 1)
    ]
    head = ("Kill", "A new worker polls", "The post is found and known")
    title = "After SIGKILL of the only worker, in the middle of createPost"
    return _rows(title, head, rows)


def _demo(found: _Results) -> str:
    row = tuple(f"{found[k]:.1f} s" for k in ("stack", "first_draft", "all_published"))
    head = ("Local stack up", "First draft", "All published, stack stopped")
    return _rows("From the command `galley demo`", head, [row])


def _quota(passages: list[_Results]) -> str:
    rows: list[tuple[object, ...]] = [
        (
            one["posts"],
            f"{one['kept']:.0%}",
            f"{one['makespan'] / 86_400:.3f} days",
            f"{one['bound'] / 86_400:.3f} days",
            f"{one['ratio']:.4f}",
            one["refused"],
        )
        for one in passages
    ]
    head = ("Posts", "Kept for changes", "Took", "Lower bound", "Ratio", "429")
    title = "Through 100 in 15 minutes, 250 in 24 hours, 3,000 in 30 days"
    return _rows(title, head, rows)


def _review(found: _Results) -> str:
    rows: list[tuple[object, ...]] = [
        ("Inbox", _ms(found["inbox_p50"]), _ms(found["inbox_p95"]), "300 ms"),
        ("A post", _ms(found["post_p50"]), _ms(found["post_p95"]), "300 ms"),
        ("A decision, until it shows", "", _ms(found["decision_longest"]) + " at most", "1 s"),
        (
            f"Both, {found['people']} people at once",
            _ms(found["crowd_p50"]),
            _ms(found["crowd_p95"]),
            "",
        ),
    ]
    title = f"The review pages, while {found['waiting']:,} posts wait"
    return _rows(title, ("Page", "p50", "p95", "Aim for p95"), rows)


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms"


def _scale(scale: _Results) -> str:
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
    tunings = _tunings(scale.get("turns", []))
    return "\n\n".join(filter(None, (table, _measured(scale), said, tunings)))


def _tunings(turns: list[_Results]) -> str:
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


PARTS: dict[str, Callable[[Any], str]] = {
    "history": _history,
    "throughput": _throughput,
    "waiting": _waiting,
    "recovery": _recovery,
    "demo": _demo,
    "quota": _quota,
    "review": _review,
}


def main() -> None:
    """Write the tables into the page, and the plot beside it."""
    results = newest_results()
    text = PAGE.read_text(encoding="utf-8")
    between = f"<!-- begin: results -->\n\n{tables(results)}\n\n<!-- end: results -->"
    # The rest of the page is written by hand.
    marked = re.compile("<!-- begin: results -->.*<!-- end: results -->", re.DOTALL)
    # A function, because a replacement string would read backslashes.
    PAGE.write_text(marked.sub(lambda _: between, text), encoding="utf-8")
    draw(results, PLOT)
    if results["scale"]:
        draw_scale(results["scale"]["levels"], SCALE_PLOT)


if __name__ == "__main__":
    main()
