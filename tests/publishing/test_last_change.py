"""How a change of a post ended is told by its number, whatever anybody wrote."""

from datetime import UTC, datetime, timedelta

import pytest

from galley.models.account import Progress, ProgressKind, PublishJob
from galley.models.channel import Channel
from galley.models.draft import Draft
from galley.models.network import Platform
from galley.models.post import PostSnapshot, PostState, PostView, Proposal
from galley.models.publishing import BufferPost, PostRequest
from galley.models.review import ChangeKind, ChangeOutcome, ChangeRequest, Decision, DecisionKind
from galley.publishing.post.change_requests import (
    ask,
    ask_edit,
    change_sent,
    propose_time,
    reject,
    with_view,
)
from galley.publishing.post.news import after_news
from tests.publishing.making import handed_over

NOW = datetime(2026, 12, 1, 9, tzinfo=UTC)
DUE = NOW + timedelta(days=1)
LEAD = timedelta(minutes=1)
CHANNEL = Channel(id="c", name="c", platform=Platform.X)
POST = BufferPost(id="buffer-1", channel_id="c", status="scheduled", due_at=DUE)


def _scheduled() -> PostSnapshot:
    request = PostRequest(channel_id="c", platform=Platform.X, text="old", due_at=DUE)
    view = PostView(
        workflow_id="post:k:c",
        campaign_id="campaign:k",
        platform=Platform.X,
        channel_id="c",
        channel_name="c",
        state=PostState.SCHEDULED,
        revision=1,
        approved_revision=1,
        draft=Draft(text="old"),
        due_at=DUE,
        buffer_post_id="buffer-1",
    )
    job = PublishJob(job_id="k:c", owner="o", reply_to="r", claimed_at=NOW, request=request)
    return PostSnapshot(view=view, job=job, is_handed_over=True)


def _asked(
    snapshot: PostSnapshot, kind: ChangeKind, hours: int = 2, by: str = "kim"
) -> tuple[PostSnapshot, int]:
    due_at = DUE + timedelta(hours=hours)
    request = ChangeRequest(
        kind=kind,
        by=by,
        note="is carried out",
        due_at=due_at if kind is ChangeKind.RESCHEDULE else None,
    )
    snapshot = ask(snapshot, request, NOW, LEAD)
    return change_sent(snapshot, NOW), snapshot.last_change_id


def _edited(snapshot: PostSnapshot) -> tuple[PostSnapshot, int]:
    snapshot = with_view(snapshot, proposal=Proposal(draft=Draft(text="new")), revision=2)
    said = Decision(kind=DecisionKind.APPROVE, revision=2, by="lee")
    snapshot = ask_edit(snapshot, said, (), NOW)
    return change_sent(snapshot, NOW), snapshot.last_change_id


def _after(
    snapshot: PostSnapshot, kind: ProgressKind, change_id: int | None = None, why: str = ""
) -> PostView:
    return _snapshot_after(snapshot, kind, change_id, why).view


def _snapshot_after(
    snapshot: PostSnapshot, kind: ProgressKind, change_id: int | None = None, why: str = ""
) -> PostSnapshot:
    news = Progress(job_id="k:c", kind=kind, post=POST, message=why, change_id=change_id)
    return after_news(snapshot, news, NOW)


def test_a_redrive_keeps_a_time_that_is_still_to_come() -> None:
    failed = _snapshot_after(_scheduled(), ProgressKind.PUBLISH_FAILED)
    redriven, _ = _asked(failed, ChangeKind.REDRIVE)
    assert redriven.view.due_at == DUE

    redrive = ChangeRequest(kind=ChangeKind.REDRIVE, by="kim")
    late = ask(failed, redrive, DUE + timedelta(hours=1), LEAD)
    assert late.view.due_at == DUE + timedelta(hours=1) + LEAD


@pytest.mark.parametrize(
    ("kind", "news", "outcome"),
    [
        (ChangeKind.RESCHEDULE, ProgressKind.CHANGED, ChangeOutcome.DONE),
        (ChangeKind.RESCHEDULE, ProgressKind.CHANGE_REFUSED, ChangeOutcome.REFUSED),
        (ChangeKind.RESCHEDULE, ProgressKind.RETRACTED, ChangeOutcome.TAKEN_BACK),
        (ChangeKind.RESCHEDULE, ProgressKind.SENT, ChangeOutcome.TOO_LATE),
        (ChangeKind.RETRACT, ProgressKind.RETRACTED, ChangeOutcome.DONE),
        (ChangeKind.RETRACT, ProgressKind.CHANGE_REFUSED, ChangeOutcome.REFUSED),
        (ChangeKind.RETRACT, ProgressKind.SENT, ChangeOutcome.TOO_LATE),
        (ChangeKind.MOVE, ProgressKind.REFUSED, ChangeOutcome.REFUSED),
        (ChangeKind.REDRIVE, ProgressKind.CREATED, ChangeOutcome.DONE),
        (ChangeKind.REDRIVE, ProgressKind.SENT, ChangeOutcome.DONE),
        (ChangeKind.REDRIVE, ProgressKind.HELD, ChangeOutcome.REFUSED),
        (ChangeKind.REDRIVE, ProgressKind.CHANGE_REFUSED, ChangeOutcome.REFUSED),
    ],
)
def test_an_answer_is_a_typed_outcome_whoever_asked(
    kind: ChangeKind, news: ProgressKind, outcome: ChangeOutcome
) -> None:
    snapshot, number = _asked(_scheduled(), kind, by="X is carried out")
    answers = {ProgressKind.CHANGED, ProgressKind.CHANGE_REFUSED}

    view = _after(snapshot, news, number if news in answers else None, "is carried out")

    assert view.change is None
    assert view.last_change is not None
    last = view.last_change
    assert (last.id, last.kind, last.outcome) == (number, kind, outcome)
    assert last.at == NOW
    assert view.outcome_of(number) is outcome


