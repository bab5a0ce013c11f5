"""What an agent set aside stays so while its campaign waits."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from temporalio.client import Client

from app.agents.limits import AgentLimits, LimitError, LimitReason
from app.connections import Connections
from galley.models.agents import AgentMark, AgentUsage, SetAside
from galley.settings import Settings
from tests.memory_store import MemoryStore
from tests.workflows.harness import until
from workflows import ids

pytestmark = pytest.mark.server

BOT = AgentMark(name="bot", model="m-1")
_CEILING = 1_000_000


async def test_money_of_a_campaign_that_has_no_posts_yet_stays_set_aside_while_it_runs(
    temporal: Client,
) -> None:
    settings = Settings.model_construct(
        budget_campaign_usd=Decimal(1), agent_day_usd=1.0, agent_suggestions_a_day=9
    )
    opened, store = Connections(settings, lambda: _given(temporal)), MemoryStore()
    opened.__dict__["state"] = store
    now = datetime.now(UTC)
    # Of the day before, as it waited over midnight.
    begun = now - timedelta(days=1)
    aside = SetAside(key="a" * 12, micros=_CEILING, at=begun)
    usage = AgentUsage(day=f"{begun:%Y-%m-%d}", money=(aside,))
    await store.put_if_absent("agents/usage/bot.json", usage.model_dump_json().encode(), "")
    campaign = await temporal.start_workflow(
        "CampaignWorkflow", id=ids.campaign_id(aside.key), task_queue="nobody"
    )

    async def is_listed() -> bool:
        query = f'WorkflowId="{campaign.id}" AND ExecutionStatus="Running"'
        return (await temporal.count_workflows(query)).count == 1

    await until(is_listed, bool)
    with pytest.raises(LimitError) as refused:
        await AgentLimits(opened).admit_suggestion(BOT, "campaign:b", paid_key="b" * 12)
    assert refused.value.reason is LimitReason.BUDGET

    await campaign.terminate()
    await until(is_listed, lambda found: not found)
    await AgentLimits(opened).admit_suggestion(BOT, "campaign:b", paid_key="b" * 12)


async def _given(client: Client) -> Client:
    return client
