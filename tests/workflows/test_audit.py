"""What ended is kept, and a campaign can be told from it when Temporal is lost."""

import asyncio
import io
import json
import zipfile
from typing import Any

import pytest
from temporalio.client import Client, WorkflowHandle
from temporalio.worker import Worker

from activities.records.run_records import Auditing
from app.records.audit_pack import faults_of, pack_campaign
from galley.clients.storage import ObjectStore
from galley.models.draft import DraftEdit
from galley.models.post import PostState
from galley.models.records import AuditInput
from galley.models.review import ChangeKind, ChangeRequest, DecisionKind
from tests.bounded_worker import BoundedWorker
from tests.stores import NewStore
from tests.workflows.harness import (
    Harness,
    decide,
    decision,
    go_on,
    open_harness,
    reaches,
    record,
    until,
)
from tests.workflows.world import channel
from workflows import ids
from workflows.records import AuditWorkflow

pytestmark = pytest.mark.server

CHANNELS = tuple(channel(f"x-{name}") for name in ("edit", "again", "no", "back"))


async def pack_of(client: Client, store: ObjectStore, key: str) -> bytes:
    return (await pack_campaign(client, store, key)).data


def opened(pack: bytes) -> dict[str, Any]:
    with zipfile.ZipFile(io.BytesIO(pack)) as files:
        return {name: json.loads(files.read(name)) for name in files.namelist()}


async def keeping(harness: Harness, **changes: object) -> WorkflowHandle[AuditWorkflow, None]:
    start = AuditInput(every_seconds=0.2).model_copy(update=changes)
    return await harness.client.start_workflow(
        AuditWorkflow.run, start, id=ids.audit_id(harness.queue), task_queue=harness.queue
    )


def keeper(harness: Harness, store: ObjectStore) -> Worker:
    return BoundedWorker(
        harness.client,
        task_queue=ids.Queue.NOTIFICATIONS.beside(harness.queue),
        activities=[Auditing(harness.client, store).keep_records],
    )


async def lived(harness: Harness) -> str:
    """Carry a campaign through an edit, a new draft, a rejection and a retraction."""
    view = await harness.start()
    edit, again, no, back = (harness.post(one.workflow_id) for one in view.posts)
    for post in (edit, again, no, back):
        await reaches(post, PostState.IN_REVIEW)
    said = decision(DecisionKind.EDIT, edit=DraftEdit(text="Kim's own words."))
    await decide(edit, said)
    await decide(edit, decision(DecisionKind.APPROVE, 2, note="good"))
    await decide(again, decision(DecisionKind.REGENERATE, note="shorter"))
    await reaches(again, PostState.IN_REVIEW)
    await decide(again, decision(DecisionKind.APPROVE, 2))
    await decide(no, decision(DecisionKind.REJECT, note="off topic"))
    request = ChangeRequest(kind=ChangeKind.RETRACT, by="kim", note="too early")
    await back.execute_update("change", request)  # pyright: ignore[reportUnknownMemberType] - one overload of the SDK is partly untyped
    for post in (edit, again, no, back):
        await post.result()
    campaign = harness.client.get_workflow_handle(view.campaign_id)
    await campaign.result()
    return view.campaign_id.partition(":")[2]


async def kept(store: ObjectStore, count: int) -> None:
    await until(lambda: store.names("audit/"), lambda found: len(found) >= count, seconds=60)


