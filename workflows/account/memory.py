"""MemoryKeeper: keeps the account's pauses in the state bucket, beside its run.

It also learns there whether another account ran before this one: a run that was terminated,
reset or lost with its namespace. What was paused or in flight then, this run cannot know.
"""

import asyncio
from collections.abc import Callable

from temporalio import workflow
from temporalio.exceptions import ActivityError

from activities.interfaces import MemoryActivities
from galley.models.account import Pause, PauseCause
from galley.publishing.job.memory import AccountMemory, RememberAccount, Remembered
from galley.publishing.job.pauses import ActivePause
from galley.publishing.quota import Window
from workflows import options

UNTIL_KNOWN = ActivePause(pause=Pause(by="Galley until the state bucket answers"))
"""In force while it is not known which pauses there were: only what takes posts out passes."""

# Runs that end while the state bucket is away; beyond, the account is taken for a lost one.
_MOST_FOLLOWED = 100


class Loss(AccountMemory):
    """The memory of an account before this one, and how that was lost."""

    cause: PauseCause


class MemoryKeeper:
    """Writes the memory when it has changed; one write at a time.

    Args:
        organization_id: Whose account it is.
        follows: Earlier runs that ended before their successor had written its memory.
        on_done: Called when a write has ended.
    """

    def __init__(
        self, organization_id: str, follows: tuple[str, ...], on_done: Callable[[], None]
    ) -> None:
        self._organization_id = organization_id
        self._on_done = on_done
        before = workflow.info().continued_run_id
        self._follows = (*follows, before) if before else ()
        self._cause = PauseCause.ACCOUNT_LOST
        # Temporal gives a run another seed where it was reset, and in every replay of that.
        self._seed = workflow.random_seed()
        self._written: tuple[tuple[Pause, ...], tuple[Window, ...]] | None = None
        self._write: asyncio.Task[None] | None = None
        self._number = 0
        self._loss: Loss | None = None

    @property
    def is_known(self) -> bool:
        """Whether the state bucket has told this run of other accounts."""
        return self._written is not None and workflow.random_seed() == self._seed

    @property
    def follows(self) -> tuple[str, ...]:
        """The earlier runs that the next one follows as well, until its memory is written."""
        return () if self.is_known else self._follows[-_MOST_FOLLOWED:]

    def has_kept(self, pauses: tuple[ActivePause, ...]) -> bool:
        """Whether these pauses are in the state bucket."""
        return self.is_known and self._written is not None and self._written[0] == _bare(pauses)

    def keep(self, pauses: tuple[ActivePause, ...], windows: tuple[Window, ...]) -> None:
        """Write what is not written yet, unless a write is under way."""
        seed = workflow.random_seed()
        if seed != self._seed:
            # The run was reset: what it did after that point, it has forgotten.
            self._seed, self._written, self._cause = seed, None, PauseCause.ACCOUNT_RESET
        wanted = (_bare(pauses), windows)
        if self._written == wanted or self._write is not None or self._loss is not None:
            return
        self._number += 1
        task = RememberAccount(
            organization_id=self._organization_id,
            number=self._number,
            follows=self._follows,
            pauses=pauses,
            windows=windows,
        )
        self._write = asyncio.create_task(self._remember(task, wanted, seed))

    def take_loss(self) -> Loss | None:
        """Return the account that was there before, once; its memory may be replaced now."""
        loss, self._loss = self._loss, None
        if loss is not None:
            self._follows = (*self._follows, loss.run_id)
        return loss

    async def _remember(
        self, task: RememberAccount, wanted: tuple[tuple[Pause, ...], tuple[Window, ...]], seed: int
    ) -> None:
        reply: Remembered | None = None
        try:
            reply = await workflow.execute_activity_method(
                MemoryActivities.remember_account,
                task,
                **options.publishing(options.REMEMBER_ACCOUNT),
            )
        except ActivityError as error:
            # Temporal retries it without end; only a reset of the run ends one under way.
            workflow.logger.warning("pauses were not kept: %s", error.cause)
        self._write = None
        if reply is not None and reply.is_kept and seed == self._seed:
            self._written = wanted
        elif reply is not None and not reply.is_kept:
            known = reply.other or AccountMemory(
                run_id=reply.other_run_id, recorded_at=workflow.now()
            )
            self._loss = Loss(cause=self._cause, **dict(known))
        self._on_done()


def _bare(pauses: tuple[ActivePause, ...]) -> tuple[Pause, ...]:
    return tuple(one.pause for one in pauses)
