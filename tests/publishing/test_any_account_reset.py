"""As any order, and an operator resets or ends the account at any time: it forgets what it did.

Buffer, the post and the state bucket do not forget. Still there is one post; what was taken back
stays out; the words that the post shows are those in Buffer, unless it says otherwise; a pull-back
leaves nothing there; and in the end nobody waits for what never comes.
"""

from datetime import timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule
from typing_extensions import override

from activities.publishing.fence import what_was_forgotten
from galley.models.account import Evidence, Progress, ProgressKind, PublishJob, Receipt, ReceiptKind
from galley.models.post import Change
from galley.models.publishing import BufferPost, CreateReply, FindReply, ReplyKind
from galley.models.review import ChangeKind
from galley.publishing.job import changes, creation, hand_over, outcomes, transitions
from galley.publishing.job.receipts import receipts_of
from galley.publishing.job.record import JobPhase, JobRecord
from galley.publishing.request import digest
from tests.publishing.making import LOOK_DELAYS, NOW
from tests.publishing.test_any_order import FATES, AnyOrder
from workflows.account.buffer_calls import attempt_of

FOUND = {"done", "denied"}
_OUT = {ProgressKind.SENT, ProgressKind.SENT_WITHOUT_LINK}


class AnyAccountReset(AnyOrder):
    """One job of an account that an operator resets to any earlier state of it."""

    @override
    @initialize(fate=st.sampled_from(["done", "lost"]))
    def hand_over(self, *, fate: str) -> None:
        self.past: list[JobRecord] = []
        self.numbers: set[int] = set()
        self.is_retracted = self.is_withdrawn = False
        self.told: Progress | None = None
        self.receipts: list[Receipt] = []
        self.first = self.first.replace(made_at=NOW)
        self.approved = self.asked = self.first
        self.keep(creation.accept(self.first))
        self.create(fate)

    @override
    @precondition(lambda self: self.step is not None)
    @rule(fates=st.lists(st.sampled_from(FATES), min_size=1, max_size=2))
    def call(self, fates: list[str]) -> None:
        for fate in fates:
            self.review()
            self.now = max(self.now, self.record.not_before or self.now)
            self.call_once(self.step, fate)

    @property
    def receipt(self) -> BufferPost | None:
        """The post that is in Buffer by its last receipt."""
        last = self.receipts[-1] if self.receipts else None
        return last.post if last and last.kind is not ReceiptKind.PULLED_BACK else None

    @property
    def is_over(self) -> bool:
        """Whether the post asks for nothing any more, by its end or as it was reset."""
        return self.is_retracted or self.told is not None or self.is_withdrawn

    @precondition(lambda self: len(self.past) > 1 and not self.is_withdrawn)
    @rule(data=st.data())
    def reset_account(self, data: st.DataObject) -> None:
        last = len(self.past) - 1
        # Most is forgotten by a reset to before the creation.
        at = data.draw(st.integers(0, min(2, last)) | st.integers(0, last))
        self.record = transitions.doubted(self.past[at])

    @precondition(lambda self: not self.is_withdrawn)
    @rule()
    def reset_account_and_apply_its_signals_again(self) -> None:
        self.past.clear()
        self.keep(transitions.doubted(creation.accept(self.first)))
        for said in self.sent_changes:
            self.keep(changes.take_change(self.record, said, self.now))

    @precondition(lambda self: not (self.record.pending and self.record.pending.retracts))
    @rule()
    def drop_words(self) -> None:
        """Too many posts are open: what can be had again is not kept."""
        self.keep(outcomes.without_content(self.record))

    @rule()
    def withdraw(self) -> None:
        """The post is reset to before its approval, and takes back what it had handed over."""
        if self.is_over:
            return
        number = self.numbered = max(self.numbered, self.record.heard) + 1
        self.unanswered = Change(
            change_id=number,
            kind=ChangeKind.RETRACT,
            job=self.first.replace(request=self.first.request.replace(text="")),
            post_id=self.receipt.id if self.receipt else None,
            is_withdrawal=True,
        )
        self.is_withdrawn = True
        self.keep(changes.take_change(self.record, self.unanswered, self.now))

    @rule()
    def pull_back(self) -> None:
        self.pause(is_pull=True)
        self.rest()
        is_scheduled = bool(self.held) and self.held[0].status == "scheduled"
        may_come_back = {JobPhase.WAITING, JobPhase.LOOKING, JobPhase.PULLED_BACK}
        if is_scheduled and not self.record.is_content_dropped:
            assert self.record.phase not in may_come_back, "left in Buffer by a pull-back"

    def rest(self) -> None:
        """Make every call that is wanted, until none is."""
        for _ in range(40):
            self.review()
            if self.step is None:
                return
            self.now = max(self.now, self.record.not_before or self.now)
            self.call_once(self.step, "done")
        raise AssertionError("calls without end")

    @override
    def teardown(self) -> None:
        """Everything works again: whoever waits gets an answer, or a person is asked."""
        self.resume()
        self.rest()
        # What is new to an account after a reset is a repetition the next time.
        for _ in range(2):
            self.ask_again()
            self.rest()
        if self.record.phase is JobPhase.HELD or self.is_retracted or self.told is not None:
            return
        assert self.unanswered is None, "an answer never comes"
        if not self.is_withdrawn:
            assert self.record.phase in {JobPhase.OUTSTANDING, JobPhase.SETTLED}, "forgotten"

    @rule()
    def lose_account(self) -> None:
        """It is terminated: a fresh one knows what the post asks, or wants, and no more."""
        if self.is_over:
            return
        if self.unanswered is None:
            self.record = creation.accept(self.question)
        else:
            self.record = changes.accept_change(self.unanswered, self.now)
        self.past.clear()
        self.keep(self.record)

    @property
    def question(self) -> PublishJob:
        receipt = self.receipt.id if self.receipt else None
        asked = self.approved.replace(is_question=True, post_id=self.known_id or receipt)
        return asked.replace(look_first=bool(self.numbers))

    @rule()
    def ask_again(self) -> None:
        """As a post does after a silence: the job without a change, else the change."""
        if self.is_over:
            return
        if self.unanswered is None or self.known_id is None:
            self.keep(hand_over.accept_again(self.record, self.question, self.now))
        if self.unanswered is not None:
            post_id = self.known_id or self.unanswered.post_id
            said = self.unanswered.model_copy(update={"post_id": post_id})
            self.keep(changes.take_change(self.record, said, self.now))

    @override
    @rule(kind=st.sampled_from(ChangeKind))
    def change(self, kind: ChangeKind) -> None:
        self.now += timedelta(seconds=1)
        if not self.is_over:
            super().change(kind)
        self.now += timedelta(seconds=1)

    @override
    def create(self, fate: str) -> None:
        self.record = self.record.replace(attempts=self.record.attempts + 1)
        number, reply = self.record.attempts, None
        if self.receipts:
            reply = what_was_forgotten(attempt_of(self.record), self.receipts[-1])
        if reply is None and number in self.numbers:
            reply = CreateReply(kind=ReplyKind.ATTEMPTED, attempts=max(self.numbers))
        if reply is not None:
            self.keep(creation.after_create(self.record, reply, self.now, LOOK_DELAYS))
            return
        self.numbers.add(number)
        super().create(fate)

    @override
    def look(self, fate: str) -> None:
        request, near = self.record.job.request, next(iter(self.held), None)
        times = {request.due_at, *self.record.earlier_due}
        # As `is_near`: other words at its time, or its words at another.
        is_near = near is not None and (near.due_at in times) != (near.text == request.text)
        if near is None or not is_near or near.id in self.record.gone or fate not in FOUND:
            super().look(fate)
            return
        reply = FindReply(kind=ReplyKind.OK, near=near.seen())
        self.keep(creation.after_look(self.record, reply, self.now, LOOK_DELAYS))

    @override
    def keep(self, after: JobRecord) -> None:
        # Only what a call found is new.
        self.receipts += receipts_of(self.record, after, Evidence.FOUND, self.now)
        super().keep(after)
        self.past.append(self.record)

    @override
    def hear(self, news: Progress, before: JobRecord) -> None:
        super().hear(news, before)
        self.is_retracted |= news.kind is ProgressKind.RETRACTED
        if news.kind in _OUT and not self.is_retracted:
            self.told = news

    @override
    @invariant()
    def what_is_pulled_back_is_not_in_buffer(self) -> None:
        if not self.record.may_be_forgotten:
            super().what_is_pulled_back_is_not_in_buffer()

    # Some rules of the model are of an account that forgets nothing.

    @override
    def repeat_a_change(self) -> None: ...

    @override
    def hand_over_again(self) -> None: ...

    @override
    def wait(self) -> None: ...

    @override
    def hear_that_it_is_gone(self) -> None:
        assert not self.held, "given up although Buffer has it"

    @override
    @invariant()
    def what_was_taken_back_is_gone_and_stays_so(self) -> None:
        assert not (self.is_retracted and self.held)

    @override
    @invariant()
    def nothing_ends_twice(self) -> None:
        assert len(set(self.ends)) <= 1

    @override
    @invariant()
    def at_rest_buffer_has_what_was_approved_last(self) -> None:
        """What is told to be published has the words that the post shows, or says that not."""
        if self.told is None or not self.told.digest or not self.is_content_known:
            return
        shown = self.approved.request
        says_so = self.told.has_other_words or self.told.digest != digest(shown)
        assert says_so or self.held[0].text == shown.text

    @override
    @invariant()
    def every_change_is_answered_or_still_wanted(self) -> None: ...


TestAnyAccountReset = AnyAccountReset.TestCase
TestAnyAccountReset.settings = settings(deadline=None, max_examples=75, stateful_step_count=30)
