"""Webhooks, mail and Slack, to real receivers."""

import base64
import secrets
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import SecretStr
from standardwebhooks import Webhook, WebhookVerificationError
from temporalio.client import Client
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities.notifications.messages import Notifying, message_name
from galley.clients.mail import MailSender
from galley.clients.notifications import NotifyError, WebhookSender
from galley.clients.senders import is_configured, senders_of
from galley.clients.slack import SlackSender, respond
from galley.models.notification import (
    DeliverNotification,
    Notification,
    NotificationKind,
    NotifiedItem,
    NotifyChannel,
)
from galley.settings import Settings
from tests.memory_store import MemoryStore
from tests.receivers import Receiver, mail_server, receiving

SECRET, OTHER = (f"whsec_{base64.b64encode(bytes([n]) * 32).decode()}" for n in (1, 2))
TOLD = Notification(
    id="msg_0001",
    kind=NotificationKind.POST_HELD,
    title="1 post is held: Fish & <!channel> chips",
    at=datetime(2026, 11, 26, 9, tzinfo=UTC),
    count=1,
    items=(
        NotifiedItem(
            workflow_id="post:aa:c1",
            platform="x",
            title="Fish & <!channel> chips\nBcc: all@example.com",
            state="held",
            revision=2,
            why="Galley cannot tell whether Buffer has it.",
        ),
    ),
    commands=("galley why post:aa:c1",),
)


# Webhooks


async def test_a_webhook_is_verified_by_the_library_of_the_standard() -> None:
    async with receiving(Receiver()) as receiver:
        await WebhookSender(receiver.url, SECRET).send(TOLD)

    (one,) = receiver.taken
    verified = Webhook(SECRET).verify(one.body, one.headers)
    assert verified["type"] == "galley.post_held"
    assert verified["timestamp"] == "2026-11-26T09:00:00+00:00"
    assert verified["data"]["items"][0]["workflow_id"] == "post:aa:c1"
    assert one.headers["webhook-id"] == "msg_0001"
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRET).verify(one.body.replace("held", "gone"), one.headers)


async def test_while_a_secret_is_changed_both_verify() -> None:
    async with receiving(Receiver()) as receiver:
        await WebhookSender(receiver.url, f"{SECRET} {OTHER}").send(TOLD)

    (one,) = receiver.taken
    for secret in (SECRET, OTHER):
        assert Webhook(secret).verify(one.body, one.headers)


async def test_the_same_message_has_the_same_id_and_body_each_time() -> None:
    async with receiving(Receiver()) as receiver:
        for _ in range(2):
            await WebhookSender(receiver.url, SECRET).send(TOLD)

    first, second = receiver.taken
    assert first.body == second.body
    assert first.headers["webhook-id"] == second.headers["webhook-id"]


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_c2hvcnQ=", "not base64!"])
def test_a_secret_that_is_none_is_refused_with_how_to_make_one(secret: str) -> None:
    with pytest.raises(NotifyError, match="openssl rand"):
        WebhookSender("https://example.com/hook", secret)


@pytest.mark.parametrize(
    ("status", "retryable", "is_gone"),
    [
        ("400 Bad Request", False, False),
        ("401 Unauthorized", False, False),
        ("410 Gone", False, True),
        ("429 Too Many Requests", True, False),
        ("500 Internal Server Error", True, False),
        ("503 Service Unavailable", True, False),
    ],
)
async def test_a_status_says_whether_it_is_tried_again(
    status: str, *, retryable: bool, is_gone: bool
) -> None:
    async with receiving(Receiver([status])) as receiver:
        with pytest.raises(NotifyError) as caught:
            await WebhookSender(receiver.url, SECRET).send(TOLD)

    assert (caught.value.retryable, caught.value.is_gone) == (retryable, is_gone)


async def test_a_receiver_says_how_long_to_wait() -> None:
    busy = Receiver(["429 Too Many"], headers=("Retry-After: 90",))
    async with receiving(busy) as receiver:
        with pytest.raises(NotifyError) as caught:
            await WebhookSender(receiver.url, SECRET).send(TOLD)

    assert caught.value.retry_after == 90


