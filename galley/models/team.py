"""The team: who may decide on which brands, with which key, and under which policy.

``team.yaml`` describes it, named by ``GALLEY_TEAM``. It is the configuration of workers and of
people's own machines, never Temporal's data.
"""

import base64
import binascii
import hashlib
import re
from datetime import timedelta
from typing import Annotated, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from galley.models.agents import PREFIX
from galley.models.base import Model
from galley.models.network import Platform
from galley.models.proof import canonical

WRITER, APPROVER, MANAGER, AGENT = "writer", "approver", "manager", "agent"
"""Roles with a meaning of their own. Any other is the name of a stage; an agent only proposes."""
_DEFAULT = "default"
_SPAN = re.compile(r"(\d{1,4})\s*(m|h|d)")
_KEY_BYTES = 32


def _span(value: object) -> object:
    found = _SPAN.fullmatch(value.strip()) if isinstance(value, str) else None
    units = {"m": "minutes", "h": "hours", "d": "days"}
    return timedelta(**{units[found[2]]: int(found[1])}) if found else value


def _public_key(text: str) -> str:
    try:
        is_key = len(base64.b64decode(text, validate=True)) == _KEY_BYTES
    except (binascii.Error, ValueError):
        is_key = False
    if not is_key:
        raise ValueError("a key is what `galley team join` prints: 32 bytes in base64")
    return text


Span = Annotated[timedelta, BeforeValidator(_span), Field(gt=timedelta(0))]
"""A length of time, as ``30m``, ``4h`` or ``3d``."""


class Person(Model):
    """One person; without brands or networks, for all of them."""

    name: str = Field(min_length=1, max_length=120)
    email: str = ""
    slack: str = Field(default="", max_length=60, description="Member ID in Slack.")
    """Or ``T…/U…`` with that of the workspace, where other workspaces share the channel."""
    roles: tuple[str, ...] = Field(min_length=1)
    brands: tuple[str, ...] = ()
    networks: tuple[Platform, ...] = ()
    key: Annotated[str, AfterValidator(_public_key)]

    @model_validator(mode="after")
    def _is_agent_or_person(self) -> Self:
        if self.has(AGENT) != (self.roles == (AGENT,)):
            raise ValueError(f"{self.name}: an agent has the role {AGENT} and no other")
        if self.has(AGENT) != self.name.startswith(PREFIX):
            raise ValueError(f"{self.name}: the name of an agent begins with {PREFIX}, no other")
        return self

    def has(self, *roles: str) -> bool:
        """Whether the person has one of these roles."""
        return not {*roles}.isdisjoint(self.roles)

    def is_for(self, brand: str, platform: Platform) -> bool:
        """Whether the person decides on posts of a brand on a network."""
        has_brand = not self.brands or brand in self.brands
        return has_brand and (not self.networks or platform in self.networks)


class Policy(Model):
    """What it takes to let a post of a brand's channels out."""

    channels: tuple[str, ...] = ()
    """Buffer's IDs of the brand's channels: whoever starts a campaign chooses no policy."""
    approvals: int = Field(default=1, ge=1, le=20, description="Of different people.")
    stages: tuple[str, ...] = Field(default=(), max_length=10)
    """Roles, each of which approves after the one before."""
    no_self_approval: bool = False
    """Whoever wrote the words, or started the campaign, does not approve them."""
    escalate_after: Span | None = None
    escalate_to: str = Field(default="", description="A person of the team.")
    expires_after: Span | None = None
    auto_approve: bool = False

    @property
    def needed(self) -> int:
        """How many approvals: one for each stage at least."""
        return max(self.approvals, len(self.stages))


class Team(Model):
    """People and policies; ``default`` is the policy of each channel that no brand has."""

    people: tuple[Person, ...] = Field(min_length=1)
    policies: dict[str, Policy] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        names = [one.name for one in self.people]
        if twice := {one for one in names if names.count(one) > 1}:
            raise ValueError(f"two people are called {min(twice)}: names are unique")
        keys = [one.key for one in self.people]
        if len({*keys}) < len(keys):
            raise ValueError("two people have the same key: each has a key of their own")
        for what, found in (
            ("e-mail address", (one.email.casefold() for one in self.people)),
            ("member ID", (one.slack for one in self.people)),
        ):
            given = [*filter(None, found)]
            if twice := {one for one in given if given.count(one) > 1}:
                raise ValueError(f"two people have the {what} {min(twice)}: it names one person")
        bound = [one for policy in self.policies.values() for one in policy.channels]
        if twice := {one for one in bound if bound.count(one) > 1}:
            raise ValueError(f"two brands have the channel {min(twice)}: each channel has one")
        for brand, policy in self.policies.items():
            if bool(policy.channels) is (brand == _DEFAULT):
                raise ValueError(
                    f"{_DEFAULT} is for the channels of no brand: name none"
                    if policy.channels
                    else f"{brand} has no channels: name Buffer's IDs, as `galley channels` shows"
                )
            self._check(brand, policy)
        return self

    def _check(self, brand: str, policy: Policy) -> None:
        def able(*roles: str) -> int:
            return sum(
                one.has(*roles) and (not one.brands or brand in one.brands) for one in self.people
            )

        if AGENT in policy.stages:
            raise ValueError(f"no agent approves: take the stage {AGENT} from {brand}")
        for stage in policy.stages:
            if not able(stage):
                raise ValueError(f"nobody has the role {stage}, which is a stage of {brand}")
        if able(*(policy.stages or (APPROVER, MANAGER))) < policy.needed:
            raise ValueError(
                f"{brand} needs {policy.needed} approvals; too few people may give one"
            )
        to = policy.escalate_to
        if to and self.person(to) is None:
            raise ValueError(f"{brand} escalates to {to}, who is not in the team")
        if bool(to) != (policy.escalate_after is not None):
            raise ValueError(f"{brand} needs both escalate_after and escalate_to")

    @property
    def version(self) -> str:
        """The first digits of the SHA-256 of the whole team."""
        return hashlib.sha256(canonical(self)).hexdigest()[:12]

    def person(self, name: str) -> Person | None:
        """Return the person of that name."""
        return next((one for one in self.people if one.name == name), None)

    def brand_of(self, channel_id: str) -> str:
        """Return the brand that a channel is bound to; empty for none."""
        found = (brand for brand, one in self.policies.items() if channel_id in one.channels)
        return next(found, "")

    def policy(self, channel_id: str) -> Policy:
        """Return the policy of a channel."""
        return self.policies.get(self.brand_of(channel_id) or _DEFAULT) or Policy()


class EndApprovals(Model):
    """Input of the activity ``end_approvals``: a post that has ended."""

    job_id: str


class ReadTeam(Model):
    """Input of the activity ``read_team``: nothing, for the worker knows its own team."""
