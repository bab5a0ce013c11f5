"""AuditWorkflow: keeps the records of ended runs before Temporal deletes their histories."""

from datetime import timedelta

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.interfaces import AuditActivities
    from galley.models.records import AuditInput, KeepRecords, KeptRecords
    from workflows import ids, options
    from workflows.runtime import is_long


@workflow.defn
class AuditWorkflow:
    """Keeps ended runs, again and again, until terminated; ID ``audit:<task queue>``.

    Posts do nothing for it: it finds ended ones by Temporal's visibility.
    """

    @workflow.init
    def __init__(self, start: AuditInput) -> None:
        self._start = start

    @workflow.run
    async def run(self, start: AuditInput) -> None:
        del start  # read in __init__
        while True:
            found = await self._keep()
            self._start = self._start.model_copy(update={"since": found.until})
            at = f"{workflow.now():%Y-%m-%d %H:%M:%S} UTC"
            workflow.set_current_details(f"**Looked at {at}**: {found.kept} new records")
            if is_long(self._start.events_per_run):
                workflow.continue_as_new(self._start)
            await workflow.sleep(timedelta(seconds=self._start.every_seconds))

    async def _keep(self) -> KeptRecords:
        task = KeepRecords(task_queue=workflow.info().task_queue, since=self._start.since)
        return await workflow.execute_activity_method(
            AuditActivities.keep_records,
            task,
            **options.queued(options.KEEP_RECORDS, ids.Queue.NOTIFICATIONS),
        )
