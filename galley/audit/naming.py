"""Names of the objects and files of an audit."""

import re

_FOLDER = "audit"


def record_name(workflow_id: str, run_id: str) -> str:
    """Return the object that keeps a run: with its campaign's, whatever its kind."""
    kind, _, _ = workflow_id.partition(":")
    key, own = _parts(workflow_id)
    name = f"{kind}.{own}" if own else kind
    return f"{records_of(key)}{_safe(name)}.{run_id}.json"


def campaign_key(workflow_id: str) -> str:
    """Return the key of the campaign that a run goes with."""
    return _parts(workflow_id)[0]


def _parts(workflow_id: str) -> tuple[str, str]:
    """Return the campaign's key, and the channel of a post or the form of a text."""
    kind, _, rest = workflow_id.partition(":")
    if kind == "piece":
        # Of an edition the key ends with -2, and the form comes after that.
        key, _, form = rest.rpartition("-")
        return key, form
    key, _, channel = rest.partition(":")
    return key, channel


def records_of(key: str) -> str:
    """Return the prefix of the records of a campaign, by its key."""
    return f"{_FOLDER}/{_safe(key)}/"


def _safe(text: str) -> str:
    return re.sub(r"[^\w.-]", "_", text)
