"""News reach their posts in order, whatever is away."""

from datetime import UTC, datetime

import pytest
from google.cloud import storage
from temporalio.client import Client
from temporalio.testing import ActivityEnvironment

from activities.publishing.post_news import PostTelling
from galley.clients.storage import ObjectStore
from galley.clients.stores.google import GoogleStore
from galley.models.account import (
    Evidence,
    PostsTold,
    Progress,
    ProgressKind,
    Receipt,
    TellPosts,
    Untold,
)
from galley.models.publishing import BufferPost
from tests.workflows.listening_post import kinds, listening

pytestmark = pytest.mark.server

IN_ORDER = (ProgressKind.CREATED, ProgressKind.PULLED_BACK, ProgressKind.SENT)


def _news(reply_to: str, *said: ProgressKind) -> tuple[Untold, ...]:
    return tuple(
        Untold(reply_to=reply_to, progress=Progress(job_id="key:c", kind=kind)) for kind in said
    )


def _receipt(key: str, revision: int = 1, evidence: Evidence = Evidence.REPLY) -> Receipt:
    post = BufferPost(id=f"buffer-{revision}", channel_id="c", status="scheduled")
    return Receipt(
        key=key,
        owner=f"post:{key}/run",
        post=post,
        evidence=evidence,
        revision=revision,
        recorded_at=datetime.now(UTC),
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


async def test_the_first_receipt_stays_and_an_edit_gets_one_of_its_own(
    temporal: Client, state_store: ObjectStore
) -> None:
    key = "key:told"
    first, again = _receipt(key), _receipt(key, 2)
    edit = _receipt(key, 3, Evidence.EDITED)

    told = await _tell(temporal, state_store, TellPosts(receipts=(first, again, edit)))

    assert told == PostsTold()
    kept = await state_store.get(f"receipts/{key}.json")
    assert Receipt.model_validate_json(kept or b"") == first
    assert await state_store.exists(f"receipts/{key}.r3.json")
