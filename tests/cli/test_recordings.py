from pathlib import Path

import pytest

from cli.starting.recordings import find_recording, spec_of_recording
from cli.terminal.failures import CommandError, ExitCode
from cli.terminal.translation import explain
from galley.clients.replicate import ReplicateFailure
from galley.clients.whisper import WhisperError
from galley.media.sound import MAX_BYTES
from galley.models import SourceKind
from tests.hearing import FERRY


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

    with pytest.raises(CommandError, match="but is none"):
        find_recording(str(file))


def test_a_recording_that_is_too_large_is_refused_unread(tmp_path: Path) -> None:
    file = tmp_path / "large.mp4"
    with file.open("wb") as into:
        into.truncate(MAX_BYTES + 1)

    with pytest.raises(CommandError, match="larger than 2000 MB"):
        find_recording(str(file))


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (WhisperError("Set GALLEY_WHISPER_MODEL."), ExitCode.FAILED),
        (ReplicateFailure("Set REPLICATE_API_TOKEN."), ExitCode.REFUSED),
    ],
    ids=["local", "replicate"],
)
def test_the_doctor_can_tell_what_is_wrong_with_a_transcriber(
    error: Exception, code: ExitCode
) -> None:
    told = explain(error)

    assert told is not None
    assert (str(told), told.code) == (str(error), code)
