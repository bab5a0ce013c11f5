"""What nobody gave is shown, and goes out by nobody's glance at a whole campaign."""

from datetime import UTC, datetime

import pytest

from app.review.decisions import unseen_claim
from cli.proofs import proof
from galley.models.draft import Draft, Fact, FactKind, Problem, Provenance
from galley.models.network import Platform
from galley.models.post import PostState, PostView
from galley.models.review import Decision, DecisionKind
from workflows.details import post_details

CLAIM = Problem(rule="names_from_source", message="Not there: Holm.", is_claim=True)
VIEW = PostView(
    workflow_id="post:k:c",
    campaign_id="campaign:k",
    platform=Platform.X,
    channel_id="c",
    channel_name="main",
    state=PostState.IN_REVIEW,
    revision=1,
    draft=Draft(text="Holm says so."),
    facts=(Fact(kind=FactKind.NAME, place="text", start=0, end=4),),
    problems=(CLAIM,),
)


def said(kind: DecisionKind) -> Decision:
    return Decision(kind=kind, revision=1, by="kim")


def test_show_marks_claims_and_counts_what_was_found() -> None:
    shown = proof(VIEW)

    assert "Facts: 1 nowhere" in shown
    assert "Claim: Not there: Holm." in shown


def test_show_tells_the_angle_of_a_draft_and_why_it_was_taken() -> None:
    by = Provenance(
        drafter="m", angle="the wire", other_angles=("the room",), reason="One story in order."
    )
    view = VIEW.replace(provenance=by)
    shown = proof(view)

    assert "Angle: the wire · or: the room\n" in shown
    assert "Why this draft: One story in order.\n" in shown
    assert "Angle: the wire. One story in order." in post_details(view)


def test_a_post_that_stays_out_is_not_due() -> None:
    due = datetime(2026, 12, 1, 9, tzinfo=UTC)

    assert "2026-12-01" in proof(VIEW.replace(due_at=due))
    assert "2026-12-01" not in proof(VIEW.replace(due_at=due, state=PostState.REJECTED))


def test_a_draft_of_the_demo_says_that_a_model_wrote_it_once() -> None:
    shown = proof(VIEW.replace(provenance=Provenance(drafter="recorded")))

    assert "Drafter: recorded (a model wrote it once, for this article;" in shown


def test_a_claim_is_not_approved_together_with_others() -> None:
    why = unseen_claim(said(DecisionKind.APPROVE), VIEW)

    assert why is not None
    assert "not with its campaign" in why


@pytest.mark.parametrize("kind", [DecisionKind.REJECT, DecisionKind.REGENERATE])
def test_a_claim_keeps_nobody_from_other_decisions(kind: DecisionKind) -> None:
    assert unseen_claim(said(kind), VIEW) is None


def test_a_post_without_claims_is_approved_with_others() -> None:
    view = VIEW.model_copy(update={"problems": ()})

    assert unseen_claim(said(DecisionKind.APPROVE), view) is None
