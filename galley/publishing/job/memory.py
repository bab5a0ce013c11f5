"""The account's memory outside of its run: the object ``accounts/<organization>.json``.

A run that an operator terminates or resets forgets the pauses that came since. So they are
kept in the state bucket too, with the ID of the run that wrote them.
"""

from pydantic import AwareDatetime, Field

from galley.models.base import Model
from galley.publishing.job.pauses import ActivePause
from galley.publishing.quota import Window


class AccountMemory(Model):
    """What an account must not forget with its run."""

    run_id: str
    number: int = 0
    """Of its writes by that run: a late attempt of an earlier one writes nothing."""
    pauses: tuple[ActivePause, ...] = ()
    windows: tuple[Window, ...] = ()
    """The limits that Buffer reported last, which a fresh account begins with."""
    recorded_at: AwareDatetime


class RememberAccount(Model):
    """Write the memory of an account, unless another run's is there.

    The runs that it may replace are named: the one that this run continues, or one whose
    pauses were taken over.
    """

    organization_id: str
    number: int = Field(default=0, description="Counts up within one run.")
    follows: tuple[str, ...] = ()
    pauses: tuple[ActivePause, ...] = ()
    windows: tuple[Window, ...] = ()


class Remembered(Model):
    """The memory was written, or another run's was found and left as it is.

    ``other_run_id`` alone means that its memory cannot be read.
    """

    other_run_id: str = ""
    other: AccountMemory | None = None

    @property
    def is_kept(self) -> bool:
        """Whether the memory was written."""
        return not self.other_run_id
