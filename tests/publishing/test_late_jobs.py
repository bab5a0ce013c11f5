"""A job that the quota held up beyond its due time keeps to the quiet hours."""

from datetime import UTC, datetime, time, timedelta

from galley.models.account import PublishJob
from galley.models.network import Platform
from galley.models.publishing import PostRequest
from galley.models.schedule import QuietHours, Timing
from galley.publishing.job import creation

DUE = datetime(2026, 11, 26, 20, tzinfo=UTC)
NIGHT = Timing(timezone="Europe/Berlin", quiet=QuietHours(start=time(22), end=time(7)))


def held_up(timing: Timing | None) -> datetime:
    request = PostRequest(channel_id="c", platform=Platform.X, text="A text.", due_at=DUE)
    job = PublishJob(
        job_id="j",
        owner="post:j/run",
        reply_to="post:j",
        request=request,
        claimed_at=DUE,
        timing=timing,
    )
    late = creation.with_usable_due_time(creation.accept(job), DUE + timedelta(hours=2))
    return late.job.request.due_at


def test_a_job_held_up_into_the_night_is_due_in_the_morning() -> None:
    assert held_up(NIGHT) == datetime(2026, 11, 27, 6, tzinfo=UTC)


def test_a_job_without_timing_rules_is_due_at_once() -> None:
    late = DUE + timedelta(hours=2)

    assert late < held_up(None) < late + timedelta(minutes=1)
