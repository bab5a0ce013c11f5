"""Order something of a model once, whatever happens on the way.

Before an order is made, an object in the state bucket says so, and of what; another
one holds its ID. Whoever finds the first without the second looks the order up by its
prompt, which no other order has; by its words, if it is speech.
"""

import math
from datetime import UTC, datetime, timedelta

from temporalio.exceptions import ApplicationError

from activities.budget.order_budget import Bill, OrderBudget
from activities.media.models import MediaModel, size_for
from activities.media.orders import MediaInputs, MediaOrder, NoConsentError, read
from galley.budget.ceilings import media_key
from galley.clients.replicate import Prediction, Status
from galley.clients.replicate_http import ReplicateFailure
from galley.clients.storage import ObjectStore
from galley.models import MediaClaim, MediaOrdered, MediaOrderId, OrderKind, OrderMedia, StagedAsset
from galley.networks.registry import rules_for

_JSON = "application/json"
SETTLED = timedelta(minutes=2)
"""An order that cannot be found this long after it was tried was never made."""
_FORGOTTEN = timedelta(minutes=55)
"""Replicate deletes the inputs of a prediction after an hour."""
_SKEW = timedelta(minutes=1)
_KINDS = {OrderKind.IMAGE: "pictures"}
_FRUITLESS = frozenset({Status.FAILED, Status.CANCELED, Status.ABORTED})


