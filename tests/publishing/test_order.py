"""Which job gets the next call: nothing starves, and nobody pushes in."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from galley.models.review import ChangeKind
from galley.publishing.job import changes, creation, priority
from galley.publishing.job.priority import Choice
from galley.publishing.job.record import JobRecord
from galley.publishing.job.replies import Step
from tests.publishing.making import NOW, change, created, job


@given(st.lists(st.tuples(st.integers(0, 100), st.integers(-5, 5)), max_size=20))
def test_the_ready_job_that_is_due_soonest_goes_first(times: list[tuple[int, int]]) -> None:
    record = [
        creation.accept(job(job_id=f"key:{n}", due_in=60 * due)).model_copy(
            update={"not_before": NOW + timedelta(seconds=pause)}
        )
        for n, (due, pause) in enumerate(times)
    ]

    chosen = priority.choose(record, (), NOW, {})

    ready = [due for due, pause in times if pause <= 0]
    due_at = chosen.record.job.request.due_at if chosen else None
    assert due_at == (NOW + timedelta(minutes=min(ready)) if ready else None)


def test_a_change_goes_before_every_create() -> None:
    urgent = creation.accept(job("a:c", due_in=1))
    changed = changes.take_change(
        created(creation.accept(job(due_in=9000))), change(ChangeKind.EDIT), NOW
    )

    chosen = priority.choose([urgent, changed], (), NOW, {})

    assert chosen == Choice(changed, Step.EDIT)
    assert chosen is not None
    assert chosen.is_change


@given(st.dictionaries(st.sampled_from("abcde"), st.integers(1, 12), min_size=2, max_size=5))
def test_campaigns_whose_posts_are_due_together_take_turns(posts: dict[str, int]) -> None:
    waiting = [
        creation.accept(job(f"{key}:{n}", due_in=5))
        for key, count in posts.items()
        for n in range(count)
    ]
    turns: dict[str, int] = {}
    served: list[str] = []
    while (chosen := priority.choose(waiting, (), NOW, turns)) is not None:
        waiting.remove(chosen.record)
        served.append(chosen.campaign)
        turns[chosen.campaign] = len(served)

    for index in range(1, len(served)):
        left = {key for key in posts if key in served[index:]}
        assert served[index] != served[index - 1] or left == {served[index]}


@given(st.lists(st.integers(0, 3000), min_size=1, max_size=15), st.integers(0, 3000))
def test_everything_gets_its_call_while_new_work_keeps_coming(
    dues: list[int], poll_after: int
) -> None:
    """One new post a minute, due at once, and one call a minute."""
    poll_at = NOW + timedelta(seconds=poll_after)
    first = [creation.accept(job(f"k:{n}", due_in=due)) for n, due in enumerate(dues)]
    waiting: list[JobRecord] = list(first)
    is_polled, now = False, NOW
    for minute in range(len(dues) + 120):
        now = NOW + timedelta(minutes=minute)
        waiting.append(creation.accept(job(f"new:{minute}", due_in=60 * minute)))
        choice = priority.choose(waiting, (), now, {})
        assert choice is not None
        if not is_polled and priority.is_poll_first(choice, poll_at, now):
            is_polled = True
        else:
            waiting.remove(choice.record)

    assert is_polled
    assert not [t for t in waiting if t in first]


def test_a_poll_does_not_wait_behind_what_is_due_next_week() -> None:
    later = Choice(creation.accept(job(due_in=7 * 86_400)), Step.CREATE)
    soon = Choice(creation.accept(job(due_in=60)), Step.CREATE)

    assert priority.is_poll_first(later, NOW, NOW)
    assert not priority.is_poll_first(soon, NOW, NOW)
    assert priority.is_poll_first(None, NOW, NOW)


def test_what_has_to_pause_is_called_when_its_pause_is_over() -> None:
    at = NOW + timedelta(seconds=30)
    waiting = creation.accept(job()).model_copy(update={"not_before": at})

    assert priority.choose([waiting], (), NOW, {}) is None
    assert priority.wake_at([waiting], (), NOW) == at
    assert priority.choose([waiting], (), at, {}) is not None
