"""One run: campaigns under fire until every post has ended or asks a person."""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

from temporalio.client import Client, WorkflowExecution, WorkflowExecutionStatus

from app.campaigns.sources import GivenSource
from app.campaigns.start import submit
from app.connections import Connections
from galley.clients.storage import StoreError
from galley.models.campaign import CampaignInput
from galley.models.network import Platform
from galley.models.options import CampaignOptions
from galley.models.post import PostState, PostView
from galley.sources.identity import identity_of, spec_for
from tests.chaos.book import Entry, Said, Verdict, compare
from tests.chaos.fleet import Fleet
from tests.chaos.mishaps import Mishaps
from tests.chaos.operator import Operator
from tests.chaos.people import LATER, People
from tests.chaos.scan import Scanned, scan
from tests.end_to_end.texts import article, sentences
from workflows import ids
from workflows.ids import STATE
from workflows.post.workflow import PostWorkflow

_TEXT: tuple[Platform, ...] = (
    Platform.X,
    Platform.LINKEDIN,
    Platform.BLUESKY,
    Platform.MASTODON,
    Platform.THREADS,
    Platform.FACEBOOK,
    Platform.GOOGLEBUSINESS,
)
_PICTURE = (Platform.INSTAGRAM, Platform.PINTEREST)
_VIDEO = (Platform.TIKTOK, Platform.YOUTUBE)
_EVERY_POST = 'WorkflowType="PostWorkflow"'
_FINAL = {state.value for state in PostState if state.is_final}
_T = TypeVar("_T")
_FIRST = "BCDFGHKLMNPRSTVW"


@dataclass(frozen=True)
class Plan:
    """How long and how hard."""

    seed: int
    posts: int
    workers: int = 3
    pause: float = 5.0
    """Seconds between two mishaps, on average."""
    at_once: int = 80
    """Posts on their way at the same time."""
    videos: bool = True
    settles_within: float = 1500.0
    is_operated: bool = False
    """Whether an operator's mistakes are most of what goes wrong."""
    leads: tuple[int, ...] = (6, 6, 15, 40)
    """Seconds between an approval and the due time, one of them for each campaign."""
    storm_for: float | None = None
    """Seconds after which nothing goes wrong any more; missing: until all is done."""


@dataclass
class Outcome:
    """All there is to say of a run."""

    plan: Plan
    verdict: Verdict
    scanned: Scanned
    mishaps: Counter[str]
    steps: Counter[str]
    people: Counter[str]
    seconds: float
    starts: Counter[str] = field(default_factory=Counter[str])
    resets: Counter[str] = field(default_factory=Counter[str])
    against_pause: list[str] = field(default_factory=list[str])
    unsettled: int = 0
    """Posts that neither ended nor ask a person, or that never began."""

    @property
    def findings(self) -> list[str]:
        """Everything that must not be; empty is what is promised."""
        created = [f"{one} was created under a pause" for one in self.against_pause]
        if self.unsettled:
            created.append(f"{self.unsettled} posts did not come to rest, or never began")
        return [*map(str, self.verdict.findings), *self.scanned.findings, *created]


