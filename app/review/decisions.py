"""Decisions about drafts: approve, reject, regenerate, each on the revision that was seen."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from pydantic import BaseModel, ConfigDict, Field
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from app.connections import Connections
from app.errors import ConflictError, InvalidRequestError, NoWorkerError
from app.posts.directory import PostRow, Target, reach
from app.posts.views import read_view
from app.review.changes import ChangeResult, confirmed
from app.review.messages import ENDED, RefusedError, RunEndedError, sign, update_post
from galley.clients.team_file import TeamError, team_of
from galley.models.post import PostState, PostView
from galley.models.review import Approve, ChangeRequest, Decision, DecisionKind, Refusal
from galley.review.approvers import StillNeeded, still_needed
from galley.review.changes import ON_ITS_WAY
from galley.review.decisions import why_not
from galley.review.proof import proof_of
from galley.review.signatures import last_signed
from galley.settings import Settings
from workflows.post.workflow import PostWorkflow

_ANSWER_WITHIN = timedelta(seconds=60)
"""An edit is checked and its card drawn anew before the answer comes."""
_MADE_WITHIN = timedelta(minutes=15)
"""A clip or another video is made anew before the answer comes."""
_AT_ONCE = 4
"""A server takes ten updates in flight for one run; one reviewer needs fewer."""

_NO_WORKER = (
    "No worker answers for this post: start one with `galley-worker`, or name the revision and the "
    "digest that you decide on, which needs no answer."
)

Decide = Callable[[PostView], Decision]
Look = Callable[[list[PostView]], Awaitable[bool]]
"""Shows posts to the person before they are approved; ``False``: they are not."""


@dataclass(frozen=True)
class DecisionRequest:
    """A decision on a named post, or on all of a campaign that wait for one."""

    kind: DecisionKind
    note: str = ""
    revision: int | None = None
    """The revision that was seen; missing: the one that is read."""
    pick: int | None = None
    """The number of the variant that is meant."""
    digest: str = ""
    """Of the proof that was seen; missing: of the one that is read, and shown."""

    def on(self, view: PostView, by: str) -> Decision:
        """Return it as a decision on a post as it was read."""
        proof = proof_of(view, self.pick)
        said = self.blind(
            view.revision if self.revision is None else self.revision,
            self.digest or (proof.digest if proof else ""),
            by,
        )
        before, now = last_signed(view, but=said.digest), datetime.now(UTC)
        # The clock of whoever approved before may be ahead of ours.
        is_ahead = before is not None and before >= now
        at = before + timedelta(milliseconds=1) if before and is_ahead else now
        return said.model_copy(update={"at": at})

    def blind(self, revision: int, digest: str, by: str) -> Decision:
        """Return it as a decision on a revision and a proof."""
        return Decision(
            kind=self.kind,
            revision=revision,
            digest=digest,
            by=by,
            note=self.note,
            pick=self.pick,
            at=datetime.now(UTC),
        )


class DecisionResult(BaseModel):
    """What became of a decision on one post; the fields are those of its JSON."""

    model_config = ConfigDict(frozen=True)

    workflow_id: str
    ok: bool
    state: str = ""
    revision: int = 0
    is_proposal: bool = False
    """Whether it is an edit of a post on its way, which stands until approved."""
    problems: tuple[str, ...] = ()
    asked_of_buffer: ChangeRequest | None = None
    """The change that this decision asked of Buffer, until it is confirmed."""
    notice: str = ""
    error: str | None = None
    refusal: Refusal | None = None
    """Why it was not taken, with what changed since it was seen."""
    still_needed: StillNeeded | None = None
    """The approvals that the post needs beside those it has, by the policy of its team."""
    digest: str = ""
    """Of the proof as it is now."""
    view: PostView | None = Field(default=None, exclude=True)
    """The post afterwards, if it answered."""
    is_unanswered: bool = Field(default=False, exclude=True)
    """Whether no worker was there to answer."""


async def decide(
    connections: Connections,
    name: str,
    request: DecisionRequest,
    *,
    by: str,
    look: Look | None = None,
) -> list[DecisionResult]:
    """Decide on a post, or on each post of a campaign that waits for a decision.

    What is decided on is what ``look`` showed, or what the request names: a post that has
    changed since refuses. An approval of an edit is waited for until Buffer confirmed it.
    Revision and digest together are sent even if no worker answers.

    Raises:
        NotFoundError: Nothing has that name.
        InvalidRequestError: More than one thing has it, or none can have; or a pick
            is made for a whole campaign.
        ConflictError: No post of the campaign waits for a decision.
    """
    target, client = await reach(connections, name), await connections.temporal()
    if request.pick is not None and target.is_campaign:
        raise InvalidRequestError("A pick is about the variants of one post: name the post.")
    revision, digest = request.revision, request.digest
    if digest and target.is_campaign:
        raise InvalidRequestError("A digest is of one post: name the post.")
    posts = await undecided(client, target)
    views = await read_all(client, posts)
    refused = list[DecisionResult]()
    if look is not None and not digest:
        # Nobody is asked about what cannot be; it is not sent either, as nobody saw it.
        refused = refused_beforehand(views, request, by, is_unseen=target.is_campaign)
        known = {one.workflow_id for one in refused}
        views = {name: view for name, view in views.items() if name not in known}
        seen = [one for one in views.values() if one]
        if seen and not await look(seen):
            raise ConflictError("Nothing was decided.")
    async with connections.progress.waiting("waiting for the posts to answer"):
        results = await decide_all(
            client,
            views,
            lambda view: sign(connections.settings, view.workflow_id, request.on(view, by)),
            is_unseen=target.is_campaign,
        )
    if request.kind is DecisionKind.APPROVE:
        results = await confirmed_by_buffer(connections, results)
        results = with_needed(connections.settings, results)
    results += refused
    if revision is None or (request.kind is DecisionKind.APPROVE and not digest):
        return results
    blind = request.blind(revision, digest, by)
    return [
        await send_blind(
            client, one.workflow_id, sign(connections.settings, one.workflow_id, blind)
        )
        if one.is_unanswered
        else one
        for one in results
    ]


def refused_beforehand(
    views: Mapping[str, PostView | None], request: DecisionRequest, by: str, *, is_unseen: bool
) -> list[DecisionResult]:
    """Return the refusals of a decision on posts as they were read, without asking them."""
    results = list[DecisionResult]()
    for view in filter(None, views.values()):
        decision = request.on(view, by)
        refusal, claim = why_not(decision, view, None), unseen_claim(decision, view)
        if refusal is not None or (is_unseen and claim):
            why = refusal.message if refusal else claim or ""
            results.append(_refused(view.workflow_id, why, refusal, view))
    return results


async def undecided(client: Client, target: Target) -> tuple[PostRow, ...]:
    """Return the posts a decision on ``target`` is about.

    Of a whole campaign these are the posts in review, and the proposed edits of posts
    on their way. A held post is left out: a person must look at its channel.

    Raises:
        ConflictError: The campaign has no post that waits for a decision.
    """
    if not target.is_campaign:
        return target.posts
    on_their_way = [post for post in target.posts if post.state in ON_ITS_WAY]
    views = await asyncio.gather(*(read_view(client, post.workflow_id) for post in on_their_way))
    proposed = {view.workflow_id for view in views if view and view.proposal}
    waiting = tuple(
        post
        for post in target.posts
        if post.state == PostState.IN_REVIEW or post.workflow_id in proposed
    )
    if not waiting:
        raise ConflictError("None of its posts is in review: nothing to decide.")
    return waiting


async def read_all(client: Client, posts: tuple[PostRow, ...]) -> dict[str, PostView | None]:
    """Return each post as it stands, by its ID; ``None`` where no worker answers."""
    found = await asyncio.gather(*(read_view(client, post.workflow_id) for post in posts))
    return {post.workflow_id: view for post, view in zip(posts, found, strict=True)}


async def decide_all(
    client: Client, views: Mapping[str, PostView | None], decide: Decide, *, is_unseen: bool = False
) -> list[DecisionResult]:
    """Decide on each post as it was read, a few at a time.

    ``is_unseen`` says that nobody named the posts: then none is approved that claims
    what no source gave.
    """
    gate = asyncio.Semaphore(_AT_ONCE)

    async def one(workflow_id: str, view: PostView | None) -> DecisionResult:
        async with gate:
            if view is None:
                return _unanswered(workflow_id)
            decision = decide(view)
            why = unseen_claim(decision, view) if is_unseen else None
            if why is not None:
                return _refused(workflow_id, why)
            return await send(client, workflow_id, decision)

    return list(await asyncio.gather(*(one(*item) for item in views.items())))


def unseen_claim(decision: Decision, view: PostView) -> str | None:
    """Return why a post is not approved together with others, or ``None``."""
    problems = view.proposal.problems if view.proposal else view.problems
    claims = [problem.message for problem in problems if problem.is_claim]
    if decision.kind is not DecisionKind.APPROVE or not claims:
        return None
    return f"{claims[0]} Look at it, then approve it by itself, not with its campaign."


async def send(client: Client, workflow_id: str, decision: Decision) -> DecisionResult:
    """Send one decision by the update ``decide`` and return the answer."""
    makes = decision.kind in {DecisionKind.EDIT, DecisionKind.REGENERATE}
    within = _MADE_WITHIN if makes else _ANSWER_WITHIN
    try:
        view = await update_post(client, workflow_id, "decide", decision, within)
    except NoWorkerError:
        return _unanswered(workflow_id)
    except RefusedError as error:
        return _refused(workflow_id, str(error), error.refusal)
    except RunEndedError as error:
        return _refused(workflow_id, str(error))
    problems = view.proposal.problems if view.proposal else view.problems
    return DecisionResult(
        workflow_id=view.workflow_id,
        ok=True,
        state=view.state,
        revision=view.revision,
        is_proposal=view.proposal is not None,
        problems=tuple(problem.message for problem in problems),
        asked_of_buffer=view.change,
        notice=view.notice,
        digest=view.digest,
        view=view,
    )


async def send_blind(client: Client, workflow_id: str, decision: Decision) -> DecisionResult:
    """Send a decision on a named revision as a signal, without waiting for a worker."""
    fields = decision.model_dump(exclude={"kind"}, exclude_none=True, mode="json")
    handle = client.get_workflow_handle(workflow_id)
    try:
        await handle.signal(decision.kind.value, fields)
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:
            raise
        return _refused(workflow_id, ENDED)
    return DecisionResult(workflow_id=workflow_id, ok=True, revision=decision.revision)


async def approve_by_signal(client: Client, view: PostView, by: str, settings: Settings) -> None:
    """Approve the revision that was seen; needs no worker, and gets no answer."""
    handle = client.get_workflow_handle_for(PostWorkflow.run, view.workflow_id)
    request = DecisionRequest(DecisionKind.APPROVE)
    seen = sign(settings, view.workflow_id, request.on(view, by))
    await handle.signal(PostWorkflow.approve, Approve(**seen.model_dump(exclude={"kind", "edit"})))


def with_needed(settings: Settings, results: list[DecisionResult]) -> list[DecisionResult]:
    """Return the results with the approvals that the posts still need, where there is a team."""
    try:
        team = team_of(settings)
    except TeamError:
        team = None  # The decisions counted, though the file may have become unusable since.
    needed = (still_needed(team, one.view) if one.ok and one.view else None for one in results)
    return [
        one.model_copy(update={"still_needed": more})
        for one, more in zip(results, needed, strict=True)
    ]


async def confirmed_by_buffer(
    connections: Connections, results: list[DecisionResult]
) -> list[DecisionResult]:
    """Return the results once Buffer has the edits that were approved.

    An edit it did not take becomes a result that is not ok.
    """
    if not any(one.asked_of_buffer for one in results):
        return results
    client = await connections.temporal()
    async with connections.progress.waiting("waiting for Buffer to confirm"):
        return list(await asyncio.gather(*(_confirmed(client, one) for one in results)))


async def _confirmed(client: Client, result: DecisionResult) -> DecisionResult:
    request = result.asked_of_buffer
    if request is None:
        return result
    asked = ChangeResult(
        workflow_id=result.workflow_id, change_id=request.change_id, ok=True, state=result.state
    )
    found = await confirmed(client, request.kind, asked)
    return result.model_copy(
        update={
            "ok": found.ok,
            "state": found.state,
            "asked_of_buffer": None if found.is_over else request,
            "notice": found.notice,
            "error": found.error,
        }
    )


def _unanswered(workflow_id: str) -> DecisionResult:
    return DecisionResult(workflow_id=workflow_id, ok=False, error=_NO_WORKER, is_unanswered=True)


def _refused(
    workflow_id: str, why: str, refusal: Refusal | None = None, view: PostView | None = None
) -> DecisionResult:
    return DecisionResult(workflow_id=workflow_id, ok=False, error=why, refusal=refusal, view=view)
