"""The models on Replicate: their inputs, prices and limits.

orders.py and generation.py use them.
"""

import asyncio
import hashlib
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import httpx

from galley.budget.prices import Prices, RunPrice, seconds_micros
from galley.clients.model_inputs import (
    Wanted,
    WantedSpeech,
    avatar_inputs,
    inputs_for,
    seconds_of,
    speech_inputs,
    words_input,
)
from galley.clients.replicate import Prediction, ReplicateClient, Status
from galley.clients.transcribers import replicate_token
from galley.models.media_orders import OrderKind
from galley.models.network import Platform
from galley.networks.registry import rules_for
from galley.settings import Settings

IMAGE_DEADLINE, VIDEO_DEADLINE = 300, 1200
"""Seconds; the first is for speech as well. Replicate ends everything after half an hour."""
# Seconds for which a model's schema is cached.
_SCHEMA_LIVES = 3600.0
# Seconds of video to pay for at most, where a model has no input for the length.
_LONGEST = 20.0


@dataclass
class MediaModel:
    """One model with its settings.

    ``seconds`` is the wanted length of videos, ``voice`` the speaker, ``runtime`` the price
    of a second that the model runs, where it is billed so.
    """

    client: ReplicateClient
    price: RunPrice | None
    runtime: Decimal | None
    own: Mapping[str, object]
    price_setting: str
    most_bytes: int
    fetched_within: float
    words: bool = False
    seconds: float | None = None
    voice: str = ""
    _schema: tuple[float, dict[str, Any]] | None = field(default=None, repr=False)

    @property
    def name(self) -> str:
        return self.client.model

    async def inputs(self, prompt: str, size: tuple[int, int], order: str) -> dict[str, object]:
        """Return the inputs of an order, checked against the model's schema.

        Raises:
            ModelInputError: The model cannot be asked for this.
            ReplicateFailure: Its schema cannot be read.
        """
        # The same order gets the same seed, so a repeated one gives the same picture.
        seed = int(hashlib.sha256(order.encode()).hexdigest()[:8], 16)
        wanted = Wanted(prompt=prompt, size=size, seed=seed, seconds=self.seconds)
        schema = await self._published()
        # In a thread: a schema comes from outside, and may be large.
        return await asyncio.to_thread(inputs_for, schema, wanted, self.own)

    async def speech(self, text: str) -> dict[str, object]:
        """Return the inputs that have a text read aloud; errors as :meth:`inputs`."""
        wanted = WantedSpeech(text, self.voice)
        schema = await self._published()
        return await asyncio.to_thread(speech_inputs, schema, wanted, self.own)

    async def avatar(self, portrait: str, sound: str) -> tuple[dict[str, object], str]:
        """Return the inputs that have a portrait speak, and the name of the sound's input.

        Errors as :meth:`inputs`.
        """
        schema = await self._published()
        return await asyncio.to_thread(avatar_inputs, schema, portrait, sound, self.own)

    def most(self, inputs: Mapping[str, object], seconds: float | None = None) -> int | None:
        """Return the most micros that an order can cost; ``None`` if unknown.

        ``seconds`` is the length of the result, where no input gives it.
        """
        if self.price is not None:
            length = seconds or seconds_of(inputs)
            length = length or (_LONGEST if self.seconds else None)
            text = str(inputs.get(words_input(inputs), ""))
            return self.price.micros(length, text)
        if self.runtime is None:
            return None
        return seconds_micros(self.runtime, self.client.deadline)

    def cost(self, found: Prediction, most: int | None) -> int | None:
        """Return the cost of a prediction that is over.

        Without a price by runtime, a failed or stopped one counts in full: Replicate does
        not report its charge.
        """
        # Aborted before it ran: Replicate does not bill it.
        if found.status is Status.ABORTED:
            return 0
        if self.price is None and self.runtime is not None and found.seconds is not None:
            return seconds_micros(self.runtime, found.seconds)
        return most

    async def _published(self) -> dict[str, Any]:
        now = time.monotonic()
        if self._schema is None or now - self._schema[0] > _SCHEMA_LIVES:
            self._schema = (now, await self.client.schema())
        return self._schema[1]


