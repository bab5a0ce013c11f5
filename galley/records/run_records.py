"""Records of runs: their names in the state bucket, and the story of a post told from them.

The activity that records runs, audit packs and erasure call it. The story lists who approved
which words and when.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from pydantic import JsonValue

from galley.models.account import HandOver, HandOverReply, PublishJob
from galley.models.post import HandChange
from galley.models.publishing import PostRequest
from galley.models.records import RecordedEvent, RunRecord
from galley.models.team import Team
from galley.publishing.request import digest

_FOLDER = "audit"
# Activities whose answer is a text for review: the model's, and a person's edit.
_DRAFTED = {"write_draft", "check_draft"}
_DECISIONS = ("approve", "edit", "regenerate", "reject")
_CHANGES = ("reschedule", "retract", "move", "redrive")


def record_name(workflow_id: str, run_id: str) -> str:
    """Return the name of a run's record, beside those of its campaign."""
    kind, _, _ = workflow_id.partition(":")
    key, own = _parts(workflow_id)
    name = f"{kind}.{own}" if own else kind
    return f"{records_of(key)}{_safe(name)}.{run_id}.json"


def campaign_key(workflow_id: str) -> str:
    """Return the key of a run's campaign."""
    return _parts(workflow_id)[0]


def _parts(workflow_id: str) -> tuple[str, str]:
    """Return the campaign's key, and the channel of a post or the form of a text."""
    kind, _, rest = workflow_id.partition(":")
    if kind == "piece":
        # The key of an edition ends with -2, and the form comes after that.
        key, _, form = rest.rpartition("-")
        return key, form
    key, _, channel = rest.partition(":")
    return key, channel


def records_of(key: str) -> str:
    """Return the prefix of the records of a campaign, by its key."""
    return f"{_FOLDER}/{_safe(key)}/"


def _safe(text: str) -> str:
    # A channel ID comes from Buffer, and a slash in it would make another folder.
    return re.sub(r"[^\w.-]", "_", text)


def story_of(records: Iterable[RunRecord]) -> dict[str, JsonValue]:
    """Return a post's story: its revisions, decisions, changes, media and end."""
    runs = sorted(records, key=lambda run: run.started_at)
    events = [event for run in runs for event in run.events]
    view = _last_view(events)
    kept = ("kind", "mime", "sha256", "size", "width", "height", "origin")
    return {
        "workflow_id": runs[0].workflow_id if runs else "",
        "runs": [run.run_id for run in runs],
        "status": runs[-1].status if runs else "",
        "state": view.get("state"),
        "revision": view.get("revision"),
        "approved_revision": view.get("approved_revision"),
        "revisions": list(_revisions(events)),
        "said": list(_said(events, _DECISIONS)),
        "changes": list(_said(events, _CHANGES)),
        "counted": view.get("decisions"),
        "ignored": view.get("ignored"),
        "media": [{name: one.get(name) for name in kept} for one in view.get("staged") or ()],
        "sent": list(_sent(events)),
        "changed": list(_changed(events)),
        "roster": _roster(events),
        "buffer_post_id": view.get("buffer_post_id"),
        "external_link": view.get("external_link"),
        "sent_at": view.get("sent_at"),
        "error": view.get("error"),
    }


def _last_view(events: list[RecordedEvent]) -> dict[str, Any]:
    """Return the last state of a post that ended; of one that goes on or was cut off, nothing."""
    for event in reversed(events):
        answered = event.answered
        if event.kind == "ended" and isinstance(answered, dict):
            view = answered.get("view")
            return dict(view) if isinstance(view, dict) else {}
    return {}


def _revisions(events: list[RecordedEvent]) -> Iterator[JsonValue]:
    """Yield every text that a person was asked about, in order, with its author."""
    editor, number = "", 0
    for event in events:
        kind, said = _decision(event)
        if kind == "edit":
            editor = f"person:{said.get('by', '')}"
        answered = event.answered
        if event.name not in _DRAFTED or not isinstance(answered, dict):
            continue
        number += 1
        provenance = answered.get("provenance")
        by = editor
        if event.name == "write_draft" and isinstance(provenance, dict) and provenance:
            by = str(provenance.get("drafter", ""))
        yield {
            "number": number,
            "at": event.at.isoformat(),
            "by": by,
            "draft": answered.get("draft"),
            "variants": answered.get("variants") or [],
            "problems": answered.get("problems") or [],
            "provenance": provenance,
        }


def _decision(event: RecordedEvent) -> tuple[str, dict[str, Any]]:
    """Return the kind and the content of a person's decision, by signal or update."""
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
    """Yield each request that was handed over, with the digest that claim and receipt name."""
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
            **_approved(request, task.job),
        }


def _changed(events: list[RecordedEvent]) -> Iterator[JsonValue]:
    """Yield each job that was handed over to change the post in Buffer."""
    for event in events:
        if event.name == "hand_change" and not event.failure:
            change = HandChange.model_validate(event.given).change
            yield {
                "at": event.at.isoformat(),
                "kind": change.kind.value,
                **_approved(change.job.request, change.job),
            }


def _approved(request: PostRequest, job: PublishJob) -> dict[str, JsonValue]:
    """Return what was sent and who approved it: enough to prove that they are the same."""
    approval, provenance = job.approval, job.provenance
    return {
        "request": request.model_dump(mode="json"),
        "approval": approval.model_dump(mode="json") if approval else None,
        "provenance": provenance.model_dump(mode="json") if provenance else None,
    }


def _roster(events: list[RecordedEvent]) -> str:
    """Return the version of the team that the post was begun with; empty without one."""
    found = [one.answered for one in events if one.name == "read_team" and one.answered]
    return Team.model_validate(found[-1]).version if found else ""
