"""What needs a person, as Temporal's visibility shows it: living posts and ended runs.

messages.py turns the needs into messages.
"""

import asyncio
import logging
from datetime import datetime, timedelta
from typing import Any, TypeVar

from temporalio.client import (
    Client,
    WorkflowExecution,
    WorkflowFailureError,
    WorkflowHandle,
    WorkflowQueryFailedError,
)
from temporalio.exceptions import ApplicationError, FailureError
from temporalio.service import RPCError

from activities.records.visibility import STATE, Visible, among, since
from galley.clients.payloads import PayloadKeyError
from galley.models.account import PauseCause
from galley.models.campaign import WAITING, CampaignView, CampaignWait
from galley.models.notification import Need, NotificationKind, NotifiedItem, NotifyBook, Watched
from galley.models.post import PostResult, PostState, PostView
from galley.notifications.messages import key_of
from galley.notifications.needs import LATE_BY, SeenPost, needs_of
from galley.publishing.job.pauses import cause_sentence
from galley.publishing.job.state import AccountHealth
from galley.settings import Settings

_T = TypeVar("_T")

MOST_POSTS = 10_000
"""Posts of one look, the latest first."""
# Views that are read in one look; the others wait for the next.
_MOST_READ = 100
# Known views that are read again in one look, in turn: a new revision is a new review.
_REFRESHED = 20
_AT_ONCE = 8
# Longer than a killed worker holds its workflows back (workers/queues.py).
_PATIENCE = timedelta(seconds=6)
# Posts check their media half an hour before they are due.
_MEDIA_WITHIN = timedelta(minutes=35)
_MOST_DUE = 50
# Characters of a draft in a message.
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
    """One look at the living posts.

    Args:
        visible: Lists the posts.
        settings: Tells whether messages may hold the words of drafts.
        book: The results of earlier looks.
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
        """What is known of each post; after the look, only of posts that it saw."""
        self.is_whole = True
        """Whether the look saw all posts."""

    async def open_needs(self) -> list[Need]:
        """Return the needs of living posts."""
        posts = await self._posts()
        await self._read(self._unknown(posts))
        # Campaigns of which more drafts will come soon: their reviews are told together.
        drafting, running = await asyncio.gather(
            self._visible.posts(f'GalleyState="drafting" AND {_RUNNING}'),
            self._visible.runs("CampaignWorkflow", _RUNNING),
        )
        settling = {post.campaign_id for post in drafting} | {run.id for run in running}
        needs = list[Need]()
        for post in posts:
            if known := self.watched.get(post.workflow_id):
                is_settling = post.campaign_id in settling
                needs += needs_of(post, known, self._now, is_settling=is_settling)
        return needs

    async def _posts(self) -> list[SeenPost]:
        states = among("GalleyState", _STATES)
        # A hand-over that no store or worker lets through holds its post for as long.
        overdue = f"{self._now - LATE_BY:%Y-%m-%dT%H:%M:%SZ}"
        held_up = f'(GalleyState="publishing" AND GalleyDueAt < "{overdue}")'
        asked = f"({states} OR {held_up} OR GalleyChoices > 0) AND {_RUNNING}"
        found = await self._visible.posts(asked, MOST_POSTS)
        self.is_whole = len(found) < MOST_POSTS
        # Scheduled posts need a person only if their media are lost before Buffer fetches.
        until = self._now + _MEDIA_WITHIN
        scheduled = await self._visible.posts(
            f'GalleyState="scheduled" AND {_RUNNING} '
            f'AND GalleyDueAt < "{until:%Y-%m-%dT%H:%M:%SZ}" '
            f'AND GalleyDueAt > "{self._now:%Y-%m-%dT%H:%M:%SZ}"'
        )
        soonest = sorted(scheduled, key=lambda post: str(post.due_at))[:_MOST_DUE]
        listed = {post.workflow_id for post in found}
        due = [one for one in soonest if one.workflow_id not in listed]
        seen = listed | {post.workflow_id for post in due}
        self.watched = {key: one for key, one in self.watched.items() if key in seen}
        return [*found, *due]

    def _unknown(self, posts: list[SeenPost]) -> list[SeenPost]:
        """Return the posts whose views are read now: new ones, and some others in turn."""

        def is_new(post: SeenPost) -> bool:
            known = self.watched.get(post.workflow_id)
            return known is None or known.state != post.state

        new = [post for post in posts if is_new(post)]
        old = [post for post in posts if not is_new(post)]
        # By the clock, so that no turn has to be remembered.
        turns = -(-len(old) // _REFRESHED) or 1
        turn = int(self._now.timestamp() // self._every) % turns
        again = old[turn * _REFRESHED : (turn + 1) * _REFRESHED]
        return [*new[:_MOST_READ], *again]

    async def _read(self, posts: list[SeenPost]) -> None:
        gate = asyncio.Semaphore(_AT_ONCE)

        async def read(post: SeenPost) -> None:
            async with gate:
                view = await view_of(self._visible.client, post.workflow_id)
            if view is not None:
                self.watched[post.workflow_id] = self._watch(post, view)
            elif post.workflow_id not in self.watched:
                # Without a worker there is no view: told without words, rather than not.
                blank = Watched(state=post.state, revision=0)
                self.watched[post.workflow_id] = blank

        await asyncio.gather(*(read(post) for post in posts))

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
            held_for=view.held_for,
            text=words,
            digest=view.digest,
        )


async def view_of(client: Client, workflow_id: str) -> PostView | None:
    """Return a post as it stands, or ``None`` if no worker answers."""
    return await _asked(client.get_workflow_handle(workflow_id), "view", PostView)


async def _asked(handle: WorkflowHandle[Any, Any], query: str, answer: type[_T]) -> _T | None:
    """Return the answer to a query, or ``None`` if no worker gives one that can be read."""
    try:
        async with asyncio.timeout(_PATIENCE.total_seconds()):
            return await handle.query(query, result_type=answer, rpc_timeout=_PATIENCE)
    except (TimeoutError, RPCError, WorkflowQueryFailedError):
        return None
    except (ValueError, TypeError, LookupError, RuntimeError, PayloadKeyError):
        # Of another build, or without its key: it must not keep the others waiting. The text
        # of the error would hold words of the post.
        logging.getLogger(__name__).error("%s cannot be read.", handle.id)  # noqa: TRY400
        return None


async def account_needs(visible: Visible) -> list[Need]:
    """Return the accounts that Galley itself paused; a person's pause needs no message."""
    needs = list[Need]()
    for run in await visible.runs("AccountWorkflow", _RUNNING, _MOST):
        health = await _asked(_handle(visible, run), "health", AccountHealth)
        for pause in health.pauses if health else ():  # without a worker nobody knows
            if pause.cause is not PauseCause.PERSON:
                item = _account_item(visible, run, "paused", cause_sentence(pause))
                key = key_of(f"{_run_of(run)}/{pause.cause}", _KIND.ACCOUNT_PAUSED)
                needs.append(Need(key=key, kind=_KIND.ACCOUNT_PAUSED, item=item))
    return needs


