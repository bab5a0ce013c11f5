"""PostRecord, the state of a post as it is shown, and PostLearning, the lessons of its review."""

from collections.abc import Sequence
from datetime import datetime
from typing import Unpack

from temporalio import workflow
from temporalio.exceptions import ActivityError

from galley.drafting import lessons as making
from galley.models.brand import Lesson
from galley.models.draft import Draft
from galley.models.post import (
    PostInput,
    PostSnapshot,
    PostSnapshotChanges,
    PostState,
    PostView,
    PostViewChanges,
)
from galley.models.review import Comment, Decision, Ignored, Refusal
from galley.publishing.post import patience
from galley.publishing.post.change_requests import with_view
from galley.review.decisions import meant
from galley.review.proof import with_proof
from galley.review.proposals import is_by_agent
from workflows import ids, runtime
from workflows.details import post_details
from workflows.post import steps
from workflows.runtime import cause

_IGNORED_KEPT = 20
_OPENING = 160
"""Letters of a draft that lists show: a line of a wide terminal."""
# Characters of the name of a signal that nobody knows.
_KIND_SHOWN = 60
# More than a post has edits; a view must fit into one payload.
_DECISIONS_KEPT = 200
# States in which the due time may change, and is shown with the state.
_PLACED = {
    PostState.SCHEDULED,
    PostState.LATE,
    PostState.PULLED_BACK,
    PostState.DRAFTING,
    PostState.IN_REVIEW,
}


class PostRecord:
    """The snapshot of one post, kept in step with search attributes, metrics and Temporal's UI."""

    def __init__(self, start: PostInput) -> None:
        first = PostView(
            workflow_id=workflow.info().workflow_id,
            campaign_id=start.campaign_id,
            platform=start.channel.platform,
            channel_id=start.channel.id,
            channel_name=start.channel.name,
            state=PostState.DRAFTING,
            revision=0,
            due_at=start.due_at,
            delivery=start.options.posting.delivery,
            boards=start.channel.boards,
            brand=start.options.brand,
            waiting_for="the first draft",
        )
        self._expires_after = start.options.review.expires_after
        self._snapshot = start.snapshot or PostSnapshot(view=first)
        self._shown = self.snapshot.view
        self._is_new = False

    @property
    def snapshot(self) -> PostSnapshot:
        """All that is known of the post; whoever changes it changes the digest with it."""
        return self._snapshot

    @snapshot.setter
    def snapshot(self, snapshot: PostSnapshot) -> None:
        self._snapshot = with_proof(snapshot, self._snapshot.view)

    def review_end(self) -> datetime:
        """Return when a review that begins now ends: a campaign may be stricter than the team."""
        team = self.snapshot.team
        most = team.policy(self.view.channel_id).expires_after if team else None
        return workflow.now() + min(self._expires_after, most or self._expires_after)

    @property
    def view(self) -> PostView:
        """The part that is shown."""
        return self.snapshot.view

    def keep(self, **changes: Unpack[PostSnapshotChanges]) -> None:
        """Change what is not shown."""
        self.snapshot = self.snapshot.replace(**changes)

    def set(self, **changes: Unpack[PostViewChanges]) -> None:
        """Change the view without showing it yet."""
        self.snapshot = with_view(self.snapshot, **changes)

    def enter(self, state: PostState, /, **changes: Unpack[PostViewChanges]) -> None:
        """Go to a state, and show it; the post waits for nothing unless that is said."""
        anew = with_view(self.snapshot, waiting_for="", held_for=None, state=state)
        self.become(with_view(anew, **changes))

    def show(self, **changes: Unpack[PostViewChanges]) -> None:
        """Change the view and show it."""
        self.become(with_view(self.snapshot, **changes))

    def become(self, snapshot: PostSnapshot) -> None:
        """Take a new snapshot, to be shown; a post that has ended stays as it is."""
        before = self.view
        if before.state.is_final:
            return
        self.snapshot = patience.with_passed_time(snapshot, workflow.now())
        self._is_new = True
        if self.view.state is not before.state:
            runtime.entered(self.view.platform, self.view.state)

    async def keep_shown(self) -> None:
        """Show what is new at the end of each workflow task, for as long as the run lasts.

        Not where a message is heard: in which order a task hears messages is not the same in a
        replay (:func:`~workflows.runtime.after_signals`), and what it shows is an event.
        """
        while True:
            await workflow.wait_condition(lambda: self._is_new)
            self.show_now()

    def show_now(self) -> None:
        """Show what is new: before a run ends, too."""
        if not self._is_new:
            return
        self._is_new = False
        view, before = self.view, self._shown
        self._shown = view
        is_due_anew = view.due_at != before.due_at and view.state in _PLACED
        is_choice_new = ids.choices(view) != ids.choices(before)
        # Search attributes cost an event each time, so that only what lists show sets them.
        if view.state is not before.state or is_due_anew or is_choice_new:
            is_placed = is_due_anew or view.state is PostState.SCHEDULED
            ids.record(view, is_placed=is_placed)
        if (memo := _memo(view)) != _memo(before):
            # In the memo, lists read it without a worker, and it is encrypted where that is on.
            workflow.upsert_memo(memo)
        workflow.set_current_details(post_details(view))

    def decided(self, decision: Decision) -> None:
        """Keep a decision that counts, without the text of its edit: the draft has that."""
        heard = decision.at or workflow.now()
        known = decision.model_copy(update={"edit": None, "at": heard})
        self.set(decisions=(*self.view.decisions, known)[-_DECISIONS_KEPT:])

    def commented(self, said: Comment) -> None:
        """Keep what a person said to others."""
        heard = said.model_copy(update={"at": said.at or workflow.now()})
        self.set(comments=(*self.view.comments, heard))

    def ignore(self, kind: str, by: str, why: Refusal) -> None:
        """Keep that a decision, request or other message changed nothing, and show why."""
        one = Ignored(kind=kind[:_KIND_SHOWN], by=by, refusal=why)
        # ``show`` leaves a post that has ended as it is, but its result holds the notice.
        self.set(ignored=(*self.view.ignored, one)[-_IGNORED_KEPT:])
        self.show()

    def cancelled(self) -> None:
        """End the view of a run that was cancelled: lists must not ask a person for it."""
        there = "What Buffer has of it is taken back: look at the channel."
        if self.view.state is PostState.SENT:
            there = "It is published already."
        why = "The run was cancelled in Temporal."
        known = self.snapshot.is_handed_over
        self.enter(PostState.FAILED, error=f"{why} {there}" if known else why)


