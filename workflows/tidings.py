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
        self._letters: dict[str, list[Progress]] = {}
        self._telling: dict[str, asyncio.Task[None]] = {}
        self._is_stopped = False

    @property
    def is_waiting(self) -> bool:
        """Whether something has not been sent."""
        return bool(self._untold)

    @property
    def is_sending(self) -> bool:
        """Whether something was sent and not taken yet."""
        return bool(self._telling)

    @property
    def untold(self) -> tuple[Untold, ...]:
        """What is left to the next run."""
        letters = (
            Untold(reply_to=workflow_id, progress=progress)
            for workflow_id, news in self._letters.items()
            for progress in news
        )
        return (*letters, *self._untold)

    def add(self, workflow_id: str, progress: Progress) -> None:
        """Keep the news for the next :meth:`send`; a full batch goes at once.

        What waits to be told already is not told twice.
        """
        one = Untold(reply_to=workflow_id, progress=progress)
        if one in self._untold or progress in self._letters.get(workflow_id, ()):
            return
        self._untold.append(one)
        if len(self._untold) >= _ENOUGH:
            self.send()

    def send(self) -> None:
        """Send everything that waits, in order where it goes to the same post."""
        if self._is_stopped:
            return
        for one in self._untold:
            self._letters.setdefault(one.reply_to, []).append(one.progress)
        self._untold.clear()
        for workflow_id in self._letters:
            if workflow_id not in self._telling:
                task = asyncio.create_task(self._tell(workflow_id))
                self._telling[workflow_id] = task

    def stop(self) -> None:
        """Send nothing more: the next run tells the rest."""
        self._is_stopped = True

    async def _tell(self, workflow_id: str) -> None:
        news = self._letters[workflow_id]
        while news and not self._is_stopped:
            await _signal(workflow_id, news.pop(0))
        if not news:
            del self._letters[workflow_id]
        del self._telling[workflow_id]


async def _signal(workflow_id: str, progress: Progress) -> None:
    handle = workflow.get_external_workflow_handle(workflow_id)
    try:
        await handle.signal("progress", progress)
    except ApplicationError as error:
        # The post's run is gone; its receipt says what became of it.
        workflow.logger.warning("%s was not told: %s", workflow_id, error)
