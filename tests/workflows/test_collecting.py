"""What `media gc` deletes beside real posts: nothing that one of them needs."""

import hashlib
from datetime import UTC, datetime, timedelta

import pytest
from temporalio.client import Client

from app.errors import AppError
from app.records.media_collection import POSTS, JudgedMedium, Scope, delete_free, judge, list_media
from galley.clients.claims import append_receipt
from galley.clients.storage import ObjectStore
from galley.clients.stores.buckets import Stores
from galley.models.account import Evidence, Receipt, ReceiptKind
from galley.models.media import MediaKind, StagedAsset
from galley.models.post import PostState
from galley.models.publishing import BufferPost, UnsentPost
from galley.models.review import DecisionKind
from galley.records.collection import SAFE_AGE, Verdict
from tests.workflows.harness import decide, decision, open_harness, until
from tests.workflows.test_clips import BEST, Cutter, cut_clips, cutting
from tests.workflows.world import channel

pytestmark = pytest.mark.server

NOW = datetime.now(UTC)
MARGIN = timedelta(days=30)
NONE = 'WorkflowId="none"'
LATER = NOW + SAFE_AGE + timedelta(hours=1)


def digest(said: bytes) -> str:
    return hashlib.sha256(said).hexdigest()


async def put(stores: Stores, said: bytes) -> str:
    """Stage something and make it public; its hash."""
    found = digest(said)
    await stores.state.put_if_absent(f"staging/{found}.jpg", said, "image/jpeg")
    public = f"media/{found[:2]}/{found}.jpg"
    await stores.media.put_if_absent(public, said, "image/jpeg")
    return found


async def verdicts(
    client: Client, stores: Stores, posts: str, now: datetime, *unsent: UnsentPost
) -> dict[str, Verdict]:
    """Return the verdict of each staged and each public object, by its hash."""
    found = await judged(client, stores, posts, now, *unsent)
    return {one.stored.name[-68:-4]: one.verdict for one in found}


async def judged(
    client: Client,
    stores: Stores,
    posts: str,
    now: datetime,
    *unsent: UnsentPost,
    clips: str = NONE,
) -> list[JudgedMedium]:
    listed = await list_media(stores)
    times = Scope(now, MARGIN, posts, clips)
    return await judge(client, stores.state, listed, list(unsent), times)


async def test_only_media_that_no_post_needs_are_deleted(
    temporal: Client, state_store: ObjectStore, media_store: ObjectStore
) -> None:
    stores = Stores(state_store, media_store)
    mine, orphan, queued = [await put(stores, said) for said in (b"1", b"2", b"3")]
    waiting = UnsentPost(id="b1", addresses=(f"https://cdn.example/media/ab/{queued}.jpg",))
    async with open_harness(temporal, state_store, channel("x-main")) as harness:
        harness.studio.picture = picture(mine)
        harness.studio.media_on.add("x-main")
        # The server has posts of other tests, whose workers are gone.
        own = f'{POSTS} AND WorkflowId STARTS_WITH "post:{harness.campaign().key}"'
        post = await harness.start_post()

        young = await verdicts(temporal, stores, own, NOW, waiting)
        found = await judged(temporal, stores, own, LATER, waiting)
        # Put again between the look and the deletion: somebody wants it.
        again = await put_again(stores, orphan)
        gone = await delete_free(found)

        assert young == {mine: Verdict.NEEDED, orphan: Verdict.YOUNG, queued: Verdict.NEEDED}
        assert [one.stored.name for one in gone] == [f"staging/{orphan}.jpg"]
        assert await stores.media.exists(again)
        await decide(post, decision(DecisionKind.REJECT))
        await post.result()
        ended = PostState.REJECTED.value
        await until(lambda: count(temporal, post.id, ended), lambda found: found == 1, 60)

        just_ended = await verdicts(temporal, stores, own, LATER)
        long_ended = await verdicts(temporal, stores, own, NOW + MARGIN + SAFE_AGE)

    assert just_ended[mine] is Verdict.NEEDED
    assert long_ended[mine] is Verdict.FREE


