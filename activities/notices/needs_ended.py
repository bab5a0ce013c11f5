"""What ended lately and was not to end like that: posts, campaigns and feeds."""

from datetime import datetime
from typing import Any

from temporalio.client import (
    WorkflowExecution,
    WorkflowExecutionStatus,
    WorkflowFailureError,
)
from temporalio.exceptions import ApplicationError, FailureError
from temporalio.service import RPCError

from activities.records.visible import STATE, Visible, among, since
from galley.models import PostResult, PostState
from galley.models.notification import Need, NotificationKind, NotifiedItem
from galley.notifications.telling import key_of

_KIND = NotificationKind
_ENDS = {
    PostState.REFUSED: _KIND.POST_FAILED,
    PostState.FAILED: _KIND.POST_FAILED,
    PostState.EXPIRED: _KIND.REVIEW_EXPIRED,
}
_FROM_OUTSIDE = 'ExecutionStatus IN ("Terminated", "TimedOut", "Failed")'
_FAILED = 'ExecutionStatus IN ("Failed", "TimedOut")'
_MOST = 500
_MOST_WORDS = 300


async def ended_needs(visible: Visible, after: datetime) -> list[Need]:
    """Return what ended after that time and needs a person to look."""
    return [
        *await _posts(visible, after),
        *await _cut_off(visible, after),
        *await _failed(visible, "CampaignWorkflow", after),
        *await _failed(visible, "FeedWorkflow", after),
    ]


async def _posts(visible: Visible, after: datetime) -> list[Need]:
    asked = f'{among("GalleyState", _ENDS)} AND ExecutionStatus="Completed"'
    runs = await visible.runs("PostWorkflow", f"{asked} AND {since(after)}", _MOST)
    needs = list[Need]()
    for run in runs:
        state = PostState(run.typed_search_attributes.get(STATE) or PostState.FAILED)
        told = await _item(visible, run)
        why = await _why_of_post(visible, run)
        needs.append(_need(run, _ENDS[state], told.model_copy(update=why)))
    return needs


async def _cut_off(visible: Visible, after: datetime) -> list[Need]:
    """Return posts whose runs were ended in Temporal while they were alive."""
    asked = f"{_FROM_OUTSIDE} AND {since(after)}"
    runs = await visible.runs("PostWorkflow", asked, _MOST)
    why = "Nothing follows it any more; what Buffer has of it goes out."
    return [
        _need(
            run,
            _KIND.RUN_ENDED,
            (await _item(visible, run)).model_copy(update={"why": why}),
        )
        for run in runs
    ]


async def _failed(visible: Visible, kind: str, after: datetime) -> list[Need]:
    runs = await visible.runs(kind, f"{_FAILED} AND {since(after)}", _MOST)
    needs = dict[str, Need]()
    for run in runs:
        error = await _failure(visible, run)
        item = NotifiedItem(
            workflow_id=run.id,
            state="failed",
            why=str(error)[:_MOST_WORDS],
            link=visible.link(run.id),
        )
        need = _need_of_failure(run, kind, error, item)
        needs.setdefault(need.key, need)
    return list(needs.values())


def _need_of_failure(
    run: WorkflowExecution, kind: str, error: Exception, item: NotifiedItem
) -> Need:
    if kind == "FeedWorkflow":
        # Once a day while it stays so: a feed is looked at every hour or so.
        feed = ":".join(run.id.split(":")[:2]).split("-", maxsplit=1)[0]
        day = f"{run.close_time:%Y-%m-%d}" if run.close_time else ""
        key = key_of(f"{feed}/{day}", _KIND.FEED_FAILED)
        return Need(key=key, kind=_KIND.FEED_FAILED, item=item)
    is_budget = isinstance(error, ApplicationError) and error.type == "OverBudget"
    ended = _KIND.BUDGET_REACHED if is_budget else _KIND.CAMPAIGN_FAILED
    return Need(key=key_of(_run_of(run), ended), kind=ended, item=item)


async def _failure(visible: Visible, run: WorkflowExecution) -> Exception:
    """Return the failure that began the chain."""
    try:
        await _handle(visible, run).result()
    except WorkflowFailureError as error:
        found: BaseException = error
        while isinstance(found.__cause__, FailureError):
            found = found.__cause__
        if isinstance(found, ApplicationError):
            return found
        return RuntimeError(str(found))
    except RPCError as error:
        return error
    return RuntimeError("It failed.")


async def _why_of_post(visible: Visible, run: WorkflowExecution) -> dict[str, object]:
    if run.status is not WorkflowExecutionStatus.COMPLETED:
        return {}
    try:
        told = await _handle(visible, run).result()
    except (RPCError, WorkflowFailureError):
        return {}
    view = PostResult.model_validate(told).view
    return {
        "why": (view.error or "")[:_MOST_WORDS],
        "channel": view.channel_name,
        "revision": view.revision,
    }


async def _item(visible: Visible, run: WorkflowExecution) -> NotifiedItem:
    post = await visible.seen(run)
    return NotifiedItem(
        workflow_id=post.workflow_id,
        platform=post.platform,
        title=post.title,
        state=post.state,
        due_at=post.due_at,
        link=post.link,
    )


def _need(run: WorkflowExecution, kind: NotificationKind, item: NotifiedItem) -> Need:
    campaign = f"campaign:{run.id.split(':')[1]}" if run.id.count(":") > 1 else ""
    return Need(key=key_of(_run_of(run), kind), kind=kind, group=campaign, item=item)


def _run_of(run: WorkflowExecution) -> str:
    return f"{run.id}/{run.run_id}"


def _handle(visible: Visible, run: WorkflowExecution) -> Any:  # noqa: ANN401 -- of any workflow
    return visible.client.get_workflow_handle(run.id, run_id=run.run_id)
