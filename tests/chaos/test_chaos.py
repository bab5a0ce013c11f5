"""Campaigns under fire: one approval, one post, and no run left hanging.

The short run of `make test`. The long one is `make chaos`; a seed that failed there is
kept in `seeds.txt` and runs here from then on.
"""

from pathlib import Path

import pytest

from tests.chaos.run import Outcome, Plan, Run

pytestmark = [pytest.mark.server, pytest.mark.chaos, pytest.mark.timeout(600)]

SEEDS = [
    int(line.partition("#")[0])
    for line in (Path(__file__).parent / "seeds.txt").read_text().splitlines()
    if line.partition("#")[0].strip()
]
SHORT = 12


@pytest.mark.parametrize("seed", SEEDS)
async def test_every_approval_becomes_one_post_whatever_dies(seed: int, tmp_path: Path) -> None:
    plan = Plan(seed, SHORT, workers=2, pause=1.2, videos=False, settles_within=500, storm_for=25)

    outcome: Outcome = await Run(plan, tmp_path / "stack", print).carry_out()

    assert outcome.findings == []
    assert sum(outcome.verdict.endings.values()) == SHORT
    assert outcome.mishaps.total() > 0


async def test_every_approval_becomes_one_post_whatever_an_operator_does(tmp_path: Path) -> None:
    plan = Plan(
        seed=11,
        posts=3,
        workers=2,
        pause=0.5,
        videos=False,
        settles_within=500,
        storm_for=5,
        is_operated=True,
        leads=(3, 5),
    )

    outcome: Outcome = await Run(plan, tmp_path / "stack", print).carry_out()

    assert outcome.findings == []
    assert sum(outcome.verdict.endings.values()) == plan.posts
    assert outcome.mishaps.total() > 0
