"""What the review of a post teaches the voice of its brand."""

from collections.abc import Sequence

from temporalio import workflow
from temporalio.exceptions import ActivityError

from galley.approval.picks import meant
from galley.models import Decision, Draft, Lesson, PostInput, PostState
from galley.voice import making
from workflows import ids, post_steps
from workflows.failures import cause
from workflows.post_record import PostRecord

_REVIEWED = frozenset({PostState.DRAFTING, PostState.IN_REVIEW})
_LESSONS_KEPT = 12
"""Of one post; more rounds of review than a post has."""


class PostLearning:
    """The lessons of one post, gathered in review and handed over when it ends.

    A post that is approved as it was written teaches nothing, and costs nothing.
    """

    def __init__(self, start: PostInput, record: PostRecord) -> None:
        self._start = start
        self._record = record

    @property
    def is_due(self) -> bool:
        """Whether there is something to hand over."""
        is_reviewed = self._record.view.state in _REVIEWED
        return bool(self._record.snapshot.lessons) and not is_reviewed

    def drafted(self) -> None:
        """Compare later edits with the draft as it stands, if no person wrote it."""
        view = self._record.view
        is_by_person = view.provenance is None or view.provenance.is_by_person
        if not is_by_person:
            self._record.keep(written=view.draft)

    def approved(self, draft: Draft | None) -> None:
        """Learn what a person changed of a revision that goes out."""
        written = self._record.snapshot.written
        if written is not None and draft is not None and draft != written:
            self._add(making.edited(self._occasion(), written, draft))
        self._record.keep(written=draft)

    def turned_down(self, decision: Decision) -> None:
        """Learn why a draft was not taken: rejected, or written anew by a note."""
        view = self._record.view
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
        if decision.pick is None or found is None:
            return
        number, taken = found
        others = [one.draft for at, one in enumerate(view.variants, 1) if at != number]
        self.picked(taken.draft, others, decision.note)

    async def teach(self) -> None:
        """Hand the lessons over; a post says of its voice if that is in vain."""
        lessons = self._record.snapshot.lessons
        if not lessons:
            return
        self._record.keep(lessons=())
        try:
            await post_steps.teach_voice(self._start, lessons)
        except ActivityError as error:
            said = f"What this review taught was not learned: {cause(error)}"
            notice = " ".join(filter(None, (self._record.view.notice, said)))
            # A post that has ended is shown no more, yet its result says it.
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
        )
