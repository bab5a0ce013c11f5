"""A campaign is erased: no word of it is left, and its source posts nothing twice."""

import asyncio
import hashlib
import io
import zipfile
from datetime import UTC, datetime

import pytest
from temporalio.api.common.v1 import Payload
from temporalio.client import Client
from temporalio.common import RawValue
from temporalio.testing import ActivityEnvironment

from activities.records.run_records import Auditing
from app.errors import ConflictError
from app.records.audit_pack import pack_campaign
from app.records.erasure import erase, require_sent
from app.records.erasure_scope import find_target
from galley.clients.claims import append_receipt
from galley.clients.storage import ObjectStore
from galley.clients.stores.buckets import Stores
from galley.models.account import Evidence, Receipt, ReceiptKind
from galley.models.draft import PieceForm, PieceInput
from galley.models.media import MediaKind, StagedAsset
from galley.models.post import PostState
from galley.models.publishing import BufferPost
from galley.models.records import Erasure, KeepRecords
from galley.models.review import DecisionKind
from galley.records.erasure import Target
from tests.workflows.harness import (
    Harness,
    decide,
    decision,
    go_on,
    open_harness,
    reaches,
    told,
    until,
)
from tests.workflows.test_audit import keeper, keeping
from tests.workflows.world import channel, spec
from workflows import ids
from workflows.piece import PieceWorkflow
from workflows.voice import VoiceWorkflow

pytestmark = pytest.mark.server

CHANNELS = (channel("x-out"), channel("x-no"))
WORDS = (b"A title", b"off topic", b"Kim")
ERASURE = Erasure(at=datetime.now(UTC), by="kim")
BROKEN = RawValue(Payload(metadata={"encoding": b"json/plain"}, data=b"{broken"))


def picture(said: bytes) -> StagedAsset:
    digest = hashlib.sha256(said).hexdigest()
    return StagedAsset(
        kind=MediaKind.IMAGE,
        mime="image/jpeg",
        sha256=digest,
        size=1,
        width=1,
        height=1,
        staged_as=f"staging/{digest}.jpg",
    )


async def put(stores: Stores, asset: StagedAsset) -> None:
    public = f"media/{asset.sha256[:2]}/{asset.sha256}.jpg"
    await stores.state.put_if_absent(asset.staged_as, b"1", "image/jpeg")
    await stores.media.put_if_absent(public, b"1", "image/jpeg")


async def left(store: ObjectStore) -> dict[str, bytes]:
    return {name: await store.get(name) or b"" for name in await store.names("")}


async def lived(harness: Harness, stores: Stores) -> str:
    """Publish one post with a picture, and reject another; the campaign's key."""
    view = await harness.start()
    out, no = (harness.post(one.workflow_id) for one in view.posts)
    for post in (out, no):
        await reaches(post, PostState.IN_REVIEW)
    key = view.campaign_id.partition(":")[2]
    with pytest.raises(ConflictError, match="has not ended"):
        await erase(harness.client, stores, Target(key), ERASURE)
    await out.signal("approve", BROKEN)
    # Bytes, which every converter reads, and no record can hold.
    await out.signal("approve", b"\x00\xff")
    await decide(out, decision(DecisionKind.APPROVE, note="Kim likes it"))
    await decide(no, decision(DecisionKind.REJECT, note="off topic"))
    await out.result()
    await no.result()
    await until(
        lambda: harness.store.names(f"receipts/{key}"), lambda found: ".sent." in str(found)
    )
    return key


async def is_looked_over(harness: Harness, store: ObjectStore) -> None:
    """Have somebody look for what ended: nothing is kept anew."""
    names = await store.names("audit/")
    handle = await keeping(harness)
    await until(lambda: told(handle), lambda history: b'"kept":0' in history)
    await handle.terminate()
    assert await store.names("audit/") == names
    assert len(names) == 3


async def started_again(harness: Harness, anew: Client) -> None:
    """Start the same source in a server that never knew of it, and approve all."""
    again = Harness(anew, harness.store, harness.buffer, queue=harness.queue)
    async with again.worker():
        view, _ = await asyncio.gather(again.start(), go_on(again))
        for planned in view.posts:
            post = again.post(planned.workflow_id)
            await reaches(post, PostState.IN_REVIEW)
            await decide(post, decision(DecisionKind.APPROVE))
            await reaches(post, PostState.PUBLISHED, PostState.HELD)
        await again.stop_account()


