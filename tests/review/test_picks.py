"""Which variant a decision means."""

import pytest

from galley.models.draft import Draft, DraftEdit, Problem, Variant
from galley.models.network import Platform
from galley.models.post import PostState, PostView
from galley.models.review import Decision, DecisionKind
from galley.review.decisions import meant, why_not
from galley.review.proof import proof_of

LONG = (Problem(rule="text_length", message="Too long: shorten it."),)
VIEW = PostView(
    workflow_id="post:k:c",
    campaign_id="campaign:k",
    platform=Platform.X,
    channel_id="c",
    channel_name="c",
    state=PostState.IN_REVIEW,
    revision=1,
    draft=Draft(text="one"),
    variants=(
        Variant(draft=Draft(text="one")),
        Variant(draft=Draft(text="two")),
        Variant(draft=Draft(text="three"), problems=LONG),
    ),
)
SINGLE = VIEW.model_copy(update={"variants": ()})
EDIT = DraftEdit(text="other")


def said(pick: int | None, kind: DecisionKind = DecisionKind.APPROVE) -> Decision:
    edit = EDIT if kind is DecisionKind.EDIT else None
    proof = proof_of(VIEW, pick)
    digest = proof.digest if proof else ""
    return Decision(kind=kind, revision=1, digest=digest, by="kim", pick=pick, edit=edit)


def texts(view: PostView, decision: Decision) -> tuple[int, str] | None:
    found = meant(view, decision)
    return found and (found[0], found[1].draft.text)


def test_without_a_pick_the_first_is_meant_and_later_the_one_picked_before() -> None:
    again = VIEW.model_copy(update={"picked": 2})

    assert texts(VIEW, said(None)) == (1, "one")
    assert texts(VIEW, said(2)) == (2, "two")
    assert texts(again, said(None)) == (2, "two")
    assert texts(SINGLE, said(None)) is None


@pytest.mark.parametrize(
    ("decision", "view", "why"),
    [
        (said(4), VIEW, "has 3 variants: pick 1 to 3"),
        (said(1), SINGLE, "is a single draft: leave out the pick"),
        (said(3), VIEW, "variant 3 does not fit: Too long"),
        (said(1, DecisionKind.REJECT), VIEW, "goes with approve or edit"),
        (said(1, DecisionKind.REGENERATE), VIEW, "goes with approve or edit"),
        (said(2), VIEW.model_copy(update={"state": PostState.HELD}), "The approved variant stands"),
        (
            said(2, DecisionKind.EDIT),
            VIEW.model_copy(update={"state": PostState.SCHEDULED}),
            "The approved variant stands",
        ),
    ],
)
def test_a_pick_that_means_nothing_that_can_go_out_is_refused(
    decision: Decision, view: PostView, why: str
) -> None:
    refusal = why_not(decision, view, None)

    assert why in (refusal.message if refusal else "")


def test_a_variant_that_does_not_fit_may_be_edited_and_one_that_fits_approved() -> None:
    unfit = VIEW.model_copy(update={"problems": LONG})

    assert why_not(said(3, DecisionKind.EDIT), VIEW, None) is None
    assert why_not(said(2), unfit, None) is None
    assert why_not(said(None), unfit, None) is not None