async def test_a_redirect_is_not_followed() -> None:
    async with receiving(Receiver()) as other:
        away = Receiver(["307 Elsewhere"], headers=(f"Location: {other.url}",))
        async with receiving(away) as receiver:
            with pytest.raises(NotifyError, match="redirects are not followed"):
                await WebhookSender(receiver.url, SECRET).send(TOLD)

    assert other.taken == []


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/hook",
        "http://10.0.0.1/hook",
        "http://169.254.169.254/latest",
        "http://127.example.com/hook",
        "ftp://example.com/hook",
        "https:///hook",
        "",
    ],
)
def test_an_address_is_https_or_on_this_machine(url: str) -> None:
    for make in (lambda: WebhookSender(url, SECRET), lambda: SlackSender(url)):
        with pytest.raises(NotifyError, match="must be an https address"):
            make()


async def test_a_receiver_that_is_down_is_tried_again() -> None:
    async with receiving(Receiver()) as receiver:
        url = receiver.url
    with pytest.raises(NotifyError, match="cannot be reached") as caught:
        await WebhookSender(url, SECRET).send(TOLD)

    assert caught.value.retryable


# Slack


async def test_slack_gets_text_in_which_no_title_calls_a_channel() -> None:
    async with receiving(Receiver()) as receiver:
        await SlackSender(receiver.url).send(TOLD)

    (one,) = receiver.taken
    assert one.json["text"].startswith("*1 post is held: Fish &amp; &lt;!channel&gt;")
    assert "<" not in one.json["text"]
    assert "galley why post:aa:c1" in one.json["text"]


async def test_no_error_tells_the_address_that_is_the_secret() -> None:
    hidden = secrets.token_hex(8)
    async with receiving(Receiver(["404 Not Found"])) as receiver:
        sender = SlackSender(f"{receiver.url}/{hidden}")
        with pytest.raises(NotifyError) as caught:
            await sender.send(TOLD)

    assert hidden in receiver.taken[0].path
    assert hidden not in f"{caught.value}{sender.shown}"


@pytest.mark.parametrize(("status", "sent"), [("400 Bad Request", 2), ("403 Forbidden", 1)])
async def test_only_a_refusal_of_the_message_itself_is_answered_with_one_without_pictures(
    status: str, sent: int
) -> None:
    blocks = [{"type": "header"}, {"type": "image"}]
    async with receiving(Receiver([status] * 2)) as receiver:
        with pytest.raises(NotifyError, match=status[:3]):
            await respond(receiver.url, {"blocks": blocks})

    assert len(receiver.taken) == sent


# Mail


async def test_mail_goes_by_starttls_with_an_id_that_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with mail_server(tmp_path) as box:
        monkeypatch.setenv("SSL_CERT_FILE", str(box.authority))
        sender = MailSender(box.url, ("kim@example.com", "lee@example.com"))
        await sender.send(TOLD)

    letter, other = box.letters
    assert letter["Subject"] == "[Galley] 1 post is held: Fish & <!channel> chips"
    assert (letter["To"], other["To"]) == ("kim@example.com", "lee@example.com")
    assert letter["Message-ID"] == "<msg_0001.kim-example.com@example.com>"
    assert letter["Bcc"] is None
    assert "why post:aa:c1" in letter.get_content()


async def test_mail_is_not_sent_to_a_server_that_cannot_prove_its_name(tmp_path: Path) -> None:
    with mail_server(tmp_path) as box, pytest.raises(NotifyError, match="certificate") as caught:
        await MailSender(box.url, ("kim@example.com",)).send(TOLD)

    assert box.letters == []
    assert not caught.value.retryable


async def test_a_wrong_password_is_final_and_told_without_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with mail_server(tmp_path) as box:
        monkeypatch.setenv("SSL_CERT_FILE", str(box.authority))
        wrong = box.url.replace("s%40fe", "hunter2")
        with pytest.raises(NotifyError, match="does not accept the user") as caught:
            await MailSender(wrong, ("kim@example.com",)).send(TOLD)

    assert not caught.value.retryable
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(("refusal", "retryable"), [("451 later", True), ("554 never", False)])
async def test_a_mail_server_says_whether_it_is_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, refusal: str, *, retryable: bool
) -> None:
    with mail_server(tmp_path) as box:
        monkeypatch.setenv("SSL_CERT_FILE", str(box.authority))
        box.refusal = refusal
        with pytest.raises(NotifyError) as caught:
            await MailSender(box.url, ("kim@example.com",)).send(TOLD)

    assert caught.value.retryable is retryable


