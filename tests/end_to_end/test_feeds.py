"""A feed that is followed, as a person sees it."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.end_to_end.stack import ROOT, Stack
from tests.end_to_end.texts import page, sentences
from tests.end_to_end.waiting import until
from tests.serving import answering, serving

pytestmark = [pytest.mark.server, pytest.mark.timeout(120)]

_TOWNS = ("Alderney", "Brest", "Calais", "Dover", "Elba", "Fowey")


@dataclass
class Paper:
    """Publishes an article about a town, and a feed of them, the newest first."""

    address: str = ""
    towns: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://{self.address}/feed.xml"

    async def answer(self, path: str, writer: asyncio.StreamWriter) -> None:
        if path == "/feed.xml":
            await answering(self._feed(), content_type="application/rss+xml")(path, writer)
            return
        await answering(page(path.strip("/").capitalize()).encode())(path, writer)

    def _feed(self) -> bytes:
        items = "".join(
            f"<item><title>The tide clerks of {town}</title><guid>{town}</guid>"
            f"<link>/{town.casefold()}</link><description>{sentences(town)[0]}"
            f"</description><pubDate>Tue, 0{1 + _TOWNS.index(town)} Sep 2026 10:00:00 "
            "GMT</pubDate></item>"
            for town in reversed(self.towns)
        )
        channel = f"<title>The Tide Table</title><language>en</language>{items}"
        return f"<rss version='2.0'><channel>{channel}</channel></rss>".encode()


@pytest.fixture(name="paper", scope="module")
async def _paper() -> AsyncIterator[Paper]:
    paper = Paper()
    async with serving(paper.answer) as paper.address:
        yield paper


@pytest.fixture(scope="module")
async def stack(tmp_path_factory: pytest.TempPathFactory, paper: Paper) -> AsyncIterator[Stack]:
    folder = tmp_path_factory.mktemp("stack")
    stack = Stack(folder, GALLEY_FETCH_PRIVATE_HOSTS=f'["{paper.address}"]')
    try:
        await stack.start()
        yield stack
    finally:
        stack.close()


async def told(stack: Stack, *command: str) -> Any:  # noqa: ANN401 -- any JSON value
    answer = await stack.cli(*command, "--json")
    assert answer.code == 0, answer.err
    return answer.json


async def test_an_address_that_is_no_feed_is_not_followed(stack: Stack, paper: Paper) -> None:
    answer = await stack.cli("feeds", "add", f"http://{paper.address}/dover")

    assert answer.code == 2
    assert "feed" in answer.err
    assert await told(stack, "feeds", "list") == []


async def test_what_a_feed_brings_is_drafted_once_and_all_of_it_accounted_for(
    stack: Stack, paper: Paper
) -> None:
    paper.towns = list(_TOWNS[:2])
    add = ("feeds", "add", paper.url, "--backlog", "1", "--platform", "linkedin")

    first = await told(stack, *add)
    again = await told(stack, *add)
    await _drafted(stack, paper, "Brest")
    paper.towns += _TOWNS[2:4]
    checked = await stack.cli("feeds", "check", paper.url)
    await _drafted(stack, paper, "Brest", "Calais", "Dover")

    assert (first["is_new"], again["is_new"]) == (True, False)
    assert checked.code == 0, checked.err
    (row,) = await told(stack, "feeds", "list")
    assert row["items"] == {"skipped": 1, "drafted": 3}
    assert row["next_check"] is not None

    async def written() -> bool:
        posts = await told(stack, "list", "--state", "in_review")
        return {post["title"] for post in posts} == {
            f"The tide clerks of {town}" for town in ("Brest", "Calais", "Dover")
        }

    await until(written, first=0.5)
    costs = await told(stack, "costs")
    assert {one["title"] for one in costs["campaigns"]} == {
        f"The tide clerks of {town}" for town in ("Brest", "Calais", "Dover")
    }
    assert all(one["calls"] >= 1 for one in costs["campaigns"])
    assert costs["today"]["taken_micros"] <= costs["today"]["ceiling_micros"]
    removed = await stack.cli("feeds", "remove", first["feed_id"])
    assert removed.code == 0, removed.err
    assert await told(stack, "feeds", "list") == []
    assert (await stack.cli("feeds", "check", paper.url)).code == 1


async def _drafted(stack: Stack, paper: Paper, *towns: str) -> None:
    """Wait until the ledger says that these, and no others, have campaigns."""

    async def entered() -> bool:
        answer = await stack.cli("feeds", "show", paper.url, "--json")
        if answer.code:
            return False
        entries = answer.json["entries"]
        drafted = {one["keys"][0] for one in entries if one["state"] == "drafted"}
        return drafted == set(towns)

    await until(entered, first=0.5)


async def test_the_latest_item_and_its_page_are_one_source(stack: Stack, paper: Paper) -> None:
    paper.towns = ["Elba", "Fowey"]
    latest = ("start", paper.url, "--item", "latest", "--platform", "x")

    (begun,) = await told(stack, *latest)
    (again,) = await told(stack, *latest)
    page_of_it = f"http://{paper.address}/fowey"
    by_page = await stack.cli("start", page_of_it, "--platform", "x", "--json")
    unchosen = await stack.cli("start", paper.url, "--platform", "x")

    assert (begun["is_new"], again["is_new"]) == (True, False)
    assert begun["source"]["title"] == "The tide clerks of Fowey"
    assert by_page.json["campaign_id"] == begun["campaign_id"]
    assert not by_page.json["is_new"]
    assert unchosen.code == 1
    assert "--item latest" in unchosen.err


async def test_each_row_of_a_table_is_a_campaign_of_its_own(stack: Stack) -> None:
    table = stack.folder / "plan.csv"
    table.write_text((ROOT / "examples" / "campaigns.csv").read_text())

    first = await told(stack, "start", "plan.csv")
    again = await told(stack, "start", "plan.csv", "--platform", "x")
    late = await stack.cli("start", "plan.csv", "--every", "1h", "--json")
    table.write_text("prompt,platforms\nTell of the sea,nowhere\n")
    wrong = await stack.cli("start", "plan.csv")

    assert [{post["platform"] for post in one["posts"]} for one in first] == [
        {"x", "linkedin"},
        {"threads", "bluesky"},
    ]
    assert first[0]["source"]["title"] == "The last look"
    assert [one["is_new"] for one in again] == [False, False]
    assert (late.code, late.json) == (1, [])
    assert "2 of 2 campaigns were not started" in late.err
    assert wrong.code == 2
    assert wrong.err.startswith("plan.csv, row 2: 'nowhere' is not a network")


async def test_a_ceiling_stops_a_campaign_before_anything_is_paid_for(
    stack: Stack, paper: Paper
) -> None:
    before = await told(stack, "costs")
    await stack.restart_worker(GALLEY_BUDGET_DAY_USD="0.10")

    answer = await stack.cli("start", f"http://{paper.address}/alderney")

    assert answer.code == 1
    assert "of today's ceiling of $0.10" in answer.err
    assert "GALLEY_BUDGET_DAY_USD" in answer.err
    assert (await told(stack, "costs"))["campaigns"] == before["campaigns"]