def _memo(view: PostView) -> dict[str, str]:
    """Return the first words of the draft, on one line, and whether a person must look at it."""
    draft, problems = view.draft, (view.proposal or view).problems
    opening = " ".join((draft.title or draft.text).split())[:_OPENING] if draft else ""
    marked = "claim" if problems else ""
    if any(not one.is_claim for one in problems):
        marked = "problem"
    return {"opening": opening, "marked": marked}


_REVIEWED = frozenset({PostState.DRAFTING, PostState.IN_REVIEW})
# More than a post has rounds of review.
_LESSONS_KEPT = 12


class PostLearning:
    """The lessons of one post, gathered in review and handed over when it ends.

    A post that is approved as it was written teaches nothing, and costs nothing.
    """

    def __init__(self, start: PostInput, record: PostRecord) -> None:
        self._start = start
        self._record = record

    @property
    def is_due(self) -> bool:
        """Whether the review has ended with lessons to hand over."""
        is_reviewed = self._record.view.state in _REVIEWED
        return bool(self._record.snapshot.lessons) and not is_reviewed

    def drafted(self) -> None:
        """Compare later edits with this draft, unless a person wrote it."""
        view = self._record.view
        is_by_person = view.provenance is None or view.provenance.is_by_person
        if not is_by_person:
            self._record.keep(written=view.draft)

    def proposed(self, decision: Decision) -> None:
        """Compare a person's later edits with the words of an agent, which teach nothing."""
        view = self._record.view
        if is_by_agent(decision):
            self._record.keep(written=(view.proposal or view).draft)

    def approved(self, draft: Draft | None) -> None:
        """Learn what a person changed of a revision that goes out."""
        written = self._record.snapshot.written
        if written is not None and draft is not None and draft != written:
            self._add(making.edited(self._occasion(), written, draft))
        self._record.keep(written=draft)

    def turned_down(self, decision: Decision) -> None:
        """Learn why a draft was not taken: rejected, or written anew by a note."""
        view = self._record.view
        if is_by_agent(decision):
            return
        if view.state is PostState.IN_REVIEW and view.draft is not None:
            occasion = self._occasion(decision.revision)
            self._add(making.rejected(occasion, view.draft, decision.note))

    def picked(self, taken: Draft, others: Sequence[Draft], reason: str = "") -> None:
        """Learn which of several drafts was taken; edits are compared with it."""
        self._add(making.picked(self._occasion(), taken, others, reason))
        self._record.keep(written=taken)

    def decided(self, decision: Decision) -> None:
        """Learn from a pick that a person made, before the others are dropped."""
        view = self._record.view
        found = meant(view, decision)
        if decision.pick is None or found is None or is_by_agent(decision):
            return
        number, taken = found
        others = [one.draft for at, one in enumerate(view.variants, 1) if at != number]
        self.picked(taken.draft, others, decision.note)

    async def teach(self) -> None:
        """Hand the lessons over; where that fails, the post's notice says so."""
        lessons = self._record.snapshot.lessons
        if not lessons:
            return
        self._record.keep(lessons=())
        try:
            await steps.teach_voice(self._start, lessons)
        except ActivityError as error:
            said = f"What this review taught was not learned: {cause(error)}"
            notice = " ".join(filter(None, (self._record.view.notice, said)))
            # ``show`` leaves a post that has ended as it is, but its result holds the notice.
            self._record.set(notice=notice)
            self._record.show()

    def _add(self, lessons: tuple[Lesson, ...]) -> None:
        kept = (*self._record.snapshot.lessons, *lessons)[-_LESSONS_KEPT:]
        self._record.keep(lessons=kept)

    def _occasion(self, revision: int | None = None) -> making.Occasion:
        start, view = self._start, self._record.view
        return making.Occasion(
            platform=start.channel.platform,
            post_key=ids.post_key(start.key, start.channel.id),
            revision=view.revision if revision is None else revision,
            at=workflow.now(),
            angle=view.provenance.angle if view.provenance else "",
        )
