"""News reach their posts in order, whatever is away."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from google.cloud import storage
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.exceptions import ApplicationError
from temporalio.service import RetryConfig, TLSConfig
from temporalio.testing import ActivityEnvironment

from activities.publishing.post_news import PostTelling
from galley.clients.approved_words import keep_words, read_words
from galley.clients.claims import read_receipts
from galley.clients.storage import ObjectStore
from galley.clients.stores.google import GoogleStore
from galley.models.account import (
    Evidence,
    PostsTold,
    Progress,
    ProgressKind,
    Receipt,
    ReceiptKind,
    TellPosts,
    Untold,
)
from galley.models.network import Platform
from galley.models.publishing import BufferPost, PostRequest
from tests.memory_store import MemoryStore
from tests.temporal_gate import AUTHORITY, Gate, gate_before
from tests.workflows.listening_post import kinds, listening

pytestmark = pytest.mark.server

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
IN_ORDER = (ProgressKind.CREATED, ProgressKind.PULLED_BACK, ProgressKind.SENT)


def _news(reply_to: str, *said: ProgressKind) -> tuple[Untold, ...]:
    return tuple(
        Untold(reply_to=reply_to, progress=Progress(job_id="key:c", kind=kind)) for kind in said
    )


def _receipt(
    key: str, seconds: int = 0, kind: ReceiptKind = ReceiptKind.CREATED, revision: int = 1
) -> Receipt:
    post = BufferPost(id=f"buffer-{revision}", channel_id="c", status="scheduled")
    return Receipt(
        key=key,
        owner=f"post:{key}/run",
        kind=kind,
        post=post,
        evidence=Evidence.REPLY,
        revision=revision,
        recorded_at=NOW + timedelta(seconds=seconds),
    )


async def _tell(client: Client, store: ObjectStore, task: TellPosts) -> PostsTold:
    telling = PostTelling(client, store)
    return await ActivityEnvironment().run(telling.tell_posts, task)


async def test_what_one_post_is_told_arrives_in_order_although_another_is_gone(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with listening(temporal) as ear:
        news = (*_news("post:gone", *IN_ORDER), *_news(ear.id, *IN_ORDER))

        told = await _tell(temporal, state_store, TellPosts(news=news))

        assert await kinds(ear) == list(IN_ORDER)
        assert told == PostsTold()


async def test_a_store_that_is_away_is_told_of_and_holds_no_news_up(
    temporal: Client, gcs_client: storage.Client
) -> None:
    nowhere = GoogleStore(gcs_client, "no-such-bucket")
    async with listening(temporal) as ear:
        news = _news(ear.id, ProgressKind.CREATED)
        task = TellPosts(news=news, receipts=(_receipt("key:away"),))

        told = await _tell(temporal, nowhere, task)

        assert await kinds(ear) == [ProgressKind.CREATED]
        assert told.unwritten


async def test_receipts_are_appended_in_the_order_of_their_times_and_none_is_written_twice(
    temporal: Client, state_store: ObjectStore
) -> None:
    key = "key:told"
    created = _receipt(key)
    changed = _receipt(key, 1, ReceiptKind.CHANGED, 2)
    sent = _receipt(key, 2, ReceiptKind.SENT, 2)
    other = _receipt("key:told2")

    for batch in ((sent,), (created, changed, other), (created,)):
        assert await _tell(temporal, state_store, TellPosts(receipts=batch)) == PostsTold()

    assert await read_receipts(state_store, f"{key}.") == (created, changed, sent)


async def test_the_words_of_a_post_are_remembered_unless_they_went_out_nowhere(
    temporal: Client,
) -> None:
    store = MemoryStore()
    kept = {ProgressKind.CREATED, ProgressKind.SENT, ProgressKind.CHANGE_REFUSED}
    gone = {ProgressKind.REFUSED, ProgressKind.RETRACTED, ProgressKind.PUBLISH_FAILED}
    request = PostRequest(channel_id="c", platform=Platform.X, text="Ferries sail.", due_at=NOW)
    for kind in (*kept, *gone):
        key = f"{kind}:c"
        await keep_words(store, "c", lambda known, key=key: known.approved(key, request))
    news = tuple(
        Untold(reply_to="post:gone", progress=Progress(job_id=f"{kind}:c", kind=kind))
        for kind in (*kept, *gone)
    )

    await _tell(temporal, store, TellPosts(news=news))
    left = await read_words(store, "c")
    store.is_away = True
    away = await _tell(temporal, store, TellPosts(news=news))

    assert {one.key for one in left.posts} == {f"{kind}:c" for kind in kept}
    assert away == PostsTold()


async def test_a_passing_trouble_of_telling_is_told_again_and_given_up_in_the_end(
    temporal: Client, state_store: ObjectStore
) -> None:
    address = temporal.service_client.config.target_host
    async with gate_before(address, Gate()) as gate, listening(temporal) as ear:
        client = await Client.connect(
            gate.address,
            namespace=temporal.namespace,
            tls=TLSConfig(server_root_ca_cert=AUTHORITY.cert_pem.bytes()),
            data_converter=pydantic_data_converter,
            retry_config=RetryConfig(max_retries=0),
        )
        telling = PostTelling(client, state_store)
        receipt = _receipt("key:late")
        task = TellPosts(news=_news(ear.id, ProgressKind.SENT), receipts=(receipt,))
        gate.key = "from now on"

        with pytest.raises(ApplicationError) as again:
            await _attempt(1).run(telling.tell_posts, task)
        last = await _attempt(6).run(telling.tell_posts, task)

        assert (again.value.type, again.value.non_retryable) == ("NotTold", False)
        assert last == PostsTold()
        assert await read_receipts(state_store, "key:late.") == (receipt,)
        assert await kinds(ear) == []


def _attempt(number: int) -> ActivityEnvironment:
    environment = ActivityEnvironment()
    environment.info = replace(environment.info, attempt=number)
    return environment
