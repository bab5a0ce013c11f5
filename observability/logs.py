"""Logging of a worker, as text or JSON, with secrets taken out of every record."""

import json
import logging
import os
import re
import sys
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote, quote_plus

from pydantic import SecretStr
from pythonjsonlogger.json import JsonFormatter
from temporalio import activity, workflow
from temporalio.runtime import LogForwardingConfig, LoggingConfig, TelemetryFilter

from galley.redaction import TOKENS, terminal_safe, terminal_safe_json
from galley.settings import SECRETS_ELSEWHERE, Settings
from galley.settings.secret_files import secret_of

HIDDEN = "[redacted]"
# Characters; a shorter value is no secret, and hiding it would make logs unreadable.
_LEAST = 4
_NAMED = (
    r"authorization|proxy-authorization|cookie|set-cookie|password|passwd|secret"
    r"|signature|[\w-]{0,40}(?:api|access|secret|private)[-_]?key"
    r"|[\w-]{0,40}token|x-amz-[\w-]{1,60}"
)
_SHAPES = re.compile(
    "|".join(
        (
            r"(?P<scheme>(?i:\b(?:bearer|basic))\s+)[\w.~+/=:-]{6,}",
            (
                rf"(?P<name>(?i:\b(?:{_NAMED}))[\"']?\s*[:=]\s*[\"']?)"
                r"(?!(?i:bearer|basic)\s)[^\s\"'&,;}})]+"
            ),
            r"(?P<user>\b[a-z][a-z0-9+.-]{0,30}+://)[^\s/@]+@",
            TOKENS,
        )
    )
)


class Redaction:
    """Replaces secrets by a mark and leaves the rest readable."""

    def __init__(self, secrets: Iterable[str]) -> None:
        forms = {form for one in secrets if len(one) >= _LEAST for form in _forms(one)}
        # The longest first: one may be the beginning of another.
        ordered = sorted(forms, key=len, reverse=True)
        self._known = re.compile("|".join(map(re.escape, ordered))) if ordered else None

    def text(self, text: str) -> str:
        """Return the text without secrets."""
        if self._known is not None:
            text = self._known.sub(HIDDEN, text)
        return _SHAPES.sub(_hidden, text)

    def value(self, value: Any) -> Any:  # noqa: ANN401 - whatever a record carries
        """Return a value that a record carries beside its message, without secrets."""
        match value:
            case None | bool() | int() | float():
                return value
            case str():
                return self.text(value)
            case dict():
                return {self.text(str(k)): self.value(v) for k, v in value.items()}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType] - whatever a record carries
            case list() | tuple():
                return [self.value(one) for one in value]  # pyright: ignore[reportUnknownVariableType] - the same
            case _:
                return self.text(str(value))


def redaction_of(settings: Settings) -> Redaction:
    """Return the redaction of all secrets that the settings or the environment hold."""
    values = (getattr(settings, name) for name in type(settings).model_fields)
    own = [one.get_secret_value() for one in values if isinstance(one, SecretStr)]
    by_file = secret_of("TEMPORAL_API_KEY", os.environ) or ""
    held = (os.environ.get(name, "") for name in SECRETS_ELSEWHERE)
    return Redaction([*own, by_file, *held])


def _forms(secret: str) -> set[str]:
    """Return the forms of a secret in plain text, in an address and in JSON."""
    return {
        secret,
        quote(secret, safe=""),
        quote_plus(secret),
        repr(secret)[1:-1],
        json.dumps(secret)[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1],
    }


def _hidden(found: re.Match[str]) -> str:
    if found["user"]:
        return f"{found['user']}{HIDDEN}@"
    return f"{found['scheme'] or found['name'] or ''}{HIDDEN}"


