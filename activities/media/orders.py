"""Orders of generated media: each is claimed, paid for and made once.

An object in the state bucket claims an order before it is made; a second object holds its
ID. A claim without an ID means a lost reply: the order is then found on Replicate by its
prompt, which no other order shares, or by its words if it is speech. generation.py uses it.
"""

import asyncio
import hashlib
import math
import re
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from pydantic import ValidationError
from temporalio.exceptions import ApplicationError

from activities.budget.payments import Bill, OrderBudget
from activities.media.models import MediaModel, size_for
from activities.staging import is_staged
from galley.budget.ceilings import media_key
from galley.clients.model_inputs import ModelInputError, words_input
from galley.clients.replicate import Prediction, Status
from galley.clients.replicate_http import ReplicateFailure
from galley.clients.storage import ObjectStore
from galley.drafting.picture_prompts import picture_alt_text, picture_prompt
from galley.media.scenes import script_of, spoken_scenes
from galley.models.base import Model
from galley.models.brand import Persona
from galley.models.media import StagedAsset
from galley.models.media_orders import MediaClaim, MediaOrdered, MediaOrderId, OrderKind, OrderMedia
from galley.networks.registry import rules_for

_KEPT = re.compile(r"brand/[0-9a-f]{64}\.jpg")
_T = TypeVar("_T", bound=Model)


@dataclass(frozen=True)
class MediaOrder:
    """One order, named by what it is made from, the model and its number.

    ``size`` is in pixels. ``script`` is read aloud; ``portrait`` is the object of the state
    bucket that shows the speaker.
    """

    task: OrderMedia
    model: MediaModel
    size: tuple[int, int]
    script: str = ""
    portrait: str = ""

    @property
    def name(self) -> str:
        """Its name in the state bucket, without ending."""
        what = self.task.draft.model_dump_json()
        if self.script:
            # Edits of words that are not read aloud must not order the speech anew.
            what = f"{self.model.voice}\0{self.model.own}\0{self.script}"
        if self.task.narration:
            what = f"{self.model.own}\0{self.portrait}\0{self.task.narration.sha256}"
        digest = hashlib.sha256(f"{self.model.name}\0{what}".encode()).hexdigest()
        folder = self.task.post_key.replace(":", "/", 1)
        return f"generated/{folder}/{digest[:16]}.{self.task.number}"

    @property
    def alt_text(self) -> str:
        """The alt text; of speech, its words."""
        if self.script:
            return self.script
        task = self.task
        limit = rules_for(task.channel.platform).alt_limit or 0
        if task.narration:
            said = " ".join(task.narration.alt_text.split())
            return f"A generated video of a person who says: {said}"[:limit]
        text = picture_alt_text(task.kind, task.draft, words=self.model.words)
        return text[:limit]


