"""People who decide on whatever is in review, in every order and more than once."""

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from temporalio.client import (
    Client,
    RPCTimeoutOrCancelledError,
    WorkflowHandle,
    WorkflowQueryFailedError,
    WorkflowUpdateFailedError,
)
from temporalio.service import RPCError

from galley.models.draft import DraftEdit
from galley.models.post import PostState, PostView
from galley.models.review import Approve, Decision, DecisionKind, Edit, Regenerate, Reject
from tests.chaos.book import Said
from tests.chaos.meddling import ON_ITS_WAY, Meddling
from workflows.ids import STATE
from workflows.post.workflow import PostWorkflow

Post = WorkflowHandle[PostWorkflow, Any]
LATER = (RPCError, RPCTimeoutOrCancelledError, WorkflowQueryFailedError)
"""What a server that is down, or a worker that is away, says to people."""
_BRIEFLY = timedelta(seconds=8)
_ONCE_MORE = 20.0
"""Seconds after which people decide again on what is still in review."""
INSISTS = 3
"""How often people say approve to a post that asks whether it is there."""
_AT_ONCE = 8
_ASKS = ("in_review", "held", "error")
_LOOKED_AT = (*_ASKS, *ON_ITS_WAY)


@dataclass
class Known:
    """What people know of one post, by their own memory."""

    channel: str
    shown: set[str] = field(default_factory=set[str])
    drafts: set[str] = field(default_factory=set[str])
    approved: set[str] = field(default_factory=set[str])
    answered: dict[int, float] = field(default_factory=dict[int, float])
    insisted: int = 0

    def see(self, view: PostView) -> str:
        """Remember the words that are shown."""
        for one in (view.draft, view.proposal.draft if view.proposal else None):
            if one is not None:
                self.shown.add(one.text)
                self.drafts.add(one.model_dump_json())
        return view.draft.text if view.draft else ""


