"""Read a hostile source the way a worker does: uploaded, fetched, or out of a feed."""

import asyncio
import hashlib
from pathlib import Path

import typst
from temporalio.testing import ActivityEnvironment

from activities.sources.documents import SourceReading
from galley.clients.storage import ObjectStore
from galley.models.source import SourceKind, SourceRef, SourceSpec
from galley.settings import Settings
from galley.sources.identity import spec_for
from tests.serving import answering, serving

SOURCES = Path(__file__).with_name("sources")


async def read_hostile(state: ObjectStore, file: Path) -> SourceRef:
    """Return the stored source."""
    data = await asyncio.to_thread(file.read_bytes)
    match file.suffix:
        case ".html":
            return await _fetched(state, (file.name, data), "text/html; charset=utf-8")
        case ".xml":
            return await _fetched(state, (file.name, data), "application/rss+xml", item="hostile")
        case ".typ":
            made = typst.compile(data, format="pdf")
            assert isinstance(made, bytes)
            return await _uploaded(state, "paper.pdf", made)
        case _:
            return await _uploaded(state, file.name, data)


async def _uploaded(state: ObjectStore, name: str, data: bytes) -> SourceRef:
    spec = spec_for(name, data)
    assert spec.upload == hashlib.sha256(data).hexdigest()
    await state.put_if_absent(f"uploads/{spec.upload}", data, "application/octet-stream", same=True)
    return await _read(state, spec)


async def _fetched(
    state: ObjectStore, page: tuple[str, bytes], content_type: str, item: str = ""
) -> SourceRef:
    name, data = page

    async def site(path: str, writer: asyncio.StreamWriter) -> None:
        handler = answering(data, content_type=content_type)
        await handler(path, writer)

    async with serving(site) as host:
        url = f"http://{host}/{name}"
        kind = SourceKind.FEED if item else SourceKind.ARTICLE
        spec = SourceSpec(kind=kind, name=url, url=url, item=item)
        return await _read(state, spec, host)


async def _read(state: ObjectStore, spec: SourceSpec, *hosts: str) -> SourceRef:
    settings = Settings.model_construct(fetch_private_hosts=hosts, transcribe="off")
    reading = SourceReading(state, settings)
    return await ActivityEnvironment().run(reading.read_source, spec)
