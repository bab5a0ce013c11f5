"""Slack: messages with buttons, and the clicks on them, as docs.slack.dev describes both.

Messages go to an incoming webhook. A click comes as a signed request, and is answered at the
``response_url`` that it names. Read on 2026-11-28.
"""

import hashlib
import hmac
import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any
from urllib.parse import parse_qs, urlsplit

from pydantic import BaseModel, Field, Json, ValidationError
from typing_extensions import override

from galley.clients.notifications import NotifyError, Part, Sender, checked_url, post
from galley.models.media import MediaKind
from galley.models.notification import Notification, NotifyChannel
from galley.notifications.asks import SLACK, Ask
from galley.notifications.messages import about_of, as_text, plain
from galley.redaction import unseen_characters

_MOST = 3500
"""Characters of the text of a message without blocks; Slack cuts it off after 4,000."""
_MOST_SECTION, _MOST_SECTIONS = 3000, 8
"""Characters of the text of one section, and sections with the texts of one post."""
_MOST_PICTURES, _MOST_ALT = 4, 2000
_MOST_HEADER = 150
APPROVE, REJECT, OPEN = "galley_approve", "galley_reject", "galley_open"
_REASON = "galley_reason"
_MOST_REASON = 2000
_HEADERS = {"Content-Type": "application/json", "User-Agent": "Galley/0.1"}


class SlackSender(Sender):
    """POSTs a message to an incoming webhook. The address itself is the secret.

    Raises:
        NotifyError: The address cannot be used.
    """

    channel = NotifyChannel.SLACK

    def __init__(self, url: str) -> None:
        self.address = checked_url(url, "GALLEY_NOTIFY_SLACK_URL")
        self.shown = urlsplit(url).hostname or ""

    @override
    def parts(self, told: Notification, asks: Sequence[Ask] = ()) -> list[Part]:
        """Return one message for each post that is asked about, and one for what else there is.

        Slack knows no ID: a part may come twice.
        """
        whole = {"text": _text(told), "mrkdwn": True, "unfurl_links": False}
        # A message for each post: an answer replaces that one, and no other's buttons.
        found = [
            Part(one.post, lambda one=one: self._send(message(one, told.title))) for one in asks
        ]
        if len(asks) < told.count or not asks:
            found.insert(0, Part("", lambda: self._send(whole)))
        return found

    async def _send(self, body: dict[str, Any]) -> str:
        return f"{self.shown} answered {await _post(self.address, body)}"


async def _post(url: str, body: dict[str, Any]) -> int:
    """POST a message: where Slack does not take it with its pictures, once more without them."""
    try:
        return await post(url, json.dumps(body).encode(), _HEADERS)
    except NotifyError as error:
        bare = _without_pictures(body)
        if bare == body or not error.is_of_part:
            raise
    return await post(url, json.dumps(bare).encode(), _HEADERS)


def _without_pictures(body: dict[str, Any]) -> dict[str, Any]:
    """Return a message without pictures, and without the button that they must be seen for.

    Slack refuses a whole message if it cannot fetch one picture of it (``invalid_blocks``).
    """
    blocks: list[dict[str, Any]] = body.get("blocks", [])
    kept = [one for one in blocks if one["type"] != "image"]
    if len(kept) == len(blocks):
        return body
    for at, one in enumerate(kept):
        if one["type"] == "actions":
            buttons = [button for button in one["elements"] if button["action_id"] != APPROVE]
            kept[at] = one | {"elements": buttons}
    said = "Slack could not show the pictures: open the post to see them."
    notice = {"type": "section", "text": _plain(said)}
    return body | {"blocks": [kept[0], notice, *kept[1:]]}


def _text(told: Notification) -> str:
    title, _, rest = escaped(as_text(told)).partition("\n")
    text = f"*{title}*\n{rest}"
    return f"{text[:_MOST].rsplit('&', 1)[0]}\n…" if len(text) > _MOST else text


