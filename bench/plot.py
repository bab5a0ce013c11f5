"""Draw results with matplotlib, which is partly untyped: wrapped here alone."""

# pyright: reportUnknownMemberType=false

from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib import pyplot as plt
from matplotlib.axes import Axes

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
        axis.plot(
            posts, [o[f"{key}_mib"] for o in found], "o-", color=color, label=name
        )
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
