"""Write the clips of a recording into a folder, with what is to be known of them."""

import asyncio
import json
import re
from pathlib import Path, PurePath
from typing import Any

from cli.terminal.failures import CommandError
from galley.clients.storage import ObjectStore
from galley.clips.words import joined, timed_words
from galley.models import SourceDocument
from galley.models.clip import Clip, ClipReply, ClipsView, clock

_NAME = re.compile(r"[^\w.-]+")
_MOST = 200_000_000
"""Bytes of a clip."""


async def write_clips(
    view: ClipsView, asked: str, edition: int, out: Path, state: ObjectStore
) -> dict[str, Any]:
    """Write the clips and ``clips.json``, and return what stands in that.

    Args:
        view: The clips that are cut.
        asked: Their source, as a person named it.
        edition: That of the clips, for the message.
        out: The folder; it is made.
        state: The state bucket, where the clips lie in staging.

    Raises:
        CommandError: A clip is gone.
    """
    await asyncio.to_thread(out.mkdir, parents=True, exist_ok=True)
    stem = _NAME.sub("-", PurePath(view.source.title if view.source else "").name)
    document = await _document(view, state)
    told = list[dict[str, Any]]()
    for number, reply in enumerate(view.clips, 1):
        file = out / f"{stem.strip('-')[:60] or 'clip'}-{number}.mp4"
        found = await state.get_file(reply.asset.staged_as, file, _MOST)
        if not found:
            raise CommandError(
                "A clip is gone from the state bucket: cut it again with "
                f"--edition {edition + 1}."
            )
        told.append(_told(reply, file, _said(document, reply.clip)))
    whole = {"clips_id": view.clips_id, "source": asked, "clips": told}
    listing = out / "clips.json"
    text = json.dumps(whole, indent=2, ensure_ascii=False)
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
