"""The collection of media that no post or clip can need any more, for ``media gc``.

Every run is asked for the media that it needs; if one does not answer, nothing is deleted.
"""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from temporalio.client import Client, WorkflowExecution, WorkflowExecutionStatus

from app.accounts.workflows import read_unsent
from app.connections import Connections
from app.errors import ConflictError, ServiceError
from app.posts.views import answer
from galley.clients.claims import read_receipts
from galley.clients.storage import ObjectStore, StoredObject
from galley.clients.stores.buckets import Stores
from galley.models.media import ClipsView
from galley.models.post import PostResult
from galley.models.publishing import UnsentPost
from galley.records.collection import (
    PostLife,
    Verdict,
    are_told_apart,
    hash_in,
    hashes_in,
    needs_its_media,
    verdict,
)
from workflows.clips import ClipsWorkflow
from workflows.ids import STATE
from workflows.post.workflow import PostWorkflow

POSTS = 'WorkflowType="PostWorkflow"'
CLIPS = 'WorkflowType="ClipsWorkflow"'
NOTHING_DELETED = "Nothing was deleted."
_AT_ONCE = 8
_ANSWER_WITHIN = timedelta(seconds=20)
Listed = tuple[ObjectStore, StoredObject]


@dataclass(frozen=True)
class JudgedMedium:
    """An object, where it is, and what becomes of it."""

    store: ObjectStore
    stored: StoredObject
    verdict: Verdict


@dataclass(frozen=True)
class Collection:
    """What was found, and what of it is gone: nothing unless it was asked for."""

    judged: list[JudgedMedium]
    deleted: list[JudgedMedium]

    @property
    def free(self) -> list[JudgedMedium]:
        """What nothing can need."""
        return [one for one in self.judged if one.verdict is Verdict.FREE]


class Scope(NamedTuple):
    """The present, how long media are kept after the end of a run, and which runs."""

    now: datetime
    margin: timedelta
    posts: str = POSTS
    clips: str = CLIPS


async def collect_media(connections: Connections, *, delete: bool) -> Collection:
    """Find the media that no post can need any more; with ``delete``, delete them.

    Raises:
        ServiceError: Somebody who knows what is needed does not answer.
        ConflictError: Buffer holds media that cannot be recognised.
        StoreError: A bucket did not do what it was asked.
    """
    settings, stores = connections.settings, connections.stores
    client, waiting = await connections.temporal(), connections.progress.waiting
    margin = timedelta(days=settings.media_keep_days)
    # Listed first: what is put, or put again, after that is not deleted.
    async with waiting("listing the buckets"):
        listed = await list_media(stores)
    async with waiting("asking Buffer what it did not send yet"):
        unsent = await read_unsent(client, settings)
    async with waiting("asking every post what it needs"):
        scope = Scope(datetime.now(UTC), margin)
        judged = await judge(client, stores.state, listed, unsent, scope)
    if not delete:
        return Collection(judged, [])
    async with waiting("deleting what is free"):
        return Collection(judged, await delete_free(judged))


async def judge(
    client: Client, state: ObjectStore, listed: list[Listed], unsent: list[UnsentPost], scope: Scope
) -> list[JudgedMedium]:
    """Say of each object what becomes of it.

    Args:
        client: Temporal, where the posts are.
        state: The private bucket, with the receipts.
        listed: The objects, listed before anybody is asked what is needed.
        unsent: The posts that Buffer has and did not send.
        scope: The present, the margin, and Temporal's query for the posts.

    Raises:
        ServiceError: A run that knows what is needed does not answer.
        ConflictError: Buffer holds media that cannot be recognised.
    """
    needed = await needed_by_posts(client, scope)
    needed |= await needed_by_clips(client, scope)
    needed |= {
        digest for post in unsent for address in post.addresses if (digest := hash_in(address))
    }
    await _require_told_apart(state, unsent)
    return [
        JudgedMedium(store, one, verdict(one.name, one.updated_at, needed, scope.now))
        for store, one in listed
    ]


async def list_media(stores: Stores) -> list[Listed]:
    """Return all that is staged, ordered or public."""
    ordered = await stores.state.listing("generated/")
    staged = await stores.state.listing("staging/")
    public = await stores.media.listing("media/")
    return [
        *((stores.state, one) for one in (*staged, *ordered)),
        *((stores.media, one) for one in public),
    ]


async def _require_told_apart(state: ObjectStore, unsent: list[UnsentPost]) -> None:
    """Refuse if a post of ours waits in Buffer with media that cannot be recognised."""
    strange = {post.id for post in unsent if not are_told_apart(post.addresses)}
    if not strange:
        return
    for receipt in await read_receipts(state, ""):
        if receipt.post is not None and receipt.post.id in strange:
            raise ConflictError(
                f"Buffer has a post of ours ({receipt.key}) whose media it shows under "
                f"addresses that are not ours. {NOTHING_DELETED}"
            )


async def delete_free(found: list[JudgedMedium]) -> list[JudgedMedium]:
    """Delete what is free and was not put again since; return what is gone."""
    free = [one for one in found if one.verdict is Verdict.FREE]
    gate = asyncio.Semaphore(_AT_ONCE)

    async def delete(one: JudgedMedium) -> bool:
        async with gate:
            return await one.store.delete_unchanged(one.stored)

    gone = await asyncio.gather(*(delete(one) for one in free))
    return [one for one, is_gone in zip(free, gone, strict=True) if is_gone]


async def needed_by_posts(client: Client, scope: Scope) -> set[str]:
    """Return the hashes that posts need, and the keys of those posts.

    Raises:
        ServiceError: A post that runs does not answer.
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
    handle = client.get_workflow_handle(post.id, run_id=post.run_id, result_type=PostResult)
    if post.status is WorkflowExecutionStatus.COMPLETED:
        ended: PostResult = await handle.result()
        return hashes_in(ended)
    said = await answer(handle.query(PostWorkflow.media_needed, rpc_timeout=_ANSWER_WITHIN))
    if said is None:
        raise ServiceError(
            f"{post.id} does not say what it needs, for no worker answers: start one "
            f"with `galley-worker`. {NOTHING_DELETED}"
        )
    return frozenset(said)


async def needed_by_clips(client: Client, scope: Scope) -> set[str]:
    """Return the hashes of clips that a person may still fetch, or start a post from.

    Raises:
        ServiceError: A run that cuts clips does not answer.
    """
    needed = set[str]()
    async for run in client.list_workflows(scope.clips, page_size=1000):
        is_past = run.close_time and scope.now - run.close_time >= scope.margin
        if not is_past:
            needed |= await _cut_by(client, run)
    return needed


async def _cut_by(client: Client, run: WorkflowExecution) -> frozenset[str]:
    handle = client.get_workflow_handle(run.id, run_id=run.run_id, result_type=ClipsView)
    if run.status is WorkflowExecutionStatus.COMPLETED:
        view: ClipsView = await handle.result()
        return hashes_in(view)
    if run.status is not WorkflowExecutionStatus.RUNNING:
        return frozenset()  # It gave nobody anything, and is begun anew.
    said = await answer(handle.query(ClipsWorkflow.view, rpc_timeout=_ANSWER_WITHIN))
    if said is None:
        raise ServiceError(
            f"{run.id} does not say what it has cut, for no worker answers: start one "
            f"with `galley-worker`. {NOTHING_DELETED}"
        )
    return hashes_in(said)
