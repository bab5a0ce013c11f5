"""Tell posts what became of them, several at once.

Each signal to another workflow costs a workflow task of its own when it is sent alone;
sent together, a burst shares one.
"""

import asyncio

from temporalio import workflow
from temporalio.exceptions import ApplicationError

from galley.models import Progress
from galley.outbox.state import Untold

_ENOUGH = 10


class Tidings:
    """Progress that has not been told yet, and what is on its way."""

    def __init__(self, untold: tuple[Untold, ...] = ()) -> None:
        self._untold = [(one.reply_to, one.progress) for one in untold]
        self._sending: set[asyncio.Task[None]] = set()

    @property
    def is_waiting(self) -> bool:
        """Whether something has not been sent."""
        return bool(self._untold)

    @property
    def is_sending(self) -> bool:
        """Whether something was sent and not taken yet."""
        return bool(self._sending)

    @property
    def untold(self) -> tuple[Untold, ...]:
        """What is left to the next run."""
        return tuple(Untold(reply_to=to, progress=news) for to, news in self._untold)

    def add(self, workflow_id: str, progress: Progress) -> None:
        """Keep the news for the next :meth:`send`; a full batch goes at once."""
        self._untold.append((workflow_id, progress))
        if len(self._untold) >= _ENOUGH:
            self.send()

    def send(self) -> None:
        """Send everything that waits."""
        for workflow_id, progress in self._untold:
            task = asyncio.create_task(_signal(workflow_id, progress))
            self._sending.add(task)
            task.add_done_callback(self._sending.discard)
        self._untold.clear()


async def _signal(workflow_id: str, progress: Progress) -> None:
    handle = workflow.get_external_workflow_handle(workflow_id)
    try:
        await handle.signal("progress", progress)
    except ApplicationError as error:
        # The post's run is gone; its receipt says what became of it.
        workflow.logger.warning("%s was not told: %s", workflow_id, error)
