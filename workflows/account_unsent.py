"""The posts that Buffer did not send yet, a page for whoever asks."""

from temporalio.exceptions import ApplicationError

from galley.models import ListUnsent, ReadKind, UnsentPage
from workflows import buffer_calls
from workflows.account_desk import ReadQueue


async def unsent_page(
    reads: ReadQueue, task: ListUnsent, stopped_by: str | None
) -> UnsentPage:
    """Return the page, read in its turn.

    It does not wait for the quota: whoever deletes by what it says must know that all
    pages are of the same hour.

    Raises:
        ApplicationError: ``Buffer:paused``; ``Buffer:busy``, ask again; or
            ``Buffer:<kind of failure>``.
    """
    if stopped_by:
        raise ApplicationError(
            f"Calls to Buffer are paused by {stopped_by}: "
            "`uv run starter.py resume` ends that.",
            type="Buffer:paused",
        )
    reply = await reads.ask(
        f"{buffer_calls.UNSENT}, after {task.after or 'none'}",
        lambda: buffer_calls.list_unsent(task),
        is_patient=False,
    )
    if reply.kind is not ReadKind.OK:
        raise ApplicationError(reply.message, type=f"Buffer:{reply.kind}")
    return reply.page
