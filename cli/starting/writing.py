"""Carry out ``write``: start the piece, wait for it, and put it into a file."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from temporalio.client import Client

from app.brands.personas import find_persona, keep_persona, ref_of
from app.connections import open_client
from cli.starting.once import differing, ended, start_once
from cli.starting.wishes import read_file
from cli.terminal.connections import TerminalProgress
from cli.terminal.failures import CommandError, usage
from cli.terminal.output import say, show, show_json
from cli.terminal.process import run
from cli.terminal.proofs import clean
from cli.terminal.telling import telling
from galley.clients.stores.opening import open_state
from galley.models import Persona, PieceForm, PieceInput, PieceView
from galley.settings import Settings
from galley.sources.detect import spec_for
from galley.sources.identity import identity_of
from workflows import ids
from workflows.piece import PieceWorkflow

_BYTES = "application/octet-stream"


@dataclass(frozen=True)
class PieceWishes:
    """The arguments of ``write``, as typed."""

    source: str
    form: str
    output: Path | None
    force: bool
    brief: str
    persona: Path | None
    edition: int


def write_and_print(wishes: PieceWishes, *, json: bool) -> None:
    """Carry out ``write``."""
    _require_free(wishes)
    view, text = run(_write(wishes))
    if wishes.output is not None:
        wishes.output.write_text(text, encoding="utf-8")
    if json:
        show_json({**view.model_dump(mode="json"), "text": text})
    elif wishes.output is None:
        show(clean(text).rstrip())
    piece = view.piece
    if piece is None or json:
        return
    for problem in piece.problems:
        say(clean(f"Check before use: {problem.message}"))
    where = f" in {wishes.output}" if wishes.output else ""
    say(clean(f"{piece.title}: {piece.words} words{where}."))


def _require_free(wishes: PieceWishes) -> None:
    output = wishes.output
    if output is None:
        return
    if output.exists() and not wishes.force:
        raise usage(f"{output} is there already: name another file, or add --force.")
    if not output.parent.is_dir():
        raise usage(f"There is no folder {output.parent}: make it first.")


async def _write(wishes: PieceWishes) -> tuple[PieceView, str]:
    settings = Settings()
    data = read_file(wishes.source)
    persona = find_persona(wishes.persona, settings)
    start = _start_of(wishes, data, persona)
    client = await open_client()
    state = open_state(settings)
    if persona is not None:
        await keep_persona(persona, state, TerminalProgress())
    if data is not None:
        name = f"uploads/{start.source.upload}"
        await state.put_if_absent(name, data, _BYTES, same=True)
    async with telling(f"waiting for the {start.form} to be written"):
        view = await _outcome(client, start, wishes.edition)
    text = await state.get(view.piece.name) if view.piece else None
    if text is None:
        raise CommandError(
            "The text is gone from the state bucket: write it again with "
            f"--edition {wishes.edition + 1}."
        )
    return view, text.decode()


def _start_of(
    wishes: PieceWishes, data: bytes | None, persona: Persona | None
) -> PieceInput:
    try:
        form = PieceForm(wishes.form.strip().casefold())
    except ValueError:
        known = ", ".join(PieceForm)
        raise usage(f"--form is one of {known}, not {wishes.form!r}.") from None
    spec = spec_for(wishes.source, data)
    key = ids.campaign_key(identity_of(spec), wishes.edition)
    return PieceInput(
        key=ids.piece_key(key, form),
        source=spec,
        form=form,
        brief=wishes.brief,
        persona=ref_of(persona) if persona else None,
    )


async def _outcome(client: Client, start: PieceInput, edition: int) -> PieceView:
    """Return the finished piece: a new one, or the one that this source has."""
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
        await _require_same(client, start, edition)
        say(
            f"This source has its {start.form} already ({piece_id}): it is shown, and "
            f"nothing is written. --edition {edition + 1} writes another one."
        )
    handle = client.get_workflow_handle_for(PieceWorkflow.run, piece_id)
    return await ended(handle.result())


async def _require_same(client: Client, start: PieceInput, edition: int) -> None:
    """Refuse wishes that differ from those the text was written with."""
    piece_id = ids.piece_id(start.key)
    names = await differing(client, piece_id, start, _digest(start), _differing)
    if names:
        raise usage(
            f"This source already has the {start.form} {piece_id}, written with other "
            f"values for {' and '.join(names)}: add --edition {edition + 1} to write "
            "it once more."
        )


def _differing(first: PieceInput, second: PieceInput) -> list[str]:
    """Return the options in which two inputs of one source differ."""
    told = {
        "--brief": first.brief != second.brief,
        "--persona": first.persona != second.persona,
    }
    return [name for name, differs in told.items() if differs]


def _digest(start: PieceInput) -> str:
    return hashlib.sha256(start.model_dump_json().encode()).hexdigest()
