"""A campaign as it goes on: until it is planned (``start``), and until it is settled (``demo``)."""

import asyncio
import time
from dataclasses import dataclass, field
from datetime import datetime

from temporalio.client import Client

from app.accounts.workflows import what_holds_buffer_up
from app.advice import Action
from app.connections import Connections
from app.errors import ServiceError
from app.posts.directory import NEEDS_A_PERSON, handles, list_posts
from app.posts.views import hindrance, read_campaign, read_view
from galley.models.campaign import CampaignView, PlannedPost
from galley.models.post import PostState, PostView

_PLANNED_WITHIN = 60.0
_TAKEN_WITHIN = 5.0
_WORTH_TELLING = 2.0
"""Seconds after which a person wants to know what is waited for."""
_LOOK_AGAIN = 2.0
"""Seconds until a post that should have moved on is asked again."""
_ASK_AGAIN = 5.0
_SHOWN = {*NEEDS_A_PERSON}
_CALLING = {PostState.PUBLISHING, PostState.PULLED_BACK}
_LIVES = {state.value for state in PostState if not state.is_final}
_NOT_RELEASED = {
    PostState.DRAFTING,
    PostState.IN_REVIEW,
    PostState.REJECTED,
    PostState.EXPIRED,
    PostState.RETRACTED,
}
_RELEASED = {state.value for state in PostState} - {s.value for s in _NOT_RELEASED}


async def until_planned(connections: Connections, campaign_id: str) -> CampaignView | None:
    """Wait until a campaign has read its source and chosen its channels.

    Returns:
        Its view, or ``None`` if no worker has taken it up; it will, once one runs.

    Raises:
        ServiceError: One of its steps fails again and again; the text is the reason.
        AppError: The campaign failed.
    """
    client, progress = await connections.temporal(), connections.progress
    started = began = time.monotonic()
    view: CampaignView | None = None
    stage = ""
    while time.monotonic() - began < (_PLANNED_WITHIN if view else _TAKEN_WITHIN):
        # Without an answer, as when the worker was killed, the last view stands.
        view = await read_campaign(client, campaign_id) or view
        if view is not None and view.posts:
            return view
        if view is not None and view.stage != stage:
            # A recording may take long: each new stage starts the wait again.
            began, stage = time.monotonic(), view.stage
            if began - started > _WORTH_TELLING:
                progress.note(f"{stage[:1].upper()}{stage[1:]} …")
        if why := await hindrance(client, campaign_id):
            raise ServiceError(f"{why}. Galley tries again for a while.", Action.SHOW, campaign_id)
        await asyncio.sleep(0.3)
    if view is None:
        progress.note("No worker has taken it up yet: start one with `galley-worker`.")
    else:
        progress.note(f"{campaign_id} goes on without you ({stage}): look at it later.")
    return view


@dataclass
class Watched:
    """One post as last seen."""

    plan: PlannedPost
    state: str = ""
    view: PostView | None = None
    answered: set[tuple[int, str | None]] = field(default_factory=set)
    """Revisions, and errors they came back with, that a person has decided on."""
    due_at: datetime | None = None
    look_at: float = 0
    is_left: bool = False
    """Whether the person leaves it as it is."""

    @property
    def is_final(self) -> bool:
        """Whether its run has ended."""
        return bool(self.state) and self.state not in _LIVES

    @property
    def is_settled(self) -> bool:
        """Whether there is nothing more to wait for."""
        if self.is_left and self.state in _SHOWN:
            return True
        if self.state == PostState.SENT:
            # The link may come in an hour; nobody waits for it before a screen.
            return self.view is not None and self.view.state is PostState.SENT
        return self.is_final and self.view_is_last

    @property
    def view_is_last(self) -> bool:
        """Whether the view was read after the run had ended."""
        return self.view is not None and (
            self.view.state.is_final or self.state not in set(PostState)
        )

    @property
    def is_released(self) -> bool:
        """Whether it was approved, and not taken back."""
        return self.state in _RELEASED


class Watch:
    """What is known of a campaign; :meth:`refresh` learns what is new."""

    def __init__(self, client: Client, campaign_id: str, *, is_new: bool) -> None:
        self._client = client
        self._checked_at = 0.0
        self._asked_at = 0.0
        self.is_new = is_new
        self.held_up_by = ""
        self.campaign_id = campaign_id
        self.campaign: CampaignView | None = None
        self.posts: dict[str, Watched] = {}

    @property
    def is_settled(self) -> bool:
        """Whether every planned post is settled."""
        return bool(self.posts) and all(p.is_settled for p in self.posts.values())

    @property
    def stage(self) -> str:
        """What the campaign is doing, in a few words."""
        if self.held_up_by:
            return self.held_up_by
        return self.campaign.stage if self.campaign else "waiting for a worker"

    def handle_of(self, post: Watched) -> str:
        """Return the short name of a post, as ``start`` and lists give it."""
        plans = [one.plan for one in self.posts.values()]
        named = handles([(self.campaign_id, one.platform, one.channel_id) for one in plans])
        return named[plans.index(post.plan)]

    async def refresh(self) -> list[Watched]:
        """Look once; return the posts that now wait for a decision.

        Raises:
            AppError: The campaign failed.
        """
        await self._read_campaign()
        rows = await list_posts(self._client, f'GalleyCampaign="{self.campaign_id}"')
        for row in rows:
            if watched := self.posts.get(row.workflow_id):
                watched.state = row.state
                watched.due_at = row.due_at or watched.due_at
        await self._read_account()
        return [p for p in self.posts.values() if await self._is_waiting(p)]

    async def _read_account(self) -> None:
        """What is not done at once may wait for Buffer's quota, or a pause: say so."""
        is_calling = any(p.state in _CALLING for p in self.posts.values())
        if self.posts and not is_calling:
            self.held_up_by = ""
        elif time.monotonic() > self._asked_at + _ASK_AGAIN:
            self._asked_at = time.monotonic()
            self.held_up_by = await what_holds_buffer_up(self._client)

    async def _read_campaign(self) -> None:
        """Read the plan; after that, only now and then whether it failed."""
        now = time.monotonic()
        if self.posts and now < self._checked_at + _LOOK_AGAIN:
            return
        self._checked_at = now
        self.campaign = await read_campaign(self._client, self.campaign_id)
        for plan in self.campaign.posts if self.campaign else ():
            self.posts.setdefault(plan.workflow_id, Watched(plan))

    async def _is_waiting(self, watched: Watched) -> bool:
        if watched.is_left or time.monotonic() < watched.look_at:
            return False
        is_at_rest = watched.is_final or watched.state == PostState.SENT
        if is_at_rest and not watched.is_settled:
            await self._look(watched)
        if watched.state not in _SHOWN:
            # What comes back later, with the same words too, is a new question.
            watched.answered.clear()
            return False
        await self._look(watched)
        view = watched.view
        return (
            view is not None
            and view.state in _SHOWN
            and (view.revision, view.error) not in watched.answered
        )

    async def _look(self, watched: Watched) -> None:
        watched.look_at = time.monotonic() + _LOOK_AGAIN
        view = await read_view(self._client, watched.plan.workflow_id)
        if view is not None:
            watched.view = view
            if watched.state in set(PostState):
                watched.state = view.state.value
