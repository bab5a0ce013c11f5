from datetime import UTC, datetime, timedelta

import pytest

from cli.deciding.changing import seen
from cli.deciding.wished import moved, redriven, rescheduled, retracted
from cli.terminal.failures import CommandError, ExitCode
from galley.models import (
    ChangeKind,
    Platform,
    PostState,
    PostView,
    QueuePosition,
    ShareMode,
    Wish,
)

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
LATER = Wish(kind=ChangeKind.RESCHEDULE, by="kim", due_at=AT + timedelta(hours=1))


def view(**changes: object) -> PostView:
    return VIEW.model_copy(update=changes)


def test_a_time_is_read_in_the_zone_that_was_named() -> None:
    wish = rescheduled(
        at="2027-03-01 09:00", timezone="Europe/Berlin", mode="", note=""
    )

    assert (wish.kind, wish.mode) == (
        ChangeKind.RESCHEDULE,
        ShareMode.CUSTOM_SCHEDULED,
    )
    assert wish.due_at == datetime(2027, 3, 1, 8, tzinfo=UTC)


@pytest.mark.parametrize("word", ["addToQueue", "addtoqueue", "ADDTOQUEUE"])
def test_a_place_in_the_queue_needs_no_time(word: str) -> None:
    wish = rescheduled(at="", timezone="", mode=word, note="")

    assert (wish.mode, wish.due_at) == (ShareMode.ADD_TO_QUEUE, None)


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
        rescheduled(at=at, timezone=zone, mode=mode, note="")

    assert caught.value.code is ExitCode.USAGE


def test_the_other_wishes_carry_their_kind() -> None:
    assert retracted("old").kind is ChangeKind.RETRACT
    assert redriven("").kind is ChangeKind.REDRIVE
    assert moved(True, "").position is QueuePosition.TOP  # noqa: FBT003 - as it is
    assert moved(False, "").position is QueuePosition.BOTTOM  # noqa: FBT003


@pytest.mark.parametrize(
    ("wish", "now", "is_over", "is_confirmed"),
    [
        (LATER, view(change=LATER), False, False),
        (LATER, view(notice="The reschedule by kim is carried out."), True, True),
        (LATER, view(notice="Rescheduled by kim."), True, True),
        (
            LATER,
            view(notice="The reschedule by kim was not carried out: n"),
            True,
            False,
        ),
        (retracted(""), view(state=PostState.RETRACTED), True, True),
        (retracted(""), view(state=PostState.PUBLISHED), True, False),
        (redriven(""), view(state=PostState.PUBLISHING), False, False),
        (redriven(""), view(), True, True),
        (redriven(""), view(state=PostState.ERROR, error="no"), True, False),
        (redriven(""), view(state=PostState.HELD), True, False),
    ],
)
def test_a_change_is_confirmed_once_the_post_is_as_it_was_wished(
    wish: Wish, now: PostView, *, is_over: bool, is_confirmed: bool
) -> None:
    told = seen(now, wish)

    assert (told.is_over, told.is_confirmed) == (is_over, is_confirmed)
    assert told.ok is (is_confirmed or not is_over)
    assert bool(told.error) is not told.ok
