"""Sources that were read, in the state bucket by their content hash."""

import hashlib
from collections.abc import Callable

from pydantic import ValidationError

from galley.clients.storage import ObjectStore
from galley.models import SourceDocument, SourceKind, SourceRef


async def stored_document(
    state: ObjectStore, sha256: str, error: Callable[[str], Exception]
) -> SourceDocument:
    """Return a document that was stored.

    Args:
        state: The state bucket.
        sha256: Its content hash.
        error: Makes what is raised, of a sentence, if it is gone or cannot be read.

    Raises:
        Exception: What ``error`` made.
        StoreError: The store gave nothing.
    """
    data = await state.get(_name(sha256))
    try:
        return SourceDocument.model_validate_json(data or b"")
    except ValidationError:
        raise error(
            f"The stored text of this source is {'broken' if data else 'gone'}: "
            "start it again with a new --edition."
        ) from None


async def store_document(
    state: ObjectStore, document: SourceDocument, longest_kb: int
) -> SourceRef:
    """Store a document and return a reference to it. The same has the same name.

    Args:
        state: The state bucket.
        document: What was read.
        longest_kb: Kilobytes of UTF-8 from which a text is condensed before drafting.
    """
    data = document.model_dump_json().encode()
    sha256 = hashlib.sha256(data).hexdigest()
    await state.put_if_absent(_name(sha256), data, "application/json", same=True)
    size = len(document.text.encode())
    return SourceRef(
        kind=document.kind,
        sha256=sha256,
        title=document.title,
        link=document.link,
        language=document.language,
        words=len(document.text.split()),
        size=size,
        is_long=size > longest_kb * 1000 and document.kind is not SourceKind.PROMPTS,
        recording=document.recording,
    )


def _name(sha256: str) -> str:
    return f"sources/{sha256}.json"
