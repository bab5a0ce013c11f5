"""A thousand posts through Buffer's windows: as fast as they allow, never above them.

The whole simulation is `python -m bench.quota`; here the windows are smaller, so that
a few dozen posts meet all three.
"""

from itertools import pairwise

import pytest
from temporalio.testing import WorkflowEnvironment

from tests.publishing.ledger import FREE, SMALL, Ledger, Limit, lower_bound, without_share
from tests.publishing.simulation import Clerk, Office, at_work

pytestmark = [pytest.mark.server]

SKIPS_WITHIN = 60


async def through(
    clock: WorkflowEnvironment, clerk: Clerk, posts: int, kept: float = 0.0
) -> Office:
    """Bring posts through the windows; each must come out once."""
    async with at_work(clock.client, clerk, posts, kept) as office:
        await office.hand_over()
        created = await office.finish(SKIPS_WITHIN)

    assert sorted(created) == sorted(f"job-{n}:channel" for n in range(posts))
    assert len(clerk.posts) == posts
    return office


def confirm_windows(ledger: Ledger) -> None:
    for limit in ledger.limits:
        assert ledger.worst(limit) <= limit.calls


async def test_posts_take_as_long_as_the_windows_force_them_to(clock: WorkflowEnvironment) -> None:
    ledger = Ledger(SMALL)

    await through(clock, Clerk(ledger), posts=34)

    confirm_windows(ledger)
    assert ledger.refused == []
    bound = lower_bound(len(ledger.ours), SMALL)
    assert bound == 30 * 86_400  # the longest window was reached
    assert 1 <= ledger.makespan / bound <= 1.02


async def test_a_share_is_left_for_changes_and_the_rest_is_used_to_the_full(
    clock: WorkflowEnvironment,
) -> None:
    ledger, kept = Ledger(SMALL[:2]), 0.3

    await through(clock, Clerk(ledger), posts=20, kept=kept)

    rest = without_share(SMALL[:2], kept)
    assert [ledger.worst(limit) for limit in ledger.limits] == [limit.calls for limit in rest]
    bound = lower_bound(len(ledger.ours), rest)
    assert 1 <= ledger.makespan / bound <= 1.02


async def test_what_others_used_before_is_known_from_the_first_answer(
    clock: WorkflowEnvironment,
) -> None:
    def before(since: float, now: float) -> list[float]:
        first = since == now
        return [now - 600] * 7 + [now - 7200] * 10 if first else []

    ledger = Ledger(SMALL[:2])

    await through(clock, Clerk(ledger, before), posts=12)

    confirm_windows(ledger)
    assert ledger.refused == []


async def test_calls_of_others_hold_posts_back_until_the_reset_and_no_longer(
    clock: WorkflowEnvironment,
) -> None:
    def before(since: float, now: float) -> list[float]:
        return [now - 86_345 + n / 100 for n in range(247)] if since == now else []

    ledger = Ledger(FREE[1:2])

    await through(clock, Clerk(ledger, before, resets_in=60), posts=5, kept=0.05)

    assert len(ledger.others) == 247
    assert 60 <= ledger.makespan <= 180
    assert ledger.refused == []


async def test_a_larger_plan_is_noticed_within_a_day(clock: WorkflowEnvironment) -> None:
    ledger = Ledger(SMALL)

    def upgrade(since: float, now: float) -> list[float]:
        if len(ledger.ours) >= 27 and now > since:
            ledger.limits = (*SMALL[:2], Limit(600, 2_592_000))
        return []

    await through(clock, Clerk(ledger, upgrade), posts=32, kept=0.1)

    assert ledger.makespan <= 5 * 86_400
    assert ledger.refused == []


async def test_another_program_on_the_key_is_made_room_for(clock: WorkflowEnvironment) -> None:
    def busy(since: float, now: float) -> list[float]:
        """Ask before each fifth call of ours, and once in five minutes when we are away."""
        away = [since + 300 * n for n in range(1, 7) if since + 300 * n < now]
        return [*away, now] if len(ledger.ours) % 5 == 3 else away

    ledger = Ledger(SMALL[:2])

    await through(clock, Clerk(ledger, busy), posts=30)

    confirm_windows(ledger)
    assert len(ledger.others) >= 2
    # Nobody can know what others do meanwhile: a wait may end in one refusal.
    assert len(ledger.refused) <= 4
    assert ledger.early_returns() == []


async def test_a_wait_that_buffer_asks_for_is_waited_to_its_end(clock: WorkflowEnvironment) -> None:
    ledger = Ledger((Limit(100, 900),))

    await through(clock, Clerk(ledger, scolds={1: 30.0, 3: 3600.0, 4: 7.0}), posts=4)

    assert len(ledger.refused) == 3
    assert ledger.early_returns() == []


@pytest.mark.parametrize("limits", [FREE, SMALL])
def test_the_lower_bound_keeps_to_every_window_and_no_call_could_go_earlier(
    limits: tuple[Limit, ...],
) -> None:
    calls = 2 * limits[1].calls + 7
    spans = [lower_bound(n, limits) for n in range(1, calls + 1)]
    ledger = Ledger(limits)

    assert all(ledger.admit(at) is None for at in spans)
    assert spans == sorted(spans)
    for number, (earlier, at) in enumerate(pairwise(spans)):
        if at > earlier:
            sooner = Ledger(limits, ours=spans[: number + 1])
            assert sooner.admit(at - 0.001) is not None
