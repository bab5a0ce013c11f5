"""What nobody gave is shown, and goes out by nobody's glance at a whole campaign."""

import pytest

from app.review.decisions import unseen_claim
from cli.proofs import proof
from galley.models.draft import Draft, Fact, FactKind, Problem
from galley.models.network import Platform
from galley.models.post import PostState, PostView
from galley.models.review import Decision, DecisionKind

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


def test_a_claim_is_not_approved_together_with_others() -> None:
    why = unseen_claim(said(DecisionKind.APPROVE), VIEW)

    assert why is not None
    assert "by its own name" in why


@pytest.mark.parametrize("kind", [DecisionKind.REJECT, DecisionKind.REGENERATE])
def test_a_claim_keeps_nobody_from_other_decisions(kind: DecisionKind) -> None:
    assert unseen_claim(said(kind), VIEW) is None


def test_a_post_without_claims_is_approved_with_others() -> None:
    view = VIEW.model_copy(update={"problems": ()})

    assert unseen_claim(said(DecisionKind.APPROVE), view) is None
