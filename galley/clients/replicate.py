"""Predictions on Replicate, through its SDK, with the SDK's traps kept out.

What 1.0.7 of the SDK does that is not wanted here, and what keeps it out:

- It retries by itself, up to ten times, and ``run()`` hides the prediction's ID: the
  door stands in place of its transport, and ``run()`` is never called.
- It forgets ``Retry-After`` and the time limits of a create: the door reads the
  header, and every call has a limit of its own.
- It fails on the status ``aborted``: the door renames it.
- It sends the token to whatever host an address names: the door lets no request out
  but those to the API.
"""

import asyncio
import io
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from typing import Any, cast

import httpx

from galley.clients.replicate_http import ABORTED, Door, ReplicateFailure

_TIMEOUT = 30.0
_UPLOADED_WITHIN = 120.0
_PAGES = 5
_LONGEST_RUN = 7 * 86_400
"""Seconds; no deadline lets a prediction run that long."""
DEADLINE_SECONDS = 300
"""After which Replicate ends a prediction, so that a lost worker cannot bill for ever.
Only what ran is charged."""


class Status(StrEnum):
    """The states of a prediction. ``aborted``: its deadline passed before it began."""

    STARTING = "starting"
    PROCESSING = "processing"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELED = "canceled"
    ABORTED = "aborted"

    @property
    def is_over(self) -> bool:
        return self not in {Status.STARTING, Status.PROCESSING}


@dataclass(frozen=True)
class Prediction:
    """A prediction as Replicate tells it.

    ``seconds`` is how long it ran, which is what is billed; ``output`` is ``None``
    until it has succeeded, and an hour after.
    """

    id: str
    status: Status
    output: object = None
    error: str = ""
    seconds: float | None = None
    audio: str = ""
    model: str = ""
    version: str = ""
    inputs: Mapping[str, object] = field(default_factory=dict[str, object])
    created_at: datetime | None = None


