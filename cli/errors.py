"""The end of a command that fails: one sentence, the next command, and an exit code.

The errors of the application layer are mapped to exit codes here and nowhere else, and so are
the actions that it advises to commands.
"""

import re
from enum import IntEnum
from typing import TYPE_CHECKING

from app.advice import Action, Advice
from app.errors import (
    AppError,
    InvalidOptionError,
    InvalidRequestError,
    NotAuthorizedError,
    OtherOptionsError,
    ServiceError,
    app_error,
)

if TYPE_CHECKING:
    from galley.models.account import PauseScope


class ExitCode(IntEnum):
    """The exit codes that scripts may rely on."""

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
    "media.attached": "--attach",
    "posting.link_cards": "--options",
    "posting.delivery.save_to_draft": "--draft",
    "posting.delivery.scheduling_type": "--reminder",
}
"""Flags that are not called like the last part of their option's name."""
_CODES: dict[type[AppError], ExitCode] = {
    InvalidRequestError: ExitCode.USAGE,
    ServiceError: ExitCode.REFUSED,
    NotAuthorizedError: ExitCode.UNAUTHORISED,
}
"""Of each class and its subclasses; any other means that the command failed."""
_COMMANDS = {
    Action.START_LOCAL_STACK: "up",
    Action.SET_UP: "setup",
    Action.EXAMINE: "doctor",
    Action.SEE_STATUS: "status",
    Action.LOG_IN: "auth login",
    Action.TEST_NOTIFICATIONS: "notify test",
    Action.LIST_POSTS: "list",
    Action.LIST_FEEDS: "feeds list",
    Action.LIST_LESSONS: "voice show",
    Action.SHOW: "show {}",
    Action.EXPLAIN: "why {}",
    Action.APPROVE: "approve {}",
    Action.EDIT: "edit {} --approve",
    Action.REGENERATE: "regenerate {}",
    Action.REVISE: 'regenerate {} --note "what to change"',
    Action.REJECT: "reject {}",
    Action.RESCHEDULE: 'reschedule {} --at "tomorrow 9:00"',
    Action.PUBLISH_NOW: "reschedule {} --mode shareNow",
    Action.MOVE_TO_TOP: "move {} --top",
    Action.RETRACT: "retract {}",
    Action.REDRIVE: "redrive {}",
    Action.RESUME: "resume",
    Action.START_AGAIN: "start SOURCE --edition {edition}",
}
"""The command of each action, after ``galley``."""


def explain(error: Exception) -> CommandError | None:
    """Return how a command ends that meets ``error``; ``None`` if it is a mistake of ours."""
    if isinstance(error, CommandError):
        return error
    told = app_error(error)
    return None if told is None else explained(told)


def explained(error: AppError | CommandError) -> CommandError:
    """Return the end of a command that meets this error: its sentence and exit code."""
    if isinstance(error, CommandError):
        return error
    words = _words(error)
    if error.advice is not None:
        words = f"{words} Next: {command_of(error.advice)}"
    return CommandError(words, exit_code(error))


def command_of(advice: Advice, called: str = "") -> str:
    """Return the command that carries out an advised action; empty if none does.

    Args:
        advice: The action, and the ID of what it is carried out on.
        called: What the person calls that, if it is not its ID.
    """
    if advice.action is None:
        return ""
    if advice.action is Action.START_WORKER:
        return "galley-worker"
    options = scope_options(advice.scope) if advice.scope else ""
    edition = _edition_of(advice.name) + 1
    return (
        f"galley {_COMMANDS[advice.action].format(called or advice.name, edition=edition)}{options}"
    )


def _edition_of(name: str) -> int:
    """Return the edition in a post's or campaign's ID, ``campaign:3fb6aabbccdd-2``."""
    found = re.match(r"\w+:[^:-]+-(\d+)(?::|$)", name)
    return int(found[1]) if found else 1


def scope_options(scope: "PauseScope") -> str:
    """Return the options by which a command names this scope, each after a space."""
    options = {
        "platform": scope.platform,
        "channel": scope.channel_id,
        "campaign": scope.campaign_key,
    }
    return "".join(f" --{name} {value}" for name, value in options.items() if value)


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
    """Return the exit code of a command that meets this error."""
    codes = (_CODES[kind] for kind in type(error).__mro__ if kind in _CODES)
    return next(codes, ExitCode.FAILED)
