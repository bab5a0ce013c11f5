from datetime import UTC, datetime, timedelta

import pytest

from app.review.changes import seen
from cli.commands.changes import new_time
from cli.errors import CommandError, ExitCode
from galley.models.channel import ShareMode
from galley.models.network import Platform
from galley.models.post import PostState, PostView
from galley.models.review import ChangeKind, ChangeOutcome, ChangeRequest, LastChange

AT = datetime(2027, 3, 1, 9, tzinfo=UTC)
VIEW = PostView(
    workflow_id="post:aa11:c1",
    campaign_id="campaign:aa11",
    platform=Platform.X,
    channel_id="c1",
    channel_name="C",
    state=PostState.SCHEDULED,
    revision=1,
    due_at=AT,
)
KIND = ChangeKind.RESCHEDULE
LATER = ChangeRequest(change_id=7, kind=KIND, by="kim", due_at=AT + timedelta(hours=1))


def view(**changes: object) -> PostView:
    return VIEW.model_copy(update=changes)


def answer(outcome: ChangeOutcome, number: int = 7, includes: tuple[int, ...] = ()) -> LastChange:
    return LastChange(id=number, includes=includes, kind=KIND, outcome=outcome, at=AT)


DONE = answer(ChangeOutcome.DONE)
REFUSED = answer(ChangeOutcome.REFUSED)


def test_a_time_is_read_in_the_zone_that_was_named() -> None:
    found = new_time(at="2027-03-01 09:00", timezone="Europe/Berlin", mode="")

    assert found == (datetime(2027, 3, 1, 8, tzinfo=UTC), ShareMode.CUSTOM_SCHEDULED)


@pytest.mark.parametrize("word", ["addToQueue", "addtoqueue", "ADDTOQUEUE"])
def test_a_place_in_the_queue_needs_no_time(word: str) -> None:
    found = new_time(at="", timezone="", mode=word)

    assert found == (None, ShareMode.ADD_TO_QUEUE)


@pytest.mark.parametrize(
    ("at", "mode", "zone"),
    [
        ("", "", ""),
        ("9:00", "shareNow", ""),
        ("soon", "", ""),
        ("", "customScheduled", ""),
        ("", "later", ""),
        ("9:00", "", "Europe/Atlantis"),
    ],
)
def test_what_says_no_time_is_wrong_usage(at: str, mode: str, zone: str) -> None:
    with pytest.raises(CommandError) as caught:
        new_time(at=at, timezone=zone, mode=mode)

    assert caught.value.code is ExitCode.USAGE


@pytest.mark.parametrize(
    ("now", "is_over", "is_confirmed"),
    [
        (view(change=LATER), False, False),
        (view(change=LATER, last_change=answer(ChangeOutcome.DONE, 6)), False, False),
        (view(last_change=DONE), True, True),
        (view(last_change=DONE, state=PostState.PUBLISHING), False, False),
        (view(last_change=DONE, state=PostState.RETRACTED), True, True),
        (view(last_change=answer(ChangeOutcome.DONE, 8, (7,))), True, True),
        (view(last_change=answer(ChangeOutcome.DONE, 8)), True, False),
        (view(last_change=REFUSED), True, False),
        (view(last_change=REFUSED, notice="kim: it is carried out."), True, False),
        (view(last_change=answer(ChangeOutcome.TOO_LATE)), True, False),
        (view(change=LATER, state=PostState.FAILED), True, False),
        (view(change=LATER.model_copy(update={"change_id": 8, "includes": (7,)})), False, False),
        (view(change=LATER.model_copy(update={"change_id": 8})), True, False),
    ],
)
def test_how_a_change_ended_is_told_by_its_number(
    now: PostView, *, is_over: bool, is_confirmed: bool
) -> None:
    told = seen(now, KIND, 7)

    assert (told.is_over, told.is_confirmed) == (is_over, is_confirmed)
    assert told.ok is (is_confirmed or not is_over)
    assert bool(told.error) is not told.ok
