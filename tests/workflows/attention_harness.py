"""Look for what needs a person, and tell real receivers, beside a harness."""

import base64
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import SecretStr
from standardwebhooks import Webhook
from temporalio.client import Client, WorkflowExecutionStatus, WorkflowHandle
from temporalio.worker import Worker

from activities.notifications.messages import Attention, Notifying
from galley.clients.storage import ObjectStore
from galley.models.notification import AttentionInput
from galley.settings import Settings
from tests.bounded_worker import BoundedWorker
from tests.receivers import Receiver, receiving
from tests.workflows.harness import Harness, until
from workflows import ids
from workflows.notifications import AttentionWorkflow, NotificationWorkflow

SECRET = f"whsec_{base64.b64encode(bytes(range(32))).decode()}"


@dataclass
class Clock:
    """Each look happens a minute after the one before."""

    minutes: int = 0

    def __call__(self) -> datetime:
        self.minutes += 1
        return datetime.now(UTC) + timedelta(minutes=self.minutes)


@dataclass
class AttentionHarness:
    """One installation's look-out, on the task queue of a harness."""

    client: Client
    queue: str
    receiver: Receiver
    store: ObjectStore
    settings: Settings
    clock: Clock = field(default_factory=Clock)

    def worker(self) -> Worker:
        attention = Attention(self.client, self.store, self.settings, self.clock)
        notifying = Notifying(self.client, self.store, self.settings)
        return BoundedWorker(
            self.client,
            task_queue=ids.Queue.NOTIFICATIONS.beside(self.queue),
            activities=[attention.look_around, notifying.deliver_notification],
        )

    async def start(self, **changes: object) -> WorkflowHandle[AttentionWorkflow, None]:
        return await self.client.start_workflow(
            AttentionWorkflow.run,
            AttentionInput().model_copy(update=changes),
            id=ids.attention_id(self.queue),
            task_queue=self.queue,
        )

    async def told(self, count: int = 1) -> list[dict[str, Any]]:
        """Wait for so many requests, and return what they said, verified."""

        async def taken() -> int:
            return len(self.receiver.taken)

        await until(taken, lambda found: found >= count)
        return [Webhook(SECRET).verify(one.body, one.headers) for one in self.receiver.taken]

    async def looks(self, more: int = 3) -> None:
        """Wait until it has looked around a few times more."""
        enough = self.clock.minutes + more

        async def minutes() -> int:
            return self.clock.minutes

        await until(minutes, lambda found: found >= enough)

    def message(self, at: int = 0) -> WorkflowHandle[NotificationWorkflow, Any]:
        """Return the run of a message that was taken."""
        message_id = self.receiver.taken[at].headers["webhook-id"]
        return self.client.get_workflow_handle_for(
            NotificationWorkflow.run, ids.notification_id(message_id)
        )

    async def ended(self, at: int = 0) -> WorkflowExecutionStatus:
        """Wait until that run has ended, and return how."""

        async def status() -> WorkflowExecutionStatus | None:
            return (await self.message(at).describe()).status

        running = WorkflowExecutionStatus.RUNNING
        found = await until(status, lambda one: one is not running)
        assert found is not None
        return found


def settings_of(receiver: Receiver, **changes: object) -> Settings:
    """Return settings by which it is told, twice a second."""
    given: dict[str, object] = {
        "notify_webhook_url": receiver.url,
        "notify_webhook_secret": SecretStr(SECRET),
        "notify_every_seconds": 0.5,
        **changes,
    }
    return Settings.model_construct(**given)  # pyright: ignore[reportArgumentType] - settings by name


@asynccontextmanager
async def watching(
    harness: Harness, receiver: Receiver, store: ObjectStore | None = None, **changes: object
) -> AsyncGenerator[AttentionHarness]:
    """Run the look-out and the receiver; it is not started yet."""
    async with receiving(receiver):
        settings = settings_of(receiver, **changes)
        if settings.events_url is not None:
            settings = settings.model_copy(update={"events_url": receiver.url})
        attention_harness = AttentionHarness(
            harness.client, harness.queue, receiver, store or harness.store, settings
        )
        async with attention_harness.worker():
            yield attention_harness
            handle = harness.client.get_workflow_handle(ids.attention_id(harness.queue))
            if (await handle.describe()).status is WorkflowExecutionStatus.RUNNING:
                await handle.terminate()
