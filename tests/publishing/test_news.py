"""What Buffer's news make of a post."""

from datetime import UTC, datetime, timedelta

import pytest

from galley.models.account import HandOverKind, HandOverReply, Progress, ProgressKind, PublishJob
from galley.models.draft import Draft
from galley.models.media import MediaKind, PublicAsset
from galley.models.network import Platform
from galley.models.post import PostSnapshot, PostState, PostView, Proposal
from galley.models.publishing import BufferPost, CreateReply, HoldReason, PostRequest, ReplyKind
from galley.models.review import ChangeKind, ChangeRequest
from galley.publishing.job.creation import accept, after_create
from galley.publishing.post.change_requests import ask, is_change_unsent, with_view
from galley.publishing.post.news import after_claim, after_news
from galley.publishing.request import with_media
from tests.publishing import making

DUE = datetime(2026, 12, 1, 9, 30, tzinfo=UTC)
POST = BufferPost(id="buffer-1", channel_id="c", status="scheduled", due_at=DUE)


def _snapshot(state: PostState, error: str | None = None) -> PostSnapshot:
    view = PostView(
        workflow_id="post:k:c",
        campaign_id="campaign:k",
        platform=Platform.X,
        channel_id="c",
        channel_name="c",
        state=state,
        revision=1,
        error=error,
        waiting_for="Buffer",
        buffer_post_id="buffer-1",
        due_at=DUE,
    )
    return PostSnapshot(view=view)


def _news(kind: ProgressKind, message: str = "") -> Progress:
    return Progress(job_id="k:c", kind=kind, post=POST, message=message)


def test_that_a_post_is_late_is_not_forgotten_when_old_news_is_told_again() -> None:
    late = _snapshot(PostState.LATE, error="Late: look at the channel.")

    again = after_news(late, _news(ProgressKind.CREATED), DUE).view

    assert again.state is PostState.LATE
    assert again.error == "Late: look at the channel."
    assert again.waiting_for == "Buffer"
    assert again.buffer_post_id == "buffer-1"


def test_a_late_post_that_was_moved_in_buffer_waits_for_its_new_time() -> None:
    late = _snapshot(PostState.LATE, error="Late: look at the channel.")
    later = POST.model_copy(update={"due_at": DUE + timedelta(days=1)})
    news = Progress(job_id="k:c", kind=ProgressKind.CREATED, post=later)

    moved = after_news(late, news, DUE).view

    assert moved.state is PostState.SCHEDULED
    assert moved.error is None
    assert moved.due_at == later.due_at


def test_what_was_published_is_never_taken_for_waiting_again() -> None:
    sent = _snapshot(PostState.SENT)

    assert after_news(sent, _news(ProgressKind.CREATED), DUE) == sent
    assert after_news(sent, _news(ProgressKind.PUBLISH_FAILED, "gone"), DUE) == sent


def test_news_say_why_a_post_is_held_and_clear_that_with_the_state() -> None:
    job = making.job()
    reply = CreateReply(kind=ReplyKind.UNAUTHORIZED, message="no", reason=HoldReason.ACCESS_LOST)
    record = after_create(accept(job), reply, DUE, making.LOOK_DELAYS)

    held = after_news(_snapshot(PostState.PUBLISHING), record.news[-1], DUE)
    after = after_news(held, _news(ProgressKind.CREATED), DUE)

    assert (held.view.held_for, held.view.error) == (HoldReason.ACCESS_LOST, "no")
    assert (after.view.held_for, after.view.error) == (None, None)


def test_a_post_that_was_not_let_out_waits_for_the_approvals_of_its_team() -> None:
    publishing = making.handed_over(PostState.PUBLISHING)
    stopped = _refusal(1).model_copy(update={"reason": HoldReason.NOT_LET_OUT})

    after = after_news(publishing, stopped, DUE)

    assert after.view.waiting_for == "the approvals of its team"
    assert after.view.waiting_for != after_news(publishing, _refusal(1), DUE).view.waiting_for


def _refusal(revision: int) -> Progress:
    return Progress(
        job_id="key:c",
        kind=ProgressKind.REFUSED,
        message="Too long.",
        reason=HoldReason.CONTENT_REFUSED,
        revision=revision,
    )


def test_a_refusal_of_the_content_reopens_the_review_with_what_buffer_said() -> None:
    publishing = making.handed_over(PostState.PUBLISHING)

    after = after_news(publishing, _refusal(1), DUE)

    assert (after.view.state, after.view.error) == (PostState.IN_REVIEW, "Too long.")
    assert after.view.held_for is HoldReason.CONTENT_REFUSED
    # An approval of the refused revision, told twice, lets nothing out.
    assert (after.view.revision, after.view.approved_revision) == (2, 0)
    assert not after.is_handed_over


