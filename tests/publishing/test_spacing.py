"""The gap between posts of a channel, kept when they are created."""

from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from galley.models.account import Progress, ProgressKind, PublishJob
from galley.models.channel import Delivery, ShareMode
from galley.models.network import Platform
from galley.models.publishing import PostRequest
from galley.models.schedule import QuietHours, Timing
from galley.publishing.job.creation import accept, with_gap
from galley.publishing.job.record import JobPhase, JobRecord
from galley.publishing.job.state import AccountPolicy

NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
GAP = Timing(gap=4 * HOUR)
_TIMES = st.integers(-600, 600).map(lambda minutes: NOON + minutes * MINUTE)


def a_job(
    name: str,
    due_at: datetime = NOON,
    timing: Timing | None = GAP,
    channel: str = "c",
    delivery: Delivery | None = None,
) -> JobRecord:
    request = PostRequest(
        channel_id=channel,
        platform=Platform.X,
        text="A text.",
        due_at=due_at,
        delivery=delivery or Delivery(),
    )
    job = PublishJob(
        job_id=name,
        owner=f"post:{name}/run",
        reply_to=f"post:{name}",
        request=request,
        claimed_at=NOON,
        timing=timing,
    )
    return accept(job)


def held(name: str, due_at: datetime, channel: str = "c") -> JobRecord:
    """Return a job whose post Buffer has."""
    job = a_job(name, due_at, channel=channel)
    return job.model_copy(update={"phase": JobPhase.OUTSTANDING})


def apart(job: JobRecord, others: list[JobRecord]) -> JobRecord:
    return with_gap(job, others, MINUTE)


def due(record: JobRecord) -> datetime:
    return record.job.request.due_at


def test_without_a_gap_two_posts_never_share_a_minute() -> None:
    jobs = [held("o", NOON), held("p", NOON + MINUTE)]

    assert due(apart(a_job("j", NOON, Timing()), jobs)) == NOON + 2 * MINUTE
    assert due(apart(a_job("k", NOON - MINUTE, Timing()), jobs)) == NOON - MINUTE


@given(st.lists(_TIMES, max_size=8), _TIMES, st.integers(1, 300), st.booleans())
def test_a_gap_is_kept_from_every_post_that_buffer_has(
    others: list[datetime],
    wanted: datetime,
    minutes: int,
    is_quiet: bool,  # noqa: FBT001 -- drawn
) -> None:
    quiet = QuietHours(start=time(13), end=time(15)) if is_quiet else None
    timing = Timing(gap=minutes * MINUTE, quiet=quiet)
    jobs = [held(f"o{n}", at) for n, at in enumerate(others)]

    moved = apart(a_job("j", wanted, timing), jobs)

    assert due(moved) >= wanted
    assert all(abs(due(moved) - at) >= timing.gap for at in others)
    assert not is_quiet or not time(13) <= due(moved).time() < time(15)
    assert moved.earlier_due == (() if due(moved) == wanted else (wanted,))


def test_posts_that_are_approved_together_go_out_one_gap_after_another() -> None:
    jobs: list[JobRecord] = []
    for name in "abc":
        created = apart(a_job(name), jobs)
        jobs.append(created.model_copy(update={"phase": JobPhase.OUTSTANDING}))

    assert [due(job) - NOON for job in jobs] == [n * 4 * HOUR for n in range(3)]


@pytest.mark.parametrize(
    "job",
    [
        a_job("named by a person", timing=None),
        a_job("queue", delivery=Delivery(mode=ShareMode.ADD_TO_QUEUE)),
        a_job("other channel", channel="d"),
    ],
    ids=lambda job: job.job.job_id,
)
def test_a_time_that_is_not_ours_to_move_is_kept(job: JobRecord) -> None:
    assert apart(job, [held("other", NOON)]) is job


@pytest.mark.parametrize(
    ("phase", "kind", "counts"),
    [
        (JobPhase.WAITING, None, False),
        (JobPhase.HELD, ProgressKind.HELD, False),
        (JobPhase.PULLED_BACK, ProgressKind.PULLED_BACK, False),
        (JobPhase.LOOKING, None, True),
        (JobPhase.OUTSTANDING, ProgressKind.CREATED, True),
        (JobPhase.SETTLED, ProgressKind.SENT, True),
        (JobPhase.SETTLED, ProgressKind.RETRACTED, False),
        (JobPhase.SETTLED, ProgressKind.REFUSED, False),
    ],
)
def test_only_posts_that_buffer_has_or_had_published_count(
    phase: JobPhase, kind: ProgressKind | None, *, counts: bool
) -> None:
    last = Progress(job_id="other", kind=kind) if kind else None
    other = a_job("other").model_copy(update={"phase": phase, "last": last})

    moved = apart(a_job("j"), [other])

    assert (due(moved) > NOON) is counts


def test_a_job_does_not_keep_away_from_itself() -> None:
    job = a_job("j")

    assert apart(job, [held("j", NOON)]) is job


def test_posts_of_a_channel_are_a_minute_apart_unless_the_policy_says_otherwise() -> None:
    least = timedelta(seconds=AccountPolicy().gap_seconds)

    spaced = with_gap(a_job("b", timing=Timing()), [held("a", NOON)], least)

    assert spaced.job.request.due_at == NOON + MINUTE


def test_what_a_policy_says_unasked_is_within_its_bounds() -> None:
    assert AccountPolicy.model_validate(AccountPolicy().model_dump()) == AccountPolicy()
