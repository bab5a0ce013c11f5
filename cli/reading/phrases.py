"""The words for what stands in a post's history.

Payloads come as plain objects: a history may be older or newer than this program.
"""

from datetime import datetime
from typing import Any

from cli.terminal.proofs import local

_DECISIONS = {"approve", "edit", "regenerate", "reject", "decide"}
_CHANGES = {"reschedule", "retract", "move", "redrive", "change"}
_PROGRESS = {
    "created": "Buffer has it",
    "refused": "Buffer refused it",
    "held": "held: it cannot be decided without a person",
    "sent": "Buffer says it is published",
    "sent_without_link": "Buffer says it is published, and gives no link yet",
    "handed_to_person": "Buffer has handed it to a person",
    "publish_failed": "Buffer could not publish it",
    "changed": "changed in Buffer",
    "change_refused": "the change was refused",
    "retracted": "it is not in Buffer any more",
    "pulled_back": "taken out of Buffer by a pause",
}
_STEPS = {
    "write_draft": "draft written",
    "check_draft": "edit checked",
    "render_media": "media drawn",
    "rehost_assets": "media made public",
    "hand_over": "handed over to be created in Buffer",
    "hand_change": "change handed over",
}
_HAND_OVER = {
    "already_published": "another run published it before",
    "claimed_elsewhere": "another run claimed it, and left no receipt",
    "not_hosted": "its media are not public yet: that is a step of its own",
}
_ENDS = {
    "workflow_execution_started_event_attributes": "started",
    "workflow_execution_completed_event_attributes": "ended",
    "workflow_execution_failed_event_attributes": "its run failed",
    "workflow_execution_terminated_event_attributes": "its run was terminated",
    "workflow_execution_canceled_event_attributes": "its run was cancelled",
    "workflow_execution_timed_out_event_attributes": "its run timed out",
    "workflow_execution_continued_as_new_event_attributes": "went on as a new run",
}


def heard(name: str, said: dict[str, Any]) -> str:
    """Return a signal or an accepted update in words."""
    if name == "progress":
        kind = str(said.get("kind", ""))
        return _with(_PROGRESS.get(kind, kind or name), said.get("message"))
    if name in _DECISIONS:
        kind = said.get("kind", name)
        about = f"{kind} of revision {said.get('revision', '?')}"
        return _with(f"{about} by {said.get('by', '?')}", said.get("note"))
    if name in _CHANGES:
        kind = said.get("kind", name)
        to = _time(said.get("due_at")) or said.get("position") or _mode(said, str(kind))
        about = f"{kind} to {to}" if to else f"{kind}"
        return _with(f"{about} asked by {said.get('by', '?')}", said.get("note"))
    return name


def _time(text: object) -> str:
    """Return an instant as the person has it; whatever is none, as it is."""
    try:
        return local(datetime.fromisoformat(str(text))) if text else ""
    except ValueError:
        return str(text)


def _mode(said: dict[str, Any], kind: str) -> object:
    return said.get("mode") if kind == "reschedule" else None


def step_done(name: str, result: dict[str, Any]) -> str:
    """Return a step that came to its end in words."""
    kind = str(result.get("kind", ""))
    return _HAND_OVER.get(kind) or _STEPS.get(name, name)


def step_failed(name: str, why: str) -> str:
    """Return a step that failed in words."""
    return _with(f"{name} failed", why)


def call_result(call: str, result: dict[str, Any]) -> str:
    """Return a request to Buffer and what came of it in words."""
    kind = str(result.get("kind", "answered"))
    found = result.get("post")
    if call == "look for":
        kind = "found" if found else "not found" if kind == "ok" else kind
    return _with(f"{call}: {kind}", result.get("message"))


def ended(attributes: str) -> str:
    """Return the beginning or end of a run in words; ``""`` for any other event."""
    return _ENDS.get(attributes, "")


def _with(what: str, more: object) -> str:
    return f"{what}: {more}" if more else what
