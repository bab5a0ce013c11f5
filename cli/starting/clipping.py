"""Carry out ``clips``: start the workflow, follow it, and fetch the files."""

import asyncio
import hashlib
import json as json_format
import re
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any

from pydantic import ValidationError
from temporalio.client import Client, WorkflowFailureError, WorkflowHandle
from temporalio.common import WorkflowIDReusePolicy
from temporalio.exceptions import ApplicationError, WorkflowAlreadyStartedError
from temporalio.service import RPCError

from cli.runs.temporal import open_client
from cli.starting.given_transcripts import (
    TranscriptFile,
    find_transcript,
    keep_transcript,
    with_transcript,
)
from cli.starting.recordings import find_recording, spec_of_recording
from cli.terminal.clip_edges import edges_of
from cli.terminal.failures import CommandError, usage
from cli.terminal.output import say, show, show_json
from cli.terminal.process import run
from cli.terminal.proofs import clean
from cli.terminal.telling import telling
from galley.clients.storage import ObjectStore
from galley.clients.stores.opening import open_state
from galley.clips.words import joined, timed_words
from galley.models import SourceDocument, SourceKind
from galley.models.clip import Clip, ClipReply, ClipsInput, ClipsView, Framing, clock
from galley.settings import Settings
from galley.sources.detect import spec_for
from galley.sources.identity import identity_of
from workflows import ids
from workflows.clips import ClipsWorkflow

_BYTES = "application/octet-stream"
_LOOKED = 1.0
"""Seconds between two looks at how far it is."""
_NAME = re.compile(r"[^\w.-]+")
_MOST = 200_000_000


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
    return await _fetched(wishes, view, state)


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
    try:
        await client.start_workflow(
            ClipsWorkflow.run,
            start,
            id=clips_id,
            task_queue=ids.TASK_QUEUE,
            id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE_FAILED_ONLY,
            static_summary=f"clips · {start.source.name}"[:200],
        )
    except WorkflowAlreadyStartedError:
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
        return await result
    except WorkflowFailureError as error:
        raise CommandError(_why(error)) from None
    finally:
        result.cancel()


async def _stage(handle: WorkflowHandle[ClipsWorkflow, ClipsView]) -> str:
    try:
        async with asyncio.timeout(5):
            return (await handle.query(ClipsWorkflow.view)).stage
    except (RPCError, TimeoutError):
        return ""  # No worker answers now; another may take it up.


async def _fetched(
    wishes: ClipWishes, view: ClipsView, state: ObjectStore
) -> dict[str, Any]:
    """Write the files, and return what stands in ``clips.json``."""
    wishes.out.mkdir(parents=True, exist_ok=True)
    stem = _NAME.sub("-", PurePath(view.source.title if view.source else "").name)
    document = await _document(view, state)
    told = list[dict[str, Any]]()
    for number, reply in enumerate(view.clips, 1):
        file = wishes.out / f"{stem.strip('-')[:60] or 'clip'}-{number}.mp4"
        found = await state.get_file(reply.asset.staged_as, file, _MOST)
        if not found:
            raise CommandError(
                "A clip is gone from the state bucket: cut it again with "
                f"--edition {wishes.edition + 1}."
            )
        told.append(_told(reply, file, _said(document, reply.clip)))
    whole = {"clips_id": view.clips_id, "source": wishes.source, "clips": told}
    listing = wishes.out / "clips.json"
    text = json_format.dumps(whole, indent=2, ensure_ascii=False)
    listing.write_text(f"{text}\n", encoding="utf-8")
    return whole


async def _document(view: ClipsView, state: ObjectStore) -> SourceDocument | None:
    name = f"sources/{view.source.sha256}.json" if view.source else ""
    data = await state.get(name) if name else None
    return SourceDocument.model_validate_json(data) if data else None


def _said(document: SourceDocument | None, clip: Clip) -> str:
    words = timed_words(document.cues if document else ())
    return joined([w.text for w in words if clip.start <= w.start < clip.end])


def _told(reply: ClipReply, file: Path, said: str) -> dict[str, Any]:
    clip, asset = reply.clip, reply.asset
    return {
        "file": str(file),
        "from": clock(clip.start),
        "to": clock(clip.end),
        "start": clip.start,
        "end": clip.end,
        "score": clip.score,
        "reasons": list(clip.reasons),
        "notes": list(reply.notes),
        "said": said,
        "seconds": asset.duration,
        "width": asset.width,
        "height": asset.height,
        "bytes": asset.size,
        "sha256": asset.sha256,
    }


def _why(error: WorkflowFailureError) -> str:
    cause = error.cause
    while cause.__cause__ is not None and not isinstance(cause, ApplicationError):
        cause = cause.__cause__
    return getattr(cause, "message", "") or str(cause)
