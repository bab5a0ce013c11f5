"""An audit pack: a zip whose manifest names each file's SHA-256.

The same state gives the same bytes: files in the order of their names, stored as they
are, with one fixed date.
"""

import hashlib
import io
import json
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from typing import Any

MANIFEST = "manifest.json"
FORMAT = 1
_DATE = (1980, 1, 1, 0, 0, 0)
_MOST_BYTES = 500_000_000
"""That are read of a pack somebody gives."""


def packed(campaign_id: str, files: Mapping[str, bytes], gaps: list[str]) -> bytes:
    """Return the pack.

    Args:
        campaign_id: What it is about.
        files: By their names in it.
        gaps: What is missing, in sentences.
    """
    manifest = {
        "format": FORMAT,
        "campaign": campaign_id,
        "gaps": gaps,
        "files": {
            name: {"sha256": hashlib.sha256(data).hexdigest(), "size": len(data)}
            for name, data in sorted(files.items())
        },
    }
    whole = {**files, MANIFEST: as_bytes(manifest)}
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as pack:
        for name in sorted(whole):
            entry = zipfile.ZipInfo(name, _DATE)
            entry.external_attr = 0o644 << 16
            entry.create_system = 3
            pack.writestr(entry, whole[name])
    return out.getvalue()


def as_bytes(value: Any) -> bytes:  # noqa: ANN401 -- any JSON value
    """Return JSON in the one way it is written into packs."""
    text = json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True)
    return f"{text}\n".encode()


def faults_of(data: bytes) -> list[str]:
    """Return what is wrong with a pack, in sentences; none if it proves itself.

    Whoever made it may have put anything into it.
    """
    try:
        return _faults(data)
    except (zlib.error, ValueError, TypeError, AttributeError, RuntimeError):
        return ["It is no audit pack of ours: a file in it cannot be read."]


def _faults(data: bytes) -> list[str]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as pack:
            if sum(entry.file_size for entry in pack.infolist()) > _MOST_BYTES:
                return ["It is larger than any pack of ours."]
            files = {entry.filename: pack.read(entry) for entry in pack.infolist()}
        manifest = json.loads(files.pop(MANIFEST))
        named = dict(manifest["files"])
    except (zipfile.BadZipFile, KeyError, ValueError, TypeError, OSError):
        return ["It is not an audit pack: it has no manifest that can be read."]
    if manifest.get("format") != FORMAT:
        return [f"It has the format {manifest.get('format')}; this reads {FORMAT}."]
    return [*_altered(files, named), *_unproven(files)]


def _altered(files: Mapping[str, bytes], named: Mapping[str, Any]) -> Iterator[str]:
    for name in sorted({*files, *named}):
        if name not in files:
            yield f"{name} is missing."
        elif name not in named:
            yield f"{name} does not belong to it."
        elif hashlib.sha256(files[name]).hexdigest() != named[name].get("sha256"):
            yield f"{name} was altered."


def _unproven(files: Mapping[str, bytes]) -> Iterator[str]:
    """Yield where claim or receipt do not name the bytes that were handed over."""
    for name in sorted(files):
        folder, _, file = name.rpartition("/")
        if file != "story.json":
            continue
        sent = {one.get("digest") for one in json.loads(files[name]).get("sent", [])}
        for proof in ("claim.json", "receipt.json"):
            held = files.get(f"{folder}/{proof}")
            digest = json.loads(held).get("digest") if held else ""
            if digest and sent and digest not in sent:
                yield f"{folder}/{proof} is about other content than was handed over."
