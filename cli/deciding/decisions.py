"""Carry decisions to posts and collect the answers."""

import asyncio
from collections.abc import Callable
from datetime import timedelta

from pydantic import BaseModel, ConfigDict
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from app.posts.directory import PostRow
from app.posts.names import Target
from app.posts.views import read_view
from cli.deciding.answering import ENDED, NoWorkerError, answered
from cli.terminal.failures import CommandError, ExitCode
from galley.approval.changes import ON_ITS_WAY
from galley.approval.picks import why_no_pick
from galley.models import (
    Approve,
    ChangeRequest,
    Decision,
    DecisionKind,
    Draft,
    PostState,
    PostView,
)
from workflows.post import PostWorkflow

_ANSWER_WITHIN = timedelta(seconds=60)
"""An edit is checked and its card drawn anew before the answer comes."""
_MADE_WITHIN = timedelta(minutes=15)
"""A clip or another video is made anew before the answer comes."""
_AT_ONCE = 4
"""A server takes ten updates in flight for one run; one reviewer needs fewer."""

NO_WORKER = (
    "No worker answers for this post: start one with `uv run worker.py`, or decide "
    "without an answer by adding --revision."
)

Decide = Callable[[PostView], Decision]


class Verdict(BaseModel):
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
    is_unanswered: bool = False
    """Whether nobody was there to answer."""


def current_draft(view: PostView, pick: int | None = None) -> Draft | None:
    """Return the draft that an edit would change: a proposed one, if there is one.

    Raises:
        CommandError: ``pick`` is not the number of a variant that is in review.
    """
    if pick is None:
        return view.proposal.draft if view.proposal else view.draft
    wanted = Decision(
        kind=DecisionKind.EDIT, revision=view.revision, by="the command", pick=pick
    )
    if why := why_no_pick(wanted, view):
        raise CommandError(why)
    return view.variants[pick - 1].draft


async def undecided(client: Client, target: Target) -> tuple[PostRow, ...]:
    """Return the posts a decision on ``target`` is about.

    Of a whole campaign these are the posts in review, and the proposed edits of posts
    on their way. A held post is left out: a person must look at its channel.

    Raises:
        CommandError: The campaign has no post that waits for a decision.
    """
    if not target.is_campaign:
        return target.posts
    on_their_way = [post for post in target.posts if post.state in ON_ITS_WAY]
    views = await asyncio.gather(
        *(read_view(client, post.workflow_id) for post in on_their_way)
    )
    proposed = {view.workflow_id for view in views if view and view.proposal}
    waiting = tuple(
        post
        for post in target.posts
        if post.state == PostState.IN_REVIEW or post.workflow_id in proposed
    )
    if not waiting:
        raise CommandError("None of its posts is in review: nothing to decide.")
    return waiting


async def decide_all(
    client: Client,
    posts: tuple[PostRow, ...],
    decide: Decide,
    *,
    is_unseen: bool = False,
) -> list[Verdict]:
    """Decide on the current revision of each post, a few at a time.

    ``is_unseen`` says that nobody named the posts: none that says what nobody gave
    is then approved.
    """
    gate = asyncio.Semaphore(_AT_ONCE)

    async def one(post: PostRow) -> Verdict:
        async with gate:
            return await _decide(client, post.workflow_id, decide, is_unseen=is_unseen)

    return list(await asyncio.gather(*(one(post) for post in posts)))


async def _decide(
    client: Client, workflow_id: str, decide: Decide, *, is_unseen: bool
) -> Verdict:
    view = await read_view(client, workflow_id)
    if view is None:
        return _unanswered(workflow_id)
    decision = decide(view)
    why = unseen_claim(decision, view) if is_unseen else None
    if why is not None:
        return Verdict(workflow_id=workflow_id, ok=False, error=why)
    return await send(client, workflow_id, decision)


def _unanswered(workflow_id: str) -> Verdict:
    return Verdict(
        workflow_id=workflow_id, ok=False, error=NO_WORKER, is_unanswered=True
    )


def unseen_claim(decision: Decision, view: PostView) -> str | None:
    """Return why a post is not approved together with others, or ``None``."""
    problems = view.proposal.problems if view.proposal else view.problems
    claims = [problem.message for problem in problems if problem.is_claim]
    if decision.kind is not DecisionKind.APPROVE or not claims:
        return None
    return f"{claims[0]} Look at it, then approve it by its own name."


async def send(client: Client, workflow_id: str, decision: Decision) -> Verdict:
    """Send one decision by the update ``decide`` and return the answer."""
    handle = client.get_workflow_handle_for(PostWorkflow.run, workflow_id)
    makes = decision.kind in {DecisionKind.EDIT, DecisionKind.REGENERATE}
    within = _MADE_WITHIN if makes else _ANSWER_WITHIN
    try:
        view = await answered(
            # By name: the SDK's type of an async update hides what it returns.
            handle.execute_update(  # pyright: ignore[reportUnknownMemberType] -- a ParamSpec inside
                "decide", decision, result_type=PostView, rpc_timeout=within
            ),
            within.total_seconds(),
        )
    except NoWorkerError:
        return _unanswered(workflow_id)
    except CommandError as error:
        return Verdict(workflow_id=workflow_id, ok=False, error=str(error))
    return verdict_of(view)


def verdict_of(view: PostView) -> Verdict:
    """Return the verdict of a decision that was taken, from the post's answer."""
    problems = view.proposal.problems if view.proposal else view.problems
    return Verdict(
        workflow_id=view.workflow_id,
        ok=True,
        state=view.state,
        revision=view.revision,
        is_proposal=view.proposal is not None,
        problems=tuple(problem.message for problem in problems),
        asked_of_buffer=view.change,
        notice=view.notice,
    )


async def approve_by_signal(client: Client, view: PostView, by: str) -> None:
    """Approve the revision that was seen; needs no worker, and gets no answer."""
    handle = client.get_workflow_handle_for(PostWorkflow.run, view.workflow_id)
    await handle.signal(PostWorkflow.approve, Approve(revision=view.revision, by=by))


async def signal_blind(client: Client, workflow_id: str, decision: Decision) -> Verdict:
    """Send a decision on a named revision as a signal, without waiting for a worker."""
    said = decision.model_dump(exclude={"kind"}, exclude_none=True, mode="json")
    handle = client.get_workflow_handle(workflow_id)
    try:
        await handle.signal(decision.kind.value, said)
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:
            raise
        return Verdict(workflow_id=workflow_id, ok=False, error=ENDED)
    return Verdict(workflow_id=workflow_id, ok=True, revision=decision.revision)


def exit_code(verdicts: list[Verdict]) -> ExitCode:
    """Return whether every decision was taken."""
    return ExitCode.DONE if all(v.ok for v in verdicts) else ExitCode.FAILED
