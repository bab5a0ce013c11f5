"""The files of clips: what is said of them is what their captions show."""

from pathlib import Path

import pytest
from temporalio.client import Client

from activities.sources.documents import store_document
from activities.staging import stage
from app.clips import write_clips
from app.connections import Connections
from galley.clients.storage import ObjectStore
from galley.media.probe import probe
from galley.models.media import Clip, ClipReply, ClipsView
from galley.models.source import Cue, SourceDocument, SourceKind
from galley.settings import Settings
from tests.media.footage import film

pytestmark = pytest.mark.server


async def _nobody() -> Client:
    raise AssertionError("nothing of Temporal is needed")


@pytest.mark.parametrize(
    ("language", "said"),
    [("en", "The ferry, came at nine."), (None, "the ferry, uh, came at nine.")],
)
async def test_the_words_of_a_clip_are_those_of_its_captions(
    state_store: ObjectStore, tmp_path: Path, language: str | None, said: str
) -> None:
    cues = (
        Cue(start=0, end=1, text="So,"),
        Cue(start=1.2, end=4, text="the ferry, uh, came at nine."),
    )
    document = SourceDocument(
        kind=SourceKind.RECORDING, title="talk", text="-", cues=cues, language=language
    )
    source = await store_document(state_store, document, 100)
    data = film(tmp_path / "talk.mp4", (90, 160), 4).read_bytes()
    asset = await stage(state_store, data, probe(data))
    reply = ClipReply(clip=Clip(start=1.1, end=4), asset=asset)
    view = ClipsView(clips_id="clips:1", stage="done", source=source, clips=(reply,))
    connections = Connections(Settings.model_construct(), _nobody)
    connections.__dict__["state"] = state_store

    written = await write_clips(connections, view, "talk.mp4", tmp_path / "clips")

    assert written.clips[0].said == said
