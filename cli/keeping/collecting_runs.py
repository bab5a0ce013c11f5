"""What the runs of posts and clips still need of the buckets."""

import asyncio
from datetime import datetime, timedelta
from typing import NamedTuple

from temporalio.client import Client, WorkflowExecution, WorkflowExecutionStatus

from app.posts.views import answer
from cli.terminal.failures import CommandError
from galley.models import PostResult
from galley.models.clip import ClipsView
from galley.outbox.collecting import PostLife, hashes_in, needs_its_media
from workflows.attributes import STATE
from workflows.clips import ClipsWorkflow
from workflows.post import PostWorkflow

POSTS = 'WorkflowType="PostWorkflow"'
CLIPS = 'WorkflowType="ClipsWorkflow"'
NOTHING = "Nothing was deleted."
_AT_ONCE = 8
_ANSWER_WITHIN = timedelta(seconds=20)


class Scope(NamedTuple):
    """The present, how long media are kept after the end of a run, and which runs."""

    now: datetime
    margin: timedelta
    posts: str = POSTS
    clips: str = CLIPS


async def needed_by_posts(client: Client, scope: Scope) -> set[str]:
    """Return the hashes that posts need, and the keys of those posts.

    Raises:
        CommandError: A post that runs does not answer.
    """
    gate = asyncio.Semaphore(_AT_ONCE)

    async def needed(run: WorkflowExecution) -> frozenset[str]:
        async with gate:
            key = run.id.removeprefix("post:")
            return await _needed_by(client, run) | {key}

    asking = [
        needed(post)
        async for post in client.list_workflows(scope.posts, page_size=1000)
        if needs_its_media(_life(post), scope.now, scope.margin)
    ]
    return set[str]().union(*await asyncio.gather(*asking))


def _life(post: WorkflowExecution) -> PostLife:
    state = post.typed_search_attributes.get(STATE) or ""
    is_over = post.status is not WorkflowExecutionStatus.RUNNING
    return PostLife(state, post.close_time if is_over else None)


async def _needed_by(client: Client, post: WorkflowExecution) -> frozenset[str]:
    if post.status is WorkflowExecutionStatus.CONTINUED_AS_NEW:
        return frozenset()  # The run that went on from it answers for it.
    handle = client.get_workflow_handle(
        post.id, run_id=post.run_id, result_type=PostResult
    )
    if post.status is WorkflowExecutionStatus.COMPLETED:
        ended: PostResult = await handle.result()
        return hashes_in(ended)
    said = await answer(
        handle.query(PostWorkflow.media_needed, rpc_timeout=_ANSWER_WITHIN)
    )
    if said is None:
        raise CommandError(
            f"{post.id} does not say what it needs, for no worker answers: start one "
            f"with `uv run worker.py`. {NOTHING}"
        )
    return frozenset(said)


async def needed_by_clips(client: Client, scope: Scope) -> set[str]:
    """Return the hashes of clips that a person may still fetch, or start a post from.

    Raises:
        CommandError: A run that cuts clips does not answer.
    """
    needed = set[str]()
    async for run in client.list_workflows(scope.clips, page_size=1000):
        is_past = run.close_time and scope.now - run.close_time >= scope.margin
        if not is_past:
            needed |= await _cut_by(client, run)
    return needed


async def _cut_by(client: Client, run: WorkflowExecution) -> frozenset[str]:
    handle = client.get_workflow_handle(
        run.id, run_id=run.run_id, result_type=ClipsView
    )
    if run.status is WorkflowExecutionStatus.COMPLETED:
        view: ClipsView = await handle.result()
        return hashes_in(view)
    if run.status is not WorkflowExecutionStatus.RUNNING:
        return frozenset()  # It gave nobody anything, and is begun anew.
    said = await answer(handle.query(ClipsWorkflow.view, rpc_timeout=_ANSWER_WITHIN))
    if said is None:
        raise CommandError(
            f"{run.id} does not say what it has cut, for no worker answers: start one "
            f"with `uv run worker.py`. {NOTHING}"
        )
    return hashes_in(said)
