"""The errors that the application layer raises; a face maps each class once.

The text of each is one sentence for a person.
"""

import errno
import re
from collections.abc import Callable

from app.advice import Action, Advice

_OPTION = re.compile(r"\{([a-z_.]+)\}")


class AppError(Exception):
    """A request could not be carried out.

    The text names no command of a face; ``advice`` holds the next step as data.
    """

    def __init__(self, message: str, action: Action | None = None, name: str = "") -> None:
        super().__init__(message)
        self.advice = Advice(action=action, name=name) if action else None


class InvalidRequestError(AppError):
    """The request itself is wrong: an invalid value, or two that exclude each other."""


class NotFoundError(AppError):
    """Nothing has the name that was given."""


class ConflictError(AppError):
    """The request does not fit the state of the thing it names."""


class InvalidOptionError(InvalidRequestError):
    """Options of a campaign that exclude each other, or that cannot be kept.

    A face may name the options as its users know them: see :meth:`told`.
    """

    def __init__(self, sentence: str) -> None:
        """Take a sentence that names options as ``{timing.every}``."""
        self.sentence = sentence
        super().__init__(self.told(str))

    def told(self, name_of: Callable[[str], str]) -> str:
        """Return the sentence with each option called as ``name_of`` says."""
        return _OPTION.sub(lambda found: name_of(found[1]), self.sentence)


class OtherOptionsError(InvalidRequestError):
    """The source has a campaign, or a text, that was started with other options.

    Attributes:
        found: What it has, in words.
        differences: The options, as ``timing.every``.
        next_edition: The edition that would do the same once more.
        again: What that would do, as "to post it once more".
    """

    def __init__(
        self, found: str, differences: tuple[str, ...], next_edition: int, again: str
    ) -> None:
        self.found = found
        self.differences = differences
        self.next_edition = next_edition
        self.again = again
        super().__init__(self.told(differences, f"start edition {next_edition}"))

    def told(self, named: tuple[str, ...], advice: str) -> str:
        """Return the sentence, with the options named as a face names them."""
        return (
            f"This source already has {self.found} with other values for "
            f"{', '.join(named)}: {advice} {self.again}."
        )


class ServiceError(AppError):
    """An outside service refused the request, or does not answer."""


class NoWorkerError(ServiceError):
    """No worker answered in time: nothing can be read of a run, and nothing asked of it."""

    def __init__(self, message: str = "No worker answers.") -> None:
        super().__init__(message, Action.START_WORKER)


class NotAuthorizedError(AppError):
    """An outside service does not accept the credentials in the settings."""


# By name, so that no client library is loaded only to be compared with.
_BY_NAME: dict[str, type[AppError]] = {
    "SourceError": InvalidRequestError,
    "WebError": ServiceError,
    "WhisperError": AppError,
    "ReplicateFailure": ServiceError,
    "SetUpError": AppError,
    "PayloadKeyError": AppError,
    "SecretFileError": InvalidRequestError,
    "EnvFileError": InvalidRequestError,
    "BadKeyError": NotAuthorizedError,
    "ModelError": ServiceError,
    "TemporalDeniedError": NotAuthorizedError,
    "TemporalSettingError": InvalidRequestError,
    "LocalStackStoppedError": ServiceError,
    "TemporalUnreachableError": ServiceError,
    "StoreDeniedError": NotAuthorizedError,
    "StoreError": ServiceError,
    "UnauthorizedError": NotAuthorizedError,
    "BufferApiError": ServiceError,
}
_ACTIONS = {"LocalStackStoppedError": Action.START_LOCAL_STACK}
_BY_STATUS: dict[str, type[AppError]] = {
    "NOT_FOUND": NotFoundError,
    "UNAUTHENTICATED": NotAuthorizedError,
    "PERMISSION_DENIED": NotAuthorizedError,
    "UNAVAILABLE": ServiceError,
    "RESOURCE_EXHAUSTED": ServiceError,
    "DEADLINE_EXCEEDED": ServiceError,
}
_DISK = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM}


def app_error(error: Exception) -> AppError | None:
    """Return the application error for an error that is expected.

    Errors of the engine and its clients pass through the layer as they are; a face
    calls this at its edge. ``None`` means a mistake of ours.
    """
    if isinstance(error, AppError):
        return error
    names = [kind.__name__ for kind in type(error).__mro__]
    for name in names:
        if name in _BY_NAME:
            return _BY_NAME[name](str(error), _ACTIONS.get(name))
    if "RPCError" in names:
        return _temporal_error(error)
    if {"SettingsError", "ValidationError"} & set(names):
        from galley.settings.secret_files import wrong_setting

        said = wrong_setting(error)
        return InvalidRequestError(said) if said else None
    if isinstance(error, OSError) and error.errno in _DISK:
        place = f" ({error.filename})" if error.filename else ""
        return AppError(
            f"A file cannot be written{place}: {error.strerror}. Free some space or "
            "correct the permissions, then try again."
        )
    return None


def _temporal_error(error: Exception) -> AppError:
    status = getattr(getattr(error, "status", None), "name", "")
    if status == "UNAVAILABLE":
        said = "Temporal does not answer any more: check that it runs, then try again."
    elif status in {"UNAUTHENTICATED", "PERMISSION_DENIED"}:
        said = "Temporal refused the credentials: set TEMPORAL_API_KEY or TEMPORAL_PROFILE."
    elif status == "NOT_FOUND" and str(error).startswith("Namespace "):
        said = f"Temporal has no such namespace ({error}): make it, or set TEMPORAL_NAMESPACE."
        return AppError(said, Action.SET_UP)
    elif status == "NOT_FOUND":
        said = f"Temporal does not know it: {error}."
    else:
        said = f"Temporal refused ({status.lower() or 'unknown reason'}): {error}."
    return _BY_STATUS.get(status, AppError)(said)
