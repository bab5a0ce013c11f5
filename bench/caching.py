"""The cost of reading one source for eleven posts and a choice, beside one uncached call each.

``python -m bench.caching [FILE]`` keeps it; ``tests/activities/test_caching.py`` holds it.
The drafts are written by the real activity and the real SDK; the emulator counts the tokens
and keeps the cache as the API does; prices are those of ``galley/budget/prices.toml``.
"""

import asyncio
import hashlib
import sys
from dataclasses import asdict, dataclass
from decimal import Decimal
from pathlib import Path

from temporalio.testing import ActivityEnvironment

from activities.drafting.conversation import source_text
from activities.drafting.draft_sets import Material, prompt_for
from activities.drafting.drafts import ModelDrafting
from bench.report import keep, leave, machine
from galley.budget.prices import known_prices
from galley.clients.anthropic import ChoosingClient, DraftClient
from galley.clients.storage import ObjectStore
from galley.models.budget import CostRecord, TokenUse
from galley.models.channel import Channel
from galley.models.draft import WriteDraft, WriteSet
from galley.models.network import Platform
from galley.models.source import SourceRef
from galley.sources.markdown import read_markdown
from tests.anthropic_emulator import anthropic_emulator
from tests.memory_store import MemoryStore

MODEL = "claude-sonnet-5-5"
ARTICLE = Path(__file__).parents[1] / "examples" / "long" / "article.md"


@dataclass(frozen=True)
class Reading:
    """Input tokens of a campaign, and their cost in millionths of a dollar."""

    words: int
    networks: int
    calls: int
    input_tokens: int
    cached_tokens: int
    cache_written_tokens: int
    micros: int
    naive_tokens: int
    naive_micros: int

    @property
    def ratio(self) -> float:
        """The share of the cost of one uncached call for each network."""
        return self.micros / self.naive_micros


class _Notebook(MemoryStore):
    """A store whose objects can be listed."""

    def records(self) -> list[CostRecord]:
        """Return the record of each paid call, in the order they were made."""
        return [
            CostRecord.model_validate_json(data)
            for name, data in self._objects.items()
            if ".done." in name
        ]


async def read(address: str, data: bytes, name: str) -> Reading:
    """Write the posts of all networks and return what reading the source cost."""
    store = _Notebook()
    client = DraftClient(api_key="sk-bench", base_url=address, model=MODEL)
    editor = ChoosingClient(api_key="sk-bench", base_url=address, model=MODEL)
    try:
        source = await _stored(store, data, name)
        drafting = ModelDrafting(store, client, editor=editor)
        channels = [Channel(id=one.value, name=one.value, platform=one) for one in Platform]
        asked = WriteSet(key="bench", source=source, planned=tuple(channels))
        drafts = await ActivityEnvironment().run(drafting.write_set, asked)
        naive = 0
        material = Material(await source_text(store, source.sha256))
        for one in channels:
            task = WriteDraft(
                source=source, channel=one, post_key=f"bench:{one.id}", draft_set=drafts
            )
            await ActivityEnvironment().run(drafting.write_draft, task)
            naive += await client.count(prompt_for([task], material))
    finally:
        await client.aclose()
        await editor.aclose()
    return _added(source.words, len(channels), naive, store.records())


async def _stored(store: ObjectStore, data: bytes, name: str) -> SourceRef:
    document = read_markdown(data, name)
    dumped = document.model_dump_json().encode()
    sha256 = hashlib.sha256(dumped).hexdigest()
    await store.put_if_absent(f"sources/{sha256}.json", dumped, "application/json")
    return SourceRef(
        kind=document.kind,
        sha256=sha256,
        title=document.title,
        link=document.link,
        words=len(document.text.split()),
    )


def _added(words: int, networks: int, naive: int, records: list[CostRecord]) -> Reading:
    """Count all calls for us, repairs too; for the naive way one call a network, none of them."""
    use = sum((record.use for record in records), TokenUse())
    return Reading(
        words=words,
        networks=networks,
        calls=len(records),
        input_tokens=use.input_tokens,
        cached_tokens=use.cached_tokens,
        cache_written_tokens=use.cache_written_tokens,
        micros=_input_micros(use),
        naive_tokens=naive,
        naive_micros=_input_micros(TokenUse(input_tokens=naive)),
    )


def _input_micros(use: TokenUse) -> int:
    price = known_prices().of(MODEL)
    if price is None:
        raise LookupError(MODEL)
    only = price.model_copy(update={"output": Decimal(0)})
    return only.micros(use)


async def main(data: bytes, name: str) -> None:
    """Measure, print and keep it."""
    with anthropic_emulator() as address:
        found = await read(address, data, name)
    keep(
        "caching",
        {
            "model": MODEL,
            "prices_of": f"{known_prices().as_of}",
            **asdict(found),
            "ratio": round(found.ratio, 3),
        },
        machine(),
    )


if __name__ == "__main__":
    file = Path(sys.argv[1]) if len(sys.argv) > 1 else ARTICLE
    asyncio.run(main(file.read_bytes(), file.name))
    leave()
