"""Which activities are under way, as Temporal shows it."""

from temporalio.api.enums.v1 import PendingActivityState
from temporalio.api.workflow.v1 import PendingActivityInfo

from tests.end_to_end.stack import Stack

_ACCOUNT = 'ExecutionStatus="Running" AND WorkflowType="AccountWorkflow"'
_CAMPAIGN = 'ExecutionStatus="Running" AND WorkflowType="CampaignWorkflow"'


def _posts(state: str) -> str:
    return f'ExecutionStatus="Running" AND GalleyState="{state}"'


_POSTS_ON_THEIR_WAY = 'ExecutionStatus="Running" AND GalleyState IN ("scheduled","publishing")'
WHERE = {
    "read_source": _CAMPAIGN,
    "open_account": _CAMPAIGN,
    "ask_limits": _CAMPAIGN,
    "reserve_budget": _CAMPAIGN,
    "write_set": _CAMPAIGN,
    "write_draft": _posts("drafting"),
    "render_media": _posts("drafting"),
    "check_draft": _posts("in_review"),
    "rehost_assets": _posts("publishing"),
    "hand_over": _posts("publishing"),
    "create_post": _ACCOUNT,
    "find_post": _ACCOUNT,
    "read_outcomes": _ACCOUNT,
    "edit_post": _ACCOUNT,
    "delete_post": _ACCOUNT,
    "read_post": _ACCOUNT,
    "hand_change": _POSTS_ON_THEIR_WAY,
    "tell_posts": _ACCOUNT,
}
"""Every named step, and the runs in which it happens."""


async def running(stack: Stack, activity: str) -> int:
    """Return at how many activities of this name a worker is."""
    started = PendingActivityState.PENDING_ACTIVITY_STATE_STARTED
    return sum(one.state == started for one in await _pending(stack, activity))


async def attempts(stack: Stack, activity: str) -> int:
    """Return the most attempts that any activity of this name has taken so far."""
    return max((one.attempt for one in await _pending(stack, activity)), default=0)


async def _pending(stack: Stack, activity: str) -> list[PendingActivityInfo]:
    found: list[PendingActivityInfo] = []
    async for run in stack.client.list_workflows(WHERE[activity]):
        handle = stack.client.get_workflow_handle(run.id)
        pending = (await handle.describe()).raw_description.pending_activities
        found += [one for one in pending if one.activity_type.name == activity]
    return found