class People:
    """Reviewers of every campaign. What they do to a post follows from the seed."""

    def __init__(self, client: Client, seed: int) -> None:
        self._client, self._seed = client, seed
        self._desk = asyncio.Semaphore(_AT_ONCE)
        self._busy: set[str] = set()
        self.known: dict[str, Known] = {}
        self.did: Counter[str] = Counter()
        self._meddling = Meddling(seed, self.did)

    async def work(self) -> None:
        """Look for posts that ask, for ever."""
        async with asyncio.TaskGroup() as tasks:
            while True:
                for post_id, state in await self._asking():
                    if post_id not in self._busy:
                        self._busy.add(post_id)
                        tasks.create_task(self._attend(post_id, state))
                await asyncio.sleep(1)  # each look at a post is work for its worker

    async def _asking(self) -> list[tuple[str, str]]:
        wanted = ",".join(f'"{one}"' for one in _LOOKED_AT)
        query = f'ExecutionStatus="Running" AND GalleyState IN ({wanted})'
        try:
            return [
                (run.id, run.typed_search_attributes.get(STATE) or "")
                async for run in self._client.list_workflows(query)
            ]
        except LATER:
            return []

    async def _attend(self, post_id: str, state: str) -> None:
        try:
            if self._is_uninteresting(post_id, state):
                return
            async with self._desk, asyncio.timeout(60):
                post = self._client.get_workflow_handle_for(PostWorkflow.run, post_id)
                await self._decide(post)
        except (*LATER, TimeoutError):
            self.did["could not reach it"] += 1
        finally:
            self._busy.discard(post_id)

    def is_left(self, post_id: str, state: str) -> bool:
        """Whether people have said to a post all that they will."""
        known = self.known.get(post_id)
        if state == PostState.HELD:
            return known is not None and known.insisted >= INSISTS
        return state == PostState.ERROR and self._meddling.is_done(post_id)

    def _is_uninteresting(self, post_id: str, state: str) -> bool:
        if state in ON_ITS_WAY:
            return not self._meddling.may_care(post_id)
        return self.is_left(post_id, state)

    async def _decide(self, post: Post) -> None:
        view = await post.query(PostWorkflow.view, rpc_timeout=_BRIEFLY)
        known = self.known.setdefault(post.id, Known(view.channel_id))
        text = known.see(view)
        now = asyncio.get_running_loop().time()
        if view.state is PostState.ERROR or view.state.value in ON_ITS_WAY:
            known.approved |= await self._meddling.meddle(post, view)
        elif view.state is PostState.HELD:
            await self._insist(post, view, known)
        elif view.state is PostState.IN_REVIEW:
            if now - known.answered.get(view.revision, -_ONCE_MORE) < _ONCE_MORE:
                return
            first = view.revision not in known.answered
            known.answered[view.revision] = now
            await self._review(post, view, text if first else "")

    async def _insist(self, post: Post, view: PostView, known: Known) -> None:
        """Say it again; the product looks before it creates anything."""
        if known.insisted < INSISTS:
            known.insisted += 1
            self.did["approved a held post"] += 1
            await post.signal(
                PostWorkflow.approve, Approve(revision=view.revision, digest=view.digest, by="kim")
            )

    async def _review(self, post: Post, view: PostView, text: str) -> None:
        """Decide; without ``text`` it is a repetition, and plainly an approval."""
        known = self.known[post.id]
        chance = random.Random(f"{self._seed}:{post.id}:{view.revision}")  # noqa: S311 - a repeatable choice
        if view.problems:
            doing, name = self._mend, "mended"
        elif not text or view.revision > 1:
            doing, name = self._approve, "approved"
        else:
            doing, name = chance.choices(self._ways(), self._weights())[0]
        self.did[name] += 1
        if doing not in {self._reject, self._regenerate, self._edit, self._mend}:
            known.approved |= {view.draft.text} if view.draft else set()
        await doing(post, view)

    def _ways(self) -> list[tuple[Callable[[Post, PostView], Awaitable[None]], str]]:
        return [
            (self._approve, "approved"),
            (self._approve_twice, "approved twice"),
            (self._approve_stale_first, "approved the wrong revision, then the right"),
            (self._approve_and_reject, "approved, then rejected too late"),
            (self._approve_by_update, "approved by update"),
            (self._edit, "edited"),
            (self._regenerate, "asked for another draft"),
            (self._reject, "rejected"),
        ]

    def _weights(self) -> list[int]:
        return [50, 10, 6, 6, 8, 10, 5, 5]

    async def _approve(self, post: Post, view: PostView) -> None:
        said = Approve(revision=view.revision, digest=view.digest, by="kim")
        await post.signal(PostWorkflow.approve, said)

    async def _approve_twice(self, post: Post, view: PostView) -> None:
        # Not in a task group: of that a server that is away is no error of its own kind.
        await asyncio.gather(self._approve(post, view), self._approve(post, view))

    async def _approve_stale_first(self, post: Post, view: PostView) -> None:
        for revision in (view.revision - 1, view.revision + 1, view.revision):
            said = Approve(revision=revision, digest=view.digest, by="kim")
            await post.signal(PostWorkflow.approve, said)

    async def _approve_and_reject(self, post: Post, view: PostView) -> None:
        await self._approve(post, view)
        late = Reject(revision=view.revision, by="lee", note="second thoughts")
        await post.signal(PostWorkflow.reject, late)

    async def _approve_by_update(self, post: Post, view: PostView) -> None:
        said = Decision(
            kind=DecisionKind.APPROVE, revision=view.revision, digest=view.digest, by="kim"
        )
        try:
            await post.execute_update(  # pyright: ignore[reportUnknownMemberType] - one overload of the SDK is partly untyped
                PostWorkflow.decide, said, rpc_timeout=timedelta(seconds=20)
            )
        except WorkflowUpdateFailedError:
            self.did["was refused"] += 1

    async def _edit(self, post: Post, view: PostView) -> None:
        text = f"{view.draft.text if view.draft else ''}"
        edit = DraftEdit(text=text.replace("the ", "that ", 1) + " Indeed.")
        said = Edit(revision=view.revision, by="kim", edit=edit)
        await post.signal(PostWorkflow.edit, said)

    async def _mend(self, post: Post, view: PostView) -> None:
        said = Regenerate(revision=view.revision, by="kim", note="please fit")
        await post.signal(PostWorkflow.regenerate, said)

    async def _regenerate(self, post: Post, view: PostView) -> None:
        said = Regenerate(revision=view.revision, by="kim", note="shorter")
        await post.signal(PostWorkflow.regenerate, said)

    async def _reject(self, post: Post, view: PostView) -> None:
        said = Reject(revision=view.revision, by="kim", note="not this one")
        await post.signal(PostWorkflow.reject, said)

    def remembers(self, view: PostView) -> Said:
        """Return what people and the run say of a post at the end."""
        known = self.known.setdefault(view.workflow_id, Known(view.channel_id))
        known.see(view)
        asks = view.state.value in _ASKS
        return Said(
            name=view.workflow_id,
            channel=known.channel,
            shown=frozenset(known.shown),
            approved=frozenset(known.approved),
            ending=view.state.value if view.state.is_final else None,
            question=(view.error or view.waiting_for) if asks else "",
            claims=view.buffer_post_id,
            stands=view.draft.text if view.draft and not view.has_other_words else "",
        )