def test_a_change_before_the_hand_over_is_done_at_once() -> None:
    review = _scheduled().model_copy(update={"job": None, "is_handed_over": False})

    snapshot, number = _asked(review, ChangeKind.RESCHEDULE)

    assert snapshot.view.outcome_of(number) is ChangeOutcome.DONE


def test_a_later_change_replaces_one_without_an_answer() -> None:
    snapshot, first = _asked(_scheduled(), ChangeKind.RESCHEDULE)
    snapshot, second = _asked(snapshot, ChangeKind.RESCHEDULE, hours=3)
    done = _snapshot_after(snapshot, ProgressKind.CHANGED, second)

    for known in (snapshot, done):
        assert known.view.outcome_of(first) is ChangeOutcome.SUPERSEDED
    assert snapshot.view.outcome_of(second) is None
    assert done.view.outcome_of(second) is ChangeOutcome.DONE


def test_an_edit_that_goes_on_with_a_later_time_ends_with_that() -> None:
    snapshot, edit = _edited(_scheduled())
    snapshot, time = _asked(snapshot, ChangeKind.RESCHEDULE)
    snapshot, later = _asked(snapshot, ChangeKind.RESCHEDULE, hours=3)

    assert snapshot.view.outcome_of(edit) is None
    assert snapshot.view.outcome_of(time) is ChangeOutcome.SUPERSEDED
    view = _after(snapshot, ProgressKind.CHANGED, later)
    assert {view.outcome_of(one) for one in (edit, later)} == {ChangeOutcome.DONE}


def test_an_edit_that_was_confirmed_is_done_though_its_later_time_is_refused() -> None:
    snapshot, edit = _edited(_scheduled())
    snapshot, time = _asked(snapshot, ChangeKind.RESCHEDULE)

    snapshot = _snapshot_after(snapshot, ProgressKind.CHANGED, edit)
    assert snapshot.view.outcome_of(edit) is ChangeOutcome.DONE
    assert snapshot.view.outcome_of(time) is None

    view = _after(snapshot, ProgressKind.CHANGE_REFUSED, time, "no")
    assert view.outcome_of(time) is ChangeOutcome.REFUSED
    assert view.draft == Draft(text="new")


def test_a_time_that_an_edit_takes_along_ends_with_the_edit() -> None:
    snapshot, time = _asked(_scheduled(), ChangeKind.RESCHEDULE)
    snapshot, edit = _edited(snapshot)

    assert snapshot.view.outcome_of(time) is None
    view = _after(snapshot, ProgressKind.CHANGE_REFUSED, edit, "no")
    assert {view.outcome_of(one) for one in (time, edit)} == {ChangeOutcome.REFUSED}


def test_the_end_of_a_post_says_who_took_it_back_and_why() -> None:
    post = handed_over(PostState.IN_REVIEW).replace(job=None, is_handed_over=False)
    request = ChangeRequest(kind=ChangeKind.RETRACT, by="kim", note="wrong")
    decision = Decision(kind=DecisionKind.REJECT, revision=1, by="kim", note="wrong")

    retracted = ask(post, request, NOW, timedelta(0)).view
    rejected = reject(post, decision, NOW).view

    assert (retracted.notice, retracted.error) == ("Retracted by kim: wrong", None)
    assert (rejected.notice, rejected.error) == ("", "Rejected by kim: wrong")


@pytest.mark.parametrize("state", [PostState.IN_REVIEW, PostState.SCHEDULED])
def test_a_time_that_an_agent_names_is_reviewed_with_the_draft_or_is_a_proposal(
    state: PostState,
) -> None:
    later = NOW + timedelta(hours=1)
    request = ChangeRequest(kind=ChangeKind.RESCHEDULE, by="agent:a", due_at=later)

    view = propose_time(handed_over(state), request, NOW).view

    is_proposal = state is PostState.SCHEDULED
    assert (view.proposal is not None, view.due_at == later) == (is_proposal, not is_proposal)
