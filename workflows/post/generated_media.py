"""Media made by a model on Replicate: ordered, awaited and stored; media.py uses them."""

import itertools
from dataclasses import dataclass

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

# At a time. A second order is billed again, if the first one ran.
_ORDERS = 2
# Failures that a second order may mend.
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
    """An asset in staging, or a note with the reason that there is none."""

    asset: StagedAsset | None = None
    note: str = ""
    is_stopped: bool = False


async def make_generated(kind: OrderKind, post: PostInput, draft: Draft) -> MadeMedia:
    """Return a generated picture or video, fitted; or notes that say why there is none."""
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
    """Return the asset that a model makes of a draft, not fitted yet."""
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
        order = await steps.run(
            GenerationActivities.order_media,
            asked.model_copy(update={"number": number}),
            options.queued(
                options.ORDER_MEDIA, ids.Queue.GENERATION, f"order {kind} · {post.channel.platform}"
            ),
        )
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
        # An earlier request's order that failed is passed over: a person has asked again
        # since, and the next number orders anew.
        if is_refused or (order.is_new and is_enough):
            return Generated(note=_why(kind, found, spent))
    raise AssertionError  # the count has no end


async def _outcome(kind: OrderKind, order: MediaOrdered) -> MediaOutcome:
    """Wait for an order, then store its file, which is retried without another wait."""
    task = AwaitMedia(
        kind=kind, order=order.order, prediction_id=order.prediction_id, alt_text=order.alt_text
    )
    queue, summary = ids.Queue.GENERATION, f"wait for {order.prediction_id}"
    found = await steps.run(
        GenerationActivities.await_media, task, options.queued(options.AWAIT_MEDIA, queue, summary)
    )
    if found.outcome is not GenerationOutcome.DONE:
        return found
    return await steps.run(
        GenerationActivities.store_media,
        task.model_copy(update={"cost_micros": found.cost_micros}),
        options.queued(options.STORE_MEDIA, queue),
    )


async def fitted(post: PostInput, raw: StagedAsset, *, speaks: bool = False) -> MadeMedia:
    """Return a generated asset fitted to the network, with its origin."""
    return await steps.fit_media(post, (raw,), speaks=speaks)


def _why(kind: OrderKind, found: MediaOutcome, spent: list[int | None]) -> str:
    """Return the note on a failed order: the reason, the cost, and the cost of another."""
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
