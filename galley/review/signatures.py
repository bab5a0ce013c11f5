"""Signed decisions: who made them, whether they count, and whether they are enough.

Workflows judge a decision by the roster that was read when the post began. The worker judges
all approvals once more, by its own roster, right before a call to Buffer lets a post out.
"""

import base64
import binascii
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import rfc8785
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from pydantic import JsonValue

from galley.models.channel import ShareMode
from galley.models.network import Platform
from galley.models.post import PostState, PostView
from galley.models.proof import Proof
from galley.models.review import (
    ApprovedProof,
    ChangeKind,
    ChangeRequest,
    Comment,
    Decision,
    DecisionKind,
    Refusal,
    RefusalReason,
)
from galley.models.team import AGENT, APPROVER, MANAGER, WRITER, Person, Policy, Team
from galley.review.changes import ON_ITS_WAY
from galley.review.proposals import is_by_agent

_MOST_AHEAD = timedelta(minutes=5)
"""Clocks differ by so much."""
_MOST_LATE = timedelta(days=8)
"""A post that comes late goes out in its next slot, which may be that of next week."""
_UNSIGNED_FIELDS = {"signature", "change_id", "includes"}


def signed_bytes(post_id: str, said: Decision | ChangeRequest | Comment) -> bytes:
    """Return what is signed: the message and the post's ID, as RFC 8785 spells JSON."""
    content: dict[str, JsonValue] = said.model_dump(mode="json", exclude=_UNSIGNED_FIELDS)
    return rfc8785.dumps({"post": post_id, **content})


def signature_of(
    key: Ed25519PrivateKey, post_id: str, said: Decision | ChangeRequest | Comment
) -> str:
    """Return the signature of a message, in base64."""
    return base64.b64encode(key.sign(signed_bytes(post_id, said))).decode()


def why_not_counted(
    team: Team,
    view: PostView,
    said: Decision | ChangeRequest,
    authors: Iterable[str],
    now: datetime,
) -> Refusal | None:
    """Return why a message to a post does not count by its team's policy, or ``None``."""
    channel = view.channel_id
    why = why_not_signed(team, view.workflow_id, said)
    if is_by_agent(said):
        # An agent's key is good for proposals alone: no release asks this.
        return why or _why_no_agent(team, said, view) or _why_untimely(view, said, now)
    why = why or why_no_right(team, said, channel, view.platform) or _why_untimely(view, said, now)
    if why is not None or view.state is PostState.HELD:
        return why
    if isinstance(said, ChangeRequest):
        before, after = (view.delivery.mode, view.due_at), (said.mode, said.due_at)
        is_approved = view.state in ON_ITS_WAY
        return _why_no_move(team.policy(channel), before, after) if is_approved else None
    if said.kind is not DecisionKind.APPROVE:
        return None
    given = [one for one in view.approvals if one.digest == said.digest]
    return why_no_approval(team, said, channel, given, authors)


def _why_no_agent(team: Team, said: Decision | ChangeRequest, view: PostView) -> Refusal | None:
    agent, brand = team.person(said.by), team.brand_of(view.channel_id)
    if agent is not None and agent.has(AGENT) and agent.is_for(brand, view.platform):
        return None
    return _refusal(RefusalReason.NO_RIGHT, f"{said.by} is no agent of the team for this post.")


def _why_untimely(view: PostView, said: Decision | ChangeRequest, now: datetime) -> Refusal | None:
    """Return why a message is an older one that was sent again, or its clock is off."""
    if said.at is not None and said.at > now + _MOST_AHEAD:
        ahead = f"its time, {said.at:%Y-%m-%d %H:%M:%S %Z}, lies ahead: set the clock of {said.by}."
        return _refusal(RefusalReason.CLOCK, ahead)
    at = last_signed(view, but=said.digest)
    is_release = isinstance(said, ChangeRequest) or said.kind is DecisionKind.APPROVE
    if is_release and at is not None and said.at is not None and said.at <= at:
        # The worker lets out nothing that was approved before what it let out last.
        late = f"another proof was approved at {at:%H:%M:%S %Z}, after it by the clock of {said.by}"
        return _refusal(RefusalReason.CLOCK, f"{late}: set the clock, then decide again.")
    # What nobody has verified, which anybody can send, makes no signed one old.
    moves = (one for one in view.changes if one.kind is ChangeKind.RESCHEDULE)
    heard = (
        one.at
        for one in (*view.decisions, *moves)
        if one.by == said.by and one.at and one.signature
    )
    if said.at is None or all(at < said.at for at in heard):
        return None
    return _refusal(RefusalReason.STALE, f"{said.by} has decided since: this one is older.")