async def test_a_campaign_can_be_told_from_its_pack_with_temporal_or_without(
    temporal: Client, impatient: Client, state_store: ObjectStore
) -> None:
    async with (
        open_harness(temporal, state_store, *CHANNELS) as harness,
        keeper(harness, state_store),
    ):
        key = await lived(harness)
        live = await pack_of(temporal, state_store, key)
        handle = await keeping(harness)
        await kept(state_store, 5)
        await handle.terminate()
        await record("kept", handle)

        with_both = await pack_of(temporal, state_store, key)
        # Another server, which never knew of it.
        without = await pack_of(impatient, state_store, key)

    assert faults_of(live) == []
    assert live == with_both == without
    files = opened(without)
    stories = {
        name.split("/")[1]: story for name, story in files.items() if name.endswith("story.json")
    }
    edited = stories["x-edit"]
    assert edited["state"] == "published"
    assert edited["revisions"][1]["draft"]["text"] == "Kim's own words."
    assert edited["revisions"][1]["by"] == "person:kim"
    assert [(one["kind"], one["by"]) for one in edited["said"]] == [
        ("edit", "kim"),
        ("approve", "kim"),
    ]
    assert (edited["revision"], edited["approved_revision"]) == (2, 2)
    (sent,) = edited["sent"]
    assert sent["request"]["text"] == "Kim's own words."
    assert files["posts/x-edit/claim.json"]["digest"] == sent["digest"]
    kinds = {name.split(".")[-2]: one for name, one in files.items() if "x-edit/receipt." in name}
    assert {"created", "sent"} <= kinds.keys()
    assert kinds["created"]["post"]["id"] == edited["buffer_post_id"]
    assert len(stories["x-again"]["revisions"]) == 2
    assert stories["x-again"]["said"][0]["note"] == "shorter"
    assert stories["x-no"]["state"] == "rejected"
    assert stories["x-no"]["said"][0]["note"] == "off topic"
    assert stories["x-back"]["state"] == "retracted"
    assert stories["x-back"]["changes"][0]["note"] == "too early"
    assert stories["x-back"]["sent"] == []


async def test_records_are_written_once_and_a_second_look_adds_none(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with (
        open_harness(temporal, state_store, CHANNELS[2]) as harness,
        keeper(harness, state_store),
    ):
        view = await harness.start()
        post = harness.post(view.posts[0].workflow_id)
        await reaches(post, PostState.IN_REVIEW)
        await decide(post, decision(DecisionKind.REJECT))
        await post.result()
        handle = await keeping(harness, events_per_run=24)
        await kept(state_store, 2)
        before = {one.name: one.version for one in await state_store.listing("audit/")}
        first = temporal.get_workflow_handle(handle.id, run_id=handle.first_execution_run_id)

        async def ended() -> str:
            return str((await first.describe()).status)

        await until(ended, lambda found: "CONTINUED" in found.upper() or found == "6")
        await temporal.get_workflow_handle(handle.id).terminate()
        await record("continued", first)

        after = {one.name: one.version for one in await state_store.listing("audit/")}
        assert after == before
        assert len(after) == 2


async def test_when_temporal_is_lost_the_same_source_posts_nothing_twice(
    temporal: Client, impatient: Client, state_store: ObjectStore, new_store: NewStore
) -> None:
    async with open_harness(temporal, state_store, *CHANNELS[:2]) as harness:
        view = await harness.start()
        sent, open_one = (harness.post(one.workflow_id) for one in view.posts)
        for post in (sent, open_one):
            await reaches(post, PostState.IN_REVIEW)
        await decide(sent, decision(DecisionKind.APPROVE))
        await sent.result()
        key = view.campaign_id.partition(":")[2]
        await until(
            lambda: state_store.names(f"receipts/{key}"), lambda found: ".sent." in str(found)
        )
        await open_one.terminate()
    # The bucket is put back from its copy, and Temporal begins with nothing.
    restored = await new_store("restored")
    for one in await state_store.names(""):
        data = await state_store.get(one)
        await restored.put_if_absent(one, data or b"", "application/json")
    anew = Harness(impatient, restored, harness.buffer, queue=harness.queue)
    async with anew.worker():
        again, _ = await asyncio.gather(anew.start(), go_on(anew))
        for planned in again.posts:
            post = anew.post(planned.workflow_id)
            await reaches(post, PostState.IN_REVIEW)
            await decide(post, decision(DecisionKind.APPROVE))
            await reaches(post, PostState.PUBLISHED, PostState.HELD)
        pack = await pack_of(impatient, restored, key)
        await anew.stop_account()

    channels = [post.channel_id for post in harness.buffer.posts.values()]
    assert sorted(channels) == sorted(one.id for one in CHANNELS[:2])
    assert faults_of(pack) == []


async def test_what_only_left_a_claim_is_said_to_be_lost(
    impatient: Client, state_store: ObjectStore
) -> None:
    claim = b'{"key": "abcd:c1", "digest": "d"}'
    await state_store.put_if_absent("claims/abcd:c1.json", claim, "application/json")

    pack = await pack_campaign(impatient, state_store, "abcd")

    assert opened(pack.data)["posts/c1/claim.json"] == json.loads(claim)
    assert any("post:abcd:c1 used its key" in gap for gap in pack.gaps)
