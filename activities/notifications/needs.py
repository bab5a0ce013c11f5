"""What needs a person, as Temporal's visibility shows it: living posts and ended runs.

messages.py turns the needs into messages.
"""

import asyncio
from datetime import datetime, timedelta
from typing import Any

from temporalio.client import (
    WorkflowExecution,
    WorkflowExecutionStatus,
    WorkflowFailureError,
    WorkflowQueryFailedError,
)
from temporalio.exceptions import ApplicationError, FailureError
from temporalio.service import RPCError

from activities.records.visibility import STATE, Visible, among, since
from galley.models import PostResult, PostState, PostView
from galley.models.notification import Need, NotificationKind, NotifiedItem, NotifyBook, Watched
from galley.notifications.messages import key_of
from galley.notifications.needs import SeenPost, needs_of
from galley.settings import Settings

MOST_POSTS = 10_000
"""That are looked at; the latest are listed first."""
_MOST_READ = 100
"""Views that are read in one look; the others wait for the next."""
_REFRESHED = 20
"""Views that are read again in one look, in turn: a new revision is a new review."""
_AT_ONCE = 8
_PATIENCE = timedelta(seconds=6)
"""Longer than a killed worker still holds its workflows back."""
_MEDIA_WITHIN = timedelta(minutes=35)
"""Media are looked at half an hour before the post is due."""
_MOST_DUE = 50
_MOST_TEXT = 1000
_STATES = (
    PostState.IN_REVIEW,
    PostState.HELD,
    PostState.ERROR,
    PostState.LATE,
    PostState.PULLED_BACK,
)
_RUNNING = 'ExecutionStatus="Running"'


class Needs:
    """One look at the posts that are alive.

    Args:
        visible: Where they are listed.
        settings: Whether the words of drafts may be told.
        book: What was known before.
        now: The time of the look.
    """

    def __init__(
        self, visible: Visible, settings: Settings, book: NotifyBook, now: datetime
    ) -> None:
        self._visible = visible
        self._may_tell_texts = settings.notify_texts
        self._every = max(settings.notify_every_seconds, 1)
        self._now = now
        self.watched = dict(book.watched)
        """What is known of each; only of those that were seen, afterwards."""
        self.is_whole = True
        """Whether all that there are were seen."""

    async def standing(self) -> list[Need]:
        """Return what the posts need that are alive."""
        posts = await self._posts()
        await self._read(self._unknown(posts))
        settling = await self._settling()
        needs = list[Need]()
        for post in posts:
            if known := self.watched.get(post.workflow_id):
                is_settling = post.campaign_id in settling
                needs += needs_of(post, known, self._now, is_settling=is_settling)
        return needs

    async def _posts(self) -> list[SeenPost]:
        states = among("GalleyState", _STATES)
        asked = f"({states} OR GalleyChoices > 0) AND {_RUNNING}"
        found = await self._visible.posts(asked, MOST_POSTS)
        self.is_whole = len(found) < MOST_POSTS
        listed = {post.workflow_id for post in found}
        due = [one for one in await self._due() if one.workflow_id not in listed]
        seen = listed | {post.workflow_id for post in due}
        self.watched = {key: one for key, one in self.watched.items() if key in seen}
        return [*found, *due]

    async def _due(self) -> list[SeenPost]:
        """Return those that Buffer fetches media for soon: they may be lost."""
        until = self._now + _MEDIA_WITHIN
        asked = (
            f'GalleyState="scheduled" AND {_RUNNING} '
            f'AND GalleyDueAt < "{until:%Y-%m-%dT%H:%M:%SZ}" '
            f'AND GalleyDueAt > "{self._now:%Y-%m-%dT%H:%M:%SZ}"'
        )
        found = await self._visible.posts(asked)
        return sorted(found, key=lambda post: str(post.due_at))[:_MOST_DUE]

    def _unknown(self, posts: list[SeenPost]) -> list[SeenPost]:
        """Return whose views are read now: the new ones, and some in turn."""

        def is_new(post: SeenPost) -> bool:
            known = self.watched.get(post.workflow_id)
            return known is None or known.state != post.state

        new = [post for post in posts if is_new(post)]
        old = [post for post in posts if not is_new(post)]
        turns = -(-len(old) // _REFRESHED) or 1
        turn = int(self._now.timestamp() // self._every) % turns
        again = old[turn * _REFRESHED : (turn + 1) * _REFRESHED]
        return [*new[:_MOST_READ], *again]

    async def _read(self, posts: list[SeenPost]) -> None:
        gate = asyncio.Semaphore(_AT_ONCE)

        async def read(post: SeenPost) -> None:
            async with gate:
                view = await self._view(post.workflow_id)
            if view is not None:
                self.watched[post.workflow_id] = self._watch(post, view)
            elif post.workflow_id not in self.watched:
                # Told without its words rather than not at all.
                blank = Watched(state=post.state, revision=0)
                self.watched[post.workflow_id] = blank

        await asyncio.gather(*(read(post) for post in posts))

    async def _view(self, workflow_id: str) -> PostView | None:
        handle = self._visible.client.get_workflow_handle(workflow_id)
        try:
            async with asyncio.timeout(_PATIENCE.total_seconds()):
                return await handle.query("view", result_type=PostView, rpc_timeout=_PATIENCE)
        except (TimeoutError, RPCError, WorkflowQueryFailedError):
            return None

    def _watch(self, post: SeenPost, view: PostView) -> Watched:
        in_review = view.state is PostState.IN_REVIEW
        draft = view.proposal.draft if view.proposal else view.draft
        words = draft.text[:_MOST_TEXT] if draft and self._may_tell_texts else ""
        return Watched(
            state=post.state,
            revision=view.revision,
            expires_at=view.review_expires_at if in_review else None,
            channel=view.channel_name,
            why=view.error or "",
            text=words,
        )

    async def _settling(self) -> set[str]:
        """Return the campaigns of which more drafts will come soon."""
        drafting, running = await asyncio.gather(
            self._visible.posts(f'GalleyState="drafting" AND {_RUNNING}'),
            self._visible.runs("CampaignWorkflow", _RUNNING),
        )
        return {post.campaign_id for post in drafting} | {run.id for run in running}


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
        _need(run, _KIND.RUN_ENDED, (await _item(visible, run)).model_copy(update={"why": why}))
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
