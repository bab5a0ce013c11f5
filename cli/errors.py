"""How a command ends: one clear sentence, and an exit code that scripts may rely on.

The errors of the application layer are mapped to exit codes here and nowhere else.
"""

from enum import IntEnum

from app.errors import (
    AppError,
    InvalidOptionError,
    InvalidRequestError,
    NotAuthorizedError,
    OtherOptionsError,
    ServiceError,
    app_error,
)


class ExitCode(IntEnum):
    """What scripts may rely on."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    REFUSED = 3
    """An outside service said no, or does not answer."""
    UNAUTHORISED = 4
    INTERRUPTED = 130


class CommandError(Exception):
    """Ends the command; the text is one sentence that says what to do next."""

    def __init__(self, message: str, code: ExitCode = ExitCode.FAILED) -> None:
        super().__init__(message)
        self.code = code


def usage(message: str) -> CommandError:
    """Return the error for arguments that cannot be right."""
    return CommandError(message, ExitCode.USAGE)


_FLAGS = {
    "platforms": "--platform",
    "channels": "--channel",
    "review.approval": "--approve",
    "media.maker": "--media",
    "posting.link_cards": "--options",
    "posting.delivery.save_to_draft": "--draft",
    "posting.delivery.scheduling_type": "--reminder",
}
"""Options that are not called like the last part of their name."""
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
    return None if told is None else explained(told)


def explained(error: AppError | CommandError) -> CommandError:
    """Return how a command ends that meets this error: its sentence and exit code."""
    if isinstance(error, CommandError):
        return error
    return CommandError(_words(error), exit_code(error))


def _words(error: AppError) -> str:
    if isinstance(error, InvalidOptionError):
        return error.told(flag_of)
    if not isinstance(error, OtherOptionsError):
        return str(error)
    flags = tuple(dict.fromkeys(map(flag_of, error.differences)))
    return error.told(flags, f"add --edition {error.next_edition}")


def flag_of(option: str) -> str:
    """Return the flag of ``start`` that says an option, such as ``timing.every``."""
    if option.startswith("posting.networks."):
        return "--options"
    last = option.rpartition(".")[2].replace("_", "-")
    return _FLAGS.get(option, f"--{last}")


def exit_code(error: AppError) -> ExitCode:
    """Return how a command ends that meets this error."""
    codes = (_CODES[kind] for kind in type(error).__mro__ if kind in _CODES)
    return next(codes, ExitCode.FAILED)
