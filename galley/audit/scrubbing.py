"""Take out what must never stand in a record: secrets, and addresses that are one."""

import re

from pydantic import JsonValue

from galley.token_shapes import TOKENS

_GONE = "[taken out]"
_SECRETS = re.compile(rf"{TOKENS}|\bBearer\s+[\w.~+/=-]{{12,}}")
_ADDRESS = re.compile(r"https?://[^\s\"'<>]*+", re.IGNORECASE)
_SIGNED = re.compile(
    r"@|replicate\.delivery|api\.replicate\.com|hooks\.slack\.com"
    r"|[?&](?:X-Goog-|X-Amz-|Signature=|sig=|token=|access_token=|key=)",
    re.IGNORECASE,
)


def scrubbed(value: JsonValue) -> JsonValue:
    """Return the value without secrets and without addresses of providers.

    None of them gets into a history in the first place; this holds if one ever does.
    """
    match value:
        case str():
            return _SECRETS.sub(_GONE, _ADDRESS.sub(_unsigned, value))
        case list():
            return [scrubbed(one) for one in value]
        case dict():
            return {key: scrubbed(one) for key, one in value.items()}
        case _:
            return value


def _unsigned(address: re.Match[str]) -> str:
    return _GONE if _SIGNED.search(address[0]) else address[0]
