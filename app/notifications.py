"""Messages to a person that did not arrive."""

from datetime import UTC, datetime, timedelta

from temporalio.client import Client, WorkflowExecutionStatus

from workflows import ids

_UNDER_WAY = timedelta(minutes=10)
"""A message that is not delivered by then has a receiver that is down."""
_MOST = 5


async def undelivered_lines(
    client: Client, task_queue: str = ids.TASK_QUEUE
) -> list[str]:
    """Return a line for each message that did not arrive, or has not so far."""
    since = datetime.now(UTC) - _UNDER_WAY
    late = f'ExecutionStatus="Running" AND StartTime < "{since:%Y-%m-%dT%H:%M:%SZ}"'
    asked = (
        f'WorkflowType="NotificationWorkflow" AND TaskQueue="{task_queue}" '
        f'AND (ExecutionStatus="Failed" OR ({late}))'
    )
    lines = list[str]()
    async for one in client.list_workflows(asked, limit=_MOST):
        is_tried = one.status is WorkflowExecutionStatus.RUNNING
        how = "is still being tried" if is_tried else "did not arrive"
        lines.append(
            f"A notification of {one.start_time:%Y-%m-%d %H:%M} UTC {how}: {one.id} in "
            "the Temporal UI says why."
        )
    return lines