async def waiting_needs(visible: Visible, now: datetime) -> list[Need]:
    """Return the campaigns that have waited for long for Buffer, their account or the bucket."""
    where = f'GalleyState="{WAITING}" AND {_RUNNING}'
    runs = await visible.runs("CampaignWorkflow", where, _MOST_READ)
    gate = asyncio.Semaphore(_AT_ONCE)

    async def need(run: WorkflowExecution) -> Need | None:
        async with gate:
            view = await _asked(_handle(visible, run), "view", CampaignView)
        wait = view.wait if view else None  # without a worker nobody knows
        if view is None or wait is None or now - wait.since < _long(wait):
            return None
        item = NotifiedItem(
            workflow_id=run.id,
            title=view.source.title if view.source else "",
            state=WAITING,
            why=wait.why[:_MOST_WORDS],
            link=visible.link(run.id),
        )
        key = key_of(f"{run.id}/{wait.since:%Y-%m-%dT%H:%M:%S}", _KIND.CAMPAIGN_WAITING)
        return Need(key=key, kind=_KIND.CAMPAIGN_WAITING, item=item)

    return [one for one in await asyncio.gather(*map(need, runs)) if one is not None]


def _long(wait: CampaignWait) -> timedelta:
    return _WAITS_LONG_FOR_STORE if wait.is_for_store else _WAITS_LONG


