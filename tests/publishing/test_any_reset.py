"""As any order, and an operator resets the post at any time: still one post, the newest words.

Whatever became of the earlier words, at rest Buffer has the newest, or a person is asked.
"""

from datetime import timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule
from typing_extensions import override

from galley.models.account import ProgressKind
from galley.models.post import Change
from galley.models.review import ChangeKind
from galley.publishing.job import changes, creation, hand_over
from galley.publishing.job.record import JobPhase
from tests.publishing.making import NOW, job
from tests.publishing.test_any_order import FATES, AnyOrder, with_request

_TEXTLESS = job(text="", due_in=30 * 86_400)


class AnyReset(AnyOrder):
    """One job, handed over by one life of its post after the other."""

    @override
    @initialize(looks=st.booleans())
    def hand_over(self, *, looks: bool) -> None:
        self.lives = 1
        self.first = self.first.replace(made_at=NOW)
        self.approved = self.asked = self.first
        self.keep(creation.accept(self.first.replace(look_first=looks)))

    @rule(withdraws=st.booleans(), fates=st.lists(st.sampled_from(FATES), max_size=4))
    def reset(self, *, withdraws: bool, fates: list[str]) -> None:
        self.now += timedelta(minutes=1)
        before, self.lives = self.approved, self.lives + 1
        self.is_deleted_in_sight = False
        if withdraws:
            asked = Change(
                change_id=self.record.heard + 1,
                kind=ChangeKind.RETRACT,
                job=_TEXTLESS.replace(made_at=self.now),
                is_withdrawal=True,
            )
            self.unanswered = None
            self.keep(changes.take_change(self.record, asked, self.now))
        for fate in fates:
            self.now = max(self.now, self.record.not_before or self.now)
            self.call_once(self.step, fate)
        self.now += timedelta(minutes=1)
        newest = with_request(
            before, text=f"life {self.lives}", due_at=self.now + timedelta(days=30)
        )
        newest = newest.replace(made_at=self.now)
        self.approved, self.asked, self.unanswered = newest, newest, None
        after = hand_over.accept_again(self.record, newest, self.now)
        self.ends = [one for one in self.ends if one is ProgressKind.SENT]
        self.keep(after)
        # What was handed over before it, and comes late, changes nothing.
        late = hand_over.accept_again(self.record, before, self.now)
        assert late is self.record

    @override
    def at_rest_buffer_has_what_was_approved_last(self) -> None:
        is_asked = self.record.phase is JobPhase.OUTSTANDING and self.record.has_earlier_words
        # A person left the earlier words, or they are to be replaced.
        if not is_asked:
            super().at_rest_buffer_has_what_was_approved_last()


TestAnyReset = AnyReset.TestCase
TestAnyReset.settings = settings(deadline=None, max_examples=75, stateful_step_count=30)
