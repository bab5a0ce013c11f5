"""Longer texts from a source: a blog post, a newsletter, a script.

The command ``write`` calls :func:`write_piece`.
"""

import hashlib
from dataclasses import dataclass

from temporalio.client import Client

from app.brands.personas import keep_persona, ref_of
from app.campaigns.sources import GivenSource, upload
from app.campaigns.start import differing, ended, start_once
from app.connections import Connections
from app.errors import AppError, OtherOptionsError
from galley.models.brand import Persona
from galley.models.draft import PieceForm, PieceInput, PieceView
from galley.sources.identity import identity_of
from workflows import ids
from workflows.piece import PieceWorkflow


@dataclass(frozen=True)
class PieceRequest:
    """A text as a face asks for it."""

    source: GivenSource
    form: PieceForm = PieceForm.BLOG
    brief: str = ""
    persona: Persona | None = None
    edition: int = 1


@dataclass(frozen=True)
class WrittenPiece:
    """A finished text, in Markdown, with what is known of it."""

    view: PieceView
    text: str


async def write_piece(connections: Connections, request: PieceRequest) -> WrittenPiece:
    """Have a text written, or find the one that this source has, and wait for it.

    Raises:
        OtherOptionsError: The source has one that was written with other options.
        SourceError: The source cannot be used.
        AppError: It failed; the message is that of the step that failed.
    """
    spec, persona = request.source.spec, request.persona
    key = ids.campaign_key(identity_of(spec), request.edition)
    start = PieceInput(
        key=ids.piece_key(key, request.form),
        source=spec,
        form=request.form,
        brief=request.brief,
        persona=ref_of(persona) if persona else None,
    )
    client = await connections.temporal()
    if persona is not None:
        await keep_persona(persona, connections.state, connections.progress)
    await upload(request.source, connections)
    piece_id = ids.piece_id(start.key)
    is_new = await start_once(
        client,
        PieceWorkflow.run,
        start,
        piece_id,
        summary=f"{start.form} · {start.source.name}",
        digest=_digest(start),
    )
    if not is_new:
        await _require_same(client, start, request.edition)
        connections.progress.note(
            f"This source has its {start.form} already ({piece_id}): it is shown, and "
            f"nothing is written. Edition {request.edition + 1} would be another one."
        )
    handle = client.get_workflow_handle_for(PieceWorkflow.run, piece_id)
    async with connections.progress.waiting(f"waiting for the {start.form} to be written"):
        view = await ended(handle.result())
    data = await connections.state.get(view.piece.name) if view.piece else None
    if data is None:
        raise AppError(
            "The text is gone from the state bucket: write it again as edition "
            f"{request.edition + 1}."
        )
    return WrittenPiece(view, data.decode())


async def _require_same(client: Client, start: PieceInput, edition: int) -> None:
    """Refuse options that differ from those the text was written with."""
    piece_id = ids.piece_id(start.key)
    names = await differing(client, piece_id, start, _digest(start), _differences)
    if names:
        raise OtherOptionsError(
            f"the {start.form} {piece_id}, written", names, edition + 1, "to write it once more"
        )


def _differences(first: PieceInput, second: PieceInput) -> list[str]:
    told = {"brief": first.brief != second.brief, "persona": first.persona != second.persona}
    return [name for name, differs in told.items() if differs]


def _digest(start: PieceInput) -> str:
    return hashlib.sha256(start.model_dump_json().encode()).hexdigest()