def test_a_refusal_that_is_told_again_changes_nothing() -> None:
    reopened = after_news(making.handed_over(PostState.PUBLISHING), _refusal(1), DUE)
    job = making.job().replace(revision=2)
    approved = making.handed_over(PostState.PUBLISHING).replace(job=job)

    assert after_news(reopened, _refusal(1), DUE) == reopened
    assert after_news(approved, _refusal(1), DUE) == approved
    assert after_news(approved, _refusal(2), DUE).view.state is PostState.IN_REVIEW


def test_an_edit_that_was_proposed_meanwhile_is_what_a_refusal_puts_into_review() -> None:
    publishing = making.handed_over(PostState.PUBLISHING)
    proposed = with_view(publishing, proposal=Proposal(draft=Draft(text="shorter")), revision=2)

    after = after_news(proposed, _refusal(1), DUE).view

    assert after.draft is not None
    assert (after.draft.text, after.revision, after.proposal) == ("shorter", 2, None)


@pytest.mark.parametrize("kind", [ProgressKind.SENT, ProgressKind.SENT_WITHOUT_LINK])
def test_only_an_edit_that_was_proposed_can_have_been_too_late(kind: ProgressKind) -> None:
    plain = with_view(making.handed_over(PostState.SCHEDULED), notice="Mind this.")
    proposed = with_view(plain, proposal=Proposal(draft=Draft(text="shorter")), revision=2)

    assert after_news(plain, _news(kind), DUE).view.notice == "Mind this."
    notice = after_news(proposed, _news(kind), DUE).view.notice
    assert notice == "Revision 2 was not approved in time: revision 1 went out."


def test_a_delay_says_why_and_leaves_a_late_post_late() -> None:
    delay = Progress(
        job_id="key:c",
        kind=ProgressKind.DELAYED,
        message="The plan is full.",
        reason=HoldReason.PLAN_FULL,
    )

    after = after_news(making.handed_over(PostState.PUBLISHING), delay, DUE).view
    late = after_news(making.handed_over(PostState.LATE), delay, DUE).view

    assert (after.state, after.held_for) == (PostState.PUBLISHING, HoldReason.PLAN_FULL)
    assert (late.state, late.error) == (PostState.LATE, "The plan is full.")


def _handed_over_with(request: ChangeRequest) -> PostSnapshot:
    """Return a post that was changed while its media were made public."""
    content = PostRequest(channel_id="c", platform=Platform.X, text="words", due_at=DUE)
    job = PublishJob(job_id="k:c", owner="o", reply_to="r", claimed_at=DUE, request=content)
    snapshot = _snapshot(PostState.PUBLISHING).model_copy(
        update={"job": job, "is_handed_over": True}
    )
    return ask(snapshot, request, DUE - timedelta(hours=2), timedelta(minutes=1))


def test_a_post_taken_back_while_its_media_took_too_long_has_ended() -> None:
    snapshot = _handed_over_with(ChangeRequest(kind=ChangeKind.RETRACT, by="kim"))

    after = after_claim(snapshot, HandOverReply(kind=HandOverKind.NOT_HOSTED), DUE)

    assert after.view.state is PostState.RETRACTED
    assert not after.is_handed_over


def test_a_time_named_while_its_media_took_too_long_is_that_of_the_hand_over() -> None:
    later = DUE + timedelta(hours=3)
    request = ChangeRequest(kind=ChangeKind.RESCHEDULE, by="kim", due_at=later)
    snapshot = _handed_over_with(request)

    after = after_claim(snapshot, HandOverReply(kind=HandOverKind.NOT_HOSTED), DUE)

    assert (after.view.due_at, after.due_is_named) == (later, True)
    assert after.change is None
    assert after.view.change is None
    assert not is_change_unsent(after)


def test_a_change_asked_while_media_were_made_public_carries_them_too() -> None:
    request = ChangeRequest(kind=ChangeKind.RESCHEDULE, by="kim", due_at=DUE + timedelta(hours=3))
    media = (
        PublicAsset(kind=MediaKind.IMAGE, mime="image/png", sha256="0", size=1, url="https://m"),
    )

    after = with_media(_handed_over_with(request), media)

    assert after.view.media == media
    assert after.job is not None
    assert after.job.request.assets == media
    assert after.change is not None
    assert after.change.job.request.assets == media


@pytest.mark.parametrize("kind", ProgressKind)
@pytest.mark.parametrize("state", [s for s in PostState if s.is_final])
def test_an_ended_post_stays_as_it_is(state: PostState, kind: ProgressKind) -> None:
    ended = _snapshot(state)
    elsewhere = HandOverReply(kind=HandOverKind.CLAIMED_ELSEWHERE, claimed_by="other")

    assert after_news(ended, _news(kind, "why"), DUE) == ended
    assert after_claim(ended, elsewhere, DUE) == ended