def escaped(text: str) -> str:
    """Return a text in which Slack finds no mention, no link and no sign of its own."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def message(ask: Ask, title: str, note: str = "") -> dict[str, Any]:
    """Return the message about one post: what leaves, and the buttons to decide.

    ``Approve`` stands only below all that a person must see to approve it.

    Args:
        ask: The post.
        title: Of the notification.
        note: What became of a click, or what is different since the message before.
    """
    heading = plain(ask.name)[:_MOST_HEADER]
    pieces = [*_cut(ask.texts)]
    # A section may not be empty, and blanks alone cannot be seen.
    shown = [one for one in pieces if one.strip()]
    leaves = "\n".join(f"{name}: {value}" for name, value in ask.leaves)
    alts = [one.asset.alt_text or "" for one in ask.pictures]
    about = [f"Goes out {ask.due}", f"revision {ask.revision}", f"proof {ask.digest}"]
    is_whole = (
        ask.is_whole
        and len(pieces) == len(shown) <= _MOST_SECTIONS
        and len(ask.pictures) <= _MOST_PICTURES
        and len(leaves) <= _MOST_SECTION
        # Nobody approves in a message what it cannot make them see.
        and not any(map(unseen_characters, (*pieces, leaves, *alts)))
    )
    blocks: list[dict[str, Any]] = [{"type": "header", "text": _plain(heading)}]
    if note:
        blocks.append({"type": "section", "text": _plain(note[:_MOST_SECTION])})
    blocks += [{"type": "section", "text": _plain(one)} for one in shown[:_MOST_SECTIONS]]
    blocks += [
        {
            "type": "image",
            "image_url": one.address,
            "alt_text": (one.asset.alt_text or "Picture without an alt text")[:_MOST_ALT],
        }
        for one in ask.pictures[:_MOST_PICTURES]
        if one.address and one.asset.kind is MediaKind.IMAGE
    ]
    notes = "\n".join((*(f"Check: {one}" for one in ask.claims), *ask.misfits, ask.found)).strip()
    sections = (notes, leaves, " ".join(about_of(ask)))
    blocks += [{"type": "section", "text": _plain(one[:_MOST_SECTION])} for one in sections if one]
    blocks.append({"type": "context", "elements": [_plain(" · ".join(about))]})
    blocks += _controls(ask, is_whole=is_whole and len(notes) <= _MOST_SECTION)
    return {"text": escaped(f"{plain(title)}: {heading}"), "blocks": blocks, "unfurl_links": False}


def _controls(ask: Ask, *, is_whole: bool) -> Iterator[dict[str, Any]]:
    if not ask.token:
        address = ask.links.get(SLACK) or ask.page
        if address:
            link = {"type": "mrkdwn", "text": f"<{address}|Look at it and decide>"}
            yield {"type": "section", "text": link}
        return
    entry = {
        "type": "plain_text_input",
        "action_id": _REASON,
        "multiline": True,
        "max_length": _MOST_REASON,
    }
    # Never required: Slack would ask it of an approval too.
    reason = {"type": "input", "block_id": _REASON, "optional": True, "element": entry}
    yield reason | {"label": _plain("Why, if you reject it")}
    buttons = [
        _button(REJECT, "Reject", value=ask.token, style="danger"),
        _button(OPEN, "Open", url=ask.page),
    ]
    if is_whole:
        buttons.insert(0, _button(APPROVE, "Approve", value=ask.token, style="primary"))
    yield {"type": "actions", "block_id": "galley_decision", "elements": buttons}


def _button(action: str, text: str, **more: str) -> dict[str, Any]:
    return {"type": "button", "action_id": action, "text": _plain(text), **more}


def _plain(text: str) -> dict[str, Any]:
    # Not mrkdwn: no word of a draft calls anybody or hides behind another.
    return {"type": "plain_text", "text": text, "emoji": False}


def _cut(texts: Iterable[str]) -> Iterator[str]:
    for text in texts:
        yield from (text[at : at + _MOST_SECTION] for at in range(0, len(text), _MOST_SECTION))


# Clicks

_MOST_AGE = 300
"""Seconds that a request may be old: later it is somebody's copy of it."""
_MOST_DIGITS = 12


def is_from_slack(secret: str, timestamp: str, signature: str, body: bytes, now: float) -> bool:
    """Whether a request is signed with the app's signing secret, and is of now.

    Slack's own ``SignatureVerifier`` is this function, in a package of 300 modules, and raises
    for a timestamp that is no number.
    """
    is_number = timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= _MOST_DIGITS
    if not is_number or abs(now - int(timestamp)) > _MOST_AGE:
        return False
    base = b"v0:" + timestamp.encode() + b":" + body
    wanted = f"v0={hmac.new(secret.encode(), base, hashlib.sha256).hexdigest()}"
    return hmac.compare_digest(wanted.encode(), signature.encode())


class _User(BaseModel):
    id: str = Field(min_length=1, max_length=40)
    username: str = Field(default="", max_length=120)
    team_id: str = Field(default="", max_length=40)


class _Action(BaseModel):
    action_id: str = Field(max_length=255)
    value: str = Field(default="", max_length=2000)


class _Value(BaseModel):
    value: str | None = Field(default=None, max_length=_MOST_REASON)


class _State(BaseModel):
    values: dict[str, dict[str, _Value]] = {}


class Click(BaseModel):
    """What Slack sends when somebody presses a button: the fields of it that we read."""

    type: str
    user: _User
    actions: list[_Action] = Field(default=[], max_length=25)
    response_url: str = Field(default="", max_length=2000, repr=False)
    """Takes five messages within half an hour; a capability."""
    state: _State = _State()

    @property
    def reason(self) -> str:
        """What stands in the field below the post."""
        return (self.state.values.get(_REASON, {}).get(_REASON, _Value()).value or "").strip()


class _Payload(BaseModel):
    payload: Json[Click]


def click_of(body: bytes) -> Click | None:
    """Return the click that a request is about, or ``None``: it is none."""
    try:
        fields = parse_qs(body.decode(), max_num_fields=10)
        return _Payload(payload=fields["payload"][0]).payload  # pyright: ignore[reportArgumentType] -- as text
    except (ValueError, KeyError, ValidationError):
        return None


async def respond(response_url: str, body: dict[str, Any]) -> None:
    """Answer a click: put another message in the place of the one that was clicked, or add one.

    Raises:
        NotifyError: Slack did not take it; the text names its host alone.
    """
    await _post(checked_url(response_url, "response_url"), body)


def closing(name: str, sentence: str) -> dict[str, Any]:
    """Return the message about a post on which nothing is to be decided any more."""
    blocks = [
        {"type": "header", "text": _plain(plain(name)[:_MOST_HEADER])},
        {"type": "section", "text": _plain(sentence[:_MOST_SECTION])},
    ]
    return {"text": escaped(f"{plain(name)}: {sentence}"), "blocks": blocks}
