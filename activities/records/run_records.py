"""The activity ``keep_records``: the histories of ended runs, stored without secrets.

AuditWorkflow calls it.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from google.protobuf.message import Message
from pydantic import JsonValue, TypeAdapter
from temporalio import activity
from temporalio.api.common.v1 import Payload
from temporalio.api.history.v1 import HistoryEvent
from temporalio.client import Client, WorkflowExecution
from temporalio.service import RPCError, RPCStatusCode

from activities.edge import failure, heartbeating
from activities.interfaces import AuditActivities
from activities.records.visibility import among, since
from galley.clients.payloads import PayloadKeyError
from galley.clients.storage import ObjectStore, StoreError
from galley.models.records import KeepRecords, KeptRecords, RecordedEvent, RunRecord
from galley.records.run_records import campaign_key, record_name, records_of
from galley.redaction import TOKENS

_ENDS = {
    "workflow_execution_completed_event_attributes": "completed",
    "workflow_execution_failed_event_attributes": "failed",
    "workflow_execution_canceled_event_attributes": "cancelled",
    "workflow_execution_terminated_event_attributes": "terminated",
    "workflow_execution_timed_out_event_attributes": "timed out",
    "workflow_execution_continued_as_new_event_attributes": "continued as new",
}

_UNREADABLE = "(unreadable)"
_GONE = "[taken out]"
_ANY_JSON: TypeAdapter[JsonValue] = TypeAdapter(JsonValue)
_SECRETS = re.compile(rf"{TOKENS}|\bBearer\s+[\w.~+/=-]{{12,}}")
_ADDRESS = re.compile(r"https?://[^\s\"'<>]*+", re.IGNORECASE)
_SIGNED = re.compile(
    r"@|replicate\.delivery|api\.replicate\.com|hooks\.slack\.com"
    r"|[?&](?:X-Goog-|X-Amz-|Signature=|sig=|token=|access_token=|key=)",
    re.IGNORECASE,
)


@dataclass
class _Step:
    name: str
    given: Any


@dataclass
class _Reader:
    client: Client
    steps: dict[int, _Step] = field(default_factory=dict[int, _Step])

    async def value(self, payloads: Iterable[Payload]) -> Any:  # noqa: ANN401 -- JSON
        """Return the first payload as JSON, without secrets."""
        first = [*payloads][:1]
        try:
            decoded = await self.client.data_converter.decode(first)
            return scrubbed(_ANY_JSON.validate_python(decoded[0])) if decoded else None
        except PayloadKeyError:
            raise  # a worker with the key writes the record later
        except (ValueError, TypeError, KeyError, RuntimeError):
            # Anybody may signal what no converter reads, or bytes: the run is recorded anyway.
            return _UNREADABLE

    async def recorded(self, event: HistoryEvent) -> RecordedEvent | None:
        """Return the record of an event; ``None`` for events that records leave out."""
        kind = event.WhichOneof("attributes") or ""
        if kind in _ENDS:
            return await self._ended(event, kind)
        if kind.startswith("activity_task_"):
            return await self._step(event, kind)
        if kind == "workflow_execution_started_event_attributes":
            began = event.workflow_execution_started_event_attributes
            given = await self.value(began.input.payloads)
            return _event(event, "began", began.workflow_type.name, given)
        if kind == "workflow_execution_signaled_event_attributes":
            said = event.workflow_execution_signaled_event_attributes
            given = await self.value(said.input.payloads)
            return _event(event, "heard", said.signal_name, given)
        if kind == "workflow_execution_update_accepted_event_attributes":
            accepted = event.workflow_execution_update_accepted_event_attributes
            asked = accepted.accepted_request.input
            return _event(event, "heard", asked.name, await self.value(asked.args.payloads))
        return None

    async def _step(self, event: HistoryEvent, kind: str) -> RecordedEvent | None:
        if kind == "activity_task_scheduled_event_attributes":
            asked = event.activity_task_scheduled_event_attributes
            given = await self.value(asked.input.payloads)
            # Recorded when it completes, with its input beside its answer.
            self.steps[event.event_id] = _Step(asked.activity_type.name, given)
            return None
        told = getattr(event, kind)
        step = self.steps.get(told.scheduled_event_id)
        if step is None or kind == "activity_task_started_event_attributes":
            return None
        done = _event(event, "step", step.name, step.given)
        if kind == "activity_task_completed_event_attributes":
            answered = await self.value(told.result.payloads)
            return done.model_copy(update={"answered": answered})
        return done.model_copy(update={"failure": _cause(told)})

    async def _ended(self, event: HistoryEvent, kind: str) -> RecordedEvent:
        told, ended = getattr(event, kind), _event(event, "ended", _ENDS[kind], None)
        if kind == "workflow_execution_completed_event_attributes":
            answered = await self.value(told.result.payloads)
            return ended.model_copy(update={"answered": answered})
        if kind == "workflow_execution_failed_event_attributes":
            return ended.model_copy(update={"failure": _cause(told)})
        return ended


async def record_of(client: Client, run: WorkflowExecution) -> RunRecord:
    """Return the record of one run.

    Raises:
        RPCError: Its history is gone, or Temporal does not answer.
    """
    handle = client.get_workflow_handle(run.id, run_id=run.run_id)
    reader, found = _Reader(client), list[RecordedEvent]()
    async for event in handle.fetch_history_events():
        one = await reader.recorded(event)
        if one is not None:
            found.append(one)
    last = found[-1] if found else None
    is_over = last is not None and last.kind == "ended"
    return RunRecord(
        workflow_id=run.id,
        run_id=run.run_id,
        workflow=run.workflow_type,
        status=last.name if last is not None and is_over else "running",
        started_at=run.start_time,
        ended_at=last.at if last is not None and is_over else None,
        events=tuple(found),
    )


def _event(
    event: HistoryEvent,
    kind: str,
    name: str,
    given: Any,  # noqa: ANN401 -- JSON
) -> RecordedEvent:
    at = event.event_time.ToDatetime(tzinfo=UTC)
    return RecordedEvent(at=at, kind=kind, name=name, given=given)


def _cause(told: Message) -> str:
    failure = getattr(told, "failure", None)
    while failure is not None and failure.HasField("cause"):
        failure = failure.cause
    said = str(getattr(failure, "message", "")) or "no answer came back"
    return str(scrubbed(said))


def scrubbed(value: JsonValue) -> JsonValue:
    """Return the value without secrets and without addresses that are one.

    Histories hold neither; records do not rely on that.
    """
    match value:
        case str():
            unsigned = _ADDRESS.sub(lambda a: _GONE if _SIGNED.search(a[0]) else a[0], value)
            return _SECRETS.sub(_GONE, unsigned)
        case list():
            return [scrubbed(one) for one in value]
        case dict():
            return {key: scrubbed(one) for key, one in value.items()}
        case _:
            return value


_JSON = "application/json"
_KINDS = ("PostWorkflow", "CampaignWorkflow", "PieceWorkflow", "ClipsWorkflow")
# Visibility may lag; runs that were kept before are not read again.
_BEHIND = timedelta(minutes=15)


class Auditing(AuditActivities):
    """Writes the record of each ended run once; no record is overwritten."""

    def __init__(self, client: Client, state: ObjectStore) -> None:
        self._client = client
        self._state = state

    @activity.defn
    async def keep_records(self, task: KeepRecords) -> KeptRecords:
        """Keep the records of posts, campaigns, longer texts and clips that ended since.

        Safe to repeat: an attempt goes on where the one before stopped.

        Raises:
            ApplicationError: ``StoreError``.
        """
        now = datetime.now(UTC)
        try:
            async with heartbeating():
                return KeptRecords(until=now - _BEHIND, kept=await self._keep(task))
        except StoreError as error:
            raise failure(error, kind="StoreError") from None

    async def _keep(self, task: KeepRecords) -> int:
        asked = (
            f'TaskQueue="{task.task_queue}" AND {among("WorkflowType", _KINDS)} '
            'AND ExecutionStatus != "Running"'
        )
        if task.since is not None:
            asked += f" AND {since(task.since)}"
        kept, known = 0, dict[str, set[str]]()
        async for run in self._client.list_workflows(asked):
            folder = records_of(campaign_key(run.id))
            # One listing a campaign, rather than one request a run.
            if folder not in known:
                known[folder] = set(await self._state.names(folder))
            name = record_name(run.id, run.run_id)
            if name in known[folder]:
                continue
            try:
                record = await record_of(self._client, run)
            except RPCError as error:
                if error.status is RPCStatusCode.NOT_FOUND:
                    continue  # its retention ended while it was listed
                raise
            body = record.model_dump_json(indent=1).encode()
            kept += await self._state.put_if_absent(name, body, _JSON)
        return kept