def why_not_signed(
    team: Team, post_id: str, said: Decision | ChangeRequest | Comment
) -> Refusal | None:
    """Return why a message is not that of the person it names, or ``None``."""
    person = team.person(said.by)
    if not said.signature or said.at is None:
        return _refusal(RefusalReason.UNSIGNED, "it is not signed, as the team demands.")
    if person is None:
        return _refusal(RefusalReason.STRANGER, f"{said.by} is not in the team.")
    try:
        signature = base64.b64decode(said.signature, validate=True)
        key = Ed25519PublicKey.from_public_bytes(base64.b64decode(person.key))
        key.verify(signature, signed_bytes(post_id, said))
    except (InvalidSignature, binascii.Error, ValueError):
        return _refusal(
            RefusalReason.FORGED, f"its signature is not {said.by}'s for this post and message."
        )
    return None


def last_signed(view: PostView, but: str = "") -> datetime | None:
    """Return when a proof of this post other than ``but`` was signed for last."""
    changes = (one for one in view.changes if one.kind is ChangeKind.RESCHEDULE)
    moves = (one for one in changes if not is_by_agent(one))
    approvals = (one for one in view.decisions if one.kind is DecisionKind.APPROVE)
    signed = (one for one in (*approvals, *moves) if one.signature and one.digest != but)
    return max((one.at for one in signed if one.at), default=None)


def why_no_right(
    team: Team, said: Decision | ChangeRequest, channel_id: str, platform: Platform
) -> Refusal | None:
    """Return why a person of the team may not send this message, or ``None``."""
    person = team.person(said.by)
    brand, policy = team.brand_of(channel_id), team.policy(channel_id)
    approving = (APPROVER, MANAGER, *policy.stages)
    is_release = isinstance(said, ChangeRequest) or said.kind is DecisionKind.APPROVE
    wanted = approving if is_release else (WRITER, *approving)
    if person is None or not person.is_for(brand, platform) or not person.has(*wanted):
        what = f"a post of {brand or 'no brand'} on {platform}"
        why = f"{said.by} may not {said.kind} {what}: the team gives that right to others."
        return _refusal(RefusalReason.NO_RIGHT, why)
    return None


def why_no_approval(
    team: Team, said: Decision, channel_id: str, given: Iterable[Decision], authors: Iterable[str]
) -> Refusal | None:
    """Return why an approval does not count beside those ``given`` already, or ``None``."""
    policy, given = team.policy(channel_id), tuple(given)
    if said.by in {one.by for one in given}:
        return _refusal(RefusalReason.OVERTAKEN, f"{said.by} has approved it already.")
    if policy.no_self_approval and said.by in {*authors}:
        return _refusal(
            RefusalReason.SELF_APPROVAL, f"{said.by} wrote it or started it: another approves it."
        )
    stage, person = stage_of(team, policy, given), team.person(said.by)
    if stage and (person is None or not person.has(stage)):
        why = f"it waits for stage {stage}, a role that {said.by} has not."
        return _refusal(RefusalReason.NO_RIGHT, why)
    return None


def stage_of(team: Team, policy: Policy, given: Iterable[Decision]) -> str:
    """Return the stage that comes next; empty once all have approved."""
    passed = 0
    for one in given:
        person = team.person(one.by)
        if passed < len(policy.stages) and person and person.has(policy.stages[passed]):
            passed += 1
    return policy.stages[passed] if passed < len(policy.stages) else ""


def missing(team: Team, channel_id: str, given: tuple[Decision, ...]) -> str:
    """Return for what a post waits, such as ``1 of 2 approvals``; empty if for nothing."""
    policy = team.policy(channel_id)
    stage = stage_of(team, policy, given)
    if len(given) >= policy.needed and not stage:
        return ""
    counted = f"{len(given)} of {policy.needed} approvals"
    return f"{counted}; waiting for stage {stage}" if stage else counted


