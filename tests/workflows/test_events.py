"""Programs hear of each approved post once: approved, published, failed, retracted."""

import asyncio
import re
import sys
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from standardwebhooks import Webhook
from temporalio.client import Client
from temporalio.testing import ActivityEnvironment

from activities.notifications.messages import Attention, Notifying, mention_name
from activities.publishing.post_news import PostTelling
from galley.clients.event_queue import UNREADABLE, EventQueue, event_name
from galley.clients.notifications import NotifyError, WebhookSender
from galley.clients.storage import ObjectStore
from galley.models.account import Evidence, Receipt, ReceiptKind, TellPosts
from galley.models.notification import (
    DeliverNotification,
    LookAround,
    Notification,
    NotificationKind,
    NotifyChannel,
)
from galley.models.post import PostState
from galley.models.publishing import BufferPost
from galley.models.review import DecisionKind
from galley.notifications.events import EventKind, event_of_receipt
from tests.memory_store import MemoryStore
from tests.ports import free_port
from tests.receivers import Receiver, receiving
from tests.workflows.attention_harness import SECRET, settings_of, watching
from tests.workflows.harness import Harness, decide, decision, open_harness, reaches, until
from tests.workflows.post_harness import ask
from tests.workflows.world import channel

pytestmark = pytest.mark.server

NOW = datetime(2026, 12, 1, 9, tzinfo=UTC)
SENT = BufferPost(
    id="b1", channel_id="c", status="sent", sent_at=NOW, external_link="https://x.example/1"
)


def receipt(kind: ReceiptKind, post: BufferPost | None = SENT, **more: object) -> Receipt:
    plain = Receipt(
        key="k:c",
        owner="post:k:c/1",
        kind=kind,
        post=post,
        evidence=Evidence.FOUND,
        recorded_at=NOW,
    )
    return plain.model_copy(update=more)


def test_a_post_is_published_once_with_its_link() -> None:
    early = receipt(ReceiptKind.SENT, SENT.model_copy(update={"external_link": None}))
    linkless = event_of_receipt(early.model_copy(update={"awaits_link": True}))
    told = event_of_receipt(receipt(ReceiptKind.SENT))
    later = event_of_receipt(receipt(ReceiptKind.SENT, recorded_at=NOW + timedelta(hours=1)))

    assert linkless is None
    assert told is not None
    assert told == later
    assert (told.type, told.data.link) == (EventKind.PUBLISHED, "https://x.example/1")
    assert event_of_receipt(receipt(ReceiptKind.CREATED)) is None


def test_a_post_that_fails_again_at_another_time_is_another_event() -> None:
    due = SENT.model_copy(update={"due_at": NOW})
    again = SENT.model_copy(update={"due_at": NOW + timedelta(hours=1)})
    ids = {
        one.id
        for post in (due, due, again)
        if (one := event_of_receipt(receipt(ReceiptKind.ERROR, post)))
    }

    assert len(ids) == 2


async def test_a_step_that_is_repeated_after_a_kill_sends_nothing_twice() -> None:
    store, event = MemoryStore(), event_of_receipt(receipt(ReceiptKind.RETRACTED))
    assert event is not None
    queue = EventQueue(store, is_wanted=True)
    async with receiving(Receiver()) as receiver:
        settings = settings_of(receiver, events_url=receiver.url).model_copy(
            update={"events_secret": settings_of(receiver).notify_webhook_secret}
        )
        nobody = await Client.connect("127.0.0.1:1", lazy=True)  # events ask no post
        deliver = Notifying(nobody, store, settings).deliver_notification
        order = DeliverNotification(id=event.id, channel=NotifyChannel.EVENTS)
        for _ in range(2):
            # A worker that dies after it wrote the receipt writes it once more, much later too.
            await queue.put(event)
            (waiting,) = await queue.waiting()
            await ActivityEnvironment().run(deliver, order)
            await queue.taken([waiting.id])

        (taken,) = receiver.taken
        assert await queue.waiting() == ()
        said = Webhook(SECRET).verify(taken.body, taken.headers)
        assert taken.headers["webhook-id"] == event.id
        assert (said["type"], said["data"]["post"]) == ("post.retracted", "post:k:c")


async def test_an_event_that_cannot_be_read_is_set_aside_and_holds_no_other_up() -> None:
    store = MemoryStore()
    queue = EventQueue(store, is_wanted=True)
    for kind in (ReceiptKind.SENT, ReceiptKind.RETRACTED):
        await queue.put(event_of_receipt(receipt(kind)))
    broken, whole = await queue.waiting()
    await store.delete(event_name(broken.id))
    await store.put_if_absent(event_name(broken.id), b'{"type": "unknown"}', "application/json")

    looks = [await queue.waiting(), await queue.waiting()]

    assert looks == [(whole,), (whole,)]
    assert await store.names(UNREADABLE) == (f"{UNREADABLE}{broken.id}",)


