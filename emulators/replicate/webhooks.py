"""Webhooks: each prediction that is over is told once, signed, to who asked for it.

As Standard Webhooks (https://www.standardwebhooks.com), which are Replicate's form:
https://replicate.com/docs/topics/webhooks, read on 2026-11-26.
"""

import asyncio
import base64
import hashlib
import hmac
import json
import secrets
import time
import uuid
from typing import Any

import httpx
from starlette.exceptions import HTTPException

from emulators.replicate.predictions import OVER, Prediction, Predictions, shown

_LOOK = 0.02
_TRIES = 3
_WITHIN = 10.0


class Webhooks:
    """Tells of predictions.

    Args:
        predictions: All there are.
    """

    def __init__(self, predictions: Predictions) -> None:
        self._predictions = predictions
        self.secret = f"whsec_{base64.b64encode(secrets.token_bytes(24)).decode()}"
        self._running = set[asyncio.Task[None]]()

    def follow(self, prediction: Prediction, base: str) -> None:
        """Tell of a prediction once it is over."""
        task = asyncio.create_task(self._tell(prediction, base))
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _tell(self, prediction: Prediction, base: str) -> None:
        while prediction.status not in OVER:
            await asyncio.sleep(_LOOK)
            self._predictions.look(prediction.id)  # a deadline ends it on looking
        body = json.dumps(shown(prediction, base, is_expired=False)).encode()
        headers = signed(self.secret, f"msg_{uuid.uuid4().hex}", time.time(), body)
        async with httpx.AsyncClient(timeout=_WITHIN, trust_env=False) as http:
            for number in range(_TRIES):
                await asyncio.sleep(number)
                try:
                    answer = await http.post(
                        prediction.webhook, content=body, headers=headers
                    )
                except httpx.HTTPError:
                    continue
                if answer.is_success:
                    return


def signed(secret: str, name: str, moment: float, body: bytes) -> dict[str, str]:
    """Return the headers of a webhook, with its signature."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    sent = str(int(moment))
    content = b".".join((name.encode(), sent.encode(), body))
    digest = base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()
    return {
        "content-type": "application/json",
        "webhook-id": name,
        "webhook-timestamp": sent,
        "webhook-signature": f"v1,{digest}",
    }


def webhook_of(body: dict[str, Any]) -> str:
    """Return where the end of a prediction is to be told; empty: nowhere.

    Replicate takes https only; here http does, too, for it stays on this machine.

    Raises:
        HTTPException: It is no address.
    """
    wanted: Any = body.get("webhook") or ""
    if not isinstance(wanted, str) or (wanted and "://" not in wanted):
        raise HTTPException(422, "- webhook: must be a valid HTTPS URL")
    events: Any = body.get("webhook_events_filter") or ["completed"]
    return wanted if "completed" in events else ""
