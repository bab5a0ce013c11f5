"""Signed decisions: who made them, whether they count, and whether they are enough.

Workflows judge a decision by the roster that was read when the post began. The worker judges
all approvals once more, by its own roster, right before a call to Buffer lets a post out.
"""

import base64
import binascii
from collections.abc import Iterable

import rfc8785
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from pydantic import JsonValue

from galley.models.network import Platform
from galley.models.post import PostState, PostView
from galley.models.proof import Proof
from galley.models.review import (
    ApprovedProof,
    ChangeKind,
    ChangeRequest,
    Decision,
    DecisionKind,
    Refusal,
    RefusalReason,
)
from galley.models.team import APPROVER, MANAGER, WRITER, Person, Policy, Team

_UNSIGNED_FIELDS = {"signature", "change_id", "includes"}


def signed_bytes(post_id: str, said: Decision | ChangeRequest) -> bytes:
    """Return what is signed: the message and the post's ID, as RFC 8785 spells JSON."""
    content: dict[str, JsonValue] = said.model_dump(mode="json", exclude=_UNSIGNED_FIELDS)
    return rfc8785.dumps({"post": post_id, **content})


def signature_of(key: Ed25519PrivateKey, post_id: str, said: Decision | ChangeRequest) -> str:
    """Return the signature of a message, in base64."""
    return base64.b64encode(key.sign(signed_bytes(post_id, said))).decode()


def why_not_counted(
    team: Team, view: PostView, said: Decision | ChangeRequest, authors: Iterable[str]
) -> Refusal | None:
    """Return why a message to a post does not count by its team's policy, or ``None``."""
    brand = view.brand
    why = why_not_signed(team, view.workflow_id, said)
    why = why or why_no_right(team, said, brand, view.platform) or _why_replayed(view, said)
    if why is not None or isinstance(said, ChangeRequest) or view.state is PostState.HELD:
        return why
    if said.kind is not DecisionKind.APPROVE:
        return None
    given = [one for one in view.approvals if one.digest == said.digest]
    return why_no_approval(team, said, brand, given, authors)


def _why_replayed(view: PostView, said: Decision | ChangeRequest) -> Refusal | None:
    """Return why a message is an older one, sent again, or ``None``."""
    # Unsigned ones, which anybody can send, make no signed one old.
    heard = (
        one.at
        for one in (*view.decisions, *view.changes)
        if one.by == said.by and one.at and one.signature
    )
    if said.at is None or all(at < said.at for at in heard):
        return None
    return _refusal(RefusalReason.STALE, f"{said.by} has decided since: this one is older.")


def why_not_signed(team: Team, post_id: str, said: Decision | ChangeRequest) -> Refusal | None:
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


def why_no_right(
    team: Team, said: Decision | ChangeRequest, brand: str, platform: Platform
) -> Refusal | None:
    """Return why a person of the team may not send this message, or ``None``."""
    person = team.person(said.by)
    policy = team.policy(brand)
    approving = (APPROVER, MANAGER, *policy.stages)
    is_release = isinstance(said, ChangeRequest) or said.kind is DecisionKind.APPROVE
    wanted = approving if is_release else (WRITER, *approving)
    if person is None or not person.is_for(brand, platform) or not person.has(*wanted):
        what = f"a post of {brand or 'no brand'} on {platform}"
        why = f"{said.by} may not {said.kind} {what}: the team gives that right to others."
        return _refusal(RefusalReason.NO_RIGHT, why)
    return None


def why_no_approval(
    team: Team, said: Decision, brand: str, given: Iterable[Decision], authors: Iterable[str]
) -> Refusal | None:
    """Return why an approval does not count beside those ``given`` already, or ``None``."""
    policy, given = team.policy(brand), tuple(given)
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


def missing(team: Team, brand: str, given: tuple[Decision, ...]) -> str:
    """Return for what a post waits, such as ``1 of 2 approvals``; empty if for nothing."""
    policy = team.policy(brand)
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
    if why is not None or (team.policy(proof.brand).auto_approve and approval.is_auto):
        return why
    given: list[Decision] = []
    author = proof.provenance.drafter.removeprefix("person:") if proof.provenance else ""
    for one in approval.decisions:
        if one.kind is not DecisionKind.APPROVE or one.digest != first.digest:
            return _refusal(RefusalReason.STALE, f"{one.by} approved another proof than this.")
        why = (
            why_not_signed(team, post_id, one)
            or why_no_right(team, one, proof.brand, proof.platform)
            or why_no_approval(team, one, proof.brand, given, (author,))
        )
        if why is not None:
            return why
        given.append(one)
    lacking = missing(team, proof.brand, tuple(given))
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
    why = why_not_signed(team, post_id, moved)
    return why or why_no_right(team, moved, proof.brand, proof.platform), first


def role_words(person: Person) -> str:
    """Return the roles of a person, and for what."""
    where = ", ".join((*person.brands, *person.networks))
    return ", ".join(person.roles) + (f" for {where}" if where else "")


def _refusal(reason: RefusalReason, message: str) -> Refusal:
    return Refusal(reason=reason, message=message)
