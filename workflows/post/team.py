"""PostTeam: the roster of one post, and what its policy says of decisions and changes."""

from temporalio import workflow

from galley.models.post import PostInput, PostState
from galley.models.review import ChangeKind, ChangeRequest, Decision, DecisionKind, Refusal
from galley.models.team import Team
from galley.review.changes import over, why_not_change
from galley.review.decisions import why_not
from galley.review.proof import approvals_on
from galley.review.signatures import missing, why_not_counted
from workflows.post import steps
from workflows.post.record import PostRecord

AUTO = "auto-approval"
"""Who approves where a campaign lets no person do it."""


class PostTeam:
    """Judges every message of a person to one post; PostWorkflow asks it."""

    def __init__(self, start: PostInput, record: PostRecord) -> None:
        self._start = start
        self._record = record

    async def read(self) -> None:
        """Have a worker read its team file, where the campaign was started with one."""
        if self._start.options.review.is_signed:
            self._record.show(waiting_for="a worker with the team file: set GALLEY_TEAM")
            self._record.keep(team=await steps.read_team())

    def why_not(self, decision: Decision, pending: Decision | None) -> Refusal | None:
        """Return why a decision changes nothing: by the rule, or by the team's policy."""
        view = self._record.view
        why = why_not(decision, view, pending)
        shown = view.proposal or view
        author = shown.provenance.drafter.removeprefix("person:") if shown.provenance else ""
        return why or self._why_not_counted(decision, (author, self._start.started_by))

    def why_not_change(self, request: ChangeRequest) -> Refusal | None:
        """Return why a request changes nothing: by the rule, or by the team's policy."""
        why = why_not_change(request, self._record.view, workflow.now())
        # Another time is approved by whoever names it; the other changes let out nothing new.
        if why is not None or request.kind is not ChangeKind.RESCHEDULE:
            return why
        return self._why_not_counted(request, ())

    def is_enough(self, decision: Decision) -> bool:
        """Count an approval that was kept, and return whether the policy wants no more."""
        view, team = self._record.view, self._record.snapshot.team
        is_counted = decision.kind is DecisionKind.APPROVE and view.state is not PostState.HELD
        if team is None or not is_counted or decision.by == AUTO:
            return True
        given = approvals_on(view, view.decisions[-1])
        lacking = missing(team, view.brand, given)
        self._record.show(approvals=given, waiting_for=lacking or view.waiting_for)
        return not lacking

    def _why_not_counted(
        self, said: Decision | ChangeRequest, authors: tuple[str, ...]
    ) -> Refusal | None:
        if not self._start.options.review.is_signed:
            return None
        team: Team | None = self._record.snapshot.team
        if team is None:
            return over("the team is not read yet.")
        # cryptography imports parts of itself on first use, which the sandbox must not repeat.
        with workflow.unsafe.imports_passed_through():
            return why_not_counted(team, self._record.view, said, authors)
