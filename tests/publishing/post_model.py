"""What must be true of a post, told without its code: who approved which words.

The model is given what a person did and what left the post, and knows nothing of how
the post keeps its books.
"""

from dataclasses import dataclass, field

from galley.models.account import PublishJob
from galley.models.post import Change, PostState
from galley.models.review import ChangeKind
from galley.publishing.request import proof_sent


@dataclass
class PostModel:
    """Words by revision, the revisions a person approved, and what was asked for."""

    shown: dict[int, str] = field(default_factory=dict)
    approved: set[int] = field(default_factory=set)
    proofs: list[str] = field(default_factory=list)
    """Digests in the order of their approvals: words, media, time and all."""
    asked: list[Change] = field(default_factory=list)
    answered: int = 0
    standing: int = 0
    ended_as: PostState | None = None

    def show(self, revision: int, words: str) -> None:
        """Words are put before a person under a number of their own."""
        assert self.shown.setdefault(revision, words) == words, "a number was reused"

    def approve(self, revision: int, digest: str) -> None:
        """A person lets these very words out, at this time."""
        assert revision in self.shown
        self.approved.add(revision)
        self.proofs.append(digest)

    def hand_over(self, job: PublishJob) -> None:
        """A job leaves for Buffer: only words that a person approved may."""
        self.standing = self.standing or job.revision
        self._may_leave(job)

    def _may_leave(self, job: PublishJob) -> None:
        assert job.revision in self.approved, "nobody approved it"
        assert job.request.text == self.shown[job.revision], "other words than approved"
        assert job.approval is not None, "nobody approved this proof"
        sent = proof_sent(job.request, job.approval, job.provenance)
        assert job.approval.digest == sent.digest, "it is not what was approved"

    def ask(self, change: Change) -> None:
        """A change leaves for Buffer, or leaves again; none replaces a retraction."""
        last = self.asked[-1] if self.asked else None
        if last == change:
            return
        if last is not None:
            is_open = last.change_id > self.answered
            assert not (is_open and last.kind is ChangeKind.RETRACT), "it was replaced"
            assert change.change_id > last.change_id
        self._may_leave(change.job)
        if change.kind in {ChangeKind.EDIT, ChangeKind.RESCHEDULE}:
            assert change.job.approval is not None
            assert change.job.approval.digest == self.proofs[-1], "another was approved last"
        if change.kind is ChangeKind.RESCHEDULE and change.job.approval is not None:
            named = change.job.approval.due_at
            assert named is None or change.job.request.due_at >= named, "it is early"
        self.asked.append(change)

    def answer(self, change: Change, *, is_done: bool) -> None:
        """Buffer answers; what it confirms stands, unless it said more since."""
        if change.change_id > self.answered:
            self.answered = change.change_id
            if is_done:
                self.standing = change.job.revision

    def forget(self) -> None:
        """Nothing that was asked for can come true any more."""
        self.answered = max((one.change_id for one in self.asked), default=0)

    def reopen(self) -> None:
        """Buffer has nothing of it: what a person approves next stands."""
        self.forget()
        self.standing = 0

    def stand(self, words: str, revision: int, *, is_settled: bool) -> None:
        """What the post says it stands for was approved, and is what Buffer has."""
        if revision:
            assert revision in self.approved
            assert words == self.shown[revision]
        if self.standing and is_settled:
            assert revision == self.standing, "Buffer has another revision"

    def end(self, state: PostState) -> None:
        """An end is for ever."""
        assert self.ended_as in {None, state}, "it ended twice"
        self.ended_as = state
