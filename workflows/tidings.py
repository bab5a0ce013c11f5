"""Tell posts what became of them, several at once.

Each signal to another workflow costs a workflow task of its own when it is sent alone;
sent together, a burst shares one. What one post is told arrives in order: the next word
goes out when the last has been taken.
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
        self._untold = list(untold)
        self._sending: dict[str, asyncio.Task[None]] = {}

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
        return tuple(self._untold)

    def add(self, workflow_id: str, progress: Progress) -> None:
        """Keep the news for the next :meth:`send`; a full batch goes at once."""
        self._untold.append(Untold(reply_to=workflow_id, progress=progress))
        if len(self._untold) >= _ENOUGH:
            self.send()

    def send(self) -> None:
        """Send everything that waits, in order where it goes to the same post."""
        letters: dict[str, list[Progress]] = {}
        for one in self._untold:
            letters.setdefault(one.reply_to, []).append(one.progress)
        self._untold.clear()
        for workflow_id, news in letters.items():
            before = self._sending.get(workflow_id)
            task = asyncio.create_task(self._tell(workflow_id, news, before))
            self._sending[workflow_id] = task

    async def _tell(
        self,
        workflow_id: str,
        news: list[Progress],
        before: asyncio.Task[None] | None,
    ) -> None:
        if before is not None:
            await before
        for progress in news:
            await _signal(workflow_id, progress)
        if self._sending.get(workflow_id) is asyncio.current_task():
            del self._sending[workflow_id]


async def _signal(workflow_id: str, progress: Progress) -> None:
    handle = workflow.get_external_workflow_handle(workflow_id)
    try:
        await handle.signal("progress", progress)
    except ApplicationError as error:
        # The post's run is gone; its receipt says what became of it.
        workflow.logger.warning("%s was not told: %s", workflow_id, error)
