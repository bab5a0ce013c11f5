"""The activity ``remember_account``: keeps an account's pauses in the state bucket.

AccountWorkflow calls it.
"""

from datetime import UTC, datetime

from pydantic import ValidationError
from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.interfaces import MemoryActivities
from galley.clients.storage import ObjectStore, StoreError
from galley.publishing.job.memory import AccountMemory, RememberAccount, Remembered

UNREADABLE = "unreadable"
"""Stands for the run of a memory that this build cannot read."""


class AccountRemembering(MemoryActivities):
    """Writes ``accounts/<organization>.json``, one run after the other."""

    def __init__(self, state: ObjectStore) -> None:
        self._state = state

    @activity.defn
    async def remember_account(self, task: RememberAccount) -> Remembered:
        """Write the memory, unless a run that it does not follow wrote one.

        Safe to repeat: a late attempt finds what was written since, by its own run or a newer
        one, and writes nothing.

        Raises:
            ApplicationError: ``StoreError``, to be tried again however long it takes.
        """
        name = f"accounts/{task.organization_id}.json"
        run_id = activity.info().workflow_run_id or ""
        memory = AccountMemory(
            run_id=run_id,
            number=task.number,
            pauses=task.pauses,
            windows=task.windows,
            recorded_at=datetime.now(UTC),
        )
        body = memory.model_dump_json(indent=2).encode()
        try:
            while True:
                held, version = await self._state.read_versioned(name)
                found = _found(held, memory, {run_id, *task.follows})
                if found is not None:
                    return found
                if await self._state.replace(name, body, "application/json", version):
                    return Remembered()
        except StoreError as error:
            # Even a refused permission: until a person mends it, nothing is created.
            raise ApplicationError(str(error), type="StoreError") from None


def _found(held: bytes | None, mine: AccountMemory, known: set[str]) -> Remembered | None:
    """Return the reply if nothing is to be written."""
    if held is None:
        return None
    try:
        memory = AccountMemory.model_validate_json(held)
    except ValidationError:
        return None if UNREADABLE in known else Remembered(other_run_id=UNREADABLE)
    if memory.run_id not in known:
        return Remembered(other_run_id=memory.run_id, other=memory)
    is_newer = memory.run_id == mine.run_id and memory.number > mine.number
    return Remembered() if is_newer else None
