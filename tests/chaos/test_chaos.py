"""Campaigns under fire: one approval, one post, and no run left hanging.

The short run of `make test`; the long one is `make chaos`. What fails there gets a test of its
own: a seed repeats what dies, and not when.
"""

from pathlib import Path

import pytest

from tests.chaos.run import Outcome, Plan, Run

pytestmark = [pytest.mark.server, pytest.mark.chaos, pytest.mark.timeout(600)]

# An edit without an answer, whose post went out before it was looked at, was found with it.
SEED = 43303
SHORT = 12


async def test_every_approval_becomes_one_post_whatever_dies(tmp_path: Path) -> None:
    plan = Plan(
        SEED,
        SHORT,
        workers=2,
        pause=1.2,
        videos=False,
        settles_within=500,
        storm_for=25,
        leads=(6, 6, 15),
    )

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
