"""Clips are cut from a recording, for a post or for a person."""

import pytest
from temporalio import activity
from temporalio.client import Client, WorkflowFailureError
from temporalio.common import WorkflowIDReusePolicy
from temporalio.worker import Worker

from activities.interfaces import ClippingActivities, FittingActivities
from galley.clients.storage import ObjectStore
from galley.models.draft import DraftEdit
from galley.models.media import (
    ChooseClips,
    ChosenClips,
    Clip,
    ClipReply,
    ClipsInput,
    ClipsView,
    CutClip,
    MadeMedia,
    MediaKind,
    MediaMaker,
    StagedAsset,
)
from galley.models.media_orders import FitMedia
from galley.models.network import Platform
from galley.models.post import PostState
from galley.models.review import DecisionKind
from tests.bounded_worker import BoundedWorker
from tests.workflows.harness import Harness, decide, decision, open_harness, reaches, record
from tests.workflows.world import channel, spec
from workflows import ids
from workflows.clips import ClipsWorkflow
from workflows.post.workflow import PostWorkflow

pytestmark = pytest.mark.server

BEST = Clip(start=62, end=100.5, score=78, reasons=("+15 opens with a question",))
OTHER = Clip(start=10, end=40, score=50, reasons=("+8 ends with a whole sentence",))


class Cutter(ClippingActivities, FittingActivities):
    """Cuts without ffmpeg."""

    def __init__(self, *moments: Clip) -> None:
        self.moments = moments
        self.asked: list[ChooseClips] = []
        self.cut: list[Clip] = []

    @activity.defn
    async def choose_clips(self, task: ChooseClips) -> ChosenClips:
        self.asked.append(task)
        note = "" if self.moments else "Nobody speaks."
        return ChosenClips(clips=self.moments[: task.count], note=note)

    @activity.defn
    async def cut_clip(self, task: CutClip) -> ClipReply:
        self.cut.append(task.clip)
        digest = f"{round(task.clip.start):064x}"
        asset = StagedAsset(
            kind=MediaKind.VIDEO,
            mime="video/mp4",
            sha256=digest,
            size=1,
            width=1080,
            height=1920,
            duration=task.clip.seconds,
            staged_as=f"staging/{digest}.mp4",
        )
        return ClipReply(clip=task.clip, asset=asset)

    @activity.defn
    async def fit_media(self, task: FitMedia) -> MadeMedia:
        return MadeMedia(assets=task.assets)


def cutting(harness: Harness, cutter: Cutter) -> Worker:
    return BoundedWorker(
        harness.client,
        task_queue=ids.Queue.MEDIA.beside(harness.queue),
        activities=[cutter.choose_clips, cutter.cut_clip, cutter.fit_media],
    )


async def cut_clips(harness: Harness, **changes: object) -> ClipsView:
    start = ClipsInput(key=ids.campaign_key(harness.queue, 1), source=spec())
    handle = await harness.client.start_workflow(
        ClipsWorkflow.run,
        start.model_copy(update=changes),
        id=ids.clips_id(start.key),
        task_queue=harness.queue,
        id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
    )
    view = await handle.result()
    await record("cut", handle)
    return view


async def test_the_clips_of_a_recording_are_cut_in_the_order_of_their_scores(
    temporal: Client, state_store: ObjectStore
) -> None:
    cutter = Cutter(BEST, OTHER)
    async with (
        open_harness(temporal, state_store, channel("x-main")) as harness,
        cutting(harness, cutter),
    ):
        view = await cut_clips(harness)

        assert [reply.clip for reply in view.clips] == [BEST, OTHER]
        assert view.stage == "the clips are cut"
        assert cutter.asked[0].count == 3
        assert harness.buffer.calls == []


async def test_edges_that_a_person_gives_are_cut_and_nothing_is_chosen(
    temporal: Client, state_store: ObjectStore
) -> None:
    cutter, wanted = Cutter(BEST), Clip(start=1, end=9)
    async with (
        open_harness(temporal, state_store, channel("x-main")) as harness,
        cutting(harness, cutter),
    ):
        await cut_clips(harness, edges=(wanted,))

        assert (cutter.cut, cutter.asked) == ([wanted], [])


async def test_a_recording_without_moments_fails_with_the_reason(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with (
        open_harness(temporal, state_store, channel("x-main")) as harness,
        cutting(harness, Cutter()),
    ):
        with pytest.raises(WorkflowFailureError) as failed:
            await cut_clips(harness)

        assert "Nobody speaks" in str(failed.value.cause)


async def test_a_post_gets_the_best_clip_and_a_person_moves_its_edges(
    temporal: Client, state_store: ObjectStore
) -> None:
    cutter = Cutter(BEST, OTHER)
    async with (
        open_harness(temporal, state_store, channel("x-main")) as harness,
        cutting(harness, cutter),
    ):
        post = await harness.start_post(maker=MediaMaker.CLIP)
        first = await post.query(PostWorkflow.view)
        moved = Clip(start=62, end=90)
        edit = decision(DecisionKind.EDIT, edit=DraftEdit(clip=moved))
        second = await decide(post, edit)

        assert first.media_by is MediaMaker.CLIP
        assert first.draft is not None
        assert first.draft.text in cutter.asked[0].texts
        assert "1:02-1:40.5" in first.media_notes[0]
        assert "opens with a question" in first.media_notes[0]
        assert cutter.cut == [BEST, moved]
        assert (second.revision, second.state) == (2, PostState.IN_REVIEW)
        assert second.staged[0].duration == 28
        assert "as a person gave it" in second.media_notes[0]
        await decide(post, decision(DecisionKind.APPROVE, 2))
        await reaches(post, PostState.PUBLISHED)
        await record("with-clip", post)


async def test_a_network_without_videos_gets_no_clip_and_that_is_said(
    temporal: Client, state_store: ObjectStore
) -> None:
    cutter, place = Cutter(BEST), channel("place", Platform.GOOGLEBUSINESS)
    async with open_harness(temporal, state_store, place) as harness, cutting(harness, cutter):
        post = await harness.start_post(maker=MediaMaker.CLIP)
        view = await post.query(PostWorkflow.view)

        assert (view.staged, cutter.cut) == ((), [])
        assert "takes no video" in view.media_notes[0]