async def test_nothing_is_judged_while_a_post_cannot_be_asked(
    temporal: Client, state_store: ObjectStore, media_store: ObjectStore
) -> None:
    strange = UnsentPost(id="b9", addresses=("https://buffer.example/copies/1.jpg",))
    receipt = Receipt(
        key="k",
        owner="o",
        kind=ReceiptKind.CREATED,
        post=BufferPost(id="b9", channel_id="c", status="scheduled"),
        evidence=Evidence.REPLY,
        recorded_at=NOW,
    )
    stores, own = Stores(state_store, media_store), 'WorkflowId="none"'
    assert await judged(temporal, stores, own, NOW, strange) == []
    await append_receipt(state_store, receipt)

    with pytest.raises(AppError, match=r"not ours\. Nothing was deleted"):
        await judged(temporal, stores, own, NOW, strange)


async def test_clips_of_a_finished_run_are_kept_for_as_long_as_media_of_posts(
    temporal: Client, state_store: ObjectStore, media_store: ObjectStore
) -> None:
    stores = Stores(state_store, media_store)
    async with open_harness(temporal, state_store, channel("x-main")) as harness:
        cutter = Cutter(BEST)
        async with cutting(harness, cutter):
            view = await cut_clips(harness, count=1)
        (clip,) = view.clips
        await state_store.put_if_absent(clip.asset.staged_as, b"clip", "video/mp4")
        own = f'WorkflowId="{view.clips_id}" AND ExecutionStatus="Completed"'
        await until(lambda: temporal.count_workflows(own), lambda found: found.count == 1, 60)

        soon = await judged(temporal, stores, NONE, LATER, clips=own)
        late = await judged(temporal, stores, NONE, NOW + MARGIN + SAFE_AGE, clips=own)

    assert [one.verdict for one in soon] == [Verdict.NEEDED]
    assert [one.verdict for one in late] == [Verdict.FREE]


async def test_orders_are_kept_for_as_long_as_their_post_is(
    temporal: Client, state_store: ObjectStore, media_store: ObjectStore
) -> None:
    stores = Stores(state_store, media_store)
    async with open_harness(temporal, state_store, channel("x-main")) as harness:
        key = harness.campaign().key
        post = await harness.start_post()
        own = f'WorkflowId="{post.id}"'
        mine, other = post.id.removeprefix("post:").replace(":", "/", 1), "k/gone"
        for folder in (mine, other):
            name = f"generated/{folder}/{key[:12].ljust(16, '0')}.1.order"
            await state_store.put_if_absent(name, b"{}", "application/json")
        await until(lambda: temporal.count_workflows(own), lambda found: found.count == 1, 60)

        found = await judged(temporal, stores, own, LATER)
        await decide(post, decision(DecisionKind.REJECT))

    assert {one.stored.name.split("/")[-2]: one.verdict for one in found} == {
        mine.split("/")[-1]: Verdict.NEEDED,
        "gone": Verdict.FREE,
    }


async def put_again(stores: Stores, found: str) -> str:
    name = f"media/{found[:2]}/{found}.jpg"
    _, version = await stores.media.read_versioned(name)
    assert await stores.media.replace(name, b"2", "image/jpeg", version)
    return name


async def count(client: Client, workflow_id: str, state: str) -> int:
    found = await client.count_workflows(
        f'WorkflowId="{workflow_id}" AND GalleyState="{state}" AND ExecutionStatus="Completed"'
    )
    return found.count


def picture(found: str) -> StagedAsset:
    return StagedAsset(
        kind=MediaKind.IMAGE,
        mime="image/jpeg",
        sha256=found,
        size=1,
        width=1,
        height=1,
        staged_as=f"staging/{found}.jpg",
    )