async def lessons_left(harness: Harness) -> int:
    voice = harness.client.get_workflow_handle_for(
        VoiceWorkflow.run, ids.voice_id(f"@{harness.organization_id}")
    )
    return len((await voice.query(VoiceWorkflow.view)).lessons)


async def test_no_word_of_an_erased_campaign_is_left_and_nothing_goes_out_twice(
    temporal: Client, impatient: Client, state_store: ObjectStore, media_store: ObjectStore
) -> None:
    stores = Stores(state_store, media_store)
    own, shared = picture(b"own"), picture(b"shared")
    async with (
        open_harness(temporal, state_store, *CHANNELS) as harness,
        keeper(harness, state_store),
    ):
        harness.studio.picture = own
        harness.studio.media_on.add("x-out")
        await put(stores, own)
        await put(stores, shared)
        key = await lived(harness, stores)
        await until(lambda: lessons_left(harness), bool)
        # The answer that the posts were written from; the studio stores none.
        written = f"sets/{key}/{'0' * 64}.json"
        await state_store.put_if_absent(written, WORDS[0], "application/json")
        with zipfile.ZipFile(
            io.BytesIO((await pack_campaign(temporal, state_store, key)).data)
        ) as z:
            assert z.read(f"sets/{'0' * 64}.json") == WORDS[0]
        before = await left(state_store)

        looked = await erase(temporal, stores, Target(key), None)
        assert await left(state_store) == before
        target = await find_target(temporal, state_store, key)
        done = await erase(temporal, stores, target, ERASURE)

        assert [o.stored for o in looked.gone] == [o.stored for o in done.gone]
        gone = {one.stored.name for one in done.gone} - {written}
        assert (len(done.gone) - len(gone), {name[-68:-4] for name in gone}) == (1, {own.sha256})
        assert ([*done.lessons.values()], done.runs) == ([1], 3)
        assert await lessons_left(harness) == 0
        await is_looked_over(harness, state_store)
        kept = await left(state_store)
        assert [w for w in WORDS for data in kept.values() if w in data] == []
        assert shared.staged_as in kept
        pack = await pack_campaign(temporal, state_store, key)
        assert f"post:{key}:x-out was erased on" in " ".join(pack.gaps)

    await started_again(harness, impatient)
    channels = [post.channel_id for post in harness.buffer.posts.values()]
    assert sorted(channels) == ["x-no", "x-out"]


async def test_a_longer_text_is_erased_though_temporal_forgot_its_run(
    temporal: Client, impatient: Client, state_store: ObjectStore, media_store: ObjectStore
) -> None:
    stores = Stores(state_store, media_store)
    async with open_harness(temporal, state_store, channel("x-out")) as harness:
        campaign = ids.campaign_key(harness.queue, 1)
        key = ids.piece_key(campaign, PieceForm.BLOG)
        given = PieceInput(key=key, source=spec(), form=PieceForm.BLOG)
        view = await harness.client.execute_workflow(
            PieceWorkflow.run, given, id=ids.piece_id(key), task_queue=harness.queue
        )
        assert view.piece is not None
        await state_store.put_if_absent(view.piece.name, b"Words", "text/markdown")
        kept = KeepRecords(task_queue=harness.queue)
        auditing = Auditing(temporal, state_store)
        await ActivityEnvironment().run(auditing.keep_records, kept)
        # Another server never knew of it.
        target = await find_target(impatient, state_store, campaign)
        done = await erase(impatient, stores, target, ERASURE)
        # Nor does the one that does have its words kept anew.
        await ActivityEnvironment().run(auditing.keep_records, kept)

    assert target == Target(campaign)
    assert [one.stored.name for one in done.gone] == [view.piece.name]
    objects = await left(state_store)
    (buried,) = (name for name in objects if name.startswith("audit/"))
    assert buried.startswith(f"audit/{campaign}/piece.blog.")
    assert [name for name, data in objects.items() if b"A title" in data] == []


async def test_what_buffer_did_not_send_yet_is_not_erased(state_store: ObjectStore) -> None:
    receipt = Receipt(
        key="ab:x",
        owner="post:ab:x",
        kind=ReceiptKind.CREATED,
        post=BufferPost(id="b1", channel_id="x", status="scheduled"),
        evidence=Evidence.REPLY,
        recorded_at=ERASURE.at,
    )
    await append_receipt(state_store, receipt)

    await require_sent(state_store, Target("ab"), {"b2"})
    with pytest.raises(ConflictError, match="did not send it"):
        await require_sent(state_store, Target("ab"), {"b1"})
