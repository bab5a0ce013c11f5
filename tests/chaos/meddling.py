"""People who change their minds about posts that are on their way already."""

import random
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from temporalio.client import WorkflowHandle

from galley.models.channel import QueuePosition
from galley.models.draft import DraftEdit
from galley.models.post import PostState, PostView
from galley.models.review import Approve, Edit, MoveInQueue, Redrive, Reschedule, Retract
from workflows.post.workflow import PostWorkflow

Post = WorkflowHandle[PostWorkflow, Any]
ON_ITS_WAY = ("publishing", "scheduled")
_WAYS = ("edit", "reschedule", "reschedule twice", "retract", "move", "edit, move")
_ONE_IN = 3
REDRIVES = 2


@dataclass
class Meddled:
    """What was done to one post so far."""

    is_decided: bool = False
    approved: int = 0
    redriven: int = 0


class Meddling:
    """Changes to posts that were approved; which, follows from the seed."""

    def __init__(self, seed: int, did: Counter[str]) -> None:
        self._seed, self._did = seed, did
        self._known: dict[str, Meddled] = {}

    def is_done(self, post_id: str) -> bool:
        """Whether nobody will say anything more to a post that could not go out."""
        known = self._known.get(post_id)
        return known is not None and known.redriven >= REDRIVES

    def may_care(self, post_id: str) -> bool:
        """Whether somebody has something to say to a post that is on its way."""
        chance = random.Random(f"{self._seed}:{post_id}")  # noqa: S311 - a repeatable choice
        return chance.randrange(_ONE_IN) == 0

    async def meddle(self, post: Post, view: PostView) -> set[str]:
        """Do the next thing to a post; return the words that were approved by it."""
        known = self._known.setdefault(post.id, Meddled())
        if view.state is PostState.ERROR:
            await self._redrive(post, known)
        elif view.state.value in ON_ITS_WAY and self.may_care(post.id):
            if view.proposal is not None:
                return await self._approve(post, view, known)
            if not known.is_decided:
                known.is_decided = True
                await self._change(post, view)
        return set()

    async def _redrive(self, post: Post, known: Meddled) -> None:
        if known.redriven < REDRIVES:
            known.redriven += 1
            self._did["redrove"] += 1
            await post.signal(PostWorkflow.redrive, Redrive(by="kim"))

    async def _approve(self, post: Post, view: PostView, known: Meddled) -> set[str]:
        """Approve an edit of a post that is on its way, once a revision."""
        if view.proposal is None or view.proposal.problems:
            return set()
        if known.approved < view.revision:
            known.approved = view.revision
            self._did["approved an edit in flight"] += 1
            said = Approve(revision=view.revision, digest=view.digest, by="kim")
            await post.signal(PostWorkflow.approve, said)
        return {view.proposal.draft.text}

    async def _change(self, post: Post, view: PostView) -> None:
        chance = random.Random(f"{self._seed}:{post.id}:way")  # noqa: S311 - a repeatable choice
        way = chance.choice(_WAYS)
        self._did[f"in flight: {way}"] += 1
        if "edit" in way:
            await self._edit(post, view)
        if "reschedule" in way:
            await self._reschedule(post, seconds=chance.randint(8, 40))
        if "twice" in way:
            await self._reschedule(post, seconds=chance.randint(8, 40))
        if "move" in way:
            said = MoveInQueue(by="kim", position=QueuePosition.TOP)
            await post.signal(PostWorkflow.move, said)
        if "retract" in way:
            said = Retract(by="kim", note="changed my mind")
            await post.signal(PostWorkflow.retract, said)

    async def _edit(self, post: Post, view: PostView) -> None:
        text = view.draft.text if view.draft else ""
        edit = DraftEdit(text=text.replace("the ", "this ", 1) + " Truly.")
        said = Edit(revision=view.revision, by="kim", edit=edit)
        await post.signal(PostWorkflow.edit, said)

    async def _reschedule(self, post: Post, seconds: int) -> None:
        due_at = datetime.now(UTC) + timedelta(seconds=seconds)
        said = Reschedule(by="kim", due_at=due_at)
        await post.signal(PostWorkflow.reschedule, said)
