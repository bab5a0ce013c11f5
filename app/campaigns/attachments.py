"""Pictures and films of a person's own: looked at first, then put into staging for a campaign."""

import asyncio
import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

from activities.staging import EXTENSIONS, described, staged_name
from app.connections import Connections
from app.errors import InvalidRequestError
from galley.media.confined import LIMITS, confined_in, reading
from galley.media.errors import MediaError
from galley.media.probe import Probe, probe_file
from galley.models.media import Attachment, MediaKind
from galley.models.network import Platform
from galley.sandbox.pool import Sandbox
from galley.sources.text import MAX_BYTES

_FRAMES_LOOKED_AT = 50
_PICTURE = re.compile(
    r"!\[(?P<alt>[^\[\]]{0,500})\]\((?P<place>[^()\s]{1,500})(?:\s[^()]{0,200})?\)"
)
"""A picture in Markdown; that a code block shows one is rare, and seen in the review."""


@dataclass(frozen=True)
class GivenFile:
    """A picture or film as a person names it, for all networks or for one."""

    path: Path
    platform: Platform | None = None
    alt_text: str = ""
    name: str = ""
    """What errors call it, if not its path."""

    @property
    def called(self) -> str:
        """Its name for a person, or an agent."""
        return self.name or str(self.path)


def pictures_in(file: Path) -> Iterator[GivenFile]:
    """Yield the pictures of a Markdown file that lie on this machine, below its folder."""
    folder = file.resolve().parent
    with file.open("rb") as opened:
        text = opened.read(MAX_BYTES).decode("utf-8-sig", errors="replace")
    for found in _PICTURE.finditer(text):
        path = (folder / unquote(found["place"])).resolve()
        # A source may be a stranger's: it must not name a file of another folder.
        if path.is_file() and path.is_relative_to(folder):
            yield GivenFile(path, alt_text=found["alt"].strip())


async def look_at(files: Sequence[GivenFile]) -> list[Probe]:
    """Decode each file, in a child process without rights.

    Raises:
        InvalidRequestError: One is no picture or film that can be used; it is named.
    """
    if not files:
        return []
    with reading(*(file.path.resolve() for file in files)) as sandbox:
        return list(await asyncio.gather(*(_looked_at(sandbox, file) for file in files)))


async def _looked_at(sandbox: Sandbox, file: GivenFile) -> Probe:
    path = file.path.resolve()
    try:
        path.open("rb").close()
        found = await confined_in(sandbox, LIMITS, probe_file, path, frames=_FRAMES_LOOKED_AT)
    except MediaError as error:
        raise InvalidRequestError(f"{file.called} cannot be attached: {error}") from None
    except OSError as error:
        raise InvalidRequestError(f"{file.called} cannot be read: {error.strerror}.") from None
    if found.kind not in {MediaKind.IMAGE, MediaKind.VIDEO}:
        raise InvalidRequestError(f"{file.called} is neither a picture nor a film.")
    return found


async def attach(
    connections: Connections, files: Sequence[GivenFile], seen: Sequence[Probe] | None = None
) -> tuple[Attachment, ...]:
    """Put files into private staging, once all of them can be used.

    What goes out is made of them for each network, without what a camera wrote beside the
    picture: place, time, owner.

    Args:
        connections: Where staging is.
        files: The files.
        seen: What :func:`look_at` found of them, if it has been asked.

    Raises:
        InvalidRequestError: A file cannot be used; then none is staged.
        StoreError: The store did not take one.
    """
    attached: list[Attachment] = []
    seen = await look_at(files) if seen is None else seen
    for file, found in zip(files, seen, strict=True):
        digest = await asyncio.to_thread(_digest, file.path)
        # By what is in it, whatever it is called: its name goes on to a public address.
        name = staged_name(digest, f".{EXTENSIONS[found.mime]}")
        await connections.state.put_file(name, file.path, found.mime)
        asset = described(found, digest, name, file.alt_text)
        attached.append(Attachment(asset=asset, platform=file.platform))
    return tuple(attached)


def _digest(file: Path) -> str:
    with file.open("rb") as data:
        return hashlib.file_digest(data, "sha256").hexdigest()
