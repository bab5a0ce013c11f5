"""Which webhooks are believed: Replicate's, fresh, and each once."""

import json
from collections.abc import Callable, Mapping

import pytest

from emulators.replicate.webhooks import signed
from galley.clients.webhooks import TOLERANCE, UnsignedError, Webhooks

SECRET, OTHER = "whsec_MDEyMzQ1Njc4OWFiY2RlZg==", "whsec_ZmVkY2JhOTg3NjU0MzIxMA=="
NOW = 1_800_000_000.0
BODY = json.dumps({"id": "abc123", "status": "succeeded"}).encode()


def opener() -> Webhooks:
    return Webhooks(SECRET, lambda: NOW)


def sent(age: float = 0, body: bytes = BODY, secret: str = SECRET) -> dict[str, str]:
    return signed(secret, "msg_1", NOW - age, body)


def test_what_replicate_signed_is_opened_and_a_repeat_is_known() -> None:
    webhooks = opener()

    assert webhooks.opened(sent(), BODY) == "abc123"
    assert webhooks.opened(sent(), BODY) is None
    assert webhooks.opened({**signed(SECRET, "msg_2", NOW, BODY)}, BODY) == "abc123"


def test_one_of_several_signatures_is_enough() -> None:
    headers = sent()
    headers["webhook-signature"] = f"v1,b3RoZXI= {headers['webhook-signature']}"

    assert opener().opened(headers, BODY) == "abc123"


def _without(name: str) -> Callable[[], Mapping[str, str]]:
    return lambda: {key: value for key, value in sent().items() if key != name}


def _with(name: str, value: str) -> Callable[[], Mapping[str, str]]:
    return lambda: {**sent(), name: value}


@pytest.mark.parametrize(
    "headers",
    [
        lambda: sent(secret=OTHER),
        lambda: sent(TOLERANCE + 1),
        lambda: sent(-TOLERANCE - 1),
        _without("webhook-id"),
        _without("webhook-timestamp"),
        _without("webhook-signature"),
        _with("webhook-id", "msg_2"),
        _with("webhook-timestamp", str(int(NOW) + 1)),
        _with("webhook-timestamp", "soon"),
        _with("webhook-signature", "v1"),
        _with("webhook-signature", "v1,%%%"),
        _with("webhook-signature", ""),
        dict[str, str],
    ],
    ids=[
        *("forged", "late", "early", "no id", "no time", "no signature"),
        *("another id", "another time", "no number", "half", "no base64", "empty"),
        "nothing",
    ],
)
def test_what_is_not_replicates_or_not_of_now_is_refused(
    headers: Callable[[], Mapping[str, str]],
) -> None:
    webhooks = opener()

    with pytest.raises(UnsignedError):
        webhooks.opened(headers(), BODY)

    assert webhooks.opened(sent(), BODY) == "abc123"  # nothing of it is remembered


@pytest.mark.parametrize("body", [b"{}", b"", b"[]", b'{"id": "../x"}', b"\xff", b"{"])
def test_a_webhook_about_nothing_is_refused(body: bytes) -> None:
    with pytest.raises(UnsignedError):
        opener().opened(sent(body=body), body)


def test_a_changed_body_is_refused() -> None:
    with pytest.raises(UnsignedError):
        opener().opened(sent(), BODY.replace(b"abc123", b"abc124"))


def test_nothing_is_remembered_for_ever() -> None:
    now = [NOW]
    webhooks = Webhooks(SECRET, lambda: now[0])
    webhooks.opened(sent(), BODY)
    now[0] += 3 * TOLERANCE
    webhooks.opened(signed(SECRET, "msg_9", now[0], BODY), BODY)

    assert list(webhooks._seen) == ["msg_9"]  # noqa: SLF001 # pyright: ignore[reportPrivateUsage] -- what is under test
