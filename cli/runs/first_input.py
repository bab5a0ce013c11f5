"""What a run was started with, from its history."""

from typing import TypeVar

from pydantic import BaseModel
from temporalio.client import Client

_T = TypeVar("_T", bound=BaseModel)


async def first_input(client: Client, workflow_id: str, shape: type[_T]) -> _T | None:
    """Return the input of the latest run of an ID, or ``None`` if it has no events."""
    handle = client.get_workflow_handle(workflow_id)
    async for event in handle.fetch_history_events(page_size=1):
        begun = event.workflow_execution_started_event_attributes
        decoded = await client.data_converter.decode(begun.input.payloads, [shape])
        found: object = decoded[0]
        return found if isinstance(found, shape) else None
    return None
