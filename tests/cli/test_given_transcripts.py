"""The transcript of a recording, as a person gives it on the command line."""

from dataclasses import replace
from pathlib import Path
from shutil import copy

import pytest

from cli.starting.given_transcripts import find_transcript
from cli.starting.submission import difference, digest, prepare
from cli.starting.wishes import Wishes
from cli.terminal.failures import CommandError
from galley.models import SourceKind
from galley.settings import Settings
from galley.sources.errors import SourceError
from tests.cli.running import starter
from tests.hearing import FERRY
from tests.ports import free_port

WORDS = "WEBVTT\n\n00:01.000 --> 00:02.000\nThe old harbour.\n"


@pytest.fixture
def talk(tmp_path: Path) -> Path:
    return Path(copy(FERRY, tmp_path / "talk.ogg"))


def test_what_lies_beside_the_recording_is_used_and_said(
    talk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert find_transcript(None, talk, is_heard=False) is None
    talk.with_suffix(".srt").write_text("1\n00:00:01,000 --> 00:00:02,000\nHarbour.\n")
    talk.with_suffix(".vtt").write_text(WORDS)

    found = find_transcript(None, talk, is_heard=False)

    assert found is not None
    assert (found.name, found.data) == ("talk.vtt", WORDS.encode())
    assert "The words are those of talk.vtt" in capsys.readouterr().err
    assert find_transcript(None, talk, is_heard=True) is None


def test_a_transcript_of_a_longer_film_is_refused_before_anything_is_uploaded(
    talk: Path, tmp_path: Path
) -> None:
    words = tmp_path / "other.vtt"
    words.write_text(WORDS.replace("00:0", "00:4"))

    with pytest.raises(SourceError, match=r"other\.vtt goes on until 0:42\.000"):
        find_transcript(words, talk, is_heard=False)


def test_a_recording_at_an_address_takes_a_transcript_of_this_machine(
    tmp_path: Path,
) -> None:
    words = tmp_path / "talk.de.vtt"
    words.write_text(WORDS)

    found = find_transcript(words, None, is_heard=False)

    assert found is not None
    assert found.language == "de"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--transcript", "none.vtt"], "There is no transcript none.vtt"),
        (["--transcript", "."], "There is no transcript ."),
        (["--transcript", "bad.vtt"], "line 3: the cue ends before it begins"),
        (["--transcript", "bad.vtt", "--transcribe"], "not both"),
    ],
)
def test_what_cannot_be_used_is_one_sentence_and_exit_code_2(
    arguments: list[str], said: str, talk: Path
) -> None:
    bad = WORDS.replace("00:02", "00:00")
    talk.with_name("bad.vtt").write_text(bad)
    nowhere = f"127.0.0.1:{free_port()}"

    done = starter(
        talk.parent, "clips", talk.name, *arguments, TEMPORAL_ADDRESS=nowhere
    )

    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_a_campaign_of_a_recording_takes_its_transcript(
    talk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(talk.parent)
    words = talk.with_name("other.de.vtt")
    words.write_text(WORDS)
    wishes = Wishes(source=str(talk), media="clip", transcript=words)

    prepared = prepare(wishes, Settings())

    source = prepared.start.source
    assert (source.kind, source.transcript_language) == (SourceKind.RECORDING, "de")
    assert prepared.words is not None
    assert source.transcript == prepared.words.sha256
    # The recording is the same source, with or without; the campaign is not.
    heard = prepare(replace(wishes, transcript=None), Settings()).start
    assert heard.key == prepared.start.key
    assert digest(heard) != digest(prepared.start)
    assert difference(heard, prepared.start) == ["--transcript"]


def test_the_address_of_a_page_with_a_transcript_is_read_as_a_recording(
    talk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(talk.parent)
    words = talk.with_suffix(".vtt")
    words.write_text(WORDS)

    prepared = prepare(
        Wishes(source="https://example.com/talk", transcript=words), Settings()
    )

    assert prepared.start.source.kind is SourceKind.RECORDING


def test_a_transcript_of_what_is_no_recording_is_refused(
    talk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(talk.parent)
    words = talk.with_suffix(".vtt")
    words.write_text(WORDS)
    talk.with_name("article.md").write_text("# Harbours\n\nOld ones.\n")

    with pytest.raises(CommandError, match="goes with a recording"):
        prepare(Wishes(source="article.md", transcript=words), Settings())
