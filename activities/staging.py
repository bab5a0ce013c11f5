"""Private staging: media named by their content while they wait for approval.

Activities of media and sources put them there; hosting copies them out.
"""

import hashlib
import re

from galley.clients.storage import ObjectStore
from galley.media.probe import Probe
from galley.models.media import Origin, StagedAsset

EXTENSIONS = {
    "application/pdf": "pdf",
    "audio/aac": "aac",
    "audio/flac": "flac",
    "audio/mp4": "m4a",
    "audio/mpeg": "mp3",
    "audio/ogg": "ogg",
    "audio/wav": "wav",
    "image/avif": "avif",
    "image/gif": "gif",
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/webp": "webp",
    "video/mp4": "mp4",
    "video/quicktime": "mov",
    "video/webm": "webm",
    "video/x-m4v": "mp4",
}
_STAGED = re.compile(r"staging/[0-9a-f]{64}\.[a-z0-9]{1,5}")


def is_staged(name: str) -> bool:
    """Return whether a name is one of staging."""
    # Names come through histories: a claim or an upload must not be published as media.
    return _STAGED.fullmatch(name) is not None


def staged_name(sha256: str, suffix: str) -> str:
    """Return the name of staged bytes; the suffix begins with a dot."""
    return f"staging/{sha256}{suffix}"


async def stage(
    state: ObjectStore, data: bytes, found: Probe, alt_text: str = "", credit: str = ""
) -> StagedAsset:
    """Put bytes into staging, unless they are there.

    Args:
        state: The state bucket.
        data: A picture, a video, a sound or a document.
        found: Its measures.
        alt_text: Its alt text.
        credit: Whom a page names as its maker.

    Raises:
        StoreError: The store did not take it.
    """
    digest = hashlib.sha256(data).hexdigest()
    name = staged_name(digest, f".{EXTENSIONS[found.mime]}")
    # ``same`` makes an old object fresh again, so that `media gc` leaves it.
    await state.put_if_absent(name, data, found.mime, same=True)
    asset = described(found, digest, name, alt_text)
    return asset.model_copy(update={"credit": credit}) if credit else asset


def described(
    found: Probe, sha256: str, staged_as: str, alt_text: str = "", origin: Origin | None = None
) -> StagedAsset:
    """Return the staged asset with its measures."""
    return StagedAsset(
        kind=found.kind,
        mime=found.mime,
        sha256=sha256,
        size=found.size,
        width=found.width,
        height=found.height,
        duration=found.duration,
        alt_text=alt_text,
        staged_as=staged_as,
        origin=origin,
    )
