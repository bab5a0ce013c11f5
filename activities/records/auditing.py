"""Keep what ended: a record of each run, before Temporal forgets it."""

from datetime import UTC, datetime, timedelta

from temporalio import activity
from temporalio.client import Client, WorkflowExecution
from temporalio.service import RPCError, RPCStatusCode

from activities.beating import heartbeating
from activities.failures import failure
from activities.interfaces import AuditActivities
from activities.records.run_records import record_of
from activities.records.visible import among, since
from galley.audit.run_records import campaign_key, record_name, records_of
from galley.clients.storage import ObjectStore, StoreError
from galley.models.audit import KeepRecords, KeptRecords

_JSON = "application/json"
_KINDS = ("PostWorkflow", "CampaignWorkflow", "PieceWorkflow", "ClipsWorkflow")
_BEHIND = timedelta(minutes=15)
"""Visibility may be behind; what was kept before is not read again."""


class Auditing(AuditActivities):
    """Writes records, each once; nothing is ever overwritten."""

    def __init__(self, client: Client, state: ObjectStore) -> None:
        self._client = client
        self._state = state

    @activity.defn
    async def keep_records(self, task: KeepRecords) -> KeptRecords:
        """Keep each post, campaign, longer text and clips, ended since then.

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
            if folder not in known:
                known[folder] = set(await self._state.names(folder))
            if record_name(run.id, run.run_id) not in known[folder]:
                kept += await self._write(run)
        return kept

    async def _write(self, run: WorkflowExecution) -> int:
        try:
            record = await record_of(self._client, run)
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                return 0  # Its retention ended while it was listed.
            raise
        body = record.model_dump_json(indent=1).encode()
        name = record_name(run.id, run.run_id)
        return int(await self._state.put_if_absent(name, body, _JSON))
