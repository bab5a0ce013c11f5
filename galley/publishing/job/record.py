"""The record that AccountWorkflow keeps of a job: one approved post, to be created once.

``transitions`` and the modules beside it change a record: each function
returns a new record and makes no call. AccountWorkflow keeps the records.
"""

from datetime import datetime
from enum import StrEnum
from typing import Literal, Self, TypeAlias, TypedDict, Unpack

from pydantic import AwareDatetime, Field

from galley.models.account import Progress, PublishJob
from galley.models.base import Model
from galley.models.channel import QueuePosition
from galley.models.publishing import BufferPost, ReplyKind
from galley.models.review import ChangeKind

Doubt: TypeAlias = Literal[ReplyKind.DUPLICATE, ReplyKind.UNKNOWN]
"""Replies to ``createPost`` after which Buffer may have the post."""


class JobPhase(StrEnum):
    """The phases of a job between approval and publication."""

    WAITING = "waiting"
    """Buffer does not have the post; ``createPost`` is to be called."""
    LOOKING = "looking"
    """Buffer may have the post: its list is searched."""
    HELD = "held"
    """Only a person can say whether Buffer has the post; nothing is called."""
    OUTSTANDING = "outstanding"
    """Buffer has it, and has not published it."""
    PULLED_BACK = "pulled_back"
    """A pause took it out of Buffer; it is created again when that ends."""
    SETTLED = "settled"
    """Nothing more is expected: published, refused, failed, retracted, or left to a person."""


ASKING = frozenset({JobPhase.WAITING, JobPhase.LOOKING, JobPhase.OUTSTANDING})
"""The phases in which a job has something to ask of Buffer."""


class PendingChangeChanges(TypedDict, total=False):
    """The fields that Buffer's answers change."""

    edits: bool
    schedules: bool
    retracts: bool
    reads: bool
    is_changed: bool
    refusal: str
    tries: int


class PendingChange(Model):
    """All that Buffer has still to confirm of what persons asked for.

    A newer change is merged into the pending one, so that the last request counts and
    nothing is forgotten. ``edits``, ``schedules`` and ``retracts`` say which calls are due.
    """

    change_id: int
    kind: ChangeKind
    job: PublishJob
    asked_at: AwareDatetime | None = None
    edits: bool = Field(default=False, description="``editPost`` is due, with all content.")
    schedules: bool = Field(default=False, description="That call sets the due time too.")
    retracts: bool = Field(default=False, description="``deletePost`` is due.")
    reads: bool = False
    """The post is read first: its status decides what is done."""
    position: QueuePosition | None = None
    """``movePostInQueue`` is due, after all else."""
    is_changed: bool = Field(default=False, description="All is done but the place in the queue.")
    refusal: str = ""
    """Buffer's refusal; the post is read to learn its reason."""
    tries: int = Field(default=0, description="Calls for this change without an answer.")
    tried: tuple[str, ...] = Field(
        default=(),
        description="Texts that Buffer may have taken by an earlier edit without an "
        "answer, which this change replaced.",
    )

    def replace(self, **changes: Unpack[PendingChangeChanges]) -> Self:
        """Return a copy with other values, whose types are checked."""
        return self.model_copy(update=changes)


class JobRecordChanges(TypedDict, total=False):
    """The fields of a record that may change."""

    job: PublishJob
    renewed_at: AwareDatetime | None
    phase: JobPhase
    attempts: int
    creates: int
    unsent: int
    delays: int
    looks: int
    failed_looks: int
    misses: int
    cursor: str | None
    pages: int
    near: BufferPost | None
    earlier_due: tuple[AwareDatetime, ...]
    doubt: Doubt | None
    not_before: AwareDatetime | None
    post: BufferPost | None
    last: Progress | None
    settled_at: AwareDatetime | None
    pending: PendingChange | None
    heard: int
    answer: Progress | None
    awaits_job: bool
    gone: tuple[str, ...]
    is_repeat: bool
    repeats: int
    reads: bool
    asks: int
    failed_reads: int
    pulls: int
    is_unpullable: bool
    may_be_retracted: bool
    may_be_forgotten: bool
    is_searched: bool
    redriven_at: AwareDatetime | None
    has_other_words: bool
    linkless_since: AwareDatetime | None
    is_content_dropped: bool
    news: tuple[Progress, ...]


