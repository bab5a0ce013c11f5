"""Who of a team may decide on a post, and whose approval it still needs.

:mod:`galley.review.signatures` judges a message that came; this answers before one is sent.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from galley.models.post import PostState, PostView
from galley.models.review import ChangeKind, ChangeRequest, Decision, DecisionKind
from galley.models.team import Team
from galley.review.signatures import why_no_approval, why_no_right


@dataclass(frozen=True)
class StillNeeded:
    """Approvals that a post needs beside those it has.

    Attributes:
        count: How many.
        able: The people who may give the next one; empty if nobody is left who may.
        is_staged: Whether others may give the ones after it, whom this one lets in.
    """

    count: int
    able: tuple[str, ...]
    is_staged: bool

    @property
    def words(self) -> str:
        """How many, and whose."""
        all_needed = len(self.able) <= self.count and not self.is_staged
        whose = " and ".join(self.able) if all_needed else either(self.able)
        ending = f"{'s' * (self.count > 1)}{', the next' * self.is_staged}"
        return f"{self.count} more approval{ending} from {whose or 'somebody else'}"


def either(names: Sequence[str]) -> str:
    """Return a choice, such as ``Ann, Kim or Lee``; empty without any."""
    return " or ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))


def why_not_approve(team: Team | None, view: PostView, person: str) -> str:
    """Return why a team's policy does not let this person approve a post now, or ``""``."""
    if team is None:
        return ""
    said = Decision(
        kind=DecisionKind.APPROVE, revision=view.revision, digest=view.digest, by=person
    )
    written = (view.proposal or view).provenance
    author = written.drafter.removeprefix("person:") if written else ""
    why = why_no_right(team, said, view.channel_id, view.platform)
    # A post that is held was approved by enough people: any of them has it tried once more.
    if view.state is not PostState.HELD:
        why = why or why_no_approval(team, said, view.channel_id, _given(view), (author,))
    return why.message if why else ""


def others_who_may(
    team: Team | None, view: PostView, kind: DecisionKind | ChangeKind, person: str
) -> tuple[str, ...] | None:
    """Return to whom a team gives a right that this person has not; ``None``: they have it."""
    if team is None:
        return None
    said = (
        ChangeRequest(kind=kind, by=one.name)
        if isinstance(kind, ChangeKind)
        else Decision(kind=kind, revision=view.revision, by=one.name)
        for one in team.people
    )
    able = [one.by for one in said if not why_no_right(team, one, view.channel_id, view.platform)]
    return None if person in able else tuple(able)


def still_needed(team: Team | None, view: PostView) -> StillNeeded | None:
    """Return the approvals that a post in review needs once somebody has approved it."""
    is_open = view.state is PostState.IN_REVIEW or view.proposal is not None
    if team is None or not is_open or not (given := _given(view)):
        return None
    policy = team.policy(view.channel_id)
    count = max(1, policy.needed - len(given))
    able = tuple(one.name for one in team.people if not why_not_approve(team, view, one.name))
    return StillNeeded(count, able, is_staged=bool(policy.stages) and count > 1)


def _given(view: PostView) -> list[Decision]:
    return [one for one in view.approvals if one.digest == view.digest]
