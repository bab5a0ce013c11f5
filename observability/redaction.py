"""Take out of a log what must not stand in it: our secrets, and what looks like one."""

import json
import os
import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote, quote_plus

from pydantic import SecretStr

from galley.settings import Settings
from galley.settings.secret_files import secret_of
from galley.token_shapes import TOKENS

HIDDEN = "[redacted]"
_LEAST = 4
"""A shorter value is no secret, and taking it out would make logs unreadable."""
_ELSEWHERE = ("AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "TEMPORAL_API_KEY")
"""Secrets that other programs' settings hold; ours are in :class:`Settings`."""
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
    """Replaces secrets by a mark; what is left can be read as before."""

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
        """Return the same of what a record carries beside its message."""
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
    """Return what takes out every secret that the settings or the environment hold."""
    values = (getattr(settings, name) for name in type(settings).model_fields)
    own = [one.get_secret_value() for one in values if isinstance(one, SecretStr)]
    by_file = secret_of("TEMPORAL_API_KEY", os.environ) or ""
    held = (os.environ.get(name, "") for name in _ELSEWHERE)
    return Redaction([*own, by_file, *held])


def _forms(secret: str) -> set[str]:
    """Return a secret as it stands in a text, in an address and in JSON."""
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
