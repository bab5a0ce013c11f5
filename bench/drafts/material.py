"""Sources and personas of a run, read and stored by the product's own readers."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import yaml
from temporalio.testing import ActivityEnvironment

from activities.drafting.conversation import source_text
from activities.sources.documents import SourceReading
from galley.models.brand import Persona, PersonaRef
from galley.models.channel import Board, Channel
from galley.models.network import Platform
from galley.models.source import SourceDocument, SourceKind, SourceRef, SourceSpec
from galley.settings import Settings
from tests.memory_store import MemoryStore

_KINDS = {
    ".md": SourceKind.MARKDOWN,
    ".txt": SourceKind.TEXT,
    ".html": SourceKind.ARTICLE,
    ".pdf": SourceKind.PDF,
    ".vtt": SourceKind.PODCAST,
    ".yaml": SourceKind.PROMPTS,
    ".yml": SourceKind.PROMPTS,
}


@dataclass(frozen=True)
class RunMaterial:
    """What all posts of a run are written from, as the worker has it."""

    store: MemoryStore
    source: SourceRef
    document: SourceDocument
    persona: Persona | None
    persona_ref: PersonaRef | None


async def read_material(source: Path, persona: Path | None) -> RunMaterial:
    """Read both files into a store of their own."""
    store = MemoryStore()
    data = _bytes(source)
    upload = hashlib.sha256(data).hexdigest()
    await store.put_if_absent(f"uploads/{upload}", data, "text/markdown")
    spec = SourceSpec(kind=_KINDS[source.suffix], name=source.name, upload=upload)
    reading = SourceReading(store, Settings.model_construct())
    ref = await ActivityEnvironment().run(reading.read_source, spec)
    document = await source_text(store, ref.sha256)
    if persona is None:
        return RunMaterial(store, ref, document, None, None)
    brand = Persona.model_validate(yaml.safe_load(_bytes(persona)))
    kept = brand.model_dump_json().encode()
    sha256 = hashlib.sha256(kept).hexdigest()
    await store.put_if_absent(f"personas/{sha256}.json", kept, "application/json")
    named = PersonaRef(brand=brand.brand, sha256=sha256)
    return RunMaterial(store, ref, document, brand, named)


def _bytes(file: Path) -> bytes:
    return file.read_bytes()


def channel_of(platform: Platform) -> Channel:
    """Return an ordinary channel of a network."""
    is_board = platform is Platform.PINTEREST
    boards = (Board(service_id="1", name="Notes"),) if is_board else ()
    return Channel(id=platform.value, name=platform.value, platform=platform, boards=boards)


def in_plain_sentences(persona: Persona | None) -> str:
    """Return a persona as somebody would type it into a chat."""
    if persona is None:
        return ""
    said = [f"We are {persona.brand}.", persona.voice]
    said += [f"Our readers: {persona.audience}"] if persona.audience else []
    said += [f"We always: {'; '.join(persona.do)}"] if persona.do else []
    said += [f"We never: {'; '.join(persona.dont)}"] if persona.dont else []
    said += [f"Words we do not use: {', '.join(persona.avoid)}."] if persona.avoid else []
    tags = " ".join(f"#{tag}" for tag in persona.hashtags)
    said += [f"Hashtags of ours: {tags}"] if tags else []
    said += [f"{persona.call_to_action}"] if persona.call_to_action else []
    said += [f"On {name}: {note}" for name, note in persona.networks.items()]
    said += [f"This sounds like us: {one.strip()}" for one in persona.examples]
    said += [f"Language: {persona.language}"] if persona.language else []
    return "\n".join(line for line in said if line)