def media_models(settings: Settings, prices: Prices) -> dict[OrderKind, MediaModel]:
    """Return the models that the settings name."""
    return {
        OrderKind.IMAGE: MediaModel(
            client=_client(settings, settings.image_model, IMAGE_DEADLINE, "GALLEY_IMAGE_MODEL"),
            price=_price(prices, settings.image_model, picture=settings.image_usd),
            runtime=prices.seconds.get(_slug(settings.image_model)),
            own=settings.image_input,
            price_setting="GALLEY_IMAGE_USD",
            most_bytes=30_000_000,
            fetched_within=60,
            words=settings.image_words,
        ),
        OrderKind.VIDEO: MediaModel(
            client=_client(settings, settings.video_model, VIDEO_DEADLINE, "GALLEY_VIDEO_MODEL"),
            price=_price(prices, settings.video_model, second=settings.video_usd_per_second),
            runtime=prices.seconds.get(_slug(settings.video_model)),
            own=settings.video_input,
            price_setting="GALLEY_VIDEO_USD_PER_SECOND",
            most_bytes=200_000_000,
            fetched_within=240,
            seconds=settings.video_seconds,
        ),
        OrderKind.SPEECH: MediaModel(
            client=_client(settings, settings.speech_model, IMAGE_DEADLINE, "GALLEY_SPEECH_MODEL"),
            price=_price(prices, settings.speech_model, characters=settings.speech_usd_per_1000),
            runtime=prices.seconds.get(_slug(settings.speech_model)),
            own=settings.speech_input,
            price_setting="GALLEY_SPEECH_USD_PER_1000",
            most_bytes=60_000_000,
            fetched_within=60,
            voice=settings.speech_voice,
        ),
        OrderKind.AVATAR: MediaModel(
            client=_client(settings, settings.avatar_model, VIDEO_DEADLINE, "GALLEY_AVATAR_MODEL"),
            price=_price(prices, settings.avatar_model, second=settings.avatar_usd_per_second),
            runtime=prices.seconds.get(_slug(settings.avatar_model)),
            own=settings.avatar_input,
            price_setting="GALLEY_AVATAR_USD_PER_SECOND",
            most_bytes=200_000_000,
            fetched_within=240,
            seconds=settings.avatar_seconds,
        ),
    }


def file_hosts(settings: Settings) -> tuple[str, ...]:
    """Return the hosts that files of models may be fetched from."""
    base = httpx.URL(settings.replicate_base_url)
    # An emulator, the only base without TLS, serves the files itself.
    own = (f"{base.host}:{base.port or 80}",) if base.scheme == "http" else ()
    return (*settings.replicate_file_hosts, *own)


def size_for(platform: Platform, kind: OrderKind) -> tuple[int, int] | None:
    """Return the pixels that a network wants; ``None`` if it takes nothing of the kind.

    Speech has the pixels of the film that it goes into.
    """
    rules = rules_for(platform)
    if kind is OrderKind.IMAGE:
        return rules.image.card if rules.image else None
    return rules.video.clip if rules.video else None


def _client(settings: Settings, model: str, deadline: int, setting: str) -> ReplicateClient:
    token = replicate_token(settings) or "none"
    base = settings.replicate_base_url
    return ReplicateClient(token, base, model, deadline, setting)


def _price(prices: Prices, model: str, **own: Decimal | None) -> RunPrice | None:
    """Return the price from the settings, or else from the list."""
    given = {unit: price for unit, price in own.items() if price is not None}
    if not given:
        return prices.runs.get(_slug(model))
    said = {"source": "the settings", "as_of": prices.as_of}
    return RunPrice.model_validate({**given, **said})


def _slug(model: str) -> str:
    return model.partition(":")[0]
