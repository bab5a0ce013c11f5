"""Records of ended runs, which AuditWorkflow keeps in the state bucket for audits."""

from pydantic import AwareDatetime, Field, JsonValue

from galley.models.base import Model


class RecordedEvent(Model):
    """One thing that happened in a run."""

    at: AwareDatetime
    kind: str = Field(description="began, step, heard or ended.")
    name: str = Field(description="The workflow, activity, signal or update.")
    given: JsonValue = None
    answered: JsonValue = None
    failure: str = ""


class Erasure(Model):
    """A person's request to erase all text of a run."""

    at: AwareDatetime
    by: str
    note: str = ""


class RunRecord(Model):
    """One run of a post, campaign, longer text or clips, from its history.

    The object ``audit/<campaign key>/<workflow>.<run id>.json`` in the state bucket is
    created once; only a tombstone, which has no events, replaces it.
    """

    workflow_id: str
    run_id: str
    workflow: str = Field(description="Its type.")
    status: str = Field(description="Temporal's term: completed, failed, running, …")
    started_at: AwareDatetime
    ended_at: AwareDatetime | None = None
    events: tuple[RecordedEvent, ...] = ()
    erased: Erasure | None = Field(default=None, description="Set on a tombstone.")


class KeepRecords(Model):
    """Input of the activity that records ended runs."""

    task_queue: str
    since: AwareDatetime | None = None
    """``None``: every run that Temporal still has."""


class KeptRecords(Model):
    """The number of records kept, and the time from which to look next."""

    until: AwareDatetime
    kept: int = 0


class AuditInput(Model):
    """Input of AuditWorkflow, ID ``audit:<task queue>``."""

    since: AwareDatetime | None = None
    every_seconds: float = 600
    events_per_run: int = 800
