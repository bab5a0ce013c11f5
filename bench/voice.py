"""A reviewer's changes, campaign after campaign, with a brand's voice and without.

``python -m bench.voice``, cited in docs/how-to-teach-your-voice.md; ``CAMPAIGNS`` sets how
many. The workflows, the activities that write, teach and recall, the store and the Anthropic
SDK are real. The drafts are written by the Anthropic emulator, which takes over what rules
can see in edits: this shows that lessons arrive and are used, not how well a model uses
them. The reviewer is a script that always wants the same. Without a voice, every campaign is
of another brand, on the same articles.
"""

import asyncio
import hashlib
import os
import random
import re
import tempfile
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from difflib import SequenceMatcher
from pathlib import Path

from temporalio import activity
from temporalio.client import Client

from activities.drafting.drafts import ModelDrafting
from activities.sources.documents import SourceReading
from bench.report import RESULTS, leave, machine
from bench.throughput import open_account, server
from emulators.launch import launch_gcs, wait_until_ready
from galley.clients.anthropic import DraftClient
from galley.clients.storage import ObjectStore
from galley.clients.stores.google import GoogleStore, connect_storage
from galley.models.brand import Persona, PersonaRef
from galley.models.draft import (
    CheckDraft,
    CheckReply,
    DraftEdit,
    DraftReply,
    DraftSetRef,
    WriteDraft,
    WriteSet,
)
from galley.models.network import Platform
from galley.models.post import PostState
from galley.models.review import DecisionKind
from galley.models.source import SourceKind, SourceRef, SourceSpec
from galley.settings import Settings
from tests.anthropic_emulator import anthropic_emulator
from tests.ports import free_port
from tests.workflows.harness import Harness, Post, decide, decision, reaches, until
from tests.workflows.world import Buffer, Studio, channel
from workflows import ids
from workflows.voice import VoiceWorkflow

NETWORKS = (
    Platform.LINKEDIN,
    Platform.MASTODON,
    Platform.BLUESKY,
    Platform.THREADS,
    Platform.FACEBOOK,
)
"""Networks that take a post of text alone: nothing is drawn here."""


@dataclass(frozen=True)
class Row:
    """One campaign: the share of words changed, and the lessons it was given."""

    campaign: int
    with_voice: float
    without: float
    untouched: int
    lessons: int


class Writers(Studio):
    """Reads and writes as the worker does; nothing is drawn or hosted."""

    def __init__(self, store: ObjectStore, client: DraftClient) -> None:
        super().__init__()
        self._reading = SourceReading(store, Settings.model_construct())
        self._drafting = ModelDrafting(store, client)

    @activity.defn
    async def read_source(self, spec: SourceSpec) -> SourceRef:
        return await self._reading.read_source(spec)

    @activity.defn
    async def write_set(self, task: WriteSet) -> DraftSetRef:
        return await self._drafting.write_set(task)

    @activity.defn
    async def write_draft(self, task: WriteDraft) -> DraftReply:
        return await self._drafting.write_draft(task)

    @activity.defn
    async def check_draft(self, task: CheckDraft) -> CheckReply:
        return await self._drafting.check_draft(task)


async def measure(campaigns: int) -> list[Row]:
    """Run each campaign twice: for the brand with a voice, and for a new brand."""
    rows: list[Row] = []
    async with await server() as environment, _opened(environment.client) as harness:
        for number in range(1, campaigns + 1):
            lessons = len(await _keys(harness, "taught"))
            taught = await _campaign(harness, number, "taught")
            # A brand of its own has no lessons.
            fresh = await _campaign(harness, number, f"new {number}")
            rows.append(
                Row(
                    campaign=number,
                    with_voice=sum(taught) / len(taught),
                    without=sum(fresh) / len(fresh),
                    untouched=taught.count(0),
                    lessons=lessons,
                )
            )
            print(table(rows[-1:]), flush=True)
    return rows


@asynccontextmanager
async def _opened(client: Client) -> AsyncGenerator[Harness]:
    """Start the store, the emulator and a worker."""
    with tempfile.TemporaryDirectory() as folder, anthropic_emulator() as address:
        port = free_port()
        gcs = launch_gcs(port, Path(folder) / "gcs", Path(folder) / "gcs.log")
        writer = DraftClient(api_key="k", base_url=address, model="claude-sonnet-5-5")
        try:
            wait_until_ready(port, process=gcs)
            here = Settings.model_construct(storage_emulator_host=f"http://127.0.0.1:{port}")
            store = GoogleStore(connect_storage(here), "state")
            await store.ensure_bucket()
            channels = tuple(channel(one.value, one) for one in NETWORKS)
            harness = Harness(client, store, Buffer(channels), Writers(store, writer))
            async with harness.worker():
                await open_account(harness)
                yield harness
        finally:
            await writer.aclose()
            gcs.terminate()
            await asyncio.to_thread(gcs.wait)


