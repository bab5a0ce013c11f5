"""Media made by a model on Replicate: ordered, awaited and stored; media.py uses them."""

import asyncio
import itertools
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TypeVar

from temporalio import workflow

from activities.interfaces import GenerationActivities
from galley.models.draft import Draft
from galley.models.media import MadeMedia, StagedAsset
from galley.models.media_orders import (
    AwaitMedia,
    GenerationOutcome,
    MediaOrdered,
    MediaOutcome,
    OrderKind,
    OrderMedia,
)
from galley.models.post import PostInput
from workflows import ids, options
from workflows.post import steps

_T = TypeVar("_T")


async def unless(is_over: Callable[[], bool], work: Coroutine[Any, Any, _T]) -> _T | None:
    """Return what ``work`` gives; ``None`` if the post is over before that.

    Its activities are cancelled then, and waited for: what they ordered elsewhere is
    cancelled there. The same happens when the run itself is cancelled.
    """
    task = asyncio.create_task(work)
    try:
        await workflow.wait_condition(lambda: task.done() or is_over())
    finally:
        if not task.done():
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
    return None if task.cancelled() else task.result()


_ORDERS = 2
"""At most, in one go: a second one is billed again, if the first one ran."""
_AGAIN = frozenset({GenerationOutcome.FAILED, GenerationOutcome.ABORTED})
_WHY = {
    GenerationOutcome.REFUSED: "the model will not make this",
    GenerationOutcome.FAILED: "the model failed twice",
    GenerationOutcome.CANCELED: "it took too long and was stopped there",
    GenerationOutcome.ABORTED: "the model did not begin in time, twice",
    GenerationOutcome.EXPIRED: "it was made, and deleted there before it could be stored",
    GenerationOutcome.UNUSABLE: "what the model gave cannot be used",
}


@dataclass(frozen=True)
class Generated:
    """What came of it: an asset in staging, or a note that says why there is none."""

    asset: StagedAsset | None = None
    note: str = ""
    is_stopped: bool = False


async def make_picture(post: PostInput, draft: Draft) -> MadeMedia:
    """Return a generated picture, fitted; or notes that say why there is none."""
    return await _make(post, draft, OrderKind.IMAGE)


async def make_video(post: PostInput, draft: Draft) -> MadeMedia:
    """Return a generated video, fitted; or notes that say why there is none."""
    return await _make(post, draft, OrderKind.VIDEO)


async def _make(post: PostInput, draft: Draft, kind: OrderKind) -> MadeMedia:
    made = await generated(post, draft, kind)
    if made.asset is None:
        return MadeMedia(notes=(made.note,), is_stopped=made.is_stopped)
    return await fitted(post, made.asset)


async def generated(
    post: PostInput,
    draft: Draft,
    kind: OrderKind,
    *,
    for_avatar: bool = False,
    narration: StagedAsset | None = None,
) -> Generated:
    """Return what a model makes of a draft, as it came."""
    asked = OrderMedia(
        kind=kind,
        post_key=ids.post_key(post.key, post.channel.id),
        channel=post.channel,
        draft=draft,
        options=post.options,
        language=post.source.language or "",
        for_avatar=for_avatar,
        narration=narration,
        asker=str(workflow.uuid4()),
    )
    ordered, spent = 0, list[int | None]()
    for number in itertools.count(1):
        order = await _order(asked.model_copy(update={"number": number}))
        if order.note:
            return Generated(note=order.note)
        if order.asset is not None:
            return Generated(order.asset)
        ordered += order.is_new
        found = await _outcome(kind, order)
        spent.append(found.cost_micros)
        if found.asset is not None:
            return Generated(found.asset)
        if found.outcome is GenerationOutcome.STOPPED:
            note = f"The {kind} in the making was stopped there. {_cost(spent)}"
            return Generated(note=note, is_stopped=True)
        is_refused = found.outcome is GenerationOutcome.REFUSED
        is_enough = found.outcome not in _AGAIN or ordered == _ORDERS
        # What else an earlier order came to is past: a person has asked anew since.
        if is_refused or (order.is_new and is_enough):
            return Generated(note=_why(kind, found, spent))
    raise AssertionError  # the count has no end


@steps.step
async def _order(task: OrderMedia) -> MediaOrdered:
    platform = task.channel.platform
    named = options.named(options.ORDER_MEDIA, f"order {task.kind} · {platform}")
    return await workflow.execute_activity_method(
        GenerationActivities.order_media, task, **options.queued(named, ids.Queue.GENERATION)
    )


async def _outcome(kind: OrderKind, order: MediaOrdered) -> MediaOutcome:
    task = AwaitMedia(
        kind=kind, order=order.order, prediction_id=order.prediction_id, alt_text=order.alt_text
    )
    found = await _await(task)
    if found.outcome is not GenerationOutcome.DONE:
        return found
    return await _store(task.model_copy(update={"cost_micros": found.cost_micros}))


@steps.step
async def _await(task: AwaitMedia) -> MediaOutcome:
    named = options.named(options.AWAIT_MEDIA, f"wait for {task.prediction_id}")
    return await workflow.execute_activity_method(
        GenerationActivities.await_media, task, **options.queued(named, ids.Queue.GENERATION)
    )


@steps.step
async def _store(task: AwaitMedia) -> MediaOutcome:
    return await workflow.execute_activity_method(
        GenerationActivities.store_media,
        task,
        **options.queued(options.STORE_MEDIA, ids.Queue.GENERATION),
    )


async def fitted(post: PostInput, raw: StagedAsset) -> MadeMedia:
    """Return what was generated as the network takes it, with where it is from."""
    made = await steps.fit_media(post, (raw,))
    kept = tuple(a.model_copy(update={"origin": raw.origin}) for a in made.assets)
    return made.model_copy(update={"assets": kept})


def _why(kind: OrderKind, found: MediaOutcome, spent: list[int | None]) -> str:
    """Say what became of it, what it cost, and that asking again costs again."""
    said = f" ({found.message.rstrip('.')})" if found.message else ""
    return (
        f"There is no generated {kind}: {_WHY[found.outcome]}{said}. {_cost(spent)} "
        "Regenerate or edit the post to order one anew, which is billed again."
    )


def _cost(spent: list[int | None]) -> str:
    if any(micros is None for micros in spent):
        return "What it cost is not known."
    total = sum(filter(None, spent))
    return f"It cost up to ${total / 1_000_000:.3f}." if total else "It cost nothing."
