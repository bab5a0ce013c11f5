"""How a command ends: exit codes, and errors that are one clear sentence."""

from enum import IntEnum


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
