"""Each error of the application layer ends a command with one sentence and code."""

import pytest

from app import errors
from app.errors import AppError
from cli.errors import CommandError, ExitCode, explain
from galley.clients.replicate_http import ReplicateFailure
from galley.clients.transcribers import WhisperError

CODES = {
    errors.AppError: ExitCode.FAILED,
    errors.InvalidRequestError: ExitCode.USAGE,
    errors.NotFoundError: ExitCode.FAILED,
    errors.ConflictError: ExitCode.FAILED,
    errors.ServiceError: ExitCode.REFUSED,
    errors.NotAuthorizedError: ExitCode.UNAUTHORISED,
}


@pytest.mark.parametrize("kind", CODES)
def test_a_class_of_errors_has_one_exit_code(kind: type[AppError]) -> None:
    told = explain(kind("Set the key."))

    assert told is not None
    assert (str(told), told.code) == ("Set the key.", CODES[kind])


def test_a_second_start_with_other_options_is_wrong_usage_and_names_flags() -> None:
    found = "the text piece:ab, written"
    differences = ("brief", "posting.networks.x", "review.approval")

    error = errors.OtherOptionsError(found, differences, 3, "to write it once more")

    told = explain(error)
    assert told is not None
    assert told.code is ExitCode.USAGE
    assert str(told) == (
        "This source already has the text piece:ab, written with other values for "
        "--brief, --options, --approve: add --edition 3 to write it once more."
    )


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


def test_a_mistake_of_ours_is_not_explained_away() -> None:
    assert explain(KeyError("workflow_id")) is None


def test_an_error_of_the_command_line_stays_as_it_is() -> None:
    error = CommandError("Give --text or --file, not both.", ExitCode.USAGE)

    assert explain(error) is error
