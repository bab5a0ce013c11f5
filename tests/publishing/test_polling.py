"""When outcomes are read, and of which posts."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from galley.publishing.job import creation, outcomes
from galley.publishing.job.creation import taken_by_others
from galley.publishing.job.priority import outcomes_since, poll_due_at
from galley.publishing.job.state import AccountPolicy
from tests.publishing.making import NOW, POST, created, job


def test_nothing_outstanding_needs_no_poll() -> None:
    assert poll_due_at([creation.accept(job())], None, AccountPolicy(poll_seconds=60)) is None


def test_the_first_poll_comes_when_the_first_post_is_due() -> None:
    outstanding = created(creation.accept(job(due_in=60)))

    assert poll_due_at([outstanding], None, AccountPolicy(poll_seconds=60)) == NOW + timedelta(
        seconds=62
    )


def test_polls_of_a_stuck_post_become_rare() -> None:
    outstanding = created(creation.accept(job(due_in=0)))
    polled_at, polls = NOW, 0
    while polled_at < NOW + timedelta(days=1):
        at = poll_due_at([outstanding], polled_at, AccountPolicy(poll_seconds=120))
        assert at is not None
        polled_at, polls = at, polls + 1

    assert polls < 50


def test_a_post_that_falls_due_is_not_kept_waiting_by_one_that_is_stuck() -> None:
    stuck = created(creation.accept(job("a", due_in=0)))
    soon = created(creation.accept(job("b", due_in=86_400 + 60)))

    at = poll_due_at([stuck, soon], NOW + timedelta(days=1), AccountPolicy(poll_seconds=30))

    assert at == NOW + timedelta(days=1, seconds=62)


def test_posts_due_close_together_share_a_poll() -> None:
    posts = [created(creation.accept(job(str(n), due_in=n))) for n in range(60)]

    at = poll_due_at(posts, NOW + timedelta(seconds=2), AccountPolicy(poll_seconds=120))

    assert at == NOW + timedelta(seconds=122)


@given(st.integers(0, 300), st.integers(0, 59))
def test_posts_that_are_due_minutes_apart_share_polls(apart: int, sent_after: int) -> None:
    policy = AccountPolicy()
    posts = [created(creation.accept(job(str(n), due_in=n * apart))) for n in range(24)]
    left = {one.job.job_id: one for one in posts}
    polled_at, polls = None, 0

    while left:
        polled_at = poll_due_at(left.values(), polled_at, policy)
        assert polled_at is not None
        polls += 1
        for one in posts:
            if one.job.request.due_at + timedelta(seconds=sent_after) < polled_at:
                known = left.pop(one.job.job_id, None)
                late = polled_at - one.job.request.due_at
                assert known is None or late <= timedelta(minutes=9)

    calls = len(posts) + polls
    assert calls <= (1.6 if apart else 1.3) * len(posts)


def test_a_post_that_was_moved_in_buffer_is_awaited_at_its_new_time() -> None:
    outstanding = created(creation.accept(job(due_in=0)))
    later = NOW + timedelta(days=30)
    moved = POST.model_copy(update={"due_at": later})

    after = outcomes.after_outcome(outstanding, moved, NOW)

    assert after.job.request.due_at == later
    assert after.last is not None
    assert after.last.post == moved
    assert poll_due_at([after], NOW, AccountPolicy()) == later + timedelta(seconds=2)


def test_a_missed_post_is_looked_for_from_its_claim_on() -> None:
    on_time = created(creation.accept(job(due_in=3600)))
    missed = outcomes.after_miss(on_time)

    assert outcomes_since({"1": on_time}) == NOW + timedelta(hours=1)
    assert outcomes_since({"1": on_time, "2": missed}) == NOW


def test_a_look_knows_which_posts_belong_to_another_edition() -> None:
    mine = creation.accept(job("a:c"))
    other = created(creation.accept(job("a-2:c")))

    assert taken_by_others([mine, other], mine) == (POST.id,)
    assert taken_by_others([mine, other], other) == ()
