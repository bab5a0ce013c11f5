"""What a post's run knows, and how it is shown: view, search attributes, UI."""

from temporalio import workflow

from galley.models import (
    ChangeRequest,
    Decision,
    PostInput,
    PostSnapshot,
    PostState,
    PostView,
)
from galley.outbox.asking import viewed
from workflows import attributes, metering
from workflows.details import post_details

_IGNORED_KEPT = 20
_DECISIONS_KEPT = 200
"""More than the edits of a post; a view must fit into one payload."""
_PLACED = {
    PostState.SCHEDULED,
    PostState.LATE,
    PostState.PULLED_BACK,
    PostState.DRAFTING,
    PostState.IN_REVIEW,
}
"""States in which the due time may change, and is shown with the state."""


class PostRecord:
    """The snapshot of one post; an ended post stays as it is."""

    def __init__(self, start: PostInput) -> None:
        self.snapshot = start.snapshot or PostSnapshot(
            view=_first_view(start), delivery=start.options.posting.delivery
        )
        self._choices = attributes.choices(self.snapshot.view)

    @property
    def view(self) -> PostView:
        """What is shown of it."""
        return self.snapshot.view

    def keep(self, **changes: object) -> None:
        """Change what is known and not shown."""
        self.snapshot = self.snapshot.model_copy(update=changes)

    def set(self, **changes: object) -> None:
        """Change what is shown, when it is next shown."""
        self.snapshot = viewed(self.snapshot, **changes)

    def enter(self, state: PostState, **changes: object) -> None:
        """Go to a state; it waits for nothing unless that is said."""
        changes = {"waiting_for": "", **changes, "state": state}
        self.become(viewed(self.snapshot, **changes))

    def show(self, **changes: object) -> None:
        """Change what is shown, and show it."""
        self.become(viewed(self.snapshot, **changes))

    def become(self, snapshot: PostSnapshot) -> None:
        """Take a new snapshot and show it, unless the post has ended."""
        before = self.view
        if before.state.is_final:
            return
        self.snapshot = snapshot
        view = snapshot.view
        is_due_anew = view.due_at != before.due_at and view.state in _PLACED
        is_choice_new = attributes.choices(view) != self._choices
        if view.state is not before.state or is_due_anew or is_choice_new:
            self._choices = attributes.choices(view)
            is_placed = is_due_anew or view.state is PostState.SCHEDULED
            attributes.record(view, is_placed=is_placed)
        if view.state is not before.state:
            metering.entered(view.platform, view.state)
        workflow.set_current_details(post_details(view))

    def decided(self, decision: Decision) -> None:
        """Keep a decision that counts, without its words: they are in the draft."""
        known = decision.model_copy(update={"edit": None})
        self.set(decisions=(*self.view.decisions, known)[-_DECISIONS_KEPT:])

    def ignore(self, said: Decision | ChangeRequest, why: str) -> None:
        """Keep that something changed nothing."""
        line = f"{said.kind} by {said.by} changed nothing: {why}"
        self.set(ignored=(*self.view.ignored, line)[-_IGNORED_KEPT:])

    def cancelled(self) -> None:
        """Leave no state behind that asks for anything: the run was cancelled."""
        there = "What Buffer has of it, or still gets, goes out: look at the channel."
        why = "The run was cancelled in Temporal."
        known = self.snapshot.is_handed_over
        self.enter(PostState.FAILED, error=f"{why} {there}" if known else why)


def _first_view(start: PostInput) -> PostView:
    return PostView(
        workflow_id=workflow.info().workflow_id,
        campaign_id=start.campaign_id,
        platform=start.channel.platform,
        channel_id=start.channel.id,
        channel_name=start.channel.name,
        state=PostState.DRAFTING,
        revision=0,
        due_at=start.due_at,
        waiting_for="the first draft",
    )
