"""Recordings to texts: the real ffmpeg, the real model."""

from pathlib import Path

import pytest
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities.sources.documents import SourceReading
from activities.sources.transcription import Transcribing
from galley.clients.storage import ObjectStore
from galley.models.source import (
    CutRecording,
    CutReply,
    Engine,
    JoinTranscript,
    SourceDocument,
    SourceRef,
    SourceSpec,
    TranscribePart,
)
from galley.settings import Settings
from galley.sources.identity import spec_for
from galley.sources.recordings import audio_name
from tests.hearing import FERRY, FERRY_SECONDS, PAUSES, whisper_model
from tests.serving import answering, serving

pytestmark = pytest.mark.server

ARTICLE = b"<html><body><p>A page about the night ferry.</p></body></html>"


def settings(model: str, *hosts: str) -> Settings:
    return Settings.model_construct(
        transcribe="local", whisper_model=model, fetch_private_hosts=hosts
    )


async def unheard(
    state: ObjectStore, spec: SourceSpec, told: Settings
) -> tuple[Transcribing, SourceRef]:
    reading = SourceReading(state, told)
    source = await ActivityEnvironment().run(reading.read_source, spec)
    return Transcribing(state, told, part_seconds=9), source


async def cut(transcribing: Transcribing, source: SourceRef) -> CutReply:
    task = CutRecording(source=source, name="ferry.ogg")
    return await ActivityEnvironment().run(transcribing.cut_recording, task)


async def test_an_uploaded_recording_becomes_a_text_whose_words_have_their_times(
    state_store: ObjectStore,
) -> None:
    spec = uploaded(FERRY)
    await state_store.put_file(f"uploads/{spec.upload}", FERRY, "audio/ogg")
    transcribing, source = await unheard(state_store, spec, settings(whisper_model()))
    assert (source.words, source.title) == (0, "ferry")

    reply = await cut(transcribing, source)
    assert reply.engine is Engine.LOCAL
    assert reply.seconds == pytest.approx(FERRY_SECONDS, abs=0.1)
    for part in reply.parts:
        task = TranscribePart(part=part, model=reply.model)
        await ActivityEnvironment().run(transcribing.transcribe_part, task)
    heard = await joined(state_store, transcribing, source, reply)

    assert "one ferry" in heard.text
    assert "built a bridge" in heard.text
    assert heard.language == "en"
    bridge = next(cue for cue in heard.cues if "built a bridge" in cue.text)
    assert PAUSES[1] < bridge.end < PAUSES[3]
    assert heard.cues[-1].start > PAUSES[2]  # in the second part
    assert "bridge" not in reply.model_dump_json()
    # The sound was copied to be transcribed, and is not kept.
    assert not [p for p in reply.parts if await state_store.exists(audio_name(p))]


async def joined(
    state: ObjectStore, transcribing: Transcribing, source: SourceRef, reply: CutReply
) -> SourceDocument:
    task = JoinTranscript(source=source, parts=reply.parts, model=reply.model)
    whole = await ActivityEnvironment().run(transcribing.join_transcript, task)
    assert whole.recording is None
    data = await state.get(f"sources/{whole.sha256}.json")
    return SourceDocument.model_validate_json(data or b"")


def uploaded(file: Path) -> SourceSpec:
    from app.campaigns.sources import spec_of_recording

    return spec_of_recording(file)


async def test_a_part_that_was_transcribed_is_not_transcribed_again(
    state_store: ObjectStore,
) -> None:
    spec = uploaded(FERRY)
    await state_store.put_file(f"uploads/{spec.upload}", FERRY, "audio/ogg")
    transcribing, source = await unheard(state_store, spec, settings("no/model"))
    reply = await cut(transcribing, source)
    task = TranscribePart(part=reply.parts[0], model=reply.model)
    with pytest.raises(ApplicationError, match="cannot be loaded") as failed:
        await ActivityEnvironment().run(transcribing.transcribe_part, task)
    assert (failed.value.type, failed.value.non_retryable) == ("TranscriptionError", True)

    from galley.sources.recordings import transcript_name

    await state_store.put_if_absent(
        transcript_name(task.part, task.model), b"{}", "application/json"
    )

    await ActivityEnvironment().run(transcribing.transcribe_part, task)


async def test_a_recording_is_fetched_from_its_address(state_store: ObjectStore) -> None:
    sound = answering(FERRY.read_bytes(), content_type="audio/ogg")
    async with serving(sound) as host:
        spec = spec_for(f"http://{host}/ferry.ogg")
        transcribing, source = await unheard(state_store, spec, settings("m", host))
        reply = await cut(transcribing, source)

    assert reply.seconds == pytest.approx(FERRY_SECONDS, abs=0.1)


async def test_a_page_that_turns_out_to_be_a_recording_is_one(state_store: ObjectStore) -> None:
    sound = answering(FERRY.read_bytes(), content_type="audio/ogg")
    async with serving(sound) as host:
        spec = spec_for(f"http://{host}/episodes/7")
        _, source = await unheard(state_store, spec, settings("m", host))

    assert source.recording is not None
    assert source.recording.url == spec.url


async def test_a_recording_that_turns_out_to_be_a_page_is_refused(state_store: ObjectStore) -> None:
    async with serving(answering(ARTICLE)) as host:
        spec = spec_for(f"http://{host}/ferry.ogg")
        transcribing, source = await unheard(state_store, spec, settings("m", host))
        with pytest.raises(ApplicationError, match="not a recording") as failed:
            await cut(transcribing, source)

    assert failed.value.non_retryable


async def test_a_recording_on_a_private_address_is_not_fetched(state_store: ObjectStore) -> None:
    spec = spec_for("http://169.254.169.254/latest.mp3")
    transcribing, source = await unheard(state_store, spec, settings("m"))

    with pytest.raises(ApplicationError, match="private address") as failed:
        await cut(transcribing, source)

    assert failed.value.non_retryable


async def test_without_a_transcriber_a_recording_is_refused_with_what_to_do(
    state_store: ObjectStore,
) -> None:
    with pytest.raises(ApplicationError, match="set GALLEY_TRANSCRIBE") as failed:
        await unheard(state_store, uploaded(FERRY), Settings.model_construct())

    assert (failed.value.type, failed.value.non_retryable) == ("SourceError", True)


async def test_a_part_whose_sound_is_gone_is_said_so(state_store: ObjectStore) -> None:
    spec = uploaded(FERRY)
    await state_store.put_file(f"uploads/{spec.upload}", FERRY, "audio/ogg")
    transcribing, source = await unheard(state_store, spec, settings("m"))
    reply = await cut(transcribing, source)
    await state_store.delete(audio_name(reply.parts[0]))
    task = TranscribePart(part=reply.parts[0], model=reply.model)

    with pytest.raises(ApplicationError, match="start the campaign again"):
        await ActivityEnvironment().run(transcribing.transcribe_part, task)
