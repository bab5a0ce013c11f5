"""The channel map of an organization: read for all campaigns together, and kept."""

from datetime import timedelta

from temporalio import workflow
from temporalio.exceptions import ApplicationError

from galley.models import ChannelDirectory, ReadKind
from workflows import buffer_calls
from workflows.account_desk import ReadQueue
from workflows.account_quota import QuotaKeeper

CHANNELS = "the channel map"


class ChannelMap:
    """What is known of the channels, and how it is read anew."""

    def __init__(
        self, organization_id: str, known: ChannelDirectory | None, reads: ReadQueue
    ) -> None:
        self._organization_id = organization_id
        self._reads = reads
        self.known = known

    async def fresh(
        self, fresh_for: timedelta, *, is_stopped: bool
    ) -> ChannelDirectory:
        """Return the channels, read anew when what is known is old.

        While nothing may be read, the channels as they were are better than none.

        Raises:
            ApplicationError: ``Buffer:<kind of failure>``.
        """
        known = self.known
        if known is None:
            return await self._read()
        is_old = workflow.now() - known.fetched_at > fresh_for
        return await self._read() if is_old and not is_stopped else known

    async def _read(self) -> ChannelDirectory:
        reply = await self._reads.ask(
            CHANNELS, lambda: buffer_calls.list_channels(self._organization_id)
        )
        if reply.kind is not ReadKind.OK:
            raise ApplicationError(reply.message, type=f"Buffer:{reply.kind}")
        if reply.directory is None:
            raise ApplicationError("Buffer gave no channel list.", type="Buffer:failed")
        self.known = reply.directory
        return self.known

    async def seed(self, quota: QuotaKeeper) -> None:
        """Read them for the headers of the answer, before any other call."""
        reply = await buffer_calls.list_channels(self._organization_id)
        quota.count(reply)
        # Whatever came of it, the next answer's headers correct the count again.
        quota.is_seeded = True
        self.known = reply.directory or self.known
