"""What ``clips`` says of the transcript of a recording."""

from pathlib import Path
from shutil import copy

import pytest

from tests.cli.running import starter
from tests.hearing import FERRY
from tests.ports import free_port

WORDS = "WEBVTT\n\n00:01.000 --> 00:02.000\nThe old harbour.\n"


@pytest.fixture
def talk(tmp_path: Path) -> Path:
    return Path(copy(FERRY, tmp_path / "talk.ogg"))


def test_what_lies_beside_the_recording_is_used_and_said(talk: Path) -> None:
    talk.with_suffix(".vtt").write_text(WORDS)
    nowhere = f"127.0.0.1:{free_port()}"

    used = starter(talk.parent, "clips", talk.name, TEMPORAL_ADDRESS=nowhere)
    heard = starter(talk.parent, "clips", talk.name, "--transcribe", TEMPORAL_ADDRESS=nowhere)

    assert "The words come from talk.vtt" in used.stderr
    assert "talk.vtt" not in heard.stderr


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

    done = starter(talk.parent, "clips", talk.name, *arguments, TEMPORAL_ADDRESS=nowhere)

    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert "Traceback" not in done.stderr
