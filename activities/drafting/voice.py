"""The activities ``teach_voice`` and ``recall_lessons``, which reach a VoiceWorkflow.

PostWorkflow teaches; CampaignWorkflow recalls.
"""

import asyncio
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from temporalio import activity
from temporalio.client import Client, WorkflowQueryFailedError
from temporalio.common import WorkflowIDConflictPolicy
from temporalio.exceptions import ApplicationError
from temporalio.service import RPCError, RPCStatusCode

from activities.edge import failure, heartbeating
from activities.interfaces import VoiceActivities
from galley.clients.storage import ObjectStore, StoreError
from galley.models.brand import (
    Learn,
    LessonBook,
    LessonsRef,
    RecalledLessons,
    RecallLessons,
    TeachVoice,
    VoiceInput,
    VoiceView,
)

# Longer than a killed worker holds its workflows back (workers/queues.py).
_PATIENCE = timedelta(seconds=6)
_REFUSALS = {
    RPCStatusCode.INVALID_ARGUMENT,
    RPCStatusCode.NOT_FOUND,
    RPCStatusCode.PERMISSION_DENIED,
    RPCStatusCode.UNAUTHENTICATED,
}


@dataclass(frozen=True)
class VoiceAddress:
    """The VoiceWorkflow's type, task queue and ID.

    The composition root gives it, because activities import no workflow.
    """

    workflow: str
    task_queue: str
    id_of: Callable[[str], str]


class VoiceGateway(VoiceActivities):
    """Signal and query VoiceWorkflow through the Temporal client."""

    def __init__(
        self,
        client: Client,
        address: VoiceAddress,
        state: ObjectStore,
        patience: timedelta = _PATIENCE,
    ) -> None:
        self._client = client
        self._patience = patience
        self._address = address
        self._state = state

    @activity.defn
    async def teach_voice(self, task: TeachVoice) -> None:
        """Signal the lessons, and start the workflow unless it runs.

        Safe to repeat: lessons are known by their IDs.

        Raises:
            ApplicationError: ``VoiceError``, final where Temporal refuses the signal.
        """
        try:
            async with heartbeating():
                address = self._address
                await self._client.start_workflow(
                    address.workflow,
                    VoiceInput(brand=task.brand, name=task.name),
                    id=address.id_of(task.brand),
                    task_queue=address.task_queue,
                    id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
                    start_signal="learn",
                    start_signal_args=[Learn(lessons=task.lessons)],
                    static_summary=f"voice · {task.name or task.brand}"[:200],
                )
        except RPCError as error:
            # Its words may quote a lesson: they go into the log and not into a history.
            activity.logger.warning("lessons not signalled: %s", error.message)
            raise ApplicationError(
                f"Temporal did not take the lessons ({error.status.name}): the worker's "
                "log says why.",
                type="VoiceError",
                non_retryable=error.status in _REFUSALS,
            ) from None

    @activity.defn
    async def recall_lessons(self, task: RecallLessons) -> RecalledLessons:
        """Store the lessons of a brand, and return a reference or why there is none.

        Safe to repeat: the object is named by its content.

        Raises:
            ApplicationError: ``StoreError``, final unless the store may answer later.
        """
        async with heartbeating():
            view = await self._view(task.brand)
            if view is None:
                return RecalledLessons(missing="the voice did not answer")
            if not view.lessons:
                return RecalledLessons()
            try:
                data = LessonBook(brand=view.brand, lessons=view.lessons).model_dump_json().encode()
                sha256 = hashlib.sha256(data).hexdigest()
                name = f"lessons/{sha256}.json"
                await self._state.put_if_absent(name, data, "application/json", same=True)
            except StoreError as error:
                raise failure(error, kind="StoreError") from None
        ref = LessonsRef(brand=view.brand, sha256=sha256, count=len(view.lessons))
        return RecalledLessons(lessons=ref)

    async def _view(self, brand: str) -> VoiceView | None:
        """Return the lessons: none if there is no voice, ``None`` if it does not answer."""
        # By ID alone, so that a voice that was terminated answers too, with its last lessons.
        handle = self._client.get_workflow_handle(self._address.id_of(brand))
        try:
            # The SDK retries a query while no worker answers, whatever rpc_timeout says.
            async with asyncio.timeout(self._patience.total_seconds()):
                return await handle.query("view", result_type=VoiceView, rpc_timeout=self._patience)
        except TimeoutError:
            return None
        except RPCError as error:
            is_none = error.status is RPCStatusCode.NOT_FOUND
            return VoiceView(brand=brand) if is_none else None
        except WorkflowQueryFailedError:
            return None
