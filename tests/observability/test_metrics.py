"""What a real worker exports while a campaign goes through it."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from galley.metrics import ALL, MetricKind
from galley.models.network import Platform
from galley.models.post import PostState
from galley.publishing.job.record import JobPhase
from tests.end_to_end.stack import SECRETS, Stack
from tests.end_to_end.waiting import until
from tests.observability.scraping import (
    DASHBOARD,
    ROOT,
    RULES,
    Scrape,
    metrics_in,
    scrape,
    scraped,
    total,
)
from tests.ports import free_port
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


@dataclass(frozen=True)
class Exported:
    """What the workers served, and what no metric may hold."""

    text: str
    private: tuple[str, ...]

    @property
    def samples(self) -> Scrape:
        return scraped(self.text)


@pytest.fixture(scope="module")
async def exported(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Exported]:
    """Publish one post past a lost reply and a failed draft, then scrape."""
    counting, looking = free_port(), free_port()
    stack = Stack(
        tmp_path_factory.mktemp("stack"),
        GALLEY_METRICS_ADDRESS=str(counting),
        GALLEY_BUDGET_BRAND_USD="5",
        GALLEY_TEAM=str(ROOT / "tests" / "automatic_team.yaml"),
    )
    try:
        await stack.start()
        await stack.anthropic.order("http_529")
        await stack.buffer.order("lost_reply", "x")
        article, persona = "examples/article.md", "examples/persona.yaml"
        started = await stack.cli(
            *("start", str(ROOT / article), "--persona", str(ROOT / persona)),
            *("--platform", "x", "--approve", "auto", "--json"),
        )
        assert started.code == 0, started.err
        await _a_task_fails(stack)

        async def confirmed() -> bool:
            found = scraped(await scrape(counting))
            return total(found, "galley_post_states_total", state="published") == 1

        await until(confirmed, seconds=90)
        # A worker looks when it starts: this one sees all of it.
        await stack.revive("worker-2", GALLEY_METRICS_ADDRESS=str(looking))

        async def looked() -> bool:
            found = scraped(await scrape(looking))
            return total(found, "galley_posts", state="published") == 1

        await until(looked)
        text = "\n".join([await scrape(counting), await scrape(looking)])
        posts = [str(post["id"]) for post in await stack.buffer.ledger()]
        channel = str((await stack.buffer.channel("x"))["id"])
        yield Exported(text, (*SECRETS, *posts, channel, "publishing tool", "article"))
    finally:
        stack.close()


async def _a_task_fails(stack: Stack) -> None:
    """Start what no worker knows: each attempt at it is a failed task."""
    handle = await stack.client.start_workflow(
        "NoSuchWorkflow", id="no-such", task_queue=Queue.POSTS.task_queue
    )

    async def tried() -> bool:
        told = await handle.describe()
        return told.raw_description.pending_workflow_task.attempt > 1

    await until(tried)
    await handle.terminate()


def test_every_metric_is_exported_with_its_labels_and_none_beside(exported: Exported) -> None:
    for metric in ALL:
        name = metric.exported_as
        sample = f"{name}_bucket" if metric.kind is MetricKind.HISTOGRAM else name
        labels = {key for had, _ in exported.samples[sample] for key in had}
        assert exported.samples[sample], f"{name} is not exported"
        assert labels - _OF_THE_SDK == set(metric.labels), name


def test_no_metric_of_ours_is_exported_that_is_not_listed(exported: Exported) -> None:
    suffixes = ("_bucket", "_sum", "_count")
    listed = {metric.exported_as for metric in ALL}
    ours = {name for name in exported.samples if name.startswith("galley_")}

    known = {f"{name}{suffix}" for name in listed for suffix in suffixes} | listed
    assert ours <= known


def test_labels_have_few_values_and_none_is_an_id_a_secret_or_a_text(exported: Exported) -> None:
    for name, samples in exported.samples.items():
        if not name.startswith("galley_"):
            continue
        for labels, _ in samples:
            for key in labels.keys() & _VALUES.keys():
                assert labels[key] in _VALUES[key], (name, labels)
    for private in exported.private:
        assert private not in exported.text, private


def test_a_reply_that_was_lost_is_counted_as_a_duplicate_prevented(exported: Exported) -> None:
    found = total(exported.samples, "galley_duplicates_prevented_total", how="adopted")

    assert found == 1


def test_a_confirmed_post_is_timed_once_and_quota_and_workers_are_seen(exported: Exported) -> None:
    samples = exported.samples

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
    exported: Exported, whose: str, expression: str
) -> None:
    used = metrics_in(expression)

    assert used, whose
    assert used <= exported.samples.keys(), whose


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
