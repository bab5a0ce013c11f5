"""The team of a worker: read for posts, and asked before each call that lets one out.

PostWorkflow calls ``read_team``; the calls to Buffer ask :meth:`TeamGate.why_not`.
"""

from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.edge import heartbeating
from activities.interfaces import TeamActivities
from galley.models.publishing import CreatePost, EditPost
from galley.models.team import ReadTeam, Team
from galley.publishing.request import proof_sent
from galley.review.signatures import why_not_released

_NO_TEAM = (
    "This worker has no team file, and the post was started with one: set GALLEY_TEAM and "
    "start the worker again."
)


class TeamGate(TeamActivities):
    """Lets out what people of the team approved; without a team, everything."""

    def __init__(self, team: Team | None) -> None:
        self._team = team

    @activity.defn
    async def read_team(self, task: ReadTeam) -> Team:
        """Return the worker's roster and policies.

        Raises:
            ApplicationError: It has none; retried until a worker has one.
        """
        del task
        async with heartbeating():
            if self._team is None:
                raise ApplicationError(_NO_TEAM, type="NoTeam")
            return self._team

    def why_not(self, task: CreatePost | EditPost) -> str | None:
        """Return why a call may not go out, or ``None``.

        What the task says of its approval may be forged by anybody who reaches Temporal: the
        proof is made of the request itself, and each signature is verified once more.
        """
        if self._team is None:
            return None
        proof = proof_sent(task.request, task.approval, task.provenance)
        named = task.approval.due_at if task.approval else None
        refusal = why_not_released(self._team, f"post:{task.job_id}", proof, task.approval)
        if refusal is not None:
            return f"It was not let out: {refusal.message}"
        if named is not None and task.request.due_at < named:
            return "It was not let out: it would go out before the approved time."
        return None
