"""Have media generated on Replicate: order, wait, store; three steps.

The ID of an order is in the history before it is waited for, so that a killed worker
costs no second bill. What the provider serves lives for an hour: it is fetched in the
step that stores it, and no address of it leaves that step.
"""

import asyncio
import re
from collections.abc import Collection, Mapping

from temporalio import activity

from activities.edge import heartbeating
from activities.interfaces import GenerationActivities
from activities.media.models import MediaModel
from activities.media.order_claims import MediaOrders
from activities.media.orders import translated
from activities.predictions import Predictions, is_worker_stopping
from activities.staging import stage
from galley.clients.replicate import Prediction, Status
from galley.clients.replicate_http import DeliveryGoneError, fetch_output
from galley.clients.storage import ObjectStore
from galley.drafting.picture_prompts import prompt_sha
from galley.media.confined import confined
from galley.media.errors import MediaError
from galley.media.probe import probe
from galley.media.sound import listen
from galley.models import (
    AwaitMedia,
    GenerationOutcome,
    MediaOrdered,
    MediaOutcome,
    OrderKind,
    OrderMedia,
    Origin,
)

_OUTCOMES = {
    Status.SUCCEEDED: GenerationOutcome.DONE,
    Status.FAILED: GenerationOutcome.FAILED,
    Status.CANCELED: GenerationOutcome.CANCELED,
    Status.ABORTED: GenerationOutcome.ABORTED,
}
_SAFETY = re.compile(
    r"nsfw|safety|unsafe|sensitive|flagged|moderat|content polic|polic\w+ violat"
    r"|prohibited|inappropriate|\bE005\b",
    re.IGNORECASE,
)
"""What models say when they will not: there is no field for it."""
_ADDRESS = re.compile(r"\w+://\S+")
_WORDS = 200


class GeneratingMedia(GenerationActivities):
    """Generates by one model a kind.

    Args:
        state: The state bucket.
        models: The model of each kind.
        orders: Makes each order once, and pays.
        hosts: Where files of models may be fetched.
    """

    def __init__(
        self,
        state: ObjectStore,
        models: Mapping[OrderKind, MediaModel],
        orders: MediaOrders,
        hosts: Collection[str],
    ) -> None:
        self._state = state
        self._models = models
        self._orders = orders
        self._hosts = hosts

    async def aclose(self) -> None:
        """Close the connections to Replicate."""
        for model in self._models.values():
            await model.client.aclose()

    @activity.defn
    async def order_media(self, task: OrderMedia) -> MediaOrdered:
        """Order what a draft wants, unless it is there or ordered.

        Safe to repeat: see ``media_orders``.

        Raises:
            ApplicationError: See ``generation_errors``.
        """
        model = self._models[task.kind]
        with translated(model.name):
            async with heartbeating():
                return await Predictions(model.client).unless_cancelled(
                    lambda: self._orders.order(task, model)
                )

    @activity.defn
    async def await_media(self, task: AwaitMedia) -> MediaOutcome:
        """Wait until an order is over. Cancelling this cancels it there.

        What it cost by then is written down and told, unless only the worker stops.

        Raises:
            ApplicationError: See ``generation_errors``.
        """
        model = self._models[task.kind]
        with translated(model.name):
            async with heartbeating():
                try:
                    found = await self._over(task, model)
                except asyncio.CancelledError:
                    if is_worker_stopping():
                        raise
                    return await self._stopped(task, model)
                cost = await self._settled(task, model, found)
        if found is None:
            return MediaOutcome(outcome=GenerationOutcome.EXPIRED, cost_micros=cost)
        return MediaOutcome(outcome=_outcome(found), message=_said(found.error), cost_micros=cost)

    @activity.defn
    async def store_media(self, task: AwaitMedia) -> MediaOutcome:
        """Fetch what was made, look at it, and stage it by its content hash.

        Safe to repeat: the same bytes have the same name.

        Raises:
            ApplicationError: See ``generation_errors``.
        """
        model = self._models[task.kind]
        with translated(model.name):
            async with heartbeating():
                found = await Predictions(model.client).read(task.prediction_id)
                if found is None or found.output is None:
                    return _lost(task)
                try:
                    data = await fetch_output(
                        found.output, self._hosts, model.most_bytes, model.fetched_within
                    )
                except DeliveryGoneError:
                    return _lost(task)
                return await self._staged(task, found, data)

    async def _over(self, task: AwaitMedia, model: MediaModel) -> Prediction | None:
        return await Predictions(model.client).over(task.prediction_id)

    async def _stopped(self, task: AwaitMedia, model: MediaModel) -> MediaOutcome:
        found = await Predictions(model.client).read(task.prediction_id)
        if found is not None and not found.status.is_over:
            found = None
        cost = await self._settled(task, model, found)
        return MediaOutcome(outcome=GenerationOutcome.STOPPED, cost_micros=cost)

    async def _settled(
        self, task: AwaitMedia, model: MediaModel, found: Prediction | None
    ) -> int | None:
        claim = await self._orders.claim(task.order)
        if claim is None:
            return None
        cost = claim.micros if found is None else model.cost(found, claim.micros)
        await self._orders.settle(task.order, claim, cost, task.prediction_id)
        return cost

    async def _staged(self, task: AwaitMedia, found: Prediction, data: bytes) -> MediaOutcome:
        try:
            look = listen if task.kind is OrderKind.SPEECH else probe
            seen = await confined(look, data)
        except MediaError as error:
            return _unusable(task, str(error))
        if seen.kind is not task.kind.medium:
            return _unusable(task, f"It is no {task.kind}.")
        asset = await stage(self._state, data, seen, task.alt_text)
        asset = asset.model_copy(update={"origin": await self._origin(task, found)})
        await self._orders.keep(task.order, asset)
        return MediaOutcome(
            outcome=GenerationOutcome.DONE, cost_micros=task.cost_micros, asset=asset
        )

    async def _origin(self, task: AwaitMedia, found: Prediction) -> Origin:
        claim = await self._orders.claim(task.order)
        prompt = str(claim.inputs.get(claim.known_by, "")) if claim else ""
        return Origin(
            model=found.model[:200],
            version=found.version[:100],
            prediction_id=found.id[:100],
            prompt=prompt_sha(prompt),
            cost_micros=task.cost_micros,
        )


def _outcome(found: Prediction) -> GenerationOutcome:
    if found.status is Status.FAILED and _SAFETY.search(found.error):
        return GenerationOutcome.REFUSED
    return _OUTCOMES[found.status]


def _said(error: str) -> str:
    """Return a model's words in a line, without the addresses it may name."""
    return " ".join(_ADDRESS.sub("…", error[:2000]).split())[:_WORDS]


def _lost(task: AwaitMedia) -> MediaOutcome:
    return MediaOutcome(outcome=GenerationOutcome.EXPIRED, cost_micros=task.cost_micros)


def _unusable(task: AwaitMedia, why: str) -> MediaOutcome:
    return MediaOutcome(
        outcome=GenerationOutcome.UNUSABLE, message=why, cost_micros=task.cost_micros
    )
