"""Names of the objects and files of an audit."""

import re

_FOLDER = "audit"


def record_name(workflow_id: str, run_id: str) -> str:
    """Return the object that keeps a run of a post or campaign."""
    kind, _, rest = workflow_id.partition(":")
    key, _, channel = rest.partition(":")
    own = f"{kind}.{channel}" if channel else kind
    return f"{records_of(key)}{_safe(own)}.{run_id}.json"


def records_of(key: str) -> str:
    """Return the prefix of the records of a campaign, by its key."""
    return f"{_FOLDER}/{_safe(key)}/"


def _safe(text: str) -> str:
    return re.sub(r"[^\w.-]", "_", text)
