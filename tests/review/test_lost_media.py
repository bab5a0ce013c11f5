"""What a post says of lost media is what its commands then take."""

import pytest

from galley.models.draft import Draft, DraftEdit
from galley.models.network import Platform
from galley.models.post import PostState, PostView
from galley.models.review import Decision, DecisionKind
from galley.review.changes import ON_ITS_WAY
from galley.review.decisions import what_helps, why_not
from galley.review.proof import proof_of

_COMMANDS = {
    "--remake-media": DecisionKind.EDIT,
    "regenerate": DecisionKind.REGENERATE,
    "Reject": DecisionKind.REJECT,
}


def _takes(state: PostState, kind: DecisionKind) -> bool:
    view = PostView(
        workflow_id="post:k:c",
        campaign_id="campaign:k",
        platform=Platform.X,
        channel_id="c",
        channel_name="c",
        state=state,
        revision=1,
        draft=Draft(text="hello"),
    )
    edit = DraftEdit(remake_media=True)
    proof = proof_of(view)
    digest = proof.digest if proof else ""
    said = Decision(kind=kind, revision=1, digest=digest, by="kim", edit=edit)
    return why_not(said, view, None) is None


@pytest.mark.parametrize("state", sorted({*ON_ITS_WAY, PostState.IN_REVIEW, PostState.HELD}))
def test_each_command_that_is_named_is_taken_in_that_state(state: PostState) -> None:
    said = what_helps(state, is_lost=True)
    named = [kind for word, kind in _COMMANDS.items() if word in said]

    assert named
    assert all(_takes(state, kind) for kind in named)
    assert ("--approve" in said) is (state in ON_ITS_WAY)


def test_what_may_come_back_is_not_made_anew() -> None:
    said = [what_helps(state, is_lost=False) for state in PostState]

    assert all("--remake-media" not in one for one in said)