async def test_nobody_who_wants_events_leaves_none_in_the_bucket() -> None:
    store = MemoryStore()
    await EventQueue(store, is_wanted=False).put(event_of_receipt(receipt(ReceiptKind.SENT)))

    assert await store.names("events/") == ()


async def test_mentions_leave_no_message_where_no_person_is_told() -> None:
    store, nobody = MemoryStore(), await Client.connect("127.0.0.1:1", lazy=True)
    told = Notification(
        id="msg_1", kind=NotificationKind.MENTIONED, title="kim mentions lee", at=NOW, count=1
    )
    settings = settings_of(Receiver(), notify_webhook_url=None, events_url="https://a.example/")
    settings = settings.model_copy(update={"events_secret": settings.notify_webhook_secret})
    look = Attention(nobody, store, settings, lambda: NOW).look_around
    await store.put_if_absent(mention_name("msg_1"), told.model_dump_json().encode(), "")
    found = await ActivityEnvironment().run(look, LookAround(task_queue="q"))

    assert found.outgoing == ()
    assert await store.names("notifications/") == ()


async def test_a_program_hears_what_became_of_each_approved_post(
    temporal: Client, state_store: ObjectStore
) -> None:
    channels = (channel("x-0"), channel("x-1"))
    queue = EventQueue(state_store, is_wanted=True)
    async with open_harness(temporal, state_store, *channels, events=queue) as harness:
        receiver = Receiver()
        async with watching(harness, receiver, **_events_of(receiver)) as watch:
            await watch.start()
            out, back = await _two_posts(harness)
            await decide(harness.post(out), decision(DecisionKind.APPROVE))
            await reaches(harness.post(out), PostState.PUBLISHED)
            later = datetime.now(UTC) + timedelta(hours=3)
            await ask(harness.post(back), kind="reschedule", due_at=later)
            await decide(harness.post(back), decision(DecisionKind.APPROVE))
            await reaches(harness.post(back), PostState.SCHEDULED)
            await ask(harness.post(back), kind="retract")
            events = await watch.told(4)
            await until(queue.waiting, lambda left: not left)

        assert len(receiver.taken) == 4
        assert {(one["type"], one["data"]["post"]) for one in events} == {
            ("post.approved", out),
            ("post.published", out),
            ("post.approved", back),
            ("post.retracted", back),
        }
        approved = next(one for one in events if one["type"] == "post.approved")
        assert approved["data"]["approved_by"] == ["kim"]
        assert len(approved["data"]["digest"]) == 64
        assert not {"text", "draft"} & approved["data"].keys()


def _events_of(receiver: Receiver) -> dict[str, Any]:
    secret = settings_of(receiver).notify_webhook_secret
    return {"notify_webhook_url": None, "events_url": "", "events_secret": secret}


async def _two_posts(harness: Harness) -> tuple[str, str]:
    view = await harness.start()
    ids = [one.workflow_id for one in view.posts]
    for one in ids:
        await reaches(harness.post(one), PostState.IN_REVIEW)
    return ids[0], ids[1]


async def test_receipts_that_no_bucket_takes_are_told_later(temporal: Client) -> None:
    store = MemoryStore()
    telling = PostTelling(temporal, store, EventQueue(store, is_wanted=True))
    task = TellPosts(receipts=(receipt(ReceiptKind.SENT),))
    store.is_away = True
    first = await ActivityEnvironment().run(telling.tell_posts, task)
    store.is_away = False
    second = await ActivityEnvironment().run(telling.tell_posts, task)

    assert (bool(first.unwritten), bool(second.unwritten)) == (True, False)
    assert len(await EventQueue(store, is_wanted=True).waiting()) == 1


async def test_the_receiver_of_the_page_prints_each_event_once_and_refuses_strangers() -> None:
    page = (Path(__file__).parents[2] / "docs" / "how-to-follow-posts.md").read_text()
    code = page.partition("```python\n")[2].partition("```")[0]
    (secret,) = re.findall(r'SECRET = "(whsec_[^"]+)"', code)
    port, event = free_port(), event_of_receipt(receipt(ReceiptKind.SENT))
    assert event is not None
    shown = await asyncio.create_subprocess_exec(
        *(sys.executable, "-u", "-c", code.replace("8099", str(port))),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    url = f"http://127.0.0.1:{port}"
    try:
        await until(partial(_answers, port), bool)
        ours, other = (WebhookSender(url, one, NotifyChannel.EVENTS) for one in (secret, SECRET))
        for _ in range(2):
            assert await ours.send_signed(event.id, event.body) == "127.0.0.1 answered 204"
        with pytest.raises(NotifyError, match="401"):
            await other.send_signed("evt_forged", event.body)
    finally:
        shown.kill()
    told, _ = await shown.communicate()

    assert told.decode() == "post.published post:k:c https://x.example/1\n"


async def _answers(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True