_CORE = "temporalio.core"
_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime"}
_FROM_ACTIVITY = {
    "workflow_id": "workflow_id",
    "workflow_run_id": "run_id",
    "workflow_type": "workflow",
    "activity_type": "activity",
    "attempt": "attempt",
    "task_queue": "task_queue",
}
_FROM_WORKFLOW = {
    "workflow_id": "workflow_id",
    "run_id": "run_id",
    "workflow_type": "workflow",
    "attempt": "attempt",
    "task_queue": "task_queue",
}


def set_up_logging(settings: Settings) -> None:
    """Let every logger write to standard error, in the form the settings ask for."""
    is_json = settings.log == "json"
    handler = logging.StreamHandler(sys.stderr)
    handler.addFilter(Redacting(redaction_of(settings)))
    handler.setFormatter(JsonLines() if is_json else TextLines())
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    if is_json:  # the run and the attempt are fields of their own then
        workflow.logger.workflow_info_on_message = False
        activity.logger.activity_info_on_message = False


def logging_of_the_sdk() -> LoggingConfig:
    """Return a configuration by which the SDK's core writes to our loggers."""
    return LoggingConfig(
        filter=TelemetryFilter(core_level="WARN", other_level="ERROR"),
        forwarding=LogForwardingConfig(logger=logging.getLogger(_CORE)),
    )


class Redacting(logging.Filter):
    """Takes secrets out of a record: message, exception, and whatever it carries."""

    def __init__(self, redaction: Redaction) -> None:
        super().__init__()
        self._redaction = redaction

    def filter(self, record: logging.LogRecord) -> bool:
        """Change the record in place."""
        # Safe in place: there is one handler, and this is its filter.
        hide = self._redaction
        try:
            message = record.getMessage()
        except (TypeError, ValueError):
            message = str(record.msg)  # arguments that do not fit must not lose the line
        record.msg, record.args = hide.text(message), None
        if record.exc_info:
            record.exc_text = logging.Formatter().formatException(record.exc_info)
            record.exc_info = None
        record.exc_text = hide.text(record.exc_text) if record.exc_text else None
        record.stack_info = hide.text(record.stack_info) if record.stack_info else None
        for name in vars(record).keys() - _STANDARD:
            setattr(record, name, hide.value(getattr(record, name)))
        return True


class TextLines(logging.Formatter):
    """A line for each record, with its traceback indented below.

    Messages may quote strangers: no quote begins a line that looks like ours, and no
    terminal obeys it.
    """

    def format(self, record: logging.LogRecord) -> str:
        """Return the lines of a record."""
        lines = [f"{record.levelname} {record.getMessage()}".replace("\n", "\\n")]
        for more in (record.exc_text, record.stack_info):
            lines += [f"  {line}" for line in (more or "").splitlines()]
        return "\n".join(map(terminal_safe, lines))


class JsonLines(JsonFormatter):
    """One JSON object a line, with the run and the attempt it belongs to."""

    def __init__(self) -> None:
        super().__init__(json_ensure_ascii=False)  # pyright: ignore[reportUnknownMemberType] - its type of JSON encoders is open

    def format(self, record: logging.LogRecord) -> str:
        """Return the object, in characters that can be seen."""
        return terminal_safe_json(super().format(record))

    def add_fields(
        self, log_data: dict[str, Any], record: logging.LogRecord, message_dict: dict[str, Any]
    ) -> None:
        """Fill in the fields, in an order that reads well."""
        log_data["time"] = self.formatTime(record, "%Y-%m-%dT%H:%M:%S%z")
        log_data["level"] = record.levelname
        log_data["logger"] = record.name
        log_data["message"] = record.getMessage()
        for given, fields in (
            ("temporal_workflow", _FROM_WORKFLOW),
            ("temporal_activity", _FROM_ACTIVITY),
        ):
            told: dict[str, Any] = getattr(record, given, None) or {}
            log_data |= {to: told[name] for name, to in fields.items() if name in told}
        if error := record.exc_text or message_dict.get("exc_info"):
            log_data["exception"] = error
        if record.stack_info:
            log_data["stack"] = record.stack_info
