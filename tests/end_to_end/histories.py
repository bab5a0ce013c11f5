"""Every history there is, with the words of its payloads."""

import base64
import json
from collections.abc import AsyncGenerator, Iterator
from dataclasses import dataclass
from typing import Any, cast

from temporalio.client import Client, WorkflowHandle


@dataclass(frozen=True)
class History:
    """One run: what it is, how many events it has, and every string in them."""

    workflow_id: str
    kind: str
    events: int
    text: str


async def all_histories(client: Client, query: str = "") -> AsyncGenerator[History]:
    """Give every run, those that were continued as new too."""
    async for run in client.list_workflows(query):
        handle: WorkflowHandle[Any, Any] = client.get_workflow_handle(run.id, run_id=run.run_id)
        history = await handle.fetch_history()
        text = "\n".join(strings_in(history.to_json_dict()))
        yield History(run.id, run.workflow_type, len(history.events), text)


def strings_in(value: object) -> Iterator[str]:
    """Give every string in a JSON value; payloads are decoded first."""
    match value:
        case str():
            yield value
        case dict():
            fields = cast("dict[str, object]", value)
            yield from _payload_of(fields)
            for field in fields.values():
                yield from strings_in(field)
        case list():
            for item in cast("list[object]", value):
                yield from strings_in(item)
        case _:
            return


def _payload_of(fields: dict[str, object]) -> Iterator[str]:
    data = fields.get("data")
    if "metadata" in fields and isinstance(data, str):
        yield from strings_in(json.loads(base64.b64decode(data) or b"null"))
