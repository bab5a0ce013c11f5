"""A source, and the transcript that a person gives with it."""

from pathlib import Path
from shutil import copy

import pytest

from app.campaigns.sources import (
    find_recording,
    read_source,
    read_transcript,
    spec_of_recording,
    transcript_beside,
)
from app.campaigns.start import CampaignRequest, campaign_input, difference, digest
from app.clips import ClipsRequest, cut_clips
from app.connections import Connections, open_client
from app.errors import InvalidRequestError
from galley.media.recording import MAX_BYTES
from galley.models.campaign import CampaignInput
from galley.models.options import CampaignOptions
from galley.models.source import SourceKind
from galley.settings import Settings
from galley.sources.text import SourceError
from tests.hearing import FERRY

WORDS = "WEBVTT\n\n00:01.000 --> 00:02.000\nThe old harbour.\n"


@pytest.fixture
def talk(tmp_path: Path) -> Path:
    return Path(copy(FERRY, tmp_path / "talk.ogg"))


def started(source: str, transcript: Path | None) -> CampaignInput:
    request = CampaignRequest(read_source(source, transcript), CampaignOptions())
    return campaign_input(request, Settings())


def test_a_recording_is_known_by_its_bytes() -> None:
    path = find_recording(str(FERRY))
    assert path is not None

    spec = spec_of_recording(path)

    assert (spec.kind, spec.name) == (SourceKind.RECORDING, "ferry.ogg")
    assert spec.upload is not None


@pytest.mark.parametrize(
    "argument", ["https://example.com/7.mp3", "article.md", "no-such-file.mp3"]
)
def test_what_is_no_recording_of_this_machine_is_read_as_before(argument: str) -> None:
    assert find_recording(argument) is None


def test_a_file_that_is_only_called_a_recording_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "fake.mp3"
    file.write_text("#EXTM3U\n")

    with pytest.raises(InvalidRequestError, match="but is none"):
        find_recording(str(file))


def test_a_recording_that_is_too_large_is_refused_unread(tmp_path: Path) -> None:
    file = tmp_path / "large.mp4"
    with file.open("wb") as into:
        into.truncate(MAX_BYTES + 1)

    with pytest.raises(InvalidRequestError, match="larger than 2000 MB"):
        find_recording(str(file))


# Transcripts


def test_a_transcript_lies_beside_its_recording(talk: Path) -> None:
    assert transcript_beside(talk) is None
    talk.with_suffix(".srt").write_text("1\n00:00:01,000 --> 00:00:02,000\nHarbour.\n")
    talk.with_suffix(".vtt").write_text(WORDS)

    beside = transcript_beside(talk)

    assert beside is not None
    assert beside == talk.with_suffix(".vtt")
    assert read_transcript(beside, talk).data == WORDS.encode()


def test_a_transcript_of_a_longer_film_is_refused_before_anything_is_uploaded(
    talk: Path, tmp_path: Path
) -> None:
    words = tmp_path / "other.vtt"
    words.write_text(WORDS.replace("00:0", "00:4"))

    with pytest.raises(SourceError, match=r"other\.vtt goes on until 0:42\.000"):
        read_transcript(words, talk)


def test_a_recording_at_an_address_takes_a_transcript_of_this_machine(tmp_path: Path) -> None:
    words = tmp_path / "talk.de.vtt"
    words.write_text(WORDS)

    assert read_transcript(words, None).language == "de"


def test_a_campaign_of_a_recording_takes_its_transcript(
    talk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(talk.parent)
    words = talk.with_name("other.de.vtt")
    words.write_text(WORDS)

    start, heard = started(str(talk), words), started(str(talk), None)

    source = start.source
    assert (source.kind, source.transcript_language) == (SourceKind.RECORDING, "de")
    assert source.transcript == read_transcript(words, talk).sha256
    # The recording is the same source, with or without; the campaign is not.
    assert heard.key == start.key
    assert digest(heard) != digest(start)
    assert difference(heard, start) == ["transcript"]


def test_the_address_of_a_page_with_a_transcript_is_read_as_a_recording(talk: Path) -> None:
    words = talk.with_suffix(".vtt")
    words.write_text(WORDS)

    source = read_source("https://example.com/talk", words)

    assert source.spec.kind is SourceKind.RECORDING


def test_a_transcript_of_what_is_no_recording_is_refused(talk: Path) -> None:
    words = talk.with_suffix(".vtt")
    words.write_text(WORDS)
    article = talk.with_name("article.md")
    article.write_text("# Harbours\n\nOld ones.\n")

    with pytest.raises(InvalidRequestError, match="goes with a recording"):
        read_source(str(article), words)


async def test_a_text_that_is_to_be_cut_into_clips_is_called_no_recording(tmp_path: Path) -> None:
    notes = tmp_path / "notes.md"
    notes.write_text("Words, and no sound.")
    source, opened = read_source(str(notes)), Connections(Settings(), open_client)

    with pytest.raises(InvalidRequestError, match="is no recording"):
        await cut_clips(opened, source, ClipsRequest())
