"""Take out what must never stand in a record: secrets, and addresses that are one."""

import re

from pydantic import JsonValue

from galley.token_shapes import TOKENS

_GONE = "[taken out]"
_SECRETS = re.compile(rf"{TOKENS}|\bBearer\s+[\w.~+/=-]{{12,}}")
_ADDRESSES = re.compile(
    r"https?://[^\s\"'<>]*(?:"
    r"@|replicate\.delivery|api\.replicate\.com|hooks\.slack\.com"
    r"|[?&](?:X-Goog-|X-Amz-|Signature=|sig=|token=|access_token=|key=)"
    r")[^\s\"'<>]*",
    re.IGNORECASE,
)


def scrubbed(value: JsonValue) -> JsonValue:
    """Return the value without secrets and without addresses of providers.

    None of them gets into a history in the first place; this holds if one ever does.
    """
    match value:
        case str():
            return _SECRETS.sub(_GONE, _ADDRESSES.sub(_GONE, value))
        case list():
            return [scrubbed(one) for one in value]
        case dict():
            return {key: scrubbed(one) for key, one in value.items()}
        case _:
            return value
