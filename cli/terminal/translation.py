"""Turn errors that are expected into one sentence and an exit code."""

import errno

from app.errors import (
    AppError,
    InvalidRequestError,
    NotAuthorizedError,
    ServiceError,
)
from cli.terminal.failures import CommandError, ExitCode

_OF_APP: dict[type[AppError], ExitCode] = {
    InvalidRequestError: ExitCode.USAGE,
    ServiceError: ExitCode.REFUSED,
    NotAuthorizedError: ExitCode.UNAUTHORISED,
}
"""The other errors of the application layer are failures."""
# By name, so that no client library is loaded only to be compared with.
_BY_NAME = {
    "SourceError": ExitCode.USAGE,
    "WebError": ExitCode.REFUSED,
    "WhisperError": ExitCode.FAILED,
    "ReplicateFailure": ExitCode.REFUSED,
    "SetUpError": ExitCode.FAILED,
    "PayloadKeyError": ExitCode.FAILED,
    "SecretFileError": ExitCode.USAGE,
    "BadKeyError": ExitCode.UNAUTHORISED,
    "DraftApiError": ExitCode.REFUSED,
    "TemporalDeniedError": ExitCode.UNAUTHORISED,
    "TemporalSettingError": ExitCode.USAGE,
    "TemporalUnreachableError": ExitCode.REFUSED,
    "StoreDeniedError": ExitCode.UNAUTHORISED,
    "StoreError": ExitCode.REFUSED,
    "UnauthorizedError": ExitCode.UNAUTHORISED,
    "BufferApiError": ExitCode.REFUSED,
}
_BY_STATUS = {
    "UNAUTHENTICATED": ExitCode.UNAUTHORISED,
    "PERMISSION_DENIED": ExitCode.UNAUTHORISED,
    "UNAVAILABLE": ExitCode.REFUSED,
    "RESOURCE_EXHAUSTED": ExitCode.REFUSED,
    "DEADLINE_EXCEEDED": ExitCode.REFUSED,
}
_DISK = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM}


def explain(error: Exception) -> CommandError | None:
    """Return what to say of ``error``, or ``None`` if it is a mistake of ours."""
    if isinstance(error, AppError):
        return CommandError(str(error), _OF_APP.get(type(error), ExitCode.FAILED))
    names = [kind.__name__ for kind in type(error).__mro__]
    for name in names:
        if name in _BY_NAME:
            return CommandError(str(error), _BY_NAME[name])
    if "RPCError" in names:
        return _temporal(error)
    if {"SettingsError", "ValidationError"} & set(names):
        from galley.settings.wrong import wrong_setting

        said = wrong_setting(error)
        return CommandError(said, ExitCode.USAGE) if said else None
    if isinstance(error, OSError) and error.errno in _DISK:
        place = f" ({error.filename})" if error.filename else ""
        return CommandError(
            f"A file cannot be written{place}: {error.strerror}. Free some space or "
            "mend the permissions, then try again."
        )
    return None


def _temporal(error: Exception) -> CommandError:
    status = getattr(getattr(error, "status", None), "name", "")
    if status == "UNAVAILABLE":
        said = "Temporal went away: see whether it still runs, then try again."
    elif status in {"UNAUTHENTICATED", "PERMISSION_DENIED"}:
        said = "Temporal refused us: set TEMPORAL_API_KEY or TEMPORAL_PROFILE."
    elif status == "NOT_FOUND" and str(error).startswith("Namespace "):
        said = (
            f"Temporal has no such namespace ({error}): set TEMPORAL_NAMESPACE; "
            "`uv run starter.py setup` says how it is made."
        )
    elif status == "NOT_FOUND":
        said = f"Temporal does not know it: {error}."
    else:
        said = f"Temporal refused ({status.lower() or 'unknown reason'}): {error}."
    return CommandError(said, _BY_STATUS.get(status, ExitCode.FAILED))
