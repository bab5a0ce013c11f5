"""A worker that lacks a key takes no work that others could do.

A workflow task that cannot be decrypted is given back to Temporal by the SDK, for as
long as it takes. A step is not: each attempt counts. So a worker without its key does
not start, and one that is given such a step, because another worker has a newer key,
stops.
"""

import logging
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from temporalio.api.common.v1 import Payload
from temporalio.client import Client, WorkflowExecution, WorkflowHandle
from temporalio.converter import DataConverter
from temporalio.service import RPCError

from galley.clients.payloads.encryption import key_id_of
from galley.clients.payloads.errors import MissingKeyError, PayloadKeyError

_MOST = 1000
"""Open runs that are looked at, the latest first: one request."""

OnMissingKey = Callable[[MissingKeyError], None]


@dataclass(frozen=True)
class GuardedConverter(DataConverter):
    """Says of what a step is given, or is answered, that its key is missing.

    The SDK decodes the inputs of steps by this method, and those of workflows by
    another. Steps are encrypted by workers alone: no client's mistake is told here.
    """

    on_missing_key: OnMissingKey = field(kw_only=True)

    async def decode(
        self, payloads: Sequence[Payload], type_hints: list[type] | None = None
    ) -> list[Any]:
        """Decode as ever.

        Raises:
            MissingKeyError: The key is not here; it has been told.
        """
        try:
            return await super().decode(payloads, type_hints)
        except MissingKeyError as error:
            self.on_missing_key(error)
            raise


class KeyGuard:
    """Stops a worker that was given a step whose key it does not have."""

    def __init__(self, stop: Callable[[], None]) -> None:
        self._stop = stop
        self._told: list[MissingKeyError] = []

    def __call__(self, error: MissingKeyError) -> None:
        """Take no more work."""
        self._told.append(error)
        self._stop()

    def check(self) -> None:
        """Say why the worker stopped.

        Raises:
            MissingKeyError: It was given a step whose key it does not have.
        """
        if self._told:
            raise self._told[0]


async def refuse_unreadable(
    client: Client, key_ids: Sequence[str], by_memo: str, by_input: str
) -> None:
    """Hold that the keys of open runs are here, as far as workers encrypted them.

    Args:
        client: Connected to the namespace.
        key_ids: Of the keys that are here.
        by_memo: Type of the workflows that workers start with a memo.
        by_input: Type of those, few, that workers start without one.

    Raises:
        PayloadKeyError: An open run is encrypted with another key.
    """
    try:
        async for run_id, needed in _needed(client, by_memo, by_input):
            if needed not in key_ids:
                raise PayloadKeyError(
                    f"{run_id} is open and encrypted with the key {needed}, which is "
                    "not here: add that key to GALLEY_PAYLOAD_KEYS or to the file "
                    "GALLEY_PAYLOAD_KEYS_FILE. Old keys stay, after the new one."
                )
    except RPCError as error:
        # Who may not list may still work; a step without its key would stop the worker.
        logging.getLogger(__name__).warning(
            "The keys of open runs were not looked at: %s", error.status.name
        )


async def _needed(
    client: Client, by_memo: str, by_input: str
) -> AsyncIterator[tuple[str, str]]:
    opened = 'ExecutionStatus="Running" AND WorkflowType='
    async for run in client.list_workflows(f'{opened}"{by_memo}"', limit=_MOST):
        for payload in run.raw_info.memo.fields.values():
            if (key_id := key_id_of(payload)) is not None:
                yield run.id, key_id
    async for run in client.list_workflows(f'{opened}"{by_input}"', limit=_MOST):
        for payload in await _first_input(client, run):
            if (key_id := key_id_of(payload)) is not None:
                yield run.id, key_id


async def _first_input(client: Client, run: WorkflowExecution) -> list[Payload]:
    handle: WorkflowHandle[Any, Any] = client.get_workflow_handle(
        run.id, run_id=run.run_id
    )
    async for event in handle.fetch_history_events(page_size=1):
        return [*event.workflow_execution_started_event_attributes.input.payloads]
    return []
