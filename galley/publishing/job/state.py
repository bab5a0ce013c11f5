"""The input, policy, state and views of AccountWorkflow."""

from datetime import timedelta

from pydantic import AwareDatetime, Field

from galley.models.account import OpenAccount, Pause, Receipt, Untold
from galley.models.base import Model
from galley.models.channel import ChannelDirectory
from galley.models.publishing import RateWindow
from galley.models.review import ChangeKind
from galley.publishing.job.pauses import ActivePause, PauseView
from galley.publishing.job.record import ASKING, JobPhase, JobRecord
from galley.publishing.quota import Outage, QuotaState


class AccountPolicy(Model):
    """The waits and limits of AccountWorkflow."""

    poll_seconds: float = Field(default=120, gt=0, description="Least time between polls.")
    publish_seconds: float = 2
    """How long Buffer is given to publish a post that is due."""
    look_delays: tuple[float, ...] = Field(
        default=(5, 30, 120),
        min_length=1,
        description="Seconds before each search for a post after a lost reply.",
    )
    channels_fresh_for: timedelta = timedelta(minutes=15)
    lead_seconds: float = Field(
        default=5,
        gt=0,
        description="A due time lies at least this far ahead when a post is created; "
        "Buffer fetches its pictures meanwhile, and refuses a time that has passed.",
    )
    gap_seconds: float = Field(
        default=60,
        ge=0,
        description="Least time between two posts of a channel when one is created: "
        "in one minute they look like one post twice, to people and to Buffer.",
    )
    kept_for_changes: float = Field(
        default=0.05,
        ge=0,
        lt=1,
        description="Share of each window that is left to changes, and to reads that "
        "a person waits for.",
    )
    events_per_run: int = Field(
        default=800,
        ge=50,
        description="After so many events a new run goes on; what arrives during the "
        "last call of a run comes on top.",
    )


class AccountState(Model):
    """The state that continue-as-new carries over.

    ``packed`` holds jobs, receipts and news compressed, if there are many: see ``snapshot``.
    """

    quota: QuotaState = QuotaState()
    outage: Outage = Outage()
    is_seeded: bool = False
    jobs: tuple[JobRecord, ...] = ()
    directory: ChannelDirectory | None = None
    receipts: tuple[Receipt, ...] = ()
    untold: tuple[Untold, ...] = ()
    packed: str = ""
    polled_at: AwareDatetime | None = None
    pauses: tuple[ActivePause, ...] = ()
    follows: tuple[str, ...] = ()
    """Earlier runs whose memory in the state bucket may be replaced."""


class AccountInput(Model):
    """Input of AccountWorkflow, ID ``buffer:<organization id>``."""

    organization_id: str
    policy: AccountPolicy = AccountPolicy()
    state: AccountState = AccountState()


class AccountOpening(OpenAccount):
    """Input of the ``open`` update.

    The worker brings its settings along, so that changed ones reach a running account.
    """

    policy: AccountPolicy | None = None


class AccountView(Model):
    """Answer of the ``view`` query."""

    organization_id: str
    windows: tuple[RateWindow, ...]
    waiting_for: str
    is_quota_awaited: bool = False
    """Whether it waits for Buffer's quota."""
    policy: AccountPolicy = AccountPolicy()
    pauses: tuple[PauseView, ...]
    is_pause_kept: bool = True
    """Whether the state bucket knows of the pauses, so that they outlive the run."""
    phases: dict[str, JobPhase] = Field(description="By job ID.")
    changes: dict[str, ChangeKind] = Field(
        description="By job ID: the kind of the change that Buffer has not confirmed."
    )

    @property
    def quota_wait(self) -> str:
        """The sentence about its wait for the quota; empty if it does not wait for it."""
        return self.waiting_for if self.is_quota_awaited else ""

    @property
    def paused_by(self) -> str | None:
        """The person who paused every call, or ``None``."""
        return next((p.pause.by for p in self.pauses if p.pause.scope.is_everything), None)


class AccountHealth(Model):
    """Answer of the ``health`` query: figures only, so it stays small with many jobs."""

    organization_id: str
    windows: tuple[RateWindow, ...]
    next_call_at: AwareDatetime | None = None
    """Time at which the quota lets a post out; ``None``: now."""
    held_by: str = Field(default="", description="The window that holds calls back.")
    waiting_for: str
    pauses: tuple[Pause, ...]
    phases: dict[JobPhase, int] = Field(description="Number of jobs in each.")
    waiting_since: AwareDatetime | None = None
    """Hand-over time of the job that has waited longest."""
    changes: int = Field(description="Changes that Buffer has not confirmed.")
    is_awaited: bool = False
    """Whether somebody waits for a read, or it waits itself to learn of earlier pauses."""
    is_key_refused: bool = False
    """Whether Buffer refused the key at the last call."""
    unanswered_since: AwareDatetime | None = None
    """Time of the first call of an outage of Buffer."""
    next_try_at: AwareDatetime | None = None
    """Time of the next try during an outage."""

    @property
    def is_busy(self) -> bool:
        """Whether it has anything to ask; without that, its wait says nothing."""
        is_asking = any(self.phases.get(phase) for phase in ASKING)
        return self.is_awaited or self.changes > 0 or is_asking
