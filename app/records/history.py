"""The events of a post, in order and in words, from the histories of Temporal.

:mod:`app.records.inquiry` calls this; no worker has to run. Payloads are read as plain
objects: a history may be older or newer than this program.
"""

from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast

from pydantic import BaseModel, ConfigDict
from temporalio.api.common.v1 import Payload
from temporalio.api.failure.v1 import Failure
from temporalio.api.history.v1 import HistoryEvent
from temporalio.client import Client, WorkflowHandle
from temporalio.service import RPCError, RPCStatusCode

from app.posts.views import failure_text

_MOST_EVENTS = 5000
"""Events of one run that are read; a run of ours has 2,000 at most."""
_MOST_RUNS = 20
"""Of one post; each has a thousand events."""

_DECISIONS = {"approve", "edit", "regenerate", "reject", "decide"}
_CHANGES = {"reschedule", "retract", "move", "redrive", "change"}
_PROGRESS = {
    "created": "Buffer has it",
    "refused": "Buffer refused it",
    "delayed": "Buffer does not take it for now",
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
    "fetch_pictures": "pictures fetched from the source",
    "film_short": "film made from its words",
    "cut_clip": "clip cut",
    "order_media": "media ordered from a model",
    "await_media": "media received from the model",
    "store_media": "media stored",
    "fit_media": "media fitted to the network",
    "read_team": "team file read",
    "teach_voice": "lessons kept for later drafts",
    "end_approvals": "its approvals ended",
    "rehost_assets": "media made public",
    "hand_over": "handed over to be created in Buffer",
    "hand_change": "change handed over",
}
_NOUNS = {"approve": "approval", "reject": "rejection", "regenerate": "new draft instead"}
_HAND_OVER = {
    "already_ended": "another run brought it to its end before",
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


class Happening(BaseModel):
    """One thing that happened; the fields are those of its JSON."""

    model_config = ConfigDict(frozen=True)

    at: datetime
    what: str


@dataclass(frozen=True)
class _Settled:
    """An activity that came to its end: with a result, or with a reason why not."""

    scheduled_id: int
    result: tuple[Payload, ...] = ()
    failure: Failure | None = None


_SILENCE = Failure(message="no answer came back")


@dataclass(frozen=True)
class _Reader:
    client: Client

    async def value(self, payloads: Iterable[Payload]) -> dict[str, Any]:
        """Return the first payload as it is, if it is an object."""
        first = [*payloads][:1]
        decoded = await self.client.data_converter.decode(first) if first else []
        found: object = decoded[0] if decoded else None
        return cast("dict[str, Any]", found) if isinstance(found, dict) else {}

    async def text(self, payload: Payload) -> str:
        """Return a payload that is a text; empty if there is none."""
        if not payload.data:
            return ""
        return str((await self.client.data_converter.decode([payload]))[0])


async def post_happenings(client: Client, workflow_id: str) -> list[Happening]:
    """Return what happened to a post, the oldest first, in all its runs."""
    found = list[Happening]()
    for run in await _runs(client, workflow_id):
        found += await _post_happenings(client, run)
    return found


async def _post_happenings(client: Client, run: WorkflowHandle[Any, Any]) -> list[Happening]:
    reader, steps, found = _Reader(client), dict[int, str](), list[Happening]()
    async for event in _events(run):
        if event.HasField("activity_task_scheduled_event_attributes"):
            scheduled = event.activity_task_scheduled_event_attributes
            steps[event.event_id] = scheduled.activity_type.name
        elif settled := _settled(event):
            step = steps.get(settled.scheduled_id, "a step")
            what = await _outcome(reader, settled, step, step_done)
            found.append(Happening(at=_at(event), what=what))
        elif what := await _told(reader, event):
            found.append(Happening(at=_at(event), what=what))
    return found


async def buffer_happenings(client: Client, account_id: str, job_id: str) -> list[Happening]:
    """Return the calls to Buffer about one job, that the account's run still knows."""
    reader, calls, found = _Reader(client), dict[int, str](), list[Happening]()
    async for event in _events(client.get_workflow_handle(account_id)):
        if event.HasField("activity_task_scheduled_event_attributes"):
            name = await reader.text(event.user_metadata.summary)
            if name.endswith(job_id):
                calls[event.event_id] = name.partition(" · ")[0]
        elif (settled := _settled(event)) and settled.scheduled_id in calls:
            call = calls.pop(settled.scheduled_id)
            what = await _outcome(reader, settled, call, call_done)
            found.append(Happening(at=_at(event), what=what))
    return found


async def _outcome(
    reader: _Reader, settled: _Settled, step: str, done: Callable[[str, Any], str]
) -> str:
    if settled.failure is not None:
        why = await failure_text(reader.client, settled.failure)
        return step_failed(step, why or "no reason given")
    return done(step, await reader.value(settled.result))


def _settled(event: HistoryEvent) -> _Settled | None:
    match event.WhichOneof("attributes"):
        case "activity_task_completed_event_attributes":
            done = event.activity_task_completed_event_attributes
            return _Settled(done.scheduled_event_id, tuple(done.result.payloads))
        case "activity_task_failed_event_attributes":
            failed = event.activity_task_failed_event_attributes
            return _Settled(failed.scheduled_event_id, failure=failed.failure)
        case "activity_task_timed_out_event_attributes":
            late = event.activity_task_timed_out_event_attributes
            return _Settled(late.scheduled_event_id, failure=_SILENCE)
        case _:
            return None


async def _told(reader: _Reader, event: HistoryEvent) -> str:
    """Return what the run was told, or how it began or ended, in words."""
    match event.WhichOneof("attributes"):
        case "workflow_execution_signaled_event_attributes":
            signal = event.workflow_execution_signaled_event_attributes
            return heard(signal.signal_name, await reader.value(signal.input.payloads))
        case "workflow_execution_update_accepted_event_attributes":
            accepted = event.workflow_execution_update_accepted_event_attributes
            asked = accepted.accepted_request.input
            return heard(asked.name, await reader.value(asked.args.payloads))
        case name:
            is_next = event.workflow_execution_started_event_attributes
            return "" if is_next.continued_execution_run_id else run_ended(name or "")


async def _runs(client: Client, workflow_id: str) -> list[WorkflowHandle[Any, Any]]:
    """Return the runs that went on one from the other, as far as Temporal has them."""
    runs: list[WorkflowHandle[Any, Any]] = []
    run_id: str | None = None
    while len(runs) < _MOST_RUNS:
        run = client.get_workflow_handle(workflow_id, run_id=run_id)
        try:
            before = await _continued_from(run)
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND and runs:
                break
            raise
        runs.append(run)
        if not before:
            break
        run_id = before
    return runs[::-1]


async def _continued_from(run: WorkflowHandle[Any, Any]) -> str:
    async for event in run.fetch_history_events(page_size=1):
        begun = event.workflow_execution_started_event_attributes
        return begun.continued_execution_run_id
    return ""


async def _events(handle: WorkflowHandle[Any, Any]) -> AsyncIterator[HistoryEvent]:
    count = 0
    async for event in handle.fetch_history_events():
        yield event
        count += 1
        if count >= _MOST_EVENTS:
            return


def _at(event: HistoryEvent) -> datetime:
    return event.event_time.ToDatetime(tzinfo=UTC)


# The words


def heard(name: str, said: dict[str, Any]) -> str:
    """Return a signal or an accepted update in words."""
    if name == "progress":
        kind = str(said.get("kind", ""))
        return _with(_PROGRESS.get(kind, kind or name), said.get("message"))
    if name in _DECISIONS:
        kind = str(said.get("kind", name))
        about = f"{_NOUNS.get(kind, kind)} of revision {said.get('revision', '?')}"
        return _with(f"{about} by {said.get('by', '?')}", said.get("note"))
    if name in _CHANGES:
        kind = said.get("kind", name)
        to = _time(said.get("due_at")) or said.get("position") or _mode(said, str(kind))
        about = f"{kind} to {to}" if to else f"{kind}"
        return _with(f"{about} asked by {said.get('by', '?')}", said.get("note"))
    if name == "comment":
        return _with(f"comment by {said.get('by', '?')}", said.get("note"))
    return name


def _time(text: object) -> str:
    """Return an instant as the person has it; whatever is none, as it is."""
    try:
        if not text:
            return ""
        instant = datetime.fromisoformat(str(text))
        return f"{instant.astimezone():%Y-%m-%d %H:%M:%S %Z}"
    except ValueError:
        return str(text)


def _mode(said: dict[str, Any], kind: str) -> object:
    return said.get("mode") if kind == "reschedule" else None


def step_done(name: str, result: dict[str, Any]) -> str:
    """Return a step that came to its end in words."""
    if name == "fetch_pictures" and not result.get("assets"):
        return "no picture of the source could be used"
    kind = str(result.get("kind", ""))
    return _HAND_OVER.get(kind) or _STEPS.get(name, name)


def step_failed(name: str, why: str) -> str:
    """Return a step that failed in words."""
    return _with(f"{name} failed", why)


def call_done(call: str, result: dict[str, Any]) -> str:
    """Return a request to Buffer and what came of it in words."""
    kind = str(result.get("kind", "answered"))
    if call == "look for" and kind == "ok":
        kind = "found" if result.get("post") else "not found"
    elif kind == "ok":
        kind = "created" if call == "createPost" else "done"
    return _with(f"{call}: {kind}", result.get("message"))


def run_ended(attributes: str) -> str:
    """Return the beginning or end of a run in words; ``""`` for any other event."""
    return _ENDS.get(attributes, "")


def _with(what: str, more: object) -> str:
    return f"{what}: {more}" if more else what
