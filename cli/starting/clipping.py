"""Carry out ``clips``: start the workflow, follow it, and fetch the files."""

import asyncio
import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from temporalio.client import Client, WorkflowHandle
from temporalio.service import RPCError

from app.connections import open_client
from cli.starting.clip_files import write_clips
from cli.starting.given_transcripts import (
    TranscriptFile,
    find_transcript,
    keep_transcript,
    with_transcript,
)
from cli.starting.once import ended, start_once
from cli.starting.recordings import find_recording, spec_of_recording
from cli.terminal.clip_edges import edges_of
from cli.terminal.failures import usage
from cli.terminal.output import say, show, show_json
from cli.terminal.process import run
from cli.terminal.proofs import clean
from cli.terminal.telling import telling
from galley.clients.stores.opening import open_state
from galley.models import SourceKind
from galley.models.clip import ClipsInput, ClipsView, Framing
from galley.settings import Settings
from galley.sources.detect import spec_for
from galley.sources.identity import identity_of
from workflows import ids
from workflows.clips import ClipsWorkflow

_BYTES = "application/octet-stream"
_LOOKED = 1.0
"""Seconds between two looks at how far it is."""


@dataclass(frozen=True)
class ClipWishes:
    """The arguments of ``clips``, as typed."""

    source: str
    count: int
    seconds: str
    crop: bool
    edges: tuple[str, ...]
    transcript: Path | None
    is_heard: bool
    out: Path
    edition: int


def cut_and_print(wishes: ClipWishes, *, json: bool) -> None:
    """Carry out ``clips``."""
    told = run(_cut(wishes))
    if json:
        show_json(told)
        return
    for one in told["clips"]:
        show(clean(f"{one['file']}  {one['from']}-{one['to']}  score {one['score']}"))
        for reason in one["reasons"]:
            show(clean(f"    {reason}"))
        for note in one["notes"]:
            say(clean(note))


async def _cut(wishes: ClipWishes) -> dict[str, Any]:
    settings = Settings()
    file = find_recording(wishes.source)
    words = await asyncio.to_thread(
        find_transcript, wishes.transcript, file, is_heard=wishes.is_heard
    )
    start = _input_of(wishes, file, words)
    state = open_state(settings)
    client = await open_client()
    if words is not None:
        await keep_transcript(words, state)
    if file is not None:
        async with telling(f"putting {file.name[:80]} into the state bucket"):
            name = f"uploads/{start.source.upload}"
            await state.put_file(name, file, _BYTES)
    view = await _followed(await _begun(client, start))
    return await write_clips(view, wishes.source, wishes.edition, wishes.out, state)


def _input_of(
    wishes: ClipWishes, file: Path | None, words: TranscriptFile | None
) -> ClipsInput:
    spec = spec_of_recording(file) if file else spec_for(wishes.source, None)
    if file is None and not spec.url:
        raise usage(f"There is no recording called {wishes.source[:200]}.")
    if file is None and spec.kind is not SourceKind.RECORDING:
        # A page may hold a recording; that is seen when it is read.
        spec = spec.model_copy(update={"kind": SourceKind.RECORDING})
    if words is not None:
        spec = with_transcript(spec, words)
    least, most = _lengths(wishes.seconds)
    framing = Framing.CROP if wishes.crop else Framing.AUTO
    edges = tuple(map(edges_of, wishes.edges))
    # Other wishes are other clips of the same recording, side by side.
    wanted = f"{wishes.count} {least} {most} {framing} {edges!r}"
    if words is not None:
        wanted = f"{wanted} {words.sha256}"
    digest = hashlib.sha256(wanted.encode()).hexdigest()[:8]
    key = ids.campaign_key(identity_of(spec), wishes.edition)
    try:
        return ClipsInput(
            key=f"{key}-{digest}",
            source=spec,
            count=wishes.count,
            least=least,
            most=most,
            framing=framing,
            edges=edges,
        )
    except ValidationError:
        raise usage(_LENGTHS) from None


_LENGTHS = "--seconds is like 20-60: the least and the most, between 3 and 180."


def _lengths(typed: str) -> tuple[float, float]:
    least, dash, most = typed.partition("-")
    try:
        return float(least), float(most if dash else least)
    except ValueError:
        raise usage(_LENGTHS) from None


async def _begun(
    client: Client, start: ClipsInput
) -> WorkflowHandle[ClipsWorkflow, ClipsView]:
    clips_id = ids.clips_id(start.key)
    summary = f"clips · {start.source.name}"
    if not await start_once(
        client, ClipsWorkflow.run, start, clips_id, summary=summary
    ):
        say(f"Asked for already: {clips_id}")
    return client.get_workflow_handle_for(ClipsWorkflow.run, clips_id)


async def _followed(handle: WorkflowHandle[ClipsWorkflow, ClipsView]) -> ClipsView:
    """Wait for the clips, and say how far they are."""
    result = asyncio.ensure_future(handle.result())
    stage = ""
    try:
        while not result.done():
            await asyncio.wait([result], timeout=_LOOKED)
            now = stage if result.done() else await _stage(handle)
            if now and now != stage:
                say(f"{now[:1].upper()}{now[1:]} …")
            stage = now or stage
        return await ended(result)
    finally:
        result.cancel()


async def _stage(handle: WorkflowHandle[ClipsWorkflow, ClipsView]) -> str:
    try:
        async with asyncio.timeout(5):
            return (await handle.query(ClipsWorkflow.view)).stage
    except (RPCError, TimeoutError):
        return ""  # No worker answers now; another may take it up.
