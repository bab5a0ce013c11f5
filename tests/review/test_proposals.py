"""An agent proposes: none of its messages counts as a decision, in any state, by any way."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from galley.clients.team_file import public_half
from galley.models.agents import AgentMark
from galley.models.channel import Delivery, ShareMode
from galley.models.draft import Draft, DraftEdit, Provenance
from galley.models.post import PostSnapshot, PostState, Proposal
from galley.models.review import (
    ApprovedProof,
    ChangeKind,
    ChangeRequest,
    Decision,
    DecisionKind,
    RefusalReason,
)
from galley.models.team import Person, Policy, Team
from galley.publishing.post.change_requests import propose_time
from galley.review.changes import why_not_change
from galley.review.decisions import why_not
from galley.review.proof import proof_of, with_proof
from galley.review.proposals import MOST_OF_AGENTS, writer_of
from galley.review.signatures import signature_of, why_not_counted, why_not_released
from tests.review.test_rule import VIEW as REVIEWED
from tests.review.test_signatures import PEOPLE, PROOF, VIEW, said, signed

BOT = AgentMark(name="bot", model="m-1")
NOW = datetime(2026, 12, 1, 9, tzinfo=UTC)
LATER = NOW + timedelta(days=2)
KEY = Ed25519PrivateKey.generate()
AGENT = Person(name="agent:bot", roles=("agent",), key=public_half(KEY))
TEAM = Team(people=(*PEOPLE, AGENT))
DUE = REVIEWED.model_copy(update={"due_at": NOW})

names = st.sampled_from(["agent:bot", "agent:", "agent:kim", "kim"])
marks = st.sampled_from([None, BOT, AgentMark(name="kim")])


def edit(**more: Any) -> Decision:  # noqa: ANN401 - fields of a decision
    fields = {"kind": DecisionKind.EDIT, "revision": 1, "by": BOT.by, "agent": BOT, **more}
    return Decision.model_validate({"edit": DraftEdit(text="better"), **fields})


def move(**more: Any) -> ChangeRequest:  # noqa: ANN401 - fields of a request
    fields = {"kind": ChangeKind.RESCHEDULE, "by": BOT.by, "agent": BOT, "due_at": LATER, **more}
    return ChangeRequest.model_validate(fields)


@given(
    kind=st.sampled_from([DecisionKind.APPROVE, DecisionKind.REJECT]),
    state=st.sampled_from(PostState),
    by=names,
    mark=marks,
)
def test_no_agent_approves_or_rejects_in_any_state_under_any_name(
    kind: DecisionKind, state: PostState, by: str, mark: AgentMark | None
) -> None:
    if by == "kim" and mark is None:
        return
    view = REVIEWED.model_copy(update={"state": state})
    proof = proof_of(view)
    decision = Decision(
        kind=kind, revision=1, by=by, agent=mark, digest=proof.digest if proof else ""
    )

    assert why_not(decision, view, None) is not None


@given(kind=st.sampled_from(ChangeKind), state=st.sampled_from(PostState))
def test_of_the_changes_an_agent_asks_for_another_time_alone(
    kind: ChangeKind, state: PostState
) -> None:
    view = DUE.model_copy(update={"state": state})
    why = why_not_change(move(kind=kind), view, NOW)

    assert why is not None or kind is ChangeKind.RESCHEDULE


@pytest.mark.parametrize(
    "field",
    [{"link": "https://evil.example"}, {"board": "other"}, {"remake_media": True}],
    ids=lambda field: next(iter(field)),
)
def test_an_agent_changes_words_and_not_where_they_lead(field: dict[str, Any]) -> None:
    why = why_not(edit(edit=DraftEdit(**field)), REVIEWED, None)

    assert why is not None
    assert "an agent may not change" in why.message
    assert why_not(edit(), REVIEWED, None) is None


def test_an_agent_does_not_overwrite_a_person_an_approval_or_a_post_without_end() -> None:
    by_kim = REVIEWED.model_copy(update={"provenance": Provenance(drafter="person:kim")})
    approved = REVIEWED.model_copy(update={"approvals": (said(),)})
    busy = REVIEWED.model_copy(update={"decisions": (edit(),) * MOST_OF_AGENTS})

    assert "a person wrote" in str(why_not(edit(), by_kim, None))
    assert "ann approved it" in str(why_not(edit(), approved, None))
    assert "a person goes on" in str(why_not(edit(), busy, None))
    assert "a person wrote" not in str(why_not_change(move(), by_kim, NOW))


def test_only_a_time_of_its_own_is_proposed_and_not_a_place_in_the_queue() -> None:
    queued = DUE.model_copy(update={"delivery": Delivery(mode=ShareMode.ADD_TO_QUEUE)})

    assert why_not_change(move(), DUE, NOW) is None
    assert why_not_change(move(), queued, NOW) is not None
    assert why_not_change(move(mode=ShareMode.SHARE_NOW, due_at=None), DUE, NOW) is not None


def snapshot(state: PostState, **more: Any) -> PostSnapshot:  # noqa: ANN401 - fields of the view
    view = DUE.model_copy(update={"state": state, **more})
    return with_proof(PostSnapshot(view=view), REVIEWED)


def test_a_time_in_review_makes_an_earlier_look_useless() -> None:
    before = snapshot(PostState.IN_REVIEW)
    after = with_proof(propose_time(before, move(), NOW), before.view)
    late = Decision(kind=DecisionKind.APPROVE, revision=1, by="kim", digest=before.view.digest)

    assert after.view.due_at == LATER
    refused = why_not(late, after.view, None)
    assert refused is not None
    assert refused.reason is RefusalReason.STALE


@pytest.mark.parametrize("state", [PostState.SCHEDULED, PostState.PUBLISHING, PostState.LATE])
def test_a_time_after_approval_moves_nothing_until_a_person_approves_it(state: PostState) -> None:
    before = snapshot(state, approved_revision=1)
    after = with_proof(propose_time(before, move(), NOW), before.view)

    assert (after.job, after.change, after.approval) == (before.job, before.change, before.approval)
    assert after.view.due_at == NOW
    assert after.view.proposal == Proposal(draft=Draft(text="hello"), due_at=LATER)
    assert (after.view.revision, after.view.approved_revision) == (2, 1)
    proof = proof_of(after.view)
    assert proof is not None
    assert proof.due_at == LATER


def test_a_writer_is_named_with_the_model() -> None:
    assert writer_of(edit()) == "agent:bot (m-1)"
    assert writer_of(edit(agent=None)) == "agent:unnamed (no model named)"
    assert writer_of(said()) == "person:ann"


# With a team


def by_key(decision: Decision) -> Decision:
    return decision.model_copy(update={"signature": signature_of(KEY, VIEW.workflow_id, decision)})


def test_an_agent_of_the_team_proposes_with_its_own_key_alone() -> None:
    honest = by_key(edit(at=NOW))
    by_person = signed(edit(at=NOW), by="ann")
    as_person = by_key(said(by="ann"))

    assert why_not_counted(TEAM, VIEW, honest, (), NOW) is None
    assert why_not_counted(TEAM, VIEW, edit(at=NOW), (), NOW) is not None
    assert why_not_counted(TEAM, VIEW, by_person, (), NOW) is not None
    assert why_not_counted(TEAM, VIEW, as_person, (), NOW) is not None


def test_the_key_of_an_agent_releases_nothing() -> None:
    approve = by_key(said(by="agent:bot"))
    moved = move(at=NOW)
    moved = moved.model_copy(update={"signature": signature_of(KEY, VIEW.workflow_id, moved)})
    forged = ApprovedProof(digest=PROOF.digest, due_at=PROOF.due_at, decisions=(approve,))
    later = PROOF.model_copy(update={"due_at": LATER})
    shifted = ApprovedProof(
        digest=later.digest,
        due_at=LATER,
        first_due_at=PROOF.due_at,
        decisions=(signed(said()),),
        moved=moved,
    )

    assert why_not_released(TEAM, VIEW.workflow_id, PROOF, forged) is not None
    assert why_not_released(TEAM, VIEW.workflow_id, later, shifted) is not None


@pytest.mark.parametrize(
    "team",
    [
        {"people": (*PEOPLE, {**AGENT.model_dump(), "roles": ("agent", "approver")})},
        {"people": (*PEOPLE, {**AGENT.model_dump(), "name": "bot"})},
        {"people": ({**PEOPLE[0].model_dump(), "name": "agent:kim"},)},
        {"people": (*PEOPLE, AGENT), "policies": {"default": Policy(stages=("agent",))}},
    ],
    ids=["two roles", "a person's name", "a person as an agent", "a stage"],
)
def test_no_team_file_lets_an_agent_approve(team: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Team.model_validate(team)
