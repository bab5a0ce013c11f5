"""Records of runs: the objects that keep them, and the story of a post in them.

The story says who approved which words when.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from pydantic import JsonValue

from galley.models.account import HandOver, HandOverReply
from galley.models.records import RecordedEvent, RunRecord
from galley.publishing.request import digest

_FOLDER = "audit"
_DRAFTED = {"write_draft", "check_draft"}
_DECISIONS = ("approve", "edit", "regenerate", "reject")
_CHANGES = ("reschedule", "retract", "move", "redrive")


def record_name(workflow_id: str, run_id: str) -> str:
    """Return the object that keeps a run: with its campaign's, whatever its kind."""
    kind, _, _ = workflow_id.partition(":")
    key, own = _parts(workflow_id)
    name = f"{kind}.{own}" if own else kind
    return f"{records_of(key)}{_safe(name)}.{run_id}.json"


def campaign_key(workflow_id: str) -> str:
    """Return the key of the campaign that a run goes with."""
    return _parts(workflow_id)[0]


def _parts(workflow_id: str) -> tuple[str, str]:
    """Return the campaign's key, and the channel of a post or the form of a text."""
    kind, _, rest = workflow_id.partition(":")
    if kind == "piece":
        # Of an edition the key ends with -2, and the form comes after that.
        key, _, form = rest.rpartition("-")
        return key, form
    key, _, channel = rest.partition(":")
    return key, channel


def records_of(key: str) -> str:
    """Return the prefix of the records of a campaign, by its key."""
    return f"{_FOLDER}/{_safe(key)}/"


def _safe(text: str) -> str:
    return re.sub(r"[^\w.-]", "_", text)


def story_of(records: Iterable[RunRecord]) -> dict[str, JsonValue]:
    """Return a post's story: its revisions, decisions, changes, bytes and end."""
    runs = sorted(records, key=lambda run: run.started_at)
    events = [event for run in runs for event in run.events]
    view = _last_view(events)
    revisions = list(_revisions(events))
    return {
        "workflow_id": runs[0].workflow_id if runs else "",
        "runs": [run.run_id for run in runs],
        "status": runs[-1].status if runs else "",
        "state": view.get("state"),
        "revision": view.get("revision"),
        "approved_revision": view.get("approved_revision"),
        "revisions": revisions,
        "said": list(_said(events, _DECISIONS)),
        "changes": list(_said(events, _CHANGES)),
        "counted": view.get("decisions"),
        "ignored": view.get("ignored"),
        "media": [_bytes_of(one) for one in view.get("staged") or ()],
        "sent": list(_sent(events)),
        "buffer_post_id": view.get("buffer_post_id"),
        "external_link": view.get("external_link"),
        "sent_at": view.get("sent_at"),
        "error": view.get("error"),
    }


def _last_view(events: list[RecordedEvent]) -> dict[str, Any]:
    """Return how the post ended; of one that is alive or cut off, nothing."""
    for event in reversed(events):
        answered = event.answered
        if event.kind == "ended" and isinstance(answered, dict):
            view = answered.get("view")
            return dict(view) if isinstance(view, dict) else {}
    return {}


def _revisions(events: list[RecordedEvent]) -> Iterator[JsonValue]:
    """Yield every text that was put before a person, in order, and who wrote it."""
    author = ""
    number = 0
    for event in events:
        kind, said = _decision(event)
        if kind == "edit":
            author = f"person:{said.get('by', '')}"
        answered = event.answered
        is_draft = event.name in _DRAFTED and isinstance(answered, dict)
        if not is_draft or not isinstance(answered, dict):
            continue
        number += 1
        yield {
            "number": number,
            "at": event.at.isoformat(),
            "by": _author(answered, event.name, author),
            "draft": answered.get("draft"),
            "variants": answered.get("variants") or [],
            "problems": answered.get("problems") or [],
            "provenance": answered.get("provenance"),
        }


def _author(answered: dict[str, Any], step: str, editor: str) -> str:
    provenance: Any = answered.get("provenance")
    if step == "write_draft" and provenance:
        return str(provenance.get("drafter", ""))
    return editor


def _decision(event: RecordedEvent) -> tuple[str, dict[str, Any]]:
    """Return what a person said, by either door, and the kind of it."""
    given = event.given
    if event.kind != "heard" or not isinstance(given, dict):
        return "", {}
    return str(given.get("kind") or event.name), given


def _said(events: list[RecordedEvent], kinds: tuple[str, ...]) -> Iterator[JsonValue]:
    for event in events:
        kind, said = _decision(event)
        if kind in kinds:
            yield {**said, "kind": kind, "at": event.at.isoformat()}


def _sent(events: list[RecordedEvent]) -> Iterator[JsonValue]:
    """Yield what was handed over, and the digest that claim and receipt must name."""
    for event in events:
        if event.name != "hand_over" or event.failure:
            continue
        task = HandOver.model_validate(event.given)
        reply = HandOverReply.model_validate(event.answered)
        request = task.job.request
        if reply.media:
            request = request.model_copy(update={"assets": reply.media})
        yield {
            "at": event.at.isoformat(),
            "job_id": task.job.job_id,
            "digest": digest(request),
            "outcome": reply.kind.value,
            "request": request.model_dump(mode="json"),
        }


def _bytes_of(staged: Any) -> JsonValue:  # noqa: ANN401 -- JSON
    kept = ("kind", "mime", "sha256", "size", "width", "height", "origin")
    return {name: staged.get(name) for name in kept}
