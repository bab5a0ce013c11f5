"""Clips of a recording whose transcript a person gives: nothing is transcribed."""

import hashlib
import subprocess
from pathlib import Path

import pytest
from temporalio.client import Client, WorkflowFailureError
from temporalio.exceptions import ApplicationError

from activities.media.clips import Clipping
from activities.sources.documents import SourceReading
from app.campaigns.sources import spec_of_recording
from galley.clients.storage import ObjectStore
from galley.media.captions import Frame
from galley.media.ffmpeg import find_ffmpeg
from galley.media.probe import probe
from galley.media.recording import seconds_of
from galley.models.media import ClipsInput, ClipsView
from galley.models.source import SourceDocument, SourceSpec
from galley.settings import Settings
from tests.bounded_worker import BoundedWorker
from tests.hearing import FERRY
from workflows import ids
from workflows.clips import ClipsWorkflow

pytestmark = pytest.mark.server

WORDS = """1
00:00:00,200 --> 00:00:02,000
The old harbour had one ferry.

2
00:00:02,200 --> 00:00:06,800
Why did nobody ask what seven ferries would do?

3
00:00:07,100 --> 00:00:{last}
It was so.
"""


@pytest.fixture(scope="module")
def talk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("talk") / "talk.mp4"
    # fmt: off
    subprocess.run(  # noqa: S603 -- a fixed command
        [find_ffmpeg(None), "-nostdin", "-loglevel", "error", "-f", "lavfi",
         "-i", "testsrc=s=320x180:r=25", "-i", str(FERRY), "-t", "8",
         "-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac", str(file)],
        check=True,
    )
    # fmt: on
    return file


async def _put(state: ObjectStore, talk: Path, words: str) -> SourceSpec:
    """Upload a recording and its transcript; return the source that they are."""
    spec, data = spec_of_recording(talk), words.encode()
    given = hashlib.sha256(data).hexdigest()
    await state.put_file(f"uploads/{spec.upload}", talk, "video/mp4")
    await state.put_if_absent(f"uploads/{given}", data, "text/plain")
    return spec.model_copy(update={"transcript": given, "transcript_language": "en"})


async def _clips(temporal: Client, state: ObjectStore, spec: SourceSpec) -> ClipsView:
    """Cut clips on a machine that cannot transcribe."""
    settings = Settings.model_construct(fetch_private_hosts=())
    key = hashlib.sha256(f"{spec.transcript} {id(state)}".encode()).hexdigest()[:12]
    reading = SourceReading(state, settings)
    clipping = Clipping(state, settings, Frame(180, 320))
    cutting = [clipping.choose_clips, clipping.cut_clip]
    async with (
        BoundedWorker(
            temporal, task_queue=key, workflows=[ClipsWorkflow], activities=[reading.read_source]
        ),
        BoundedWorker(temporal, task_queue=ids.Queue.MEDIA.beside(key), activities=cutting),
    ):
        return await temporal.execute_workflow(
            ClipsWorkflow.run,
            ClipsInput(key=key, source=spec, count=1, least=4, most=8),
            id=ids.clips_id(key),
            task_queue=key,
        )


async def test_moments_and_captions_are_those_of_the_transcript_and_nothing_is_heard(
    temporal: Client, state_store: ObjectStore, talk: Path
) -> None:
    spec = await _put(state_store, talk, WORDS.format(last="09,000"))

    view = await _clips(temporal, state_store, spec)

    assert view.source is not None
    assert view.source.recording is None
    data = await state_store.get(f"sources/{view.source.sha256}.json")
    document = SourceDocument.model_validate_json(data or b"")
    assert [cue.start for cue in document.cues] == [0.2, 2.2, 7.1]
    assert (document.title, document.language) == ("talk", "en")
    (cut,) = view.clips
    film = probe(await state_store.get(cut.asset.staged_as) or b"")
    assert cut.notes == ()
    # The last cue is shown for longer than the recording runs.
    assert cut.clip.end <= (seconds_of(talk) or 0)
    # Without a brand or a title that somebody gave, nothing stands on an end card.
    assert film.duration == pytest.approx(cut.clip.seconds, abs=0.1)


async def test_a_transcript_that_goes_on_after_the_recording_is_refused_at_the_cut(
    temporal: Client, state_store: ObjectStore, talk: Path
) -> None:
    spec = await _put(state_store, talk, WORDS.format(last="19,000"))

    with pytest.raises(WorkflowFailureError) as failed:
        await _clips(temporal, state_store, spec)

    cause = failed.value.cause.__cause__
    assert isinstance(cause, ApplicationError)
    assert cause.non_retryable
    assert "goes on until 0:19.000" in cause.message
