"""How much a reviewer changes, campaign after campaign, with a voice and without.

``python -m bench.voice``; ``CAMPAIGNS`` sets how many. The workflows, the activities
that write, teach and recall, the store and the Anthropic SDK are real. The drafts are
written by the extractive drafter of the Anthropic emulator, which takes over what rules
can see in edits: this shows that lessons arrive and are honoured, not how well a model
uses them. The reviewer is a script that always wants the same.

Without a voice, every campaign is of another brand, on the same articles.
"""

import asyncio
import hashlib
import os
import tempfile
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from temporalio import activity
from temporalio.client import Client

from activities.drafting.drafts import ClaudeDrafting
from activities.sources.documents import SourceReading
from bench.editor import article, changed, edited
from bench.machine import leave, machine
from bench.throughput import open_account, server
from emulators.launch import launch_gcs, wait_until_ready
from galley.clients.anthropic import DraftClient
from galley.clients.storage import ObjectStore
from galley.clients.stores.google import GoogleStore, connect_storage
from galley.models.brand import Persona, PersonaRef
from galley.models.draft import CheckDraft, CheckReply, DraftEdit, DraftReply, WriteDraft
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
"""Those that take a post of text alone: nothing is drawn here."""
_RESULTS = Path(__file__).parent / "results"
_JSON = "application/json"


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
        self._drafting = ClaudeDrafting(store, client)

    @activity.defn
    async def read_source(self, spec: SourceSpec) -> SourceRef:
        return await self._reading.read_source(spec)

    @activity.defn
    async def write_draft(self, task: WriteDraft) -> DraftReply:
        return await self._drafting.write_draft(task)

    @activity.defn
    async def check_draft(self, task: CheckDraft) -> CheckReply:
        return await self._drafting.check_draft(task)


async def measure(campaigns: int) -> list[Row]:
    """Run the campaigns, each with its brand's voice and with a brand that has none."""
    rows: list[Row] = []
    async with await server() as environment, _opened(environment.client) as harness:
        for number in range(1, campaigns + 1):
            lessons = len(await _keys(harness, "taught"))
            taught = await _campaign(harness, number, "taught")
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
            print(told(rows[-1:]), flush=True)
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
    """Start a campaign, edit and approve all of it; the share changed of each post."""
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
    await store.put_if_absent(f"personas/{sha256}.json", data, _JSON, same=True)
    return PersonaRef(brand=brand, sha256=sha256)


async def _reviewed(harness: Harness, post: Post, brand: str) -> float:
    """Review a post as the script does, and return how much of it was changed.

    What an edit teaches is waited for.
    """
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
        await until(lambda: _keys(harness, brand), lambda keys: _key(post) in keys)
    return changed(before, after)


def _key(post: Post) -> str:
    return post.id.partition(":")[2]


async def _keys(harness: Harness, brand: str) -> list[str]:
    """Return the posts that the voice of a brand has lessons of."""
    handle = harness.client.get_workflow_handle_for(
        VoiceWorkflow.run, ids.voice_id(ids.brand_of(brand, ""))
    )
    running = f'WorkflowId="{handle.id}"'
    if not (await harness.client.count_workflows(running)).count:
        return []
    view = await handle.query(VoiceWorkflow.view)
    return [one.post_key for one in view.lessons]


def told(rows: list[Row]) -> str:
    """Return the figures as lines of a table."""
    return "\n".join(
        f"| {one.campaign} | {one.lessons} | {one.with_voice:.0%} | {one.without:.0%} "
        f"| {one.untouched} of {len(NETWORKS)} |"
        for one in rows
    )


def page(rows: list[Row], on: str) -> str:
    """Return the page that is kept of a run."""
    now = datetime.now(UTC)
    return f"""# What a reviewer changes, with a voice and without, {now:%Y-%m-%d}

`python -m bench.voice`, {now:%H:%M} UTC, on {on}.

{len(rows)} campaigns of {len(NETWORKS)} posts, each of another article, with the real
workflows. The reviewer is a script that exchanges two dozen words and leaves two
sentences.
The drafter is the emulator's, which takes over what rules can see in edits: a stand-in
that shows that lessons arrive, not how well a model uses them. Without a voice each
campaign is of a new brand.

| Campaign | Lessons before it | Words changed | Without a voice | Approved unchanged |
| --- | --- | --- | --- | --- |
{told(rows)}
"""


if __name__ == "__main__":
    told_of = machine()
    found = asyncio.run(measure(int(os.environ.get("CAMPAIGNS", "8"))))
    text = page(found, told_of)
    name = f"{datetime.now(UTC):%Y-%m-%d}-voice.md"
    (_RESULTS / name).write_text(text, encoding="utf-8")
    print(text)
    leave()
