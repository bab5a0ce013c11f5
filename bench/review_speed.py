"""How fast the review pages are while many posts wait: ``make bench ONLY=review``.

The pages are a process of their own, and people are HTTP clients with sessions of their own. Most
of the posts that wait are runs without a worker: the list of Temporal's server shows them like any
other. Posts that are opened and decided are real ones, of a real worker.
"""

import asyncio
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
from temporalio.client import Client
from temporalio.common import SearchAttributePair, TypedSearchAttributes

from bench.report import Progress
from galley.models.network import Platform
from galley.models.post import PostState
from tests.end_to_end.stack import Stack
from tests.end_to_end.waiting import until
from tests.ports import free_port
from workflows import ids

_ROOT = Path(__file__).parents[1]
_CSRF = re.compile(r'name="csrf" value="([^"]+)"')
_HIDDEN = re.compile(r'name="(revision|digest)" value="([^"]+)"')
_SEARCHES = ("/", "/?page=7", "/?network=x", "/?words=harbour+42", "/?network=linkedin&page=3")
_OPENED = 60
_PEOPLE = 50
_THINKS = 1.0
"""Seconds between two pages of one person."""
_PAGES_EACH = 6
_WITHIN = 300


@dataclass(frozen=True)
class ReviewSpeed:
    """Seconds, with one person and with fifty at once."""

    waiting: int
    list_first: float
    """The first page after the start, which reads the list."""
    inbox_p50: float
    inbox_p95: float
    post_p50: float
    post_p95: float
    decision_longest: float
    """From the press until a page shows it."""
    people: int
    crowd_p50: float
    crowd_p95: float


async def measure(waiting: int) -> ReviewSpeed:
    """Measure while so many posts wait."""
    with tempfile.TemporaryDirectory() as folder:
        stack = Stack(Path(folder) / "stack")
        stack.database = stack.folder / "temporal.db"  # as a person's stack has
        pages: subprocess.Popen[bytes] | None = None
        try:
            await stack.start()
            real = await _drafts(stack)
            await _pile_up(stack.client, waiting - len(real))
            port = free_port()
            pages = subprocess.Popen(  # noqa: S603, ASYNC220 -- this very Python
                [sys.executable, "-P", "-m", "web", f"--port={port}"],
                cwd=stack.folder,
                env={**stack.environment, "PYTHONPATH": str(_ROOT)},
            )
            return await _measured(stack, f"http://127.0.0.1:{port}", real, waiting)
        finally:
            if pages is not None:
                pages.kill()
                pages.wait()
            stack.close()


async def _drafts(stack: Stack) -> list[str]:
    """Start a campaign on all networks, and return its posts once they wait."""
    source = stack.folder / "article.md"
    await asyncio.to_thread(source.write_bytes, (_ROOT / "examples" / "article.md").read_bytes())
    told = await stack.cli("start", str(source), "--json")
    wanted = 'GalleyState="in_review"'

    async def all_wait() -> bool:
        return (await stack.client.count_workflows(wanted)).count >= len(told.json["posts"])

    await until(all_wait, seconds=_WITHIN)
    return [run.id async for run in stack.client.list_workflows(wanted)]


async def _pile_up(client: Client, count: int) -> None:
    """Begin runs that wait for a person, as lists show them."""
    gate, progress = asyncio.Semaphore(40), Progress("posts", count)
    networks = [*Platform]
    begin = datetime.now(UTC) + timedelta(days=1)

    async def one(number: int) -> None:
        campaign = f"campaign:{number // 11:012x}"
        found = {
            ids.STATE: PostState.IN_REVIEW.value,
            ids.PLATFORM: networks[number % 11].value,
            ids.CHANNEL: f"channel-{number % 11}",
            ids.CAMPAIGN: campaign,
        }
        attributes = [SearchAttributePair(key, value) for key, value in found.items()]
        due = SearchAttributePair(ids.DUE_AT, begin + timedelta(minutes=number))
        async with gate:
            await client.start_workflow(
                "PostWorkflow",
                id=f"post:{number // 11:012x}:channel-{number % 11}",
                task_queue="nobody",
                search_attributes=TypedSearchAttributes([*attributes, due]),
                memo={
                    "title": f"The harbour report, part {number // 11}",
                    "opening": f"The harbour takes {number} boats, and what they carry is told",
                    "brand": f"brand-{number % 5}",
                    "started_by": ("kim", "lee", "noor")[number % 3],
                },
            )
        progress.step()

    await asyncio.gather(*(one(number) for number in range(count)))


