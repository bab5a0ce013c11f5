"""Map the application's errors to exit codes; the only place that does."""

from app.errors import (
    AppError,
    InvalidRequestError,
    NotAuthorizedError,
    ServiceError,
    app_error,
)
from cli.terminal.failures import CommandError, ExitCode

_CODES: dict[type[AppError], ExitCode] = {
    InvalidRequestError: ExitCode.USAGE,
    ServiceError: ExitCode.REFUSED,
    NotAuthorizedError: ExitCode.UNAUTHORISED,
}
"""Every other class means that the command failed."""


def explain(error: Exception) -> CommandError | None:
    """Return what to say of ``error``, or ``None`` if it is a mistake of ours."""
    if isinstance(error, CommandError):
        return error
    told = app_error(error)
    if told is None:
        return None
    return CommandError(str(told), exit_code(told))


def exit_code(error: AppError) -> ExitCode:
    """Return how a command ends that meets this error."""
    return _CODES.get(type(error), ExitCode.FAILED)
