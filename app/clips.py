"""Clips of a long recording: start their workflow, follow it, and write the files.

The command ``clips`` calls :func:`cut_clips`, then :func:`write_clips`.
"""

import asyncio
import hashlib
import json
import re
from pathlib import Path, PurePath
from typing import Any, cast

from pydantic import BaseModel, ConfigDict, Field
from temporalio.client import WorkflowHandle
from temporalio.service import RPCError

from app.brands.personas import keep_persona, ref_of
from app.campaigns.sources import GivenSource, upload
from app.campaigns.start import ended, start_once
from app.connections import Connections, Progress
from app.errors import AppError, InvalidRequestError
from galley.media.edges import read_words
from galley.models.brand import Persona
from galley.models.media import (
    LONGEST,
    MOST_CLIPS,
    SHORTEST,
    Clip,
    ClipReply,
    ClipsInput,
    ClipsView,
    Framing,
    clock,
)
from galley.models.source import SourceDocument, SourceKind
from galley.sources.identity import identity_of
from galley.sources.spoken_words import joined, timed_words
from workflows import ids
from workflows.clips import ClipsWorkflow

_NAME = re.compile(r"[^\w.-]+")
_MOST_BYTES = 200_000_000
"""Of a clip."""
_COVERS = (0.04, 0.4, 0.75)
"""Where in a clip its covers are: the first has the hook on it."""
_LOOK_AGAIN = 1.0
"""Seconds between two looks at how far it is."""


class ClipsRequest(BaseModel):
    """The number, lengths and frame of the clips; with ``edges``, exactly these clips."""

    model_config = ConfigDict(frozen=True)

    count: int = Field(default=3, ge=1, le=MOST_CLIPS)
    least: float = Field(default=20, ge=SHORTEST, le=LONGEST)
    most: float = Field(default=60, ge=SHORTEST, le=LONGEST)
    framing: Framing = Framing.FOLLOW
    edges: tuple[Clip, ...] = Field(default=(), max_length=MOST_CLIPS)
    edition: int = Field(default=1, ge=1)
    persona: Persona | None = None


class ClipFile(BaseModel):
    """A clip in a folder; the fields are those of ``clips.json``."""

    file: str
    covers: tuple[str, ...] = ()
    begins: str = Field(serialization_alias="from")
    ends: str = Field(serialization_alias="to")
    start: float
    end: float
    score: int
    reasons: tuple[str, ...]
    notes: tuple[str, ...]
    said: str
    seconds: float | None
    width: int
    height: int
    bytes: int
    sha256: str


class ClipFiles(BaseModel):
    """The clips of a recording, as written into a folder."""

    clips_id: str
    source: str
    clips: tuple[ClipFile, ...]


async def cut_clips(
    connections: Connections, source: GivenSource, request: ClipsRequest
) -> ClipsView:
    """Have a recording cut, and wait for the clips.

    Raises:
        InvalidRequestError: The source is no recording.
        AppError: The workflow failed; the text is its reason.
    """
    start = _input_of(source, request)
    client = await connections.temporal()
    await upload(source, connections)
    if request.persona is not None:
        await keep_persona(request.persona, connections.state, connections.progress)
    clips_id = ids.clips_id(start.key)
    summary = f"clips · {start.source.name}"
    if not await start_once(client, ClipsWorkflow.run, start, clips_id, summary=summary):
        connections.progress.note(f"Asked for already: {clips_id}")
    handle = client.get_workflow_handle_for(ClipsWorkflow.run, clips_id)
    return await _followed(handle, connections.progress)


def _input_of(source: GivenSource, request: ClipsRequest) -> ClipsInput:
    spec = source.spec
    if source.recording is None and not spec.url:
        raise InvalidRequestError(
            f"{spec.name[:200]} is no recording: clips are cut of audio or video files, such as "
            "MP4, MOV, MP3 or M4A."
        )
    if spec.kind is not SourceKind.RECORDING:
        # A page may contain a recording; the workflow finds out when it reads the page.
        spec = spec.model_copy(update={"kind": SourceKind.RECORDING})
    # The digest is a part of the ID: another request cuts other clips of the same recording.
    wanted = f"{request.count} {request.least} {request.most} {request.framing} {request.edges!r}"
    if source.transcript is not None:
        wanted = f"{wanted} {source.transcript.sha256}"
    persona = ref_of(request.persona) if request.persona else None
    if persona is not None:
        wanted = f"{wanted} {persona.sha256}"
    digest = hashlib.sha256(wanted.encode()).hexdigest()[:8]
    key = ids.campaign_key(identity_of(spec), request.edition)
    return ClipsInput(
        key=f"{key}-{digest}",
        source=spec,
        count=request.count,
        least=request.least,
        most=request.most,
        framing=request.framing,
        edges=request.edges,
        persona=persona,
    )


