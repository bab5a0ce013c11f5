"""Slack as an app meets it: takes messages within its documented limits, and signs clicks.

Written from docs.slack.dev, and not from Galley's code: incoming webhooks, blocks and elements,
``block_actions``, ``response_url``, the pictures that it fetches, and the signature of requests.
"""

import hashlib
import hmac
import json
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import httpx

from tests.receivers import Receiver, Taken

SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
_TEXTS = {"header": 150, "section": 3000}


@dataclass(frozen=True)
class SlackRequest:
    """A request as it reaches an app."""

    body: str
    headers: dict[str, str]

    async def post(self, app: httpx.AsyncClient) -> httpx.Response:
        """Send it to the Request URL of an app."""
        return await app.post("/slack/actions", content=self.body, headers=self.headers)


@dataclass
class Slack:
    """A workspace with one channel; ``receiver`` is what listens for it.

    Pictures it fetches from ``outside``, and refuses a message if it does not get one of them.
    """

    receiver: Receiver
    secret: str = SECRET
    outside: httpx.AsyncClient | None = None
    refused: list[Taken] = field(default_factory=list[Taken])

    def __post_init__(self) -> None:
        self.receiver.answer = self._answer

    async def _answer(self, one: Taken) -> str:
        for block in one.json.get("blocks", []):
            if block["type"] == "image" and not await self._is_shown(block["image_url"]):
                self.refused.append(one)
                return "400 Bad Request"  # invalid_blocks: downloading image failed
        return "200 OK"

    async def _is_shown(self, address: str) -> bool:
        answer = await self.outside.get(address) if self.outside else None
        return answer is not None and answer.headers["content-type"].startswith("image/")

    @property
    def messages(self) -> list[dict[str, Any]]:
        """The messages in the channel."""
        return self._taken("/hook")

    @property
    def responses(self) -> list[dict[str, Any]]:
        """What came to the ``response_url`` of clicks."""
        return self._taken("/actions/")

    def _taken(self, path: str) -> list[dict[str, Any]]:
        taken = [one for one in self.receiver.taken if one not in self.refused]
        found = [one.json for one in taken if one.path.startswith(path)]
        for one in found:
            fits(one)
        return found

    def click(
        self, told: dict[str, Any], action: str, user: str, reason: str = "", at: float = 0
    ) -> SlackRequest:
        """Return the request by which a person presses a button."""
        elements = [one for block in told["blocks"] for one in block.get("elements", [])]
        (button,) = [one for one in elements if one.get("action_id") == action]
        inputs = [one for one in told["blocks"] if one["type"] == "input"]
        entry: dict[str, Any] = {"type": "plain_text_input", "value": reason or None}
        values = {one["block_id"]: {one["element"]["action_id"]: entry} for one in inputs}
        payload = {
            "type": "block_actions",
            "user": {"id": user, "username": "roadrunner", "name": "roadrunner", "team_id": "T1"},
            "api_app_id": "A1",
            "token": "deprecated",
            "container": {"type": "message", "message_ts": "1.2", "channel_id": "C1"},
            "trigger_id": "1.2.3",
            "team": {"id": "T1", "domain": "testteamnow"},
            "enterprise": None,
            "is_enterprise_install": False,
            "channel": {"id": "C1", "name": "posts"},
            "message": told,
            "state": {"values": values},
            "response_url": self.receiver.url.replace("/hook", "/actions/T1/1/xyz"),
            "actions": [{**button, "block_id": "galley_decision", "action_ts": "3.4"}],
        }
        return self.request(urlencode({"payload": json.dumps(payload)}), at)

    def request(self, body: str, at: float = 0) -> SlackRequest:
        """Return a signed request."""
        stamp = str(int(at or time.time()))
        base = f"v0:{stamp}:{body}".encode()
        signature = hmac.new(self.secret.encode(), base, hashlib.sha256).hexdigest()
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
            "X-Slack-Request-Timestamp": stamp,
            "X-Slack-Signature": f"v0={signature}",
        }
        return SlackRequest(body, headers)


def fits(told: dict[str, Any]) -> None:
    """Refuse what Slack refuses (``invalid_blocks``)."""
    assert isinstance(told["text"], str)
    assert told["text"]
    blocks: list[dict[str, Any]] = told.get("blocks", [])
    assert len(blocks) <= 50
    ids = [one["block_id"] for one in blocks if "block_id" in one]
    assert len({*ids}) == len(ids)
    for one in blocks:
        match one["type"]:
            case "header" | "section":
                assert 0 < len(one["text"]["text"]) <= _TEXTS[one["type"]]
                assert one["type"] != "header" or one["text"]["type"] == "plain_text"
            case "image":
                assert one["image_url"].startswith("https://")
                assert 0 < len(one["alt_text"]) <= 2000
                assert len(one["image_url"]) <= 3000
            case "context":
                assert 0 < len(one["elements"]) <= 10
            case "input":
                assert one["label"]["type"] == "plain_text"
                assert one["element"]["max_length"] <= 3000
            case "actions":
                assert 0 < len(one["elements"]) <= 25
                actions = [button["action_id"] for button in one["elements"]]
                assert len({*actions}) == len(actions)
                for button in one["elements"]:
                    assert 0 < len(button["text"]["text"]) <= 75
                    assert len(button.get("value", "")) <= 2000
                    assert len(button.get("url", "")) <= 3000
                    assert button.get("style", "primary") in {"primary", "danger"}
            case other:
                raise AssertionError(other)


def texts(told: dict[str, Any]) -> str:
    """Return all words that a message shows."""
    found = [one["text"]["text"] for one in told["blocks"] if "text" in one]
    elements = [e for one in told["blocks"] for e in one.get("elements", [])]
    return "\n".join([*found, *(str(one["text"]) for one in elements if "text" in one)])


def actions(told: dict[str, Any]) -> list[str]:
    """Return the buttons of a message."""
    elements = [e for one in told.get("blocks", []) for e in one.get("elements", [])]
    return [one["action_id"] for one in elements if "action_id" in one]
