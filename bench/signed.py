"""The cost of a team in Temporal: events and actions a post, by the approvals that it wants.

``python -m bench.signed`` measures a campaign on all networks without a team, with one approval
and with two, one after the other, on a real server in memory.
"""

import asyncio
from dataclasses import replace

from bench import cost
from bench.report import keep, leave, machine
from bench.throughput import harness_at, open_account, server
from galley.models.team import Policy, Team
from tests.review.test_signatures import PEOPLE

TEAMS = {
    "without a team": ((), Policy()),
    "one approval": (("ann",), Policy()),
    "two stages": (("kim", "lee"), Policy(approvals=2, stages=("editor", "legal"))),
}


async def measure() -> dict[str, dict[str, float]]:
    """Return the figures of a post for each kind of team."""
    found: dict[str, dict[str, float]] = {}
    async with await server() as environment:
        for name, (signers, policy) in TEAMS.items():
            team = Team(people=PEOPLE, policies={"default": policy})
            harness = replace(harness_at(environment.client), team=team)
            async with harness.worker():
                await open_account(harness)
                bill = await cost.measure(harness, signers)
            found[name] = {
                "events": round(bill.events_per_post, 1),
                "actions": round(bill.actions_per_post, 1),
                "billed": round(bill.billed_per_post, 1),
            }
            print(name, found[name], flush=True)
    return found


if __name__ == "__main__":
    on = machine()
    keep("signed", asyncio.run(measure()), on)
    leave()
