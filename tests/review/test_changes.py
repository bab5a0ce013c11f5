"""Which change counts, and what the others are told."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from galley.models.channel import QueuePosition, ShareMode
from galley.models.draft import Draft
from galley.models.network import Platform
from galley.models.post import PostState, PostView
from galley.models.review import ChangeKind, ChangeRequest
from galley.review.changes import MOST_CHANGES, ON_ITS_WAY, why_not_change

NOW = datetime(2026, 12, 1, 9, tzinfo=UTC)
LATER = NOW + timedelta(days=1)
BEFORE_BUFFER = {PostState.DRAFTING, PostState.IN_REVIEW}
OPEN = {*ON_ITS_WAY, *BEFORE_BUFFER, PostState.HELD, PostState.ERROR}


def _view(state: PostState, change: ChangeRequest | None = None) -> PostView:
    return PostView(
        workflow_id="post:k:c",
        campaign_id="campaign:k",
        platform=Platform.X,
        channel_id="c",
        channel_name="c",
        state=state,
        revision=1,
        draft=Draft(text="hello"),
        due_at=NOW + timedelta(hours=1),
        change=change,
    )


def _request(kind: ChangeKind, **more: object) -> ChangeRequest:
    given_at: dict[ChangeKind, dict[str, object]] = {
        ChangeKind.RESCHEDULE: {"due_at": LATER},
        ChangeKind.MOVE: {"position": QueuePosition.TOP},
    }
    return ChangeRequest.model_validate(
        {"kind": kind, "by": "kim", **given_at.get(kind, {}), **more}
    )


COUNTS = {
    ChangeKind.RETRACT: OPEN,
    ChangeKind.RESCHEDULE: {*ON_ITS_WAY, *BEFORE_BUFFER},
    ChangeKind.MOVE: {PostState.SCHEDULED},
    ChangeKind.REDRIVE: {PostState.ERROR},
    ChangeKind.EDIT: set[PostState](),
}


@pytest.mark.parametrize("state", PostState)
@pytest.mark.parametrize("kind", ChangeKind)
def test_each_change_counts_in_its_states_and_in_no_other(
    kind: ChangeKind, state: PostState
) -> None:
    why = why_not_change(_request(kind), _view(state), NOW)

    assert (why is None) == (state in COUNTS[kind])


@pytest.mark.parametrize("state", PostState)
@pytest.mark.parametrize("kind", ChangeKind)
def test_nothing_counts_any_more_once_it_is_to_be_taken_back(
    kind: ChangeKind, state: PostState
) -> None:
    retracting = _view(state, change=_request(ChangeKind.RETRACT))

    assert why_not_change(_request(kind), retracting, NOW) is not None


@pytest.mark.parametrize("kind", [k for k in ChangeKind if k is not ChangeKind.RETRACT])
def test_a_post_changed_too_often_can_only_be_taken_back(kind: ChangeKind) -> None:
    known = (_request(ChangeKind.MOVE),) * MOST_CHANGES
    worn = _view(PostState.SCHEDULED).model_copy(update={"changes": known})

    assert why_not_change(_request(kind), worn, NOW) is not None
    assert why_not_change(_request(ChangeKind.RETRACT), worn, NOW) is None


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"due_at": NOW}, "2026-12-01 09:00 UTC is past"),
        ({"due_at": NOW + timedelta(days=5000)}, "ten years"),
        ({"due_at": None}, "Give a due time"),
        ({"mode": ShareMode.SHARE_NOW}, "Only the mode customScheduled takes a time"),
        ({"due_at": NOW + timedelta(hours=1)}, "due at 2026-12-01 10:00 UTC already"),
    ],
    ids=["past", "far", "none", "mode with a time", "the same"],
)
def test_a_time_that_cannot_be_meant_is_refused_with_what_to_do(
    more: dict[str, object], said: str
) -> None:
    request = _request(ChangeKind.RESCHEDULE, **more)

    why = why_not_change(request, _view(PostState.SCHEDULED), NOW)

    assert why is not None
    assert said in why.message


def test_a_later_wish_for_a_time_replaces_an_earlier_one_but_not_itself() -> None:
    asked = _view(PostState.SCHEDULED, change=_request(ChangeKind.RESCHEDULE))
    other = _request(ChangeKind.RESCHEDULE, due_at=LATER + timedelta(days=1))

    assert why_not_change(other, asked, NOW) is None
    assert why_not_change(_request(ChangeKind.RESCHEDULE), asked, NOW) is not None


@given(
    kind=st.sampled_from(ChangeKind),
    state=st.sampled_from(PostState),
    unanswered=st.none() | st.sampled_from(ChangeKind),
    due_at=st.none()
    | st.datetimes(
        timezones=st.sampled_from(
            [UTC, timezone(timedelta(hours=14)), timezone(timedelta(hours=-12))]
        )
    ),
    mode=st.sampled_from(ShareMode),
)
def test_whatever_is_wished_for_gets_an_answer(
    kind: ChangeKind,
    state: PostState,
    unanswered: ChangeKind | None,
    due_at: datetime | None,
    mode: ShareMode,
) -> None:
    request = ChangeRequest(kind=kind, by="kim", due_at=due_at, mode=mode)
    change = None if unanswered is None else _request(unanswered)

    why = why_not_change(request, _view(state, change), NOW)

    assert why is None or why.message.endswith(".")
