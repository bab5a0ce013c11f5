"""Begin to look for what needs a person, and to keep what ended."""

from temporalio.client import Client
from temporalio.common import WorkflowIDConflictPolicy

from galley.clients.notifying.opening import is_configured
from galley.models.audit import AuditInput
from galley.models.notification import AttentionInput
from galley.settings import Settings
from workflows import ids
from workflows.attention import AttentionWorkflow
from workflows.audit import AuditWorkflow


async def look_for_needs(client: Client, settings: Settings) -> None:
    """Start the one workflow that looks, unless it runs or nobody is to be told."""
    if not is_configured(settings):
        return
    await client.start_workflow(
        AttentionWorkflow.run,
        AttentionInput(),
        id=ids.attention_id(ids.TASK_QUEUE),
        task_queue=ids.TASK_QUEUE,
        id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
        static_summary="what needs a person",
    )


async def keep_what_ends(client: Client, settings: Settings) -> None:
    """Start the one workflow that keeps records of what ended, unless it runs."""
    if not settings.audit_every_seconds:
        return
    await client.start_workflow(
        AuditWorkflow.run,
        AuditInput(every_seconds=settings.audit_every_seconds),
        id=ids.audit_id(ids.TASK_QUEUE),
        task_queue=ids.TASK_QUEUE,
        id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
        static_summary="records of what ended",
    )
