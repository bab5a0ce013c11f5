"""What a real worker exports while a campaign goes through it."""

import asyncio
import json
from pathlib import Path

import pytest
import yaml

from galley.metrics import ALL, MetricKind
from galley.models.network import Platform
from galley.models.post import PostState
from galley.publishing.job.record import JobPhase
from tests.end_to_end.stack import Stack
from tests.observability.conftest import Observed
from tests.observability.scraping import DASHBOARD, RULES, Scrape, metrics_in, scraped, total
from workflows.ids import Queue

pytestmark = pytest.mark.server

_OF_THE_SDK = {"namespace", "task_queue", "workflow_type", "activity_type", "le"}
_VALUES = {
    "platform": set(Platform),
    "state": set(PostState),
    "phase": set(JobPhase),
    "queue": set(Queue),
    "how": {"adopted", "ended", "claimed"},
    "provider": {"anthropic", "replicate"},
    "part": {"queues", "accounts", "posts", "runs", "money"},
    "window_seconds": {"900", "86400", "2592000"},
    "brand": {"The Proof Room"},
}


@pytest.fixture(name="samples")
def _samples(observed: Observed) -> Scrape:
    return scraped(observed.metrics)


def test_every_metric_is_exported_with_its_labels_and_none_beside(samples: Scrape) -> None:
    for metric in ALL:
        name = metric.exported_as
        sample = f"{name}_bucket" if metric.kind is MetricKind.HISTOGRAM else name
        labels = {key for had, _ in samples[sample] for key in had}
        assert samples[sample], f"{name} is not exported"
        assert labels - _OF_THE_SDK == set(metric.labels), name


def test_no_metric_of_ours_is_exported_that_is_not_listed(samples: Scrape) -> None:
    suffixes = ("_bucket", "_sum", "_count")
    listed = {metric.exported_as for metric in ALL}
    ours = {name for name in samples if name.startswith("galley_")}

    known = {f"{name}{suffix}" for name in listed for suffix in suffixes} | listed
    assert ours <= known


def test_labels_have_few_values_and_none_is_an_id_a_secret_or_a_text(
    observed: Observed, samples: Scrape
) -> None:
    for name, found in samples.items():
        if not name.startswith("galley_"):
            continue
        for labels, _ in found:
            for key in labels.keys() & _VALUES.keys():
                assert labels[key] in _VALUES[key], (name, labels)
    for private in observed.private:
        assert private not in observed.metrics, private


def test_a_reply_that_was_lost_is_counted_as_a_duplicate_prevented(samples: Scrape) -> None:
    found = total(samples, "galley_duplicates_prevented_total", how="adopted")

    assert found == 1


def test_a_confirmed_post_is_timed_once_and_quota_and_workers_are_seen(samples: Scrape) -> None:
    assert total(samples, "galley_confirm_seconds_count", platform="x") == 1
    left = total(samples, "galley_quota_remaining", window_seconds="900")
    limit = total(samples, "galley_quota_limit", window_seconds="900")
    assert 0 < left < limit


def expressions() -> list[tuple[str, str]]:
    """Return each expression of the rules and the dashboard, with whose it is."""
    rules = yaml.safe_load(RULES.read_text())["groups"]
    board = json.loads(DASHBOARD.read_text())["panels"]
    return [
        *((rule["alert"], rule["expr"]) for group in rules for rule in group["rules"]),
        *((p["title"], t["expr"]) for p in board for t in p.get("targets", [])),
    ]


@pytest.mark.parametrize(
    ("whose", "expression"),
    expressions(),
    ids=[f"{n}-{whose}" for n, (whose, _) in enumerate(expressions())],
)
def test_every_metric_that_a_rule_or_a_panel_reads_is_exported(
    samples: Scrape, whose: str, expression: str
) -> None:
    used = metrics_in(expression)

    assert used, whose
    assert used <= samples.keys(), whose


async def test_a_port_that_is_taken_is_said_in_one_sentence(tmp_path: Path) -> None:
    stack = Stack(tmp_path)
    server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1")
    port = server.sockets[0].getsockname()[1]
    try:
        ended = await stack.ends_by_itself("worker", GALLEY_METRICS_ADDRESS=str(port))
    finally:
        server.close()
        stack.close()

    assert ended.code == 1
    assert ended.err == (
        f"The worker cannot start: Metrics cannot be served at 127.0.0.1:{port}: "
        "another program has that port, or it is no address of this machine. Set "
        "GALLEY_METRICS_ADDRESS to another.\n"
    )