async def _campaign(harness: Harness, number: int, brand: str) -> list[float]:
    """Start a campaign, edit and approve all of it; return the changed share of each post."""
    data = article(number).encode()
    upload = hashlib.sha256(data).hexdigest()
    name = f"uploads/{upload}"
    await harness.store.put_if_absent(name, data, "text/markdown", same=True)
    view = await harness.start(
        key=f"{ids.brand_of(brand, '')}-{number}",
        source=SourceSpec(kind=SourceKind.MARKDOWN, name="a.md", upload=upload),
        persona=await _persona(harness.store, brand),
    )
    posts = [harness.post(one.workflow_id) for one in view.posts]
    return list(await asyncio.gather(*(_reviewed(harness, post, brand) for post in posts)))


async def _persona(store: ObjectStore, brand: str) -> PersonaRef:
    data = Persona(brand=brand).model_dump_json().encode()
    sha256 = hashlib.sha256(data).hexdigest()
    await store.put_if_absent(f"personas/{sha256}.json", data, "application/json", same=True)
    return PersonaRef(brand=brand, sha256=sha256)


async def _reviewed(harness: Harness, post: Post, brand: str) -> float:
    """Review a post as the script does, and return the share of its words that changed."""
    view = await reaches(post, PostState.IN_REVIEW)
    if view.draft is None:
        raise AssertionError(view)
    before, revision = view.draft.text, 1
    after = edited(before)
    if after != before:
        await decide(post, decision(DecisionKind.EDIT, edit=DraftEdit(text=after)))
        revision = 2
    await decide(post, decision(DecisionKind.APPROVE, revision))
    if revision > 1:
        # The next campaign must not start before the voice has the lesson.
        await until(lambda: _keys(harness, brand), lambda keys: post.id.partition(":")[2] in keys)
    return changed(before, after)


async def _keys(harness: Harness, brand: str) -> list[str]:
    """Return the keys of the posts from which a brand's voice has lessons."""
    handle = harness.client.get_workflow_handle_for(
        VoiceWorkflow.run, ids.voice_id(ids.brand_of(brand, ""))
    )
    running = f'WorkflowId="{handle.id}"'
    if not (await harness.client.count_workflows(running)).count:
        return []
    view = await handle.query(VoiceWorkflow.view)
    return [one.post_key for one in view.lessons]


def table(rows: list[Row]) -> str:
    """Return the figures as rows of a table."""
    return "\n".join(
        f"| {one.campaign} | {one.lessons} | {one.with_voice:.0%} | {one.without:.0%} "
        f"| {one.untouched} of {len(NETWORKS)} |"
        for one in rows
    )


def page(rows: list[Row], on: str) -> str:
    """Return the page of a run, for ``bench/results/``."""
    now = datetime.now(UTC)
    return f"""# What a reviewer changes, with a voice and without, {now:%Y-%m-%d}

`python -m bench.voice`, {now:%H:%M} UTC, on {on}.

{len(rows)} campaigns of {len(NETWORKS)} posts, each of another article, with the real
workflows. The reviewer is a script that exchanges two dozen words, opens with a sentence
that has a figure, and leaves two sentences.
The drafter is the emulator's, which takes over what rules can see in edits: a stand-in
that shows that lessons arrive, not how well a model uses them. Without a voice each
campaign is of a new brand.

| Campaign | Lessons before it | Words changed | Without a voice | Approved unchanged |
| --- | --- | --- | --- | --- |
{table(rows)}
"""


# The reviewer, who always wants the same, and articles that never have it

