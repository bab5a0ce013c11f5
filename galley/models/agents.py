"""Agents and programs: their marks and tokens, their limits, and what is kept of their calls."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated

from pydantic import AwareDatetime, Field, StringConstraints

from galley.models.base import Model
from galley.models.media import StagedAsset

PREFIX = "agent:"
"""Begins the ``by`` of every message of an agent; no person's name does."""

AgentName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9._-]{0,39}$")]


class Scope(StrEnum):
    """What a token lets an agent or a program do. None lets it decide."""

    READ = "read"
    PROPOSE = "propose"
    """Start campaigns, and propose edits, times and new drafts; a person decides."""


class AgentMark(Model):
    """The agent behind a message, as reviewers see it."""

    name: AgentName
    model: str = Field(default="", max_length=80)
    """The model that it says it is; empty: a program."""
    user_agent: str = Field(default="", max_length=80)
    """The program that it works in, as that calls itself."""

    @property
    def by(self) -> str:
        """The name under which its messages are kept."""
        return f"{PREFIX}{self.name}"

    @property
    def words(self) -> str:
        """Agent and model, for a person."""
        return f"{self.by} ({self.model or 'no model named'})"


class AgentToken(Model):
    """A bearer token as it is kept: of its secret there is only the hash."""

    id: str
    name: AgentName
    model: str = Field(default="", max_length=80)
    scopes: tuple[Scope, ...]
    sha256: str
    made_at: AwareDatetime
    made_by: str
    expires_at: AwareDatetime | None = None


class AgentsStopped(Model):
    """The kill switch: while this object is there, no call of an agent is answered."""

    at: AwareDatetime
    by: str
    note: str = ""


class AgentUpload(Model):
    """A file that an agent has announced, or sent: one place in one suggestion."""

    id: str
    agent: AgentMark
    most_bytes: int
    sha256: str
    """Of the secret with which it may be sent."""
    sent_until: AwareDatetime
    used_until: AwareDatetime
    asset: StagedAsset | None = None
    """``None``: nothing has been received yet."""
    is_used: bool = False


class Touched(Model):
    """A campaign or post waiting for a person because of an agent, and since when."""

    id: str
    at: AwareDatetime


class SetAside(Model):
    """Money that an agent may be spending on one campaign today, in micros."""

    key: str
    micros: int
    base: int = 0
    """What the campaign had cost before."""
    at: AwareDatetime


class AgentUsage(Model):
    """What an agent did of late: the counts of a day, and what is open."""

    day: str
    minute: str = ""
    in_minute: int = 0
    calls: Mapping[str, int] = Field(default_factory=dict)
    """Answered calls of the day, by tool."""
    refused: Mapping[str, int] = Field(default_factory=dict)
    """Refused calls of the day, by reason."""
    suggestions: int = 0
    uploaded: int = 0
    """Bytes announced today; a file counts as a megabyte at least."""
    touched: tuple[Touched, ...] = ()
    money: tuple[SetAside, ...] = ()


class CallOutcome(StrEnum):
    """What became of a call of an agent."""

    DONE = "done"
    REFUSED = "refused"
    """By the limits, the scope or the kill switch; nothing was done."""
    FAILED = "failed"
    """The request could not be carried out; ``reason`` is the class of the error."""


class AgentCall(Model):
    """One call of an agent, as the audit keeps it: who, what and when, without any words."""

    at: AwareDatetime
    agent: AgentMark
    tool: str
    target: str = ""
    """The post or campaign that it named, or that it made."""
    outcome: CallOutcome
    reason: str = ""
    sha256: str = ""
    """Of the arguments, so that a call that is known otherwise can be found."""