async def test_one_address_that_is_refused_keeps_no_letter_from_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    to = ("gone@example.com", "full@example.com", "kim@example.com")
    store, nobody = MemoryStore(), await Client.connect("127.0.0.1:1", lazy=True)
    await store.put_if_absent(message_name(TOLD.id), TOLD.model_dump_json().encode(), "")
    task = DeliverNotification(id=TOLD.id, channel=NotifyChannel.MAIL)
    with mail_server(tmp_path) as box:
        monkeypatch.setenv("SSL_CERT_FILE", str(box.authority))
        box.refused = {to[0]: "550 unknown", to[1]: "452 full"}
        settings = Settings.model_construct(notify_smtp_url=SecretStr(box.url), notify_mail_to=to)
        deliver = Notifying(nobody, store, settings).deliver_notification
        with pytest.raises(ApplicationError, match="452") as full:
            await ActivityEnvironment().run(deliver, task)
        del box.refused[to[1]]
        with pytest.raises(ApplicationError, match=r"gone@example.com \(550\)") as gone:
            await ActivityEnvironment().run(deliver, task)

    assert (full.value.non_retryable, gone.value.non_retryable) == (False, True)
    # The second attempt sends to those alone that did not get it.
    assert [one["To"] for one in box.letters] == ["kim@example.com", "full@example.com"]


@pytest.mark.parametrize(
    ("url", "to"),
    [
        ("mail.example.com", "kim@example.com"),
        ("http://mail.example.com", "kim@example.com"),
        ("smtp://mail.example.com:99999", "kim@example.com"),
        ("smtp://mail.example.com", "kim"),
        ("smtp://mail.example.com", "kim@example.com\r\nBcc: all@example.com"),
    ],
)
def test_a_mail_setting_that_cannot_work_is_refused(url: str, to: str) -> None:
    with pytest.raises(NotifyError, match="GALLEY_NOTIFY_"):
        MailSender(url, (to,))


# Settings


def test_every_channel_that_is_configured_is_opened() -> None:
    settings = Settings.model_construct(
        notify_webhook_url="https://example.com/hook",
        notify_webhook_secret=SecretStr(SECRET),
        notify_slack_url=SecretStr("https://hooks.example.com/services/T/B/x"),
        notify_smtp_url=SecretStr("smtps://mail.example.com"),
        notify_mail_to=("kim@example.com",),
        events_url="https://example.com/events",
        events_secret=SecretStr(SECRET),
    )

    assert is_configured(settings)
    # Browsers are asked by their own subscriptions, without a setting.
    assert set(senders_of(settings)) == {*NotifyChannel} - {NotifyChannel.PUSH}
    assert not is_configured(Settings.model_construct())
    assert senders_of(Settings.model_construct()) == {}


async def test_no_setting_of_another_channel_keeps_a_message_from_browsers() -> None:
    store, nobody = MemoryStore(), await Client.connect("127.0.0.1:1", lazy=True)
    await store.put_if_absent(message_name(TOLD.id), TOLD.model_dump_json().encode(), "")
    settings = Settings.model_construct(notify_smtp_url=SecretStr("smtps://mail.example.com"))
    deliver = Notifying(nobody, store, settings).deliver_notification
    task = DeliverNotification(id=TOLD.id, channel=NotifyChannel.PUSH)

    assert (await ActivityEnvironment().run(deliver, task)).said == "no browser wants it"


def test_mail_without_anybody_to_get_it_is_refused() -> None:
    url = SecretStr("smtps://mail.example.com")
    with pytest.raises(NotifyError, match="GALLEY_NOTIFY_MAIL_TO"):
        senders_of(Settings.model_construct(notify_smtp_url=url))