_KIND = NotificationKind
_WAITS_LONG_FOR_STORE = timedelta(hours=1)
"""Once a bucket that was away is back, messages are, and campaigns go on within minutes."""
_WAITS_LONG = timedelta(minutes=15)
"""Buffer that is away for less is nothing a person must know of."""
_ENDS = {PostState.FAILED: _KIND.POST_FAILED, PostState.EXPIRED: _KIND.REVIEW_EXPIRED}
_FROM_OUTSIDE = 'ExecutionStatus IN ("Terminated", "TimedOut", "Failed")'
_FAILED = 'ExecutionStatus IN ("Failed", "TimedOut")'
_OVER = 'ExecutionStatus IN ("Terminated", "TimedOut", "Failed", "Canceled", "Completed")'
_NOTHING_OUT = (
    "It makes every call to Buffer. Whoever needs it next starts it again, paused: look at Buffer, "
    "then resume."
)
_MOST = 500
_MOST_WORDS = 300


async def ended_needs(visible: Visible, after: datetime) -> list[Need]:
    """Return the needs of runs that ended after that time."""
    # Posts whose runs were ended in Temporal, while they were alive.
    asked = f"{_FROM_OUTSIDE} AND {since(after)}"
    runs = await visible.runs("PostWorkflow", asked, _MOST)
    why = {"why": "Nothing follows it any more; what Buffer has of it goes out."}
    cut_off = [
        _need(run, _KIND.RUN_ENDED, (await _item(visible, run)).model_copy(update=why))
        for run in runs
    ]
    return [
        *await _posts(visible, after),
        *cut_off,
        *await _ended_accounts(visible, after),
        *await _failed(visible, "CampaignWorkflow", after),
        *await _failed(visible, "FeedWorkflow", after),
    ]


async def _posts(visible: Visible, after: datetime) -> list[Need]:
    asked = f'{among("GalleyState", _ENDS)} AND ExecutionStatus="Completed"'
    runs = await visible.runs("PostWorkflow", f"{asked} AND {since(after)}", _MOST)
    needs = list[Need]()
    for run in runs:
        state = PostState(run.typed_search_attributes.get(STATE) or PostState.FAILED)
        item = await _item(visible, run)
        try:
            view = PostResult.model_validate(await _handle(visible, run).result()).view
        except (RPCError, WorkflowFailureError):
            pass  # its retention ended while it was listed: told without the reason
        else:
            why = (view.error or "")[:_MOST_WORDS]
            known = {"why": why, "channel": view.channel_name, "revision": view.revision}
            item = item.model_copy(update=known)
        needs.append(_need(run, _ENDS[state], item))
    return needs


async def _ended_accounts(visible: Visible, after: datetime) -> list[Need]:
    """Return the accounts that were ended and not started again: nothing goes out."""
    runs = await visible.runs("AccountWorkflow", f"{_OVER} AND {since(after)}", _MOST)
    alive = await visible.runs("AccountWorkflow", _RUNNING, _MOST) if runs else []
    known = {run.id for run in alive}
    return [
        _need(run, _KIND.RUN_ENDED, _account_item(visible, run, "ended", _NOTHING_OUT))
        for run in runs
        if run.id not in known
    ]


def _account_item(visible: Visible, run: WorkflowExecution, state: str, why: str) -> NotifiedItem:
    return NotifiedItem(workflow_id=run.id, state=state, why=why, link=visible.link(run.id))


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
        if kind == "FeedWorkflow":
            # Once a day while it stays so: a feed is checked every hour or so.
            feed = ":".join(run.id.split(":")[:2]).split("-", maxsplit=1)[0]
            day = f"{run.close_time:%Y-%m-%d}" if run.close_time else ""
            key = key_of(f"{feed}/{day}", _KIND.FEED_FAILED)
            need = Need(key=key, kind=_KIND.FEED_FAILED, item=item)
        else:
            is_budget = isinstance(error, ApplicationError) and error.type == "OverBudget"
            ended = _KIND.BUDGET_REACHED if is_budget else _KIND.CAMPAIGN_FAILED
            need = Need(key=key_of(_run_of(run), ended), kind=ended, item=item)
        needs.setdefault(need.key, need)
    return list(needs.values())


async def _failure(visible: Visible, run: WorkflowExecution) -> Exception:
    """Return the first failure of the chain: the one of the activity."""
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
