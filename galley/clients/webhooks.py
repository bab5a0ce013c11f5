"""Tell Replicate's webhooks from everybody else's.

They are signed as Standard Webhooks are (https://www.standardwebhooks.com), which is
checked by Replicate's SDK: https://replicate.com/docs/topics/webhooks/verify-webhook,
read on 2026-11-26.
"""

import json
import re
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping

TOLERANCE = 300
"""Seconds that a webhook may be old, or ahead of our clock."""
_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_MOST_SEEN = 100_000
"""Only what was signed is remembered, so nobody else can fill it."""


class UnsignedError(Exception):
    """It is not Replicate's, too old, or damaged; the message quotes nothing of it."""


class Webhooks:
    """Opens webhooks, each once.

    Args:
        secret: Replicate's signing secret, ``whsec_…``.
        now: Seconds since 1970.
    """

    def __init__(self, secret: str, now: Callable[[], float] = time.time) -> None:
        self._secret = secret
        self._now = now
        self._seen = OrderedDict[str, float]()

    def opened(self, headers: Mapping[str, str], body: bytes) -> str | None:
        """Return the prediction that a webhook is about; ``None`` if it is a repeat.

        Args:
            headers: By their names in small letters.
            body: As it came.

        Raises:
            UnsignedError: It is not to be believed.
        """
        self._require_signed(headers, body)
        prediction = _prediction(body)
        if not self._is_new(headers["webhook-id"]):
            return None
        return prediction

    def _require_signed(self, headers: Mapping[str, str], body: bytes) -> None:
        from replicate.webhook import Webhooks as Sdk  # slow, and few workers need it
        from replicate.webhook import WebhookSigningSecret

        named = {name: value for name, value in headers.items() if "webhook" in name}
        try:
            secret = WebhookSigningSecret(key=self._secret)
            Sdk.validate(headers=named, body=body.decode(), secret=secret)
            sent = int(named["webhook-timestamp"])
        except ValueError:  # all that the SDK raises, and what it lets through
            raise UnsignedError("The webhook is not signed by Replicate.") from None
        if abs(self._now() - sent) > TOLERANCE:
            raise UnsignedError("The webhook is too old, or a clock is wrong.")

    def _is_new(self, webhook_id: str) -> bool:
        now = self._now()
        while self._seen:
            oldest, seen_at = next(iter(self._seen.items()))
            is_kept = now - seen_at <= 2 * TOLERANCE
            if is_kept and len(self._seen) < _MOST_SEEN:
                break
            del self._seen[oldest]
        if webhook_id in self._seen:
            return False
        self._seen[webhook_id] = now
        return True


def _prediction(body: bytes) -> str:
    try:
        told: object = json.loads(body)
    except ValueError:
        raise UnsignedError("The webhook is about no prediction.") from None
    found = told.get("id") if isinstance(told, dict) else None  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType] -- a stranger's JSON
    if not isinstance(found, str) or not _ID.fullmatch(found):
        raise UnsignedError("The webhook is about no prediction.")
    return found
