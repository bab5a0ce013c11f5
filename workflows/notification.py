"""Bring one message to a person, by every channel that is configured."""

import asyncio

from temporalio import workflow
from temporalio.exceptions import ActivityError, ApplicationError

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
    from workflows.failures import cause


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
            raise ApplicationError(
                " ".join(missed), type="Undelivered", non_retryable=True
            )
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
