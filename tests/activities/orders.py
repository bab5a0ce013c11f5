"""What orders of pictures and of transcripts have in common, to call them alike."""

import hashlib
from abc import ABC, abstractmethod
from datetime import timedelta
from decimal import Decimal
from typing import NamedTuple

from temporalio.testing import ActivityEnvironment

from activities.budget.ceilings import BudgetKeeper
from activities.budget.payments import OrderBudget, TranscriptBudget
from activities.sources.transcript_orders import OrderingTranscripts
from galley.budget.ceilings import Spending, campaign_folder, spending_of
from galley.budget.prices import known_prices
from galley.clients.replicate import ReplicateClient
from galley.clients.storage import ObjectStore
from galley.models.budget import Ceilings
from galley.models.media_orders import MediaOrdered
from galley.models.source import (
    AudioPart,
    AwaitTranscript,
    OrderReply,
    TranscribePart,
    TranscriptReply,
)
from galley.settings import Settings
from galley.sources.recordings import audio_name
from tests.generation import Studio, generator

SOUND = b"fLaC and what follows"
MODEL: str = Settings.model_fields["replicate_model"].default
PRICE = Decimal("0.0014")
PART = AudioPart(sha256=hashlib.sha256(SOUND).hexdigest(), start=0, seconds=300, size=len(SOUND))
HEARD = {"chunks": [{"text": "The ferry.", "timestamp": [1, 2]}]}


class Said(NamedTuple):
    """How an order ended, in words that both kinds of order share."""

    outcome: str
    message: str = ""


class Terms(NamedTuple):
    """Under which something is ordered."""

    ceiling: int | None = 1_000_000
    settled: timedelta = timedelta(0)


class Orders(ABC):
    """Something that is ordered, waited for and kept."""

    most: int
    """Micros that one can cost at most."""

    def __init__(self, state: ObjectStore) -> None:
        self.state = state

    @abstractmethod
    async def order(self, number: int = 1, asker: str = "run-1") -> OrderReply: ...

    @abstractmethod
    async def wait(
        self, prediction_id: str, environment: ActivityEnvironment | None = None
    ) -> Said: ...

    @abstractmethod
    async def keep(self, prediction_id: str) -> Said: ...

    @abstractmethod
    async def aclose(self) -> None: ...

    async def spent(self) -> Spending:
        return spending_of(await self.state.names(campaign_folder("k")))


class Pictures(Orders):
    """A picture for a post."""

    most = 3_000

    def __init__(self, state: ObjectStore, emulator: str, terms: Terms) -> None:
        super().__init__(state)
        ceilings = Ceilings(campaign=terms.ceiling)
        self._studio = Studio(generator(state, emulator, ceilings, terms.settled))
        self._named = MediaOrdered()

    async def order(self, number: int = 1, asker: str = "run-1") -> OrderReply:
        self._named = await self._studio.order(number=number, asker=asker)
        return OrderReply(prediction_id=self._named.prediction_id, is_new=self._named.is_new)

    async def wait(
        self, prediction_id: str, environment: ActivityEnvironment | None = None
    ) -> Said:
        task = self._studio.awaited(self._of(prediction_id))
        found = await (environment or ActivityEnvironment()).run(
            self._studio.activities.await_media, task
        )
        return Said(found.outcome, found.message)

    async def keep(self, prediction_id: str) -> Said:
        found = await self._studio.keep(self._of(prediction_id))
        return Said(found.outcome, found.message)

    async def aclose(self) -> None:
        await self._studio.activities.aclose()

    def _of(self, prediction_id: str) -> MediaOrdered:
        return self._named.model_copy(update={"prediction_id": prediction_id})


class Transcripts(Orders):
    """The transcript of a part of a recording."""

    most = 420_000

    def __init__(
        self, state: ObjectStore, emulator: str, terms: Terms, price: Decimal | None = PRICE
    ) -> None:
        super().__init__(state)
        ceilings = Ceilings(campaign=terms.ceiling)
        keeper = BudgetKeeper(state, ceilings, known_prices(), "extractive")
        budget = TranscriptBudget(OrderBudget(state, keeper, ceilings), price, 300)
        self._client = ReplicateClient("token", emulator, MODEL)
        self._ordering = OrderingTranscripts(state, self._client, budget, settled=terms.settled)
        self._number = 1

    async def order(self, number: int = 1, asker: str = "run-1") -> OrderReply:
        campaign = "k" if asker == "run-1" else asker
        await self.state.put_if_absent(audio_name(PART), SOUND, "audio/flac")
        self._number = number
        task = part(campaign, number)
        return await ActivityEnvironment().run(self._ordering.order_transcript, task)

    async def wait(
        self, prediction_id: str, environment: ActivityEnvironment | None = None
    ) -> Said:
        return _said(
            await (environment or ActivityEnvironment()).run(
                self._ordering.await_transcript, self._awaited(prediction_id)
            )
        )

    async def keep(self, prediction_id: str) -> Said:
        return _said(
            await ActivityEnvironment().run(
                self._ordering.store_transcript, self._awaited(prediction_id)
            )
        )

    async def aclose(self) -> None:
        await self._client.aclose()

    def _awaited(self, prediction_id: str) -> AwaitTranscript:
        return AwaitTranscript(task=part(number=self._number), prediction_id=prediction_id)


def part(campaign: str = "k", number: int = 1) -> TranscribePart:
    return TranscribePart(part=PART, model=MODEL, campaign_key=campaign, order=number)


def _said(reply: TranscriptReply) -> Said:
    return Said(reply.outcome, reply.message)