EXCHANGES = {
    "utilises": "uses",
    "in order to": "to",
    "approximately": "about",
    "numerous": "many",
    "prior to": "before",
    "purchased": "bought",
    "commences": "begins",
    "assists": "helps",
    "basically": "",
    "subsequently": "later",
    "terminated": "ended",
    "facilitates": "eases",
    "sufficient": "enough",
    "demonstrates": "shows",
    "endeavours": "tries",
    "additional": "more",
    "residence": "home",
    "currently": "",
    "ascertains": "finds out",
    "remuneration": "pay",
    "leverages": "uses",
    "methodology": "way",
    "significantly": "",
    "requested": "asked for",
}
"""Words that the reviewer removes, and their replacements."""
MOST_SENTENCES = 2
"""Sentences of a post that the reviewer leaves."""
_TOWNS = (
    *("Alderney", "Brest", "Calais", "Dover", "Esbjerg", "Falmouth", "Gdynia"),
    *("Harlingen", "Ijmuiden", "Kiel", "Lorient", "Malmo"),
)
_SENTENCES = (
    "The harbour of {town} utilises eleven clerks who count {number} tickets a night.",
    "Numerous passengers of the year {year} slept on the pier and not in a berth.",
    "The night ferry commences its season with {number} berths and two cooks.",
    "A second ledger assists the clerks of {town} when the telephone line is cut.",
    "The bank basically paid for {number} berths that nobody ever slept in.",
    "Both ledgers are of green paper in order to look different from any letter.",
    "The first letters of complaint reached the office prior to the end of {year}.",
    "The office purchased {number} lamps for the long pier in the spring of {year}.",
    "Approximately {number} tickets are counted twice on an ordinary weekday.",
    "The old count was terminated in {year} after a storm had taken the roof.",
    "The captain subsequently gave {number} passengers their money back in coins.",
    "A bell on the pier of {town} facilitates the work of captains who arrive early.",
    "One lamp is sufficient for the two clerks, who do not speak while they count.",
    "The second ledger demonstrates which of the {number} tickets were paid twice.",
    "The mayor of {town} endeavours to close the count in the weeks after Easter.",
    "In {year} the company sent {number} additional tickets to the mainland by mail.",
    "The residence of the first clerk stood where the ticket office is now.",
    "The ferry of {town} currently carries {number} letters and four goats a week.",
    "Every morning a third clerk ascertains who of the others made the error.",
    "The remuneration of a clerk in {year} was {number} coins and a winter coat.",
    "The company leverages its two oldest boats for the mail of the islands.",
    "The methodology of the count was copied by {number} harbours in the north.",
    "Errors fell significantly once each of the clerks had a ledger of their own.",
    "In {year} the islands requested {number} blankets for the berths of the ferry.",
)
_END = re.compile(r"(?<=[.!?])\s+|\n+")
_TAIL = re.compile(r"\n\n(?:#\w+ ?)+$")


def article(number: int) -> str:
    """Return an article, the same for a number on every machine."""
    chance = random.Random(number)  # noqa: S311 - articles, not secrets
    town = _TOWNS[number % len(_TOWNS)]
    chosen = chance.sample(_SENTENCES, k=10)
    sentences = [
        one.format(town=town, year=chance.randint(1890, 1990), number=chance.randint(40, 900))
        for one in chosen
    ]
    body = "\n\n".join(" ".join(sentences[at : at + 3]) for at in range(0, len(sentences), 3))
    return f"---\ntitle: The clerks of {town}\n---\n{body}\n"


def edited(text: str) -> str:
    """Return a post as the reviewer edits it; its hashtags stay."""
    tail = _TAIL.search(text)
    body = text[: tail.start()] if tail else text
    sentences = [one for one in _END.split(body) if one.strip()]
    # The first one with a figure opens; the others keep their order.
    first = next((one for one in sentences if re.search(r"\d", one)), sentences[0])
    kept = [first, *(one for one in sentences if one != first)][:MOST_SENTENCES]
    shorter = "\n\n".join(_plain(one) for one in kept)
    # A change of line breaks alone is no edit.
    if _words(shorter) == _words(body):
        return text
    return shorter + (tail[0] if tail else "")


def changed(before: str, after: str) -> float:
    """Return the share of a draft's words that were changed."""
    old, new = _words(before), _words(after)
    found = SequenceMatcher(None, old, new, autojunk=False).get_matching_blocks()
    return 1 - sum(block.size for block in found) / max(1, len(old))


def _plain(sentence: str) -> str:
    text = sentence
    for word, put in EXCHANGES.items():
        pattern = rf"(?i)\b{word}\b" + ("" if put else r"\s?")
        text = re.sub(pattern, put, text)
    return text[:1].upper() + text[1:]


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())


if __name__ == "__main__":
    measured_on = machine()
    found = asyncio.run(measure(int(os.environ.get("CAMPAIGNS", "8"))))
    text = page(found, measured_on)
    name = f"{datetime.now(UTC):%Y-%m-%d}-voice.md"
    (RESULTS / name).write_text(text, encoding="utf-8")
    print(text)
    leave()
