"""Tell what a person named on the command line."""

import hashlib
import re
from pathlib import PurePath

from galley.models import SourceKind, SourceSpec
from galley.sources.errors import SourceError
from galley.sources.identity import normalise_url
from galley.sources.plain import decode
from galley.sources.recording_names import SUFFIXES, is_recording

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
_PROMPTS_SUFFIX = ".prompts.txt"
_KINDS = {
    ".md": SourceKind.MARKDOWN,
    ".markdown": SourceKind.MARKDOWN,
    ".txt": SourceKind.TEXT,
    ".text": SourceKind.TEXT,
    ".yaml": SourceKind.PROMPTS,
    ".yml": SourceKind.PROMPTS,
    ".html": SourceKind.ARTICLE,
    ".htm": SourceKind.ARTICLE,
    ".pdf": SourceKind.PDF,
    ".vtt": SourceKind.PODCAST,
    ".srt": SourceKind.PODCAST,
}


def spec_for(argument: str, data: bytes | None = None) -> SourceSpec:
    """Return the spec of a URL or of a file.

    Args:
        argument: What the person typed: a URL or a file's path.
        data: The file's bytes; ``None`` if there is no such file.

    Raises:
        SourceError: It is neither, or no kind of file that can be read.
    """
    if data is None:
        return _of_url(argument.strip())
    name = PurePath(argument).name
    kind = _kind_of(name)
    if kind is not SourceKind.PDF:
        decode(data, name)
    return SourceSpec(kind=kind, name=name, upload=hashlib.sha256(data).hexdigest())


def _of_url(argument: str) -> SourceSpec:
    if not _SCHEME.match(argument):
        raise SourceError(
            f"There is no file {argument[:200]}: give a file that exists, or a URL "
            "that begins with https://."
        )
    url = normalise_url(argument)
    kind = SourceKind.RECORDING if is_recording(url) else SourceKind.ARTICLE
    return SourceSpec(kind=kind, name=url, url=url)


def _kind_of(name: str) -> SourceKind:
    lower = name.lower()
    if lower.endswith(_PROMPTS_SUFFIX):
        return SourceKind.PROMPTS
    suffix = PurePath(lower).suffix
    if not suffix:
        return SourceKind.TEXT
    kind = _KINDS.get(suffix)
    if kind is None:
        raise SourceError(
            f"{name[:200]} is no kind of file Galley reads: give {_known()}."
        )
    return kind


def _known() -> str:
    return ", ".join([*_KINDS, f"*{_PROMPTS_SUFFIX}", *SUFFIXES])
