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
"""Of each class and those below it; any other means that the command failed."""


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
    codes = (_CODES[kind] for kind in type(error).__mro__ if kind in _CODES)
    return next(codes, ExitCode.FAILED)
