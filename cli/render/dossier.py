"""All that is known of one post, as ``why`` prints it."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from app.records.history import Happening
from app.records.inquiry import Advice, Findings, advice
from cli.render.accounts import pause_line
from cli.render.proofs import change_words, clean, local
from galley.models.account import Evidence
from galley.models.publishing import RateWindow


def dossier(found: Findings) -> str:
    """Return it as a page: how it stands, what happened, what can be done."""
    row, view = found.row, found.view
    where = f"{row.platform} · {view.channel_name}" if view else row.platform
    parts = [
        f"{where} · {row.shown_state}\n{row.workflow_id}",
        _section("How it stands", [*_state_lines(found), *_kept(found), *_account(found)]),
        _section("What happened", [_happening(one) for one in _in_order(found)]),
        _section("What you can do", [_advised(one) for one in advice(found)]),
    ]
    return clean("\n\n".join(parts))


def _section(title: str, lines: list[str]) -> str:
    return "\n".join([f"{title}:", *(f"  {line}" for line in lines)])


def _state_lines(found: Findings) -> Iterator[str]:
    view = found.view
    if view is None:
        yield "No worker answers: this is what Temporal and the state bucket know."
        if found.row.due_at:
            yield f"Due: {local(found.row.due_at)}"
        return
    told = {
        "Error": view.error,
        "Notice": view.notice,
        "Waits for": view.waiting_for,
        "Change asked of Buffer": change_words(view.change) if view.change else "",
        "Due": local(view.due_at),
        "Buffer post": view.buffer_post_id,
        "Published": view.external_link,
        "Revision": f"{view.revision}",
    }
    yield from (f"{name}: {value}" for name, value in told.items() if value)
    if view.proposal:
        yield "An edit is proposed; until it is approved, what was approved stands."
    yield from (f"{problem.label}: {problem.message}" for problem in view.problems)
    yield from (f"Ignored: {ignored}" for ignored in view.ignored)
    if found.hindrance:
        yield f"A step fails again and again: {found.hindrance}"


def _kept(found: Findings) -> Iterator[str]:
    claim, receipt = found.kept.claim, found.kept.receipt
    if found.kept.error:
        yield f"State bucket: {found.kept.error}"
        return
    if claim is None:
        yield "Claim: none, so it was never on its way to Buffer"
    else:
        own = claim.owner.startswith(f"{found.row.workflow_id}/")
        by = "this post" if own else f"another run, {claim.owner}"
        yield f"Claim: {local(claim.claimed_at)}, by {by}"
    if receipt is not None:
        how = "by its reply" if receipt.evidence is Evidence.REPLY else "found by a look"
        yield f"Receipt: created as Buffer post {receipt.post.id}, known {how}"
    elif found.view is not None and found.view.buffer_post_id:
        yield "Receipt: not written yet; Buffer has confirmed the post"
    elif claim is not None:
        yield "Receipt: none yet, so it is not proven that Buffer has it"


def _account(found: Findings) -> Iterator[str]:
    account = found.account
    if not account.is_answering:
        yield "Calls to Buffer: the workflow that owns them does not answer"
        return
    yield from (pause_line(pause) for pause in account.pauses)
    phase = account.phase or "not known there"
    yield f"Job in {', '.join(account.workflow_ids)}: {phase}"
    if account.waiting_for:
        yield f"That workflow waits for: {account.waiting_for}"
    if account.windows:
        yield f"Buffer's quota: {', '.join(_window(w) for w in account.windows)}"


def _window(window: RateWindow) -> str:
    span = timedelta(seconds=window.seconds)
    words = f"{span.days} d" if span.days else f"{span.seconds // 60} min"
    return f"{window.remaining} of {window.limit} calls left in {words}"


def _in_order(found: Findings) -> list[Happening]:
    return sorted([*found.happenings, *found.calls], key=lambda one: one.at)


def _happening(one: Happening) -> str:
    return f"{local(one.at)}  {one.what}"


def _advised(one: Advice) -> str:
    return f"{one.command}\n      {one.why}" if one.command else one.why


def as_json(found: Findings) -> dict[str, Any]:
    """Return the object that ``why --json`` prints."""
    view, kept, account = found.view, found.kept, found.account
    return {
        **found.row.model_dump(mode="json"),
        "view": view.model_dump(mode="json") if view else None,
        "hindrance": found.hindrance or None,
        "claim": kept.claim.model_dump(mode="json") if kept.claim else None,
        "receipt": kept.receipt.model_dump(mode="json") if kept.receipt else None,
        "bucket_error": kept.error or None,
        "account": {
            "workflow_ids": list(account.workflow_ids),
            "is_answering": account.is_answering,
            "phase": account.phase or None,
            "waiting_for": account.waiting_for or None,
            "pauses": [pause.model_dump(mode="json") for pause in account.pauses],
            "windows": [one.model_dump(mode="json") for one in account.windows],
        },
        "happenings": [one.model_dump(mode="json") for one in _in_order(found)],
        "advice": [{"command": a.command or None, "why": a.why} for a in advice(found)],
    }