class MediaOrders:
    """The orders of one account.

    Args:
        state: The state bucket: ``generated/<post>/<draft>.<number>.…``.
        budget: Pays.
        settled: How long after a lost reply an order may still turn up.
        avatar_seconds: How long an avatar may speak.
    """

    def __init__(
        self,
        state: ObjectStore,
        budget: OrderBudget,
        settled: timedelta = SETTLED,
        avatar_seconds: float = 30,
    ) -> None:
        self._state = state
        self._inputs = MediaInputs(state, avatar_seconds)
        self._budget = budget
        self._settled = settled

    async def order(self, task: OrderMedia, model: MediaModel) -> MediaOrdered:
        """Order what a draft wants, unless it is there or ordered.

        Raises:
            MediaError: Nothing of the draft can be read aloud.
            ModelInputError: The model cannot be asked for it; nothing was paid.
            OverBudgetError: A ceiling would be passed; nothing was paid.
            ReplicateFailure: Unless it ``is_refused``, it may have been ordered.
        """
        size = size_for(task.channel.platform, task.kind)
        if size is None:
            return MediaOrdered(
                note=f"{rules_for(task.channel.platform).name} takes no "
                f"{_KINDS.get(task.kind, 'videos')}."
            )
        try:
            order = await self._inputs.order_of(task, model, size)
        except NoConsentError as error:
            return MediaOrdered(note=str(error))
        known = await self._known(order)
        named = {"order": order.name, "alt_text": order.alt_text}
        return known.model_copy(update=named)

    async def _known(self, order: MediaOrder) -> MediaOrdered:
        asset = await self.kept(order.name)
        if asset is not None:
            return MediaOrdered(asset=asset)
        claim, known = await self.claim(order.name), await self._id(order.name)
        if known:
            is_new = claim is not None and claim.asker == order.task.asker
            return MediaOrdered(prediction_id=known, is_new=is_new)
        is_new = claim is None or claim.asker == order.task.asker
        found = await (self._again(order, claim) if claim else self._first(order))
        body = MediaOrderId(prediction_id=found.id).model_dump_json().encode()
        await self._state.put_if_absent(f"{order.name}.id", body, _JSON)
        return MediaOrdered(prediction_id=found.id, is_new=is_new)

    async def claim(self, name: str) -> MediaClaim | None:
        """Return what was ordered under a name."""
        return read(MediaClaim, await self._state.get(f"{name}.order"))

    async def kept(self, name: str) -> StagedAsset | None:
        """Return what came of an order, if it is still in staging."""
        found = read(StagedAsset, await self._state.get(f"{name}.asset"))
        if found is None or not await self._state.exists(found.staged_as):
            return None
        return found

    async def keep(self, name: str, asset: StagedAsset) -> None:
        """Remember what came of an order."""
        body = asset.model_dump_json().encode()
        await self._state.put_if_absent(f"{name}.asset", body, _JSON)

    async def settle(
        self, name: str, claim: MediaClaim, cost: int | None, prediction_id: str
    ) -> None:
        """Write down what an order cost."""
        await self._budget.paid(_bill(name, claim.model), cost, prediction_id)

    async def _id(self, name: str) -> str:
        found = read(MediaOrderId, await self._state.get(f"{name}.id"))
        return found.prediction_id if found else ""

    async def _first(self, order: MediaOrder) -> Prediction:
        inputs, known_by = await self._inputs.of(order)
        narration = order.task.narration
        seconds = math.ceil(narration.duration or 0) if narration else None
        most = order.model.most(inputs, seconds)
        bill = _bill(order.name, order.model.name)
        await self._budget.pay(bill, most, order.model.price_setting)
        claim = MediaClaim(
            asker=order.task.asker,
            model=order.model.name,
            inputs=inputs,
            micros=most,
            made_at=datetime.now(UTC),
            known_by=known_by,
        )
        body = claim.model_dump_json().encode()
        if not await self._state.put_if_absent(f"{order.name}.order", body, _JSON):
            raise _under_way(timedelta(seconds=10))
        return await self._create(order, claim)

    async def _again(self, order: MediaOrder, claim: MediaClaim) -> Prediction:
        """Find the order that was tried; make it only if it certainly was not made."""
        age = datetime.now(UTC) - claim.made_at
        if age > _FORGOTTEN:
            await self._state.delete(f"{order.name}.order")
            raise ReplicateFailure(
                "The reply to an order was lost, and Replicate has forgotten by now "
                "what was ordered then: it may have been billed. Regenerate the post "
                "to order it anew."
            )
        found = await order.model.client.made_since(claim.made_at - _SKEW)
        for one in found:
            if _is_of(one, claim, is_unique=order.task.kind is not OrderKind.SPEECH):
                return one
        if age < self._settled:
            raise _under_way(self._settled - age)
        return await self._create(order, await self._claimed_anew(order.name, claim))

    async def _claimed_anew(self, name: str, claim: MediaClaim) -> MediaClaim:
        """Say that it is tried again now: its reply may be lost like the first one.

        Of several that find nothing at once, one makes the order.
        """
        held, version = await self._state.read_versioned(f"{name}.order")
        again = claim.model_copy(update={"made_at": datetime.now(UTC)})
        body = again.model_dump_json().encode()
        is_ours = read(MediaClaim, held) == claim and await self._state.replace(
            f"{name}.order", body, _JSON, version
        )
        if not is_ours:
            raise _under_way(timedelta(seconds=10))
        return again

    async def _create(self, order: MediaOrder, claim: MediaClaim) -> Prediction:
        try:
            return await order.model.client.create(claim.inputs)
        except ReplicateFailure as error:
            if error.is_refused:
                await self._state.delete(f"{order.name}.order")
                if not error.retryable:
                    await self.settle(order.name, claim, 0, "")
            raise


def _bill(name: str, model: str) -> Bill:
    """Return the bill of an order, ``generated/<campaign>/<channel>/<call>``."""
    _, campaign, channel, call = name.split("/")
    return Bill(media_key(f"{campaign}:{channel}"), call.replace(".", "-"), model)


def _is_of(found: Prediction, claim: MediaClaim, *, is_unique: bool) -> bool:
    """Tell whether a prediction is what was claimed, or gives the same."""
    if not is_unique and found.status in _FRUITLESS:
        return False  # it may be another's, and the next one may succeed
    wanted = claim.inputs.get(claim.known_by)
    return _plain(found.inputs.get(claim.known_by)) == _plain(wanted)


def _plain(text: object) -> str:
    return " ".join(str(text).split())


def _under_way(wait: timedelta) -> ApplicationError:
    return ApplicationError(
        "It is being ordered already, or the reply was lost: it is looked for again.",
        type="GenerationError",
        next_retry_delay=max(wait, timedelta(seconds=1)),
    )
