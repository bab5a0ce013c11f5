"""Whatever is decided, changed, lost and told: what Buffer got is what was approved last.

The post of ``test_post_machine.py`` and the account of ``test_any_order.py``, with its Buffer, are
put together: jobs, changes and news go from one to the other, late and in their order.
"""

from collections import deque

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import invariant, precondition, rule
from typing_extensions import override

from galley.models.account import Progress, ProgressKind, PublishJob
from galley.models.channel import ShareMode
from galley.models.post import Change, PostState
from galley.models.review import ChangeKind, DecisionKind
from galley.publishing.job import changes, creation, hand_over, replies
from galley.publishing.job.record import JobPhase, JobRecord
from galley.publishing.post.news import after_news
from galley.publishing.request import proof_sent
from galley.review.changes import ON_ITS_WAY
from tests.publishing.test_any_order import FATES, AnyOrder, Held
from tests.publishing.test_post_machine import Post


class Account(AnyOrder):
    """One job, and a Buffer that tells which proof it got."""

    def __init__(self) -> None:
        super().__init__()
        self.is_open = False
        self.told: deque[Progress] = deque()
        self.got = ""
        """Digest of the proof that Buffer got last."""
        self.all_got: set[str] = set()

    def take_job(self, job: PublishJob) -> None:
        before = self.record
        if self.is_open:
            self.keep(hand_over.accept_again(before, job, self.now))
            if before.last is not None and (before.phase is not JobPhase.HELD or job.is_question):
                self.told.append(before.last)
        else:
            self.is_open = True
            self.keep(creation.accept(job))

    def take_change(self, change: Change) -> None:
        taken = (
            changes.take_change(self.record, change, self.now)
            if self.is_open
            else changes.accept_change(change, self.now)
        )
        self.is_open = True
        self.keep(taken)

    @override
    def hear(self, news: Progress, before: JobRecord) -> None:
        self.told.append(news)

    @override
    def create(self, fate: str) -> None:
        made = self.made
        super().create(fate)
        if self.made > made:
            self._note(self.record.job)

    @override
    def carry_out(self, step: replies.Step, found: Held) -> None:
        super().carry_out(step, found)
        if step is replies.Step.EDIT:
            self._note(replies.edited(self.record, self.now, creation.LEAST_LEAD))

    def _note(self, job: PublishJob) -> None:
        assert job.approval is not None
        sent = proof_sent(job.request, job.approval, job.provenance)
        assert sent.digest == job.approval.digest, "Buffer got what nobody approved so"
        named = job.approval.due_at
        assert named is None or job.request.due_at >= named, "Buffer got it for an earlier time"
        self.got = sent.digest
        self.all_got.add(sent.digest)


class Whole(Post):
    """A post, its account and Buffer."""

    checked = 0
    """How often Buffer was compared at rest."""

    def __init__(self) -> None:
        super().__init__()
        self.account = Account()
        self.inbox: deque[PublishJob | Change] = deque()
        self.refusals = 0

    # What the post sends

    @override
    def _hand_over(self) -> None:
        super()._hand_over()
        assert self.snapshot.job is not None
        job = self.snapshot.job.replace(post_id=self.view.buffer_post_id)
        self.inbox.append(job.replace(look_first=bool(self.account.is_open)))

    @override
    def _tell_if_wanted(self) -> None:
        asked = len(self.model.asked)
        super()._tell_if_wanted()
        if len(self.model.asked) > asked:
            self.inbox.append(self.model.asked[-1])

    # News come from the account alone, and nobody else claims its key.

    @override
    def news(self, kind: ProgressKind, number: int, hours: int, message: str) -> None: ...

    @override
    def answer(self, kind: ProgressKind, which: int, number: int, hours: int) -> None: ...

    @override
    def claim(self, kind: object, end: object, left: object) -> None: ...

    # What the account and Buffer do

    @rule(fates=st.lists(st.sampled_from(FATES), max_size=4))
    def account_works(self, fates: list[str]) -> None:
        account = self.account
        account.now = self.now
        while self.inbox:
            arrived = self.inbox.popleft()
            if isinstance(arrived, PublishJob):
                account.take_job(arrived)
            else:
                account.take_change(arrived)
        for fate in fates if account.is_open else ():
            account.now = max(account.now, account.record.not_before or account.now)
            account.call_once(account.step, fate)
        self.now = account.now

    @precondition(lambda self: bool(self.account.told))
    @rule(count=st.integers(1, 5))
    def post_hears(self, count: int) -> None:
        for _ in range(min(count, len(self.account.told))):
            self._hear(self.account.told.popleft())

    def _hear(self, news: Progress) -> None:
        if news.kind in {ProgressKind.CHANGE_REFUSED, ProgressKind.REFUSED}:
            self.refusals += 1
        asked = next((one for one in self.model.asked if one.change_id == news.change_id), None)
        if asked is not None:
            self.said.setdefault(asked.change_id, news.kind)
            self.model.answer(asked, is_done=news.kind is ProgressKind.CHANGED)
        self.become(after_news(self.snapshot, news, self.now))
        if self.view.state is PostState.SENT or self.view.state.is_final:
            self.model.forget()
        if self.view.state is PostState.IN_REVIEW:
            self.model.reopen()

    @precondition(lambda self: self.account.record.phase is JobPhase.OUTSTANDING)
    @rule(status=st.sampled_from(["sent", "error"]))
    def network_publishes(self, status: str) -> None:
        account = self.account
        if account.held and account.record.post and account.held[0].status != "sent":
            account.held[0].status = status
            account.poll(misses=False)

    # What is always true

    @invariant()
    def buffer_got_nothing_that_was_not_approved(self) -> None:
        assert self.account.all_got <= {*self.model.proofs}

    @invariant()
    def at_rest_buffer_has_what_was_approved_last(self) -> None:
        account, job, record = self.account, self.snapshot.job, self.account.record
        is_quiet = not self.inbox and not account.told and self.snapshot.change is None
        is_there = record.phase is JobPhase.OUTSTANDING and bool(account.held)
        is_settled = record.pending is None and not record.reads and account.is_content_known
        if not (is_quiet and is_there and is_settled and self.view.state in ON_ITS_WAY):
            return
        assert job is not None
        assert job.approval is not None
        assert self.view.draft is not None
        Whole.checked += 1
        assert account.held[0].text == self.view.draft.text
        assert account.got == job.approval.digest
        if not self.refusals:
            assert account.got == self.model.proofs[-1]

    def teardown(self) -> None:
        """When everything works again, all that was said comes to its end."""
        for _ in range(30):
            self._tell_if_wanted()
            self.account_works(["done"] * 3)
            while self.account.told:
                self._hear(self.account.told.popleft())
            self.at_rest_buffer_has_what_was_approved_last()


def test_the_comparison_is_made_of_an_edit_and_another_time() -> None:
    """The machine reaches what it is for: this is one of its walks."""
    before = Whole.checked
    whole = Whole()
    whole.begin(stage=1, is_moved=False)
    whole.teardown()
    whole.decide(kind=DecisionKind.EDIT, behind=0, is_fit=True)
    whole.decide(kind=DecisionKind.APPROVE, behind=0, is_fit=True)
    whole.teardown()
    edited = whole.account.got
    whole.request(ChangeKind.RESCHEDULE, 9 * 24, ShareMode.CUSTOM_SCHEDULED)
    whole.teardown()

    assert whole.account.held[0].text == "words 2"
    assert len({edited, *whole.account.all_got}) == 3
    assert Whole.checked > before + 3


Whole.TestCase.settings = settings(
    max_examples=75,
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
TestWhole = Whole.TestCase