async def _followed(
    handle: WorkflowHandle[ClipsWorkflow, ClipsView], progress: Progress
) -> ClipsView:
    """Wait for the clips, and note each stage."""
    result = asyncio.ensure_future(handle.result())
    stage = ""
    try:
        while not result.done():
            await asyncio.wait([result], timeout=_LOOK_AGAIN)
            now = stage if result.done() else await _stage(handle)
            if now and now != stage:
                progress.note(f"{now[:1].upper()}{now[1:]} …")
            stage = now or stage
        return await ended(result)
    finally:
        result.cancel()


async def _stage(handle: WorkflowHandle[ClipsWorkflow, ClipsView]) -> str:
    try:
        async with asyncio.timeout(5):
            return (await handle.query(ClipsWorkflow.view)).stage
    except (RPCError, TimeoutError):
        return ""  # No worker answers now; one may take it up later.


async def write_clips(
    connections: Connections, view: ClipsView, named: str, folder: Path
) -> ClipFiles:
    """Write the clips and ``clips.json`` into a folder, which is made.

    Args:
        connections: Where the clips lie in staging.
        view: The clips that are cut.
        named: Their source, as a person named it.
        folder: Where the files go.

    Raises:
        AppError: A clip is gone.
    """
    state = connections.state
    await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
    stem = _NAME.sub("-", PurePath(view.source.title if view.source else "").name)
    stem = stem.strip("-")[:60] or "clip"
    # The words of a clip are those of the source that are said between its edges.
    data = await state.get(f"sources/{view.source.sha256}.json") if view.source else None
    document = SourceDocument.model_validate_json(data) if data else None
    words = timed_words(document.cues if document else ())
    language = (document.language if document else None) or ""
    files = list[ClipFile]()
    for number, reply in enumerate(view.clips, 1):
        file = folder / f"{stem}-{number}.mp4"
        if not await state.get_file(reply.asset.staged_as, file, _MOST_BYTES):
            raise AppError(
                "A clip is gone from the state bucket: cut it again as the next edition."
            )
        start, end = reply.clip.start, reply.clip.end
        said = joined([word.text for word in read_words(words, start, end, language)])
        covers = await asyncio.to_thread(_covers, file, reply.clip.seconds)
        files.append(_clip_file(reply, file, covers, said))
    whole = ClipFiles(clips_id=view.clips_id, source=named, clips=tuple(files))
    told = whole.model_dump(mode="json", by_alias=True)
    text = json.dumps(told, indent=2, ensure_ascii=False)
    (folder / "clips.json").write_text(f"{text}\n", encoding="utf-8")
    return whole


def _covers(film: Path, seconds: float) -> tuple[str, ...]:
    """Write three pictures of a clip of ours, to choose a cover from; return their names."""
    import av

    covers = list[str]()
    with av.open(str(film), "r") as container:
        stream = container.streams.video[0]
        for number, share in enumerate(_COVERS, 1):
            wanted = share * seconds
            container.seek(int(wanted / (stream.time_base or 1)), stream=stream)
            frames = container.decode(stream)
            shown = next((one for one in frames if (one.time or 0) >= wanted), None)
            if shown is not None:
                cover = film.with_name(f"{film.stem}-cover-{number}.jpg")
                cast("Any", shown).to_image().save(cover, quality=90)  # untyped in PyAV
                covers.append(str(cover))
    return tuple(covers)


def _clip_file(reply: ClipReply, file: Path, covers: tuple[str, ...], said: str) -> ClipFile:
    clip, asset = reply.clip, reply.asset
    return ClipFile(
        file=str(file),
        covers=covers,
        begins=clock(clip.start),
        ends=clock(clip.end),
        start=clip.start,
        end=clip.end,
        score=clip.score,
        reasons=clip.reasons,
        notes=reply.notes,
        said=said,
        seconds=asset.duration,
        width=asset.width,
        height=asset.height,
        bytes=asset.size,
        sha256=asset.sha256,
    )
