"""NotificationWorkflow sends one message; AttentionWorkflow finds what needs one."""

import asyncio
from typing import Any

from temporalio import workflow
from temporalio.common import WorkflowIDReusePolicy
from temporalio.exceptions import ActivityError, ApplicationError, WorkflowAlreadyStartedError

with workflow.unsafe.imports_passed_through():
    from activities.interfaces import NotifyingActivities
    from galley.models.notification import (
        Delivered,
        DeliverNotification,
        NotificationResult,
        NotifyChannel,
        Outgoing,
    )
    from workflows import ids, options
    from workflows.runtime import cause


@workflow.defn
class NotificationWorkflow:
    """One message, ID ``notification:<message id>``, which receivers know it by.

    A receiver that is down keeps no other one waiting. What no attempt of a day brought
    there fails the run, so that it is seen in the list.
    """

    @workflow.run
    async def run(self, start: Outgoing) -> NotificationResult:
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
        """Return when it was taken, or why it was not."""
        named = options.named(options.DELIVER_NOTIFICATION, channel)
        try:
            return await workflow.execute_activity_method(
                NotifyingActivities.deliver_notification,
                DeliverNotification(id=message, channel=channel),
                **options.queued(named, ids.notification_queue),
            )
        except ActivityError as error:
            return f"{channel}: {cause(error)}"


with workflow.unsafe.imports_passed_through():
    from activities.interfaces import AttentionActivities
    from galley.models.notification import AttentionInput, LookAround, LookReply, Outgoing
    from workflows import ids, options
    from workflows.runtime import is_long


@workflow.defn
class AttentionWorkflow:
    """One per installation, ID ``attention:<task queue>``.

    It runs while somebody is to be told, and goes on by continue-as-new. Posts do not
    know of it: it finds them by their search attributes.
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
            self._started = tuple(one.id for one in found.outgoing)
            self._show(found)
            if is_long(self._events_per_run):
                self._go_on_anew()
            await workflow.sleep(found.every)

    async def _look(self) -> LookReply:
        task = LookAround(task_queue=workflow.info().task_queue, started=self._started)
        return await workflow.execute_activity_method(
            AttentionActivities.look_around,
            task,
            **options.queued(options.LOOK_AROUND, ids.notification_queue),
        )

    async def _send(self, message: Outgoing) -> None:
        """Start the run that sends it; one that was started before goes on."""
        try:
            child = await workflow.start_child_workflow(
                NotificationWorkflow.run,
                message,
                id=ids.notification_id(message.id),
                id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
                parent_close_policy=workflow.ParentClosePolicy.ABANDON,
                static_summary=message.title,
            )
        except WorkflowAlreadyStartedError:
            workflow.logger.info("%s is on its way already", message.id)
        else:
            child.add_done_callback(_noticed)

    def _go_on_anew(self) -> None:
        workflow.continue_as_new(
            AttentionInput(started=self._started, events_per_run=self._events_per_run)
        )

    def _show(self, found: LookReply) -> None:
        titles = [f"- {one.title}" for one in found.outgoing] or ["- nothing new"]
        at = f"{workflow.now():%Y-%m-%d %H:%M:%S} UTC"
        workflow.set_current_details("\n".join([f"**Looked at {at}**", "", *titles]))


def _noticed(child: asyncio.Task[Any]) -> None:
    """Take notice of how it ended: its run says that, and nobody waits for it here."""
    if not child.cancelled():
        child.exception()