class JobRecord(Model):
    """A job and its history; continue-as-new carries it over."""

    job: PublishJob = Field(description="As last approved; the due time is Buffer's, once known.")
    renewed_at: AwareDatetime | None = None
    """When its post, which was reset, made its newest job. Until Buffer has those words, the job
    holds the earlier ones."""
    phase: JobPhase
    not_before: AwareDatetime | None = None
    """The next call waits until then."""
    post: BufferPost | None = Field(default=None, description="As Buffer last showed it.")
    last: Progress | None = None
    """The last news of its state, repeated on request."""
    news: tuple[Progress, ...] = ()
    """News to be sent to its post now; never carried over."""
    settled_at: AwareDatetime | None = None

    # Creation
    attempts: int = Field(
        default=0, description="Calls of createPost that got a number, which stays on record."
    )
    creates: int = Field(default=0, description="Attempts that may have made a post.")
    unsent: int = Field(default=0, description="Attempts that certainly did not reach Buffer.")
    delays: int = Field(default=0, description="Refusals for a reason outside its content.")
    earlier_due: tuple[AwareDatetime, ...] = ()
    """Due times that earlier attempts had or may have had."""
    is_repeat: bool = Field(
        default=False,
        description="Buffer had this text before, by our hand: its guard against repeats may "
        "refuse it although no such post is there.",
    )
    repeats: int = Field(default=0, description="Attempts after such a refusal.")

    # Search for a post that Buffer may have
    doubt: Doubt | None = Field(default=None, description="Why it is searched for.")
    looks: int = Field(default=0, description="Complete searches that did not find it.")
    failed_looks: int = 0
    cursor: str | None = Field(default=None, description="Of the next page of this search.")
    pages: int = Field(default=0, description="Pages of this search so far.")
    near: BufferPost | None = None
    """A post that this search found in place of it: a person may have changed it in Buffer."""
    gone: tuple[str, ...] = ()
    """IDs of earlier Buffer posts of this job, deleted since."""

    # Outcome of a post that Buffer has
    misses: int = Field(default=0, description="Polls in a row that did not list it.")
    reads: bool = Field(default=False, description="The post is read by its id next.")
    asks: int = Field(default=0, description="Reads by id, where no list shows it.")
    failed_reads: int = 0
    linkless_since: AwareDatetime | None = None
    """Time since which Buffer reports it as published without a link."""

    # Changes
    pending: PendingChange | None = None
    heard: int = Field(default=0, description="The newest ``change_id`` that was read.")
    answer: Progress | None = Field(default=None, description="To the last change.")
    awaits_job: bool = Field(
        default=False,
        description="Only a change is known, after the account lost its memory: nothing is "
        "created until the post hands its job over again.",
    )
    may_be_retracted: bool = False
    """Whether a person's retract ended with a lost reply."""

    # Pauses that take posts out of Buffer
    pulls: int = Field(default=0, description="Deletions by a pause without an answer.")
    is_unpullable: bool = False
    """Whether Buffer refused the deletion for a pause."""

    may_be_forgotten: bool = False
    """Whether the account was reset since, and may have forgotten a post that it made."""
    is_searched: bool = False
    """Whether a search has proved it absent since."""
    redriven_at: AwareDatetime | None = None
    """When a person asked for it to be created again, as its post was gone."""
    has_other_words: bool = False
    """Whether Buffer has, or may have, other words than those of the job."""

    is_content_dropped: bool = False
    """Whether its text was dropped to save room; a new hand-over or change brings it."""

    @property
    def is_certainly_absent(self) -> bool:
        """Whether no attempt can have left a post in Buffer."""
        is_untried = self.creates == 0 and self.doubt is None
        return is_untried and self.post is None and not self.may_be_forgotten

    @property
    def receipts_since(self) -> datetime | None:
        """From when on a receipt may tell what the account forgot; ``None``: it forgot nothing.

        A redrive that a reset brings once more may have been carried out before: later receipts
        tell of that.
        """
        if not self.may_be_forgotten:
            return None
        made_at = self.made_at or self.job.claimed_at
        return max(made_at, self.redriven_at or made_at)

    @property
    def made_at(self) -> AwareDatetime | None:
        """When its post made the newest job that is known."""
        return self.renewed_at or self.job.made_at

    @property
    def has_earlier_words(self) -> bool:
        """Whether its words are from before its post was reset and approved anew."""
        return self.made_at != self.job.made_at

    def replace(self, **changes: Unpack[JobRecordChanges]) -> Self:
        """Return a copy with other values, whose types are checked."""
        return self.model_copy(update=changes)


def is_earlier_life(one: datetime | None, other: datetime | None) -> bool:
    """Whether a post was reset between its making of one job and of the other.

    Both are times at which the post made a job; ``None``: nobody knows, and nothing is earlier.
    """
    return one is not None and other is not None and one < other