class ReplicateClient:
    """One model on Replicate.

    Args:
        token: The API token.
        base_url: Where the API answers.
        model: ``owner/name`` of an official model, or ``owner/name:version``.
        deadline: Seconds after which Replicate ends a prediction, so that a lost
            worker cannot bill for ever. Only what ran is charged.
        setting: What names the model, for messages.
    """

    def __init__(
        self,
        token: str,
        base_url: str,
        model: str,
        deadline: int = DEADLINE_SECONDS,
        setting: str = "GALLEY_REPLICATE_MODEL",
    ) -> None:
        self.model = model
        self.deadline = deadline
        self._token, self._base_url, self._setting = token, base_url, setting
        self._model, _, self._version = model.partition(":")

    @cached_property
    def _door(self) -> Door:
        return Door(httpx.URL(self._base_url).host, self.deadline, self._setting)

    @cached_property
    def _sdk(self) -> Any:  # noqa: ANN401 -- its methods have no types
        from replicate.client import Client  # slow, and few workers ever order anything

        return Client(
            api_token=self._token,
            base_url=self._base_url,
            timeout=httpx.Timeout(_TIMEOUT),
            # In place of the transport, around which the SDK would put its own.
            mounts={"all://": self._door},
            trust_env=False,
            follow_redirects=False,
        )

    async def aclose(self) -> None:
        if "_sdk" in vars(self):
            await self._door.aclose()

    async def upload(self, data: bytes, name: str) -> str:
        """Give Replicate a file, for a day; returns an address only it can read.

        Raises:
            ReplicateFailure: It did not take it.
        """
        async with _answered(_UPLOADED_WITHIN):
            file = await self._sdk.files.async_create(io.BytesIO(data), filename=name)
        return str(file.urls["get"])

    async def create(self, wanted: Mapping[str, object]) -> Prediction:
        """Order a prediction, which is billed. Never repeated here.

        Raises:
            ReplicateFailure: Unless it ``is_refused``, it may have been ordered.
        """
        async with _answered(_TIMEOUT):
            if self._version:
                found = await self._sdk.predictions.async_create(
                    version=self._version, input=dict(wanted)
                )
            else:
                found = await self._sdk.models.predictions.async_create(
                    model=self._model, input=dict(wanted)
                )
        return _told(found)

    async def get(self, prediction_id: str) -> Prediction:
        """Read a prediction.

        Raises:
            ReplicateFailure: It cannot be read.
        """
        async with _answered(_TIMEOUT):
            return _told(await self._sdk.predictions.async_get(prediction_id))

    async def cancel(self, prediction_id: str) -> None:
        """Stop a prediction; one that is over stays as it is.

        Raises:
            ReplicateFailure: Replicate did not take it.
        """
        async with _answered(_TIMEOUT):
            await self._sdk.predictions.async_cancel(prediction_id)

    async def find(self, audio: str) -> Prediction | None:
        """Return the prediction whose input is this file, of the latest hundred.

        Raises:
            ReplicateFailure: They cannot be listed.
        """
        async with _answered(_TIMEOUT):
            page = await self._sdk.predictions.async_list()
        latest = map(_told, page.results)
        return next((one for one in latest if one.audio == audio), None)

    async def made_since(self, moment: datetime) -> list[Prediction]:
        """Return all predictions of the account since then.

        Raises:
            ReplicateFailure: They cannot be listed, or are more than five hundred.
        """
        found = list[Prediction]()
        cursor: Any = ...
        for _ in range(_PAGES):
            async with _answered(_TIMEOUT):
                page = await self._sdk.predictions.async_list(cursor)
            told = list(map(_told, page.results))
            new = [one for one in told if one.created_at and one.created_at >= moment]
            found += new
            cursor = page.next
            if not cursor or len(new) < len(told):
                return found
        raise ReplicateFailure(
            "The reply to an order was lost, and since then there were too many others "
            "to find it among: it may have been billed. See replicate.com/predictions."
        )

    async def schema(self) -> dict[str, Any]:
        """Return the OpenAPI schema that the model publishes of itself.

        Raises:
            ReplicateFailure: The model is not there, or says nothing.
        """
        async with _answered(_TIMEOUT):
            model = await self._sdk.models.async_get(self._model)
            version = model.latest_version
            if self._version:
                version = await model.versions.async_get(self._version)
            return dict(version.openapi_schema)

    async def check(self) -> str:
        """Return the model's name, if the token is good and the model is there.

        Raises:
            ReplicateFailure: Otherwise.
        """
        async with _answered(_TIMEOUT):
            model = await self._sdk.models.async_get(self._model)
            if self._version:
                await model.versions.async_get(self._version)
        return f"{model.owner}/{model.name}"


@asynccontextmanager
async def _answered(seconds: float) -> AsyncGenerator[None]:
    """Turn everything that can go wrong with a request into one kind of error."""
    try:
        async with asyncio.timeout(seconds):
            yield
    except ReplicateFailure:
        raise
    except (TimeoutError, httpx.HTTPError) as error:
        raise ReplicateFailure(
            f"Replicate cannot be reached ({type(error).__name__}): check the network "
            "and REPLICATE_BASE_URL.",
            retryable=True,
            is_refused=isinstance(error, httpx.ConnectError),
        ) from None
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        # The SDK raises these at an answer that it cannot read.
        raise ReplicateFailure(
            f"Replicate's answer cannot be read ({type(error).__name__}).", is_refused=False
        ) from None


def _told(found: Any) -> Prediction:  # noqa: ANN401 -- the SDK's class is untyped
    error = str(found.error or "")
    is_aborted = found.status == Status.CANCELED and error == ABORTED
    metrics = cast("dict[str, object]", found.metrics or {})
    inputs = cast("dict[str, object]", found.input or {})
    addresses = (v for v in inputs.values() if isinstance(v, str) and "://" in v)
    ran, seconds = metrics.get("predict_time"), None
    if isinstance(ran, int | float) and not isinstance(ran, bool) and 0 <= ran <= _LONGEST_RUN:
        seconds = float(ran)  # no NaN, and none above every deadline: it is billed
    try:
        created_at = datetime.fromisoformat(str(found.created_at))
    except ValueError:
        created_at = None
    return Prediction(
        id=str(found.id),
        status=Status.ABORTED if is_aborted else Status(found.status),
        output=found.output,
        error=error,
        seconds=seconds,
        audio=next(addresses, ""),
        model=str(found.model or ""),
        version=str(found.version or ""),
        inputs=inputs,
        created_at=created_at if created_at and created_at.tzinfo else None,
    )