def why_not_released(
    team: Team, post_id: str, proof: Proof, approval: ApprovedProof | None
) -> Refusal | None:
    """Return why a proof may not go out to Buffer, or ``None``.

    Args:
        team: The worker's own roster.
        post_id: Workflow ID of the post.
        proof: What is about to be sent, made of the request itself.
        approval: What the job says of its approval; anybody may have written it.
    """
    if approval is None:
        return _refusal(RefusalReason.UNSIGNED, "nobody approved it.")
    why, first = _before_move(team, post_id, proof, approval)
    policy, channel = team.policy(proof.channel_id), proof.channel_id
    if why is not None or (policy.auto_approve and approval.is_auto):
        return why
    given: list[Decision] = []
    author = proof.provenance.drafter.removeprefix("person:") if proof.provenance else ""
    for one in approval.decisions:
        if one.kind is not DecisionKind.APPROVE or one.digest != first.digest:
            return _refusal(RefusalReason.STALE, f"{one.by} approved another proof than this.")
        why = (
            why_not_signed(team, post_id, one)
            or why_no_right(team, one, channel, proof.platform)
            or why_no_approval(team, one, channel, given, (author,))
        )
        if why is not None:
            return why
        given.append(one)
    lacking = missing(team, channel, tuple(given))
    return _refusal(RefusalReason.UNSIGNED, f"it has {lacking}.") if lacking else None


def _before_move(
    team: Team, post_id: str, proof: Proof, approval: ApprovedProof
) -> tuple[Refusal | None, Proof]:
    """Return why a later time does not count, and the proof with the time of its approvals."""
    moved = approval.moved
    if moved is None:
        return None, proof
    first = proof.model_copy(
        update={
            "due_at": approval.first_due_at,
            "delivery": proof.delivery.with_mode(approval.first_mode),
        }
    )
    if moved.kind is not ChangeKind.RESCHEDULE:
        # Of another change, its own signature says nothing about a time.
        return _refusal(RefusalReason.STALE, f"{moved.by} asked for no other time."), first
    if (moved.due_at, moved.mode) != (proof.due_at, proof.delivery.mode):
        return _refusal(RefusalReason.STALE, f"{moved.by} named another time."), first
    before, after = (first.delivery.mode, first.due_at), (proof.delivery.mode, proof.due_at)
    why = why_not_signed(team, post_id, moved) or why_no_right(
        team, moved, proof.channel_id, proof.platform
    )
    return why or _why_no_move(team.policy(proof.channel_id), before, after), first


_Time = tuple[ShareMode, datetime | None]


def _why_no_move(policy: Policy, before: _Time, after: _Time) -> Refusal | None:
    """Return why one person may not move a post that several approved, or ``None``."""
    if policy.needed == 1 or _earliest(before) <= _earliest(after):
        return None
    earlier = f"{policy.needed} people approve a time: one alone may name a later one, no earlier."
    return _refusal(RefusalReason.NO_RIGHT, earlier)


def _earliest(time: _Time) -> datetime:
    """Return the first moment at which a post of this time may go out."""
    mode, due_at = time
    is_named = mode is ShareMode.CUSTOM_SCHEDULED and due_at is not None
    return due_at if is_named and due_at else datetime.min.replace(tzinfo=UTC)


def why_no_due_time(due_at: datetime, approval: ApprovedProof, now: datetime) -> Refusal | None:
    """Return why a post may not be due then, or ``None``.

    What comes late goes out as soon as its campaign's rules let it, and not years later.
    """
    named = approval.due_at
    is_early = named is not None and due_at < named
    if not is_early and due_at <= max(named or now, now) + _MOST_LATE:
        return None
    approved = f"{named:%Y-%m-%d %H:%M %Z}" if named else "the time of its approval"
    why = f"it would go out at {due_at:%Y-%m-%d %H:%M %Z}, and {approved} was approved."
    return _refusal(RefusalReason.STALE, why)


def role_words(person: Person) -> str:
    """Return the roles of a person, and for what."""
    where = ", ".join((*person.brands, *person.networks))
    return ", ".join(person.roles) + (f" for {where}" if where else "")


def _refusal(reason: RefusalReason, message: str) -> Refusal:
    return Refusal(reason=reason, message=message)
