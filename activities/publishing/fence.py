"""AttemptFence: no two runs of an account make the same attempt at ``createPost``.

Each attempt leaves an object ``attempts/<job>.<number>.json`` before the request goes out. A run
that was reset comes to the same number again, and finds the object of the run before it.
"""

import asyncio

from temporalio import activity

from galley.clients.storage import ObjectStore, StoreError
from galley.models.base import Model
from galley.models.publishing import CreatePost, CreateReply, ReplyKind

# Seconds. AccountWorkflow makes one call at a time, and a retract must not wait for a bucket.
_PATIENCE = 3.0
_SILENT = "The state bucket did not answer in time."


class Attempt(Model):
    """Content of an attempt's object: who made it."""

    run_id: str
    activity_id: str
    execution: int
    """Of the activity: another one of the same activity may have sent the request."""


class AttemptFence:
    """Lets an attempt through once."""

    def __init__(self, state: ObjectStore) -> None:
        self.state = state

    async def enter(self, task: CreatePost) -> CreateReply | None:
        """Return ``None`` if the request may be sent, else the reply of an attempt not made."""
        info = activity.info()
        mine = Attempt(
            run_id=info.workflow_run_id or "", activity_id=info.activity_id, execution=info.attempt
        )
        prefix = f"attempts/{task.job_id}."
        body, name = mine.model_dump_json().encode(), f"{prefix}{task.attempt}.json"
        try:
            async with asyncio.timeout(_PATIENCE):
                if await self.state.put_if_absent(name, body, "application/json"):
                    return None
                # The store may have taken ours and lost its reply: nothing was sent yet.
                if await self.state.get(name) == body:
                    return None
                made = [
                    int(number)
                    for one in await self.state.names(prefix)
                    if (number := one.removeprefix(prefix).removesuffix(".json")).isdecimal()
                ]
        except StoreError as error:
            return CreateReply(kind=ReplyKind.STORE_AWAY, message=str(error))
        except TimeoutError:
            return CreateReply(kind=ReplyKind.STORE_AWAY, message=_SILENT)
        return CreateReply(kind=ReplyKind.ATTEMPTED, attempts=max(made, default=task.attempt))
