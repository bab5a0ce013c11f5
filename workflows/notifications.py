"""NotificationWorkflow sends one message; AttentionWorkflow finds what needs one."""

import asyncio
from typing import TYPE_CHECKING

from temporalio import workflow
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import ActivityError, ApplicationError, WorkflowAlreadyStartedError

with workflow.unsafe.imports_passed_through():
    from activities.interfaces import AttentionActivities, NotifyingActivities
    from galley.models.notification import (
        AttentionInput,
        Delivered,
        DeliverNotification,
        LookAround,
        LookReply,
        NotificationResult,
        NotifyChannel,
        Outgoing,
    )
    from workflows import ids, options
    from workflows.details import literal
    from workflows.runtime import cause, is_long

if TYPE_CHECKING:
    from temporalio.client import Client  # no workflow has one


@workflow.defn
class NotificationWorkflow:
    """One message to all configured channels; ID ``notification:<message id>``.

    The run fails if a channel did not take the message within a day, so ``list`` shows it.
    """

    @workflow.run
    async def run(self, start: Outgoing) -> NotificationResult:
        # At once, so that a receiver that is down keeps no other one waiting.
        tried = await asyncio.gather(
            *(self._deliver(start.id, channel) for channel in start.channels)
        )
        missed = [one for one in tried if isinstance(one, str)]
        if missed:
            raise ApplicationError(" ".join(missed), type="Undelivered", non_retryable=True)
        return NotificationResult(
            delivered=tuple(one for one in tried if isinstance(one, Delivered))
        )

    async def _deliver(self, message: str, channel: NotifyChannel) -> Delivered | str:
        """Return the delivery, or the reason that there was none."""
        try:
            return await workflow.execute_activity_method(
                NotifyingActivities.deliver_notification,
                DeliverNotification(id=message, channel=channel),
                **options.queued(options.DELIVER_NOTIFICATION, ids.Queue.NOTIFICATIONS, channel),
            )
        except ActivityError as error:
            return f"{channel}: {cause(error)}"


@workflow.defn
class AttentionWorkflow:
    """Finds what needs a person, again and again; ID ``attention:<task queue>``.

    It ends when no channel is configured any more. Posts do nothing for it: it finds them
    by their search attributes.
    """

    @workflow.init
    def __init__(self, start: AttentionInput) -> None:
        self._events_per_run = start.events_per_run
        self._started = start.started

    @workflow.run
    async def run(self, start: AttentionInput) -> None:
        del start  # read in __init__
        while True:
            found = await self._look()
            if not found.is_wanted:
                return
            for one in found.outgoing:
                await self._send(one)
            # The next look takes these off the list of messages to send.
            self._started = tuple(one.id for one in found.outgoing)
            self._show(found)
            if is_long(self._events_per_run):
                workflow.continue_as_new(
                    AttentionInput(started=self._started, events_per_run=self._events_per_run)
                )
            await workflow.sleep(found.every)

    async def _look(self) -> LookReply:
        task = LookAround(task_queue=workflow.info().task_queue, started=self._started)
        return await workflow.execute_activity_method(
            AttentionActivities.look_around,
            task,
            **options.queued(options.LOOK_AROUND, ids.Queue.NOTIFICATIONS),
        )

    async def _send(self, message: Outgoing) -> None:
        """Start the run that sends a message; one that was started before goes on."""
        try:
            child = await workflow.start_child_workflow(
                NotificationWorkflow.run,
                message,
                id=ids.notification_id(message.id),
                id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
                parent_close_policy=workflow.ParentClosePolicy.ABANDON,
                static_summary=literal(message.title),
            )
        except WorkflowAlreadyStartedError:
            workflow.logger.info("%s is on its way already", message.id)
        else:
            # A failure is read and dropped: nobody here awaits the child, and asyncio
            # would log an exception that was never retrieved.
            child.add_done_callback(lambda done: done.cancelled() or done.exception())

    def _show(self, found: LookReply) -> None:
        titles = [f"- {literal(one.title)}" for one in found.outgoing] or ["- nothing new"]
        at = f"{workflow.now():%Y-%m-%d %H:%M:%S} UTC"
        workflow.set_current_details("\n".join([f"**Looked at {at}**", "", *titles]))


async def start_attention(client: "Client") -> None:
    """Start AttentionWorkflow unless it runs: one an installation, whoever comes first."""
    await client.start_workflow(
        AttentionWorkflow.run,
        AttentionInput(),
        id=ids.attention_id(ids.TASK_QUEUE),
        task_queue=ids.TASK_QUEUE,
        id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
        static_summary="what needs a person",
    )