class MediaInputs:
    """Makes the inputs of orders.

    Args:
        state: The state bucket, which holds personas and staged speech.
        avatar_seconds: The longest that an avatar may speak.
    """

    def __init__(self, state: ObjectStore, avatar_seconds: float) -> None:
        self._state = state
        self._avatar_seconds = avatar_seconds

    async def order_of(
        self, task: OrderMedia, model: MediaModel, size: tuple[int, int]
    ) -> MediaOrder:
        """Return the order of a task.

        Raises:
            MediaError: Nothing of the draft can be read aloud.
            NoConsentError: The persona does not say that its portrait may speak.
        """
        portrait = ""
        # Asked before the speech is ordered: nothing is paid for a video that may not be.
        if task.for_avatar or task.kind is OrderKind.AVATAR:
            portrait = portrait_of(await self._persona(task))
        if task.kind is not OrderKind.SPEECH:
            return MediaOrder(task, model, size, portrait=portrait)
        most = (self._avatar_seconds,) if task.for_avatar else ()
        language = task.language or "en"
        scenes = await asyncio.to_thread(spoken_scenes, task.draft, language, *most)
        return MediaOrder(task, model, size, script_of(scenes))

    async def of(self, order: MediaOrder) -> tuple[dict[str, object], str]:
        """Return an order's inputs, and the name of the input that identifies it.

        Raises:
            ModelInputError: The model cannot be asked for it.
            ReplicateFailure: The model's schema cannot be read.
        """
        # Speech has no room for a random word: it would be said. Two orders with the same
        # words may find each other's speech, which is the same.
        if order.task.kind is OrderKind.SPEECH:
            inputs = await order.model.speech(order.script)
            return inputs, words_input(inputs)
        if order.task.kind is OrderKind.AVATAR:
            return await self._speaking(order)
        prompt = picture_prompt(
            order.task.kind,
            order.task.draft,
            await self._persona(order.task),
            # This random word makes the prompt unique: a lost order is found by it.
            uuid.uuid4().hex[:12],
            words=order.model.words,
        )
        return await order.model.inputs(prompt, order.size, order.name), "prompt"

    async def _speaking(self, order: MediaOrder) -> tuple[dict[str, object], str]:
        sound = order.task.narration
        if sound is None or not is_staged(sound.staged_as):
            raise ModelInputError("The avatar has no speech: narrate the draft first.")
        client, suffix = order.model.client, sound.staged_as.rpartition(".")[2]
        portrait = await self._bytes(order.portrait)
        spoken = await self._bytes(sound.staged_as)
        # Uploads are readable only with our token, and for a day: no public address.
        return await order.model.avatar(
            await client.upload(portrait, "portrait.jpg"),
            await client.upload(spoken, f"speech.{suffix}"),
        )

    async def _bytes(self, name: str) -> bytes:
        data = await self._state.get(name)
        if data is None:
            raise ModelInputError(
                "The portrait or the speech is gone from the state bucket: start the "
                "campaign again with a new --edition."
            )
        return data

    async def _persona(self, task: OrderMedia) -> Persona | None:
        if task.options.persona is None:
            return None
        name = f"personas/{task.options.persona.sha256}.json"
        return read(Persona, await self._state.get(name))


class NoConsentError(Exception):
    """No portrait may speak; the message says why."""


def portrait_of(persona: Persona | None) -> str:
    """Return the object that holds a persona's portrait.

    Raises:
        NoConsentError: There is no portrait, or no consent that it may speak.
    """
    avatar = persona.avatar if persona else None
    if avatar is None or not _KEPT.fullmatch(avatar.portrait):
        raise NoConsentError("Nobody speaks: the persona has no avatar. Name a portrait in it.")
    if not avatar.consent:
        raise NoConsentError(
            "Nobody speaks: the persona does not say that whoever is shown agrees. Set "
            "avatar.consent in it to true if that is so."
        )
    return avatar.portrait


def read(model: type[_T], data: bytes | None) -> _T | None:
    """Return the model in an object's bytes; ``None`` if it is missing or damaged."""
    try:
        return model.model_validate_json(data) if data else None
    except ValidationError:
        return None


_JSON = "application/json"
SETTLED = timedelta(minutes=2)
"""An order that is not on Replicate this long after it was tried was never made."""
# Replicate deletes the inputs of a prediction after an hour.
_FORGOTTEN = timedelta(minutes=55)
# By which Replicate's clock may differ from ours.
_SKEW = timedelta(minutes=1)
_FRUITLESS = frozenset({Status.FAILED, Status.CANCELED, Status.ABORTED})


