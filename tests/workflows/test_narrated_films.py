"""Films that are read aloud: said once, shown as long as it takes, or silent."""

from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest
from temporalio.client import Client
from temporalio.worker import Worker

from activities.generation.generating import GeneratingMedia
from activities.media.filming import Filming
from activities.media.fitting import MediaFitting
from galley.clients.storage import ObjectStore
from galley.media.captions import Frame
from galley.media.probe import probe
from galley.models import (
    DecisionKind,
    DraftEdit,
    MediaMaker,
    Platform,
    PostState,
    PostView,
)
from tests import replicate_emulator as there
from tests.generation import SPEECH, generator
from tests.workflows.desk import Desk, Post, decide, decision, open_desk, reaches, until
from tests.workflows.test_generated_media import waiting
from tests.workflows.world import channel
from workflows import ids
from workflows.post import PostWorkflow

pytestmark = pytest.mark.server

CHANNEL = channel("tiktok-main", Platform.TIKTOK)


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with there.replicate_emulator() as address:
        yield address


@pytest.fixture
def emulator(server: str) -> str:
    there.clear(server)
    return server


@pytest.fixture
async def generating(
    state_store: ObjectStore, emulator: str
) -> AsyncIterator[GeneratingMedia]:
    activities = generator(state_store, emulator)
    yield activities
    await activities.aclose()


@asynccontextmanager
async def cinema(
    client: Client, store: ObjectStore, generating: GeneratingMedia
) -> AsyncGenerator[Desk]:
    """Run a desk whose films are read aloud, shot and fitted for real."""
    async with open_desk(client, store, CHANNEL) as desk:
        filming = Worker(
            client,
            task_queue=ids.media_queue(desk.queue),
            activities=[
                MediaFitting(store).fit_media,
                Filming(store, frame=Frame(360, 640)).film_short,
            ],
        )
        async with waiting(desk, generating), filming:
            yield desk


async def filmed(desk: Desk) -> Post:
    view = await desk.start(media=MediaMaker.SHORT, narrate=True)
    return desk.post(view.posts[0].workflow_id)


async def view_of(post: Post) -> PostView:
    return await post.query(PostWorkflow.view)


async def test_a_film_is_read_aloud_and_the_reviewer_reads_what_is_said(
    temporal: Client,
    state_store: ObjectStore,
    emulator: str,
    generating: GeneratingMedia,
) -> None:
    before = len(there.bills(emulator))
    async with cinema(temporal, state_store, generating) as desk:
        view = await reaches(await filmed(desk), PostState.IN_REVIEW)

    (asset,) = view.staged
    assert view.media_by is MediaMaker.SHORT
    assert asset.origin is not None
    assert asset.origin.model == SPEECH
    assert view.media_notes[0].startswith(
        f"Read aloud by {SPEECH}: \N{LEFT DOUBLE QUOTATION MARK}"
    )
    assert not any("silent" in note for note in view.media_notes)
    seen = probe(await state_store.get(asset.staged_as) or b"")
    assert seen.has_sound
    assert len(there.bills(emulator)) == before + 1


async def test_what_the_model_will_not_say_leaves_a_silent_film_and_says_so(
    temporal: Client,
    state_store: ObjectStore,
    emulator: str,
    generating: GeneratingMedia,
) -> None:
    before = len(there.predictions(emulator))
    there.order(emulator, "flagged")
    async with cinema(temporal, state_store, generating) as desk:
        view = await reaches(await filmed(desk), PostState.IN_REVIEW)

    assert view.media_by is MediaMaker.SHORT
    assert view.media_notes[0].startswith(
        "There is no generated speech: the model will"
    )
    assert "silent" in view.media_notes[1]
    assert len(there.predictions(emulator)) == before + 1


async def test_a_film_of_other_words_is_said_anew(
    temporal: Client,
    state_store: ObjectStore,
    emulator: str,
    generating: GeneratingMedia,
) -> None:
    before = len(there.predictions(emulator))
    async with cinema(temporal, state_store, generating) as desk:
        post = await filmed(desk)
        first = await reaches(post, PostState.IN_REVIEW)
        edit = DraftEdit(text="It sails at ten.")
        await decide(post, decision(DecisionKind.EDIT, edit=edit))
        anew = await until(
            lambda: view_of(post),
            lambda view: view.revision == 2 and view.state is PostState.IN_REVIEW,
            seconds=60,
        )

    assert "It sails at ten." in anew.media_notes[0]
    assert anew.staged[0].sha256 != first.staged[0].sha256
    assert len(there.predictions(emulator)) == before + 2
