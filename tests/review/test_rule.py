"""Which decision counts."""

import pytest

from galley.models.draft import Draft, DraftEdit, Problem
from galley.models.network import Platform
from galley.models.post import PostState, PostView
from galley.models.review import Decision, DecisionKind, Refusal
from galley.review.decisions import why_not
from galley.review.proof import proof_of

VIEW = PostView(
    workflow_id="post:k:c",
    campaign_id="campaign:k",
    platform=Platform.X,
    channel_id="c",
    channel_name="c",
    state=PostState.IN_REVIEW,
    revision=1,
    draft=Draft(text="hello"),
)
PROOF = proof_of(VIEW)
SEEN = PROOF.digest if PROOF else ""


def _said(kind: DecisionKind, edit: DraftEdit | None = None) -> Decision:
    return Decision(kind=kind, revision=1, digest=SEEN, by="kim", edit=edit)


def _said_of(refusal: Refusal | None) -> str:
    return refusal.message if refusal else ""


def test_a_claim_keeps_nobody_from_approving_but_a_broken_rule_does() -> None:
    claim = Problem(rule="names_from_source", message="Not there.", is_claim=True)
    misfit = Problem(rule="text_length", message="Too long.")
    doubtful = VIEW.model_copy(update={"problems": (claim,)})
    unfit = VIEW.model_copy(update={"problems": (claim, misfit)})

    assert why_not(_said(DecisionKind.APPROVE), doubtful, None) is None
    assert "Too long." in _said_of(why_not(_said(DecisionKind.APPROVE), unfit, None))


@pytest.mark.parametrize(
    "edit",
    [
        DraftEdit(text="x" * 100_001),
        DraftEdit(thread=("x",) * 10_000),
        DraftEdit(headline="x" * 60_000, title="x" * 60_000),
    ],
)
def test_an_edit_that_no_payload_could_carry_is_refused(edit: DraftEdit) -> None:
    why = why_not(_said(DecisionKind.EDIT, edit), VIEW, None)

    assert "shorten it" in _said_of(why)


@pytest.mark.parametrize("edit", [None, DraftEdit()])
def test_an_empty_edit_is_refused(edit: DraftEdit | None) -> None:
    why = why_not(_said(DecisionKind.EDIT, edit), VIEW, None)

    assert "changes nothing" in _said_of(why)


def test_the_longest_text_of_a_network_may_be_edited() -> None:
    edit = DraftEdit(text="x" * 63_206)

    assert why_not(_said(DecisionKind.EDIT, edit), VIEW, None) is None


def test_a_post_that_was_changed_too_often_is_approved_or_rejected() -> None:
    changes = (_said(DecisionKind.REGENERATE),) * 100
    worn = VIEW.model_copy(update={"decisions": changes})
    edit = DraftEdit(text="better")

    refused = [
        why_not(_said(DecisionKind.EDIT, edit), worn, None),
        why_not(_said(DecisionKind.REGENERATE), worn, None),
    ]

    assert all("approve or reject" in _said_of(why) for why in refused)
    assert why_not(_said(DecisionKind.APPROVE), worn, None) is None
    assert why_not(_said(DecisionKind.REJECT), worn, None) is None


MAKING = VIEW.model_copy(update={"state": PostState.DRAFTING, "is_making_media": True})


@pytest.mark.parametrize("kind", sorted(DecisionKind))
@pytest.mark.parametrize("state", [PostState.DRAFTING, PostState.IN_REVIEW])
def test_what_needs_no_media_is_decided_once_while_they_are_made(
    kind: DecisionKind, state: PostState
) -> None:
    making = MAKING.model_copy(update={"state": state})
    worked_on = _said(DecisionKind.EDIT) if state is PostState.IN_REVIEW else None
    needs_none = kind in {DecisionKind.REJECT, DecisionKind.REGENERATE}
    said = _said(kind, DraftEdit(text="other"))

    assert (why_not(said, making, worked_on) is None) is needs_none
    assert why_not(said, making, _said(DecisionKind.REJECT)) is not None
    assert why_not(said.model_copy(update={"revision": 0}), making, worked_on)


def test_nothing_is_decided_while_the_words_are_written_or_once_it_is_over() -> None:
    writing = MAKING.model_copy(update={"is_making_media": False})
    over = MAKING.model_copy(update={"state": PostState.RETRACTED})

    assert "wait for it" in _said_of(why_not(_said(DecisionKind.REJECT), writing, None))
    assert why_not(_said(DecisionKind.REJECT), over, None) is not None