class MediaOrders:
    """The orders of one account.

    Args:
        state: The state bucket: ``generated/<post>/<draft>.<number>.…``.
        budget: Pays for the orders.
        settled: The time after a lost reply in which an order may still turn up.
        avatar_seconds: The longest that an avatar may speak.
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
        """Order the media of a draft, unless they are stored or ordered already.

        Raises:
            MediaError: Nothing of the draft can be read aloud.
            ModelInputError: The model cannot be asked for it; nothing was paid.
            OverBudgetError: A ceiling would be passed; nothing was paid.
            ReplicateFailure: Unless it ``is_refused``, it may have been ordered.
        """
        size = size_for(task.channel.platform, task.kind)
        if size is None:
            kinds = "pictures" if task.kind is OrderKind.IMAGE else "videos"
            return MediaOrdered(note=f"{rules_for(task.channel.platform).name} takes no {kinds}.")
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
        claim = await self.claim(order.name)
        known = read(MediaOrderId, await self._state.get(f"{order.name}.id"))
        # New to this request even if an earlier attempt of its activity made the order.
        if known:
            is_new = claim is not None and claim.asker == order.task.asker
            return MediaOrdered(prediction_id=known.prediction_id, is_new=is_new)
        is_new = claim is None or claim.asker == order.task.asker
        found = await (self._again(order, claim) if claim else self._first(order))
        body = MediaOrderId(prediction_id=found.id).model_dump_json().encode()
        await self._state.put_if_absent(f"{order.name}.id", body, _JSON)
        return MediaOrdered(prediction_id=found.id, is_new=is_new)

    async def claim(self, name: str) -> MediaClaim | None:
        """Return the claim of an order."""
        return read(MediaClaim, await self._state.get(f"{name}.order"))

    async def kept(self, name: str) -> StagedAsset | None:
        """Return the asset that an order gave, if it is still in staging."""
        found = read(StagedAsset, await self._state.get(f"{name}.asset"))
        if found is None or not await self._state.exists(found.staged_as):
            return None
        return found

    async def keep(self, name: str, asset: StagedAsset) -> None:
        """Remember the asset that an order gave."""
        body = asset.model_dump_json().encode()
        await self._state.put_if_absent(f"{name}.asset", body, _JSON)

    async def settle(
        self, name: str, claim: MediaClaim, cost: int | None, prediction_id: str
    ) -> None:
        """Record the cost of an order."""
        await self._budget.paid(_bill(name, claim.model), cost, prediction_id)

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
        # The claim comes before the order: whoever finds it looks for the order first.
        if not await self._state.put_if_absent(f"{order.name}.order", body, _JSON):
            raise _under_way(timedelta(seconds=10))
        return await self._create(order, claim)

    async def _again(self, order: MediaOrder, claim: MediaClaim) -> Prediction:
        """Find the order of a claim; make it only if it certainly was not made."""
        age = datetime.now(UTC) - claim.made_at
        if age > _FORGOTTEN:
            # Nobody can tell any more whether it was made: a person decides to pay again.
            await self._state.delete(f"{order.name}.order")
            raise ReplicateFailure(
                "The reply to an order was lost, and Replicate has deleted its inputs since: "
                "the order may have been billed. Regenerate the post to order it anew."
            )
        found = await order.model.client.made_since(claim.made_at - _SKEW)
        for one in found:
            if _is_of(one, claim, is_unique=order.task.kind is not OrderKind.SPEECH):
                return one
        if age < self._settled:
            raise _under_way(self._settled - age)
        return await self._create(order, await self._claimed_anew(order.name, claim))

    async def _claimed_anew(self, name: str, claim: MediaClaim) -> MediaClaim:
        """Date the claim anew: the reply to the second try may be lost as well."""
        held, version = await self._state.read_versioned(f"{name}.order")
        again = claim.model_copy(update={"made_at": datetime.now(UTC)})
        body = again.model_dump_json().encode()
        # Compare-and-set: of several attempts that find no order, one makes it.
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
            # Certainly not made: the claim goes, and for a final refusal the money too.
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
    """Return whether a prediction is the claimed order, or gives the same result."""
    if not is_unique and found.status in _FRUITLESS:
        return False  # another order's failure must not count as this one's
    wanted = claim.inputs.get(claim.known_by)
    return _plain(found.inputs.get(claim.known_by)) == _plain(wanted)


def _plain(text: object) -> str:
    return " ".join(str(text).split())


def _under_way(wait: timedelta) -> ApplicationError:
    return ApplicationError(
        "Another attempt makes this order, or its reply was lost: it is looked for again.",
        type="GenerationError",
        next_retry_delay=max(wait, timedelta(seconds=1)),
    )