async def _sign_in(stack: Stack, address: str, number: int) -> httpx.AsyncClient:
    """Return a person's browser; each comes from an address of its own, as behind a proxy."""
    token = stack.folder / ".galley" / "web.token"
    token.parent.mkdir(exist_ok=True)
    token.write_text(f"token-{number}")
    client = httpx.AsyncClient(
        base_url=address,
        timeout=60,
        trust_env=False,
        headers={"X-Forwarded-For": f"10.0.0.{number}"},
    )
    answer = await client.get(f"/sign-in?token=token-{number}")
    if not answer.is_redirect:
        raise AssertionError(answer.text)
    return client


async def _timed(ask: Callable[[], Awaitable[httpx.Response]]) -> float:
    began = time.monotonic()
    answer = await ask()
    took = time.monotonic() - began
    if not answer.is_success:
        raise AssertionError(answer.text)
    return took


async def _measured(stack: Stack, address: str, real: list[str], waiting: int) -> ReviewSpeed:
    async def answers() -> bool:
        try:
            async with httpx.AsyncClient(trust_env=False) as client:
                return (await client.get(f"{address}/health")).is_success
        except httpx.TransportError:
            return False

    await until(answers, seconds=_WITHIN)
    person = await _sign_in(stack, address, 0)
    first = await _timed(lambda: person.get("/"))
    inbox = [await _timed(lambda one=one: person.get(one)) for one in _SEARCHES * 20]
    posts = [
        await _timed(lambda n=n: person.get(f"/posts/{real[n % len(real)]}"))
        for n in range(_OPENED)
    ]
    decided = [took for one in real if (took := await _decide(person, one))]
    people = [await _sign_in(stack, address, number) for number in range(1, _PEOPLE + 1)]
    crowd = [
        took
        for each in await asyncio.gather(*(_reviews(one, n, real) for n, one in enumerate(people)))
        for took in each
    ]
    for one in (person, *people):
        await one.aclose()
    return ReviewSpeed(
        waiting=waiting,
        list_first=first,
        inbox_p50=statistics.median(inbox),
        inbox_p95=_p95(inbox),
        post_p50=statistics.median(posts),
        post_p95=_p95(posts),
        decision_longest=max(decided),
        people=_PEOPLE,
        crowd_p50=statistics.median(crowd),
        crowd_p95=_p95(crowd),
    )


async def _decide(person: httpx.AsyncClient, name: str) -> float:
    """Approve a post, and return the seconds until its page says so; 0 if it does not fit."""
    shown = (await person.get(f"/posts/{name}")).text
    fields = dict(_HIDDEN.findall(shown))
    token = _CSRF.search(shown)
    if token is None:
        raise AssertionError(shown)
    if "The network would refuse it" in shown:
        return 0
    began = time.monotonic()
    answer = await person.post(
        f"/posts/{name}/approve", data={"csrf": token[1], **fields}, follow_redirects=True
    )
    if "approved this" not in re.sub(r"<[^>]+>", "", answer.text).replace("\n", " "):
        raise AssertionError(answer.text)
    return time.monotonic() - began


async def _reviews(person: httpx.AsyncClient, number: int, real: list[str]) -> list[float]:
    """Look at the inbox and at posts in turn, with time to think between."""
    took: list[float] = []
    await asyncio.sleep(_THINKS * number / _PEOPLE)
    for page in range(_PAGES_EACH):
        search = _SEARCHES[(number + page) % len(_SEARCHES)]
        post = f"/posts/{real[(number + page) % len(real)]}"
        took.append(await _timed(lambda one=post if page % 2 else search: person.get(one)))
        await asyncio.sleep(_THINKS)
    return took


def _p95(found: list[float]) -> float:
    return statistics.quantiles(found, n=20)[-1]