class Run:
    """Starts campaigns, lets people decide and things go wrong, and takes stock."""

    def __init__(self, plan: Plan, folder: Path, tell: Callable[[str], None]) -> None:
        self.plan, self._tell = plan, tell
        self.fleet = Fleet(folder, plan.workers, has_disk=plan.is_operated)
        self._chance = random.Random(plan.seed)  # noqa: S311 - a repeatable choice
        self._towns: dict[str, str] = {}
        self._given: dict[str, tuple[CampaignInput, GivenSource]] = {}
        at_once = min(plan.posts, plan.at_once)
        self._operator = Operator(self.fleet, plan.seed, at_once) if plan.is_operated else None
        self._planned = self._unsettled = 0
        self._starts: Counter[str] = Counter()
        self._people: People
        self._mishaps: Mishaps
        self._at_work: tuple[asyncio.Task[None], ...] = ()
        """Who must not stop by an error: nothing would ever come to rest."""

    async def carry_out(self) -> Outcome:
        """Run to the end and compare; everything is closed afterwards."""
        began = time.monotonic()
        try:
            await self.fleet.start()
            self._people = People(self.fleet.client, self.plan.seed)
            operated = self._operator.mishaps() if self._operator else []
            if operated:
                operated.append((self._forget, 4))
            self._mishaps = Mishaps(self.fleet, self.plan.seed, self.plan.pause, operated)
            await self._storm()
            said, ledger = await self._take_stock()
            if self._operator is not None:
                said, ledger = self._operator.by_hand.excuse(said, ledger)
            self._tell("reading the histories")
            scanned = await scan(self.fleet, self._unused())
        finally:
            self.fleet.close()
        return Outcome(
            plan=self.plan,
            verdict=compare(said, ledger),
            scanned=scanned,
            mishaps=self._mishaps.happened,
            steps=self._mishaps.steps_hit,
            people=self._people.did,
            seconds=time.monotonic() - began,
            starts=self._starts,
            resets=self._operator.reset_to if self._operator else Counter(),
            against_pause=self._operator.against_pause if self._operator else [],
            unsettled=self._unsettled,
        )

    async def _storm(self) -> None:
        """Start everything while things go wrong; then let it come to rest."""
        calm = asyncio.Event()
        if self.plan.storm_for is not None:
            asyncio.get_running_loop().call_later(self.plan.storm_for, calm.set)
        people = asyncio.create_task(self._people.work())
        storm = asyncio.create_task(self._mishaps.befall(until=calm))
        watch = asyncio.create_task(self._operator.look_after() if self._operator else _nothing())
        self._at_work = (people, watch)
        try:
            await self._start_all()
            await self._until_fewer_than(1 + self._planned // 20, stop=storm)
            calm.set()
            await storm
            await self.fleet.buffer.ask("DELETE", "faults")
            self._tell("the storm is over")
            with suppress(TimeoutError):
                await self._until_fewer_than(1, stop=people)
            self._unsettled = await _insist(self._open)
        finally:
            for task in (people, storm, watch):
                task.cancel()
            await asyncio.gather(people, storm, watch, return_exceptions=True)

    # Campaigns

    async def _start_all(self) -> None:
        number = 0
        while self._planned < self.plan.posts:
            await self._until_fewer_than(self.plan.at_once)
            platforms = self._platforms()
            self._planned += len(platforms)
            await self._start(number, platforms, twice=self._chance.random() < 0.2)
            number += 1

    def _platforms(self) -> tuple[Platform, ...]:
        left = self.plan.posts - self._planned
        chosen = self._chance.sample(_TEXT, self._chance.randint(2, len(_TEXT)))
        if self._chance.random() < 0.25:
            chosen.append(self._chance.choice(_PICTURE))
        if self.plan.videos and self._chance.random() < 0.03:
            chosen.append(self._chance.choice(_VIDEO))
        return tuple(chosen[:left])

    async def _start(self, number: int, platforms: tuple[Platform, ...], *, twice: bool) -> None:
        """Start a source, from one machine or from two at once."""
        town = f"{self._chance.choice(_FIRST)}orwick{number}"
        data = article(town).encode()
        spec = spec_for(f"{town}.md", data)
        key = ids.campaign_key(identity_of(spec), 1)
        self._towns[key] = town
        start = CampaignInput(
            key=key,
            source=spec,
            options=CampaignOptions(platforms=platforms),
            publish_lead=timedelta(seconds=self._chance.choice(self.plan.leads)),
            started_by="chaos",
        )
        self._given[key] = start, GivenSource(spec, data)
        submitted = [self._submit(*self._given[key]) for _ in range(1 + twice)]
        new = await asyncio.gather(*submitted)
        self._starts["campaigns"] += 1
        self._starts["started twice at once"] += twice
        self._starts["found running"] += new.count(False)

    async def _forget(self) -> str:
        """Delete a campaign whose posts have ended, and start its source again."""
        for key, (start, source) in self._chance.sample(
            sorted(self._given.items()), k=len(self._given)
        ):
            if self._operator is not None and await self._operator.forget(key):
                await self._submit(start, source)
                return "deleted as retention does, and started again"
        return "no campaign to delete"

    async def _submit(self, start: CampaignInput, source: GivenSource) -> bool:
        """Start it as `starter.py` does, again and again while something is down."""

        async def client() -> Client:
            return self.fleet.client

        async def submitted() -> bool:
            connections = Connections(self.fleet.settings, client)
            return (await submit(connections, start, source)).is_new

        return await _insist(submitted)

    # Rest

    async def _until_fewer_than(
        self, open_posts: int, *, stop: "asyncio.Task[None] | None" = None
    ) -> None:
        """Wait until fewer posts than this are on their way, or ``stop`` has ended."""
        told = 0.0
        async with asyncio.timeout(self.plan.settles_within):
            while (still := await self._still_open()) >= open_posts:
                for task in self._at_work:
                    if task.done():
                        task.result()
                if stop is not None and stop.done():
                    stop.result()
                    return
                if time.monotonic() - told > 30:
                    told = time.monotonic()
                    self._tell(f"{self._planned} started, {still} on their way")
                await asyncio.sleep(0.5)

    async def _still_open(self) -> int:
        """Return how many posts neither ended nor ask a person for good."""
        try:
            return await self._open()
        except LATER:
            return self._planned

    async def _open(self) -> int:
        return self._planned - sum(map(self._rests, await self._latest()))

    async def _latest(self) -> list[WorkflowExecution]:
        """Return the last run of each post: a reset makes another of the same ID."""
        found: dict[str, WorkflowExecution] = {}
        async for run in self.fleet.client.list_workflows(_EVERY_POST):
            known = found.get(run.id)
            if known is None or known.start_time < run.start_time:
                found[run.id] = run
        return list(found.values())

    def _rests(self, run: WorkflowExecution) -> bool:
        state = run.typed_search_attributes.get(STATE) or ""
        is_over = run.status is not WorkflowExecutionStatus.RUNNING
        is_ended = is_over and self._how_ended(run.id) is not None
        is_left = state in _FINAL or self._people.is_left(run.id, state)
        return is_ended or (is_left and (is_over or state not in _FINAL))

    def _how_ended(self, post_id: str) -> str | None:
        """Return how an operator ended a post."""
        return self._operator.ended.get(post_id) if self._operator else None

    # Stock

    async def _take_stock(self) -> tuple[list[Said], list[Entry]]:
        said = [self._people.remembers(await self._view(run.id)) for run in await self._latest()]
        # Of a run that an operator ended nothing is promised but that there is one post at most.
        said = [replace(o, ending="failed") if self._how_ended(o.name) else o for o in said]
        ledger = [
            Entry(
                id=one["id"],
                channel=one["channelId"],
                text=one["text"],
                status=one["status"],
                is_deleted=one["deleted_at"] is not None,
            )
            for one in await self.fleet.buffer.ledger()
        ]
        if len(said) + self._unsettled < self._planned:
            raise AssertionError(f"{len(said)} posts run, {self._planned} were planned")
        return said, ledger

    async def _view(self, post_id: str) -> PostView:
        handle = self.fleet.client.get_workflow_handle_for(PostWorkflow.run, post_id)

        async def viewed() -> PostView:
            return await handle.query(PostWorkflow.view, rpc_timeout=timedelta(seconds=20))

        return await _insist(viewed)

    def _unused(self) -> dict[str, list[str]]:
        """Return the sentences of each source that no draft of it uses."""
        written: dict[str, str] = dict.fromkeys(self._towns, "")
        for post_id, known in self._people.known.items():
            key = post_id.split(":")[1]
            written[key] = written.get(key, "") + " ".join(known.drafts)
        return {
            key: [one for one in sentences(town) if one not in written[key]]
            for key, town in self._towns.items()
        }


async def _nothing() -> None:
    """Look after nothing."""


async def _insist(ask: Callable[[], Awaitable[_T]]) -> _T:
    """Ask until it is answered: parts come back."""
    async with asyncio.timeout(180):
        while True:
            try:
                return await ask()
            except (*LATER, StoreError):
                await asyncio.sleep(0.5)
