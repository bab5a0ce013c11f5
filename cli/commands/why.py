"""The command ``why``: the dossier of one post, with its history and the next steps."""

from collections.abc import Iterator
from datetime import timedelta
from shlex import quote
from typing import Any

from app.posts.states import phase_words, state_words
from app.records.inquiry import Findings, advice, inquire
from cli.commands.options import Json, Name
from cli.errors import command_of
from cli.phrases import change_words, local, pause_line
from cli.process import connections, run
from cli.terminal import show, show_json
from galley.models.account import Evidence
from galley.redaction import terminal_safe


def why(name: Name, *, json: Json = False) -> None:
    """Say all that is known of one post, and what can be done.

    Changes nothing. Without a worker it reads only Temporal and the state bucket.

    Example: galley why 3f2a/linkedin
    """
    found = run(inquire(connections(), name))
    if json:
        show_json(as_json(found))
    else:
        show(dossier(found, name))


def dossier(found: Findings, name: str = "") -> str:
    """Return the page about a post: its state, its history, and the next steps.

    Args:
        found: What is known of it.
        name: What the person calls it, in the commands of the next steps; its ID if nothing.
    """
    row, view = found.row, found.view
    where = f"{row.platform} · {view.channel_name}" if view else row.platform
    happened = [f"{local(one.at)}  {one.what}" for one in found.in_order]
    called = quote(name or row.workflow_id)
    steps = [
        "\n      ".join(
            filter(None, (command_of(a, called if a.name == row.workflow_id else ""), a.why))
        )
        for a in advice(found)
    ]
    parts = {
        "How it stands": [*_state(found), *_kept(found), *_account(found)],
        "What happened": happened,
        "What you can do": steps,
    }
    sections = ("\n  ".join([f"{title}:", *lines]) for title, lines in parts.items())
    head = f"{where} · {state_words(row.state)}\n{row.workflow_id}"
    return terminal_safe("\n\n".join([head, *sections]))


def _state(found: Findings) -> Iterator[str]:
    """Yield what the post says of itself."""
    view = found.view
    if view is None:
        yield "No worker answers: this is what Temporal and the state bucket know."
        if found.row.due_at:
            yield f"Due: {local(found.row.due_at)}"
        return
    told = {
        "Error": view.error,
        "Notice": view.notice,
        "Waiting for": view.waiting_for,
        "Change asked of Buffer": change_words(view.change) if view.change else "",
        "Due": local(view.due_at),
        "Buffer post": view.buffer_post_id,
        "Published": view.external_link,
        "Revision": f"{view.revision}",
    }
    yield from (f"{name}: {value}" for name, value in told.items() if value)
    if view.proposal:
        yield "An edit is proposed; until it is approved, the approved draft stands."
    yield from (f"{problem.label}: {problem.message}" for problem in view.problems)
    yield from (f"Ignored: {ignored.line}" for ignored in view.ignored)
    if found.hindrance:
        yield f"A step fails again and again: {found.hindrance}"


def _kept(found: Findings) -> Iterator[str]:
    """Yield what the claim and the receipt in the state bucket prove."""
    claim, receipt = found.kept.claim, found.kept.receipt
    if found.kept.error:
        yield f"State bucket: {found.kept.error}"
        return
    if claim is None:
        yield "Claim on the key: none, so it was never on its way to Buffer"
    else:
        own = claim.owner.startswith(f"{found.row.workflow_id}/")
        by = "this post" if own else f"another run, {claim.owner}"
        yield f"Claim on the key: {local(claim.claimed_at)}, by {by}"
    for one in found.kept.receipts:
        how = "by its reply" if one.evidence is Evidence.REPLY else "by reading Buffer"
        of = f" as Buffer post {one.post.id}" if one.post else ""
        yield f"Receipt: {local(one.recorded_at)}, {one.kind}{of}, known {how}"
    if receipt is not None:
        return
    if found.view is not None and found.view.buffer_post_id:
        yield "Receipt: not written yet; Buffer has confirmed the post"
    elif claim is not None:
        yield "Receipt: none yet, so it is not proven that Buffer has it"


def _account(found: Findings) -> Iterator[str]:
    """Yield how far the calls to Buffer are, and what holds them up."""
    account = found.account
    if not account.is_answering:
        yield "Calls to Buffer: the workflow that owns them does not answer"
        return
    yield from (pause_line(pause) for pause in account.pauses)
    words = phase_words(account.phase)
    yield f"Calls to Buffer: {words[0].lower()}{words[1:]} (by {', '.join(account.workflow_ids)})"
    if account.is_busy:
        yield f"Calls to Buffer wait for: {account.waiting_for}"
    left = list[str]()
    for window in account.windows:
        span = timedelta(seconds=window.seconds)
        words = f"{span.days} d" if span.days else f"{span.seconds // 60} min"
        left.append(f"{window.remaining} of {window.limit} calls left in {words}")
    if left:
        yield f"Buffer's quota: {', '.join(left)}"


def as_json(found: Findings) -> dict[str, Any]:
    """Return the object that ``why --json`` prints."""
    view, kept, account = found.view, found.kept, found.account
    return {
        **found.row.model_dump(mode="json"),
        "view": view.model_dump(mode="json") if view else None,
        "hindrance": found.hindrance or None,
        "claim": kept.claim.model_dump(mode="json") if kept.claim else None,
        "receipts": [one.model_dump(mode="json") for one in kept.receipts],
        "bucket_error": kept.error or None,
        "account": {
            "workflow_ids": list(account.workflow_ids),
            "is_answering": account.is_answering,
            "phase": account.phase or None,
            "waiting_for": account.waiting_for or None,
            "pauses": [pause.model_dump(mode="json") for pause in account.pauses],
            "windows": [one.model_dump(mode="json") for one in account.windows],
        },
        "happenings": [one.model_dump(mode="json") for one in found.in_order],
        "advice": [
            {"command": command_of(a) or None, "why": a.why, "action": a.action}
            for a in advice(found)
        ],
    }
