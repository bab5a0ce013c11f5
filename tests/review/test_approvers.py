"""Who of a team may decide on a post, and whose approval it still needs."""

import pytest

from galley.models.post import PostState
from galley.models.review import ChangeKind, DecisionKind
from galley.models.team import Team
from galley.review.approvers import StillNeeded, others_who_may, still_needed, why_not_approve
from tests.review.test_signatures import TEAM, VIEW, said

APPROVED_BY_KIM = VIEW.model_copy(update={"approvals": (said("kim"),)})


def test_an_approval_is_offered_to_whom_the_policy_of_the_channel_lets() -> None:
    on_acme = VIEW.model_copy(update={"channel_id": "acme-x", "brand": "robots"})

    assert why_not_approve(TEAM, VIEW, "ann") == ""
    assert "waits for stage editor" in why_not_approve(TEAM, on_acme, "lee")
    assert why_not_approve(TEAM, on_acme, "kim") == ""


def test_whoever_approved_a_post_that_is_held_may_approve_it_again() -> None:
    given = VIEW.model_copy(update={"approvals": (said("ann"),)})
    held = given.model_copy(update={"state": PostState.HELD})

    assert "ann has approved it already" in why_not_approve(TEAM, given, "ann")
    assert why_not_approve(TEAM, held, "ann") == ""
    assert "kim may not approve" in why_not_approve(TEAM, held, "kim")


@pytest.mark.parametrize("kind", [DecisionKind.APPROVE, ChangeKind.RESCHEDULE])
def test_whoever_has_no_right_is_told_who_has(kind: DecisionKind | ChangeKind) -> None:
    others = others_who_may(TEAM, VIEW, kind, "kim")

    assert others
    assert "kim" not in others
    assert all(others_who_may(TEAM, VIEW, kind, one) is None for one in others)


def test_without_a_team_everybody_may() -> None:
    assert why_not_approve(None, VIEW, "kim") == ""
    assert others_who_may(None, VIEW, DecisionKind.APPROVE, "kim") is None
    assert still_needed(None, APPROVED_BY_KIM) is None


@pytest.mark.parametrize(
    ("policy", "needed"),
    [
        ({"approvals": 2}, StillNeeded(1, ("lee", "ann"), is_staged=False)),
        ({"approvals": 3}, StillNeeded(2, ("lee", "ann"), is_staged=False)),
        ({"approvals": 3, "stages": ("editor", "legal")}, StillNeeded(2, ("lee",), is_staged=True)),
    ],
)
def test_a_post_that_somebody_approved_says_whose_approvals_it_still_needs(
    policy: dict[str, object], needed: StillNeeded
) -> None:
    acme = {"channels": (VIEW.channel_id,), **policy}
    more = ("approver", "editor")
    people = [one.model_copy(update={"roles": (*one.roles, *more)}) for one in TEAM.people]
    team = Team.model_validate({"people": people, "policies": {"acme": acme}})

    assert still_needed(team, APPROVED_BY_KIM) == needed
    assert still_needed(team, VIEW) is None


@pytest.mark.parametrize(
    ("needed", "words"),
    [
        (StillNeeded(1, ("lee", "ann"), is_staged=False), "1 more approval from lee or ann"),
        (StillNeeded(2, ("lee", "ann"), is_staged=False), "2 more approvals from lee and ann"),
        (StillNeeded(2, ("lee",), is_staged=True), "2 more approvals, the next from lee"),
        (StillNeeded(1, (), is_staged=False), "1 more approval from somebody else"),
    ],
)
def test_it_is_said_whose_approvals_are_still_needed(needed: StillNeeded, words: str) -> None:
    assert needed.words == words
